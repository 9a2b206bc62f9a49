//! What is written of what runs, and in which statements?

use std::time::SystemTime;

use onward_analysis::{Dialect, Digest, Record};

use super::{Runner, stale_or, undo};
use crate::history::{Action, Entry, HistoryError, State, Tail, records};
use crate::session::Session;
use crate::{Direction, Environment, Result, Step};

/// What is written of a step, in the transaction that does it.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    /// The statements.
    pub(super) sql: Vec<String>,
    /// The journal's end afterwards.
    pub(super) tail: Tail,
}

impl Notes {
    /// The statements as one script, with a terminator.
    pub(super) fn script(&self) -> String {
        self.sql.iter().map(|sql| format!("{sql};\n")).collect()
    }
}

impl Runner<'_> {
    /// Creates the tables and stamps the label; false where somebody else did so at this moment, which does no harm.
    pub(crate) async fn found(
        &self,
        session: &mut dyn Session,
        environment: &Environment,
    ) -> Result<bool> {
        let entry = Entry {
            action: Action::Stamped,
            version: None,
            plan: "",
            evidence: &format!("{{\"tier\":\"{}\"}}", environment.tier()),
        };
        let (append, _) = entry.append(&self.tables, &Tail::default(), &self.author);
        let stamp = self.tables.stamp(environment);
        let create = self.tables.create();
        self.begin(session).await?;
        // On MySQL each of these commits by itself; the entry and the stamp are one transaction everywhere.
        let created = session.execute(&create).await;
        if session.dialect() == Dialect::MySql && created.is_ok() {
            undo(session).await;
            self.begin(session).await?;
        }
        let founded = match created {
            Ok(_) => session.execute(&format!("{stamp};\n{append}")).await,
            Err(error) => Err(error),
        };
        if let Err(error) = founded {
            undo(session).await;
            return stale_or(error);
        }
        self.commit(session).await?;
        Ok(true)
    }

    /// Replaces what is stored of an applied migration whose way back was changed; false where somebody was faster.
    pub(crate) async fn replace_down(
        &self,
        session: &mut dyn Session,
        record: &Record,
        state: &mut State,
    ) -> Result<bool> {
        let text = json(record)?;
        let entry = Entry {
            action: Action::DownReplaced,
            version: Some(record.version),
            plan: "",
            evidence: &records::sealing("", &text),
        };
        let (append, tail) = entry.append(&self.tables, &state.tail, &self.author);
        let sql = format!(
            "{append}; UPDATE {} SET digest = '{}', record = {} WHERE version = {}; {}",
            self.tables.history(),
            record.digest(),
            self.tables.literal(&text),
            record.version,
            self.tables.set_head(None),
        );
        self.begin(session).await?;
        if let Err(error) = session.execute(&sql).await {
            undo(session).await;
            return stale_or(error);
        }
        self.commit(session).await?;
        state.replaced(record, tail);
        Ok(true)
    }

    /// What is written of `step`.
    pub(super) fn notes(
        &self,
        step: &Step,
        state: &State,
        complete: Option<Digest>,
        evidence: &str,
    ) -> Result<Notes> {
        let now = self.author.clock.now();
        let text = json(step.record())?;
        let (action, evidence) = match step.direction() {
            Direction::Up => (Action::Applied, records::sealing(evidence, &text)),
            Direction::Down => (Action::Reverted, evidence.to_owned()),
        };
        let entry = Entry {
            action,
            version: Some(step.version()),
            plan: &self.plan,
            evidence: &evidence,
        };
        let (append, tail) = entry.insert(&self.tables, &state.tail, &self.author, now);
        let row = match step.direction() {
            Direction::Up => self.insert(step.record(), &text, now),
            Direction::Down => format!(
                "DELETE FROM {} WHERE version = {}",
                self.tables.history(),
                step.version()
            ),
        };
        let head = match state.head_is_cleared && complete.is_none() {
            true => self.tables.end_at(&tail),
            false => self.tables.set_head_and_end(complete, &tail),
        };
        let mut sql = vec![append, row, head];
        if let Some(backend) = self.backend {
            // A division by zero where a pooler has put another server process under this connection.
            sql.insert(
                0,
                format!("SELECT 1 / (pg_catalog.pg_backend_pid() = {backend})::int"),
            );
        }
        Ok(Notes { sql, tail })
    }

    fn insert(&self, record: &Record, stored: &str, now: SystemTime) -> String {
        let text = |text: &str| self.tables.literal(text);
        format!(
            "INSERT INTO {} (version, catalog, name, up_hash, digest, at, record) VALUES ({}, {}, {}, {}, '{}', '{}', {})",
            self.tables.history(),
            record.version,
            text(&record.catalog),
            text(&record.name),
            text(&record.up.hash),
            record.digest(),
            humantime::format_rfc3339_millis(now),
            text(stored),
        )
    }
}

/// The migration as the history keeps it.
fn json(record: &Record) -> Result<String> {
    serde_json::to_string(record).map_err(|error| {
        HistoryError::Garbled {
            what: format!("version {} cannot be stored ({error})", record.version),
        }
        .into()
    })
}
