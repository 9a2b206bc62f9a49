//! Does the up say what it does?
//!
//! ## What it catches
//! An up without a statement: it is empty, or holds only comments. In a folder, where other tools leave such files, it is a
//! warning.
//!
//! ## Why it hurts
//! It runs without an error, and the history says "applied". Whoever fills it in afterwards has edited a migration that
//! ran: nothing runs it again.
//!
//! ## Example
//! ```sql
//! -- up
//! -- Support wants to call people back.
//! -- down
//! -- Nothing yet.
//! ```
//!
//! ## Write instead
//! ```sql
//! -- up
//! -- Support wants to call people back.
//! ALTER TABLE users ADD COLUMN phone_number varchar(20);
//! -- down
//! -- onward: destructive
//! ALTER TABLE users DROP COLUMN phone_number;
//! ```

use super::{Answer, Judged, Rule};
use crate::check::Style;
use crate::{Analysis, Finding, Level, Severity, Side};

pub(super) const RULE: Rule = Rule {
    name: "empty_up",
    source: include_str!("empty_up.rs"),
    answer: Answer::Allow(Level::Deny),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let is_empty = |up: &Analysis| up.statements.is_empty() && up.unknowns.is_empty();
    let has_none = judged.up.iter().all(is_empty);
    if judged.up.is_empty() || judged.up_acts || !has_none {
        return Vec::new();
    }
    let message = "the up has no statement: it would be noted as applied, and nothing done";
    let write = match judged.subject.style {
        Style::Attribute => "write what it does, such as `up = \"CREATE TABLE …\"`",
        Style::Header => "write what it does into the up's file",
    };
    let found = RULE.finding(
        Side::Up,
        None,
        message.to_owned(),
        vec![format!("{write}, or remove the migration")],
    );
    vec![match judged.subject.style {
        Style::Attribute => found,
        Style::Header => Finding {
            severity: Severity::Warning,
            ..found
        },
    }]
}

#[cfg(test)]
mod tests {
    use crate::check::Style;
    use crate::rules::testing::Case;

    #[test]
    fn an_up_without_a_statement_does_nothing() {
        let case = Case::new().up_is_empty().down_does_nothing();
        assert_eq!(
            case.told(),
            "empty_up: the up has no statement: it would be noted as applied, and nothing done\n\
             \x20 write what it does, such as `up = \"CREATE TABLE …\"`, or remove the migration\n\
             \x20 if it is to stay as it is, say why with `allow(empty_up = \"why\")`\n"
        );
        assert!(case.style(Style::Header).told().contains("the up's file"));
        assert_eq!(Case::new().up_does_nothing().down_does_nothing().told(), "");
    }
}
