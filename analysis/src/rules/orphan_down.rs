//! Does each down have its up?
//!
//! ## What it catches
//! A down's file in a folder in which no up has its version. It is the only thing that is said of that file.
//!
//! ## Why it hurts
//! Nothing ever runs it. Mostly the up was renamed, renumbered or misspelt, and the migration that has no way back is
//! elsewhere.
//!
//! ## Example
//! ```sql
//! -- down
//! DROP INDEX users_by_name;
//! ```
//!
//! ## Write instead
//! Give both files one version, or remove the down.
//! ```sql
//! -- up
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! DROP INDEX users_by_name;
//! ```

use super::{Answer, Judged, Rule};
use crate::check::Code;
use crate::{Finding, Level, Side};

pub(super) const RULE: Rule = Rule {
    name: "orphan_down",
    source: include_str!("orphan_down.rs"),
    answer: Answer::Allow(Level::Warn),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    match judged.subject.up {
        Code::Missing => vec![RULE.finding(
            Side::Down,
            None,
            "this down has no up, so nothing ever runs it".to_owned(),
            vec!["give it the version of its up, or remove it".to_owned()],
        )],
        Code::Sql(_) | Code::Rust => Vec::new(),
    }
}
