//! Is the schema after the down what it was before the up?
//!
//! ## What it catches
//! A column with another type, default or nullability than before, an index, view or other object that is not there
//! again, columns in another order, and a table made anew without its grants, comments, policies or row security.
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
    let differing = judged.facts.iter().filter_map(|fact| {
        let message = match fact {
            Fact::NotRestored { what, how } => format!("after the down {what} {how}"),
            Fact::Undecorated { table, what } => {
                format!("the table `{table}` comes back without its {what}")
            }
            Fact::Reordered(table) => {
                format!("the columns of `{table}` come back in another order")
            }
            _ => return None,
        };
        Some(RULE.finding(Side::Down, None, message, Vec::new()))
    });
    differing.collect()
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

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
}
