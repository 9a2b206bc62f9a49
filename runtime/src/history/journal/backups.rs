//! Which backups were written down?

use std::time::SystemTime;

use super::Action;
use super::read::entries;
use crate::history::Tables;
use crate::session::Session;
use crate::{Backup, Query, Result};

/// The backups in the journal, and what it was asked.
///
/// # Errors
/// Where the connection is lost or the journal cannot be read.
pub(crate) async fn read(
    session: &mut dyn Session,
    tables: &Tables,
) -> Result<(Vec<Backup>, Query)> {
    let backups = format!("action = '{}'", Action::Backup.name());
    let sql = format!(
        "SELECT evidence FROM {} WHERE {backups} ORDER BY seq",
        tables.journal()
    );
    let asked = SystemTime::now();
    let entries = entries(session, tables, &backups).await?;
    // What was altered, or is not understood, is no backup.
    let backups: Vec<Backup> = entries
        .iter()
        .filter(|entry| entry.is_as_sealed())
        .filter_map(|entry| serde_json::from_str(&entry.evidence).ok())
        .collect();
    let query = Query {
        sql,
        value: crate::text::counted(backups.len(), "backup", "backups"),
        asked,
        planned: None,
    };
    Ok((backups, query))
}
