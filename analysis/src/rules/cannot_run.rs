//! Can the up run, and the down after it?
//!
//! ## What it catches
//! A direction that drops, renames, changes or asks for what is not there when it runs, that makes what is there already, or that
//! drops or retypes what a foreign key, a view, a trigger, an index or a column still depends on, that refers to columns without a key,
//! or that only raises an exception. The first such place is told, and nothing else of that direction. Of an up only a name that is
//! not there while one much like it is, or a later migration makes it: all else its first run tells. It is only a
//! warning where it is not certain: where others than these migrations seem to build in the same database, and on MySQL,
//! whose sessions can switch foreign keys off.
//!
//! ## Why it hurts
//! An up fails at the next deployment. A down fails at its first use, which is an emergency.
//!
//! ## Example
//! ```sql
//! -- before
//! CREATE TABLE users (id int PRIMARY KEY, name text);
//! -- up
//! ALTER TABLE users RENAME COLUMN name TO full_name;
//! -- down
//! ALTER TABLE users RENAME COLUMN fullname TO name;
//! ```
//!
//! ## Write instead
//! ```sql
//! -- before
//! CREATE TABLE users (id int PRIMARY KEY, name text);
//! -- up
//! ALTER TABLE users RENAME COLUMN name TO full_name;
//! -- down
//! ALTER TABLE users RENAME COLUMN full_name TO name;
//! ```

use super::{Answer, Judged, Rule, only_on};
use crate::judge::pair::Fact;
use crate::{Finding, Level, Object, Severity, Side, Span, Version};

pub(super) const RULE: Rule = Rule {
    name: "cannot_run",
    source: include_str!("cannot_run.rs"),
    answer: Answer::Allow(Level::Deny),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let found = judged.facts.iter().filter_map(|(fact, dialects)| {
        let Fact::CannotRun {
            side,
            why,
            help,
            certain,
            span,
        } = fact
        else {
            return None;
        };
        let (direction, judged_for) = match side {
            Side::Up => ("the up", judged.up.len()),
            Side::Down => ("the down", judged.down.len()),
        };
        let help = help.clone().unwrap_or_else(|| {
            "run the up and then the down on an empty database to see the server's own words"
                .to_owned()
        });
        let message = format!("{direction} fails: {why}{}", only_on(dialects, judged_for));
        let found = RULE.finding(*side, Some(*span), message, vec![help]);
        // A program with several drivers runs it where it was written for.
        Some(match *certain && dialects.len() == judged_for {
            true => found,
            false => Finding {
                severity: Severity::Warning,
                ..found
            },
        })
    });
    found.collect()
}

/// The up of version `own` asks at `span` for what only the migration `maker` makes, which has the version `later`.
pub(crate) fn made_later(
    object: &Object,
    span: Span,
    (maker, later): (&str, Version),
    own: Version,
) -> Finding {
    let message = format!(
        "the up fails: `{object}` is not there when it runs, since {maker} makes it, which runs later"
    );
    let order = format!(
        "migrations run in the order of their versions, wherever they stand: give this one a version above {later}, or \
         that one a version below {own}"
    );
    RULE.finding(Side::Up, Some(span), message, vec![order])
}

/// Whether it is certain that the direction on `side` fails, so that what it would do cannot be told.
pub(super) fn is_certain(judged: &Judged<'_>, side: Side) -> bool {
    let stops = |fact: &Fact| matches!(fact, Fact::CannotRun { side: at, certain: true, .. } if *at == side);
    let judged_for = match side {
        Side::Up => judged.up.len(),
        Side::Down => judged.down.len(),
    };
    let mut facts = judged.facts.iter();
    facts.any(|(fact, dialects)| stops(fact) && dialects.len() == judged_for)
}

#[cfg(test)]
mod tests {
    use crate::Dialect::{MySql, Postgres, Sqlite};
    use crate::rules::pairs::{found, rules, told};
    use crate::{Dialect, Finding, Severity};

    fn fails(dialect: Dialect, before: &str, up: &str, down: &str) -> Vec<String> {
        let mut told = told(dialect, before, up, down);
        told.retain(|told| told.starts_with("cannot_run"));
        told
    }

