//! On what can a migrator be let loose?

use std::sync::Arc;

use futures_core::future::BoxFuture;

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
use sqlx::ConnectOptions as _;

use super::{Session, Source};
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
use super::{connection::Held, source, unreachable};

/// A database to migrate: `&SqlitePool`, `&PgPool`, `&MySqlPool`, or a `&mut` connection of any of them.
///
/// Of a pool one connection is taken. PostgreSQL's and MySQL's is taken out of the pool for good as soon as there is
/// something to do, and closed in the end, so that no lock and no setting outlives the run, however it ends. A
/// connection of your own is given back as it was; only where the run is cancelled halfway on a server must you close it,
/// because its lock goes with it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no database that Onward was built for",
    label = "wanted is `&SqlitePool`, `&PgPool`, `&MySqlPool`, or a `&mut` connection of one of them",
    note = "each is there with its feature: `onward = {{ …, default-features = false, features = [\"postgres\"] }}` (or `sqlite`, `mysql`)"
)]
pub trait Target: Open + Send {}

/// Sealed: only this crate knows how to open a target.
pub trait Open {
    #[doc(hidden)]
    fn open<'s>(self) -> Opening<'s>
    where
        Self: 's;
}

/// A session on its way. Its type is private to the crate; only its name is not.
#[doc(hidden)]
#[allow(missing_debug_implementations)]
pub struct Opening<'s>(
    pub(crate) BoxFuture<'s, sqlx::Result<Box<dyn Session + 's>>>,
    /// The pool, where it is one: what outlives the call.
    pub(crate) Option<Arc<dyn Source>>,
);

const IN_TRANSACTION: &str = "The connection is in a transaction, and each migration needs one of its own.\n\
                              Commit it first, or give the migrator the pool.";

/// A connection that nobody else has.
#[cfg(feature = "testing")]
pub(crate) trait Own {
    /// The session on it.
    fn own(self) -> Box<dyn Session>;
}

macro_rules! target {
    ($db:ty, $pool:ty, $connection:ty, $place:expr) => {
        #[cfg(feature = "testing")]
        impl Own for $connection {
            fn own(self) -> Box<dyn Session> {
                Box::new(Held::<$db>::own(self))
            }
        }

        impl Target for &$pool {}
        impl Target for &mut $connection {}

        impl Open for &$pool {
            fn open<'s>(self) -> Opening<'s>
            where
                Self: 's,
            {
                let opening = async move {
                    let acquired = match self.acquire().await {
                        Ok(acquired) => acquired,
                        Err(error) => {
                            let options = self.connect_options();
                            let place = $place(&*options);
                            let connect = options.connect();
                            return Err(unreachable::explained(error, &place, connect).await);
                        }
                    };
                    let held = Held::<$db>::pooled(acquired);
                    Ok(Box::new(held) as Box<dyn Session + 's>)
                };
                Opening(Box::pin(opening), Some(Arc::new(self.clone())))
            }
        }

        impl Open for &mut $connection {
            fn open<'s>(self) -> Opening<'s>
            where
                Self: 's,
            {
                let opening = async move {
                    if sqlx::Connection::is_in_transaction(&*self) {
                        return Err(sqlx::Error::Configuration(IN_TRANSACTION.into()));
                    }
                    Ok(Box::new(Held::<$db>::borrowed(self)) as Box<dyn Session + 's>)
                };
                Opening(Box::pin(opening), None)
            }
        }
    };
}

#[cfg(feature = "sqlite")]
target!(
    sqlx::Sqlite,
    sqlx::SqlitePool,
    sqlx::SqliteConnection,
    source::file
);
#[cfg(feature = "postgres")]
target!(
    sqlx::Postgres,
    sqlx::PgPool,
    sqlx::PgConnection,
    source::url
);
#[cfg(feature = "mysql")]
target!(
    sqlx::MySql,
    sqlx::MySqlPool,
    sqlx::MySqlConnection,
    source::url
);
