//! Is the schema after the down what it was before the up?
//!
//! ## What it catches
//! A column with another type, default or nullability than before, a constraint, index, view, trigger or other object that is not
//! there again or says something else, columns in another order, numbers that PostgreSQL gives out a second time, and a table made anew without its
//! grants, comments, policies or row security.
//!
//! ## Why it hurts
//! Each round of up and down moves the schema away from what the migrations say, and the next migration is written for
//! a database that nobody has.
//!
//! ## Example
//! ```sql
//! -- before
//! CREATE TABLE users (name text);
//! CREATE INDEX users_by_name ON users (name);
//! -- up
//! DROP INDEX users_by_name;
//! -- down
//! CREATE INDEX users_name ON users (name);
//! ```
//!
//! ## Write instead
//! ```sql
//! -- before
//! CREATE TABLE users (name text);
//! CREATE INDEX users_by_name ON users (name);
//! -- up
//! DROP INDEX users_by_name;
//! -- down
//! CREATE INDEX users_by_name ON users (name);
//! ```

use super::{Answer, Judged, Rule};
use crate::check::Code;
use crate::judge::pair::Fact;
use crate::{Finding, Level, Side};

pub(super) const RULE: Rule = Rule {
    name: "not_restored",
    source: include_str!("not_restored.rs"),
    answer: Answer::Allow(Level::Note),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    if !judged.down_acts {
        return Vec::new();
    }
    // Whatever it sets, it thought of it.
    let renumbers = match judged.subject.down {
        Some(Code::Sql(sql)) => {
            let sql = sql.to_ascii_lowercase();
            sql.contains("setval") || sql.contains("restart")
        }
        _ => false,
    };
    judged.of_facts(|fact| {
        let message = match fact {
            Fact::NotRestored { what, how } => format!("after the down {what} {how}"),
            Fact::Undecorated { table, what } => {
                format!("the table `{table}` comes back without its {what}")
            }
            Fact::Renumbered(column) if !renumbers => {
                format!("the numbers of `{column}` begin at 1 again, where rows have them already")
            }
            Fact::Reordered(table) => {
                format!("the columns of `{table}` come back in another order")
            }
            _ => return None,
        };
        Some(RULE.finding(Side::Down, None, message, Vec::new()))
    })
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

    #[test]
    fn a_collation_comes_back() {
        for (dialect, collation, own) in [
            (Dialect::Postgres, "\"C\"", "\"default\""),
            (Dialect::Sqlite, "NOCASE", "BINARY"),
        ] {
            let before = format!("CREATE TABLE t (id int, a text COLLATE {collation}, b text);");
            let up = "ALTER TABLE t DROP COLUMN a; ALTER TABLE t DROP COLUMN b;";
            let told = |a: &str, b: &str| {
                let down =
                    format!("ALTER TABLE t ADD COLUMN a {a}; ALTER TABLE t ADD COLUMN b {b};");
                told(dialect, &before, up, &down)
            };
            let other =
                "not_restored: after the down the column `t.a` has another collation than before";
            assert!(told("text", "text").iter().any(|told| told == other));
            let same = told(
                &format!("text COLLATE {collation}"),
                &format!("text COLLATE {own}"),
            );
            assert!(
                same.iter().all(|told| !told.contains("collation")),
                "{same:?}"
            );
        }
        let before = "CREATE TABLE t (id int, a text COLLATE utf8mb4_bin);";
        let down = |a: &str| format!("ALTER TABLE t ADD COLUMN a text {a};");
        let told = |a: &str| {
            told(
                Dialect::MySql,
                before,
                "ALTER TABLE t DROP COLUMN a;",
                &down(a),
            )
        };
        assert!(
            told("COLLATE utf8mb4_unicode_ci")
                .iter()
                .any(|told| told.contains("collation"))
        );
        assert!(told("").iter().all(|told| !told.contains("collation")));
    }

    /// Run on PostgreSQL 15.
    #[test]
    fn an_index_of_a_materialised_view_comes_back() {
        let before = "CREATE TABLE t (id int, a int); CREATE MATERIALIZED VIEW v AS SELECT id, a FROM t; \
                      CREATE UNIQUE INDEX i ON v (id);";
        let up = "DROP MATERIALIZED VIEW v;";
        let again = "CREATE MATERIALIZED VIEW v AS SELECT id, a FROM t;";
        let told = |down: &str| crate::rules::pairs::told(Dialect::Postgres, before, up, down);
        assert_eq!(
            told(again),
            ["not_restored: after the down the index `i` of the view `v` is not there again"]
        );
        let other = format!("{again} CREATE INDEX i ON v (id);");
        assert_eq!(
            told(&other),
            [
                "not_restored: after the down the index `i` of the view `v` is on other columns or rows than before"
            ]
        );
        let whole = format!("{again} CREATE UNIQUE INDEX i ON public.v USING btree (id);");
        assert!(told(&whole).is_empty());
    }

    /// Run on PostgreSQL 15.
    #[test]
    fn what_stands_beside_a_view_comes_back() {
        let before = "CREATE TABLE t (id int, a int); CREATE VIEW v AS SELECT id, a FROM t; \
                      GRANT SELECT ON v TO web; COMMENT ON VIEW v IS 'all'; COMMENT ON COLUMN v.a IS 'one';";
        let view = "CREATE VIEW v AS SELECT id, a FROM t;";
        let told =
            |up: &str, down: &str| crate::rules::pairs::told(Dialect::Postgres, before, up, down);
        let told_of =
            |what: &str| format!("not_restored: after the down the view `v` is without its {what}");
        let gone = "DROP VIEW v;";
        assert_eq!(told(gone, view), [told_of("comments"), told_of("grants")]);
        let beside = "GRANT SELECT ON TABLE v TO web; COMMENT ON VIEW v IS 'all'; COMMENT ON COLUMN public.v.a IS 'one';";
        assert!(told(gone, &format!("{view} {beside}")).is_empty());
        // Both stay with a view that is replaced.
        let other = "CREATE OR REPLACE VIEW v AS SELECT id, 1 AS a FROM t;";
        assert!(told(other, "CREATE OR REPLACE VIEW v AS SELECT id, a FROM t;").is_empty());
        let schema = crate::judge::judge(
            Dialect::Postgres,
            &crate::Schema::empty(),
            Some(before),
            None,
        )
        .after;
        let down = crate::judge::inverse(Dialect::Postgres, &schema, "DROP TABLE t CASCADE")
            .unwrap()
            .0;
        let found =
            ["CREATE TABLE t", "CREATE VIEW v", "ON VIEW v IS 'all'"].map(|part| down.find(part));
        assert!(found.is_sorted() && found[0].is_some(), "{down}");
        assert!(
            down.contains("GRANT SELECT ON v TO web") && down.contains("ON COLUMN v.a IS 'one'")
        );
    }

    /// Run on PostgreSQL 15.
    #[test]
    fn a_foreign_key_refers_to_the_table_of_its_schema() {
        let before = "CREATE SCHEMA s; CREATE TABLE s.u (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY); \
                      CREATE TABLE t (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES s.u (id));";
        let up = "ALTER TABLE t DROP CONSTRAINT k;";
        let down = |to: &str| {
            format!("ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES {to} (id);")
        };
        let told = |to: &str| {
            let mut told = crate::rules::pairs::told(Dialect::Postgres, before, up, &down(to));
            told.retain(|told| told.starts_with("not_restored") || told.starts_with("leaves"));
            told
        };
        assert_eq!(told("u").len(), 2, "{:?}", told("u"));
        assert!(told("s.u").is_empty());
    }

    #[test]
    fn a_table_that_the_up_made_in_anothers_place_is_not_the_one_that_stood_there() {
        let before = "CREATE TABLE t (id int PRIMARY KEY, a int);";
        let up = "DROP TABLE IF EXISTS t; CREATE TABLE IF NOT EXISTS t (id int, b int);";
        for dialect in Dialect::ALL {
            let told = told(dialect, before, up, "DROP TABLE IF EXISTS t;");
            assert!(
                told.contains(
                    &"not_restored: after the down the table `t` is not there again".to_owned()
                ),
                "{told:?}"
            );
        }
    }

    #[test]
    fn what_differs_is_told() {
        let before = "CREATE TABLE t (a int NOT NULL, b int); CREATE INDEX i ON t (a);";
        let down = "ALTER TABLE t ALTER COLUMN b TYPE text;";
        assert_eq!(
            told(
                Dialect::Postgres,
                before,
                "DROP INDEX i; ALTER TABLE t ALTER COLUMN a DROP NOT NULL;",
                down
            ),
            [
                "not_restored: after the down the column `t.a` may be null, which it could not be before",
                "not_restored: after the down the column `t.b` has another type than before",
                "not_restored: after the down the index `i` is not there again",
            ]
        );
    }

    #[test]
    fn another_name_of_the_type_or_no_default_is_no_difference() {
        let before = "CREATE TABLE t (a int, b varchar(5), c text);";
        let up = "ALTER TABLE t DROP COLUMN a; ALTER TABLE t DROP COLUMN b; ALTER TABLE t DROP COLUMN c;";
        let down = "ALTER TABLE t ADD COLUMN a integer DEFAULT NULL, ADD COLUMN b character varying(5), ADD COLUMN c text;";
        let told = told(Dialect::Postgres, before, up, down);
        assert!(
            told.iter().all(|told| !told.starts_with("not_restored")),
            "{told:?}"
        );
    }

    #[test]
    fn a_type_with_its_schema_is_the_same_type() {
        let types = "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('a'); CREATE TYPE app.text AS ENUM ('a');";
        let up = "ALTER TABLE t DROP COLUMN m; ALTER TABLE t DROP COLUMN c;";
        let other = |before: &str, down: &str| -> Vec<String> {
            let mut told = told(Dialect::Postgres, before, up, down);
            told.retain(|told| told.ends_with("has another type than before"));
            told
        };
        let before = &format!("{types} CREATE TABLE t (id int, m mood, c text);");
        let down = "ALTER TABLE t ADD COLUMN m app.mood; ALTER TABLE t ADD COLUMN c text;";
        assert!(other(before, down).is_empty());
        assert_eq!(
            other(
                before,
                "ALTER TABLE t ADD COLUMN m app.mood; ALTER TABLE t ADD COLUMN c app.text;"
            ),
            ["not_restored: after the down the column `t.c` has another type than before"]
        );
        let two = &format!("CREATE SCHEMA lib; CREATE TYPE lib.mood AS ENUM ('b'); {before}");
        assert_eq!(
            other(two, down),
            ["not_restored: after the down the column `t.m` has another type than before"]
        );
    }

    #[test]
    fn a_unique_key_that_comes_back_as_an_index_is_told_once() {
        let before = "CREATE TABLE t (a int, b int, UNIQUE (a));";
        let up = "ALTER TABLE t DROP CONSTRAINT t_a_key;";
        let fell = |down: &str| -> Vec<String> {
            let mut told = told(Dialect::Postgres, before, up, down);
            told.retain(|told| !told.starts_with("would_fail"));
            told
        };
        let key = "not_restored: after the down the unique key `t(a)`";
        let made = "leaves_behind: the down makes the index";
        assert_eq!(
            fell("CREATE UNIQUE INDEX t_a_key ON t (a);"),
            [format!("{key} is a unique index and no constraint")]
        );
        assert_eq!(
            fell("CREATE UNIQUE INDEX other ON t (a);"),
            [
                format!("{made} `other`, which was not there before the up"),
                format!("{key} is a unique index and no constraint"),
            ]
        );
        for index in ["ON t (b)", "ON t (a) WHERE b > 0"] {
            assert_eq!(
                fell(&format!("CREATE UNIQUE INDEX t_a_key {index};")),
                [
                    format!("{made} `t_a_key`, which was not there before the up"),
                    format!("{key} is not there again"),
                ],
                "{index}"
            );
        }
        // A key has an index of its name.
        let up = "ALTER TABLE t ADD COLUMN c int;";
        let before = "CREATE TABLE t (a int, b int, CONSTRAINT one UNIQUE (a));";
        let down = "ALTER TABLE t DROP COLUMN c; CREATE UNIQUE INDEX IF NOT EXISTS one ON t (a);";
        assert!(told(Dialect::Postgres, before, up, down).is_empty());
        let down = down.replace("one", "two");
        assert_eq!(
            told(Dialect::Postgres, before, up, &down),
            [format!("{made} `two`, which was not there before the up")]
        );
    }

    #[test]
    fn a_rebuild_without_its_trigger_and_with_numbers_that_are_taken_is_told() {
        let before = "CREATE TABLE t (id serial PRIMARY KEY, a int); CREATE TABLE log (id int); \
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; \
            CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();";
        let up = "ALTER TABLE t ADD COLUMN b int;";
        let down = "CREATE TABLE n (id serial PRIMARY KEY, a int); INSERT INTO n SELECT id, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
        assert_eq!(
            told(Dialect::Postgres, before, up, down),
            [
                "not_restored: after the down the primary key `t(id)` has another name than before",
                "not_restored: the numbers of `t.id` begin at 1 again, where rows have them already",
                "not_restored: after the down the trigger `tr` on `t` is not there again",
            ]
        );
        let down = &format!(
            "{down} ALTER TABLE t RENAME CONSTRAINT n_pkey TO t_pkey; SELECT setval('n_id_seq', 9); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"
        );
        assert!(told(Dialect::Postgres, before, up, down).is_empty());
        // Its rows are given new numbers, and the sequence is where they end.
        let down = down.replace(
            "INSERT INTO n SELECT id, a FROM t",
            "INSERT INTO n (a) SELECT a FROM t",
        );
        let down = down.replace("SELECT setval('n_id_seq', 9);", "");
        let told = told(Dialect::Postgres, before, up, &down);
        assert!(
            !told.iter().any(|one| one.contains("begin at 1")),
            "{told:?}"
        );
    }

    #[test]
    fn a_constraint_that_is_lost_or_another_is_told() {
        let before = "CREATE TABLE p (id int PRIMARY KEY); \
            CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, p int, n int CHECK (n > 0), \
            CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE);";
        let rebuild = |columns: &str| {
            format!(
                "CREATE TABLE n ({columns}); INSERT INTO n SELECT id, a, p, n FROM t; \
                 DROP TABLE t; ALTER TABLE n RENAME TO t;"
            )
        };
        let up = "ALTER TABLE t ADD COLUMN more int;";
        assert_eq!(
            told(
                Dialect::Sqlite,
                before,
                up,
                &rebuild("id int, a int, p int, n int")
            ),
            [
                "not_restored: after the down the primary key `t(id)` is not there again",
                "not_restored: after the down the unique key `t(a)` is not there again",
                "not_restored: after the down the foreign key `t(p)` to `p` is not there again",
                "not_restored: after the down the check `n > 0` on `t` is not there again",
            ]
        );
        let other =
            "id int PRIMARY KEY, a int UNIQUE, p int REFERENCES p (id), n int CHECK (n > 1)";
        assert_eq!(
            told(Dialect::Sqlite, before, up, &rebuild(other)),
            [
                "leaves_behind: the down makes the check `n > 1` on `t`, which was not there before the up",
                "not_restored: after the down the foreign key `t(p)` to `p` does something else than before where the row that it \
                 refers to goes or changes",
                "not_restored: after the down the check `n > 0` on `t` is not there again",
            ]
        );
        let same = "id int, a int, p int, n int, CHECK ((n > 0)), UNIQUE (\"a\"), PRIMARY KEY (id), \
            FOREIGN KEY (p) REFERENCES p ON DELETE CASCADE";
        assert!(told(Dialect::Sqlite, before, up, &rebuild(same)).is_empty());
    }

    #[test]
    fn a_constraint_keeps_the_name_that_postgresql_gave_it() {
        let before =
            "CREATE TABLE t (id int PRIMARY KEY, a int CHECK (a > 0), b int, UNIQUE (a, b));";
        let up = "ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN a TO c; ALTER TABLE u DROP CONSTRAINT t_a_b_key;";
        let back = "ALTER TABLE u RENAME COLUMN c TO a; ALTER TABLE u RENAME TO t;";
        assert_eq!(
            told(Dialect::Postgres, before, up, back),
            ["not_restored: after the down the unique key `t(a, b)` is not there again"]
        );
        let whole = format!("{back} ALTER TABLE t ADD UNIQUE (a, b);");
        assert!(
            told(Dialect::Postgres, before, up, &whole)
                .iter()
                .all(|told| told.starts_with("would_fail"))
        );
        let named = format!("{back} ALTER TABLE t ADD CONSTRAINT one UNIQUE (a, b);");
        assert!(told(Dialect::Postgres, before, up, &named).contains(
            &"not_restored: after the down the unique key `t(a, b)` has another name than before".to_owned()
        ));
    }

    #[test]
    fn what_says_something_else_than_before_is_told() {
        let before = "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a FROM t;";
        let up = "DROP INDEX i; DROP VIEW v;";
        let down = "CREATE INDEX i ON t (b); CREATE VIEW v AS SELECT b FROM t;";
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            assert_eq!(
                told(dialect, before, up, down),
                [
                    "not_restored: after the down the view `v` says something else than before",
                    "not_restored: after the down the index `i` is on other columns or rows than before",
                ]
            );
            let down =
                "create view v as select \"a\" from t; create index if not exists i on t (a asc);";
            assert!(told(dialect, before, up, down).is_empty());
        }
        let before = "CREATE TABLE t (a int, UNIQUE KEY one (a));";
        let back = "CREATE UNIQUE INDEX one ON t (a);";
        let told = told(
            Dialect::MySql,
            before,
            "ALTER TABLE t DROP INDEX one;",
            back,
        );
        assert!(
            told.iter().all(|told| told.starts_with("would_fail")),
            "{told:?}"
        );
    }

    #[test]
    fn columns_of_mysql_that_come_back_elsewhere_are_told() {
        let before = "CREATE TABLE t (a int, b int, c int);";
        let told = |up, down| told(Dialect::MySql, before, up, down);
        let drops = "ALTER TABLE t DROP COLUMN b;";
        let reordered = "not_restored: the columns of `t` come back in another order";
        assert!(told(drops, "ALTER TABLE t ADD COLUMN b int;").contains(&reordered.to_owned()));
        let back = told(drops, "ALTER TABLE t ADD COLUMN b int AFTER a;");
        assert!(!back.contains(&reordered.to_owned()), "{back:?}");
        let moves = "ALTER TABLE t MODIFY COLUMN c int FIRST;";
        assert_eq!(
            told(moves, "ALTER TABLE t MODIFY COLUMN c int;"),
            [reordered]
        );
        assert!(told(moves, "ALTER TABLE t MODIFY COLUMN c int AFTER b;").is_empty());
    }

    #[test]
    fn the_labels_of_a_type_are_its_shape() {
        let before = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (a int);";
        let up = "ALTER TYPE mood ADD VALUE 'glad'; ALTER TABLE t ADD COLUMN b int;";
        assert_eq!(
            told(
                Dialect::Postgres,
                before,
                up,
                "ALTER TABLE t DROP COLUMN b;"
            ),
            ["not_restored: after the down the type `mood` has other labels than before"]
        );
    }
}
