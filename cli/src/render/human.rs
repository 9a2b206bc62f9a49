//! What does a person read?

use onward_analysis::snippet::{Location, draw};
use onward_analysis::{Finding, Severity, Side, Verdict};

use crate::report::{Judged, Report};
use crate::text::counted;

/// Each finding with its SQL, why, and the way out; then one line that sums up.
pub(crate) fn human(report: &Report) -> String {
    let mut text = String::new();
    for (judged, finding) in report.findings() {
        text.push_str(&paragraph(judged, finding));
        text.push('\n');
    }
    text.push_str(&summary(report));
    text
}

fn paragraph(judged: &Judged, finding: &Finding) -> String {
    let mut text = format!(
        "{}[{}]: {}\n",
        finding.severity.name(),
        finding.rule,
        finding.message
    );
    if let Some(position) = judged.position(finding) {
        let file = position.file.path.display().to_string();
        match position.span {
            Some(span) => {
                let at = Location {
                    file,
                    line: position.line,
                    column: position.column,
                };
                text.push_str(&draw(&position.file.text, span, Some(&at)));
                text.push('\n');
            }
            None if position.line > 1 => text.push_str(&format!(" --> {file}:{}\n", position.line)),
            None => text.push_str(&format!(" --> {file}\n")),
        }
    }
    for line in &finding.help {
        text.push_str(&format!(
            "  = help: {}\n",
            line.replace('\n', "\n          ")
        ));
    }
    text
}

fn summary(report: &Report) -> String {
    let directions = |verdict: Verdict| {
        let up = report.verdicts(Side::Up, verdict);
        let down = report.verdicts(Side::Down, verdict);
        format!(
            "{} {} and {}",
            verdict_name(verdict),
            counted(up, "up"),
            counted(down, "down")
        )
    };
    let untold = match report.untold() {
        0 => String::new(),
        count => format!(" ({count} of them for a type that nothing tells)"),
    };
    format!(
        "{}, {} ({}): {}; {}{untold}; {}, {}, {}.\n",
        counted(report.count_of_migrations(), "migration"),
        counted(report.statements(), "statement"),
        report.dialect,
        directions(Verdict::Lossy),
        directions(Verdict::Unknown),
        counted(report.count(Severity::Error), "error"),
        counted(report.count(Severity::Warning), "warning"),
        counted(report.count(Severity::Note), "note"),
    )
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Lossless => "lossless",
        Verdict::Lossy => "lossy",
        Verdict::Unknown => "unknown",
    }
}
