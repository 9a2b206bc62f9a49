//! How does a person read the journal?

use std::fmt::{Display, Formatter, Result};

use serde_json::Value;

use super::{Journal, JournalEntry, JournalFlaw};
use crate::text::{counted, visible};

impl Display for Journal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for entry in &self.entries {
            writeln!(f, "{entry}")?;
        }
        write!(f, "{}", self.verdict())
    }
}

impl Journal {
    /// Whether anybody has changed it, as a person reads it.
    #[must_use]
    pub fn verdict(&self) -> String {
        let mut lines: Vec<String> = self.flaws.iter().map(ToString::to_string).collect();
        lines.push(match (self.flaws.is_empty(), self.entries.last()) {
            (true, None) => "The journal is empty.".to_owned(),
            (true, Some(last)) => format!(
                "The journal is whole: {}, the last sealed {}.",
                counted(self.entries.len(), "entry", "entries"),
                last.hash
            ),
            (false, _) => {
                "The journal or the history was changed by hand. Compare it with a backup to learn what was hidden.".to_owned()
            }
        });
        lines.join("\n")
    }
}

impl Display for JournalEntry {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let JournalEntry {
            seq,
            at,
            action,
            actor,
            host,
            environment,
            ..
        } = self;
        let version = self.version.map(|version| format!(" {version}"));
        let version = version.unwrap_or_default();
        let head =
            format!("{seq:>6}  {at}  {action}{version}  by {actor} on {host} ({environment})");
        f.write_str(&visible(&head))?;
        for line in self.details() {
            write!(f, "\n        {}", visible(&line))?;
        }
        Ok(())
    }
}

impl JournalEntry {
    /// What is to be known of it besides, in whole lines.
    fn details(&self) -> Vec<String> {
        let evidence: Value = serde_json::from_str(&self.evidence).unwrap_or_default();
        match self.action.as_str() {
            "consented" => vec![format!(
                "{} agreed to lose {}, in plan {}.",
                text(&evidence["by"]),
                list(&evidence["losing"]),
                self.plan.get(..12).unwrap_or_default()
            )],
            "waived" => vec![format!(
                "{} took question {} upon themselves: {}",
                text(&evidence["by"]),
                number(&evidence["question"]),
                text(&evidence["reason"])
            )],
            "backup" => vec![
                format!(
                    "{} of {} in {}",
                    text(&evidence["what"]),
                    text(&evidence["taken"]),
                    text(&evidence["location"])
                ),
                match evidence["verified"]["by"].as_str() {
                    Some(by) => format!(
                        "verified by {by}: {}",
                        text(&evidence["verified"]["restore"])
                    ),
                    None => "not verified by anybody".to_owned(),
                },
            ],
            "backup_removed" => vec![format!(
                "the copy of {} in {}, which had been kept long enough",
                text(&evidence["taken"]),
                text(&evidence["location"])
            )],
            "applied" | "reverted" | "refused" => decision(&evidence),
            _ => Vec::new(),
        }
    }
}

/// What a decision rested on: what would be lost, each answer that was not clear, and who answered for it.
fn decision(evidence: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    match evidence["begun"].as_str() {
        Some("done") => lines.push(
            "somebody said of the statement that was left in doubt that it was done".to_owned(),
        ),
        Some(_) => lines.push(
            "somebody said of the statement that was left in doubt that it is to be begun again"
                .to_owned(),
        ),
        None => {}
    }
    let losing = &evidence["losing"];
    if losing.as_array().is_some_and(|names| !names.is_empty()) {
        // An entry is about one step; the decision was about them all.
        let steps = evidence["plan"]["steps"].as_array().map_or(0, Vec::len);
        let whole = if steps > 1 { "the whole plan " } else { "" };
        lines.push(format!("{whole}loses {}", list(losing)));
    }
    for answer in evidence["answers"].as_array().into_iter().flatten() {
        let state = text(&answer["state"]);
        let of_state = |one: &&Value| one["state"] == answer["state"];
        let mut found = answer["evidence"].as_array().into_iter().flatten();
        let why = found
            .find(of_state)
            .map_or("nobody answered", |one| text(&one["sentence"]));
        lines.push(match state {
            "clear" => format!("question {}: clear", number(&answer["question"])),
            _ => format!("question {}: {state}. {why}", number(&answer["question"])),
        });
    }
    for waiver in evidence["waivers"].as_array().into_iter().flatten() {
        lines.push(format!(
            "question {} waived by {}: {}",
            number(&waiver["question"]),
            text(&waiver["by"]),
            text(&waiver["reason"])
        ));
    }
    if let Some(by) = evidence["consent"]["by"].as_str() {
        lines.push(format!("{by} consented to the loss"));
    }
    lines
}

/// The number of the question of that name.
fn number(question: &Value) -> String {
    match serde_json::from_value::<crate::Question>(question.clone()) {
        Ok(question) => question.number().to_string(),
        Err(_) => text(question).to_owned(),
    }
}

fn list(names: &Value) -> String {
    let names = names.as_array().into_iter().flatten().map(text);
    names.collect::<Vec<&str>>().join(", ")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Display for JournalFlaw {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            JournalFlaw::Altered { seq } => write!(f, "Entry {seq} was altered."),
            JournalFlaw::Broken { seq } => write!(
                f,
                "Entry {seq} does not follow from the one before: entries are gone, or it was put in."
            ),
            JournalFlaw::Cut { last, expected } if last < expected => write!(
                f,
                "The journal ends at entry {last}, and should end at {expected}: entries at its end are gone."
            ),
            JournalFlaw::Cut { last, expected } => write!(
                f,
                "The journal ends at entry {last}, which is not what the head says of its end, {expected}."
            ),
            JournalFlaw::Headless => f.write_str(
                "The row of `_onward_head` is gone, which says where the journal ends: entries at its end may be gone too.",
            ),
            JournalFlaw::Relabelled { stamped } => write!(
                f,
                "`_onward_head` has another label than the database was given: {stamped}. Who may name it otherwise does not make it \
                 milder."
            ),
            JournalFlaw::Disagrees { version } => write!(
                f,
                "The history and the journal disagree on whether {version} is applied."
            ),
            JournalFlaw::Rewritten { version } => write!(
                f,
                "What the history keeps of {version} is not what was written there: its way back, its verdict or its marks were \
                 changed."
            ),
        }
    }
}
