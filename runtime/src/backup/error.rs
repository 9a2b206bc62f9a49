//! Why can a backup not be made, proven or written down?

use std::path::PathBuf;
use std::time::SystemTime;

use super::DumpError;
use crate::text::moment;

/// Why a backup cannot be made, proven or written down. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackupError {
    /// It has no name, or no place.
    Nameless,
    /// It is said to be taken at a time that has not come yet.
    Future(SystemTime),
    /// It is said to be verified, but not by whom or how.
    Unproven,
    /// Onward has no tables in the database.
    NoJournal {
        /// The database.
        database: String,
    },
    /// Only SQLite's database can be copied by Onward itself.
    NotSqlite,
    /// SQLite's databases are copied, not dumped.
    NoDump,
    /// The file to copy into is there already.
    Exists(PathBuf),
    /// The copy is damaged; SQLite says how.
    Damaged(String),
    /// The file cannot be written or removed.
    File(PathBuf, String),
    /// The folder for Onward's own copies is missing or cannot be written into.
    Folder(PathBuf, String),
    /// A folder for Onward's own copies is named, and the database is no SQLite.
    FolderElsewhere(PathBuf),
    /// A folder for Onward's own copies is named, and the database has no file.
    InMemory,
    /// Others kept writing to the database while it was copied and counted.
    Busy,
    /// A dump does not come back to life.
    Dump(DumpError),
    /// What came back of a dump has another journal than this database, or none.
    Foreign(PathBuf),
    /// The journal in a dump shows that it was begun at another time than is said.
    Misdated {
        /// The dump.
        file: PathBuf,
        /// When it is said to be begun.
        taken: SystemTime,
        /// When its last entry was written.
        after: SystemTime,
        /// When the next one was written, which it lacks.
        before: Option<SystemTime>,
    },
}

impl std::fmt::Display for BackupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BackupError::Nameless => f.write_str(
                "A backup needs a name and a place: say what it is (--what) and where it lies (--location).",
            ),
            BackupError::Future(taken) => write!(
                f,
                "The backup is said to be taken at {}, which is in the future: check the time and its zone.",
                moment(*taken)
            ),
            BackupError::Unproven => f.write_str(
                "A verified backup needs the name of who restored it (--verified-by) and how (--restore \"into …, looked at …\").",
            ),
            BackupError::NoJournal { database } => write!(
                f,
                "Onward has no tables in database `{database}` yet, so there is no journal to write a backup into.\n\
                 Run `up` first: it makes them, and says what it needs before anything is lost."
            ),
            BackupError::NotSqlite => f.write_str(
                "Onward copies SQLite's databases alone. Take a dump with pg_dump or mariadb-dump, and have it proven: \
                 `backup verify FILE --taken TIME`.",
            ),
            BackupError::NoDump => f.write_str(
                "An SQLite database is copied, not dumped: `backup make FILE` makes the copy and proves it.",
            ),
            BackupError::Exists(file) => write!(
                f,
                "{} is there already, and a backup overwrites nothing: name another file.",
                file.display()
            ),
            BackupError::Damaged(what) => write!(
                f,
                "The copy is damaged: {what}.\nThe disk or the database is; look at both before anything else."
            ),
            BackupError::File(file, why) => {
                write!(f, "{} cannot be written or removed: {why}.", file.display())
            }
            BackupError::Folder(path, why) => write!(
                f,
                "The database cannot be copied before the migration, so that does not run: {}: {why}.\n\
                 Make the folder that `backup_folder` names, and let this process write into it.",
                path.display()
            ),
            BackupError::FolderElsewhere(folder) => write!(
                f,
                "`backup_folder` names {}, and Onward copies SQLite's databases alone. Nothing has run.\n\
                 Take the key out of `onward.toml` or the program, and have a dump proven: `backup verify FILE --taken TIME`.",
                folder.display()
            ),
            BackupError::InMemory => f.write_str(
                "`backup_folder` is set, and the database is in memory: there is no file to copy. The migration does not run.\n\
                 Leave the key out for this environment.",
            ),
            BackupError::Busy => f.write_str(
                "Others kept writing to the database, so the copy could not be held against it.\n\
                 Try again when it is quieter.",
            ),
            BackupError::Dump(error) => error.fmt(f),
            BackupError::Foreign(file) => write!(
                f,
                "{} is not of this database: what came back has another journal than this one, or none. Take the dump of this \
                 database,\nwith the tables of Onward in it.",
                file.display()
            ),
            BackupError::Misdated {
                file,
                taken,
                after,
                before,
            } => {
                write!(
                    f,
                    "{} was not begun at {}: it holds what the journal says of {}",
                    file.display(),
                    moment(*taken),
                    moment(*after)
                )?;
                if let Some(before) = before {
                    write!(f, ", and lacks what it says of {}", moment(*before))?;
                }
                f.write_str(".\nSay with --taken when it was begun, in UTC.")
            }
        }
    }
}

impl std::error::Error for BackupError {}

impl From<DumpError> for BackupError {
    fn from(error: DumpError) -> BackupError {
        BackupError::Dump(error)
    }
}
