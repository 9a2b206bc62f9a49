//! Where does Onward put the copies that it makes by itself, and whose turn is it to make one?

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use onward_analysis::Version;

use super::{BeforeMigration, COPIED};
use crate::lock::{LockError, Patience};
use crate::{Backup, BackupError, Result};

/// The folder for the copies of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder {
    path: PathBuf,
    /// What the copies' names begin with: the name of the database's file.
    stem: String,
    /// The database's file, by the path that is the same however it is called.
    database: PathBuf,
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
                database: resolved(database),
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

    /// What is written down of a copy that is made before `version`.
    pub(crate) fn before(&self, version: Version) -> BeforeMigration {
        BeforeMigration {
            version,
            database: self.database.to_string_lossy().into_owned(),
        }
    }

    /// Those of `known` that Onward made of this database by itself before `until`, into this folder, and that nothing relies on any
    /// more. Never the newest one, nor one from before a migration in `kept`, nor a file that somebody else wrote down, however its path
    /// is spelled.
    pub(crate) fn outdated<'b>(
        &self,
        known: &'b [Backup],
        kept: &[Version],
        until: SystemTime,
    ) -> Vec<&'b Backup> {
        let database = self.database.to_string_lossy();
        let is_of_here = |backup: &Backup| {
            let before = backup.before.as_ref();
            backup.what == COPIED && before.is_some_and(|before| before.database == database)
        };
        let others = known.iter().filter(|backup| !is_of_here(backup));
        let others: Vec<PathBuf> = others
            .map(|backup| resolved(Path::new(&backup.location)))
            .collect();
        let here = resolved(&self.path);
        let own = |backup: &&Backup| {
            let file = resolved(Path::new(&backup.location));
            is_of_here(backup) && file.parent() == Some(&here) && !others.contains(&file)
        };
        let own: Vec<&Backup> = known.iter().filter(own).collect();
        let newest = own.iter().map(|backup| backup.taken).max();
        let relied = |backup: &Backup| {
            let before = backup.before.as_ref();
            before.is_some_and(|before| kept.contains(&before.version))
        };
        own.into_iter()
            .filter(|backup| {
                backup.taken < until && Some(backup.taken) != newest && !relied(backup)
            })
            .collect()
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

/// A path without links and detours; as it is, where nothing is there.
fn resolved(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn at(day: u32) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_300_000) + DAY * day
    }

    fn copy(day: u32, database: &str, version: i64, location: &Path) -> Backup {
        Backup {
            before: Some(BeforeMigration {
                version: Version::new(version),
                database: database.to_owned(),
            }),
            ..Backup::new(COPIED, at(day), &location.to_string_lossy())
        }
    }

    #[test]
    fn what_was_kept_long_enough_and_nothing_relies_on_is_outdated() {
        let home = tempfile::tempdir().unwrap();
        let path = resolved(home.path());
        let folder = Folder {
            path: path.clone(),
            stem: "shop".to_owned(),
            database: PathBuf::from("/srv/shop.db"),
        };
        let file = |name: &str| {
            let file = path.join(name);
            std::fs::write(&file, "a copy").unwrap();
            file
        };
        let own = |day, version, name| copy(day, "/srv/shop.db", version, &file(name));
        let mut known = vec![
            own(1, 1, "shop-before-1-a.db"),
            own(2, 2, "shop-before-2-b.db"),
            // Of another database, in another folder, by somebody's own hand.
            copy(3, "/srv/bar.db", 1, &file("shop-before-1-c.db")),
            copy(4, "/srv/shop.db", 1, Path::new("/srv/shop-before-1-d.db")),
            Backup::new(
                COPIED,
                at(5),
                &file("shop-before-the-move.db").to_string_lossy(),
            ),
            Backup::new(
                "the dump",
                at(6),
                &file("shop-before-1-e.db").to_string_lossy(),
            ),
            own(6, 12, "shop-before-12-f.db"),
            own(7, 3, "shop-before-3-g.db"),
        ];
        let outdated = |known: &[Backup], kept: &[i64], day| -> Vec<String> {
            let kept: Vec<Version> = kept.iter().copied().map(Version::new).collect();
            let found = folder.outdated(known, &kept, at(day));
            found.iter().map(|one| one.location.clone()).collect()
        };
        let (one, two) = (known[0].location.clone(), known[1].location.clone());
        let twelve = known[6].location.clone();
        assert_eq!(outdated(&known, &[], 2), [one.as_str()]);
        // A clock that went ahead leaves the newest all the same.
        let all = [one.as_str(), &two, &twelve];
        assert_eq!(outdated(&known, &[], 9_999), all);
        assert_eq!(outdated(&known, &[2, 1], 9_999), [twelve.as_str()]);
        assert!(outdated(&known, &[], 0).is_empty());
        // Somebody wrote it down as theirs, and spells its path otherwise.
        let detour = path.join("..").join(path.file_name().unwrap());
        let detour = detour.join("shop-before-1-a.db");
        known.push(Backup::new(
            "before the move",
            at(1),
            &detour.to_string_lossy(),
        ));
        assert_eq!(outdated(&known, &[], 2), Vec::<String>::new());
    }
}
