//! Which backups were written down?

use std::time::SystemTime;

use super::Action;
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
    let sql = format!(
        "SELECT evidence FROM {} WHERE action = '{}' ORDER BY seq",
        tables.journal(),
        Action::Backup.name()
    );
    let asked = SystemTime::now();
    let rows = session.query(&sql, &[]).await?;
    // What is not understood is no backup.
    let backups: Vec<Backup> = rows
        .iter()
        .filter_map(|row| serde_json::from_str(row.text(0)?).ok())
        .collect();
    let query = Query {
        sql,
        value: crate::text::counted(backups.len(), "backup", "backups"),
        asked,
        planned: None,
    };
    Ok((backups, query))
}
