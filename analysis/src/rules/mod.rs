//! Which findings can a migration have?
//!
//! A rule is one file here and one line in [`RULES`]. Its leading comment says what it catches, why that hurts, and gives
//! an example that is tested; `cargo onward explain` prints it.

mod cannot_run;
mod comes_back_empty;
mod destructive_reason_missing;
mod empty_down;
mod irreversible_with_down;
mod leaves_behind;
mod marks;
mod missing_down;
mod not_restored;
mod stale_mark;
mod takes_more;
mod unknown_down;
mod unknown_up;
mod unmarked_destructive_down;
mod unmarked_lossy_up;
mod weight;
mod would_fail;

#[cfg(test)]
mod pairs;
#[cfg(test)]
mod testing;

use crate::check::{Code, Style, Subject};
use crate::judge::pair::Fact;
use crate::{Analysis, Finding, Severity, Side, Span};
pub(crate) use marks::called_for;
use weight::Weight;

/// One kind of finding.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its stable name.
    pub name: &'static str,
    /// Its source, which begins with its documentation.
    source: &'static str,
    check: fn(&Judged<'_>) -> Vec<Finding>,
}

/// Every rule, those on the marks first, in the order in which findings are reported.
pub const RULES: [Rule; 15] = [
    unmarked_destructive_down::RULE,
    destructive_reason_missing::RULE,
    unknown_down::RULE,
    missing_down::RULE,
    empty_down::RULE,
    irreversible_with_down::RULE,
    unmarked_lossy_up::RULE,
    unknown_up::RULE,
    stale_mark::RULE,
    takes_more::RULE,
    leaves_behind::RULE,
    cannot_run::RULE,
    would_fail::RULE,
    comes_back_empty::RULE,
    not_restored::RULE,
];

impl Rule {
    /// The rule of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Rule> {
        RULES.into_iter().find(|rule| rule.name == name)
    }

    /// What it catches, why it hurts, an example, and what to write instead; Markdown.
    #[must_use]
    pub fn explanation(&self) -> String {
        self.source
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .fold(String::new(), |text, line| text + line + "\n")
    }
}

/// A migration and what was found out about it: all that a rule looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) subject: &'a Subject<'a>,
    /// One analysis for each dialect; none for Rust.
    pub(crate) up: &'a [Analysis],
    pub(crate) down: &'a [Analysis],
    /// Whether the up does anything at all.
    pub(crate) up_acts: bool,
    /// Whether the down does anything at all; false where there is none.
    pub(crate) down_acts: bool,
    /// What the pair's two directions say about each other.
    pub(crate) facts: &'a [Fact],
    /// The down that would undo the up, where it can be worked out.
    pub(crate) inverse: Option<Inverse<'a>>,
}

/// A down that was worked out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inverse<'a> {
    pub(crate) sql: &'a str,
    /// Whether it loses data, so that it needs `destructive`.
    pub(crate) is_lossy: bool,
}

/// Holds a migration against every rule.
pub(crate) fn findings(judged: &Judged<'_>) -> Vec<Finding> {
    RULES.iter().flat_map(|rule| (rule.check)(judged)).collect()
}

impl<'a> Judged<'a> {
    fn up_weight(&self) -> Weight<'a> {
        Weight::of(self.subject.up, self.up)
    }

    /// What the down weighs; none where there is none.
    fn down_weight(&self) -> Option<Weight<'a>> {
        let down = self.subject.down?;
        Some(Weight::of(down, self.down))
    }

    /// How a mark about `side` is written here, as a clause's object.
    fn written(&self, side: Side, mark: &str) -> String {
        match (self.subject.style, side) {
            (Style::Attribute, _) => format!("`{mark}`"),
            (Style::Header, Side::Up) => {
                format!("`-- onward: {mark}` at the head of the up's file")
            }
            (Style::Header, Side::Down) => {
                format!("`-- onward: {mark}` at the head of the down's file")
            }
        }
    }

    /// The way out for a down that should not be there.
    fn give_up_the_down(&self) -> String {
        let irreversible = self.written(Side::Up, "irreversible = \"why\"");
        match self.subject.style {
            Style::Attribute => {
                format!("or have no way back: remove the down and write {irreversible}")
            }
            Style::Header => {
                format!("or have no way back: remove the down's file and write {irreversible}")
            }
        }
    }
}

/// A finding that refuses to compile.
fn error(
    rule: Rule,
    side: Side,
    span: Option<Span>,
    message: String,
    help: Vec<String>,
) -> Vec<Finding> {
    vec![Finding {
        rule: rule.name,
        severity: Severity::Error,
        side,
        span,
        message,
        help,
    }]
}

/// A finding that is likely to hurt.
fn warning(
    rule: Rule,
    side: Side,
    span: Option<Span>,
    message: String,
    help: Vec<String>,
) -> Finding {
    Finding {
        rule: rule.name,
        severity: Severity::Warning,
        side,
        span,
        message,
        help,
    }
}

/// A finding that is good to know.
fn note(rule: Rule, side: Side, span: Option<Span>, message: String, help: Vec<String>) -> Finding {
    Finding {
        severity: Severity::Note,
        ..warning(rule, side, span, message, help)
    }
}

/// Whether `code` is Rust, which no analysis can follow.
fn is_rust(code: Code<'_>) -> bool {
    matches!(code, Code::Rust)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_documented_in_one_form() {
        for rule in RULES {
            let text = rule.explanation();
            let mut at = 0;
            for heading in [
                "## What it catches",
                "## Why it hurts",
                "## Example",
                "## Write instead",
            ] {
                let next = text[at..].find(heading);
                assert!(
                    next.is_some(),
                    "{}: `{heading}` is missing or out of order",
                    rule.name
                );
                at += next.unwrap_or(0);
            }
            assert!(
                text.lines().next().is_some_and(|line| line.ends_with('?')),
                "{}",
                rule.name
            );
        }
    }

    #[test]
    fn every_example_is_caught_and_what_to_write_instead_is_not() {
        for rule in RULES {
            let text = rule.explanation();
            let examples = testing::examples(&text);
            let [bad, good] = examples.as_slice() else {
                panic!("{}: {} examples", rule.name, examples.len());
            };
            let (bad, good) = (bad.findings(), good.findings());
            assert!(
                bad.iter().any(|finding| finding.rule == rule.name),
                "{}'s example: {bad:?}",
                rule.name
            );
            let others = bad.iter().filter(|finding| finding.rule != rule.name);
            for finding in others.chain(&good) {
                assert!(
                    finding.severity < Severity::Error && finding.rule != rule.name,
                    "{}: {finding:?}",
                    rule.name
                );
            }
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for rule in RULES {
            assert_eq!(
                RULES.iter().filter(|other| other.name == rule.name).count(),
                1
            );
            assert_eq!(
                Rule::named(rule.name).map(|rule| rule.name),
                Some(rule.name)
            );
        }
        assert!(Rule::named("unheard_of").is_none());
    }
}
