//! How is it said how a command went?

use std::io::IsTerminal as _;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use super::{Common, Format};
use crate::{Backup, Decision, Error, Event, Journal, RunReport, Status};

/// Where and how to write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    format: Format,
    verbose: bool,
}

/// What a command came to.
#[derive(Debug)]
pub(super) enum Done {
    Status { status: Status, check: bool },
    Plan(Box<Decision>),
    Judged(Box<Decision>),
    Journal { journal: Journal, verify: bool },
    Ran(RunReport),
    BackedUp(Backup),
    Forward(String),
}

impl Output {
    pub(super) fn new(common: &Common) -> Output {
        Output {
            format: common.format,
            verbose: common.verbose,
        }
    }

    /// What is read by a person.
    fn written(self, text: &impl std::fmt::Display) -> String {
        match self.verbose {
            true => format!("{text:#}"),
            false => text.to_string(),
        }
    }

    /// Tells a person at a terminal what is going on; a log hears it from `tracing`, a script when it is over.
    pub(super) fn progress(self, event: &Event) {
        let watched = self.format == Format::Human && std::io::stderr().is_terminal();
        if watched && !matches!(event, Event::Finished { .. }) {
            say(&event.to_string(), std::io::stderr());
        }
    }

    /// Writes what came of it.
    pub(super) fn done(self, done: &Done) -> ExitCode {
        let (kind, text, value, fine) = match done {
            Done::Status { status, check } => {
                let fine = !check || status.is_current();
                ("status", status.to_string(), value(status), fine)
            }
            Done::Plan(decision) => {
                let plan = &decision.plan;
                let text = match plan.steps.is_empty() {
                    true => plan.to_string(),
                    false => format!("{plan}\n{}", decision.in_short()),
                };
                ("plan", text, value(plan), true)
            }
            Done::Journal { journal, verify } => {
                let text = match verify {
                    true => journal.verdict(),
                    false => journal.to_string(),
                };
                ("journal", text, value(journal), journal.flaws.is_empty())
            }
            Done::Forward(migration) => {
                let value = json!({ "migration": migration });
                ("forward", migration.clone(), value, true)
            }
            Done::BackedUp(backup) => ("backup", backup.to_string(), value(backup), true),
            Done::Ran(report) => ("run", report.to_string(), value(report), true),
            Done::Judged(decision) => {
                let said = self.written(decision);
                let text = match decision.runs() {
                    true => format!("{}\n{said}", decision.plan),
                    false => said,
                };
                ("decision", text, value(decision), decision.runs())
            }
        };
        match self.format {
            Format::Human => say(&text, std::io::stdout()),
            Format::Json => say(&document(kind, value), std::io::stdout()),
        }
        if fine {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// Writes why not.
    pub(super) fn failed(self, error: &Error) -> ExitCode {
        match (self.format, error) {
            (Format::Human, error) => say(&self.written(error), std::io::stderr()),
            (Format::Json, Error::Refused(decision)) => {
                say(&document("decision", value(decision)), std::io::stdout());
            }
            (Format::Json, error) => {
                let error = json!({ "message": error.to_string() });
                say(&document("error", error), std::io::stdout());
            }
        }
        ExitCode::FAILURE
    }
}

/// One document: `{"format": 1, "<kind>": {…}}`.
fn document(kind: &str, value: serde_json::Value) -> String {
    json!({ "format": 1, kind: value }).to_string()
}

fn value(report: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(report).unwrap_or_default()
}

/// Writes `text`; a reader that has gone away is no reason to fail.
fn say(text: &str, mut stream: impl std::io::Write + std::io::IsTerminal) {
    let plain = !stream.is_terminal() || std::env::var_os("NO_COLOR").is_some();
    let text = if plain {
        text.to_owned()
    } else {
        coloured(text)
    };
    let _ = writeln!(stream, "{}", text.trim_end());
}

/// The words that a hurried reader looks for.
fn coloured(text: &str) -> String {
    let state = |line: &str| {
        // `1. BLOCKED: Is there …`
        let said = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ' ');
        let word = said.split(':').next().unwrap_or("");
        match word {
            "CLEAR" => Some("32"),
            "UNKNOWN" => Some("33"),
            "BLOCKED" => Some("31"),
            _ => None,
        }
    };
    let colour = |line: &str| match line.starts_with("Refused:") {
        true => Some("1"),
        false => state(line),
    };
    let lines: Vec<String> = text
        .lines()
        .map(|line| match colour(line) {
            Some(code) => format!("\x1b[{code}m{line}\x1b[0m"),
            None => line.to_owned(),
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_only_added() {
        let text = "Refused: no\n     BLOCKED\n  1. CLEAR: so?\n     it holds 3 values";
        assert_eq!(
            coloured(text),
            "\x1b[1mRefused: no\x1b[0m\n\x1b[31m     BLOCKED\x1b[0m\n\x1b[32m  1. CLEAR: so?\x1b[0m\n     it holds 3 values"
        );
    }

    #[test]
    fn a_document_names_its_format() {
        assert_eq!(
            document("error", json!({"message": "no"})),
            r#"{"error":{"message":"no"},"format":1}"#
        );
    }
}
