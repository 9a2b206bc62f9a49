//! What time is it where the database is?
//!
//! The machines that run an application need not agree on the time, and anyone's may be set while a program runs. So whatever is held
//! against the time of another process is told by the server's clock: heartbeats, when a migration was applied, how old a backup is,
//! when a consent ends. SQLite has no server; there it is the clock of the machine that opens the file.

use std::time::{Duration, Instant, SystemTime};

use onward_analysis::Dialect;

use crate::session::Session;

/// The year 9999, which RFC 3339 can write down to its end.
const LAST: Duration = Duration::from_secs(253_370_764_800);

/// The server's clock, looked at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    said: SystemTime,
    since: Instant,
}

impl Clock {
    /// Looks at the clock of the server that `session` is connected to.
    ///
    /// # Errors
    /// Where the connection is lost.
    pub(crate) async fn look(session: &mut dyn Session) -> sqlx::Result<Clock> {
        let sql = format!("SELECT {}", now(session.dialect()));
        let rows = session.query(&sql, &[]).await?;
        let millis = rows.first().and_then(|row| row.int(0)).unwrap_or_default();
        let millis = Duration::from_millis(u64::try_from(millis).unwrap_or_default());
        Ok(Clock {
            said: SystemTime::UNIX_EPOCH + millis.min(LAST),
            since: Instant::now(),
        })
    }

    /// The clock of this machine.
    pub(crate) fn own() -> Clock {
        Clock {
            said: SystemTime::now(),
            since: Instant::now(),
        }
    }

    /// What it says by now, whatever this machine's was set to meanwhile.
    pub(crate) fn now(&self) -> SystemTime {
        self.said + self.since.elapsed()
    }
}

/// The server's clock as SQL, in milliseconds since 1970.
pub(crate) fn now(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
        // Not the transaction's time, which stands still.
        Dialect::Postgres => "(extract(epoch FROM clock_timestamp()) * 1000::numeric)::bigint",
        // Not `unix_timestamp(sysdate())`: where the session's time zone sets its clocks back, that tells one hour twice.
        Dialect::MySql => "(timestampdiff(MICROSECOND, '1970-01-01', utc_timestamp(3)) DIV 1000)",
    }
}
