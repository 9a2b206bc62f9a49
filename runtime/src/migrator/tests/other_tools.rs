//! Is it noticed that another tool has run the very migrations of a first run, and nothing else of its history minded?

use onward_analysis::{Dialect, Record};

use super::{migration, migrator};
use crate::{Environment, Goal};

/// What a history of another tool looks like, and what is said of the one migration that is pending: a piece, or nothing where it runs.
const HISTORIES: [(&str, &str, Option<&str>); 9] = [
    (
        "_sqlx_migrations",
        "(version bigint, description varchar(50)); INSERT INTO _sqlx_migrations VALUES (20260101, 'M 20260101')",
        Some(
            "sqlx has run 1 migration of this program already: 20260101 m20260101. They stand in its table `_sqlx_migrations`",
        ),
    ),
    (
        "_sqlx_migrations",
        "(version bigint, description varchar(50)); INSERT INTO _sqlx_migrations VALUES (20260101, 'jobs of a queue'), (2, 'm20260101')",
        None,
    ),
    (
        "__diesel_schema_migrations",
        "(version varchar(50)); INSERT INTO __diesel_schema_migrations VALUES ('00000000000000'), ('20260101')",
        Some("such as 20261122_01."),
    ),
    (
        "refinery_schema_history",
        "(version int, name varchar(50)); INSERT INTO refinery_schema_history VALUES (20260101, 'm20260101')",
        Some("refinery has run"),
    ),
    (
        "schema_migrations",
        "(version bigint, dirty int); INSERT INTO schema_migrations VALUES (20260101, 0)",
        Some("golang-migrate, or dbmate or Rails has run"),
    ),
    (
        "schema_migrations",
        "(version varchar(50)); INSERT INTO schema_migrations VALUES ('20260102')",
        None,
    ),
    // Of another form than its name says.
    (
        "schema_migrations",
        "(id int); INSERT INTO schema_migrations VALUES (20260101)",
        None,
    ),
    (
        "_sqlx_migrations",
        "(version bigint, description varchar(50))",
        None,
    ),
    (
        "alembic_version",
        "(version_num varchar(32)); INSERT INTO alembic_version VALUES ('20260101')",
        None,
    ),
];

fn pending(dialect: Dialect) -> [Record; 1] {
    let up = "CREATE TABLE IF NOT EXISTS a (id integer)";
    [migration(dialect, 20_260_101, up, Some("DROP TABLE a"))]
}

macro_rules! noticed {
    ($name:ident, $dialect:expr, $fresh:expr) => {
        #[tokio::test]
        async fn $name() {
            let records = pending($dialect);
            for (table, rest, said) in HISTORIES {
                let pool = $fresh.await;
                let sql = sqlx::AssertSqlSafe(format!("CREATE TABLE {table} {rest}"));
                sqlx::raw_sql(sql).execute(&pool).await.unwrap();
                let migrator = migrator(&records).environment(Environment::production());
                let plan = migrator.judge_up(&pool, Goal::Latest).await;
                let run = migrator.run(&pool).await;
                match said {
                    Some(said) => {
                        for error in [plan.unwrap_err(), run.unwrap_err()] {
                            let error = error.to_string();
                            assert!(error.contains(said), "{table}: {error}");
                        }
                        // Nothing of Onward's is left, no label either.
                        let status = migrator.status(&pool).await.unwrap();
                        assert_eq!(status.label, None);
                    }
                    None => {
                        assert!(plan.unwrap().runs(), "{table}");
                        let report = run.unwrap().to_string();
                        let told = format!("(`{table}`). Onward knows nothing of what it made");
                        assert!(report.contains(&told), "{report}");
                        // Once is enough.
                        let newer =
                            migration($dialect, 20_260_103, "CREATE TABLE c (id int)", None);
                        let both = [records[0].clone(), newer];
                        let again = super::migrator(&both)
                            .environment(Environment::production())
                            .run(&pool)
                            .await
                            .unwrap();
                        assert!(!again.to_string().contains(table), "{again}");
                    }
                }
            }
        }
    };
}

noticed!(on_sqlite, Dialect::Sqlite, super::memory());
#[cfg(feature = "postgres")]
noticed!(on_postgres, Dialect::Postgres, super::postgres::fresh());
#[cfg(feature = "mysql")]
noticed!(on_mysql, Dialect::MySql, super::mysql::fresh());

/// golang-migrate keeps its newest version alone: what is older has run as well, and is not run for itself.
#[tokio::test]
async fn what_is_older_than_the_one_row_that_a_tool_keeps_has_run_too() {
    let up = "CREATE TABLE IF NOT EXISTS a (id integer)";
    let records = [1, 2, 3].map(|version| migration(Dialect::Sqlite, version, up, None));
    let pool = super::memory().await;
    let history = "CREATE TABLE schema_migrations (version bigint, dirty int); INSERT INTO schema_migrations VALUES (2, 0)";
    sqlx::raw_sql(history).execute(&pool).await.unwrap();
    let first = Goal::To(onward_analysis::Version::new(1));
    let refused = migrator(&records).up(&pool, first).await.unwrap_err();
    let said = refused.to_string();
    assert!(
        said.contains("has run 1 migration of this program already: 2 "),
        "{said}"
    );
    // Of what comes after it that tool knows nothing.
    migrator(&records[2..]).run(&pool).await.unwrap();
}

/// Whoever holds that table for a moment is no reason to take it for empty: golang-migrate truncates its own at each step.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_history_that_is_held_right_now_is_not_taken_for_none() {
    let records = pending(Dialect::Postgres);
    let pool = super::postgres::fresh().await;
    let history = "CREATE TABLE schema_migrations (version bigint); INSERT INTO schema_migrations VALUES (20260101)";
    sqlx::raw_sql(history).execute(&pool).await.unwrap();
    let mut tool = pool.acquire().await.unwrap();
    let hold = "BEGIN; LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(hold).execute(&mut *tool).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    let soon = "SET lock_timeout = '200ms'";
    sqlx::raw_sql(soon).execute(&mut *connection).await.unwrap();
    let run = migrator(&records).run(&mut *connection).await;
    let error = run.unwrap_err().to_string();
    assert!(error.contains("lock timeout"), "{error}");
    let made = "SELECT count(*) FROM pg_class WHERE relname = 'a'";
    let made: i64 = sqlx::query_scalar(made).fetch_one(&pool).await.unwrap();
    assert_eq!(made, 0);
}
