//! What do the suites share? A fresh database for each test, and a look at what stands in it.

mod database;
mod death;
mod picture;
#[cfg(unix)]
pub mod pooler;
pub mod production;
pub mod program;
pub mod server;
pub mod service;
mod skipped;

pub use database::{Database, Pool};
pub use skipped::skipped;

/// Runs each case on every database: `async fn case(database: Database)` becomes the tests `case::on_sqlite`,
/// `case::on_postgres` and `case::on_mysql`.
#[macro_export]
macro_rules! on_every_database {
    ($($case:ident),+ $(,)?) => {
        $($crate::on!($case: on_sqlite, on_postgres, on_mysql);)+
    };
}

/// Runs a case on those databases alone where it means something.
#[macro_export]
macro_rules! on {
    ($case:ident: $($database:ident),+) => {
        mod $case {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $database() {
                    super::$case($crate::Database::$database().await).await;
                }
            )+
        }
    };
}
