//! Does the down take everything that the up made?
//!
//! ## What it catches
//! A table, column, index, view, type, sequence, function or trigger that the up makes and that is still there after the
//! down; or one that the down itself makes, where nothing like it was there before the up.
//!
//! ## Why it hurts
//! The history says "reverted". The next up fails on what is already there or, behind IF NOT EXISTS, goes on with
//! something of another shape.
//!
//! ## Example
//! ```sql
//! -- up
//! CREATE TABLE teams (id int PRIMARY KEY);
//! CREATE TABLE members (id int PRIMARY KEY);
//! -- down
//! -- onward: destructive
//! DROP TABLE members;
//! ```
//!
//! ## Write instead
//! ```sql
//! -- up
//! CREATE TABLE teams (id int PRIMARY KEY);
//! CREATE TABLE members (id int PRIMARY KEY);
//! -- down
//! -- onward: destructive
//! DROP TABLE members;
//! DROP TABLE teams;
//! ```

use super::{Answer, Judged, Rule};
use crate::judge::pair::Fact;
use crate::{Finding, Level, Side};

pub(super) const RULE: Rule = Rule {
    name: "leaves_behind",
    source: include_str!("leaves_behind.rs"),
    answer: Answer::Allow(Level::Warn),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    // An empty down leaves everything, and has a rule of its own.
    if !judged.down_acts {
        return Vec::new();
    }
    judged.of_facts(|fact| match fact {
        Fact::LeftBehind { what, by_down } => Some(RULE.finding(
            Side::Down,
            None,
            match by_down {
                false => format!("the down leaves {what} behind, which the up made"),
                true => format!("the down makes {what}, which was not there before the up"),
            },
            vec![match by_down {
                false => "drop it in the down too".to_owned(),
                true => {
                    "leave it out: the down brings back what the up found, and no more".to_owned()
                }
            }],
        )),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

    #[test]
    fn what_is_left_is_named() {
        let up =
            "CREATE TABLE teams (id int PRIMARY KEY); CREATE TABLE members (id int PRIMARY KEY);";
        for dialect in Dialect::ALL {
            assert_eq!(
                told(dialect, "", up, "DROP TABLE members;"),
                ["leaves_behind: the down leaves the table `teams` behind, which the up made"]
            );
            assert!(told(dialect, "", up, "DROP TABLE members; DROP TABLE teams;").is_empty());
        }
    }

    #[test]
    fn a_column_left_in_a_table_is_named() {
        let before = "CREATE TABLE t (id int);";
        let up = "ALTER TABLE t ADD COLUMN a int; ALTER TABLE t ADD COLUMN b int;";
        assert_eq!(
            told(
                Dialect::Postgres,
                before,
                up,
                "ALTER TABLE t DROP COLUMN a;"
            ),
            ["leaves_behind: the down leaves the column `t.b` behind, which the up made"]
        );
    }

    #[test]
    fn an_index_goes_with_its_table() {
        let up = "CREATE TABLE t (id int); CREATE INDEX i ON t (id);";
        assert!(told(Dialect::Sqlite, "", up, "DROP TABLE t;").is_empty());
    }

    #[test]
    fn what_the_down_itself_makes_is_named() {
        let before = "CREATE TABLE t (id int);";
        let down = "CREATE TABLE n (id int); CREATE INDEX i ON t (id);";
        for dialect in Dialect::ALL {
            let index = match dialect {
                Dialect::MySql => "t.i",
                _ => "i",
            };
            assert_eq!(
                told(dialect, before, "ALTER TABLE t ADD COLUMN a int;", down),
                [
                    "leaves_behind: the down makes the table `n`, which was not there before the up".to_owned(),
                    "leaves_behind: the down leaves the column `t.a` behind, which the up made".to_owned(),
                    format!("leaves_behind: the down makes the index `{index}`, which was not there before the up"),
                ]
            );
        }
    }

    #[test]
    fn a_trigger_on_a_table_that_stays_is_named() {
        let before = "CREATE TABLE t (id int); CREATE TABLE log (id int);";
        let up = "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1); END;";
        assert_eq!(
            told(
                Dialect::Sqlite,
                before,
                up,
                "CREATE TABLE x (id int); DROP TABLE x;"
            ),
            ["leaves_behind: the down leaves the trigger `tr` on `t` behind, which the up made"]
        );
        assert!(told(Dialect::Sqlite, before, up, "DROP TRIGGER tr;").is_empty());
    }
}
