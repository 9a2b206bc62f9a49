//! What is a consent worth where somebody writes to the table two hundred times a second?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use onward::Revert;
use onward_tests::{Database, Pool, on_every_database, with_pool};
use sqlx::AssertSqlSafe;
use tokio::task::JoinHandle;

use super::downs::{consent, with_phone_numbers};
use super::{STAGING, refusal, revert, shop, versions};

on_every_database!(
    what_goes_and_is_written_all_the_time_stays_until_the_writers_stop,
    writers_that_leave_what_goes_alone_do_not_hinder,
    more_than_can_be_read_goes_while_it_is_written,
);

const NUMBERED: &str = "(name, phone_number, id) VALUES ('Alan', '030', ";
/// As the release writes it that does without the column.
const WITHOUT: &str = "(name, id) VALUES ('Alan', ";

/// Whoever consented saw other rows than there are by now, so nothing runs, as often as it is tried.
async fn what_goes_and_is_written_all_the_time_stays_until_the_writers_stop(database: Database) {
    with_phone_numbers(&database, STAGING).await;
    let writers = Writers::start(&database, NUMBERED).await;
    for _ in 0..3 {
        let consent = consent(&database).await;
        // As long as it takes to type the database's name.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let migrator = shop(STAGING).consent(consent);
        let said = refusal(revert(&database, &migrator, Revert::Last).await);
        assert!(
            said.contains("what would be lost is not what the consent was given for"),
            "{said}"
        );
        assert!(
            said.contains("writes to it all the time, no consent lasts: stop\n"),
            "{said}"
        );
    }
    let written = writers.stop().await;
    assert!(written > 0);
    let held = database.column("SELECT phone_number FROM users WHERE phone_number IS NOT NULL");
    assert_eq!(held.await.len(), written + 2, "nothing was taken");
    let migrator = shop(STAGING).consent(consent(&database).await);
    let report = revert(&database, &migrator, Revert::Last).await.unwrap();
    assert_eq!(versions(&report), [40]);
}

/// Rows come, and none of them holds what is lost.
async fn writers_that_leave_what_goes_alone_do_not_hinder(database: Database) {
    with_phone_numbers(&database, STAGING).await;
    let writers = Writers::start(&database, WITHOUT).await;
    let consent = consent(&database).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let migrator = shop(STAGING).consent(consent);
    let report = revert(&database, &migrator, Revert::Last).await.unwrap();
    assert_eq!(versions(&report), [40]);
    let written = writers.stop().await;
    let rows = database.column("SELECT name FROM users").await;
    assert_eq!(
        rows.len(),
        written + 3,
        "each row that was accepted is there"
    );
}

/// "At least 10,000" was agreed to, and that is what goes, with what came since: the person was told so.
async fn more_than_can_be_read_goes_while_it_is_written(database: Database) {
    with_phone_numbers(&database, STAGING).await;
    let rows: Vec<String> = (100..10_200)
        .map(|id| format!("({id}, 'Ada', '1815')"))
        .collect();
    for some in rows.chunks(1_000) {
        let insert = format!(
            "INSERT INTO users (id, name, phone_number) VALUES {}",
            some.join(", ")
        );
        database.execute(&insert).await;
    }
    let writers = Writers::start(&database, NUMBERED).await;
    let migrator = shop(STAGING);
    let seen = with_pool!(database.pool, pool => migrator.judge(pool, Revert::Last).await).unwrap();
    let shown = seen.question();
    assert!(shown.contains("at least 10,000"), "{shown}");
    assert!(
        shown.contains("So consent covers what it holds when this runs: edited, and more of it."),
        "{shown}"
    );
    let consent = consent(&database).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let migrator = shop(STAGING).consent(consent);
    let report = revert(&database, &migrator, Revert::Last).await.unwrap();
    assert_eq!(versions(&report), [40]);
    writers.stop().await;
}

/// Somebody who inserts a row every 5 ms, until told to stop or refused.
struct Writers {
    on: Arc<AtomicBool>,
    written: JoinHandle<usize>,
}

impl Writers {
    /// Each row is one of these, with a key of its own at the end.
    async fn start(database: &Database, row: &'static str) -> Writers {
        let pool = Pool::connect(&database.url).await;
        let on = Arc::new(AtomicBool::new(true));
        let goes_on = Arc::clone(&on);
        let written = tokio::spawn(async move {
            let mut beat = tokio::time::interval(Duration::from_millis(5));
            let mut written = 0;
            while goes_on.load(Ordering::Relaxed) {
                beat.tick().await;
                let sql = AssertSqlSafe(format!("INSERT INTO users {row}{})", 1_000_000 + written));
                let done =
                    with_pool!(pool, pool => sqlx::raw_sql(sql).execute(pool).await.map(drop));
                written += usize::from(done.is_ok());
            }
            written
        });
        Writers { on, written }
    }

    /// How many rows were accepted.
    async fn stop(self) -> usize {
        self.on.store(false, Ordering::Relaxed);
        self.written.await.unwrap()
    }
}
