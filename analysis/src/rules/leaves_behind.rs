//! Does the down take everything that the up made?
//!
//! ## What it catches
//! A table, column, index, view, type, sequence or function that the up makes and that is still there after the down.
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
    let left = judged.facts.iter().filter_map(|fact| match fact {
        Fact::LeftBehind(what) => Some(RULE.finding(
            Side::Down,
            None,
            format!("the down leaves {what} behind, which the up made"),
            vec!["drop it in the down too".to_owned()],
        )),
        _ => None,
    });
    left.collect()
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
}
