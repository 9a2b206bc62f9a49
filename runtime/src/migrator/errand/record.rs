//! How is what was decided written down, beside what was done?

use std::time::Duration;

use onward_analysis::Version;
use serde::Serialize;

use super::Errand;
use crate::history::{Action, Author, Entry, State, Tables, Tail};
use crate::lock::{Patience, is_busy};
use crate::session::Session;
use crate::{Backup, BackupError, Decision, Error, Result};

/// Something to be written down.
struct Note {
    action: Action,
    version: Option<Version>,
    evidence: String,
}

impl Errand<'_> {
    /// Writes down that the gate did not open. Where that cannot be, the decision says so: a role that may only read is told of
    /// a refusal like any other.
    pub(super) async fn refused(&mut self, mut refused: Error) -> Error {
        let Error::Refused(decision) = &mut refused else {
            return refused;
        };
        if self.look.head.is_none() {
            return refused;
        }
        let note = Note {
            action: Action::Refused,
            version: decision.plan.steps.last().map(|step| step.version),
            evidence: json(decision),
        };
        let plan = decision.plan.hash.as_str();
        if let Err(error) = self.write_down(plan, &[note]).await {
            let why = error.to_string();
            decision.unrecorded = why.lines().next().map(str::to_owned);
        }
        refused
    }

    /// Writes down by whose word the gate opens, before anything runs on it.
    pub(super) async fn opened(&mut self, decision: &Decision, state: &mut State) -> Result<()> {
        let consent = decision.consent.iter().map(|consent| Note {
            action: Action::Consented,
            version: None,
            evidence: json(consent),
        });
        let waived = decision.waivers.iter().map(|waiver| Note {
            action: Action::Waived,
            version: None,
            evidence: json(waiver),
        });
        let notes: Vec<Note> = consent.chain(waived).collect();
        if !notes.is_empty() {
            state.tail = self.write_down(decision.plan.hash.as_str(), &notes).await?;
        }
        Ok(())
    }

    /// Writes down a backup, for question 5; returns the journal's end.
    pub(in crate::migrator) async fn backed_up(&mut self, backup: &Backup) -> Result<Tail> {
        if let Some(flaw) = backup.flaw(self.clock().await?.now()) {
            return Err(flaw.into());
        }
        self.has_journal()?;
        let note = Note {
            action: Action::Backup,
            version: None,
            evidence: json(&backup.redacted()),
        };
        self.write_down("", &[note]).await
    }

    /// Writes down which copies are about to be removed; returns the journal's end.
    pub(super) async fn removing(&mut self, backups: &[&Backup]) -> Result<Tail> {
        let note = |backup: &&Backup| Note {
            action: Action::BackupRemoved,
            version: None,
            evidence: json(backup),
        };
        let notes: Vec<Note> = backups.iter().map(note).collect();
        self.write_down("", &notes).await
    }

    /// Whether there is a journal to write into.
    pub(in crate::migrator) fn has_journal(&self) -> Result<()> {
        match self.look.head {
            Some(_) => Ok(()),
            None => Err(BackupError::NoJournal {
                database: self.look.database.clone(),
            }
            .into()),
        }
    }

    async fn write_down(&mut self, plan: &str, notes: &[Note]) -> Result<Tail> {
        let tables = Tables::find(self.session.as_mut()).await?;
        let clock = self.clock().await?;
        let author = Author::here(self.environment.name(), clock);
        let mut patience = Patience::of(PATIENCE);
        loop {
            let tail = State::tail(self.session.as_mut(), &tables).await?;
            let mut end = tail;
            let mut sql = String::new();
            for note in notes {
                let entry = Entry {
                    action: note.action,
                    version: note.version,
                    plan,
                    evidence: &note.evidence,
                };
                let (append, after) = entry.append(&tables, &end, &author);
                sql.push_str(&append);
                sql.push_str(";\n");
                end = after;
            }
            match in_one(self.session.as_mut(), &sql).await {
                Ok(()) => return Ok(end),
                Err(error) if is_passing(&error) && patience.pause().await => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// How long to try while others write.
const PATIENCE: Duration = Duration::from_secs(5);

async fn in_one(session: &mut dyn Session, sql: &str) -> sqlx::Result<()> {
    session.begin().await?;
    let written = match session.execute(sql).await {
        Ok(_) => session.commit().await,
        Err(error) => Err(error),
    };
    if written.is_err() {
        // That it fails means the connection is gone, and everything with it.
        let _ = session.rollback().await;
    }
    written
}

/// Whether it may succeed the next time: somebody else has appended, or is writing.
fn is_passing(error: &sqlx::Error) -> bool {
    let taken = error
        .as_database_error()
        .is_some_and(|error| error.is_unique_violation());
    taken || is_busy(error)
}

fn json(evidence: &impl Serialize) -> String {
    serde_json::to_string(evidence).unwrap_or_default()
}
