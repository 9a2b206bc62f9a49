//! How does a background task come by a connection, without holding one or choosing the async runtime?

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use futures_core::future::BoxFuture;
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, ConnectOptions, SqlSafeStr as _};

use super::Session;
use super::connection::Held;
use crate::instances::introduce_too;

/// An application's pool, whichever database it is of.
pub(crate) trait Source: Send + Sync {
    /// A connection for a moment: an idle one of the pool, else one that is opened for it. An application that keeps all
    /// of its connections busy is the last that should fall silent.
    fn session(&self) -> BoxFuture<'_, sqlx::Result<Box<dyn Session>>>;

    /// A connection beside the pool, which may be closed already.
    fn beside(&self) -> BoxFuture<'_, sqlx::Result<Box<dyn Session>>>;

    /// Sleeps; false as soon as the pool is closed.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, bool>;

    /// Hands `sql` to an idle connection without waiting for anything: all that can be done while a runtime ends.
    fn hand_over(&self, sql: &str);

    /// How many connections the pool has open.
    fn size(&self) -> u32;

    /// What tells this database from others, as a hash: the URL under it may hold a password.
    fn identity(&self) -> String;
}

macro_rules! source {
    ($db:ty, $pool:ty, $options:expr, $place:expr, $moments:literal) => {
        impl Source for $pool {
            fn session(&self) -> BoxFuture<'_, sqlx::Result<Box<dyn Session>>> {
                Box::pin(async move {
                    if self.is_closed() {
                        return Err(sqlx::Error::PoolClosed);
                    }
                    // Below its limit the pool opens one at once; at it, somebody would have to give one back.
                    if self.num_idle() == 0 && self.size() >= self.options().get_max_connections() {
                        return self.beside().await;
                    }
                    let held = Held::<$db>::pooled(self.acquire().await?);
                    Ok(Box::new(held) as Box<dyn Session>)
                })
            }

            fn beside(&self) -> BoxFuture<'_, sqlx::Result<Box<dyn Session>>> {
                Box::pin(async move {
                    let connection = $options(self.connect_options().as_ref()).connect().await?;
                    let mut held = Held::<$db>::own(connection);
                    introduce_too(&mut held).await?;
                    Ok(Box::new(held) as Box<dyn Session>)
                })
            }

            fn sleep(&self, time: Duration) -> BoxFuture<'_, bool> {
                Box::pin(async move {
                    let slept = self
                        .close_event()
                        .do_until(sqlx_core::rt::sleep(time))
                        .await;
                    slept.is_ok()
                })
            }

            fn hand_over(&self, sql: &str) {
                let Some(connection) = self.try_acquire() else {
                    return;
                };
                let mut connection = connection.detach();
                let sql = AssertSqlSafe(sql).into_sql_str();
                let mut sending = pin!(sqlx::raw_sql(sql).execute(&mut connection));
                // Servers run what has reached them. SQLite's thread needs a moment before the process is gone.
                for _ in 0..$moments {
                    let polled = sending
                        .as_mut()
                        .poll(&mut Context::from_waker(Waker::noop()));
                    if polled.is_ready() {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
            }

            fn size(&self) -> u32 {
                sqlx::Pool::size(self)
            }

            fn identity(&self) -> String {
                let hash = Sha256::digest($place(&*self.connect_options()));
                hash.iter().map(|byte| format!("{byte:02x}")).collect()
            }
        }
    };
}

/// The options as they are.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn as_they_are<O: Clone>(options: &O) -> O {
    options.clone()
}

/// The server's address, with what must not be printed of it.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn url<O: ConnectOptions>(options: &O) -> String {
    options.to_url_lossy().into()
}

/// The file's path. sqlx makes a URL of it that it cannot parse, and panics, where the path has a colon.
#[cfg(feature = "sqlite")]
pub(super) fn file(options: &sqlx::sqlite::SqliteConnectOptions) -> String {
    options.get_filename().to_string_lossy().into_owned()
}

/// SQLite's without leave to create the file: whoever deleted it meant it.
#[cfg(feature = "sqlite")]
fn of_a_file(options: &sqlx::sqlite::SqliteConnectOptions) -> sqlx::sqlite::SqliteConnectOptions {
    options.clone().create_if_missing(false)
}

#[cfg(feature = "sqlite")]
source!(sqlx::Sqlite, sqlx::SqlitePool, of_a_file, file, 100);
#[cfg(feature = "postgres")]
source!(sqlx::Postgres, sqlx::PgPool, as_they_are, url, 3);
#[cfg(feature = "mysql")]
source!(sqlx::MySql, sqlx::MySqlPool, as_they_are, url, 3);
