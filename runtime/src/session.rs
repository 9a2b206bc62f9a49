//! How does the engine talk to a database, whichever it is?
//!
//! Everything that the engine and the gate ask goes through [`Session`], one dedicated connection. Queries are written
//! once, with `?` for parameters, and must select only what [`Value`] can hold: cast numbers to a 64-bit integer and
//! everything else to text.

mod connection;
mod source;
mod target;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod unreachable;
mod value;

use std::time::Duration;

use futures_core::future::BoxFuture;
use onward_analysis::Dialect;

pub(crate) use source::Source;
pub(crate) use target::Open;
pub(crate) use target::Opening;
#[cfg(feature = "testing")]
pub(crate) use target::Own;
pub use target::Target;
pub(crate) use value::{Row, Value};

use crate::registration::Function;

/// One connection, for the engine alone until it is dropped.
pub(crate) trait Session: Send {
    /// Whose SQL it speaks.
    fn dialect(&self) -> Dialect;

    /// Runs statements in one round trip; returns how many rows they changed.
    fn execute<'s>(&'s mut self, sql: &'s str) -> BoxFuture<'s, sqlx::Result<u64>>;

    /// Runs a script in one round trip, counting the statements so that an error tells which one it was.
    fn script<'s>(&'s mut self, sql: &'s str) -> BoxFuture<'s, Result<(), Broken>>;

    /// How long a query outside of a transaction waits while another process writes to SQLite's file.
    fn be_patient(&mut self, limit: Duration) {
        let _ = limit;
    }

    /// Asks a query. Without parameters it is one round trip and nothing is prepared. A text that is none is an error.
    fn query<'s>(
        &'s mut self,
        sql: &'s str,
        values: &'s [Value],
    ) -> BoxFuture<'s, sqlx::Result<Vec<Row>>> {
        let rows = self.rows(sql, values);
        Box::pin(async move { rows.await?.into_iter().map(Row::legible).collect() })
    }

    /// The same, with [`Value::Illegible`] for a text that is none.
    fn rows<'s>(
        &'s mut self,
        sql: &'s str,
        values: &'s [Value],
    ) -> BoxFuture<'s, sqlx::Result<Vec<Row>>>;

    /// Begins a transaction that is rolled back when the session is dropped; on SQLite one that may write.
    fn begin(&mut self) -> BoxFuture<'_, sqlx::Result<()>>;

    /// Commits it.
    fn commit(&mut self) -> BoxFuture<'_, sqlx::Result<()>>;

    /// Undoes it.
    fn rollback(&mut self) -> BoxFuture<'_, sqlx::Result<()>>;

    /// Interrupts what runs longer than this from now on; none lifts it, and so does the end of the session. Only SQLite, which
    /// has no time-out of its own: the others are told by SQL.
    fn limit(&mut self, time: Option<Duration>) -> BoxFuture<'_, sqlx::Result<()>>;

    /// Calls a migration written in Rust.
    fn call(&mut self, function: Function) -> BoxFuture<'_, crate::Result<()>>;

    /// Takes a server's connection out of its pool, so that dropping it, for whatever reason, closes it and its locks
    /// go. SQLite's stays: it may be the only one that holds an in-memory database open.
    fn dedicate<'s>(self: Box<Self>) -> Box<dyn Session + 's>
    where
        Self: 's;

    /// Whether its pool counts it among its connections.
    fn is_pooled(&self) -> bool;

    /// Sets what `sql` says when the session is dropped; none sets nothing. Only SQLite can: its connection goes back
    /// to the application, a server's is closed.
    fn on_drop(&mut self, sql: Option<String>);

    /// Says goodbye to the server where the connection is ours alone.
    fn close<'s>(self: Box<Self>) -> BoxFuture<'s, ()>
    where
        Self: 's;
}

/// A script that stopped.
#[derive(Debug)]
pub(crate) struct Broken {
    /// How many statements were done before.
    pub(crate) done: usize,
    /// What the database says.
    pub(crate) error: sqlx::Error,
}

/// `text` as a string literal that is read the same whatever the server's settings say of backslashes.
pub(crate) fn literal(dialect: Dialect, text: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("'{}'", text.replace('\'', "''")),
        Dialect::Postgres => format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
        Dialect::MySql => {
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            format!("CONVERT(X'{hex}' USING utf8mb4)")
        }
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use super::target::Open as _;
    use super::*;

    async fn pool() -> sqlx::SqlitePool {
        sqlx::pool::PoolOptions::new()
            .max_connections(1)
            .connect("sqlite::memory:")
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn values_come_back_as_they_were_given() {
        let pool = pool().await;
        let mut session = (&pool).open().0.await.unwrap();
        let rows = session
            .query("SELECT ?, ?, ?", &[7.into(), "it's".into(), Value::Null])
            .await
            .unwrap();
        assert_eq!(rows[0].int(0), Some(7));
        assert_eq!(rows[0].text(1), Some("it's"));
        assert_eq!(rows[0].text(2), None);
        let quoted = literal(session.dialect(), "it's");
        let rows = session
            .query(&format!("SELECT {quoted}, '5'"), &[])
            .await
            .unwrap();
        assert_eq!(rows[0].text(0), Some("it's"));
        assert_eq!(rows[0].int(1), Some(5));
    }

    #[tokio::test]
    async fn a_dropped_session_leaves_no_transaction_and_no_setting() {
        let pool = pool().await;
        let mut session = (&pool).open().0.await.unwrap();
        session
            .execute("CREATE TABLE t (id); PRAGMA foreign_keys = OFF")
            .await
            .unwrap();
        session.on_drop(Some("PRAGMA foreign_keys = ON".to_owned()));
        session.begin().await.unwrap();
        session.execute("INSERT INTO t VALUES (1)").await.unwrap();
        drop(session);
        let mut session = (&pool).open().0.await.unwrap();
        let rows = session
            .query(
                "SELECT count(*), (SELECT foreign_keys FROM pragma_foreign_keys) FROM t",
                &[],
            )
            .await
            .unwrap();
        assert_eq!((rows[0].int(0), rows[0].int(1)), (Some(0), Some(1)));
    }

    #[tokio::test]
    async fn a_limit_ends_with_its_session() {
        const LONG: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT count(*) FROM n";
        let pool = pool().await;
        let mut session = (&pool).open().0.await.unwrap();
        session.limit(Some(Duration::ZERO)).await.unwrap();
        let error = session.query(LONG, &[]).await.unwrap_err();
        assert!(error.to_string().contains("interrupted"), "{error}");
        drop(session);
        let mut session = (&pool).open().0.await.unwrap();
        assert_eq!(
            session.query(LONG, &[]).await.unwrap()[0].int(0),
            Some(100_000)
        );
    }

    #[tokio::test]
    async fn a_broken_script_says_which_statement() {
        let pool = pool().await;
        let mut session = (&pool).open().0.await.unwrap();
        let script = "CREATE TABLE t (id); INSERT INTO t VALUES (1), (2); INSERT INTO u VALUES (1)";
        let broken = session.script(script).await.unwrap_err();
        assert_eq!(broken.done, 2);
        assert!(broken.error.to_string().contains("no such table: u"));
    }
}
