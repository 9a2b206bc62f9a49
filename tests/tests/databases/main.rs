//! Does Onward keep its promises on SQLite, on PostgreSQL and on MySQL? One suite, the same cases on all three.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod apply;
mod connections;
mod downs;
mod environments;
mod history;
mod releases;
mod round_trip;
mod written;

use onward::{Environment, Error, Goal, Migrator, Result, Revert, RunReport, Version};
use onward_tests::{Database, with_pool};

const DEVELOPMENT: &str = "development";
const STAGING: &str = "staging";
const PRODUCTION: &str = "production";

/// The shop's migrator in an environment.
fn shop(environment: &str) -> Migrator {
    Migrator::new(shop::MIGRATIONS).environment(Environment::named(environment))
}

async fn run(database: &Database, migrator: &Migrator) -> Result<RunReport> {
    with_pool!(database.pool, pool => migrator.run(pool).await)
}

async fn up_to(database: &Database, migrator: &Migrator, version: i64) -> Result<RunReport> {
    let goal = Goal::To(Version::new(version));
    with_pool!(database.pool, pool => migrator.up(pool, goal).await)
}

async fn revert(database: &Database, migrator: &Migrator, goal: Revert) -> Result<RunReport> {
    with_pool!(database.pool, pool => migrator.revert(pool, goal).await)
}

/// The versions that a run went through.
fn versions(report: &RunReport) -> Vec<i64> {
    report.ran.iter().map(|ran| ran.version.number()).collect()
}

/// What a refusal says, having made sure that it is one.
fn refusal(result: Result<RunReport>) -> String {
    match result {
        Ok(report) => panic!("it was not refused: {report}"),
        Err(Error::Database(error)) => panic!("it was tried: {error}"),
        Err(error) => error.to_string(),
    }
}
