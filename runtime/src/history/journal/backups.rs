//! Which backups were written down?

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::Action;
use super::read::{self, JournalEntry, chained};
use crate::history::Tables;
use crate::session::Session;
use crate::{Backup, Query, Result};

/// What the journal says of backups.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) backups: Vec<Backup>,
    /// The entries that they stand in, each with its seal.
    pub(crate) seals: BTreeMap<i64, String>,
    /// How many more there are, or were, that are not to be believed.
    pub(crate) unbelieved: usize,
    /// What the journal was asked.
    pub(crate) query: Query,
}

/// The backups in the journal to whose entries the chain of seals reaches.
///
/// # Errors
/// Where the connection is lost or the journal cannot be read.
pub(crate) async fn read(
    session: &mut dyn Session,
    tables: &Tables,
    asked: SystemTime,
) -> Result<Recorded> {
    let mut entries = chained(session, tables).await?;
    entries.retain(|(entry, _)| entry.action == Action::Backup.name());
    let all = entries.len();
    // What was put in or altered, or is not understood, is no backup.
    let believed = entries.into_iter().filter(|(_, chained)| *chained);
    let believed = believed.map(|(entry, _)| entry).collect();
    Ok(recorded(tables, believed, all, asked))
}

/// Those whose entries are still what they were when the chain reached to them. Nothing else of the journal is read: it is long, and
/// others wait.
///
/// # Errors
/// Where the connection is lost or the journal cannot be read.
pub(crate) async fn again(
    session: &mut dyn Session,
    tables: &Tables,
    seals: &BTreeMap<i64, String>,
    asked: SystemTime,
) -> Result<Recorded> {
    let of_backups = format!("action = '{}'", Action::Backup.name());
    let mut entries = read::entries(session, tables, &of_backups).await?;
    entries.retain(|entry| seals.get(&entry.seq) == Some(&entry.hash) && entry.is_as_sealed());
    Ok(recorded(tables, entries, seals.len(), asked))
}

fn recorded(
    tables: &Tables,
    believed: Vec<JournalEntry>,
    all: usize,
    asked: SystemTime,
) -> Recorded {
    let backups: Vec<Backup> = believed
        .iter()
        .filter_map(|entry| serde_json::from_str(&entry.evidence).ok())
        .collect();
    let query = Query {
        sql: format!(
            "SELECT evidence FROM {} WHERE action = '{}' ORDER BY seq",
            tables.journal(),
            Action::Backup.name()
        ),
        value: crate::text::counted(backups.len(), "backup", "backups"),
        asked,
        planned: None,
    };
    Recorded {
        backups,
        unbelieved: all - believed.len(),
        seals: believed
            .into_iter()
            .map(|entry| (entry.seq, entry.hash))
            .collect(),
        query,
    }
}
