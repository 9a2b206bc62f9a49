//! What do the rules on pairs say to SQL? For their tests.

use crate::check::{Code, Style, Subject, check};
use crate::{Dialect, Marks, Schema};

const RULES: [&str; 6] = [
    "leaves_behind",
    "takes_more",
    "would_fail",
    "cannot_run",
    "comes_back_empty",
    "not_restored",
];

/// The findings of the rules on pairs: name and message.
pub(super) fn told(dialect: Dialect, before: &str, up: &str, down: &str) -> Vec<String> {
    let marks = Marks::default();
    let mut schemas = [Schema::empty()];
    let mut run = |up, down: Option<&str>| {
        let subject = Subject {
            up: Code::Sql(up),
            down: down.map(Code::Sql),
            marks: &marks,
            style: Style::Attribute,
        };
        check(&subject, &[dialect], &mut schemas).findings
    };
    run(before, None);
    let findings = run(up, Some(down));
    findings
        .into_iter()
        .filter(|finding| RULES.contains(&finding.rule))
        .map(|finding| format!("{}: {}", finding.rule, finding.message))
        .collect()
}
