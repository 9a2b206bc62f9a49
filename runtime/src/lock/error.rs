//! Why was it never this process's turn?

use std::time::Duration;

use onward_analysis::Dialect;

use crate::{Direction, Name};

/// The lock that keeps two processes from changing the database at once could not be had, or was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockError {
    /// Somebody else held it all the time.
    Held {
        /// Who.
        holder: String,
        /// For how long this process waited.
        waited: Duration,
    },
    /// The server answered neither yes nor no.
    Refused,
    /// Others were using a table all the time that a migration is about to take something of.
    Table {
        /// The table.
        table: String,
        /// The migration.
        migration: Name,
        /// Which way it was to go.
        direction: Direction,
        /// Whose SQL shows who the others are.
        dialect: Dialect,
    },
    /// The session that took it is not the one that is talking to the database now.
    Lost,
}

impl std::fmt::Display for LockError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LockError::Held { holder, waited } => write!(
                f,
                "Another process is migrating this database: {holder}. Waited {} s for it.\n\
                 Nothing of this process has run. If it is at work, wait longer (`Migrator::lock_timeout`); if it hangs, end it: \
                 its lock goes with its connection.",
                waited.as_secs()
            ),
            LockError::Refused => f.write_str(
                "The server could not say whether the lock is free (GET_LOCK returned NULL).\n\
                 Nothing has run. Look in the server's error log, then start again.",
            ),
            LockError::Table {
                table,
                migration,
                direction,
                dialect,
            } => {
                let done = match direction {
                    Direction::Up => "applied",
                    Direction::Down => "reverted",
                };
                let holders = match dialect {
                    Dialect::Postgres => format!(
                        "SELECT pid, query FROM pg_stat_activity WHERE pid IN (SELECT pid FROM pg_locks WHERE relation = \
                         '{table}'::regclass)"
                    ),
                    Dialect::MySql | Dialect::Sqlite => {
                        "SELECT trx_mysql_thread_id, trx_started, trx_query FROM information_schema.innodb_trx".to_owned()
                    }
                };
                write!(
                    f,
                    "Others were using {table} all the time, so {migration} was not {done}.\n\
                     Whoever waits for this lock stops everybody who comes after, so it is not waited for long. To see who \
                     holds it: {holders}. Try again when they are done."
                )
            }
            LockError::Lost => f.write_str(
                "The lock is not held by this connection any more: something between this process and the server changes \
                 connections under it, such as a pooler in transaction mode.\n\
                 Connect to the server itself to migrate.",
            ),
        }
    }
}

impl std::error::Error for LockError {}
