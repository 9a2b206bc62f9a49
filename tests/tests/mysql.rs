//! Does what only MySQL and MariaDB need run as it must?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{Environment, Migrator, Revert};
use onward_tests::{Database, on, with_pool};
use sqlx::Connection as _;

on!(runs_rust_both_ways: on_mysql);
on!(wants_a_database_in_the_url: on_mysql);

fn migrator() -> Migrator {
    Migrator::new(on_mysql::MIGRATIONS).environment(Environment::development())
}

async fn runs_rust_both_ways(database: Database) {
    with_pool!(database.pool, pool => migrator().run(pool).await).unwrap();
    let names = "SELECT coalesce(full_name, '-') FROM people ORDER BY id";
    assert_eq!(
        database.column(names).await,
        ["Ada Lovelace", "Alan Turing"]
    );
    with_pool!(database.pool, pool => migrator().revert(pool, Revert::Last).await).unwrap();
    assert_eq!(database.column(names).await, ["-", "-"]);
    assert_eq!(database.applied().await, ["1"]);
}

async fn wants_a_database_in_the_url(database: Database) {
    let url = database.url.replace(&format!("/{}?", database.name), "/?");
    let mut connection = sqlx::MySqlConnection::connect(&url).await.unwrap();
    let error = migrator()
        .run(&mut connection)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("mysql://user@host/DATABASE"), "{error}");
}
