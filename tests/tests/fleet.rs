//! Do many processes that start at once apply each migration exactly once, and does none of them fail?
//!
//! `ONWARD_ROUNDS` says how often, each time on a fresh database.

use std::process::{Child, Stdio};

use onward_tests::{Database, on_every_database, program};

const PROCESSES: usize = 16;

on_every_database!(sixteen_at_once, sixteen_of_two_releases_at_once);

async fn sixteen_at_once(database: Database) {
    fleets(database, &[env!("CARGO_BIN_EXE_shop")]).await;
}

/// A rolling deployment: half of them know only the first release's migrations.
async fn sixteen_of_two_releases_at_once(database: Database) {
    fleets(
        database,
        &[env!("CARGO_BIN_EXE_shop"), env!("CARGO_BIN_EXE_older")],
    )
    .await;
}

async fn fleets(database: Database, programs: &[&str]) {
    let expected = alone(&database).await;
    for _ in 0..rounds() {
        let database = database.another().await;
        // Each waits for the end of its standard input, which all get at once.
        let mut fleet: Vec<Child> = programs
            .iter()
            .cycle()
            .take(PROCESSES)
            .map(|program| {
                let mut command = program::command(program, &database, "run");
                command.stdin(Stdio::piped()).spawn().expect("a process")
            })
            .collect();
        for process in &mut fleet {
            drop(process.stdin.take());
        }
        for process in fleet {
            let output = process.wait_with_output().expect("its end");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {said}", output.status);
        }
        assert_eq!(database.applied().await, ["10", "20", "30", "40", "50"]);
        assert_eq!(database.picture().await, expected);
    }
}

/// What one process alone makes of a database.
async fn alone(database: &Database) -> String {
    let database = database.another().await;
    let output = program::command(env!("CARGO_BIN_EXE_shop"), &database, "run")
        .output()
        .expect("a process");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    database.picture().await
}

fn rounds() -> u32 {
    std::env::var("ONWARD_ROUNDS").map_or(2, |rounds| rounds.parse().expect("a number"))
}
