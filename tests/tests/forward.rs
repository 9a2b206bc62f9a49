//! Does the way forward lead back? On each database, for every version of a history: what undoes it is worked out, run, and
//! the schema held against the one from before that version; then its own down, against the one after. And does the program
//! say what it knows of its database when it prints one?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use onward::{Dialect, Environment, Version};
use onward_analysis::check::{Code, Style};
use onward_analysis::forward::{Past, forward};
use onward_tests::{Database, on_every_database};

const PROGRAM: &str = env!("CARGO_BIN_EXE_contract");

on_every_database!(
    every_version_is_undone_forward,
    a_program_says_what_its_database_tells,
);

/// The up, and the down where one is written: the others are worked out.
const HISTORY: [(&str, Option<&str>); 8] = [
    (
        "CREATE TABLE users (id BIGINT NOT NULL, name VARCHAR(80) NOT NULL, PRIMARY KEY (id))",
        None,
    ),
    (
        "CREATE TABLE orders (id BIGINT NOT NULL, user_id BIGINT, total BIGINT DEFAULT 0, PRIMARY KEY (id))",
        Some("-- onward: destructive\nDROP TABLE orders;\n"),
    ),
    ("ALTER TABLE users ADD COLUMN phone VARCHAR(20)", None),
    ("CREATE INDEX orders_by_user ON orders (user_id)", None),
    (
        "ALTER TABLE users RENAME COLUMN phone TO phone_number",
        None,
    ),
    (
        "CREATE VIEW callable AS SELECT id, name FROM users WHERE phone_number IS NOT NULL",
        None,
    ),
    ("DROP INDEX orders_by_user{ON}", None),
    ("ALTER TABLE orders DROP COLUMN total", None),
];

async fn every_version_is_undone_forward(database: Database) {
    let dialect = database.dialect();
    // MySQL alone names the table of an index that goes.
    let on = match dialect {
        Dialect::MySql => " ON orders",
        Dialect::Postgres | Dialect::Sqlite => "",
    };
    let ups = HISTORY.map(|(up, down)| (up.replace("{ON}", on), down));
    let history: Vec<Past<'_>> = ups
        .iter()
        .zip(1..)
        .map(|((up, down), version)| Past {
            version: Version::new(version),
            name: "step",
            up: Code::Sql(up),
            down: down.map(Code::Sql),
            only: &[],
            style: Style::Header,
        })
        .collect();
    for (index, past) in history.iter().enumerate() {
        let written = &history[..=index];
        let forward = forward(written, past.version, &[dialect]).unwrap();
        assert_eq!(forward.problems, Vec::<String>::new(), "{forward:?}");

        let before = database.picture().await;
        execute(&database, &ups[index].0).await;
        let after = database.picture().await;
        execute(&database, &forward.up).await;
        assert_eq!(database.picture().await, before, "{forward:?}");
        execute(&database, forward.down.as_deref().unwrap()).await;
        assert_eq!(database.picture().await, after, "{forward:?}");
    }
}

/// What was applied later may have taken what is to be undone, and what is pending cannot be undone.
async fn a_program_says_what_its_database_tells(database: Database) {
    let asked = |arguments: &str| {
        let output = Command::new(PROGRAM)
            .args(arguments.split(' '))
            .env("ONWARD_TEST_DATABASE", &database.url)
            .env(Environment::VARIABLE, "development")
            .output()
            .unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success(), "{said}");
        said
    };
    let name = &database.name;
    let pending = |migration: &str| {
        format!(
            "// NOTE: {migration} is pending: it has not run on database `{name}`, so there is nothing to undo.\n"
        )
    };
    assert!(asked("forward 2").starts_with(&pending("2 add_phone_number")));
    asked("up --to 2");
    let clean = asked("forward 2");
    assert!(!clean.contains("NOTE"), "{clean}");
    assert!(asked("forward 3").starts_with(&pending("3 create_phones")));
    asked("up");
    let said = asked("forward 2");
    assert!(
        said.starts_with(
            "// NOTE: `users.phone_number` is not there as it was: 4 drop_phone_number, applied later, has removed \
             `users.phone_number`. Look at that one first.\n"
        ),
        "{said}"
    );
    assert!(said.ends_with(clean.split_once("//").unwrap().1), "{said}");
    let clean = asked("forward 4");
    assert!(!clean.contains("NOTE"), "{clean}");
}

/// Runs it after the schema was read: SQLite looks for a column that is to go in the schema as this connection of the pool
/// last saw it, and another one may have added the column since.
async fn execute(database: &Database, sql: &str) {
    let sql = match database.dialect() {
        Dialect::Sqlite => format!("SELECT count(*) FROM sqlite_schema;\n{sql}"),
        Dialect::Postgres | Dialect::MySql => sql.to_owned(),
    };
    database.execute(&sql).await;
}
