//! Does the way forward lead back? On each database, for every version of a history: what undoes it is worked out, run, and
//! the schema held against the one from before that version; then its own down, against the one after.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{Dialect, Version};
use onward_analysis::check::{Code, Style};
use onward_analysis::forward::{Past, forward};
use onward_tests::{Database, on_every_database};

on_every_database!(every_version_is_undone_forward);

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

/// Runs it after the schema was read: SQLite looks for a column that is to go in the schema as this connection of the pool
/// last saw it, and another one may have added the column since.
async fn execute(database: &Database, sql: &str) {
    let sql = match database.dialect() {
        Dialect::Sqlite => format!("SELECT count(*) FROM sqlite_schema;\n{sql}"),
        Dialect::Postgres | Dialect::MySql => sql.to_owned(),
    };
    database.execute(&sql).await;
}
