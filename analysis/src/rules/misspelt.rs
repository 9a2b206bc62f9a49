//! Is a name in the up misspelt, although the database takes it?
//!
//! ## What it catches
//! A type that the database does not know while one much like it is common, or that it calls otherwise; and on SQLite a foreign key
//! to a table or column that is not there after the up, while one much like it is.
//!
//! ## Why it hurts
//! SQLite takes any word for a type, and keeps the text `007` as the number 7 where that word says nothing to it. It takes a foreign
//! key to nothing, too, and then refuses rows that are written. The others refuse the type when the up first runs.
//!
//! ## Example
//! ```sql
//! -- on sqlite
//! -- before
//! CREATE TABLE users (id integer PRIMARY KEY);
//! -- up
//! CREATE TABLE mails (users_id integer REFERENCES user (id), address varchr(80));
//! -- down
//! -- onward: destructive
//! DROP TABLE mails;
//! ```
//!
//! ## Write instead
//! ```sql
//! -- on sqlite
//! -- before
//! CREATE TABLE users (id integer PRIMARY KEY);
//! -- up
//! CREATE TABLE mails (users_id integer REFERENCES users (id), address varchar(80));
//! -- down
//! -- onward: destructive
//! DROP TABLE mails;
//! ```

use super::{Answer, Judged, Rule};
use crate::judge::pair::Fact;
use crate::{Finding, Level};

pub(super) const RULE: Rule = Rule {
    name: "misspelt",
    source: include_str!("misspelt.rs"),
    answer: Answer::Allow(Level::Warn),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    judged.of_facts(|fact| match fact {
        Fact::Slip {
            side,
            what,
            offered,
            span,
        } => Some(RULE.finding(*side, Some(*span), what.clone(), vec![offered.clone()])),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::Dialect::{self, MySql, Postgres, Sqlite};
    use crate::rules::pairs::all;

    fn told(dialect: Dialect, up: &str) -> Vec<String> {
        let before = "CREATE TABLE users (id integer PRIMARY KEY, name text);";
        let mut findings = all(&[dialect], before, up, "SELECT 1");
        findings.retain(|one| one.rule == "misspelt" || one.rule == "cannot_run");
        let told = findings.iter();
        told.map(|one| format!("{}: {} {}", one.rule, one.message, one.help[0]))
            .collect()
    }

    #[test]
    fn a_type_that_nobody_knows_is_told() {
        for (ty, meant) in [("varchr(20)", "varchar"), ("timestmp", "timestamp")] {
            let up = format!("ALTER TABLE users ADD COLUMN a {ty};");
            let word = ty.trim_end_matches("(20)");
            for dialect in [Postgres, MySql] {
                assert_eq!(
                    told(dialect, &up),
                    [format!(
                        "misspelt: `{word}` is no type of {dialect} did you mean `{meant}`?"
                    )]
                );
            }
            assert_eq!(told(Sqlite, &up).len(), 1, "{ty}");
        }
        for dialect in Dialect::ALL {
            assert_eq!(told(dialect, "CREATE TABLE t (a string);").len(), 1);
            for ty in [
                "varchar(20)",
                "citext",
                "ulid",
                "date",
                "geometry",
                "text",
                "INT",
            ] {
                let up = format!("CREATE TABLE t (a {ty}, b decimal(3, 1), c char);");
                assert!(told(dialect, &up).is_empty(), "{ty} on {dialect}");
            }
        }
        let own = "CREATE TYPE txt AS ENUM ('a'); CREATE TABLE t (a txt);";
        assert!(told(Postgres, own).is_empty());
        // It has INT in it, and is a whole number there.
        assert!(told(Sqlite, "CREATE TABLE t (a intger);").is_empty());
    }

    #[test]
    fn a_slip_that_makes_another_column_is_told_on_sqlite() {
        for word in ["COLUM", "colunm", "COLUMNS"] {
            let up = format!("ALTER TABLE users ADD {word} phone_number varchar(20);");
            assert_eq!(
                told(Sqlite, &up),
                [format!(
                    "misspelt: SQLite adds a column that is called `{word}`, of a type `phone_number varchar(20)` \
                     did you mean `ADD COLUMN phone_number varchar(20)`?"
                )]
            );
        }
        for added in [
            "colum varchar(20)",
            "columns text",
            "column phone_number text",
            "volume int",
        ] {
            let up = format!("ALTER TABLE users ADD {added};");
            assert!(told(Sqlite, &up).is_empty(), "{added}");
        }
    }

    #[test]
    fn a_foreign_key_to_nothing_is_told_on_sqlite() {
        for parent in ["user (id)", "users (idd)", "usres (id)", "users (nam)"] {
            let up = format!("CREATE TABLE t (u int REFERENCES {parent});");
            let told = told(Sqlite, &up);
            assert!(
                told.len() == 1 && told[0].starts_with("misspelt: `t` refers to"),
                "{parent}: {told:?}"
            );
        }
        for up in [
            "CREATE TABLE t (u int REFERENCES users (id));",
            "CREATE TABLE t (u int REFERENCES users);",
            "CREATE TABLE t (u int REFERENCES elsewhere (id));",
            "CREATE TABLE t (u int REFERENCES usersx (id)); CREATE TABLE usersx (id integer PRIMARY KEY);",
            "CREATE TABLE t (u int REFERENCES user (id)); DROP TABLE t;",
        ] {
            assert!(told(Sqlite, up).is_empty(), "{up}");
        }
    }

    #[test]
    fn a_column_that_is_not_there_is_told_wherever_it_is_named() {
        for dialect in Dialect::ALL {
            for up in [
                "CREATE INDEX i ON users (nam);",
                "CREATE TABLE t (name int, team int, PRIMARY KEY (naem));",
                "CREATE TABLE t (id int, team int, UNIQUE (id, tem));",
                "CREATE TABLE t (id int, team int, FOREIGN KEY (taem) REFERENCES users (id));",
            ] {
                let told = told(dialect, up);
                assert!(
                    told.len() == 1 && told[0].starts_with("cannot_run: the up fails: "),
                    "{up} on {dialect}: {told:?}"
                );
            }
            for up in [
                "CREATE INDEX i ON users (name);",
                "CREATE INDEX i ON users ((lower(name)));",
                "CREATE TABLE t (id int, team int, PRIMARY KEY (ID), UNIQUE (team, id));",
            ] {
                assert!(told(dialect, up).is_empty(), "{up} on {dialect}");
            }
        }
    }

    #[test]
    fn words_of_another_grammar_are_told() {
        let comma = "CREATE TABLE t (id int PRIMARY KEY, );";
        let mysql = "CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY);";
        let sqlite = "CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT);";
        for (up, refuse) in [
            (comma, &Dialect::ALL[..]),
            (mysql, &[Postgres, Sqlite]),
            (sqlite, &[Postgres, MySql]),
        ] {
            for dialect in Dialect::ALL {
                let expected = usize::from(refuse.contains(&dialect));
                let told = told(dialect, up);
                assert_eq!(told.len(), expected, "{up} on {dialect}: {told:?}");
            }
        }
        let in_type = told(
            Sqlite,
            "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY);",
        );
        assert_eq!(
            in_type,
            [
                "misspelt: SQLite takes `AUTO_INCREMENT` for a part of the type, and numbers no row by it \
                 did you mean `integer PRIMARY KEY`?"
            ]
        );
        for dialect in Dialect::ALL {
            let up =
                "CREATE TABLE t (auto_increment int, b varchar(9) DEFAULT 'AUTO_INCREMENT, )');";
            assert!(told(dialect, up).is_empty(), "{dialect}");
        }
    }
}
