//! After a kill -9, at whatever moment, does the next run finish what was begun, and nothing twice?

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use onward_tests::{Database, on_every_database, program};

const SHOP: &str = env!("CARGO_BIN_EXE_shop");
const KILL: i32 = 9;

on_every_database!(
    killed_at_each_step_up,
    killed_at_each_step_down,
    killed_at_any_moment
);

async fn killed_at_each_step_up(database: Database) {
    let expected = alone(&database).await;
    for nth in 1.. {
        let database = database.another().await;
        let done = !dies(program::command(SHOP, &database, "run").arg(nth.to_string()));
        finishes(&database, "run", &format!("after a death at event {nth}"));
        assert_eq!(
            database.picture().await,
            expected,
            "after a death at event {nth}"
        );
        assert_eq!(database.applied().await, ["10", "20", "30", "40", "50"]);
        if done {
            assert!(nth > 5, "it died at {} events only", nth - 1);
            return;
        }
    }
}

async fn killed_at_each_step_down(database: Database) {
    for nth in 1.. {
        let database = database.another().await;
        let empty = database.picture().await;
        finishes(&database, "run", "at first");
        let done = !dies(program::command(SHOP, &database, "empty").arg(nth.to_string()));
        finishes(&database, "empty", &format!("after a death at event {nth}"));
        assert_eq!(
            database.picture().await,
            empty,
            "after a death at event {nth}"
        );
        assert!(database.applied().await.is_empty());
        if done {
            assert!(nth > 5, "it died at {} events only", nth - 1);
            return;
        }
    }
}

/// The steps that a process can count are not all the moments that there are.
async fn killed_at_any_moment(database: Database) {
    let begun = Instant::now();
    let expected = alone(&database).await;
    let whole = begun.elapsed();
    let seed = std::env::var("ONWARD_SEED").map_or_else(
        |_| fastrand::u64(..),
        |seed| seed.parse().expect("a number"),
    );
    println!("ONWARD_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..12 {
        let database = database.another().await;
        let mut process = program::command(SHOP, &database, "run")
            .spawn()
            .expect("a process");
        // Not to wait for anything: the moment is what is random.
        std::thread::sleep(Duration::from_micros(random.u64(0..=micros(whole))));
        process.kill().expect("it is ours");
        process.wait().expect("its end");
        finishes(&database, "run", "after a death at some moment");
        assert_eq!(database.picture().await, expected);
        assert_eq!(database.applied().await, ["10", "20", "30", "40", "50"]);
    }
}

/// What a run that nobody interrupts makes of a database.
async fn alone(database: &Database) -> String {
    let database = database.another().await;
    finishes(&database, "run", "alone");
    database.picture().await
}

fn finishes(database: &Database, verb: &str, when: &str) {
    let output = output(&mut program::command(SHOP, database, verb));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{verb} {when}: {}\n{said}",
        output.status
    );
}

/// Whether it died; otherwise it must have succeeded.
fn dies(command: &mut Command) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    let output = output(command);
    let died = output.status.signal() == Some(KILL);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(died || output.status.success(), "{}\n{said}", output.status);
    died
}

fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().expect("a process")
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).expect("not that long")
}
