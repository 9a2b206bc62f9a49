//! Is a version noticed that two crates chose?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::Migrator;
use onward_tests::{Database, on, with_pool};

on!(a_version_that_two_crates_chose_is_refused: on_sqlite);

async fn a_version_that_two_crates_chose_is_refused(database: Database) {
    let migrator = Migrator::new(shop::MIGRATIONS).and(twin::MIGRATIONS);
    let said = with_pool!(database.pool, pool => migrator.run(pool).await)
        .unwrap_err()
        .to_string();
    assert!(said.contains("Version 10 is declared twice"), "{said}");
    assert!(
        said.contains("create_users in crate shop (src/people.rs"),
        "{said}"
    );
    assert!(
        said.contains("create_audit in crate twin (src/lib.rs"),
        "{said}"
    );
    assert_eq!(
        database.column("SELECT name FROM sqlite_master").await,
        Vec::<String>::new()
    );
}
