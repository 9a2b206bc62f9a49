//! After a kill -9 in the middle of a procedure or a block, is nothing claimed that nobody knows, and does the next start say what to do?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use onward::Dialect;
use onward_tests::{Database, on, program};

on!(killed_in_a_procedure: on_postgres, on_mysql);
on!(its_session_killed_in_a_procedure: on_postgres, on_mysql);
on!(killed_in_a_block: on_postgres);

const IN_DOUBT: &str = "Statement 1 of the up of migration 2 was begun, and nobody knows whether it is done, in part or not at all: \
    what it calls can commit by itself.\n    CALL slow()\n\
    Nothing has run since. Look what it has left. Where all of it is done, `up --begun done` goes on after it. Where nothing is, or \
    it may be done again, `up --begun again` begins it anew. Where a part is, do the rest or undo that part by hand first.\n";

/// The server does not notice the death, and does the rest of the procedure: as long as it does, the next start waits.
async fn killed_in_a_procedure(database: Database) {
    die_in_the_call(&database).await;
    let mut next = starts(&database, "run");
    // Not to wait for anything: it must not have come to an end, however long that takes.
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(next.try_wait().unwrap(), None, "beside the procedure");
    assert_eq!(
        database.column("SELECT step FROM steps").await,
        ["first"],
        "not called twice"
    );
    database.execute("INSERT INTO go_on VALUES (2), (3)").await;
    let said = refuses(next.wait_with_output().unwrap());
    assert!(
        said.contains("Another process is migrating this database"),
        "{said}"
    );
    is_interrupted(&database, &["first", "last"]).await;
    // All of it is done, and nobody has to know how.
    succeeds(&database, "done");
    is_done(&database, &["first", "last"]).await;
}

/// Somebody ends the session that nobody waits for: half of the procedure is done.
async fn its_session_killed_in_a_procedure(database: Database) {
    die_in_the_call(&database).await;
    end_the_call(&database).await;
    is_interrupted(&database, &["first"]).await;
    database.execute("DELETE FROM steps").await;
    database.execute("INSERT INTO go_on VALUES (2), (3)").await;
    succeeds(&database, "again");
    is_done(&database, &["first", "last"]).await;
}

/// What does not commit by itself is undone with its transaction, and the next start does it.
async fn killed_in_a_block(database: Database) {
    let process = starts(&database, "run");
    until(&database, "SELECT count(*)::text FROM steps", "1").await;
    database.execute("INSERT INTO go_on VALUES (2)").await;
    let others = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                  AND state = 'active'";
    let at_it = format!("{others} AND wait_event = 'PgSleep' AND query NOT LIKE 'CALL %'");
    until(&database, &at_it, "1").await;
    dies(process);
    database.execute("INSERT INTO go_on VALUES (3)").await;
    until(&database, others, "0").await;
    assert_eq!(database.applied().await, ["1", "2"]);
    let tables = database.tables().await;
    assert!(!tables.contains(&"blocks".to_owned()), "{tables:?}");
    succeeds(&database, "run");
    is_done(&database, &["first", "last"]).await;
    let blocks = "SELECT step FROM blocks ORDER BY step";
    assert_eq!(database.column(blocks).await, ["first", "last"]);
}

/// Kills the process when the server has begun the procedure.
async fn die_in_the_call(database: &Database) {
    let process = starts(database, "run");
    until(database, "SELECT step FROM steps", "first").await;
    dies(process);
}

fn dies(mut process: Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}

/// Ends the server's session that runs the procedure.
async fn end_the_call(database: &Database) {
    let (which, end) = match database.dialect() {
        Dialect::Postgres => (
            "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CALL %'",
            "SELECT pg_terminate_backend(PID)",
        ),
        _ => (
            // The procedure is at one of its statements.
            "SELECT CAST(id AS CHAR) FROM information_schema.processlist WHERE db = database() AND id <> connection_id() \
             AND command <> 'Sleep'",
            "KILL PID",
        ),
    };
    let id = database.column(which).await.swap_remove(0);
    database.execute(&end.replace("PID", &id)).await;
    let begun = Instant::now();
    while database.column(which).await.contains(&id) {
        assert!(begun.elapsed() < PATIENCE, "{id} goes on");
        tokio::time::sleep(PAUSE).await;
    }
}

/// What stands there claims nothing: it is not applied, the record says that it was begun, and each start says the same and does nothing.
async fn is_interrupted(database: &Database, steps: &[&str]) {
    assert_eq!(database.applied().await, ["1"]);
    let progress =
        "SELECT concat(version, ' ', direction, ' ', done, ' ', started) FROM _onward_progress";
    assert_eq!(database.column(progress).await, ["2 up 0 1"]);
    let status = succeeds(database, "status");
    assert!(status.contains("interrupted"), "{status}");
    refuses(starts(database, "run").wait_with_output().unwrap());
    // Nor is there a way back before it is known.
    let back = starts(database, "empty").wait_with_output().unwrap();
    let said = String::from_utf8(back.stderr).unwrap();
    assert!(
        !back.status.success() && said.contains("interrupted"),
        "{said}"
    );
    let left = database
        .column("SELECT step FROM steps ORDER BY step")
        .await;
    assert_eq!(left, steps);
    let tables = database.tables().await;
    assert!(!tables.contains(&"after_it".to_owned()), "{tables:?}");
}

/// Everything is applied, the procedure has run once, and nothing passes for begun.
async fn is_done(database: &Database, steps: &[&str]) {
    let applied: &[&str] = match database.dialect() {
        Dialect::Postgres => &["1", "2", "3"],
        _ => &["1", "2"],
    };
    assert_eq!(database.applied().await, applied);
    let left = database
        .column("SELECT step FROM steps ORDER BY step")
        .await;
    assert_eq!(left, steps);
    let tables = database.tables().await;
    assert!(tables.contains(&"after_it".to_owned()), "{tables:?}");
    let begun = database.column("SELECT direction FROM _onward_progress");
    assert_eq!(begun.await, [""; 0]);
}

fn starts(database: &Database, verb: &str) -> Child {
    let program = match database.dialect() {
        Dialect::Postgres => env!("CARGO_BIN_EXE_slow_postgres"),
        _ => env!("CARGO_BIN_EXE_slow_mysql"),
    };
    let mut command = program::command(program, database, verb);
    command.stdin(Stdio::null()).spawn().unwrap()
}

fn succeeds(database: &Database, verb: &str) -> String {
    let ended = starts(database, verb).wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{verb}: {said}");
    String::from_utf8(ended.stdout).unwrap()
}

#[track_caller]
fn refuses(ended: Output) -> String {
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.ends_with(IN_DOUBT), "{said}");
    said
}

/// Waits until `query` says `expected`: what it asks may not be there yet.
async fn until(database: &Database, query: &str, expected: &str) {
    let begun = Instant::now();
    loop {
        let said = database.asked(query).await;
        if said.first().is_some_and(|first| first == expected) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{query}: {said:?}");
        tokio::time::sleep(PAUSE).await;
    }
}

const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);
