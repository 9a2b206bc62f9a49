//! Which of the connections that a server shows are this process's?
//!
//! A connection that was introduced holds a lock of its own that is named after its process. The server shows who holds it, and lets
//! it go with the connection, however that ends. So nothing has to be kept up, and no number is ever somebody else's.

use std::sync::atomic::{AtomicBool, Ordering};

use onward_analysis::Dialect;

use super::own::process;
use crate::Target;
use crate::session::{Open as _, Session};

/// Whether this process introduces its connections.
static INTRODUCES: AtomicBool = AtomicBool::new(false);

/// Tells the database whose a new connection is, so that question 2 knows an instance's connections one by one.
///
/// Without it they are told by user, address, name and number, and a stranger who has the same can stand in the place of one that
/// has ended. Every pool that a process has on any server does it, or none: what is not introduced is a stranger's then, and blocks.
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

/// The same, for a connection beside the pool of a process that introduces those of its pool.
pub(crate) async fn introduce_too(session: &mut dyn Session) -> sqlx::Result<()> {
    match introduces() {
        true => mark(session).await,
        false => Ok(()),
    }
}

/// Whether this process introduces its connections.
pub(crate) fn introduces() -> bool {
    INTRODUCES.load(Ordering::SeqCst)
}

async fn mark(session: &mut dyn Session) -> sqlx::Result<()> {
    let Some(lock) = key(process()).and_then(|key| lock(session.dialect(), key)) else {
        return Ok(());
    };
    match session.query(&lock, &[]).await {
        Ok(rows) => {
            let held = rows.first().and_then(|row| row.int(0)) == Some(1);
            INTRODUCES.fetch_or(held, Ordering::SeqCst);
            Ok(())
        }
        Err(error @ sqlx::Error::Database(_)) => {
            tracing::debug!(%error, "a connection could not be introduced");
            Ok(())
        }
        Err(error) => Err(error),
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
            "SELECT pg_catalog.pg_try_advisory_lock_shared({})::int::bigint",
            key.cast_signed()
        )),
        Dialect::MySql => Some(format!(
            "SELECT GET_LOCK(concat('onward.{key:016x}.', connection_id()), 0)"
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
            let halves: Vec<String> = keys
                .iter()
                .map(|key| format!("({}, {})", key >> 32, key & 0xffff_ffff))
                .collect();
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
