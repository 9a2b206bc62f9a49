//! What is the same, and what differs, between a connection to SQLite, PostgreSQL and MySQL?

use std::future::{Future as _, poll_fn};
use std::pin::pin;
#[cfg(feature = "sqlite")]
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use futures_core::future::BoxFuture;
use onward_analysis::Dialect;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection as _, Database, Either, SqlSafeStr as _, SqlStr};

use super::{Broken, Row, Session, Value};
use sqlx_core::transaction::TransactionManager as _;

use crate::lock::Patience;
use crate::registration::Function;

/// A connection, however it was come by.
pub(super) struct Held<'t, DB: Database> {
    origin: Origin<'t, DB>,
    on_drop: Option<OnDrop<DB>>,
    patience: Duration,
    /// Alive while a limit on queries is: a connection that goes back to its pool has none.
    #[cfg(feature = "sqlite")]
    limit: Option<Arc<()>>,
}

type OnDrop<DB> = Box<dyn FnOnce(&mut <DB as Database>::Connection) + Send>;

enum Origin<'t, DB: Database> {
    /// Goes back to its pool.
    Pooled(PoolConnection<DB>),
    /// Ours: dropped, it is closed.
    Own(DB::Connection),
    /// The caller's.
    Borrowed(&'t mut DB::Connection),
    /// Moved out.
    Gone,
}

impl<'t, DB: Database> Held<'t, DB> {
    pub(super) fn pooled(connection: PoolConnection<DB>) -> Held<'t, DB> {
        Held::of(Origin::Pooled(connection))
    }

    /// One that nobody else has; dropped, it is closed.
    pub(super) fn own(connection: DB::Connection) -> Held<'t, DB> {
        Held::of(Origin::Own(connection))
    }

    pub(super) fn borrowed(connection: &'t mut DB::Connection) -> Held<'t, DB> {
        Held::of(Origin::Borrowed(connection))
    }

    fn of(origin: Origin<'t, DB>) -> Held<'t, DB> {
        Held {
            origin,
            on_drop: None,
            patience: Duration::ZERO,
            #[cfg(feature = "sqlite")]
            limit: None,
        }
    }

    fn connection(&mut self) -> sqlx::Result<&mut DB::Connection> {
        match &mut self.origin {
            Origin::Pooled(connection) => Ok(&mut **connection),
            Origin::Own(connection) => Ok(connection),
            Origin::Borrowed(connection) => Ok(connection),
            Origin::Gone => Err(sqlx::Error::PoolClosed),
        }
    }

    /// The connection itself, out of its pool where it is from one.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mysql")),
        allow(dead_code, reason = "SQLite's connection stays in its pool")
    )]
    fn detached(mut self) -> Origin<'t, DB> {
        match std::mem::replace(&mut self.origin, Origin::Gone) {
            Origin::Pooled(connection) => Origin::Own(connection.detach()),
            other => other,
        }
    }
}

impl<DB: Database> Drop for Held<'_, DB> {
    fn drop(&mut self) {
        let on_drop = self.on_drop.take();
        let Ok(connection) = self.connection() else {
            return;
        };
        if DB::TransactionManager::get_transaction_depth(connection) > 0 {
            DB::TransactionManager::start_rollback(connection);
        }
        if let Some(on_drop) = on_drop {
            on_drop(connection);
        }
    }
}

/// Whether SQLite has undone the transaction by itself, as it does where it interrupts a statement or the disk is full.
fn is_undone(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.message().contains("no transaction is active"))
}

fn text(sql: &str) -> SqlStr {
    AssertSqlSafe(sql).into_sql_str()
}

