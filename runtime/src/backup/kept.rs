//! Is a copy that Onward made still there, and still what it was?

use std::path::Path;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::copy::counts;
use super::{Backup, COPIED};
use crate::session::Open as _;

/// What is wrong with `backup`, as the end of a sentence that begins with it; none where nothing is, and of one that Onward did not
/// make.
pub(crate) async fn trouble(backup: &Backup) -> Option<String> {
    if backup.what != COPIED {
        return None;
    }
    let file = Path::new(&backup.location);
    match std::fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Some("is not there any more".to_owned());
        }
        Err(error) => return Some(format!("cannot be looked at ({error})")),
        Ok(_) => {}
    }
    match opened(file, backup).await {
        Ok(trouble) => trouble,
        Err(error) => Some(format!("cannot be opened ({error})")),
    }
}

/// Looks into the file, on a connection of its own that writes nothing.
async fn opened(file: &Path, backup: &Backup) -> crate::Result<Option<String>> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut connection = options.connect().await?;
    let mut session = (&mut connection).open().0.await?;
    let rows = session.query("PRAGMA quick_check(1)", &[]).await?;
    let said = rows.first().and_then(|row| row.text(0)).unwrap_or_default();
    if said != "ok" {
        return Ok(Some(format!("is damaged ({said})")));
    }
    let now = counts(session.as_mut(), "main").await?;
    let same = now == backup.tables;
    Ok((!same).then(|| "has other rows than when it was made".to_owned()))
}
