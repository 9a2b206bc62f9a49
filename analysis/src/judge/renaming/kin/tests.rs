//! Does the index of who hangs on whom say all that a look at every table finds, after every statement?

use proptest::prelude::*;

use crate::check::{Code, Style, check};
use crate::judge::run::Run;
use crate::{Dialect, Marks, Schema, Subject};

/// A schema of more tables is not looked at: that would take the square of its size after each statement.
const MOST: usize = 200;

impl Run<'_> {
    /// Fails where the index misses something.
    pub(in crate::judge) fn hold_kin(&self) {
        if self.schema.tables.size() <= MOST {
            let missed = self.schema.missed_kin(self.dialect);
            assert!(missed.is_empty(), "after {:?}: {missed:?}", self.span);
        }
    }
}

/// Judges the scripts one after the other, the last two as a pair.
fn judge(dialect: Dialect, before: Option<&str>, up: &str, down: Option<&str>) {
    for mut schema in [[Schema::empty()], [Schema::unknown()]] {
        let mut run = |up: &str, down: Option<&str>| {
            let subject = Subject {
                up: Code::Sql(up),
                down: down.map(Code::Sql),
                marks: &Marks::default(),
                style: Style::Attribute,
            };
            let _ = check(&subject, &[dialect], &mut schema);
            let missed = schema[0].missed_kin(dialect);
            assert!(missed.is_empty(), "at the end of {up}: {missed:?}");
        };
        if let Some(before) = before {
            run(before, None);
        }
        run(up, down);
    }
}

#[test]
fn no_labelled_case_is_missed() {
    let mut cases = 0;
    for text in crate::corpus::texts() {
        for case in text.split("\n## ").skip(1) {
            let (title, case) = case.split_once('\n').unwrap_or_default();
            let dialects = title.rsplit_once('[').map_or("", |(_, dialects)| dialects);
            let dialects = dialects.trim_end_matches(']').split(' ');
            let script = |key: &str| {
                let at = format!("\n{case}").find(&format!("\n{key}"))?;
                let rest = &case[at + key.len()..];
                let ends = rest.match_indices('\n').map(|(at, _)| at + 1);
                let mut ends = ends.filter(|at| !rest[*at..].starts_with([' ', '\n']));
                Some(&rest[..ends.next().unwrap_or(rest.len())])
            };
            let (before, down) = (script("before:"), script("down:"));
            for dialect in dialects.filter_map(Dialect::named) {
                judge(dialect, before, script("up:").unwrap_or_default(), down);
                cases += 1;
            }
        }
    }
    assert!(cases > 1_000, "the labelled cases are there: {cases}");
}

/// Statements in which each `?` is the name of a table, and each `!` one of a schema.
const POSTGRES: &[&str] = &[
    "CREATE TABLE ? (a int PRIMARY KEY)",
    "CREATE TABLE ? (a int PRIMARY KEY REFERENCES ? ON DELETE CASCADE)",
    "CREATE TABLE ? (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES ? (a) ON DELETE SET NULL)",
    "CREATE TABLE ? (LIKE ? INCLUDING ALL)",
    "CREATE TABLE ? (a int) INHERITS (?)",
    "CREATE TABLE ? (a int) INHERITS (?, ?)",
    "CREATE TABLE ? (a int) PARTITION BY LIST (a)",
    "CREATE TABLE ? PARTITION OF ? FOR VALUES IN (1)",
    "CREATE TABLE ? AS SELECT * FROM ?",
    "CREATE TEMP TABLE ? (a int REFERENCES ?)",
    "DROP TABLE ?",
    "DROP TABLE IF EXISTS ? CASCADE",
    "ALTER TABLE ? ATTACH PARTITION ? FOR VALUES IN (2)",
    "ALTER TABLE ? DETACH PARTITION ?",
    "ALTER TABLE ? INHERIT ?",
    "ALTER TABLE ? NO INHERIT ?",
    "ALTER TABLE ? ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES ?",
    "ALTER TABLE ? ADD FOREIGN KEY (a) REFERENCES ? ON DELETE CASCADE",
    "ALTER TABLE ? ADD COLUMN b int REFERENCES ?",
    "ALTER TABLE ? DROP COLUMN b",
    "ALTER TABLE ? DROP CONSTRAINT k",
    "ALTER TABLE ? RENAME CONSTRAINT k TO l",
    "ALTER TABLE ? RENAME COLUMN a TO b",
    "ALTER TABLE ? RENAME TO t",
    "ALTER TABLE ? RENAME TO u",
    "ALTER TABLE ? RENAME TO \"U\"",
    "ALTER TABLE ? SET SCHEMA !",
    "CREATE SCHEMA !",
    "ALTER SCHEMA ! RENAME TO !",
    "DROP SCHEMA ! CASCADE",
    "SET search_path = !, public",
    "BEGIN",
    "SAVEPOINT p",
    "ROLLBACK TO p",
    "RELEASE p",
    "ROLLBACK",
    "COMMIT",
    "DELETE FROM ?",
    "TRUNCATE ? CASCADE",
    "DO $$ BEGIN IF x() THEN ALTER TABLE ? RENAME TO w; END IF; END $$",
    "DO $$ BEGIN IF x() THEN ALTER TABLE ? ADD FOREIGN KEY (a) REFERENCES ?; END IF; END $$",
];

