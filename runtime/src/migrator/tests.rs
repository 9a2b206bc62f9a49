//! Does the engine do on real databases what it says?
//!
//! SQLite always; PostgreSQL and MariaDB where their feature is on and `ONWARD_TEST_POSTGRES` or `ONWARD_TEST_MYSQL` names a
//! server. The large suites are in the crate `onward-tests`.

mod baseline;
#[cfg(feature = "postgres")]
mod beside;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod clocks;
mod expired;
mod foreign_keys;
mod forgotten;
#[cfg(feature = "mysql")]
mod in_doubt;
mod journal;
mod meanwhile;
#[cfg(feature = "mysql")]
pub(crate) mod mysql;
mod one_run;
mod other_tools;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod otherwise;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod programs;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod queue;
mod rewritten;
mod time;
#[cfg(feature = "mysql")]
mod unheld;
#[cfg(feature = "mysql")]
mod window;
#[cfg(feature = "mysql")]
mod window_under_fire;

use onward_analysis::{
    Analysis, Dialect, Digest, Down, Lock, Marks, Place, Record, Script, Verdict, Version, sql_hash,
};
use sqlx::SqlitePool;

use super::Migrator;
use crate::history::HistoryError;
use crate::registration::{Catalog, Code, Registration};
use crate::{Environment, Error, Goal, Revert};

/// A migration for the tests.
pub(crate) fn migration(dialect: Dialect, version: i64, up: &str, down: Option<&str>) -> Record {
    let script = |sql: &str| {
        let pieces = onward_analysis::split::split(sql, dialect);
        Script {
            sql: Some(sql.to_owned()),
            file: None,
            hash: sql_hash(sql),
            analyses: vec![Analysis {
                dialect,
                verdict: Verdict::Lossless,
                losses: Vec::new(),
                unknowns: Vec::new(),
                statements: onward_analysis::effect::statements(sql, &pieces, dialect),
                touches: Vec::new(),
                changes: Vec::new(),
                routines: Vec::new(),
                renames: Vec::new(),
                named: Vec::new(),
                adds: Vec::new(),
                places: false,
                fills: Vec::new(),
                bounds: Vec::new(),
            }],
        }
    };
    Record {
        version: Version::new(version),
        name: format!("m{version}"),
        doc: String::new(),
        catalog: "app".to_owned(),
        place: Place {
            file: "src/migrations.rs".to_owned(),
            line: 10,
        },
        up: script(up),
        down: match down {
            Some(sql) => Down::Script(script(sql)),
            None => Down::Irreversible {
                reason: "a test".to_owned(),
            },
        },
        marks: Marks::default(),
        only: Vec::new(),
        down_in: Vec::new(),
        conditions: Default::default(),
        transaction: None,
    }
}

/// What the macros would emit for these records.
pub(crate) fn registration(records: &[Record], code: Vec<Code>) -> &'static Registration {
    let digest = records
        .iter()
        .fold(Digest::EMPTY, |sum, record| sum.plus(record.digest()));
    Box::leak(Box::new(Registration {
        catalog: "app",
        records: Box::leak(serde_json::to_string(records).unwrap().into_boxed_str()),
        digest,
        count: records.len(),
        only: &[],
        code: Box::leak(code.into_boxed_slice()),
        folder: None,
    }))
}

/// The catalog whose lock lists these records.
pub(crate) fn catalog(records: &[Record]) -> Catalog {
    let lock = Lock::default().follow(records).unwrap();
    Catalog {
        name: "app",
        digest: lock.digest(),
        lock: Some(Box::leak(lock.render().into_boxed_str())),
        config: "",
        manifest_dir: "/nowhere",
        package: "0.0.0",
        build: None,
        source: "src/lib.rs",
    }
}

/// A migrator of these records in development.
pub(crate) fn migrator(records: &[Record]) -> Migrator {
    with_code(records, Vec::new())
}

fn with_code(records: &[Record], code: Vec<Code>) -> Migrator {
    let mut migrator = Migrator::new(catalog(records))
        .environment(Environment::development())
        .lock_timeout(std::time::Duration::from_secs(20));
    migrator.registered = Some(vec![registration(records, code)]);
    migrator
}

/// A database's name that no other test of this or another process has.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn fresh_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("onward_engine_{}_{count}", std::process::id())
}

