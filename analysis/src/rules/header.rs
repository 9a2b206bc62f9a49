//! Can the marks at the head of the file be read?
//!
//! ## What it catches
//! A line `-- onward: …` with an unknown key, a reason that is empty or not quoted, an environment that nobody knows, or a
//! place below the first statement.
//!
//! ## Why it hurts
//! A mark that is not read admits nothing.
//!
//! ## Example
//! ```sql
//! -- up
//! -- onward: transacton = false
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! DROP INDEX users_by_name;
//! ```
//!
//! ## Write instead
//! ```sql
//! -- up
//! -- onward: transaction = false
//! CREATE INDEX users_by_name ON users (name);
//! -- down
//! DROP INDEX users_by_name;
//! ```

use super::{Answer, Judged, Rule};
use crate::check::{Code, Style};
use crate::{Finding, Side, header};

pub(super) const RULE: Rule = Rule {
    name: "header",
    source: include_str!("header.rs"),
    answer: Answer::Only("a mark that can be read"),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    // In an attribute the macro reads them.
    if judged.subject.style == Style::Attribute {
        return Vec::new();
    }
    let sides = [
        (Side::Up, Some(judged.subject.up)),
        (Side::Down, judged.subject.down),
    ];
    let mistakes = sides.into_iter().flat_map(|(side, code)| {
        let mistakes = match code {
            Some(Code::Sql(sql)) => header::read(sql).1,
            _ => Vec::new(),
        };
        mistakes.into_iter().map(move |mistake| (side, mistake))
    });
    mistakes
        .map(|(side, mistake)| RULE.finding(side, Some(mistake.span), mistake.message, Vec::new()))
        .collect()
}

/// A finding of this rule: a header names the environment `name`, and there are only `known` ones.
#[must_use]
pub fn unknown_environment(name: &str, known: &[&str]) -> Finding {
    let help = format!(
        "there are {}; name others in onward.toml: `[environments]`, `{name} = \"staging\"`",
        known.join(", ")
    );
    let message = format!("there is no environment `{name}`");
    RULE.finding(Side::Up, None, message, vec![help])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Subject, check};
    use crate::{Dialect, Marks, Schema};

    #[test]
    fn each_mistake_of_both_files_is_pointed_at() {
        let subject = Subject {
            up: Code::Sql("-- onward: lossi\nCREATE INDEX i ON t (a);"),
            down: Some(Code::Sql("DROP INDEX i;\n-- onward: destructive")),
            marks: &Marks::default(),
            style: Style::Header,
        };
        let checked = check(&subject, &[Dialect::Sqlite], &mut [Schema::unknown()]);
        let told: Vec<_> = checked
            .findings
            .iter()
            .filter(|finding| finding.rule == RULE.name)
            .map(|finding| (finding.side, finding.span.map(|span| span.start)))
            .collect();
        assert_eq!(told, [(Side::Up, Some(11)), (Side::Down, Some(14))]);
        let attribute = Subject {
            style: Style::Attribute,
            ..subject
        };
        let checked = check(&attribute, &[Dialect::Sqlite], &mut [Schema::unknown()]);
        assert!(
            checked
                .findings
                .iter()
                .all(|finding| finding.rule != RULE.name)
        );
    }
}
