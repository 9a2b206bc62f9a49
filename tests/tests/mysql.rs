//! Does what only MySQL and MariaDB need run as it must?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{Environment, Goal, Migrator, Revert, Version};
use onward_tests::{Database, on, with_pool};
use sqlx::Connection as _;

on!(runs_rust_both_ways: on_mysql);
on!(is_not_stopped_by_the_applications_timeouts: on_mysql);
on!(wants_a_database_in_the_url: on_mysql);
on!(what_a_round_trip_takes_is_named: on_mysql);

fn migrator() -> Migrator {
    Migrator::new(on_mysql::MIGRATIONS).environment(Environment::development())
}

async fn runs_rust_both_ways(database: Database) {
    let goal = Goal::To(Version::new(2));
    with_pool!(database.pool, pool => migrator().up(pool, goal).await).unwrap();
    let names = "SELECT coalesce(full_name, '-') FROM people ORDER BY id";
    assert_eq!(
        database.column(names).await,
        ["Ada Lovelace", "Alan Turing"]
    );
    with_pool!(database.pool, pool => migrator().revert(pool, Revert::Last).await).unwrap();
    assert_eq!(database.column(names).await, ["-", "-"]);
    assert_eq!(database.applied().await, ["1"]);
}

/// The migration writes down which time-out it ran under: the policy's.
async fn is_not_stopped_by_the_applications_timeouts(database: Database) {
    let mut connection = sqlx::MySqlConnection::connect(&database.url).await.unwrap();
    sqlx::raw_sql("SET SESSION max_statement_time = 20")
        .execute(&mut connection)
        .await
        .unwrap();
    migrator().run(&mut connection).await.unwrap();
    let noted = database
        .column("SELECT CAST(seconds AS DOUBLE) = 3600 FROM timeouts")
        .await;
    assert_eq!(noted, ["1"]);
    let after: f64 = sqlx::query_scalar("SELECT CAST(@@SESSION.max_statement_time AS DOUBLE)")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        after, 20.0,
        "the application's own connection has its setting again"
    );
}

async fn wants_a_database_in_the_url(database: Database) {
    let url = database.url.replace(&format!("/{}?", database.name), "/?");
    let mut connection = sqlx::MySqlConnection::connect(&url).await.unwrap();
    let ran = migrator().run(&mut connection).await;
    let looked = migrator().status(&mut connection).await;
    for error in [ran.unwrap_err(), looked.unwrap_err()] {
        let error = error.to_string();
        assert!(error.contains("mysql://user@host/DATABASE"), "{error}");
    }
}

async fn what_a_round_trip_takes_is_named(database: Database) {
    let trip = || onward::testing::round_trip(on_mysql::MIGRATIONS).on(&database.url);
    let faults = trip().await.unwrap_err().to_string();
    assert!(faults.contains("   gone: people.full_name, "), "{faults}");
    let report = trip().let_pass(2, "the names are computed").await.unwrap();
    assert_eq!((report.migrations, report.tables), (3, 2), "{report}");
}