const MYSQL: &[&str] = &[
    "CREATE TABLE ? (a int PRIMARY KEY)",
    "CREATE TABLE ? (a int PRIMARY KEY, CONSTRAINT k FOREIGN KEY (a) REFERENCES ? (a) ON DELETE CASCADE)",
    "CREATE TABLE ? (a int REFERENCES ? (a))",
    "CREATE TABLE ? LIKE ?",
    "CREATE TABLE ? AS SELECT * FROM ?",
    "CREATE TEMPORARY TABLE ? (a int)",
    "CREATE OR REPLACE TABLE ? (a int, FOREIGN KEY (a) REFERENCES ? (a))",
    "DROP TABLE IF EXISTS ?",
    "DROP TEMPORARY TABLE IF EXISTS ?",
    "RENAME TABLE ? TO w, ? TO t, w TO u",
    "RENAME TABLE ? TO !.t",
    "ALTER TABLE ? RENAME TO v, ADD FOREIGN KEY (a) REFERENCES ? (a)",
    "ALTER TABLE ? ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES ? (a)",
    "ALTER TABLE ? ADD COLUMN b int REFERENCES ? (a)",
    "ALTER TABLE ? MODIFY a bigint REFERENCES ? (a)",
    "ALTER TABLE ? CHANGE a b int REFERENCES ? (a)",
    "ALTER TABLE ? DROP FOREIGN KEY k",
    "ALTER TABLE ? EXCHANGE PARTITION p WITH TABLE ?",
    "ALTER TABLE ? CONVERT PARTITION p TO TABLE ?",
    "ALTER TABLE ? CONVERT TABLE ? TO PARTITION p VALUES LESS THAN (9)",
    "CREATE DATABASE !",
    "DROP DATABASE !",
    "USE !",
    "START TRANSACTION",
    "SAVEPOINT p",
    "ROLLBACK TO p",
    "COMMIT",
    "TRUNCATE ?",
    "DELETE FROM ?",
];

const SQLITE: &[&str] = &[
    "CREATE TABLE ? (a integer PRIMARY KEY)",
    "CREATE TABLE ? (a integer PRIMARY KEY REFERENCES ? ON DELETE CASCADE)",
    "CREATE TABLE ? (a int, FOREIGN KEY (a) REFERENCES ? ON DELETE SET NULL)",
    "CREATE TEMP TABLE ? (a int)",
    "CREATE TABLE ? AS SELECT * FROM ?",
    "DROP TABLE ?",
    "DROP TABLE IF EXISTS ?",
    "ALTER TABLE ? RENAME TO t",
    "ALTER TABLE ? RENAME TO u",
    "ALTER TABLE ? RENAME TO Äther",
    "ALTER TABLE ? ADD COLUMN b int REFERENCES ?",
    "ALTER TABLE ? DROP COLUMN b",
    "ALTER TABLE ? RENAME COLUMN a TO b",
    "PRAGMA legacy_alter_table = ON",
    "PRAGMA foreign_keys = OFF",
    "BEGIN",
    "SAVEPOINT p",
    "ROLLBACK TO p",
    "ROLLBACK",
    "COMMIT",
    "DELETE FROM ?",
];

const TABLES: &[&str] = &[
    "t", "u", "v", "w", "\"U\"", "s.t", "s.u", "r.t", "T", "äther", "ÄTHER",
];

const SCHEMAS: &[&str] = &["s", "r", "q", "public"];

/// A script of some of the statements.
fn script(statements: &'static [&'static str]) -> impl Strategy<Value = String> {
    let statement = (
        prop::sample::select(statements),
        prop::array::uniform3(prop::sample::select(TABLES)),
        prop::array::uniform2(prop::sample::select(SCHEMAS)),
    );
    let filled = statement.prop_map(|(statement, tables, schemas)| {
        let filled = tables.iter().fold(statement.to_owned(), |text, table| {
            text.replacen('?', table, 1)
        });
        schemas
            .iter()
            .fold(filled, |text, schema| text.replacen('!', schema, 1))
            + ";\n"
    });
    prop::collection::vec(filled, 1..40).prop_map(|statements| statements.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_script_of_postgres_is_missed(before in script(POSTGRES), up in script(POSTGRES), down in script(POSTGRES)) {
        judge(Dialect::Postgres, Some(&before), &up, Some(&down));
    }

    #[test]
    fn no_script_of_mysql_is_missed(before in script(MYSQL), up in script(MYSQL), down in script(MYSQL)) {
        judge(Dialect::MySql, Some(&before), &up, Some(&down));
    }

    #[test]
    fn no_script_of_sqlite_is_missed(before in script(SQLITE), up in script(SQLITE), down in script(SQLITE)) {
        judge(Dialect::Sqlite, Some(&before), &up, Some(&down));
    }
}
