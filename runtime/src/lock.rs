//! Whose turn is it to change the database?
//!
//! One process at a time. PostgreSQL and MySQL hold an advisory lock, polled with a deadline: a waiter that blocked
//! inside PostgreSQL would hold a snapshot, and `CREATE INDEX CONCURRENTLY` would wait for it for ever. SQLite needs
//! none: each migration's transaction locks the database, and the journal's number tells whether somebody was faster.

mod error;

use std::time::{Duration, Instant};

use onward_analysis::Dialect;
use sha2::{Digest as _, Sha256};

pub use error::LockError;

use crate::Result;
use crate::history::Tables;
use crate::session::{Session, Value};

/// How long a waiter sleeps between two tries, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// How long to wait for others, and when it ends.
#[derive(Debug)]
pub(crate) struct Patience {
    since: Instant,
    limit: Duration,
    pause: Duration,
}

impl Patience {
    /// Waits no longer than `limit` in all.
    pub(crate) fn of(limit: Duration) -> Patience {
        Patience {
            since: Instant::now(),
            limit,
            pause: PAUSE.0,
        }
    }

    /// Sleeps a little longer than the last time; false where the time is over.
    pub(crate) async fn pause(&mut self) -> bool {
        let left = self.limit.saturating_sub(self.since.elapsed());
        if left.is_zero() {
            return false;
        }
        futures_timer::Delay::new(self.pause.min(left)).await;
        self.pause = (self.pause * 2).min(PAUSE.1);
        true
    }

    /// Sleeps where `error` says that another process is at work on the database; false for any other error.
    pub(crate) async fn bears(&mut self, error: &sqlx::Error) -> bool {
        is_busy(error) && self.pause().await
    }

    /// How long it has been.
    pub(crate) fn waited(&self) -> Duration {
        self.since.elapsed()
    }
}

/// Whether SQLite says that somebody else is at work on the database.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    // SQLITE_BUSY and SQLITE_LOCKED are 5 and 6 in the lowest byte of the extended code. Five characters are an SQLSTATE.
    let code = code.filter(|code| code.len() < 5);
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

/// Whether a server says that it did not give the lock of a table or a row in time, or that two sessions waited for each other
/// and this one was sent away.
pub(crate) fn is_taken(error: &sqlx::Error) -> bool {
    let Some(error) = error.as_database_error() else {
        return false;
    };
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        // ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK
        return matches!(error.number(), 1205 | 1213);
    }
    // lock_not_available, deadlock_detected
    matches!(error.code().as_deref(), Some("55P03" | "40P01"))
}

/// Whether a server says that it has no such function.
fn is_no_function(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some("42883")
}

/// The lock, held by the session that took it.
#[derive(Debug)]
pub(crate) struct Lock {
    dialect: Dialect,
    name: Value,
    /// PostgreSQL's process that holds it.
    backend: Option<i64>,
}

impl Lock {
    /// Takes the lock, telling `waiting` who holds it while somebody does.
    pub(crate) async fn take(
        session: &mut dyn Session,
        tables: &Tables,
        patience: &mut Patience,
        waiting: impl Fn(&str) + Send,
    ) -> Result<Lock> {
        let mut lock = Lock::named(tables);
        let mut told = None;
        while !lock.tried(session).await? {
            let holder = lock.holder(session).await;
            if told.as_ref() != Some(&holder) {
                waiting(&holder);
                told = Some(holder.clone());
            }
            if !patience.pause().await {
                return Err(LockError::Held {
                    holder,
                    waited: patience.waited(),
                }
                .into());
            }
        }
        if lock.dialect == Dialect::Postgres {
            let rows = session
                .query("SELECT pg_catalog.pg_backend_pid()::bigint", &[])
                .await?;
            lock.backend = rows.first().and_then(|row| row.int(0));
        }
        Ok(lock)
    }

    /// PostgreSQL's process that holds it; a pooler may put another one under the connection.
    pub(crate) fn backend(&self) -> Option<i64> {
        self.backend
    }

