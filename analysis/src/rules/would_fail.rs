//! Does the down still run when rows were written since the up?
//!
//! ## What it catches
//! A narrower type, a NOT NULL, a smaller enum, a column without a value for the rows that are there, a copy into a shorter
//! column, a DELETE of rows that others refer to, or a key, foreign key or CHECK that the rows were written without: the server
//! refuses it while a row misfits.
//!
//! ## Why it hurts
//! It runs in every test, where the tables are empty, and fails when it is needed.
//!
//! ## Example
//! ```sql
//! -- on postgres
//! -- before
//! CREATE TABLE users (visits int);
//! -- up
//! ALTER TABLE users ALTER COLUMN visits TYPE bigint;
//! -- down
//! ALTER TABLE users ALTER COLUMN visits TYPE int;
//! ```
//!
//! ## Write instead
//! Have no way back, and write a new migration if the wider type was a mistake:
//! ```sql
//! -- on postgres
//! -- before
//! CREATE TABLE users (visits int);
//! -- up
//! -- onward: irreversible = "visits outgrow an int"
//! ALTER TABLE users ALTER COLUMN visits TYPE bigint;
//! ```

use super::{Answer, Judged, Rule};
use crate::judge::pair::Fact;
use crate::{Finding, Level, Side};

pub(super) const RULE: Rule = Rule {
    name: "would_fail",
    source: include_str!("would_fail.rs"),
    answer: Answer::Allow(Level::Warn),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    judged.of_facts(|fact| match fact {
        Fact::WouldFail { what, why, span } => Some(RULE.finding(
            Side::Down,
            Some(*span),
            format!("the down fails on `{what}` as soon as {why}"),
            vec!["say in the down what becomes of the rows that misfit".to_owned()],
        )),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

    #[test]
    fn a_narrower_type_is_refused_on_misfit_rows() {
        let before = "CREATE TABLE users (visits int);";
        let up = "ALTER TABLE users ALTER COLUMN visits TYPE bigint;";
        let down = "ALTER TABLE users ALTER COLUMN visits TYPE int;";
        assert_eq!(
            told(Dialect::Postgres, before, up, down),
            [
                "would_fail: the down fails on `users.visits` as soon as a value does not fit into int"
            ]
        );
    }

    #[test]
    fn a_not_null_is_refused_while_one_is_null() {
        let before = "CREATE TABLE users (name text NOT NULL);";
        let up = "ALTER TABLE users ALTER COLUMN name DROP NOT NULL;";
        let down = "ALTER TABLE users ALTER COLUMN name SET NOT NULL;";
        assert_eq!(
            told(Dialect::Postgres, before, up, down),
            ["would_fail: the down fails on `users.name` as soon as a row has no value there"]
        );
    }

    #[test]
    fn a_rebuild_is_refused_on_rows_that_were_written_without_its_keys() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, u text, n int);";
        let up = "CREATE TABLE more (id int);";
        let rebuild = |constraint: &str, filter: &str| {
            format!(
                "CREATE TABLE o (id int PRIMARY KEY, u text, n int, {constraint}); INSERT INTO o SELECT id, u, n FROM t{filter}; \
                 DROP TABLE t; ALTER TABLE o RENAME TO t;"
            )
        };
        let unique = rebuild("UNIQUE (u)", "");
        assert_eq!(
            fails(Dialect::Sqlite, before, up, &unique),
            ["would_fail: the down fails on `t(u)` as soon as two rows are alike there"]
        );
        let check = rebuild("CHECK (n > 0)", "");
        assert_eq!(
            fails(Dialect::Sqlite, before, up, &check),
            ["would_fail: the down fails on `t` as soon as a row is against its CHECK"]
        );
        assert!(fails(Dialect::Sqlite, before, up, &rebuild("UNIQUE (id, u)", "")).is_empty());
        let filtered = rebuild("CHECK (n > 0)", " WHERE n > 0");
        assert!(fails(Dialect::Sqlite, before, up, &filtered).is_empty());
    }

    #[test]
    fn a_unique_index_of_a_rebuilt_table_is_refused_on_rows_that_were_written_without_it() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, name text, part text);";
        let up = "CREATE TABLE more (id int);";
        let move_aside =
            "ALTER TABLE t RENAME TO old; CREATE TABLE t (id int PRIMARY KEY, name text);";
        let copy = "INSERT INTO t (id, name) SELECT id, name FROM old;";
        let unique = "CREATE UNIQUE INDEX by_name ON t (name);";
        let told = ["would_fail: the down fails on `t(name)` as soon as two rows are alike there"];
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            let fails = |down: &str, before: &str| fails(dialect, before, up, down);
            assert_eq!(
                fails(
                    &format!("{move_aside} {unique} {copy} DROP TABLE old;"),
                    before
                ),
                told
            );
            assert_eq!(
                fails(
                    &format!("{move_aside} {copy} {unique} DROP TABLE old;"),
                    before
                ),
                told
            );
            let once = copy.replace("SELECT id, name", "SELECT min(id), name") + " GROUP BY name";
            assert!(fails(&format!("{move_aside} {once}; {unique}"), before).is_empty());
            let held = format!("{before} CREATE UNIQUE INDEX known ON t (name);");
            assert!(fails(&format!("{move_aside} {copy} {unique}"), &held).is_empty());
        }
    }

    #[test]
    fn a_copy_of_what_must_have_a_value_has_one() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL, b text);";
        let down = |column: &str| {
            format!(
                "CREATE TEMP TABLE aside AS SELECT * FROM t; DROP TABLE t; \
                 CREATE TABLE t (id int PRIMARY KEY, {column} text NOT NULL); INSERT INTO t SELECT id, {column} FROM aside;"
            )
        };
        let up = "CREATE TABLE more (id int);";
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            assert!(fails(dialect, before, up, &down("a")).is_empty());
            assert_eq!(
                fails(dialect, before, up, &down("b")),
                ["would_fail: the down fails on `t.b` as soon as a row has no value there"]
            );
            let prepared = format!("DELETE FROM t WHERE b IS NULL; {}", down("b"));
            assert!(fails(dialect, before, up, &prepared).is_empty());
        }
    }

    #[test]
    fn sqlite_drops_no_table_that_rows_refer_to() {
        let before = "CREATE TABLE p (id integer PRIMARY KEY); \
                      CREATE TABLE c (id integer PRIMARY KEY, p int REFERENCES p (id));";
        let up = "CREATE TABLE more (id int);";
        let fails = |down: &str| fails(Dialect::Sqlite, before, up, down);
        let told = "would_fail: the down fails on `p` as soon as `c` has a row, which refers to it";
        assert_eq!(fails("DROP TABLE p;"), [told]);
        for down in [
            "DROP TABLE c; DROP TABLE p;",
            "DELETE FROM c; DROP TABLE p;",
            "CREATE TABLE n (id integer PRIMARY KEY); INSERT INTO n SELECT id FROM p; DROP TABLE p; ALTER TABLE n RENAME TO p;",
        ] {
            assert!(fails(down).is_empty(), "{down}");
        }
    }

    #[test]
    fn a_copy_must_fill_what_must_have_a_value() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, a text);";
        let up = "CREATE TABLE more (id int);";
        let down = |column: &str| {
            format!(
                "CREATE TABLE n (id integer PRIMARY KEY, a text, {column}); INSERT INTO n (id, a) SELECT id, a FROM t;"
            )
        };
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            assert_eq!(
                fails(dialect, before, up, &down("b text NOT NULL")),
                [
                    "would_fail: the down fails on `n.b` as soon as a row is copied, which has no value for it"
                ]
            );
            for column in ["b text", "b text NOT NULL DEFAULT ''"] {
                assert!(fails(dialect, before, up, &down(column)).is_empty());
            }
        }
    }

    #[test]
    fn a_smaller_enum_is_refused_by_way_of_text_too() {
        let before = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE k (id int, m mood);";
        let up = "ALTER TYPE mood ADD VALUE 'glad';";
        let down = "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('sad', 'ok'); \
                    ALTER TABLE k ALTER COLUMN m TYPE mood USING m::text::mood; DROP TYPE old;";
        assert_eq!(
            fails(Dialect::Postgres, before, up, down),
            ["would_fail: the down fails on `k.m` as soon as a value does not fit into mood"]
        );
    }

    const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, name text, team int);";

    #[test]
    fn a_column_needs_a_value_for_the_rows_that_are_there() {
        let before = "CREATE TABLE users (id int, name text NOT NULL);";
        let up = "ALTER TABLE users DROP COLUMN name;";
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let down = "ALTER TABLE users ADD COLUMN name text NOT NULL;";
            assert!(
                told(dialect, before, up, down).contains(
                    &"would_fail: the down fails on `users.name` as soon as the table has a row, which has no value for it".to_owned()
                )
            );
            let down = "ALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT '';";
            assert!(fails(dialect, before, up, down).is_empty());
        }
        // MySQL puts an empty text there.
        let down = "ALTER TABLE users ADD COLUMN name text NOT NULL;";
        assert!(fails(Dialect::MySql, before, up, down).is_empty());
    }

    #[test]
    fn a_key_is_refused_while_two_rows_are_alike() {
        let before = &format!("{USERS} CREATE UNIQUE INDEX by_name ON users (name);");
        for (dialect, up) in [
            (Dialect::Postgres, "DROP INDEX by_name;"),
            (Dialect::Sqlite, "DROP INDEX by_name;"),
            (Dialect::MySql, "DROP INDEX by_name ON users;"),
        ] {
            let down = "CREATE UNIQUE INDEX by_name ON users (name);";
            assert_eq!(
                fails(dialect, before, up, down),
                ["would_fail: the down fails on `users(name)` as soon as two rows are alike there"]
            );
            // With the key of before in it no two rows are alike.
            let down = "CREATE UNIQUE INDEX by_both ON users (name, id);";
            assert!(fails(dialect, before, up, down).is_empty());
            // It was in force until the down dropped it.
            let down = &format!("{up} CREATE UNIQUE INDEX by_name ON users (name);");
            assert!(fails(dialect, before, "CREATE TABLE t (id int);", down).is_empty());
        }
    }

    #[test]
    fn a_constraint_is_refused_on_rows_that_were_written_without_it() {
        let before = &format!("CREATE TABLE teams (id int PRIMARY KEY); {USERS}");
        let up = "CREATE TABLE t (id int);";
        for (constraint, misfit) in [
            (
                "FOREIGN KEY (team) REFERENCES teams (id)",
                "`users(team)` as soon as a row refers to one that `teams` does not have",
            ),
            (
                "UNIQUE (team)",
                "`users(team)` as soon as two rows are alike there",
            ),
            (
                "CHECK (team > 0)",
                "`users` as soon as a row is against its CHECK",
            ),
        ] {
            for dialect in [Dialect::Postgres, Dialect::MySql] {
                let down = &format!("ALTER TABLE users ADD CONSTRAINT c {constraint};");
                assert_eq!(
                    fails(dialect, before, up, down),
                    [format!("would_fail: the down fails on {misfit}")]
                );
                assert!(
                    fails(
                        dialect,
                        &format!("{before} {down}"),
                        up,
                        &format!("ALTER TABLE users DROP CONSTRAINT c; {down}")
                    )
                    .is_empty()
                );
            }
        }
        let unchecked = "ALTER TABLE users ADD CONSTRAINT c CHECK (team > 0) NOT VALID;";
        assert!(fails(Dialect::Postgres, before, up, unchecked).is_empty());
    }

    #[test]
    fn a_shorter_list_of_values_is_told_from_a_longer_one() {
        let list = |values: &str| {
            format!(
                "ALTER TABLE users DROP CONSTRAINT c; ALTER TABLE users ADD CONSTRAINT c CHECK (name IN ({values}));"
            )
        };
        let before = |values: &str| {
            format!("{USERS} ALTER TABLE users ADD CONSTRAINT c CHECK (name IN ({values}));")
        };
        let (short, long) = ("'a', 'b'", "'a', 'b', 'c'");
        assert_eq!(
            fails(Dialect::Postgres, &before(short), &list(long), &list(short)),
            ["would_fail: the down fails on `users` as soon as a row has c"]
        );
        assert!(fails(Dialect::Postgres, &before(long), &list(short), &list(long)).is_empty());
    }

    #[test]
    fn a_rebuild_without_nulls_is_refused_while_there_is_one() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, a text);";
        let down = "CREATE TABLE n (id int PRIMARY KEY, a text NOT NULL); INSERT INTO n SELECT id, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
        assert_eq!(
            fails(Dialect::Sqlite, before, "CREATE TABLE x (id int);", down),
            ["would_fail: the down fails on `n.a` as soon as a row has no value there"]
        );
        let safe = down.replace("id, a FROM t", "id, coalesce(a, '') FROM t");
        assert!(fails(Dialect::Sqlite, before, "CREATE TABLE x (id int);", &safe).is_empty());
    }

    fn fails(dialect: Dialect, before: &str, up: &str, down: &str) -> Vec<String> {
        let mut told = told(dialect, before, up, down);
        told.retain(|told| told.starts_with("would_fail"));
        told
    }

    #[test]
    fn a_down_that_sees_to_the_misfits_is_no_alarm() {
        let up = "ALTER TABLE users ADD COLUMN x int;";
        let before = &format!("{USERS} CREATE TABLE teams (id int PRIMARY KEY);");
        for down in [
            "UPDATE users SET name = '' WHERE name IS NULL; ALTER TABLE users ALTER COLUMN name SET NOT NULL;",
            "DELETE FROM users WHERE name IS NULL; ALTER TABLE users ALTER COLUMN name SET NOT NULL;",
            "UPDATE users SET team = 0; ALTER TABLE users ALTER COLUMN team TYPE smallint;",
            "DELETE FROM users WHERE team > 5; ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams (id);",
            "UPDATE users SET team = 1; ALTER TABLE users ADD CHECK (team > 0);",
            "CREATE UNIQUE INDEX i ON users (team, lower(name));",
        ] {
            assert!(
                fails(Dialect::Postgres, before, up, down).is_empty(),
                "{down}"
            );
        }
    }
}
