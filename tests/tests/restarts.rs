//! When the server itself crashes in the middle of a migration, does the next run finish what was begun?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use onward::{Dialect, Environment, Goal, Migrator, Version};
use onward_tests::server::Server;
use onward_tests::{Database, Pool, program, with_pool};

const GUARDED: &str = env!("CARGO_BIN_EXE_guarded");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    match Server::postgres(&[]).await {
        Some(server) => goes_on_after_a_crash_of_the_server(server).await,
        None => onward_tests::skipped("PostgreSQL's server"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_mysql() {
    match Server::mariadb().await {
        Some(server) => goes_on_after_a_crash_of_the_server(server).await,
        None => onward_tests::skipped("MariaDB's server"),
    }
}

/// Up and down, each caught while a statement of it waits for a table that somebody uses. MySQL has committed those before it.
async fn goes_on_after_a_crash_of_the_server(mut server: Server) {
    let alone = server.database().await;
    let empty = alone.picture().await;
    succeeds(&alone, "run");
    let full = alone.picture().await;

    let database = server.database().await;
    let migrator = Migrator::new(guarded::MIGRATIONS).environment(Environment::development());
    let first = Goal::To(Version::new(1));
    with_pool!(database.pool, pool => migrator.up(pool, first).await).unwrap();
    crashes_while(&mut server, &database, "run").await;
    succeeds(&database, "run");
    assert_eq!(database.picture().await, full);
    assert_eq!(database.applied().await, ["1", "2", "3", "4"]);

    crashes_while(&mut server, &database, "empty").await;
    if database.dialect() == Dialect::MySql {
        let begun = "SELECT CAST(done AS CHAR) FROM _onward_progress";
        assert_eq!(database.column(begun).await, ["1"], "the first is done");
    }
    succeeds(&database, "empty");
    assert_eq!(database.picture().await, empty);
    assert!(database.applied().await.is_empty());
    let journal = with_pool!(database.pool, pool => migrator.journal(pool).await).unwrap();
    assert_eq!(journal.flaws, []);
}

/// Crashes the server while `verb` waits for the table of the users, and starts it again.
async fn crashes_while(server: &mut Server, database: &Database, verb: &str) {
    let holder = database.another_connection().await;
    let (hold, waiting) = match database.dialect() {
        Dialect::Postgres => (
            "BEGIN; LOCK TABLE users IN ACCESS SHARE MODE",
            "SELECT 'waits' FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass",
        ),
        _ => (
            "LOCK TABLES users READ",
            "SELECT 'waits' FROM information_schema.processlist WHERE state LIKE '%metadata lock%'",
        ),
    };
    holder.execute(hold).await;
    let mut process = program::command(GUARDED, database, verb).spawn().unwrap();
    let begun = Instant::now();
    while database.column(waiting).await.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "nobody waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.crash();
    let ended = ends(&mut process);
    assert!(!ended, "it takes a crash for success");
    server.start().await;
    forget(holder).await;
}

/// Whether it succeeded, once it has ended: it must not wait for a server that is gone.
fn ends(process: &mut Child) -> bool {
    let begun = Instant::now();
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            return status.success();
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it waits for a server that is gone"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Closes what leads to a server that is not there any more.
async fn forget(pool: Pool) {
    with_pool!(pool, pool => pool.close().await);
}

#[track_caller]
fn succeeds(database: &Database, verb: &str) {
    let mut command: Command = program::command(GUARDED, database, verb);
    let Output { status, stderr, .. } = command.output().unwrap();
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{verb}: {said}");
}
