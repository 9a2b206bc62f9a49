//! What does the analysis say of a migration, and how is that told at compile time?

use std::path::Path;

use onward_analysis::check::{Checked, Code, Style, Subject, check};
use onward_analysis::folder::Orphan;
use onward_analysis::{Config, Finding, Severity, Side, at_levels, header, snippet};

use crate::errors::Errors;
use crate::source::Sql;
use crate::valid::{Direction, Migration};

/// Reports every finding on `migration` that `config` wants to refuse to compile; none was `checked` where the analysis
/// failed.
pub(crate) fn judge(
    migration: &Migration,
    checked: Option<Checked>,
    config: &Config,
    errors: &mut Errors,
) -> Option<Checked> {
    let Some(checked) = checked else {
        errors.push(migration.span, FAILED);
        return None;
    };
    for finding in at_levels(checked.findings.clone(), &config.rules) {
        // A mark that is only meant, being misspelt, is reported as that.
        let only_meant = finding.about.is_some_and(|mark| !migration.writes(mark));
        if finding.severity == Severity::Error && !only_meant {
            report(&finding, migration, errors);
        }
    }
    Some(checked)
}

/// Reports a down without an up, where `config` wants to refuse one.
pub(crate) fn judge_orphan(
    orphan: &Orphan,
    config: &Config,
    span: proc_macro2::Span,
    errors: &mut Errors,
) {
    let header = header::read(&orphan.down.text).0;
    let subject = Subject {
        up: Code::Missing,
        down: Some(Code::Sql(&orphan.down.text)),
        marks: &header.marks,
        style: Style::Header,
    };
    // No SQL is judged, so no dialect is needed.
    let findings = check(&subject, &[], &mut []).findings;
    for finding in at_levels(findings, &config.rules) {
        if finding.severity == Severity::Error {
            errors.push(span, told(&finding, None, Some(&orphan.down.path)));
        }
    }
}

const FAILED: &str = "Onward failed while it judged this migration, which is a defect of Onward\n\
     help: please report the migration's SQL at https://github.com/onward-rs/onward/issues";

fn report(finding: &Finding, migration: &Migration, errors: &mut Errors) {
    let direction = match finding.side {
        Side::Up => Some(&migration.up),
        Side::Down => migration.down.as_ref(),
    };
    let sql = direction.and_then(Direction::sql);
    let span = match (finding.about, sql, finding.side) {
        (Some(mark), ..) => migration.key(mark),
        (None, Some(sql), _) => sql.span,
        (None, None, Side::Up) => migration.key("up"),
        (None, None, Side::Down) => migration.key("down"),
    };
    // Of a folder the compiler shows the macro alone: which file it is stands in the message.
    let file = match migration.style {
        Style::Attribute => None,
        Style::Header => sql.or_else(|| migration.up.sql()).and_then(Sql::file),
    };
    errors.push(span, told(finding, sql, file));
}

/// A finding as the compiler prints it: the sentence, the place in the SQL or else the `file`, what to write.
fn told(finding: &Finding, sql: Option<&Sql>, file: Option<&Path>) -> String {
    let mut message = finding.message.clone();
    if let (Some(span), Some(sql)) = (finding.span, sql) {
        let at = sql.location(span.start as usize);
        message.push('\n');
        message.push_str(&snippet::draw(&sql.text, span, at.as_ref()));
    } else if let Some(file) = file {
        message.push_str("\n --> ");
        message.push_str(&crate::project::shown(file));
    }
    for help in &finding.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    message
}
