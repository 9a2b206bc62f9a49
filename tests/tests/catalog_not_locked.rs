//! Is a migration noticed that nobody entered in the lock file?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::Migrator;
use onward_tests::{Database, on, with_pool};

on!(a_migration_that_is_not_in_the_lock_file_is_refused: on_sqlite);

async fn a_migration_that_is_not_in_the_lock_file_is_refused(database: Database) {
    let migrator = Migrator::new(not_locked::MIGRATIONS);
    let said = with_pool!(database.pool, pool => migrator.run(pool).await)
        .unwrap_err()
        .to_string();
    assert!(said.contains("added: 2 create_reports"), "{said}");
    assert!(said.contains("`cargo onward lock`"), "{said}");
    assert_eq!(
        database.column("SELECT name FROM sqlite_master").await,
        Vec::<String>::new()
    );
}
