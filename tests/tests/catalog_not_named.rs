//! Is a crate noticed that is linked for something else, and whose migrations nobody named?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::Migrator;
use onward_tests::{Database, on, with_pool};

on!(a_linked_crate_that_nobody_named_is_missed: on_sqlite);

async fn a_linked_crate_that_nobody_named_is_missed(database: Database) {
    assert_eq!(twin::greeting(), "hello");
    let migrator = Migrator::new(stumbling::MIGRATIONS);
    let said = with_pool!(database.pool, pool => migrator.run(pool).await)
        .unwrap_err()
        .to_string();
    assert!(said.contains("twin has 1 migration"), "{said}");
    assert!(said.contains("twin::MIGRATIONS"), "{said}");
    assert_eq!(
        database.column("SELECT name FROM sqlite_master").await,
        Vec::<String>::new()
    );
}
