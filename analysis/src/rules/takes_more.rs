//! Does the down take only what the up made?
//!
//! ## What it catches
//! A table, column, view or other object that the down drops and that the up did not make. It is only a note where the up made
//! it if it was not there, and nobody can tell whether it was.
//!
//! ## Why it hurts
//! It belongs to an earlier migration. What was written there before this one goes with it, and the earlier migration's
//! own down fails. IF EXISTS and IF NOT EXISTS only hide it.
//!
//! ## Example
//! ```sql
//! -- up
//! ALTER TABLE users ADD COLUMN phone text;
//! -- down
//! -- onward: destructive = "why"
//! DROP TABLE users;
//! ```
//!
//! ## Write instead
//! ```sql
//! -- up
//! ALTER TABLE users ADD COLUMN phone text;
//! -- down
//! -- onward: destructive
//! ALTER TABLE users DROP COLUMN phone;
//! ```

use std::collections::HashSet;

use super::{Answer, Judged, Rule};
use crate::judge::pair::Fact;
use crate::{Finding, Level, Severity, Side, Span};

pub(super) const RULE: Rule = Rule {
    name: "takes_more",
    source: include_str!("takes_more.rs"),
    answer: Answer::Allow(Level::Warn),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    // What is not there is not taken either, and has a rule of its own.
    let there = |fact: &Fact| match fact {
        Fact::CannotRun {
            side: Side::Down,
            span,
            ..
        } => Some(*span),
        _ => None,
    };
    let fails = judged.facts.iter().filter_map(|(fact, _)| there(fact));
    let fails: HashSet<Span> = fails.collect();
    judged.of_facts(|fact| match fact {
        Fact::TakesMore { what, may, span } if !fails.contains(span) => {
            let message = if *may {
                format!("the down drops {what}, which the up makes only if it is not there")
            } else {
                format!("the down drops {what}, which the up did not make")
            };
            let help = if *may {
                "leave IF NOT EXISTS out of the up, so that it fails where there is one already"
            } else {
                "leave it to the down of the migration that made it"
            };
            let span = (*span != Span::default()).then_some(*span);
            let found = RULE.finding(Side::Down, span, message, vec![help.to_owned()]);
            Some(match may {
                false => found,
                // Where nothing was there, which is what IF NOT EXISTS mostly meets, all is well.
                true => Finding {
                    severity: Severity::Note,
                    ..found
                },
            })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::rules::pairs::told;

    #[test]
    fn an_older_table_is_not_the_downs_to_take() {
        let before = "CREATE TABLE users (id int);";
        let up = "ALTER TABLE users ADD COLUMN phone text;";
        for dialect in Dialect::ALL {
            assert_eq!(
                told(dialect, before, up, "DROP TABLE IF EXISTS users;"),
                ["takes_more: the down drops the table `users`, which the up did not make"]
            );
            assert!(told(dialect, before, up, "ALTER TABLE users DROP COLUMN phone;").is_empty());
        }
    }

    #[test]
    fn a_rebuild_takes_nothing() {
        let before = "CREATE TABLE t (id int, a text);";
        let up = "ALTER TABLE t ADD COLUMN b text;";
        let down = "CREATE TABLE n (id int, a text); INSERT INTO n SELECT id, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
        assert!(told(Dialect::Sqlite, before, up, down).is_empty());
        let down = "ALTER TABLE t RENAME TO o; CREATE TABLE t (id int, a text); INSERT INTO t SELECT id, a FROM o; DROP TABLE o;";
        assert!(told(Dialect::Sqlite, before, up, down).is_empty());
    }
}