    #[test]
    fn a_name_that_is_not_there_is_told() {
        let before = "CREATE TABLE users (id int);";
        let up = "ALTER TABLE users ADD COLUMN a int;";
        for dialect in Dialect::ALL {
            for (down, missing) in [
                ("ALTER TABLE users DROP COLUMN b;", "users.b"),
                ("ALTER TABLE users RENAME COLUMN b TO c;", "users.b"),
                ("DROP TABLE teams;", "teams"),
                ("CREATE INDEX i ON teams (id);", "teams"),
                ("INSERT INTO users (id, b) VALUES (1, 2);", "users.b"),
                ("UPDATE users SET b = 1;", "users.b"),
            ] {
                assert_eq!(
                    fails(dialect, before, up, down),
                    [format!(
                        "cannot_run: the down fails: `{missing}` is not there when it runs"
                    )]
                );
            }
            assert!(fails(dialect, before, up, "DROP TABLE IF EXISTS teams;").is_empty());
        }
        let index = "DROP INDEX users_by_name;";
        assert_eq!(
            fails(MySql, before, up, "DROP INDEX users_by_name ON users;"),
            ["cannot_run: the down fails: `users` has no index `users_by_name`"]
        );
        for dialect in [Postgres, Sqlite] {
            assert_eq!(
                fails(dialect, before, up, index),
                ["cannot_run: the down fails: `users_by_name` is not there when it runs"]
            );
        }
    }

    #[test]
    fn a_constraint_or_trigger_that_is_not_there_is_told() {
        let before =
            "CREATE TABLE t (id int PRIMARY KEY, a int, CONSTRAINT positive CHECK (a > 0));";
        let up = "ALTER TABLE t ADD COLUMN b int;";
        let drop = "ALTER TABLE t DROP CONSTRAINT positve;";
        assert_eq!(
            fails(Postgres, before, up, drop),
            ["cannot_run: the down fails: `t` has no constraint `positve`"]
        );
        // What nobody named is counted there.
        assert!(fails(MySql, before, up, drop).is_empty());
        let other = "DROP TRIGGER counted;";
        for dialect in [MySql, Sqlite] {
            assert_eq!(
                fails(dialect, before, up, other),
                ["cannot_run: the down fails: `counted` is not there when it runs"]
            );
        }
        for down in [
            "ALTER TABLE t DROP CONSTRAINT positive;",
            "ALTER TABLE t DROP CONSTRAINT t_pkey;",
            "ALTER TABLE t DROP CONSTRAINT IF EXISTS positve;",
            "ALTER TABLE t RENAME TO u; ALTER TABLE u DROP CONSTRAINT t_pkey;",
            "ALTER INDEX t_pkey RENAME TO k; ALTER TABLE t DROP CONSTRAINT k;",
            "ALTER TABLE t RENAME CONSTRAINT positive TO p; ALTER TABLE t DROP CONSTRAINT p;",
            "DROP TRIGGER IF EXISTS counted ON t;",
            "ALTER TABLE t DROP CONSTRAINT t_pkey, DROP COLUMN id, ADD COLUMN id SERIAL PRIMARY KEY;",
        ] {
            assert!(fails(Postgres, before, up, down).is_empty(), "{down}");
        }
        // The server may have called one so.
        let given = found(
            &[Postgres],
            before,
            up,
            "ALTER TABLE t DROP CONSTRAINT t_a_fkey;",
        );
        let failing = given.iter().find(|one| one.rule == "cannot_run");
        assert_eq!(failing.map(|one| one.severity), Some(Severity::Warning));
    }

    #[test]
    fn postgres_adds_columns_before_what_constrains_them() {
        let before = "CREATE TABLE t (id int, a int);";
        let up = "ALTER TABLE t DROP COLUMN a;";
        for rule in ["UNIQUE (id, a)", "CHECK (a > id)", "PRIMARY KEY (a)"] {
            let down = format!("ALTER TABLE t ADD CONSTRAINT k {rule}, ADD COLUMN a int;");
            assert!(fails(Postgres, before, up, &down).is_empty(), "{rule}");
        }
        let down = "ALTER TABLE t ADD CONSTRAINT k UNIQUE (id, b), ADD COLUMN a int;";
        assert_eq!(
            fails(Postgres, before, up, down),
            ["cannot_run: the down fails: `t.b` is not there when it runs"]
        );
    }

