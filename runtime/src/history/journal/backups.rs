//! Which backups were written down?

use std::time::SystemTime;

use super::Action;
use super::read::chained;
use crate::history::Tables;
use crate::session::Session;
use crate::{Backup, Query, Result};

/// The backups in the journal, how many more are not to be believed, and what it was asked.
///
/// # Errors
/// Where the connection is lost or the journal cannot be read.
pub(crate) async fn read(
    session: &mut dyn Session,
    tables: &Tables,
    asked: SystemTime,
) -> Result<(Vec<Backup>, usize, Query)> {
    let mut entries = chained(session, tables).await?;
    entries.retain(|(entry, _)| entry.action == Action::Backup.name());
    // What was put in or altered, or is not understood, is no backup.
    let (believed, others): (Vec<_>, Vec<_>) = entries.iter().partition(|(_, chained)| *chained);
    let backups: Vec<Backup> = believed
        .iter()
        .filter_map(|(entry, _)| serde_json::from_str(&entry.evidence).ok())
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
    Ok((backups, others.len(), query))
}
