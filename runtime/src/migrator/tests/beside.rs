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
