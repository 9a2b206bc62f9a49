//! What is left of a migration that fails half-way, and how does it go on when the data is repaired?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{Dialect, Environment, Goal, Migrator, Version};
use onward_tests::{Database, on_every_database, with_pool};

on_every_database!(a_failed_migration_leaves_nothing_or_goes_on);

/// Where the database undoes DDL nothing is left of it; on MySQL the next run goes on after the table that was made.
async fn a_failed_migration_leaves_nothing_or_goes_on(database: Database) {
    let migrator =
        Migrator::new(stumbling::MIGRATIONS).environment(Environment::named("production"));
    let first = Goal::To(Version::new(1));
    with_pool!(database.pool, pool => migrator.up(pool, first).await).unwrap();
    database.execute("INSERT INTO taken VALUES (1)").await;
    for _ in 0..2 {
        let error = with_pool!(database.pool, pool => migrator.run(pool).await).unwrap_err();
        let said = error.to_string();
        assert!(said.contains("2 stumble"), "which migration: {said}");
        assert!(
            said.contains("INSERT INTO taken VALUES (1)"),
            "which statement: {said}"
        );
        assert_eq!(database.applied().await, ["1"]);
        let tables = database.tables().await;
        if database.dialect() == Dialect::MySql {
            assert_eq!(tables, ["half", "taken"]);
        } else {
            assert_eq!(tables, ["taken"]);
        }
    }
    database.execute("DELETE FROM taken").await;
    with_pool!(database.pool, pool => migrator.run(pool).await).unwrap();
    assert_eq!(database.tables().await, ["half", "taken", "whole"]);
    assert_eq!(database.column("SELECT id FROM half").await, ["7"]);
    assert_eq!(database.column("SELECT id FROM taken").await, ["1"]);
    assert_eq!(database.applied().await, ["1", "2"]);
}