    /// Gives it back. A connection that is closed has given it back already.
    pub(crate) async fn release(self, session: &mut dyn Session) -> Result<()> {
        let sql = match self.dialect {
            Dialect::Sqlite => return Ok(()),
            Dialect::Postgres => "SELECT pg_catalog.pg_advisory_unlock(?)::int::bigint",
            Dialect::MySql => "SELECT CAST(release_lock(?) AS SIGNED)",
        };
        let asked = session.query(sql, &[self.name]).await;
        let rows = match asked {
            Err(error) if is_no_function(&error) => return Ok(()),
            asked => asked?,
        };
        match rows.first().and_then(|row| row.int(0)) {
            Some(1) => Ok(()),
            _ => Err(LockError::Lost.into()),
        }
    }

    fn named(tables: &Tables) -> Lock {
        let dialect = tables.dialect();
        let hash = Sha256::digest(format!("onward\0{}", tables.home()));
        let name = match dialect {
            // PostgreSQL keeps the locks of each database apart, MySQL does not, and cuts names at 64 bytes.
            Dialect::Sqlite | Dialect::Postgres => {
                let number = hash[..8]
                    .iter()
                    .fold(0, |n: u64, b| (n << 8) | u64::from(*b));
                Value::Int(i64::from_be_bytes(number.to_be_bytes()))
            }
            Dialect::MySql => {
                let digits: String = hash[..16].iter().map(|b| format!("{b:02x}")).collect();
                Value::Text(format!("onward-{digits}"))
            }
        };
        Lock {
            dialect,
            name,
            backend: None,
        }
    }

    async fn tried(&self, session: &mut dyn Session) -> Result<bool> {
        let sql = match self.dialect {
            Dialect::Sqlite => return Ok(true),
            Dialect::Postgres => "SELECT pg_catalog.pg_try_advisory_lock(?)::int::bigint",
            Dialect::MySql => "SELECT CAST(get_lock(?, 0) AS SIGNED)",
        };
        let asked = session.query(sql, std::slice::from_ref(&self.name)).await;
        let rows = match asked {
            // A server that speaks PostgreSQL's language and has no such lock: as on SQLite, the journal's number tells
            // whether somebody was faster, and the transaction of the slower one is undone.
            Err(error) if is_no_function(&error) => return Ok(true),
            asked => asked?,
        };
        match rows.first().and_then(|row| row.int(0)) {
            Some(got) => Ok(got == 1),
            None => Err(LockError::Refused.into()),
        }
    }

    /// Who holds it, as far as the server tells.
    async fn holder(&self, session: &mut dyn Session) -> String {
        let Value::Int(number) = self.name else {
            return self.mysql_holder(session).await;
        };
        // A lock of one 64-bit number stands in pg_locks as two halves.
        let sql = "SELECT a.pid::bigint, coalesce(a.application_name, ''), coalesce(a.client_addr::text, 'this machine'), \
                   a.backend_start::text FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
                   WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
                   AND ((l.classid::bigint << 32) | l.objid::bigint) = ? \
                   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";
        match session.query(sql, &[Value::Int(number)]).await {
            Ok(rows) => match rows.first() {
                Some(row) => {
                    let name = row.text(1).filter(|name| !name.is_empty());
                    format!(
                        "{} (server process {}) from {}, connected since {}",
                        name.unwrap_or("a process without application_name"),
                        row.int(0).unwrap_or_default(),
                        row.text(2).unwrap_or_default(),
                        row.text(3).unwrap_or_default(),
                    )
                }
                None => "a process that has just let go".to_owned(),
            },
            Err(_) => "a process that this user may not see".to_owned(),
        }
    }

    async fn mysql_holder(&self, session: &mut dyn Session) -> String {
        let sql = "SELECT CAST(p.id AS SIGNED), CAST(p.user AS CHAR), CAST(p.host AS CHAR) \
                   FROM information_schema.processlist p WHERE p.id = is_used_lock(?)";
        match session.query(sql, std::slice::from_ref(&self.name)).await {
            Ok(rows) => match rows.first() {
                Some(row) => format!(
                    "connection {} of {} from {}",
                    row.int(0).unwrap_or_default(),
                    row.text(1).unwrap_or_default(),
                    row.text(2).unwrap_or_default(),
                ),
                None => "a process that has just let go, or that this user may not see".to_owned(),
            },
            Err(_) => "a process that this user may not see".to_owned(),
        }
    }
}
