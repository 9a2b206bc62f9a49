//! What does the analysis say of a migration, and how is that told at compile time?

use std::panic::{AssertUnwindSafe, catch_unwind};

use onward_analysis::check::{Checked, Subject, check};
use onward_analysis::{Finding, Marks, Schema, Severity, Side, snippet};
use proc_macro2::Span;

use crate::errors::Errors;
use crate::source::Sql;
use crate::valid::{Direction, Migration};

/// Checks `migration` on what its predecessors built, and reports every finding that refuses to compile.
pub(crate) fn judge(
    migration: &Migration,
    schemas: &mut [Schema],
    errors: &mut Errors,
) -> Option<Checked> {
    let subject = Subject {
        up: migration.up.code(),
        down: migration.down.as_ref().map(Direction::code),
        marks: &migration.marks,
        style: migration.style,
    };
    // A defect of the analysis must not look like one of the compiler.
    let checked = catch_unwind(AssertUnwindSafe(|| {
        check(&subject, &migration.dialects, schemas)
    }));
    let Ok(checked) = checked else {
        errors.push(migration.span, FAILED);
        return None;
    };
    let mut stale = stale_marks(&migration.marks, &checked.marks).into_iter();
    for finding in &checked.findings {
        let mark = match finding.rule {
            "stale_mark" => stale.next(),
            _ => None,
        };
        // A mark that is only meant, being misspelt, is reported as that.
        let only_meant = mark.is_some_and(|mark| !migration.writes(mark));
        if finding.severity == Severity::Error && !only_meant {
            let span = mark.map(|mark| migration.key(mark));
            report(finding, migration, span, errors);
        }
    }
    Some(checked)
}

const FAILED: &str = "Onward failed while it judged this migration, which is a defect of Onward\n\
     help: please report the migration's SQL at https://github.com/onward-rs/onward/issues";

fn report(finding: &Finding, migration: &Migration, span: Option<Span>, errors: &mut Errors) {
    let direction = match finding.side {
        Side::Up => Some(&migration.up),
        Side::Down => migration.down.as_ref(),
    };
    let sql = direction.and_then(Direction::sql);
    let span = span.unwrap_or_else(|| match (sql, finding.side) {
        (Some(sql), _) => sql.span,
        (None, Side::Up) => migration.key("up"),
        (None, Side::Down) => migration.key("down"),
    });
    errors.push(span, told(finding, sql));
}

/// A finding as the compiler prints it: the sentence, the place in the SQL, what to write.
fn told(finding: &Finding, sql: Option<&Sql>) -> String {
    let mut message = finding.message.clone();
    if let (Some(span), Some(sql)) = (finding.span, sql) {
        let at = sql.location(span.start as usize);
        message.push('\n');
        message.push_str(&snippet::draw(&sql.text, span, at.as_ref()));
    }
    for help in &finding.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    message
}

/// The marks that stand and are not called for, in the order of their findings.
fn stale_marks(standing: &Marks, called_for: &Marks) -> Vec<&'static str> {
    let marks = [
        (
            "destructive",
            standing.destructive.is_some(),
            called_for.destructive.is_some(),
        ),
        (
            "lossy",
            standing.lossy.is_some(),
            called_for.lossy.is_some(),
        ),
        (
            "assert_lossless",
            standing.assert_lossless.is_some(),
            called_for.assert_lossless.is_some(),
        ),
    ];
    marks
        .into_iter()
        .filter(|(_, stands, called_for)| *stands && !called_for)
        .map(|(mark, ..)| mark)
        .collect()
}
