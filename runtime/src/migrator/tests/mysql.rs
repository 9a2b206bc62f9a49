//! What does MySQL need that SQLite does not?

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use onward_analysis::Dialect;
use sqlx::MySqlPool;

use super::{migration, migrator, three};
use crate::fixture::judged;
use crate::history::Tables;
use crate::lock::{Lock, Patience};
use crate::session::Open as _;

pub(crate) async fn fresh() -> MySqlPool {
    let server = std::env::var("ONWARD_TEST_MYSQL").expect("ONWARD_TEST_MYSQL names a server");
    let name = super::fresh_name();
    let options: sqlx::mysql::MySqlConnectOptions = server.parse().unwrap();
    let pool = MySqlPool::connect_with(options.clone()).await.unwrap();
    static SWEPT: AtomicBool = AtomicBool::new(false);
    let all =
        sqlx::query_scalar("SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata");
    let all = all.fetch_all(&pool).await.unwrap();
    for left in super::left_behind(&SWEPT, all) {
        let drop = sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {left}"));
        // Another process may be at it.
        _ = sqlx::raw_sql(drop).execute(&pool).await;
    }
    let sql = format!("CREATE DATABASE {name}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&pool)
        .await
        .unwrap();
    MySqlPool::connect_with(options.database(&name))
        .await
        .unwrap()
}

pub(super) async fn number(pool: &MySqlPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn applies_and_reverts() {
    let pool = fresh().await;
    let migrator = migrator(&three(Dialect::MySql));
    assert_eq!(migrator.run(&pool).await.unwrap().ran.len(), 3);
    assert!(migrator.run(&pool).await.unwrap().ran.is_empty());
    migrator.verify(&pool).await.unwrap();
    assert_eq!(number(&pool, "SELECT count(*) FROM b").await, 2);
    let report = migrator
        .revert(&pool, crate::Revert::Steps(2))
        .await
        .unwrap();
    assert_eq!(report.ran.len(), 2);
    assert_eq!(
        number(&pool, "SELECT count(*) FROM _onward_journal").await,
        6
    );
    assert_eq!(migrator.run(&pool).await.unwrap().ran.len(), 2);
}

/// What another process is in the middle of is waited for; what a dead one left must be finished first.
#[tokio::test]
async fn a_way_back_that_goes_on_is_not_taken_for_interrupted() {
    let pool = fresh().await;
    let migrator = migrator(&three(Dialect::MySql));
    migrator.run(&pool).await.unwrap();
    let mut other = (&pool).open().0.await.unwrap().dedicate();
    let tables = Tables::find(&mut *other).await.unwrap();
    let mut patience = Patience::of(Duration::from_secs(1));
    let turn = Lock::take(&mut *other, &tables, &mut patience, |_| {}).await;
    let begun = "UPDATE _onward_head SET digest = NULL; \
        INSERT INTO _onward_progress (version, direction, done, done_hash, started) VALUES (3, 'down', 0, '', 0)";
    other.execute(begun).await.unwrap();
    let beside = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        other.execute("DELETE FROM _onward_progress").await.unwrap();
        turn.unwrap().release(&mut *other).await.unwrap();
    };
    let (went, ()) = tokio::join!(migrator.up(&pool, crate::Goal::Latest), beside);
    assert!(went.unwrap().ran.is_empty());
    other.execute(begun).await.unwrap();
    let left = migrator.up(&pool, crate::Goal::Latest).await.unwrap_err();
    assert!(left.to_string().contains("was interrupted"), "{left}");
}

#[tokio::test]
async fn goes_on_where_it_failed_with_the_corrected_rest() {
    let pool = fresh().await;
    let wrong = "CREATE TABLE a (id int); INSERT INTO a VALUES (1);\nALTER TABLE nowhere ADD c int;\nINSERT INTO a (id) VALUES (2);";
    let records = [migration(Dialect::MySql, 1, wrong, None)];
    let error = migrator(&records).run(&pool).await.unwrap_err().to_string();
    assert!(error.contains("Its first 2 statements are done"), "{error}");
    let right = wrong.replace("nowhere", "a");
    let records = [migration(Dialect::MySql, 1, &right, None)];
    migrator(&records).run(&pool).await.unwrap();
    assert_eq!(number(&pool, "SELECT count(*) FROM a").await, 2);
    assert_eq!(
        number(&pool, "SELECT count(*) FROM _onward_progress").await,
        0
    );
}

/// What has done nothing keeps nobody else waiting: not a draft that is taken back, not the migration that would put it right.
#[tokio::test]
async fn what_fails_at_its_first_statement_is_not_begun() {
    let pool = fresh().await;
    let doubles = migration(
        Dialect::MySql,
        1,
        "CREATE TABLE a (id int); INSERT INTO a VALUES (1), (1)",
        None,
    );
    let index = |number| {
        migration(
            Dialect::MySql,
            number,
            "ALTER TABLE a ADD UNIQUE (id)",
            None,
        )
    };
    let error = migrator(&[doubles.clone(), index(2)])
        .run(&pool)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("None of its statements is done"), "{error}");
    assert!(error.contains("run again"), "{error}");
    let begun = "SELECT count(*) FROM _onward_progress";
    assert_eq!(number(&pool, begun).await, 0);
    let mended = migration(Dialect::MySql, 2, "DELETE FROM a LIMIT 1", None);
    let report = migrator(&[doubles, mended, index(3)]).run(&pool).await;
    assert_eq!(report.unwrap().ran.len(), 2);
}

