//! How does a script start again and again from the same schema, without the schema being built each time?

use onward_analysis::Dialect;

use crate::database::Database;

/// What ran before the script at hand.
pub(crate) struct Ground<'a> {
    scripts: Vec<&'a str>,
    way: Way,
}

#[derive(PartialEq, Eq)]
enum Way {
    /// Everything is built anew.
    Anew,
    /// PostgreSQL takes back what ran since, tables too; nothing has been built yet.
    Within,
    /// The same, once it was built.
    Built,
}

impl<'a> Ground<'a> {
    pub(crate) fn new(database: &Database, scripts: Vec<&'a str>, script: &str) -> Ground<'a> {
        let alone = scripts
            .iter()
            .chain([&script])
            .all(|sql| !speaks_of_transactions(sql));
        let way = match database.dialect() {
            Dialect::Postgres if alone => Way::Within,
            Dialect::Postgres | Dialect::MySql | Dialect::Sqlite => Way::Anew,
        };
        Ground { scripts, way }
    }

    /// Brings the schema about; `false` where a script is refused.
    pub(crate) async fn stand(&mut self, database: &mut Database) -> bool {
        if self.way == Way::Built {
            return database.run("ROLLBACK TO SAVEPOINT ground").await.is_ok();
        }
        database.empty().await;
        if self.way == Way::Within && database.run("BEGIN").await.is_err() {
            return false;
        }
        for sql in &self.scripts {
            if database.run(sql).await.is_err() {
                return false;
            }
            database.end_session(sql).await;
        }
        if self.way == Way::Within {
            self.way = Way::Built;
            return database
                .run("SET CONSTRAINTS ALL IMMEDIATE; SAVEPOINT ground")
                .await
                .is_ok();
        }
        true
    }

    /// Runs a script to its end; `false` where it is refused.
    pub(crate) async fn run(&self, database: &mut Database, script: &str) -> bool {
        let ran = database.run(script).await.is_ok();
        // What a commit would have looked at.
        ran && (self.way != Way::Built
            || database.run("SET CONSTRAINTS ALL IMMEDIATE").await.is_ok())
    }

    pub(crate) async fn leave(&self, database: &mut Database) {
        if self.way != Way::Anew {
            let _ = database.run("ROLLBACK").await;
        }
    }
}

/// Whether a script begins, ends or divides a transaction itself.
fn speaks_of_transactions(sql: &str) -> bool {
    let sql = sql.to_ascii_uppercase();
    let within = sql.split_once("$$").map_or(sql.as_str(), |(head, _)| head);
    [
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "START TRANSACTION",
        "BEGIN;",
        "CONCURRENTLY",
        "DEFERR",
    ]
    .iter()
    .any(|word| within.contains(word) || sql.contains(&format!("{word};")))
}
