//! What happens where programs of several releases meet one database?

use onward_tests::{Database, on_every_database, program};

use super::{DEVELOPMENT, PRODUCTION, run, shop};

const OLDER: &str = env!("CARGO_BIN_EXE_older");
const EDITED: &str = env!("CARGO_BIN_EXE_edited");
const LATE: &str = env!("CARGO_BIN_EXE_late");

on_every_database!(
    an_older_program_starts,
    an_older_program_reverts_what_it_does_not_contain,
    an_edited_migration_is_refused,
    an_older_version_is_refused_in_production,
    an_older_version_is_applied_in_development,
);

/// It was built from a checkout with CRLF, too.
async fn an_older_program_starts(database: Database) {
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    let before = database.picture().await;
    let report = succeeds(OLDER, &database, "run");
    assert_eq!(report["ran"], serde_json::json!([]));
    assert_eq!(database.picture().await, before);
}

async fn an_older_program_reverts_what_it_does_not_contain(database: Database) {
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    let report = succeeds(OLDER, &database, "revert");
    assert_eq!(report["ran"][0]["version"], 50);
    assert_eq!(database.applied().await, ["10", "20", "30", "40"]);
    assert_eq!(database.tables().await, ["countries", "users"]);
}

async fn an_edited_migration_is_refused(database: Database) {
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    let before = database.picture().await;
    let said = fails(EDITED, &database, "run", DEVELOPMENT);
    assert!(
        said.contains("10 create_users") && said.contains("edited"),
        "{said}"
    );
    assert_eq!(database.picture().await, before);
}

async fn an_older_version_is_refused_in_production(database: Database) {
    run(&database, &shop(PRODUCTION)).await.unwrap();
    let before = database.picture().await;
    let said = fails(LATE, &database, "run", PRODUCTION);
    assert!(
        said.contains("25 create_cities") && said.contains("50"),
        "{said}"
    );
    assert_eq!(database.picture().await, before);
}

async fn an_older_version_is_applied_in_development(database: Database) {
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    let report = succeeds(LATE, &database, "run");
    assert_eq!(report["ran"][0]["version"], 25);
    assert_eq!(
        database.applied().await,
        ["10", "20", "25", "30", "40", "50"]
    );
}

fn succeeds(program: &str, database: &Database, verb: &str) -> serde_json::Value {
    let output = program::command(program, database, verb).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn fails(program: &str, database: &Database, verb: &str, environment: &str) -> String {
    let mut command = program::command(program, database, verb);
    let output = command.env("ONWARD_ENV", environment).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}
