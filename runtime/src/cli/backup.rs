//! What can be said of backups on the command line?

use std::path::PathBuf;
use std::time::SystemTime;

use clap::Subcommand;

use crate::{Backup, BackupError, Dialect, Dump, Migrator, Result, Target};

/// What to do about backups. Question 5 counts those that somebody restored.
#[derive(Debug, Clone, Subcommand)]
#[non_exhaustive]
pub enum Safeguard {
    /// Write down a backup that somebody restored and looked at
    Record {
        /// What it is: "nightly pg_dump of shop"
        #[arg(long)]
        what: String,
        /// When it was begun: 2026-11-21T02:00:00Z
        #[arg(long, value_name = "TIME", value_parser = moment)]
        taken: SystemTime,
        /// Where it lies
        #[arg(long, value_name = "PLACE")]
        location: String,
        /// Who restored it
        #[arg(long, value_name = "NAME")]
        verified_by: String,
        /// How: "into shop_restore, 12 tables, logged in to the shop on it"
        #[arg(long, value_name = "HOW")]
        restore: String,
    },
    /// Restore a dump of pg_dump or mariadb-dump into a scratch database, count its rows, drop the database, write it down
    ///
    /// The tools find server, user and password as they always do: PGHOST, ~/.pgpass, ~/.my.cnf.
    Verify {
        /// The dump
        file: PathBuf,
        /// When it was begun: 2026-11-21T02:00:00Z
        #[arg(long, value_name = "TIME", value_parser = moment)]
        taken: SystemTime,
        /// A further argument for the tools, such as `--client-arg=--host=restore.internal`
        #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
        client_arg: Vec<String>,
        /// Who answers for it [default: the user of this system]
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// Copy an SQLite database into a file, check and count the copy, write it down
    Make {
        /// The file to make; it must not be there
        file: PathBuf,
        /// Who answers for it [default: the user of this system]
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
}

impl Safeguard {
    /// Does it, and gives the backup that was written down.
    pub(super) async fn run<T: Target + Copy>(
        self,
        migrator: &Migrator,
        target: T,
    ) -> Result<Backup> {
        let backup = match self {
            Safeguard::Make { file, by } => {
                return migrator
                    .make_backup(target, &file, &super::arguments::name(by))
                    .await;
            }
            Safeguard::Record {
                what,
                taken,
                location,
                verified_by,
                restore,
            } => Backup::new(&what, taken, &location).verified(&verified_by, &restore),
            Safeguard::Verify {
                file,
                taken,
                client_arg,
                by,
            } => {
                let dump = match migrator.dialect(target).await? {
                    Dialect::Postgres => Dump::postgres(file),
                    Dialect::MySql => Dump::mysql(file),
                    Dialect::Sqlite => return Err(BackupError::NoDump.into()),
                };
                let dump = client_arg.into_iter().fold(dump, Dump::client_argument);
                let by = super::arguments::name(by);
                return migrator.verify_backup(target, &dump, taken, &by).await;
            }
        };
        migrator.record_backup(target, &backup).await?;
        Ok(backup)
    }
}

fn moment(text: &str) -> Result<SystemTime, String> {
    humantime::parse_rfc3339_weak(text)
        .map_err(|_| "write the time in UTC, as 2026-11-21T02:00:00Z".to_owned())
}