#[tokio::test]
async fn other_statements_before_the_one_that_failed_are_refused() {
    let pool = fresh().await;
    let wrong = "CREATE TABLE a (id int); ALTER TABLE nowhere ADD c int";
    migrator(&[migration(Dialect::MySql, 1, wrong, None)])
        .run(&pool)
        .await
        .unwrap_err();
    let other = "CREATE TABLE b (id int); ALTER TABLE b ADD c int";
    let error = migrator(&[migration(Dialect::MySql, 1, other, None)])
        .run(&pool)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("was interrupted after 1 of its statements"),
        "{error}"
    );
}

#[tokio::test]
async fn what_took_effect_before_a_crash_is_not_done_again() {
    let pool = fresh().await;
    let sql = "SET @n = 5; CREATE TABLE a (id int);\nALTER TABLE b ADD c int;\nINSERT INTO a VALUES (@n);";
    let records = [migration(Dialect::MySql, 1, sql, None)];
    migrator(&records).run(&pool).await.unwrap_err();
    // As if the statement had been done and the process had died before it could say so.
    sqlx::raw_sql("CREATE TABLE b (c int); UPDATE _onward_progress SET started = done + 1")
        .execute(&pool)
        .await
        .unwrap();
    migrator(&records).run(&pool).await.unwrap();
    assert_eq!(number(&pool, "SELECT id FROM a").await, 5);
}

/// Who mends the reason of a failure changes the schema, and so may others: neither is taken for the statement's effect.
#[tokio::test]
async fn what_failed_is_done_once_its_reason_is_mended() {
    let pool = fresh().await;
    let execute = async |sql: &'static str| {
        sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    };
    let sql = "CREATE TABLE a (id int); ALTER TABLE b ADD UNIQUE INDEX once (c);";
    let mut record = judged(1, Dialect::MySql, sql, "SELECT 1");
    record.catalog = "app".to_owned();
    let records = [record];
    let keys = "SELECT count(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name = 'once'";
    execute("CREATE TABLE b (id int)").await;
    migrator(&records).run(&pool).await.unwrap_err();
    execute("ALTER TABLE b ADD COLUMN c int; INSERT INTO b VALUES (1, 1), (2, 1)").await;
    migrator(&records).run(&pool).await.unwrap_err();
    // As if the process had died before the server had begun, while somebody else was at work.
    execute("UPDATE b SET c = id; UPDATE _onward_progress SET started = done + 1; CREATE TABLE others (id int)").await;
    migrator(&records).run(&pool).await.unwrap();
    assert_eq!(number(&pool, keys).await, 1);
}

