//! After a kill -9, at whatever moment, does the next run finish what was begun, and nothing twice?

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use onward::Dialect;
use onward_tests::{Database, on_every_database, program};

const SHOP: &str = env!("CARGO_BIN_EXE_shop");
const ONLY_SQLITE: &str = env!("CARGO_BIN_EXE_only_sqlite");
const ONLY_POSTGRES: &str = env!("CARGO_BIN_EXE_only_postgres");
const ONLY_MYSQL: &str = env!("CARGO_BIN_EXE_only_mysql");
const KILL: i32 = 9;

on_every_database!(
    killed_at_each_step_up,
    killed_at_each_step_down,
    killed_where_only_this_database_can_be,
    killed_at_any_moment,
);

async fn killed_at_each_step_up(database: Database) {
    each_step_up(&database, SHOP).await;
}

async fn killed_at_each_step_down(database: Database) {
    each_step_down(&database, SHOP).await;
}

/// Indexes built CONCURRENTLY, tables rebuilt outside of foreign keys, functions in Rust.
async fn killed_where_only_this_database_can_be(database: Database) {
    let program = match database.dialect() {
        Dialect::Sqlite => ONLY_SQLITE,
        Dialect::Postgres => ONLY_POSTGRES,
        Dialect::MySql => ONLY_MYSQL,
    };
    each_step_up(&database, program).await;
    each_step_down(&database, program).await;
}

async fn each_step_up(database: &Database, program: &str) {
    let (expected, applied) = alone(database, program).await;
    for nth in 1.. {
        let database = database.another().await;
        let done = !dies(program::command(program, &database, "run").arg(nth.to_string()));
        finishes(
            program,
            &database,
            "run",
            &format!("after a death at event {nth}"),
        );
        assert_eq!(
            database.picture().await,
            expected,
            "after a death at event {nth}"
        );
        assert_eq!(database.applied().await, applied);
        if done {
            assert!(nth > 5, "it died at {} events only", nth - 1);
            return;
        }
    }
}

async fn each_step_down(database: &Database, program: &str) {
    for nth in 1.. {
        let database = database.another().await;
        let empty = database.picture().await;
        finishes(program, &database, "run", "at first");
        let done = !dies(program::command(program, &database, "empty").arg(nth.to_string()));
        finishes(
            program,
            &database,
            "empty",
            &format!("after a death at event {nth}"),
        );
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
    let (expected, applied) = alone(&database, SHOP).await;
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
        finishes(SHOP, &database, "run", "after a death at some moment");
        assert_eq!(database.picture().await, expected);
        assert_eq!(database.applied().await, applied);
    }
}

/// What a run that nobody interrupts makes of a database: what stands in it, and what is applied.
async fn alone(database: &Database, program: &str) -> (String, Vec<String>) {
    let database = database.another().await;
    finishes(program, &database, "run", "alone");
    (database.picture().await, database.applied().await)
}

fn finishes(program: &str, database: &Database, verb: &str, when: &str) {
    let output = output(&mut program::command(program, database, verb));
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
