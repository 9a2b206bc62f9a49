//! Do many processes that start at once apply each migration exactly once, and does none of them fail?
//!
//! `ONWARD_ROUNDS` says how often, each time on a fresh database.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use onward::Environment;
use onward_tests::{Database, on_every_database, program, with_pool};

const PROCESSES: usize = 16;
const SHOP: &str = env!("CARGO_BIN_EXE_shop");
const OLDER: &str = env!("CARGO_BIN_EXE_older");
const GUARDED: &str = env!("CARGO_BIN_EXE_guarded");
const ALL: [&str; 5] = ["10", "20", "30", "40", "50"];

on_every_database!(
    sixteen_at_once,
    sixteen_of_two_releases_at_once,
    fifteen_finish_what_one_died_over,
    sixteen_go_back_at_once,
    sixteen_over_junk,
    sixteen_go_back_beside_a_writer,
);

async fn sixteen_at_once(database: Database) {
    let expected = alone(&database).await;
    for _ in 0..rounds() {
        for environment in ["development", "staging", "production"] {
            let database = database.another().await;
            let fleet = (0..PROCESSES).map(|_| {
                let mut one = program::command(SHOP, &database, "run");
                one.env(Environment::VARIABLE, environment);
                one
            });
            all_succeed(started_at_once(fleet));
            assert_eq!(database.applied().await, ALL, "{environment}");
            assert_eq!(database.picture().await, expected, "{environment}");
        }
    }
}

/// A rolling deployment: half of them know only the first release's migrations.
async fn sixteen_of_two_releases_at_once(database: Database) {
    let expected = alone(&database).await;
    for _ in 0..rounds() {
        let database = database.another().await;
        let programs = [SHOP, OLDER].into_iter().cycle().take(PROCESSES);
        let fleet = programs.map(|program| program::command(program, &database, "run"));
        all_succeed(started_at_once(fleet));
        assert_eq!(database.applied().await, ALL);
        assert_eq!(database.picture().await, expected);
    }
}

/// Whoever has the turn may be killed in it: the others go on where it stopped.
async fn fifteen_finish_what_one_died_over(database: Database) {
    let expected = alone(&database).await;
    for death in [4, 9, 14, 19] {
        let database = database.another().await;
        let mut mortal = program::command(SHOP, &database, "run");
        mortal.arg(death.to_string());
        let others = (1..PROCESSES).map(|_| program::command(SHOP, &database, "run"));
        let mut fleet = started_at_once(std::iter::once(mortal).chain(others));
        // It may have been late, and found nothing to die over.
        fleet.remove(0).wait().expect("its end");
        all_succeed(fleet);
        assert_eq!(database.applied().await, ALL);
        assert_eq!(database.picture().await, expected);
    }
}

/// Each takes back one migration that it saw, or is told that somebody else did; none is taken back twice.
async fn sixteen_go_back_at_once(database: Database) {
    let run = program::command(SHOP, &database, "run");
    all_succeed(started_at_once(std::iter::once(run)));
    let fleet = (0..PROCESSES).map(|_| program::command(SHOP, &database, "revert"));
    let mut reverted = Vec::new();
    for process in started_at_once(fleet) {
        let output = process.wait_with_output().expect("its end");
        if output.status.success() {
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            let ran = report["ran"].as_array().expect("what ran");
            reverted.extend(ran.iter().map(|ran| ran["version"].to_string()));
        } else {
            assert_ne!(output.stderr, b"", "a refusal says why");
        }
    }
    reverted.sort();
    let left = database.applied().await;
    assert!(!reverted.is_empty());
    assert_eq!([left, reverted].concat(), ALL);
}

