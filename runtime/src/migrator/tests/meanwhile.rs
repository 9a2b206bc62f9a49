//! Does a row keep a down from running that somebody writes between the plan and the step?

use std::time::Duration;

use onward_analysis::{Dialect, Record};

use super::migrator;
use crate::fixture::judged;
use crate::{Consent, Environment, Error, Event, Revert};

fn notes(dialect: Dialect) -> [Record; 1] {
    let up = "CREATE TABLE notes (id int)";
    let mut record = judged(1, dialect, up, "DROP TABLE notes");
    record.catalog = "app".to_owned();
    [record]
}

/// The gate was open, on an empty table. When the step begins, another connection writes.
macro_rules! nothing_runs {
    ($name:ident, $dialect:expr, $fresh:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let pool = $fresh.await;
            let migrator = migrator(&notes($dialect)).environment(Environment::staging());
            migrator.run(&pool).await.unwrap();
            let plan = migrator.plan_back(&pool, Revert::Last).await.unwrap();
            let seen = migrator.judge(&pool, Revert::Last).await.unwrap();
            let consent =
                Consent::new("Ada", &seen.site, &plan.hash(), plan.losing()).seeing(&seen.answers);
            let other = pool.clone();
            let migrator = migrator.consent(consent).on_progress(move |event| {
                if !matches!(event, Event::Started { .. }) {
                    return;
                }
                let other = other.clone();
                let write = async move {
                    let insert = "INSERT INTO notes (id) VALUES (7)";
                    sqlx::raw_sql(insert).execute(&other).await.unwrap();
                };
                // From a thread of its own: the listener is called in the middle of the run.
                let runtime = tokio::runtime::Handle::current();
                std::thread::spawn(move || runtime.block_on(write))
                    .join()
                    .unwrap();
            });
            let refused = migrator.revert(&pool, Revert::Last).await.unwrap_err();
            let Error::Refused(decision) = &refused else {
                panic!("{refused}");
            };
            assert!(decision.before.is_some());
            assert!(
                refused.to_string().contains("`notes` holds 1 row."),
                "{refused}"
            );
            let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM notes")
                .fetch_one(&pool)
                .await
                .unwrap();
            assert_eq!(rows, 1);
            migrator.verify(&pool).await.unwrap();
        }
    };
}

/// A file, which two connections can open.
pub(super) async fn file() -> sqlx::SqlitePool {
    let folder = tempfile::TempDir::new().unwrap().keep();
    let file = folder.join("meanwhile.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .busy_timeout(Duration::from_secs(5));
    sqlx::SqlitePool::connect_with(options).await.unwrap()
}

nothing_runs!(on_sqlite, Dialect::Sqlite, file());
#[cfg(feature = "postgres")]
nothing_runs!(on_postgres, Dialect::Postgres, super::postgres::fresh());
#[cfg(feature = "mysql")]
nothing_runs!(on_mysql, Dialect::MySql, super::mysql::fresh());

/// Somebody writes in a transaction that is open when the step begins, and ends it while the step waits for the table.
#[cfg(any(feature = "postgres", feature = "mysql"))]
macro_rules! nothing_runs_after_a_wait {
    ($name:ident, $dialect:expr, $pool:expr, $after:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let pool = $pool.await;
            let migrator = migrator(&notes($dialect))
                .environment(Environment::staging())
                .table_timeout(Duration::from_secs(1));
            migrator.run(&pool).await.unwrap();
            let plan = migrator.plan_back(&pool, Revert::Last).await.unwrap();
            let seen = migrator.judge(&pool, Revert::Last).await.unwrap();
            let consent =
                Consent::new("Ada", &seen.site, &plan.hash(), plan.losing()).seeing(&seen.answers);
            let mut other = pool.begin().await.unwrap();
            let insert = "INSERT INTO notes (id) VALUES (7)";
            sqlx::raw_sql(insert).execute(&mut *other).await.unwrap();
            let (begun, begins) = tokio::sync::oneshot::channel();
            let begun = std::sync::Mutex::new(Some(begun));
            let migrator = migrator.consent(consent).on_progress(move |event| {
                if matches!(event, Event::Started { .. })
                    && let Some(begun) = begun.lock().unwrap().take()
                {
                    begun.send(()).unwrap();
                }
            });
            let committed = tokio::spawn(async move {
                begins.await.unwrap();
                tokio::time::sleep($after).await;
                other.commit().await.unwrap();
            });
            let refused = migrator.revert(&pool, Revert::Last).await.unwrap_err();
            committed.await.unwrap();
            assert!(
                refused.to_string().contains("`notes` holds 1 row."),
                "{refused}"
            );
            // Nothing is left of it that would keep others waiting.
            migrator.verify(&pool).await.unwrap();
            assert!(migrator.run(&pool).await.unwrap().ran.is_empty());
        }
    };
}

/// A pool whose transactions see what was committed before they began.
#[cfg(feature = "postgres")]
async fn repeatable() -> sqlx::PgPool {
    let pool = super::postgres::fresh().await;
    let options = (*pool.connect_options()).clone();
    let options = options.options([("default_transaction_isolation", "repeatable read")]);
    sqlx::PgPool::connect_with(options).await.unwrap()
}

#[cfg(feature = "postgres")]
nothing_runs_after_a_wait!(
    after_a_wait_on_postgres,
    Dialect::Postgres,
    repeatable(),
    Duration::from_millis(500)
);
#[cfg(feature = "mysql")]
nothing_runs_after_a_wait!(
    after_a_wait_on_mysql,
    Dialect::MySql,
    super::mysql::fresh(),
    Duration::from_millis(500)
);
// The first try ends after a second, and the next begins a second later.
#[cfg(feature = "mysql")]
nothing_runs_after_a_wait!(
    after_two_waits_on_mysql,
    Dialect::MySql,
    super::mysql::fresh(),
    Duration::from_millis(1500)
);