/// Those of the server's databases that tests of processes left which have ended; once in a process. Hundreds of them fill the disk, and the
/// gate, which on MySQL looks for views in each database, gets slower with each.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn left_behind(once: &std::sync::atomic::AtomicBool, names: Vec<String>) -> Vec<String> {
    let processes = std::path::Path::new("/proc");
    if once.swap(true, std::sync::atomic::Ordering::Relaxed) || !processes.join("self").exists() {
        return Vec::new();
    }
    // As `fresh_name` writes them: a database of another name is somebody's.
    let numbers = |name: &str| -> Option<(u32, u32)> {
        let (process, count) = name.strip_prefix("onward_engine_")?.split_once('_')?;
        Some((process.parse().ok()?, count.parse().ok()?))
    };
    let is_left = |name: &String| {
        let process = numbers(name).map(|(process, _)| process.to_string());
        process.is_some_and(|id| !processes.join(id).exists())
    };
    names.into_iter().filter(is_left).collect()
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
#[test]
fn only_what_tests_left_behind_is_swept_up() {
    let once = std::sync::atomic::AtomicBool::new(false);
    let left = format!("onward_engine_{}_7", u32::MAX);
    let names = [
        "shop",
        "onward_engine_notes",
        "onward_engine_notes_1",
        "onward_engine_4294967295",
        "onward_engine_4294967295_1; DROP DATABASE shop",
        &fresh_name(),
        &left,
    ];
    let swept = left_behind(&once, names.map(str::to_owned).to_vec());
    let expected = match std::path::Path::new("/proc/self").exists() {
        true => vec![left.clone()],
        false => Vec::new(),
    };
    assert_eq!(swept, expected);
    assert!(left_behind(&once, vec![left]).is_empty());
}

/// Everything that a migrator does can be spawned.
#[tokio::test]
async fn every_future_can_be_sent() {
    fn sent<T: Send>(future: T) -> T {
        future
    }
    let pool = memory().await;
    let migrator = migrator(&three(Dialect::Sqlite));
    sent(migrator.run(&pool)).await.unwrap();
    sent(migrator.status(&pool)).await.unwrap();
    sent(migrator.verify(&pool)).await.unwrap();
    sent(migrator.wait(&pool, std::time::Duration::ZERO))
        .await
        .unwrap();
    sent(migrator.plan(&pool, Goal::Latest)).await.unwrap();
    sent(migrator.plan_back(&pool, Revert::Last)).await.unwrap();
    let spawned = tokio::spawn(async move {
        let mut connection = pool.acquire().await.unwrap();
        migrator
            .revert(&mut *connection, Revert::Last)
            .await
            .unwrap()
    });
    assert_eq!(spawned.await.unwrap().ran.len(), 1);
}

#[tokio::test]
async fn a_connection_in_a_transaction_is_refused() {
    use sqlx::Connection as _;
    let pool = memory().await;
    let mut connection = pool.acquire().await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    let migrator = migrator(&three(Dialect::Sqlite));
    let error = migrator.run(&mut *transaction).await.unwrap_err();
    assert!(error.to_string().contains("Commit it first"), "{error}");
}

async fn memory() -> SqlitePool {
    sqlx::pool::PoolOptions::new()
        .max_connections(1)
        .connect("sqlite::memory:")
        .await
        .unwrap()
}

fn three(dialect: Dialect) -> Vec<Record> {
    vec![
        migration(
            dialect,
            1,
            "CREATE TABLE a (id integer)",
            Some("DROP TABLE a"),
        ),
        migration(
            dialect,
            2,
            "CREATE TABLE b (id integer); INSERT INTO b VALUES (1), (2) -- two",
            Some("DROP TABLE b"),
        ),
        migration(
            dialect,
            3,
            "ALTER TABLE b ADD COLUMN c integer;",
            Some("ALTER TABLE b DROP COLUMN c;"),
        ),
    ]
}

#[tokio::test]
async fn applies_once_and_then_has_nothing_to_do() {
    let pool = memory().await;
    let records = three(Dialect::Sqlite);
    let migrator = migrator(&records);
    let report = migrator.run(&pool).await.unwrap();
    assert_eq!(report.ran.len(), 3);
    assert_eq!(report.database, ":memory:");
    migrator.verify(&pool).await.unwrap();
    let head: String = sqlx::query_scalar("SELECT digest FROM _onward_head")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(head, migrator.catalogs_digest());
    assert!(migrator.run(&pool).await.unwrap().ran.is_empty());
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM _onward_journal")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(count, 4);
    let status = migrator.status(&pool).await.unwrap();
    assert!(status.is_current());
    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(foreign_keys, 1);
}

