//! Does the down still run when rows were written since the up?
//!
//! ## What it catches
//! A narrower type, a NOT NULL or a smaller enum that the server refuses while a row misfits.
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
    let failing = judged.facts.iter().filter_map(|fact| match fact {
        Fact::WouldFail { what, why, span } => Some(RULE.finding(
            Side::Down,
            Some(*span),
            format!("the down fails on `{what}` as soon as {why}"),
            vec!["say in the down what becomes of the rows that misfit".to_owned()],
        )),
        _ => None,
    });
    failing.collect()
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
}
