//! How is an SQLite database copied, and the copy proven?

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

use onward_analysis::Dialect;

use super::{Backup, COPIED};
use crate::session::{Session, literal};
use crate::{BackupError, Error, Result};

/// Copies the database to `file`, which must not exist, opens the copy beside it, checks every page of it, and counts the rows
/// of each table in both.
///
/// # Errors
/// Where the file cannot be written, the copy is damaged, or others keep writing so that the two never agree.
pub(crate) async fn copy(session: &mut dyn Session, file: &Path, by: &str) -> Result<Backup> {
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()).into());
    }
    let cannot = |error: std::io::Error| BackupError::File(file.to_owned(), error.to_string());
    // Whoever looks for it later stands in another folder.
    let file = &std::path::absolute(file).map_err(cannot)?;
    let copied = tried(session, file, by).await;
    match &copied {
        // SQLite leaves that to whoever asks.
        Ok(_) => File::open(file)
            .and_then(|file| file.sync_all())
            .map_err(cannot)?,
        // Half a copy is none. A damaged one stays, to be looked at.
        Err(Error::Backup(BackupError::Damaged(_))) => {}
        Err(_) => drop(std::fs::remove_file(file)),
    }
    copied
}

async fn tried(session: &mut dyn Session, file: &Path, by: &str) -> Result<Backup> {
    let path = literal(Dialect::Sqlite, &file.to_string_lossy());
    for _ in 0..TRIES {
        let taken = SystemTime::now();
        session
            .execute(&format!("VACUUM main INTO {path}"))
            .await
            .map_err(|error| BackupError::File(file.to_owned(), error.to_string()))?;
        session
            .execute(&format!("ATTACH DATABASE {path} AS onward_copy"))
            .await?;
        let compared = compared(session).await;
        session.execute("DETACH DATABASE onward_copy").await?;
        match compared? {
            Compared::Same(tables) => {
                let rows: u64 = tables.values().sum();
                let restore = format!(
                    "opened the copy: integrity_check is ok, {} tables with {rows} rows, as many as in the database",
                    tables.len()
                );
                return Ok(Backup::new(COPIED, taken, &file.to_string_lossy())
                    .verified(by, &restore)
                    .holding(tables));
            }
            Compared::Damaged(what) => return Err(BackupError::Damaged(what).into()),
            // Somebody wrote between the copy and the count.
            Compared::Differs => {
                std::fs::remove_file(file)
                    .map_err(|error| BackupError::File(file.to_owned(), error.to_string()))?;
            }
        }
    }
    Err(BackupError::Busy.into())
}

/// How often to copy while others write.
const TRIES: usize = 5;

enum Compared {
    Same(BTreeMap<String, u64>),
    Differs,
    Damaged(String),
}

async fn compared(session: &mut dyn Session) -> sqlx::Result<Compared> {
    let rows = session
        .query("PRAGMA onward_copy.integrity_check(1)", &[])
        .await?;
    let said = rows.first().and_then(|row| row.text(0)).unwrap_or_default();
    if said != "ok" {
        return Ok(Compared::Damaged(said.to_owned()));
    }
    let original = counts(session, "main").await?;
    let copy = counts(session, "onward_copy").await?;
    Ok(match original == copy {
        true => Compared::Same(copy),
        false => Compared::Differs,
    })
}

/// The tables of `schema` and their rows.
pub(super) async fn counts(
    session: &mut dyn Session,
    schema: &str,
) -> sqlx::Result<BTreeMap<String, u64>> {
    let sql = format!(
        "SELECT name FROM {schema}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    );
    let names: Vec<String> = session
        .query(&sql, &[])
        .await?
        .iter()
        .filter_map(|row| row.text(0).map(str::to_owned))
        .collect();
    let mut counts = BTreeMap::new();
    for name in names {
        let sql = format!(
            "SELECT count(*) FROM {schema}.{}",
            Dialect::Sqlite.quote(&name)
        );
        let rows = session.query(&sql, &[]).await?;
        let count = rows.first().and_then(|row| row.int(0)).unwrap_or_default();
        counts.insert(name, u64::try_from(count).unwrap_or_default());
    }
    Ok(counts)
}