    /// Run on MariaDB 10.11.
    #[test]
    fn an_index_of_mysql_that_goes_is_there() {
        let before = "CREATE TABLE p (k int PRIMARY KEY); CREATE TABLE t (id int, a int, b int, UNIQUE KEY u (b), KEY i (a)); \
                      ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES p (k);";
        let up = "CREATE TABLE more (id int);";
        for down in [
            "ALTER TABLE t DROP INDEX x;",
            "DROP INDEX x ON t;",
            "ALTER TABLE t DROP INDEX i; ALTER TABLE t DROP INDEX i;",
        ] {
            let name = if down.contains('x') && !down.contains(" i;") {
                "x"
            } else {
                "i"
            };
            let told = format!("cannot_run: the down fails: `t` has no index `{name}`");
            assert_eq!(fails(MySql, before, up, down), [told], "{down}");
        }
        for down in [
            "ALTER TABLE t DROP INDEX i, DROP KEY u;",
            "ALTER TABLE t DROP INDEX IF EXISTS x;",
            "DROP INDEX IF EXISTS x ON t;",
            "ALTER TABLE t DROP FOREIGN KEY f; ALTER TABLE t DROP INDEX f;",
            "ALTER TABLE t ADD INDEX (a); ALTER TABLE t DROP INDEX a;",
            "ALTER TABLE t ADD UNIQUE (b); ALTER TABLE t DROP INDEX b_2;",
            "ALTER TABLE t RENAME INDEX u TO n; ALTER TABLE t DROP INDEX n;",
            "ALTER TABLE t RENAME INDEX i TO n; DROP INDEX n ON t;",
        ] {
            assert!(fails(MySql, before, up, down).is_empty(), "{down}");
        }
    }

    /// Run on PostgreSQL 15.
    #[test]
    fn a_trigger_calls_a_function_that_is_there() {
        let f = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';";
        let before = format!("CREATE TABLE t (id int); {f}");
        let trigger = |f: &str| {
            format!("CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION {f}();")
        };
        assert_eq!(
            fails(Postgres, &before, "DROP FUNCTION f();", &trigger("f")),
            ["cannot_run: the down fails: `f` is not there when it runs"]
        );
        let up = "CREATE TABLE more (id int);";
        for called in ["f", "public.f", "suppress_redundant_updates_trigger"] {
            assert!(fails(Postgres, &before, up, &trigger(called)).is_empty());
        }
        let both = format!("{f} {}", trigger("f"));
        assert!(fails(Postgres, &before, "DROP FUNCTION f();", &both).is_empty());
    }

    #[test]
    fn postgres_cuts_long_names() {
        let long = "fk_spending_funding_schedules_funding_schedule_id_account_id_bank_account_id";
        let before = format!("CREATE TABLE t (id int, CONSTRAINT {long} UNIQUE (id));");
        let up = "ALTER TABLE t ADD COLUMN a int;";
        let drop = |name: &str| format!("ALTER TABLE t DROP CONSTRAINT {name};");
        assert!(fails(Postgres, &before, up, &drop(&long[..63])).is_empty());
        assert_eq!(fails(Postgres, &before, up, &drop(&long[..62])).len(), 1);
    }

    #[test]
    fn what_is_gone_is_not_read() {
        let before = "CREATE TABLE t (id int); CREATE TABLE u (id int);";
        for dialect in Dialect::ALL {
            assert_eq!(
                fails(
                    dialect,
                    before,
                    "DROP TABLE u;",
                    "INSERT INTO t SELECT id FROM u;"
                ),
                ["cannot_run: the down fails: `u` is not there when it runs"]
            );
        }
    }