#[tokio::test]
async fn goes_back_and_forth() {
    let pool = memory().await;
    let records = three(Dialect::Sqlite);
    let migrator = migrator(&records);
    let report = migrator.up(&pool, Goal::To(Version::new(2))).await.unwrap();
    assert_eq!(report.ran.len(), 2);
    migrator.run(&pool).await.unwrap();
    let report = migrator.revert(&pool, Revert::Steps(2)).await.unwrap();
    let versions: Vec<i64> = report.ran.iter().map(|ran| ran.version.number()).collect();
    assert_eq!(versions, [3, 2]);
    let error = migrator.verify(&pool).await.unwrap_err();
    assert!(
        matches!(error, Error::History(HistoryError::Behind { .. })),
        "{error}"
    );
    assert_eq!(migrator.run(&pool).await.unwrap().ran.len(), 2);
}

#[tokio::test]
async fn a_part_of_the_way_is_never_taken_for_the_whole() {
    let pool = memory().await;
    let records = three(Dialect::Sqlite);
    let migrator = migrator(&records);
    for goal in [
        Goal::To(Version::new(1)),
        Goal::To(Version::new(1)),
        Goal::Steps(0),
    ] {
        migrator.up(&pool, goal).await.unwrap();
    }
    let none = Revert::Steps(0);
    migrator.revert(&pool, none).await.unwrap();
    migrator.verify(&pool).await.unwrap_err();
    assert_eq!(migrator.run(&pool).await.unwrap().ran.len(), 2);
}

#[tokio::test]
async fn a_failure_shows_its_place_and_leaves_nothing() {
    let pool = memory().await;
    let mut records = three(Dialect::Sqlite);
    records.push(migration(
        Dialect::Sqlite,
        4,
        "CREATE TABLE d (id integer);\n\nINSERT INTO nowhere VALUES (1);\n",
        Some("DROP TABLE d"),
    ));
    let error = migrator(&records).run(&pool).await.unwrap_err();
    let shown = [
        "The up of migration 4 m4 failed: no such table: nowhere",
        "  --> src/migrations.rs:10, line 3 of the up",
        "  |",
        "1 | CREATE TABLE d (id integer);",
        "2 |",
        "3 | INSERT INTO nowhere VALUES (1);",
        "  | ^",
        "  |",
        "It was undone, and those before it are applied. Correct it and run again.",
    ];
    assert_eq!(error.to_string(), shown.join("\n"));
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE name IN ('b', 'd')")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(tables, 1);
    let status = migrator(&records).status(&pool).await.unwrap();
    assert_eq!(status.pending().count(), 1);
}

#[tokio::test]
async fn a_first_run_that_fails_says_which_label_it_gave() {
    let pool = memory().await;
    let records = [migration(
        Dialect::Sqlite,
        1,
        "INSERT INTO nowhere VALUES (1)",
        None,
    )];
    let migrator = migrator(&records).environment(Environment::production());
    let said = "Correct it and run again.\n\
                This was its first run: from now on the database is labelled production, as always where ONWARD_ENV is not set. A label is \
                never\nweakened: a database to try things out is made anew, and gets `ONWARD_ENV=development` before its first run.";
    let error = migrator.run(&pool).await.unwrap_err().to_string();
    assert!(error.ends_with(said), "{error}");
    let again = migrator.run(&pool).await.unwrap_err().to_string();
    assert!(again.ends_with("Correct it and run again."), "{again}");
}

#[tokio::test]
async fn a_database_that_another_tool_migrated_is_told_as_that() {
    let pool = memory().await;
    let records = three(Dialect::Sqlite);
    sqlx::raw_sql("CREATE TABLE _sqlx_migrations (version bigint); CREATE TABLE a (id integer)")
        .execute(&pool)
        .await
        .unwrap();
    let error = migrator(&records).run(&pool).await.unwrap_err().to_string();
    let end = "The table `_sqlx_migrations` is here: sqlx has migrated this database, and made what is there already. Onward takes \
               over no other tool's history: give it an empty database, or leave to that tool what it has made and give Onward only \
               what comes after.\n\
               It was undone.";
    assert!(error.ends_with(end), "{error}");
    let misspelt = [migration(
        Dialect::Sqlite,
        1,
        "CREATE TABL a (id integer)",
        None,
    )];
    let error = migrator(&misspelt)
        .run(&pool)
        .await
        .unwrap_err()
        .to_string();
    assert!(!error.contains("_sqlx_migrations"), "{error}");
}

