//! What can go wrong, and what should be done about it?

use crate::redact::{redacted, silent, without_pieces};
use crate::text::{meant, visible};
use crate::{
    BackupError, CatalogError, Decision, Environment, HistoryError, LockError, MigrationError,
    PlanError, WaiverError,
};

/// The result of everything that can be refused or fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why Onward refused, or what failed. Every message says what, where and the next step.
///
/// `{:?}` prints the message too: it is what a person sees when `main` returns the error.
#[non_exhaustive]
pub enum Error {
    /// What was compiled in is not complete. No SQL has run.
    Catalog(CatalogError),
    /// The history does not fit this program.
    History(HistoryError),
    /// Another process held the lock.
    Lock(LockError),
    /// A migration failed.
    Migration(Box<MigrationError>),
    /// The database or the driver reported an error.
    Database(sqlx::Error),
    /// A migration written in Rust gave an error of its own.
    Other(Box<dyn std::error::Error + Send + Sync>),
    /// `ONWARD_ENV` holds something that is not text.
    EnvironmentNotText,
    /// The environment's name is no tier's, no `onward.toml` declares it, and the database has no label: nothing runs, so that a
    /// typing mistake never becomes the label.
    UnknownEnvironment {
        /// The database.
        database: String,
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// What only development allows.
    NotInDevelopment(Environment),
    /// What was asked for cannot be planned.
    Plan(PlanError),
    /// The gate is closed. Its text holds the questions, the evidence and the way out.
    Refused(Box<Decision>),
    /// A waiver that nobody can give.
    Waiver(WaiverError),
    /// A backup that cannot be made, proven or written down.
    Backup(BackupError),
    /// A migration that does not come through a round trip as its marks say.
    #[cfg(feature = "testing")]
    RoundTrip(Box<crate::testing::Faults>),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Catalog(error) => error.fmt(f),
            Error::History(error) => error.fmt(f),
            Error::Lock(error) => error.fmt(f),
            Error::Migration(error) => error.fmt(f),
            Error::Database(error) => database(error, f),
            Error::Other(error) => f.write_str(&redacted(&error.to_string())),
            Error::EnvironmentNotText => write!(
                f,
                "{} holds something that is not text.\n\
                 Set it to the name of an environment, or unset it for production.",
                Environment::VARIABLE
            ),
            Error::UnknownEnvironment {
                database,
                name,
                known,
            } => unknown_environment(database, name, known, f),
            Error::NotInDevelopment(environment) => write!(
                f,
                "A reset is for development, and this is {environment}. Nothing was changed.\n\
                 To go back step by step, where the gate opens: `down`."
            ),
            Error::Plan(error) => error.fmt(f),
            Error::Refused(decision) => decision.fmt(f),
            Error::Waiver(error) => error.fmt(f),
            Error::Backup(error) => error.fmt(f),
            #[cfg(feature = "testing")]
            Error::RoundTrip(faults) => faults.fmt(f),
        }
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// What a name that nobody declared should have been, and how one is declared.
fn unknown_environment(
    database: &str,
    name: &str,
    known: &[String],
    f: &mut std::fmt::Formatter<'_>,
) -> std::fmt::Result {
    write!(
        f,
        "No environment is called `{}`: {}\n\
         Nothing has run, and database `{database}` has no label yet. Correct {}, or `--environment`. A name of your own stands in \
         onward.toml, beside the Cargo.toml of the crate with the migrations, below `[environments]`, with its tier (production, \
         staging or development): `preview = \"staging\"`. Then build again.",
        visible(name),
        meant(name, known),
        Environment::VARIABLE,
    )
}

/// Whether the error is about where the URL leads, and so may tell a piece of it: `postgres://ada:12/34@db/shop` is taken for
/// port 12 and database `34@db/shop`.
fn is_of_the_url(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    match code.as_deref() {
        // No such database, no leave to enter it; MySQL has one code for much.
        Some("3D000" | "28000" | "28P01") => true,
        Some("42000") => error.to_string().contains("database "),
        Some(_) => false,
        None => matches!(error, sqlx::Error::Configuration(_)),
    }
}

/// What `error` says, without a password.
fn clean(error: &sqlx::Error, said: &str) -> String {
    match is_of_the_url(error) {
        true => without_pieces(&redacted(said)),
        false => redacted(said),
    }
}

/// What the database says, and the driver; where it denies a privilege, which one is needed.
fn database(error: &sqlx::Error, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls, WorkerCrashed};
    if let PoolTimedOut = error {
        return f.write_str(
            "The pool gave no connection in time, although the server lets this program in: every connection of it is in use.\n\
             Migrate before the application takes connections, or let the pool have more of them (`max_connections`) or wait longer \
             (`acquire_timeout`).",
        );
    }
    if let Io(_) | Tls(_) | PoolClosed | WorkerCrashed = error {
        return write!(
            f,
            "The database cannot be reached: {}.\n\
             Is the server running, and are its address and port in the URL the right ones? What was applied before stays applied. \
             Once it is there, start again: nothing is done twice.",
            clean(error, &error.to_string())
        );
    }
    if let Some((what, next)) = error.as_database_error().and_then(no_way_in) {
        let said = error.as_database_error().map_or("", |one| one.message());
        return write!(f, "{what}: {}.\n{next}", clean(error, said));
    }
    match error.as_database_error() {
        Some(refused) if refused.message().contains("denied") => write!(
            f,
            "The database refuses this role: {}.\n\
             To read the status it needs SELECT on the tables whose names begin with `_onward_`; to migrate, the right to \
             change the schema.",
            clean(error, refused.message())
        ),
        _ => f.write_str(&clean(error, &error.to_string())),
    }
}

