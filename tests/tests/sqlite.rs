//! Does what only SQLite needs run as it must?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{Environment, Goal, Migrator, Revert, Version};
use onward_tests::{Database, on, with_pool};

on!(rebuilds_a_parent_without_losing_its_children: on_sqlite);
on!(runs_rust_both_ways: on_sqlite);
on!(refuses_to_leave_a_broken_reference: on_sqlite);

fn migrator() -> Migrator {
    Migrator::new(on_sqlite::MIGRATIONS).environment(Environment::development())
}

async fn up_to(database: &Database, version: i64) -> onward::Result<onward::RunReport> {
    let goal = Goal::To(Version::new(version));
    with_pool!(database.pool, pool => migrator().up(pool, goal).await)
}

/// sqlx opens SQLite with foreign keys on: dropping the old table would delete the books.
async fn rebuilds_a_parent_without_losing_its_children(database: Database) {
    up_to(&database, 2).await.unwrap();
    assert_eq!(
        database.column("SELECT id FROM books ORDER BY id").await,
        ["1", "2"]
    );
    assert_eq!(database.column("SELECT name FROM authors").await, ["Ada"]);
    let before = database.picture().await;
    with_pool!(database.pool, pool => migrator().revert(pool, Revert::Last).await).unwrap();
    assert_eq!(
        database.column("SELECT id FROM books ORDER BY id").await,
        ["1", "2"]
    );
    up_to(&database, 2).await.unwrap();
    assert_eq!(database.picture().await, before);
    assert_eq!(
        database.column("PRAGMA foreign_keys").await,
        ["1"],
        "as the application had it"
    );
}

async fn runs_rust_both_ways(database: Database) {
    up_to(&database, 3).await.unwrap();
    assert_eq!(database.column("SELECT name FROM authors").await, ["ADA"]);
    with_pool!(database.pool, pool => migrator().revert(pool, Revert::Last).await).unwrap();
    assert_eq!(database.column("SELECT name FROM authors").await, ["ada"]);
}

/// The migration deletes an author whose books stay: with foreign keys off nothing but the check before the commit
/// notices.
async fn refuses_to_leave_a_broken_reference(database: Database) {
    let migrator = Migrator::new(on_sqlite::MIGRATIONS).environment(Environment::staging());
    let goal = Goal::To(Version::new(3));
    with_pool!(database.pool, pool => migrator.up(pool, goal).await).unwrap();
    let before = database.picture().await;
    let failed = with_pool!(database.pool, pool => migrator.run(pool).await);
    let error = failed.unwrap_err().to_string();
    assert!(
        error.contains("books") && error.contains("authors"),
        "{error}"
    );
    assert_eq!(database.picture().await, before);
    assert_eq!(database.applied().await, ["1", "2", "3"]);
    assert_eq!(database.column("PRAGMA foreign_keys").await, ["1"]);
}
