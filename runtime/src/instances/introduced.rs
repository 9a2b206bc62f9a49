//! Which of the connections that a server shows are this process's?
//!
//! A connection that was introduced holds a lock of its own that is named after its process. The server shows who holds it, and lets
//! it go with the connection, however that ends. So nothing has to be kept up, and no number is ever somebody else's. Whether a pool
//! introduces its connections is told by one of them, as the server sees it, and not by what the process once did elsewhere.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use onward_analysis::Dialect;

use super::own::process;
use crate::Target;
use crate::session::{Open as _, Row, Session};

/// The databases to which this process has introduced connections, as their servers call them.
static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// How the server tells a connection of this process from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It bears the mark of this process.
    ByMark,
    /// By the number of those that look like it: this process has introduced none to this database.
    ByNumber,
    /// This process has introduced connections to this database, and this one does not bear its mark; or the server does not say.
    Neither,
}

/// Tells the database whose a new connection is, so that question 2 knows an instance's connections one by one.
///
/// Without it they are told by user, address, name and number, and a stranger who has the same can stand in the place of one that
/// has ended. Each pool is told by what the server shows of it. Those that a process has on one database all do it, or none: where
/// some do, what is not introduced is a stranger's, and question 2 is unknown. A pool that the migrator is not given is known by this alone.
///
/// The lock belongs to the server's session. A pooler that gives each transaction another one (`pool_mode = transaction`) parts it from
/// the connection: question 2 is unknown as soon as that shows. Give such a process a way past the pooler, or `pool_mode = session`.
///
/// The connection holds a lock that nobody waits for: on PostgreSQL a shared advisory lock of the session
/// (`pg_try_advisory_lock_shared`), on MySQL a named one (`GET_LOCK`). On SQLite, which shows nobody who is connected, it does nothing. Where the
/// server refuses the lock the connection stays as it is, and is told by number.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// let options = sqlx::sqlite::SqlitePoolOptions::new()
///     .after_connect(|connection, _| Box::pin(onward::introduce(connection)));
/// # }
/// ```
///
/// # Errors
///
/// Where the connection is lost, or is in a transaction.
pub async fn introduce<C>(connection: &mut C) -> sqlx::Result<()>
where
    C: ?Sized,
    for<'c> &'c mut C: Target,
{
    let mut session = connection.open().0.await?;
    mark(session.as_mut()).await
}

/// The same, for a connection beside the pool of a process that has introduced some.
pub(crate) async fn introduce_too(session: &mut dyn Session) -> sqlx::Result<()> {
    match told(session).await? {
        Told::ByNumber => Ok(()),
        Told::ByMark | Told::Neither => mark(session).await,
    }
}

/// How the server tells this connection. Nothing is asked where this process has never introduced one.
pub(crate) async fn told(session: &mut dyn Session) -> sqlx::Result<Told> {
    match told_by(session.dialect()) {
        None => Ok(Told::ByNumber),
        Some(query) => match session.query(&query, &[]).await {
            Ok(rows) => Ok(read(&rows)),
            // What the server does not say is no leave to count.
            Err(sqlx::Error::Database(error)) => {
                tracing::debug!(%error, "whether a connection bears its mark is not known");
                Ok(Told::Neither)
            }
            Err(error) => Err(error),
        },
    }
}

/// The query that asks it; none where the answer is by number, whatever the server says.
pub(crate) fn told_by(dialect: Dialect) -> Option<String> {
    let key = key(process()).filter(|_| !known().is_empty())?;
    let bears = match dialect {
        Dialect::Sqlite => return None,
        Dialect::Postgres => format!(
            "(SELECT count(*) FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.pid = pg_catalog.pg_backend_pid() \
             AND l.objsubid = 1 AND (l.classid::bigint, l.objid::bigint) = {} \
             AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))",
            halves(key)
        ),
        Dialect::MySql => format!(
            "CAST(coalesce(IS_USED_LOCK(concat('onward.{key:016x}.', connection_id())) = connection_id(), 0) AS SIGNED)"
        ),
    };
    Some(format!("SELECT {bears}, {}", called(dialect)))
}

/// Reads what it brought.
pub(crate) fn read(rows: &[Row]) -> Told {
    let row = rows.first();
    let name = row.and_then(|row| row.text(1)).unwrap_or_default();
    match row.and_then(|row| row.int(0)) {
        Some(1..) => Told::ByMark,
        _ if known().contains(name) => Told::Neither,
        _ => Told::ByNumber,
    }
}

