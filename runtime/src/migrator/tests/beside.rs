//! Does a path to an empty schema make a database of production another one?

use onward_analysis::{Dialect, Record};

use super::migrator;
use super::postgres::fresh;
use crate::fixture::judged;
use crate::{Environment, Error};

fn records(up: &str) -> [Record; 1] {
    let mut record = judged(1, Dialect::Postgres, up, "SELECT 1");
    record.catalog = "app".to_owned();
    [record]
}

#[tokio::test]
async fn a_schema_beside_production_is_production() {
    let pool = fresh().await;
    let shop = migrator(&records("CREATE TABLE users (id int)"));
    let shop = shop.environment(Environment::production());
    shop.run(&pool).await.unwrap();
    let execute = async |sql: &'static str| {
        sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    };
    execute("INSERT INTO users VALUES (1); CREATE SCHEMA scratch").await;
    let mut connection = pool.acquire().await.unwrap();
    let path = "SET search_path = scratch";
    sqlx::raw_sql(path).execute(&mut *connection).await.unwrap();

    let reaches = migrator(&records("DROP TABLE public.users"));
    // What is only looked at is judged as it will be.
    let goal = crate::Goal::Latest;
    let judged = reaches.judge_up(&mut *connection, goal).await.unwrap();
    assert!(!judged.runs(), "{judged}");
    let refused = reaches.run(&mut *connection).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused}");
    let again = reaches.run(&mut *connection).await.unwrap_err();
    assert!(matches!(again, Error::Refused(_)), "{again}");
    let users: i64 = sqlx::query_scalar("SELECT count(*) FROM public.users")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(users, 1);

    // Beside development a schema is what the process says.
    let pool = fresh().await;
    migrator(&records("CREATE TABLE users (id int)"))
        .run(&pool)
        .await
        .unwrap();
    let scratch = "CREATE SCHEMA scratch; SET search_path = scratch";
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql(scratch)
        .execute(&mut *connection)
        .await
        .unwrap();
    let reaches = migrator(&records("DROP TABLE public.users"));
    assert_eq!(reaches.run(&mut *connection).await.unwrap().ran.len(), 1);
}

/// The schema was there before production's was.
#[tokio::test]
async fn a_schema_that_is_older_than_production_beside_it_is_production() {
    let pool = fresh().await;
    let execute = async |sql: &'static str| {
        sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    };
    execute("CREATE SCHEMA scratch").await;
    let mut beside = pool.acquire().await.unwrap();
    let path = "SET search_path = scratch";
    sqlx::raw_sql(path).execute(&mut *beside).await.unwrap();
    let first = records("CREATE TABLE notes (id int)");
    migrator(&first).run(&mut *beside).await.unwrap();

    let shop = migrator(&records("CREATE TABLE users (id int)"));
    let shop = shop.environment(Environment::production());
    let mut here = pool.acquire().await.unwrap();
    sqlx::raw_sql("SET search_path = public")
        .execute(&mut *here)
        .await
        .unwrap();
    shop.run(&mut *here).await.unwrap();
    execute("INSERT INTO public.users VALUES (1)").await;

    let mut both = first.to_vec();
    both.push(judged(
        2,
        Dialect::Postgres,
        "DROP TABLE public.users",
        "SELECT 1",
    ));
    let reaches = migrator(&both);
    let goal = crate::Goal::Latest;
    let judged = reaches.judge_up(&mut *beside, goal).await.unwrap();
    assert!(!judged.runs(), "{judged}");
    let refused = reaches.run(&mut *beside).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused}");
    // Neither is a down free there any more.
    let back = migrator(&first);
    let decision = back.judge(&mut *beside, crate::Revert::Last).await.unwrap();
    assert_eq!(
        decision.site.environment.tier(),
        onward_analysis::Tier::Production
    );
}

/// A thousand tenants, the last of which is production's; and a table of the same name that is somebody else's.
#[tokio::test]
async fn the_label_of_the_last_of_many_schemas_counts() {
    let pool = fresh().await;
    let make = "DO $$ BEGIN FOR n IN 1..450 LOOP \
                EXECUTE format('CREATE SCHEMA t%s; CREATE TABLE t%1$s._onward_head (id int, tier text); \
                INSERT INTO t%1$s._onward_head VALUES (1, ''development'')', n); END LOOP; END $$";
    sqlx::raw_sql(make).execute(&pool).await.unwrap();
    for (label, tier) in [("staging", "staging"), ("production", "production")] {
        let stamp = format!("UPDATE t430._onward_head SET tier = '{label}'");
        sqlx::raw_sql(sqlx::AssertSqlSafe(stamp))
            .execute(&pool)
            .await
            .unwrap();
        let scratch = format!("CREATE SCHEMA s_{label}; SET search_path = s_{label}");
        let mut connection = pool.acquire().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(scratch))
            .execute(&mut *connection)
            .await
            .unwrap();
        let looked = migrator(&records("CREATE TABLE notes (id int)"));
        let judged = looked.judge_up(&mut *connection, crate::Goal::Latest).await;
        let counted = judged.unwrap().site.environment.tier();
        assert_eq!(counted.name(), tier);
        let odd = "ALTER TABLE t429._onward_head RENAME COLUMN tier TO tyre";
        _ = sqlx::raw_sql(odd).execute(&pool).await;
    }
}
