//! What do the rules on pairs say to SQL? For their tests.

use crate::check::{Code, Style, Subject, check};
use crate::{Dialect, Finding, Marks, Schema};

const RULES: [&str; 6] = [
    "leaves_behind",
    "takes_more",
    "would_fail",
    "cannot_run",
    "comes_back_empty",
    "not_restored",
];

/// The findings of the rules on pairs: name and message.
pub(crate) fn told(dialect: Dialect, before: &str, up: &str, down: &str) -> Vec<String> {
    found(&[dialect], before, up, down)
        .into_iter()
        .map(|finding| format!("{}: {}", finding.rule, finding.message))
        .collect()
}

/// The findings of the rules on pairs, in several dialects at once.
pub(crate) fn found(dialects: &[Dialect], before: &str, up: &str, down: &str) -> Vec<Finding> {
    let mut findings = all(dialects, before, up, down);
    findings.retain(|finding| RULES.contains(&finding.rule));
    findings
}

/// The rules of all findings.
pub(crate) fn rules(dialect: Dialect, before: &str, up: &str, down: &str) -> Vec<&'static str> {
    let findings = all(&[dialect], before, up, down);
    findings.iter().map(|finding| finding.rule).collect()
}

pub(crate) fn all(dialects: &[Dialect], before: &str, up: &str, down: &str) -> Vec<Finding> {
    let marks = Marks::default();
    let mut schemas = vec![Schema::empty(); dialects.len()];
    let mut run = |up, down: Option<&str>| {
        let subject = Subject {
            up: Code::Sql(up),
            down: down.map(Code::Sql),
            marks: &marks,
            style: Style::Attribute,
        };
        check(&subject, dialects, &mut schemas).findings
    };
    run(before, None);
    run(up, Some(down))
}

/// Why a direction cannot run, as it is told.
pub(crate) fn fails(dialect: Dialect, before: &str, up: &str, down: &str) -> Vec<String> {
    let mut findings = found(&[dialect], before, up, down);
    findings.retain(|finding| finding.rule == "cannot_run");
    findings
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}