#[tokio::test]
async fn a_script_with_its_own_transaction_is_one_with_its_history() {
    let pool = memory().await;
    let records = [migration(
        Dialect::Sqlite,
        1,
        "PRAGMA foreign_keys = OFF; BEGIN; CREATE TABLE a (id); COMMIT; BEGIN; INSERT INTO nowhere VALUES (1); COMMIT;",
        None,
    )];
    migrator(&records).run(&pool).await.unwrap_err();
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE name = 'a'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn a_script_that_takes_back_its_own_work_is_refused() {
    let pool = memory().await;
    let records = [migration(
        Dialect::Sqlite,
        1,
        "BEGIN;\nCREATE TABLE a (id);\nROLLBACK;",
        None,
    )];
    let error = migrator(&records).run(&pool).await.unwrap_err().to_string();
    assert!(error.contains("rolls back its own transaction"), "{error}");
    assert!(error.contains("3 | ROLLBACK;\n  | ^"), "{error}");
    assert_eq!(
        migrator(&records)
            .status(&pool)
            .await
            .unwrap()
            .pending()
            .count(),
        1
    );
}

#[tokio::test]
async fn what_sqlite_refuses_in_a_transaction_runs_outside() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/db?mode=rwc", folder.path().display());
    let pool = SqlitePool::connect(&url).await.unwrap();
    let sql = "PRAGMA journal_mode = WAL; CREATE TABLE a (id); VACUUM; INSERT INTO a VALUES (1);";
    let migrator = migrator(&[migration(Dialect::Sqlite, 1, sql, None)]);
    migrator.run(&pool).await.unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM a")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(rows, 1);
    migrator.verify(&pool).await.unwrap();
}

#[tokio::test]
async fn a_waiter_on_sqlite_gives_up_in_time_and_holds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/db?mode=rwc", folder.path().display());
    let pool = SqlitePool::connect(&url).await.unwrap();
    let mut writer = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().unwrap();
    let hasty = SqlitePool::connect_with(options.busy_timeout(std::time::Duration::ZERO))
        .await
        .unwrap();
    let records = three(Dialect::Sqlite);
    let migrator = migrator(&records).lock_timeout(std::time::Duration::from_millis(100));
    let error = migrator.run(&hasty).await.unwrap_err();
    assert!(
        matches!(error, Error::Lock(crate::LockError::Held { .. })),
        "{error}"
    );
    sqlx::raw_sql("CREATE TABLE mine (id)")
        .execute(&mut *writer)
        .await
        .unwrap();
    writer.commit().await.unwrap();
    assert_eq!(migrator.run(&hasty).await.unwrap().ran.len(), 3);
}

#[tokio::test]
async fn a_cancelled_run_on_sqlite_leaves_the_connection_as_it_was() {
    let pool = memory().await;
    let slow = "CREATE TABLE a AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) \
                SELECT count(*) AS c FROM n";
    let migrator = migrator(&[migration(Dialect::Sqlite, 1, slow, None)]);
    let run = migrator.run(&pool);
    let limit = std::time::Duration::from_millis(30);
    assert!(tokio::time::timeout(limit, run).await.is_err());
    let keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(keys, 1);
    assert_eq!(migrator.run(&pool).await.unwrap().ran.len(), 1);
}

#[tokio::test]
async fn a_migration_in_rust_is_one_with_its_history() {
    fn fill(
        db: &mut sqlx::SqliteConnection,
    ) -> futures_core::future::BoxFuture<'_, crate::Result<()>> {
        Box::pin(async move {
            sqlx::raw_sql("INSERT INTO b VALUES (7)")
                .execute(&mut *db)
                .await?;
            Err(crate::Error::Other("no luck".into()))
        })
    }
    let pool = memory().await;
    let mut records = three(Dialect::Sqlite)[..2].to_vec();
    let mut rust = migration(Dialect::Sqlite, 3, "", None);
    rust.up.sql = None;
    records.push(rust);
    let code = Code {
        version: 3,
        up: Some(crate::registration::Function::Sqlite(fill)),
        down: None,
    };
    let error = with_code(&records, vec![code])
        .run(&pool)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("The up of migration 3 m3 failed: no luck"),
        "{error}"
    );
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM b")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(rows, 2);
}

#[tokio::test]
async fn many_at_once_apply_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/db?mode=rwc", folder.path().display());
    let records: Vec<Record> = (1..=20)
        .map(|n| migration(Dialect::Sqlite, n, &format!("CREATE TABLE t{n} (id)"), None))
        .collect();
    let runs: Vec<_> = (0..8)
        .map(|_| {
            let (url, migrator) = (url.clone(), migrator(&records));
            tokio::spawn(async move {
                let pool = SqlitePool::connect(&url).await.unwrap();
                migrator.run(&pool).await.unwrap().ran.len()
            })
        })
        .collect();
    let mut ran = 0;
    for run in runs {
        ran += run.await.unwrap();
    }
    assert_eq!(ran, 20);
}