/// Implements [`Session`] for one driver: the code is the same, the types are not, and sqlx has no trait for both.
macro_rules! session {
    ($dialect:ident, $db:ty, $begin:literal, $function:ident, $placeholders:expr) => {
        impl Session for Held<'_, $db> {
            fn dialect(&self) -> Dialect {
                Dialect::$dialect
            }

            fn execute<'s>(&'s mut self, sql: &'s str) -> BoxFuture<'s, sqlx::Result<u64>> {
                Box::pin(async move {
                    let done = sqlx::raw_sql(text(sql)).execute(self.connection()?).await?;
                    Ok(done.rows_affected())
                })
            }

            fn script<'s>(&'s mut self, sql: &'s str) -> BoxFuture<'s, Result<(), Broken>> {
                Box::pin(async move {
                    let mut done = 0;
                    let connection = self
                        .connection()
                        .map_err(|error| Broken { done, error })?;
                    let mut steps = sqlx::raw_sql(text(sql)).fetch_many(connection);
                    while let Some(step) = poll_fn(|cx| steps.as_mut().poll_next(cx)).await {
                        match step {
                            Ok(Either::Left(_)) => done += 1,
                            Ok(Either::Right(_)) => {}
                            Err(error) => return Err(Broken { done, error }),
                        }
                    }
                    Ok(())
                })
            }

            fn rows<'s>(
                &'s mut self,
                sql: &'s str,
                values: &'s [Value],
            ) -> BoxFuture<'s, sqlx::Result<Vec<Row>>> {
                Box::pin(async move {
                    let mut patience = Patience::of(self.patience);
                    loop {
                        let connection = self.connection()?;
                        let waits = !connection.is_in_transaction();
                        let rows = if values.is_empty() {
                            sqlx::raw_sql(text(sql)).fetch_all(connection).await
                        } else {
                            let sql = $placeholders(sql);
                            session!(@bind $db, &sql, values).fetch_all(connection).await
                        };
                        match rows {
                            Err(error) if waits && patience.bears(&error).await => {}
                            rows => return rows?.iter().map(Row::read).collect(),
                        }
                    }
                })
            }

            fn be_patient(&mut self, limit: Duration) {
                self.patience = limit;
            }

            fn begin(&mut self) -> BoxFuture<'_, sqlx::Result<()>> {
                Box::pin(async move {
                    // Counted by sqlx, so that the application's own `begin` makes a savepoint in ours.
                    let begin = Some($begin.into_sql_str());
                    <$db as Database>::TransactionManager::begin(self.connection()?, begin).await
                })
            }

            fn commit(&mut self) -> BoxFuture<'_, sqlx::Result<()>> {
                Box::pin(async move { <$db as Database>::TransactionManager::commit(self.connection()?).await })
            }

            fn rollback(&mut self) -> BoxFuture<'_, sqlx::Result<()>> {
                Box::pin(async move {
                    let connection = self.connection()?;
                    match <$db as Database>::TransactionManager::rollback(connection).await {
                        Err(error) if is_undone(&error) => {
                            // sqlx still counts it, and would take the next one for a part of it.
                            sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
                            <$db as Database>::TransactionManager::rollback(connection).await
                        }
                        undone => undone,
                    }
                })
            }

            fn limit(&mut self, time: Option<Duration>) -> BoxFuture<'_, sqlx::Result<()>> {
                Box::pin(async move { session!(@limit $dialect, self, time) })
            }

            fn call(&mut self, function: Function) -> BoxFuture<'_, crate::Result<()>> {
                Box::pin(async move {
                    match function {
                        Function::$function(function) => function(self.connection()?).await,
                        #[allow(unreachable_patterns, reason = "where it is the only driver")]
                        _ => Err(sqlx::Error::Configuration(
                            concat!(
                                "this migration is a function over another database's connection, ",
                                "and the database is ", stringify!($dialect)
                            ).into(),
                        )
                        .into()),
                    }
                })
            }

            fn is_pooled(&self) -> bool {
                matches!(self.origin, Origin::Pooled(_))
            }

            fn dedicate<'s>(self: Box<Self>) -> Box<dyn Session + 's>
            where
                Self: 's,
            {
                session!(@dedicate $dialect, self)
            }

            fn on_drop(&mut self, sql: Option<String>) {
                self.on_drop = sql.map(|sql| -> OnDrop<$db> {
                    Box::new(move |connection| {
                        // Polled once, the statement is on its way to SQLite's thread, behind the rollback.
                        let mut sending = pin!(sqlx::raw_sql(text(&sql)).execute(connection));
                        let _ = sending.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    })
                });
            }

            fn close<'s>(mut self: Box<Self>) -> BoxFuture<'s, ()>
            where
                Self: 's,
            {
                Box::pin(async move {
                    if let Origin::Own(connection) = std::mem::replace(&mut self.origin, Origin::Gone) {
                        // It is closed either way; only the goodbye can fail.
                        let _ = connection.close().await;
                    }
                })
            }
        }
    };
    (@bind $db:ty, $sql:expr, $values:expr) => {{
        let mut query = sqlx::query::<$db>(text($sql));
        for value in $values {
            query = match value {
                Value::Null | Value::Illegible => query.bind(None::<&str>),
                Value::Int(number) => query.bind(*number),
                Value::Text(text) => query.bind(text.as_str()),
            };
        }
        query
    }};
    (@limit Sqlite, $self:ident, $time:ident) => {{
        let alive = $time.map(|_| Arc::new(()));
        $self.limit.clone_from(&alive);
        let mut handle = $self.connection()?.lock_handle().await?;
        match $time.zip(alive) {
            Some((time, alive)) => {
                let begun = std::time::Instant::now();
                let alive = Arc::downgrade(&alive);
                handle.set_progress_handler(10_000, move || {
                    begun.elapsed() < time || alive.strong_count() == 0
                });
            }
            None => handle.remove_progress_handler(),
        }
        Ok(())
    }};
    (@limit $dialect:ident, $self:ident, $time:ident) => {{
        let _ = $time;
        Ok(())
    }};
    (@dedicate Sqlite, $self:ident) => { $self };
    (@dedicate $dialect:ident, $self:ident) => { Box::new(Held::of($self.detached())) };
}

#[cfg(feature = "sqlite")]
session!(Sqlite, sqlx::Sqlite, "BEGIN IMMEDIATE", Sqlite, as_is);
#[cfg(feature = "postgres")]
// What is counted under a lock must be what was committed while it was waited for, and whoever was slower must find the journal's
// number taken: a snapshot that `default_transaction_isolation` has the first query take is older than both.
session!(
    Postgres,
    sqlx::Postgres,
    "BEGIN ISOLATION LEVEL READ COMMITTED",
    Postgres,
    numbered
);
#[cfg(feature = "mysql")]
session!(MySql, sqlx::MySql, "BEGIN", MySql, as_is);

#[cfg(any(feature = "sqlite", feature = "mysql"))]
fn as_is(sql: &str) -> &str {
    sql
}

/// PostgreSQL's `$1` for each `?`.
#[cfg(feature = "postgres")]
fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len() + 8);
    for (index, part) in sql.split('?').enumerate() {
        if index > 0 {
            numbered.push_str(&format!("${index}"));
        }
        numbered.push_str(part);
    }
    numbered
}
