//! Does an up that loses nothing wait for the code that names what it takes, renames or replaces?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Child;
use std::time::{Duration, Instant};

use onward::{Decision, Dialect, Environment, Goal, Migrator, Outcome, Question, State, Version};
use onward_tests::service::Service;
use onward_tests::{Database, on_every_database, program, with_pool};

const CALLS: &str = env!("CARGO_BIN_EXE_calls");
const RENAMES: &str = env!("CARGO_BIN_EXE_renames");

on_every_database!(
    an_up_that_only_adds_is_asked_no_more_than_who_waits,
    an_up_that_loses_nothing_waits_for_the_code_that_names_what_it_takes,
    replicas_that_start_at_once_are_no_strangers_to_each_other,
);

async fn an_up_that_only_adds_is_asked_no_more_than_who_waits(database: Database) {
    let service = Service::start(CALLS, &database, "a1b2c3", "leave");
    registered(&database).await;
    let decision = judged(&database, 60).await;
    // Whoever writes waits while PostgreSQL builds its index, so there it is asked for how long. What takes whole rows may fail with a
    // column more.
    let asked: Vec<Question> = decision.answers.iter().map(|a| a.question).collect();
    let expected = match database.dialect() {
        Dialect::Postgres => vec![
            Question::RunningCode,
            Question::Consumers,
            Question::Downtime,
        ],
        Dialect::MySql | Dialect::Sqlite => vec![Question::RunningCode, Question::Consumers],
    };
    assert_eq!((decision.outcome, asked), (Outcome::Cleared, expected));
    with_pool!(database.pool, pool => shop().up(pool, goal(60)).await).unwrap();
    drop(service.stop());
}

async fn an_up_that_loses_nothing_waits_for_the_code_that_names_what_it_takes(database: Database) {
    let service = Service::start(CALLS, &database, "a1b2c3", "leave");
    registered(&database).await;
    with_pool!(database.pool, pool => shop().up(pool, goal(60)).await).unwrap();

    let said = "1 live instance of shop-calls build a1b2c3";
    for (version, used) in [
        (70, "`names` (src/bin/calls.rs:5)"),
        (80, "`users.phone_number` (src/bin/calls.rs:3)"),
        (90, "`users` through the view `names` (src/bin/calls.rs:5)"),
    ] {
        let decision = judged(&database, version).await;
        assert_eq!(decision.losing, [""; 0]);
        let asked: Vec<Question> = decision.answers.iter().map(|a| a.question).collect();
        assert_eq!(asked, [Question::RunningCode, Question::Consumers]);
        assert_eq!(decision.answers[0].state, State::Blocked, "{decision}");
        let mut evidence = decision.answers[0].evidence.iter();
        assert!(
            evidence.any(|one| one.sentence.starts_with(said)
                && one.sentence.ends_with(&format!(" uses {used}."))),
            "{used}: {decision}"
        );
        let refused = with_pool!(database.pool, pool => shop().up(pool, goal(version)).await);
        assert!(refused.unwrap_err().to_string().contains(said));
        assert_eq!(database.applied().await.last().unwrap(), "60");
    }
    service.kill();
    let begun = Instant::now();
    while !judged(&database, 90).await.runs() {
        assert!(begun.elapsed() < Duration::from_secs(40), "it is dead");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    with_pool!(database.pool, pool => shop().up(pool, goal(90)).await).unwrap();
    assert_eq!(database.applied().await.last().unwrap(), "90");
}

/// Two migrate, whichever is first, and one waits for them.
async fn replicas_that_start_at_once_are_no_strangers_to_each_other(database: Database) {
    with_pool!(database.pool, pool => shop().up(pool, goal(60)).await).unwrap();
    let replicas: Vec<Child> = (0..2)
        .map(|_| {
            let mut command = program::command(RENAMES, &database, "run");
            command.env(Environment::VARIABLE, "production");
            command.spawn().unwrap()
        })
        .collect();
    let waits = shop().application("shop-waits");
    let limit = Duration::from_secs(30);
    let waited = with_pool!(database.pool, pool => waits.wait(pool, limit).await);
    for replica in replicas {
        let output = tokio::task::spawn_blocking(|| replica.wait_with_output());
        let output = output.await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
    waited.unwrap();
    waits.leave().await.unwrap();
    assert_eq!(database.applied().await.last().unwrap(), "90");
}

fn goal(version: i64) -> Goal {
    Goal::To(Version::new(version))
}

/// The next release of the shop, in production.
fn shop() -> Migrator {
    Migrator::new(shop_renames::MIGRATIONS).environment(Environment::production())
}

async fn judged(database: &Database, version: i64) -> Decision {
    with_pool!(database.pool, pool => shop().judge_up(pool, goal(version)).await).unwrap()
}

/// Waits until the service is on the list.
async fn registered(database: &Database) {
    let begun = Instant::now();
    loop {
        let listed = with_pool!(database.pool, pool => {
            sqlx::raw_sql("SELECT id FROM _onward_instances").fetch_all(pool).await.map(|rows| rows.len())
        });
        if listed.is_ok_and(|listed| listed == 1) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the list");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