/// What is wrong where there is no way into the database, and what is to be done. Onward makes tables, and no databases.
fn no_way_in(error: &dyn sqlx::error::DatabaseError) -> Option<(&'static str, &'static str)> {
    let said = error.message();
    match error.code().as_deref() {
        Some("3D000") => Some((
            "The server has no such database",
            "Create it (`createdb NAME`, or `CREATE DATABASE` on the server), or correct the URL.",
        )),
        Some("42000") if said.starts_with("Unknown database") => Some((
            "The server has no such database",
            "Create it (`CREATE DATABASE` on the server), or correct the URL.",
        )),
        Some("28000" | "28P01") => Some((
            "The server does not let this user in",
            "Correct the user and the password in the URL; or let whoever runs the server create the user, who needs the right to \
             change the schema, or SELECT on the tables whose names begin with `_onward_` to read the status.",
        )),
        Some(code) if is_read_only(code, said) => Some((
            "The database can only be read",
            "Nothing was changed by the statement that was refused. On SQLite this process must be allowed to write the file and its \
             folder, and the URL must not say `mode=ro`; a server must be the primary, and not a replica or set to read-only.",
        )),
        Some("26") if said.contains("not a database") => Some((
            "The file is no database of SQLite's",
            "Correct the path in the URL; or restore the file from a backup, if it should be one.",
        )),
        Some("14") if said.contains("unable to open database file") => Some((
            "The file of the database cannot be opened",
            "The folder must be there, and this process be allowed to write in it. A file that is not there yet is made where the URL \
             says so: `sqlite://shop.db?mode=rwc`.",
        )),
        _ => None,
    }
}

/// Whether a statement was refused since nothing may be written: SQLite, PostgreSQL, and what MySQL has no code of its own for.
fn is_read_only(code: &str, said: &str) -> bool {
    // SQLite's code may say more in its higher bits, such as which of its files it is.
    let sqlite = code.parse().is_ok_and(|code: u32| code & 0xff == 8)
        && said.contains("attempt to write a readonly database");
    // `--read-only`, `--super-read-only`.
    sqlite || code == "25006" || said.contains("read-only option")
}

impl Error {
    /// The same, where the database has just got the label of `environment`.
    pub(crate) fn on_the_first_run_in(self, environment: &Environment) -> Error {
        match self {
            Error::Migration(error) => {
                Error::Migration(Box::new(error.on_the_first_run_in(environment)))
            }
            other => other,
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The text of each is already the whole of it; the source is the next thing beneath, unless that tells a password.
        silent(match self {
            Error::Migration(error) => error.source(),
            Error::Database(error) if is_of_the_url(error) => None,
            Error::Database(error) => error.source(),
            Error::Other(error) => error.source(),
            _ => None,
        })
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        Error::Database(error)
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Error {
        Error::Plan(error)
    }
}

impl From<WaiverError> for Error {
    fn from(error: WaiverError) -> Error {
        Error::Waiver(error)
    }
}

impl From<BackupError> for Error {
    fn from(error: BackupError) -> Error {
        Error::Backup(error)
    }
}

impl From<CatalogError> for Error {
    fn from(error: CatalogError) -> Error {
        Error::Catalog(error)
    }
}

impl From<HistoryError> for Error {
    fn from(error: HistoryError) -> Error {
        Error::History(error)
    }
}

impl From<LockError> for Error {
    fn from(error: LockError) -> Error {
        Error::Lock(error)
    }
}

impl From<MigrationError> for Error {
    fn from(error: MigrationError) -> Error {
        Error::Migration(Box::new(error))
    }
}

impl From<Box<dyn std::error::Error + Send + Sync>> for Error {
    fn from(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
        Error::Other(error)
    }
}