    #[test]
    fn what_the_grammar_of_one_database_refuses_is_told() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE INDEX i ON t (a);";
        let up = "CREATE TABLE more (id int);";
        for (dialect, down, why) in [
            (
                Dialect::MySql,
                "DROP INDEX i;",
                "`DROP INDEX i` names no table",
            ),
            (
                Dialect::Sqlite,
                "ALTER TABLE t DROP COLUMN IF EXISTS a;",
                "SQLite knows no `DROP COLUMN IF EXISTS`",
            ),
            (
                Dialect::Sqlite,
                "ALTER TABLE t ADD COLUMN IF NOT EXISTS b int;",
                "SQLite knows no `ADD COLUMN IF NOT EXISTS`",
            ),
            (
                Dialect::Postgres,
                "ALTER TABLE t ADD PRIMARY KEY (a);",
                "`t` has a primary key already",
            ),
            (
                Dialect::MySql,
                "ALTER TABLE t ADD PRIMARY KEY (a);",
                "`t` has a primary key already",
            ),
        ] {
            let told = format!("cannot_run: the down fails: {why}");
            assert_eq!(fails(dialect, before, up, down), [told], "{down}");
        }
        for (dialect, down) in [
            (Dialect::MySql, "DROP INDEX i ON t;"),
            (
                Dialect::MySql,
                "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (a);",
            ),
            (Dialect::Postgres, "ALTER TABLE t DROP COLUMN IF EXISTS a;"),
            (
                Dialect::Postgres,
                "ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey; ALTER TABLE t ADD PRIMARY KEY (a);",
            ),
        ] {
            assert!(fails(dialect, before, up, down).is_empty(), "{down}");
        }
    }

    #[test]
    fn a_down_that_only_raises_an_exception_is_none() {
        let up = "CREATE TABLE t (id int);";
        let told = ["cannot_run: the down fails: it raises an exception"];
        for body in [
            "BEGIN RAISE EXCEPTION 'This migration is irreversible'; END",
            "begin raise 'no'; end;",
        ] {
            let down = format!("DO $$ {body} $$;");
            assert_eq!(fails(Postgres, "", up, &down), told, "{down}");
        }
        for body in [
            "BEGIN RAISE NOTICE 'gone'; DROP TABLE t; END",
            "BEGIN RAISE EXCEPTION 'no'; EXCEPTION WHEN others THEN DROP TABLE t; END",
            "BEGIN IF EXISTS (SELECT FROM t) THEN RAISE EXCEPTION 'rows'; END IF; DROP TABLE t; END",
        ] {
            let down = format!("DO $$ {body} $$;");
            assert!(fails(Postgres, "", up, &down).is_empty(), "{down}");
        }
        let outside = "raise 'This migration is irreversible';";
        assert_eq!(
            fails(Postgres, "", up, outside),
            ["cannot_run: the down fails: RAISE stands outside of a body"]
        );
        // A trigger that refuses rows does not refuse the table.
        let guard = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';";
        let down = format!("{guard} DROP TABLE t;");
        assert!(fails(Postgres, "", up, &down).is_empty());
    }

    #[test]
    fn a_new_column_needs_a_type_but_on_sqlite() {
        let before = "CREATE TABLE t (id int, a int);";
        let up = "ALTER TABLE t DROP COLUMN a;";
        let down = "ALTER TABLE t ADD COLUMN a NOT NULL;";
        for dialect in [Postgres, MySql] {
            assert_eq!(
                fails(dialect, before, up, down),
                ["cannot_run: the down fails: the new column `a` has no type"]
            );
        }
        assert!(fails(Sqlite, before, up, "ALTER TABLE t ADD COLUMN a;").is_empty());
        let table = "CREATE TABLE n (id int, a NOT NULL);";
        for dialect in [Postgres, MySql] {
            assert_eq!(
                fails(dialect, before, up, table),
                ["cannot_run: the down fails: the new column `a` has no type"]
            );
        }
        assert!(fails(Sqlite, before, up, table).is_empty());
        for down in [
            "CREATE TABLE n (id, b) AS SELECT id, id + 1 FROM t;",
            "CREATE TYPE pair AS (id int, b int); CREATE TABLE n OF pair (id WITH OPTIONS NOT NULL);",
            "CREATE TABLE n (LIKE t, b int);",
        ] {
            assert!(fails(Postgres, before, up, down).is_empty(), "{down}");
        }
        for down in [
            "CREATE TABLE n (id serial, KEY k (id), INDEX (id), FULLTEXT KEY f (a), a text);",
            "CREATE TABLE n (id int) SELECT id FROM t;",
        ] {
            assert!(fails(MySql, before, up, down).is_empty(), "{down}");
        }
    }

    #[test]
    fn what_follows_a_change_without_a_comma_is_not_understood() {
        let before = "CREATE TABLE t (id int, a int, CONSTRAINT k UNIQUE (a));";
        let up = "ALTER TABLE t ADD COLUMN b int;";
        for down in [
            "ALTER TABLE t DROP CONSTRAINT k ALTER TABLE t DROP COLUMN b;",
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL DEFAULT 1;",
        ] {
            let findings = rules(Postgres, before, up, down);
            assert!(findings.contains(&"unknown_down"), "{down}: {findings:?}");
        }
    }

    #[test]
    fn sqlite_refuses_a_reference_to_columns_without_a_key() {
        let before = "CREATE TABLE p (a int, b int, PRIMARY KEY (a)); \
                      CREATE TABLE c (id int, p int REFERENCES p (a));";
        let up = "CREATE TABLE more (id int);";
        let down = |key: &str| {
            format!(
                "CREATE TABLE n (a int, b int{key}); INSERT INTO n SELECT a, b FROM p; DROP TABLE p; ALTER TABLE n RENAME TO p;"
            )
        };
        assert_eq!(
            fails(Dialect::Sqlite, before, up, &down("")),
            [
                "cannot_run: the down fails: it leaves `p` without a key of the columns that `c` refers to"
            ]
        );
        assert!(fails(Dialect::Sqlite, before, up, &down(", UNIQUE (a)")).is_empty());
        let indexed = down("") + " CREATE UNIQUE INDEX i ON p (a);";
        assert!(fails(Dialect::Sqlite, before, up, &indexed).is_empty());
    }

    #[test]
    fn a_dialect_is_named_where_it_fails_in_that_one_alone() {
        let up = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int, FOREIGN KEY (a) REFERENCES a (id));";
        let findings = found(&[Sqlite, Postgres], "", up, "DROP TABLE a; DROP TABLE b;");
        let messages: Vec<&str> = findings.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(
            messages,
            ["the down fails: `b` still refers to `a` on postgres"]
        );
    }

    #[test]
    fn what_is_there_already_is_told() {
        let before = "CREATE TABLE users (id int); CREATE INDEX by_id ON users (id);";
        let up = "ALTER TABLE users ADD COLUMN a int; CREATE TABLE teams (id int);";
        for dialect in Dialect::ALL {
            for (down, there) in [
                ("ALTER TABLE users ADD COLUMN a int;", "users.a"),
                ("CREATE TABLE teams (id int);", "teams"),
                ("ALTER TABLE users RENAME TO teams;", "teams"),
                ("CREATE INDEX by_id ON users (a);", "by_id"),
            ] {
                assert_eq!(
                    fails(dialect, before, up, down),
                    [format!(
                        "cannot_run: the down fails: `{there}` is there already"
                    )]
                );
            }
        }
    }

    #[test]
    fn what_others_depend_on_is_not_dropped() {
        let up = "CREATE TABLE teams (id int PRIMARY KEY); CREATE TABLE members (team int, FOREIGN KEY (team) REFERENCES teams (id));";
        let told = "cannot_run: the down fails: `members` still refers to `teams`";
        for dialect in [Postgres, MySql] {
            assert_eq!(
                fails(dialect, "", up, "DROP TABLE teams; DROP TABLE members;"),
                [told]
            );
            assert!(fails(dialect, "", up, "DROP TABLE teams, members;").is_empty());
            assert!(fails(dialect, "", up, "DROP TABLE members; DROP TABLE teams;").is_empty());
        }
        assert!(fails(Sqlite, "", up, "DROP TABLE teams; DROP TABLE members;").is_empty());
        let unchecked = "SET foreign_key_checks = 0; DROP TABLE teams; DROP TABLE members;";
        assert!(fails(MySql, "", up, unchecked).is_empty());

        let up = "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (m mood); CREATE VIEW v AS SELECT m FROM t;";
        assert_eq!(
            fails(
                Postgres,
                "",
                up,
                "DROP TYPE mood; DROP TABLE t; DROP VIEW v;"
            ),
            ["cannot_run: the down fails: `t.m` still has the type `mood`"]
        );
        assert!(fails(Postgres, "", up, "DROP TABLE t CASCADE; DROP TYPE mood;").is_empty());
        assert!(
            fails(
                Postgres,
                "",
                up,
                "DROP VIEW v; DROP TABLE t; DROP TYPE mood;"
            )
            .is_empty()
        );
    }

    #[test]
    fn the_name_that_was_meant_is_offered() {
        let before = "CREATE TABLE users (id int, phone_number text); CREATE INDEX by_phone ON users (phone_number);";
        let helps = |up: &str, down: &str| -> Vec<String> {
            let found = found(&[Sqlite, Postgres], before, up, down);
            let told = |one: Finding| format!("{}: {}", one.message, one.help[0]);
            found.into_iter().map(told).collect()
        };
        let up = "ALTER TABLE users ADD COLUMN a int;";
        for (down, told) in [
            (
                "ALTER TABLE users DROP COLUMN phone_nmber;",
                "`users.phone_nmber` is not there when it runs: did you mean `phone_number`?",
            ),
            (
                "ALTER TABLE user DROP COLUMN a;",
                "`user` is not there when it runs: did you mean `users`?",
            ),
            (
                "DROP INDEX by_phon;",
                "`by_phon` is not there when it runs: did you mean `by_phone`?",
            ),
        ] {
            assert_eq!(helps(up, down)[..1], [format!("the down fails: {told}")]);
        }
        assert_eq!(
            helps(
                "ALTER TABLE users DROP COLUMN phonenumber",
                "DROP TABLE users;"
            )[..1],
            [
                "the up fails: `users.phonenumber` is not there when it runs: did you mean `phone_number`?"
            ]
        );
        let strange = "ALTER TABLE users DROP COLUMN fax";
        assert!(fails(Sqlite, before, strange, up).is_empty());
    }

    #[test]
    fn what_runs_only_under_a_condition_may_not_run() {
        let before = "CREATE TABLE t (id int); CREATE INDEX i ON t (id);";
        let down = "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'i') THEN CREATE INDEX i ON t (id); END IF; END $$;";
        let up = "ALTER TABLE t ADD COLUMN a int;";
        assert!(fails(Postgres, before, up, down).is_empty());
    }

    #[test]
    fn where_others_build_too_it_is_a_warning() {
        let severity = |before: &str| {
            let up = "CREATE TABLE a (id int);";
            let findings = found(&[Sqlite], before, up, "DROP TABLE a; DROP TABLE b;");
            let failing = findings.iter().find(|finding| finding.rule == "cannot_run");
            failing.map(|finding| finding.severity)
        };
        let own = "CREATE TABLE c (id int);";
        assert_eq!(severity(own), Some(Severity::Error));
        let others = "ALTER TABLE host ADD COLUMN x int;";
        assert_eq!(severity(others), Some(Severity::Warning));
    }

    #[test]
    fn what_may_be_missing_is_not_missed() {
        let up = "CREATE TABLE q (id int);";
        let down = "ALTER TABLE IF EXISTS other DISABLE ROW LEVEL SECURITY; DROP TABLE q;";
        assert!(fails(Postgres, "", up, down).is_empty());
        let told = fails(Postgres, "", up, &down.replace("IF EXISTS", ""));
        assert_eq!(
            told,
            ["cannot_run: the down fails: `other` is not there when it runs"]
        );
    }

    #[test]
    fn an_index_does_not_go_with_a_column_that_is_called_like_its_table() {
        let before = |index: &str| {
            format!(
                "CREATE TABLE api (id int PRIMARY KEY, owner int, api text); {index}; CREATE TABLE c (owner int, a int);"
            )
        };
        let up = "ALTER TABLE api DROP COLUMN api;";
        let down = "ALTER TABLE api ADD COLUMN api text; \
                    ALTER TABLE c ADD FOREIGN KEY (owner, a) REFERENCES api (owner, id);";
        let stays = before("CREATE UNIQUE INDEX ON api (owner, id)");
        assert!(fails(Postgres, &stays, up, down).is_empty());
        let goes = before("CREATE UNIQUE INDEX ON api (owner, id) WHERE api <> ''");
        assert_eq!(
            fails(Postgres, &goes, up, down),
            ["cannot_run: the down fails: `api` has no key of the columns that are referred to"]
        );
    }

    #[test]
    fn a_constraint_of_postgresql_18_is_no_column() {
        let before = "CREATE TABLE t (id int);";
        let down = "ALTER TABLE t ADD CONSTRAINT t_id_not_null NOT NULL id; ALTER TABLE t ADD CONSTRAINT x NOT NULL id;";
        assert!(
            fails(
                Postgres,
                before,
                "ALTER TABLE t ALTER id DROP NOT NULL;",
                down
            )
            .is_empty()
        );
    }
}