async fn mark(session: &mut dyn Session) -> sqlx::Result<()> {
    let Some(lock) = key(process()).and_then(|key| lock(session.dialect(), key)) else {
        return Ok(());
    };
    match session.query(&lock, &[]).await {
        Ok(rows) => {
            if let Some(row) = rows.first().filter(|row| row.int(0) == Some(1)) {
                known().insert(row.text(1).unwrap_or_default().to_owned());
            }
            Ok(())
        }
        Err(error @ sqlx::Error::Database(_)) => {
            tracing::debug!(%error, "a connection could not be introduced");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn known() -> MutexGuard<'static, BTreeSet<String>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The database as its server calls it, so that one pool's marks say nothing of a pool elsewhere.
fn called(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "''",
        Dialect::Postgres => {
            "pg_catalog.current_database()::text || ' ' || pg_catalog.current_setting('port') || coalesce(' ' || pg_catalog.host(pg_catalog.inet_server_addr()), '')"
        }
        Dialect::MySql => {
            "CAST(concat_ws(' ', coalesce(database(), ''), @@port, @@hostname, @@datadir) AS CHAR)"
        }
    }
}

/// What the locks of a process are named after; none where `id` is no instance's.
pub(crate) fn key(id: &str) -> Option<u64> {
    id.get(..16)
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
}

/// The statement that takes the lock; none where the database has no list of who is connected.
fn lock(dialect: Dialect, key: u64) -> Option<String> {
    match dialect {
        Dialect::Sqlite => None,
        Dialect::Postgres => Some(format!(
            "SELECT pg_catalog.pg_try_advisory_lock_shared({})::int::bigint, {}",
            key.cast_signed(),
            called(dialect)
        )),
        Dialect::MySql => Some(format!(
            "SELECT GET_LOCK(concat('onward.{key:016x}.', connection_id()), 0), {}",
            called(dialect)
        )),
    }
}

/// The condition that a connection, a row of the server's list called `of`, is introduced by none of these processes.
pub(crate) fn by_none(dialect: Dialect, of: &str, keys: &[u64]) -> String {
    if keys.is_empty() {
        return "1 = 1".to_owned();
    }
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => {
            let halves: Vec<String> = keys.iter().copied().map(halves).collect();
            format!(
                "NOT EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.pid = {of}.pid \
                 AND l.database = {of}.datid AND l.objsubid = 1 AND (l.classid::bigint, l.objid::bigint) IN ({}))",
                halves.join(", ")
            )
        }
        Dialect::MySql => {
            let keys: Vec<String> = keys
                .iter()
                .map(|key| format!("SELECT 'onward.{key:016x}.' AS k"))
                .collect();
            format!(
                "NOT EXISTS (SELECT 1 FROM ({}) own WHERE IS_USED_LOCK(concat(own.k, {of}.id)) = {of}.id)",
                keys.join(" UNION ALL ")
            )
        }
    }
}

/// The query that counts the sessions of the server that bear the marks of more than one of these processes.
pub(crate) fn shared(dialect: Dialect, keys: &[u64]) -> Option<String> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() < 2 {
        return None;
    }
    match dialect {
        Dialect::Sqlite => None,
        Dialect::Postgres => {
            let halves: Vec<String> = keys.iter().copied().map(halves).collect();
            Some(format!(
                "SELECT count(*) FROM (SELECT l.pid FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted \
                 AND l.objsubid = 1 AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
                 AND (l.classid::bigint, l.objid::bigint) IN ({}) GROUP BY l.pid HAVING count(*) > 1) shared",
                halves.join(", ")
            ))
        }
        Dialect::MySql => {
            let marks: Vec<String> = keys
                .iter()
                .map(|key| {
                    format!("coalesce(IS_USED_LOCK(concat('onward.{key:016x}.', p.id)) = p.id, 0)")
                })
                .collect();
            Some(format!(
                "SELECT count(*) FROM information_schema.processlist p WHERE {} > 1",
                marks.join(" + ")
            ))
        }
    }
}

/// A lock of one 64-bit number stands in pg_locks as two halves.
fn halves(key: u64) -> String {
    format!("({}, {})", key >> 32, key & 0xffff_ffff)
}

#[cfg(test)]
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod tests;
