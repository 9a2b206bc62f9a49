//! Does a migration that must wait for a table keep everybody else from it?

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use onward_analysis::Dialect;

use super::{migrator, three};
use crate::{Event, Goal};

const READ: &str = "SELECT count(*) FROM b";

/// Somebody reads a table in a transaction that stays open; a migration wants to change the table; others want to read it.
macro_rules! readers_go_on {
    ($name:ident, $module:ident, $dialect:expr) => {
        #[tokio::test]
        async fn $name() {
            let pool = super::$module::fresh().await;
            let times = Arc::new(AtomicU32::new(0));
            let told = Arc::clone(&times);
            let migrator = migrator(&three($dialect))
                .table_timeout(Duration::from_secs(1))
                .on_progress(move |event| {
                    if let Event::GaveWay { times, .. } = event {
                        told.store(*times, Ordering::SeqCst);
                    }
                });
            migrator.up(&pool, Goal::Steps(2)).await.unwrap();
            let mut blocker = pool.begin().await.unwrap();
            sqlx::raw_sql(READ).execute(&mut *blocker).await.unwrap();

            let running = tokio::spawn({
                let pool = pool.clone();
                async move { migrator.run(&pool).await }
            });
            let mut slowest = Duration::ZERO;
            while times.load(Ordering::SeqCst) < 2 {
                let begun = Instant::now();
                sqlx::raw_sql(READ).execute(&pool).await.unwrap();
                slowest = slowest.max(begun.elapsed());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert!(!running.is_finished());
            blocker.rollback().await.unwrap();
            assert_eq!(running.await.unwrap().unwrap().ran.len(), 1);
            // A reader that stood behind it got through as soon as its turn was over.
            let bound = Duration::from_millis(2500);
            assert!(slowest < bound, "a reader waited {slowest:?}");
            let evidence = "SELECT evidence FROM _onward_journal ORDER BY seq DESC LIMIT 1";
            let evidence: String = sqlx::query_scalar(evidence).fetch_one(&pool).await.unwrap();
            let gave_way = evidence.strip_prefix("{\"gave_way\":").unwrap();
            assert!(!gave_way.starts_with(['0', '1']), "{evidence}");
        }
    };
}

#[cfg(feature = "postgres")]
readers_go_on!(
    readers_go_on_while_it_waits_on_postgres,
    postgres,
    Dialect::Postgres
);
#[cfg(feature = "mysql")]
readers_go_on!(readers_go_on_while_it_waits_on_mysql, mysql, Dialect::MySql);

#[cfg(feature = "postgres")]
#[tokio::test]
async fn it_gives_up_in_the_end_and_puts_the_setting_back_on_postgres() {
    let pool = super::postgres::fresh().await;
    let migrator = migrator(&three(Dialect::Postgres)).table_timeout(Duration::from_millis(50));
    migrator.up(&pool, Goal::Steps(2)).await.unwrap();
    let mut blocker = pool.begin().await.unwrap();
    sqlx::raw_sql(READ).execute(&mut *blocker).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql("SET lock_timeout = '7s'")
        .execute(&mut *connection)
        .await
        .unwrap();
    let hurried = migrator.lock_timeout(Duration::from_millis(300));
    let error = hurried.run(&mut *connection).await.unwrap_err().to_string();
    assert!(error.contains("lock timeout"), "{error}");
    assert!(error.contains("It gave way "), "{error}");
    let setting: String = sqlx::query_scalar("SHOW lock_timeout")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(setting, "7s");
    blocker.rollback().await.unwrap();
    assert_eq!(hurried.run(&pool).await.unwrap().ran.len(), 1);
}

/// A server has a longest time that it can be told; who waits for longer than that waits so long.
macro_rules! any_time_will_do {
    ($name:ident, $module:ident, $dialect:expr) => {
        #[tokio::test]
        async fn $name() {
            let pool = super::$module::fresh().await;
            let migrator = migrator(&three($dialect)).table_timeout(Duration::MAX);
            assert_eq!(migrator.run(&pool).await.unwrap().ran.len(), 3);
        }
    };
}

#[cfg(feature = "postgres")]
any_time_will_do!(any_time_will_do_on_postgres, postgres, Dialect::Postgres);
#[cfg(feature = "mysql")]
any_time_will_do!(any_time_will_do_on_mysql, mysql, Dialect::MySql);