/// Whatever stands in Onward's own tables, nobody panics or hangs, nobody's rows go, and what can be done is done.
async fn sixteen_over_junk(database: Database) {
    let expected = alone(&database).await;
    for (junk, runs) in [
        // Rows of processes that nobody can read, from the past and the future.
        (
            "INSERT INTO _onward_instances (id, format, application, kind, build, host, pid, login, origin, client, connections, \
             program, started, seen, lasts) VALUES \
             ('''; DROP TABLE users; --', 1, '\"`''', '', '', '', -1, '', '', '', -7, 'no {json', 0, 99999999999999, 99999), \
             ('0123456789abcdef', 99, '', '', '', '', 0, '', '', '', 9223372036854775807, '', 0, 0, -5)",
            true,
        ),
        (
            "INSERT INTO _onward_progress (version, direction, done, done_hash, started, started_hash, fingerprint) \
             VALUES (999, 'sideways', -3, 'x', 7, NULL, NULL)",
            false,
        ),
        (
            "UPDATE _onward_history SET record = 'no {json', digest = ''",
            false,
        ),
        (
            "INSERT INTO _onward_journal (seq, at, action, version, actor, host, environment, plan, evidence, prev, hash) \
             VALUES (1000, 'never', 'dreamt', -1, '', '', '', '', 'no {json', '', '')",
            true,
        ),
        (
            "UPDATE _onward_head SET digest = 'x', hash = 'y', seq = -1",
            false,
        ),
        ("DELETE FROM _onward_head", false),
    ] {
        let database = database.another().await;
        let older = program::command(OLDER, &database, "run");
        all_succeed(started_at_once(std::iter::once(older)));
        let ada = "INSERT INTO users (id, name) VALUES (7, 'Ada')";
        database.execute(ada).await;
        database.execute(junk).await;
        let fleet = (0..PROCESSES).map(|_| program::command(SHOP, &database, "run"));
        let mut succeeded = 0;
        for process in started_at_once(fleet) {
            let output = process.wait_with_output().expect("its end");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!said.contains("panicked"), "{junk}: {said}");
            assert!(output.status.code().is_some(), "{junk}: {said}");
            assert!(output.status.success() || !said.is_empty(), "{junk}");
            succeeded += usize::from(output.status.success());
            println!("{junk}: {said}");
        }
        let all = if runs { PROCESSES } else { 0 };
        assert_eq!(succeeded, all, "{junk}");
        let users = "SELECT name FROM users WHERE id = 7";
        assert_eq!(database.column(users).await, ["Ada"], "{junk}");
        if runs {
            database.execute("DELETE FROM users WHERE id = 7").await;
            assert_eq!(database.picture().await, expected, "{junk}");
        }
    }
}

/// Each looks, agrees to what it sees, and goes back as soon as it may, while somebody writes to a table that goes. What was written is there
/// afterwards, or whoever took it saw it and agreed, which production lets nobody do.
async fn sixteen_go_back_beside_a_writer(database: Database) {
    for environment in ["staging", "production"].repeat(rounds() as usize) {
        let database = database.another().await;
        let of = |verb| {
            let mut one = program::command(GUARDED, &database, verb);
            one.env(Environment::VARIABLE, environment);
            one
        };
        all_succeed(started_at_once(std::iter::once(of("run"))));
        let ada = "INSERT INTO users (id, name) VALUES (7, 'Ada')";
        database.execute(ada).await;
        let fleet = started_at_once((0..PROCESSES).map(|_| of("guarded")));
        // Not to wait for anything: the moment is what is random.
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..300))).await;
        let row = "INSERT INTO notes (call_id, note) VALUES (7, 'called')";
        let written =
            with_pool!(database.pool, pool => sqlx::raw_sql(row).execute(pool).await.is_ok());
        for process in fleet {
            let output = process.wait_with_output().expect("its end");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!said.contains("panicked"), "{said}");
            assert!(output.status.code().is_some(), "{said}");
            assert!(output.status.success() || !said.is_empty());
        }
        let reverted =
            "SELECT evidence FROM _onward_journal WHERE action = 'reverted' AND version = 4";
        let reverted = database.column(reverted).await;
        assert!(reverted.len() <= 1, "{reverted:?}");
        if written && database.asked("SELECT note FROM notes").await != ["called"] {
            assert_eq!(environment, "staging");
            assert!(reverted[0].contains("`notes` holds 1 row."), "{reverted:?}");
        }
        let users = "SELECT name FROM users";
        assert_eq!(database.column(users).await, ["Ada"], "{environment}");
        database.applied().await;
    }
}

/// Starts all of them, each of which waits for the end of its standard input, and then lets all of them go.
fn started_at_once(fleet: impl Iterator<Item = Command>) -> Vec<Child> {
    let mut fleet: Vec<Child> = fleet
        .map(|mut command| command.stdin(Stdio::piped()).spawn().expect("a process"))
        .collect();
    for process in &mut fleet {
        drop(process.stdin.take());
    }
    fleet
}

fn all_succeed(fleet: Vec<Child>) {
    for process in fleet {
        let output = process.wait_with_output().expect("its end");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", output.status);
    }
}

/// What one process alone makes of a database.
async fn alone(database: &Database) -> String {
    let database = database.another().await;
    let one = program::command(SHOP, &database, "run");
    all_succeed(started_at_once(std::iter::once(one)));
    database.picture().await
}

fn rounds() -> u32 {
    std::env::var("ONWARD_ROUNDS").map_or(2, |rounds| rounds.parse().expect("a number"))
}
