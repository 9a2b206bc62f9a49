//! What is wrong with a migration, and what should be written instead?

use std::collections::BTreeMap;

use crate::rules::{CANNOT_RUN, HEADER};
use crate::{Level, Span};

/// One rule hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's stable name, such as `unmarked_destructive_down`.
    pub rule: &'static str,
    /// Whether it refuses to compile.
    pub severity: Severity,
    /// Which direction it is about.
    pub side: Side,
    /// The part of that direction's SQL to point at; none where it is about the migration as a whole.
    pub span: Option<Span>,
    /// The mark, or the rule of an `allow`, that it is about, where it is about one that is written.
    pub about: Option<&'static str>,
    /// A whole sentence that stands alone: what is wrong, naming the object.
    pub message: String,
    /// What to write instead; each line stands alone, code between backticks.
    pub help: Vec<String>,
}

impl Finding {
    /// The finding as strict as [`Config::rules`](crate::Config::rules) want it; none where they do not want it.
    #[must_use]
    pub fn at(mut self, rules: &BTreeMap<String, Level>) -> Option<Finding> {
        if let Some(level) = rules.get(self.rule) {
            self.severity = Severity::of(*level)?;
        }
        Some(self)
    }
}

/// The findings as strict as [`Config::rules`](crate::Config::rules) want them. Of a direction that cannot run only that is told,
/// and nothing of a down whose up cannot: what it would do besides is not known until it can.
#[must_use]
pub fn at_levels(findings: Vec<Finding>, rules: &BTreeMap<String, Level>) -> Vec<Finding> {
    let findings = findings.into_iter();
    let mut findings: Vec<Finding> = findings.filter_map(|one| one.at(rules)).collect();
    let stops = |one: &Finding, side| {
        (one.rule, one.severity, one.side) == (CANNOT_RUN, Severity::Error, side)
    };
    let is_stopped = |side| findings.iter().any(|one| stops(one, side));
    let stopped = match (is_stopped(Side::Up), is_stopped(Side::Down)) {
        (true, _) => Side::Up,
        (false, true) => Side::Down,
        (false, false) => return findings,
    };
    findings.retain(|one| {
        let is_of_mark = one.about.is_some() || one.rule == HEADER;
        is_of_mark || stops(one, stopped) || (one.side, stopped) == (Side::Up, Side::Down)
    });
    findings
}

/// How bad it is. An error loses data or breaks the down; nothing else is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the levels of the machine interface"
)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Likely to hurt.
    Warning,
    /// Does not compile; `cargo onward check` exits 1.
    Error,
}

impl Severity {
    /// What a rule of `level` reports; none where it reports nothing.
    #[must_use]
    pub fn of(level: Level) -> Option<Severity> {
        match level {
            Level::Allow => None,
            Level::Note => Some(Severity::Note),
            Level::Warn => Some(Severity::Warning),
            Level::Deny => Some(Severity::Error),
        }
    }

    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A direction of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are two ways to go")]
pub enum Side {
    /// Forward.
    Up,
    /// Backward.
    Down,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Code, Style, Subject, check};
    use crate::{Dialect, Marks, Reason, Schema};

    /// The rules that are heard of `up` and `down` where a table `t` with the column `name` stands.
    fn heard(up: &str, down: &str, marks: &Marks, levels: &[(&str, Level)]) -> Vec<&'static str> {
        let subject = |up, down, marks| Subject {
            up: Code::Sql(up),
            down,
            marks,
            style: Style::Attribute,
        };
        let mut schema = [Schema::empty()];
        let none = Marks::default();
        let before = subject("CREATE TABLE t (id int, name text)", None, &none);
        let _ = check(&before, &[Dialect::Postgres], &mut schema);
        let own = subject(up, Some(Code::Sql(down)), marks);
        let findings = check(&own, &[Dialect::Postgres], &mut schema).findings;
        let levels = levels
            .iter()
            .map(|(rule, level)| ((*rule).to_owned(), *level));
        let heard = at_levels(findings, &levels.collect());
        heard.into_iter().map(|one| one.rule).collect()
    }

    const UP: &str = "ALTER TABLE t ADD COLUMN fax text";
    /// Another loss stands behind what fails.
    const DOWN: &str = "ALTER TABLE t DROP COLUMN fx; DROP TABLE t";

    #[test]
    fn of_a_direction_that_cannot_run_only_that_is_told() {
        let unmarked = Marks::default();
        assert_eq!(heard(UP, DOWN, &unmarked, &[]), ["cannot_run"]);
        let marked = Marks {
            destructive: Some(Reason(None)),
            ..Marks::default()
        };
        let nothing_else = "ALTER TABLE t DROP COLUMN fx";
        assert_eq!(heard(UP, nothing_else, &marked, &[]), ["cannot_run"]);
        let up = "ALTER TABLE t DROP COLUMN nam";
        assert_eq!(heard(up, DOWN, &marked, &[]), ["cannot_run"]);
    }

    #[test]
    fn what_is_lost_is_told_where_it_need_not_run() {
        let lowered = [("cannot_run", Level::Warn)];
        let heard = heard(UP, DOWN, &Marks::default(), &lowered);
        assert_eq!(heard[0], "unmarked_destructive_down");
        assert!(heard.contains(&"cannot_run"));
    }
}