#[tokio::test]
async fn settings_and_databases_of_a_script_are_put_back() {
    let pool = fresh().await;
    let records = [
        migration(
            Dialect::MySql,
            1,
            "SET foreign_key_checks = 0; SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'; USE mysql;",
            None,
        ),
        migration(
            Dialect::MySql,
            2,
            "CREATE TABLE t (id int); INSERT INTO t VALUES (\"1\")",
            None,
        ),
    ];
    for autocommit in [0, 1] {
        let mut connection = pool.acquire().await.unwrap();
        let set = format!("SET autocommit = {autocommit}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(set))
            .execute(&mut *connection)
            .await
            .unwrap();
        let one = migrator(&records[..2 - autocommit]);
        one.run(&mut *connection).await.unwrap();
        let settings = "SELECT CONCAT(@@foreign_key_checks + 0, ' ', @@autocommit + 0)";
        let left: String = sqlx::query_scalar(settings)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!(left, format!("1 {autocommit}"));
    }
    assert_eq!(number(&pool, "SELECT count(*) FROM t").await, 1);
}

#[tokio::test]
async fn what_was_interrupted_is_finished_before_anything_else() {
    let pool = fresh().await;
    let wrong = "CREATE TABLE c (id int); ALTER TABLE nowhere ADD d int";
    let first = migration(
        Dialect::MySql,
        1,
        "CREATE TABLE a (id int)",
        Some("DROP TABLE a"),
    );
    let halfway = [
        first.clone(),
        migration(Dialect::MySql, 3, wrong, Some("DROP TABLE c")),
    ];
    migrator(&halfway).run(&pool).await.unwrap_err();
    let error = migrator(&halfway)
        .revert(&pool, crate::Revert::Last)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("Finish it first (`up`"),
        "{error}"
    );
    let error = migrator(&halfway[..1]).run(&pool).await.unwrap_err();
    assert!(
        error.to_string().contains("does not contain them"),
        "{error}"
    );
    let late = migration(Dialect::MySql, 2, "CREATE TABLE b (id int)", None);
    let right = wrong.replace("nowhere", "c");
    let all = [
        first,
        late,
        migration(Dialect::MySql, 3, &right, Some("DROP TABLE c")),
    ];
    let report = migrator(&all).run(&pool).await.unwrap();
    let versions: Vec<i64> = report.ran.iter().map(|ran| ran.version.number()).collect();
    assert_eq!(versions, [3, 2]);
    migrator(&all).verify(&pool).await.unwrap();
}

#[tokio::test]
async fn a_cancelled_run_leaves_no_lock_and_the_next_goes_on() {
    use std::time::Duration;
    let pool = fresh().await;
    let sql = "CREATE TABLE a (id int); SELECT SLEEP(1); CREATE TABLE b (id int); INSERT INTO a VALUES (1);";
    let migrator = migrator(&[migration(Dialect::MySql, 1, sql, None)]);
    let run = migrator.run(&pool);
    assert!(
        tokio::time::timeout(Duration::from_millis(500), run)
            .await
            .is_err()
    );
    assert_eq!(migrator.run(&pool).await.unwrap().ran.len(), 1);
    assert_eq!(number(&pool, "SELECT count(*) FROM a").await, 1);
}

#[tokio::test]
async fn a_script_may_lock_its_tables() {
    let pool = fresh().await;
    let sql = "CREATE TABLE a (id int); LOCK TABLES a WRITE; INSERT INTO a VALUES (1); ALTER TABLE a ADD c int; UNLOCK TABLES;";
    migrator(&[migration(Dialect::MySql, 1, sql, None)])
        .run(&pool)
        .await
        .unwrap();
    assert_eq!(number(&pool, "SELECT count(*) FROM a").await, 1);
}

#[tokio::test]
async fn many_at_once_apply_each_once() {
    let pool = fresh().await;
    let records: Vec<_> = (1..=5)
        .map(|n| {
            migration(
                Dialect::MySql,
                n,
                &format!("CREATE TABLE t{n} (id int)"),
                None,
            )
        })
        .collect();
    let runs: Vec<_> = (0..8)
        .map(|_| {
            let (options, migrator) = (pool.connect_options(), migrator(&records));
            tokio::spawn(async move {
                let pool = MySqlPool::connect_with((*options).clone()).await.unwrap();
                migrator.run(&pool).await.unwrap().ran.len()
            })
        })
        .collect();
    let mut ran = 0;
    for run in runs {
        ran += run.await.unwrap();
    }
    assert_eq!(ran, 5);
}

/// That this database holds nothing says nothing of another one on the server.
#[tokio::test]
async fn another_database_is_not_taken_from_a_new_one_without_a_question() {
    let (pool, other) = (fresh().await, fresh().await);
    sqlx::raw_sql("CREATE TABLE notes (id int); INSERT INTO notes VALUES (7)")
        .execute(&other)
        .await
        .unwrap();
    let name: String = sqlx::query_scalar("SELECT CAST(database() AS CHAR)")
        .fetch_one(&other)
        .await
        .unwrap();
    for up in [
        format!("DROP DATABASE {name}"),
        format!("DROP TABLE {name}.notes"),
        format!("USE {name}; DROP TABLE notes"),
    ] {
        let down = "CREATE TABLE nothing (id int)";
        let mut record = crate::fixture::judged(1, Dialect::MySql, &up, down);
        record.catalog = "app".to_owned();
        let migrator = migrator(&[record]).environment(crate::Environment::production());
        let refused = migrator.run(&pool).await.unwrap_err();
        assert!(
            matches!(refused, crate::Error::Refused(_)),
            "{up}: {refused}"
        );
        assert_eq!(number(&other, "SELECT count(*) FROM notes").await, 1);
    }
}
