//! What does the journal say, and has anybody changed it?

use std::collections::BTreeSet;

use onward_analysis::Version;
use serde::Serialize;

use super::seal;
use crate::Result;
use crate::history::{State, Tables};
use crate::session::{Row, Session};

/// The journal: who did what to the database, where, and on which evidence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Journal {
    /// The entries, the oldest first.
    pub entries: Vec<JournalEntry>,
    /// What shows that somebody changed it by hand; empty where nothing does.
    pub flaws: Vec<JournalFlaw>,
}

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its number, from 1.
    pub seq: i64,
    /// When, as RFC 3339 in UTC.
    pub at: String,
    /// What was done: `stamped`, `applied`, `reverted` or `down_replaced`.
    pub action: String,
    /// To which migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// By whom.
    pub actor: String,
    /// On which machine.
    pub host: String,
    /// In which environment.
    pub environment: String,
    /// By which plan: its hash.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub plan: String,
    /// On which evidence: the decision of the gate as JSON, where it had something to decide.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    #[serde(skip)]
    prev: String,
    #[serde(skip)]
    hash: String,
}

/// A sign that the journal is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "flaw", rename_all = "snake_case")]
#[non_exhaustive]
pub enum JournalFlaw {
    /// The entry is not what was sealed.
    Altered {
        /// Its number.
        seq: i64,
    },
    /// Entries before this one are gone, or this one was put in.
    Broken {
        /// The number of the first entry that does not follow from the one before.
        seq: i64,
    },
    /// The history and the journal disagree on whether the migration is applied: entries at the end are gone, or a row
    /// of the history was changed.
    Disagrees {
        /// The migration.
        version: Version,
    },
}

impl Journal {
    /// Reads the journal and holds it against itself and the history.
    pub(crate) async fn read(session: &mut dyn Session, tables: &Tables) -> Result<Journal> {
        let sql = format!(
            "SELECT seq, at, action, version, actor, host, environment, plan, evidence, prev, hash FROM {} ORDER BY seq",
            tables.journal()
        );
        let rows = session.query(&sql, &[]).await?;
        let entries: Vec<JournalEntry> = rows.iter().map(JournalEntry::of).collect();
        let state = State::read(session, tables).await?;
        let applied = state.applied.keys().copied().collect();
        let flaws = flaws(&entries, &applied);
        Ok(Journal { entries, flaws })
    }
}

impl JournalEntry {
    fn of(row: &Row) -> JournalEntry {
        let text = |column| row.text(column).unwrap_or_default().to_owned();
        JournalEntry {
            seq: row.int(0).unwrap_or_default(),
            at: text(1),
            action: text(2),
            version: row.int(3).map(Version::new),
            actor: text(4),
            host: text(5),
            environment: text(6),
            plan: text(7),
            evidence: text(8),
            prev: text(9),
            hash: text(10),
        }
    }

    fn seal(&self) -> String {
        let version = self.version.map_or_else(String::new, |v| v.to_string());
        seal(&[
            &self.seq.to_string(),
            &self.at,
            &self.action,
            &version,
            &self.actor,
            &self.host,
            &self.environment,
            &self.plan,
            &self.evidence,
            &self.prev,
        ])
    }
}

fn flaws(entries: &[JournalEntry], history: &BTreeSet<Version>) -> Vec<JournalFlaw> {
    let mut flaws = Vec::new();
    let mut applied = BTreeSet::new();
    let (mut seq, mut hash) = (0, "");
    for entry in entries {
        if entry.seq != seq + 1 || entry.prev != hash {
            flaws.push(JournalFlaw::Broken { seq: entry.seq });
        }
        if entry.seal() != entry.hash {
            flaws.push(JournalFlaw::Altered { seq: entry.seq });
        }
        (seq, hash) = (entry.seq, &entry.hash);
        match (entry.action.as_str(), entry.version) {
            ("applied", Some(version)) => _ = applied.insert(version),
            ("reverted", Some(version)) => _ = applied.remove(&version),
            _ => {}
        }
    }
    let disagreed = applied.symmetric_difference(history);
    flaws.extend(disagreed.map(|version| JournalFlaw::Disagrees { version: *version }));
    flaws
}

impl std::fmt::Display for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for entry in &self.entries {
            writeln!(f, "{entry}")?;
        }
        for flaw in &self.flaws {
            writeln!(f, "{flaw}")?;
        }
        match self.flaws.len() {
            0 => f.write_str("The journal is whole."),
            _ => f.write_str(
                "The journal was changed by hand. Compare it with a backup to learn what was hidden.",
            ),
        }
    }
}

impl std::fmt::Display for JournalEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let JournalEntry {
            seq,
            at,
            action,
            actor,
            host,
            environment,
            ..
        } = self;
        write!(f, "{seq:>6}  {at}  {action}")?;
        if let Some(version) = self.version {
            write!(f, " {version}")?;
        }
        write!(f, "  by {actor} on {host} ({environment})")
    }
}

impl std::fmt::Display for JournalFlaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            JournalFlaw::Altered { seq } => write!(f, "Entry {seq} was altered."),
            JournalFlaw::Broken { seq } => write!(
                f,
                "Entry {seq} does not follow from the one before: entries are gone, or it was put in."
            ),
            JournalFlaw::Disagrees { version } => write!(
                f,
                "The history and the journal disagree on whether {version} is applied."
            ),
        }
    }
}
