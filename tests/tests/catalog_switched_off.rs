//! Is a migration noticed that a `cfg` keeps out of the program?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::Migrator;
use onward_tests::{Database, on, with_pool};

on!(a_module_that_is_switched_off_is_missed: on_sqlite);

async fn a_module_that_is_switched_off_is_missed(database: Database) {
    let migrator = Migrator::new(switched_off::MIGRATIONS);
    let said = with_pool!(database.pool, pool => migrator.run(pool).await)
        .unwrap_err()
        .to_string();
    assert!(said.contains("missing: 2 create_reports"), "{said}");
    assert!(said.contains("`cfg`"), "{said}");
    assert_eq!(
        database.column("SELECT name FROM sqlite_master").await,
        Vec::<String>::new()
    );
}
