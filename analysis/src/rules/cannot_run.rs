//! Can the down run at all after the up?
//!
//! ## What it catches
//! A down that drops, renames or changes what is not there once the up has run.
//!
//! ## Why it hurts
//! It fails at its first use, which is an emergency.
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

use super::{Answer, Judged, Rule};
use crate::judge::pair::Fact;
use crate::{Finding, Level, Side};

pub(super) const RULE: Rule = Rule {
    name: "cannot_run",
    source: include_str!("cannot_run.rs"),
    answer: Answer::Allow(Level::Warn),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let failing = judged.facts.iter().filter_map(|fact| match fact {
        Fact::CannotRun { what, span } => Some(RULE.finding(
            Side::Down,
            Some(*span),
            format!("the down needs `{what}` in another state than the up leaves it in"),
            vec![
                "run the up and then the down on an empty database to see the server's own words"
                    .to_owned(),
            ],
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
    fn a_name_that_is_not_there_is_told() {
        let before = "CREATE TABLE users (id int);";
        for dialect in Dialect::ALL {
            let told = told(
                dialect,
                before,
                "ALTER TABLE users ADD COLUMN a int;",
                "ALTER TABLE users DROP COLUMN b;",
            );
            assert_eq!(
                told[1],
                "cannot_run: the down needs `users.b` in another state than the up leaves it in"
            );
        }
    }
}
