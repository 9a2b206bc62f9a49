//! What do scripts read? The machine interface, format 1.
//!
//! Places are those of whole statements, which stay where they are however finely a rule points.

use onward_analysis::{Age, Analysis, Side, Verdict};
use serde::Serialize;

use crate::Failure;
use crate::position::Position;
use crate::report::{Judged, Report};
use crate::source::File;

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    dialect: &'static str,
    migrations: Vec<Migration<'a>>,
}

#[derive(Serialize)]
struct Migration<'a> {
    version: String,
    name: &'a str,
    up: Option<Direction<'a>>,
    down: Option<Direction<'a>>,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Direction<'a> {
    verdict: Verdict,
    losses: Vec<Loss<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknowns: Vec<Unknown<'a>>,
}

#[derive(Serialize)]
struct Unknown<'a> {
    /// `type_before` where nothing is missing but the type that a column had; else `not_understood`.
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    reason: &'a str,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Loss<'a> {
    object: String,
    kind: &'static str,
    age: Age,
    file: &'a str,
    line: u32,
    column: u32,
    statement: &'a str,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'static str,
    severity: &'static str,
    file: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
    help: String,
}

/// The report as one line of JSON.
pub(crate) fn json(report: &Report) -> Result<String, Failure> {
    let document = Document {
        format: 1,
        dialect: report.dialect.name(),
        migrations: report.migrations.iter().map(migration).collect(),
    };
    serde_json::to_string(&document)
        .map(|text| text + "\n")
        .map_err(|e| Failure(format!("the report cannot be written as JSON: {e}")))
}

fn migration(judged: &Judged) -> Migration<'_> {
    let side = |side| {
        judged
            .source
            .file(side)
            .zip(judged.analysis(side))
            .map(|(file, analysis)| direction(file, analysis))
    };
    Migration {
        version: judged.source.version.to_string(),
        name: &judged.source.name,
        up: side(Side::Up),
        down: side(Side::Down),
        findings: judged
            .findings
            .iter()
            .filter_map(|finding| {
                let position = judged
                    .position(finding)?
                    .of_statement(judged.analysis(finding.side));
                Some(Finding {
                    rule: finding.rule,
                    severity: finding.severity.name(),
                    file: &position.file.label,
                    line: position.line,
                    column: position.column,
                    message: &finding.message,
                    help: finding.help.join("\n"),
                })
            })
            .collect(),
    }
}

fn direction<'a>(file: &'a File, analysis: &'a Analysis) -> Direction<'a> {
    let losses = analysis.losses.iter().map(|loss| {
        let position = Position::new(file, Some(loss.span)).of_statement(Some(analysis));
        Loss {
            object: loss.object.to_string(),
            kind: loss.kind.name(),
            age: loss.age,
            file: &file.label,
            line: position.line,
            column: position.column,
            statement: position.text(),
        }
    });
    let unknowns = analysis.unknowns.iter().map(|unknown| {
        let position = Position::new(file, Some(unknown.span)).of_statement(Some(analysis));
        Unknown {
            kind: match unknown.type_before {
                Some(_) => "type_before",
                None => "not_understood",
            },
            object: unknown.type_before.as_ref().map(ToString::to_string),
            reason: &unknown.reason,
            line: position.line,
            column: position.column,
        }
    });
    Direction {
        verdict: analysis.verdict,
        losses: losses.collect(),
        unknowns: unknowns.collect(),
    }
}
