//! What is a backup that can be relied on, and who can tell?

#[cfg(feature = "sqlite")]
mod copy;
mod dump;
mod error;
mod folder;
#[cfg(feature = "sqlite")]
mod kept;
pub(crate) mod origin;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use futures_core::future::BoxFuture;
use onward_analysis::Version;
use serde::{Deserialize, Serialize};

use crate::redact::redacted;
pub use dump::{Dump, DumpError};
pub use error::BackupError;

#[cfg(feature = "sqlite")]
pub(crate) use copy::copy;
pub(crate) use folder::Folder;
#[cfg(feature = "sqlite")]
pub(crate) use kept::trouble;

/// What a copy that Onward made is called.
pub(crate) const COPIED: &str = "copy by VACUUM INTO";

/// There is no SQLite to copy.
#[cfg(not(feature = "sqlite"))]
pub(crate) async fn copy(
    _: &mut dyn crate::session::Session,
    _: &std::path::Path,
    _: &str,
) -> crate::Result<Backup> {
    Err(BackupError::NotSqlite.into())
}

/// There is no SQLite to look into.
#[cfg(not(feature = "sqlite"))]
pub(crate) async fn trouble(_: &Backup) -> Option<String> {
    None
}

/// A backup that somebody restored somewhere, and found whole. One that was never restored is a hope.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// let taken = SystemTime::now() - Duration::from_secs(3600);
/// let backup = onward::Backup::new("nightly pg_dump of shop", taken, "s3://backups/shop/2026-11-21")
///     .verified("ada", "restored into shop_restore, 12 tables, logged in to the shop on it");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// What it is.
    pub what: String,
    /// When it was begun: what was written later is not in it.
    #[serde(with = "crate::text::exact_time")]
    pub taken: SystemTime,
    /// Where it lies.
    pub location: String,
    /// Who verified it, and by which restore; none where nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
    /// The tables that were found in it and their rows; empty where nobody counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, u64>,
    /// Before which migration Onward made it by itself; none where somebody made it, or asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<BeforeMigration>,
}

/// What Onward copied by itself, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeforeMigration {
    /// The migration that came next.
    pub version: Version,
    /// The file of the database that it is a copy of: the copy has the same journal, and relies on copies of its own.
    pub database: String,
}

/// By whom a backup was verified, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Who.
    pub by: String,
    /// By which restore.
    pub restore: String,
}

impl Backup {
    /// A backup that nobody has verified yet, which is no answer to question 5.
    #[must_use]
    pub fn new(what: &str, taken: SystemTime, location: &str) -> Backup {
        Backup {
            what: redacted(what.trim()),
            taken,
            location: redacted(location.trim()),
            verified: None,
            tables: BTreeMap::new(),
            before: None,
        }
    }

    /// The same, verified by `by`, who says by which restore.
    #[must_use]
    pub fn verified(mut self, by: &str, restore: &str) -> Backup {
        self.verified = Some(Verified {
            by: redacted(by.trim()),
            restore: redacted(restore.trim()),
        });
        self
    }

    /// The same, in which these tables were found, with so many rows.
    #[must_use]
    pub fn holding(mut self, tables: BTreeMap<String, u64>) -> Backup {
        self.tables = tables;
        self
    }

    /// The same without a password in any of its texts, which an application may have filled by itself.
    pub(crate) fn redacted(&self) -> Backup {
        let backup = Backup::new(&self.what, self.taken, &self.location);
        let backup = match &self.verified {
            Some(Verified { by, restore }) => backup.verified(by, restore),
            None => backup,
        };
        Backup {
            before: self.before.clone(),
            ..backup.holding(self.tables.clone())
        }
    }

    /// What keeps it from being written down, as a sentence; none where nothing does.
    pub(crate) fn flaw(&self, now: SystemTime) -> Option<BackupError> {
        let verified = self.verified.as_ref();
        if self.what.is_empty() || self.location.is_empty() {
            return Some(BackupError::Nameless);
        }
        if self.taken > now + APART {
            return Some(BackupError::Future(self.taken));
        }
        if verified.is_some_and(|verified| verified.by.is_empty() || verified.restore.is_empty()) {
            return Some(BackupError::Unproven);
        }
        None
    }
}

/// How far the clock that says when a backup was taken may be ahead of the server's, and it is still taken for the same.
pub(crate) const APART: Duration = Duration::from_secs(60);

impl std::fmt::Display for Backup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Backup {
            what,
            taken,
            location,
            verified,
            tables,
            before: _,
        } = self;
        writeln!(
            f,
            "Written down: {what} of {} in {location}",
            crate::text::moment(*taken)
        )?;
        for (table, rows) in tables {
            writeln!(
                f,
                "  {table}: {}",
                crate::text::counted(usize::try_from(*rows).unwrap_or(usize::MAX), "row", "rows")
            )?;
        }
        match verified {
            Some(Verified { by, restore }) => write!(f, "Verified by {by}: {restore}."),
            None => f.write_str("Nobody has verified it, so it answers nothing yet."),
        }
    }
}

/// A system of the application's own that knows of its backups: a provider's snapshots, a backup server.
///
/// It is asked when question 5 is, beside what `backup record` wrote down.
///
/// ```no_run
/// use std::pin::Pin;
///
/// use onward::{Backup, BackupVerifier};
///
/// type Known = Result<Vec<Backup>, Box<dyn std::error::Error + Send + Sync>>;
///
/// struct Snapshots;
///
/// impl BackupVerifier for Snapshots {
///     fn backups(&self) -> Pin<Box<dyn Future<Output = Known> + Send + '_>> {
///         Box::pin(async {
///             // Ask the provider for the snapshots that its own restore test went through.
///             Ok(Vec::new())
///         })
///     }
/// }
/// ```
pub trait BackupVerifier: Send + Sync {
    /// The backups of this database that it knows, newest first or not. Only those with [`Backup::verified`] count.
    ///
    /// # Errors
    /// Where it cannot be asked: question 5 is then unknown, unless another backup answers it.
    fn backups(
        &self,
    ) -> BoxFuture<'_, Result<Vec<Backup>, Box<dyn std::error::Error + Send + Sync>>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_it_keeps_a_password() {
        let url = "mysql://root:se/cr@et@db/shop";
        let backup = Backup::new(url, SystemTime::now(), url).verified(url, url);
        let built = Backup {
            what: url.to_owned(),
            location: url.to_owned(),
            verified: Some(Verified {
                by: url.to_owned(),
                restore: url.to_owned(),
            }),
            ..backup.clone()
        };
        assert_eq!(built.redacted(), backup);
        let said = format!("{backup} {}", serde_json::to_string(&backup).unwrap());
        assert!(!said.contains("cr") && !said.contains("root"), "{said}");
        assert!(said.contains("mysql://db/shop"), "{said}");
    }

    #[test]
    fn what_says_too_little_is_not_written_down() {
        let now = SystemTime::now();
        let whole = Backup::new("dump", now, "/srv/dump").verified("ada", "restored it");
        assert_eq!(whole.flaw(now), None);
        let later = now + APART + Duration::from_secs(1);
        let soon = Backup::new("dump", now + APART, "/srv/dump");
        assert_eq!(soon.flaw(now), None);
        for flawed in [
            Backup::new(" ", now, "/srv/dump"),
            Backup::new("dump", now, ""),
            Backup::new("dump", later, "/srv/dump"),
            whole.clone().verified("", "restored it"),
            whole.verified("ada", " "),
        ] {
            assert!(flawed.flaw(now).is_some(), "{flawed:?}");
        }
    }
}
