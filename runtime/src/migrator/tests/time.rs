//! Is a statement cut off that takes too long, with nothing left of it?

use std::time::Duration;

use onward_analysis::Dialect;
use sqlx::{Connection as _, SqlitePool};

use super::{migration, migrator};
use crate::Migrator;

/// Counts to so many.
fn count(to: u64) -> String {
    format!(
        "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to}) SELECT count(*) FROM n"
    )
}

fn of(dialect: Dialect, slow: &str) -> Migrator {
    let records = [
        migration(dialect, 1, "CREATE TABLE t (i bigint)", None),
        migration(
            dialect,
            2,
            &format!("INSERT INTO t VALUES (1); {slow}"),
            None,
        ),
    ];
    migrator(&records)
}

async fn rows(pool: &SqlitePool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM t")
        .fetch_one(pool)
        .await
        .unwrap()
}

fn is_cut_off(error: &str, after: &str) {
    let said = format!(
        "It was cut off: a statement may take {after} here, unless its SQL says otherwise. If it is meant to take longer, give it \
         more: `statement_seconds` in onward.toml, `Migrator::statement_timeout`, or, for this migration alone, `SET \
         statement_timeout` (PostgreSQL) or `SET max_statement_time` (MariaDB) before it.\n"
    );
    assert!(error.contains(&said), "{error}");
}

#[tokio::test]
async fn on_sqlite_the_script_is_interrupted_and_undone() {
    let pool = super::memory().await;
    let migrator =
        of(Dialect::Sqlite, &count(1 << 40)).statement_timeout(Duration::from_millis(50));
    let error = migrator.run(&pool).await.unwrap_err().to_string();
    is_cut_off(&error, "50ms");
    assert!(error.contains("It was undone"), "{error}");
    assert_eq!(rows(&pool).await, 0);
    // The connection is the application's again, whatever its queries take.
    sqlx::raw_sql(sqlx::AssertSqlSafe(count(300_000)))
        .execute(&pool)
        .await
        .unwrap();
    let enough = of(Dialect::Sqlite, &count(300_000));
    assert_eq!(enough.run(&pool).await.unwrap().ran.len(), 1);
    assert_eq!(rows(&pool).await, 3);
}

/// Outside of a transaction, statement by statement.
#[tokio::test]
async fn on_sqlite_a_statement_by_itself_is_interrupted() {
    let pool = super::memory().await;
    let mut record = migration(Dialect::Sqlite, 1, "", None);
    let sql = format!("CREATE TABLE t (i); {}", count(1 << 40));
    record.up = migration(Dialect::Sqlite, 1, &sql, None).up;
    record.transaction = Some(false);
    let migrator = migrator(&[record]).statement_timeout(Duration::from_millis(50));
    let error = migrator.run(&pool).await.unwrap_err().to_string();
    is_cut_off(&error, "50ms");
    assert!(error.contains("Its first statement is done"), "{error}");
}

/// What waits at SQLite's lock waits as long as the policy lets others wait, and the application's own time is put back.
#[tokio::test]
async fn on_sqlite_the_wait_for_a_writer_is_the_runs_own() {
    let folder = tempfile::tempdir().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("time.db"))
        .create_if_missing(true)
        .busy_timeout(Duration::from_millis(7));
    let mut connection = sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap();
    let seen = "CREATE TABLE seen AS SELECT timeout FROM pragma_busy_timeout";
    let migrator = migrator(&[migration(Dialect::Sqlite, 1, seen, None)])
        .table_timeout(Duration::from_millis(1234));
    migrator.run(&mut connection).await.unwrap();
    let during: i64 = sqlx::query_scalar("SELECT timeout FROM seen")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let after: i64 = sqlx::query_scalar("SELECT timeout FROM pragma_busy_timeout")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((during, after), (1234, 7));
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn on_postgres_the_transaction_is_undone() {
    let pool = super::postgres::fresh().await;
    let slow =
        of(Dialect::Postgres, "SELECT pg_sleep(30)").statement_timeout(Duration::from_secs(1));
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql("SET statement_timeout = '7s'")
        .execute(&mut *connection)
        .await
        .unwrap();
    let error = slow.run(&mut *connection).await.unwrap_err().to_string();
    is_cut_off(&error, "1s");
    assert!(error.contains("It was undone"), "{error}");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM t")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(left, 0);
    let setting: String = sqlx::query_scalar("SHOW statement_timeout")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(setting, "7s");
    // Each statement has its time, and a migration can take more for itself.
    for slow in [
        "SELECT pg_sleep(0.7); SELECT pg_sleep(0.7)",
        "SET LOCAL statement_timeout = '10s'; SELECT pg_sleep(1.2)",
    ] {
        let pool = super::postgres::fresh().await;
        let migrator = of(Dialect::Postgres, slow).statement_timeout(Duration::from_secs(1));
        assert_eq!(migrator.run(&pool).await.unwrap().ran.len(), 2);
    }
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn on_mariadb_the_statement_is_undone() {
    let pool = super::mysql::fresh().await;
    let limit: Option<(String, String)> =
        sqlx::query_as("SHOW VARIABLES LIKE 'max_statement_time'")
            .fetch_optional(&pool)
            .await
            .unwrap();
    if limit.is_none() {
        // MySQL cuts off SELECT alone.
        return;
    }
    let dialect = Dialect::MySql;
    let slow = "ALTER TABLE t ADD COLUMN u int; INSERT INTO t (i) SELECT SLEEP(30)";
    let cut = of(dialect, slow).statement_timeout(Duration::from_secs(1));
    let error = cut.run(&pool).await.unwrap_err().to_string();
    is_cut_off(&error, "1s");
    assert!(error.contains("Its first 2 statements are done"), "{error}");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM t")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(left, 1);
    // It goes on there, with more time that its SQL takes for itself.
    let more = "ALTER TABLE t ADD COLUMN u int; SET SESSION max_statement_time = 10; INSERT INTO t (i) SELECT SLEEP(1.5)";
    let goes_on = of(dialect, more).statement_timeout(Duration::from_secs(1));
    assert_eq!(goes_on.run(&pool).await.unwrap().ran.len(), 1);
}
