//! Where does Onward put the copies that it makes by itself, and whose turn is it to make one?

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use onward_analysis::Version;

use crate::lock::{LockError, Patience};
use crate::{BackupError, Result};

/// The folder for the copies of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder {
    path: PathBuf,
    /// What the copies' names begin with: the name of the database's file.
    stem: String,
}

impl Folder {
    /// The folder `said`, where it is there; a relative one begins at the folder of `database`, SQLite's file. It is not made: one
    /// that is missing may be a disk that is not mounted.
    ///
    /// # Errors
    /// Where it is no folder, or where there is none to begin at.
    pub(crate) fn of(database: &Path, said: &Path) -> Result<Folder, BackupError> {
        let (Some(home), Some(stem)) = (database.parent(), database.file_stem()) else {
            return Err(BackupError::InMemory);
        };
        let path = home.join(said);
        match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() => Ok(Folder {
                path,
                stem: stem.to_string_lossy().into_owned(),
            }),
            Ok(_) => Err(BackupError::Folder(path, "it is no folder".to_owned())),
            Err(error) => Err(BackupError::Folder(path, error.to_string())),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file for the copy from before `version`.
    pub(crate) fn file(&self, version: Version, now: SystemTime) -> PathBuf {
        let mut moment = humantime::format_rfc3339_millis(now).to_string();
        moment.retain(|c| c.is_ascii_alphanumeric());
        let name = format!("{}-before-{version}-{moment}.db", self.stem);
        self.path.join(name)
    }

    /// Waits for its turn: SQLite has no lock that holds from the copy to the end of the migration, a file has. It is given back
    /// when it is dropped, and when the process dies.
    ///
    /// # Errors
    /// Where the folder cannot be written into, or another process does not get done.
    pub(crate) async fn turn(&self, mut patience: Patience) -> Result<File> {
        let path = self.path.join(format!("{}.lock", self.stem));
        let cannot = |error: std::io::Error| BackupError::Folder(path.clone(), error.to_string());
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(cannot)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(cannot(error).into()),
                Err(TryLockError::WouldBlock) if patience.pause().await => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(LockError::Held {
                        holder: format!("it holds {}", path.display()),
                        waited: patience.waited(),
                    }
                    .into());
                }
            }
        }
    }
}
