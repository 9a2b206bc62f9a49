//! An application whose migrations stand in a second crate, with the command line that Onward brings.
//!
//! `cargo run -p workspace-app -- status`, then `plan`, `up`, `down`; each knows `--help`, `--environment development` and
//! `--format json`. The database is the file that `BOOKS` names, else `books.db`.

use std::process::ExitCode;

use onward::Migrator;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use workspace_migrations::MIGRATIONS;

#[tokio::main]
async fn main() -> ExitCode {
    let file = std::env::var_os("BOOKS").unwrap_or_else(|| "books.db".into());
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true);
    let pool = SqlitePool::connect_lazy_with(options);
    onward::cli::run(Migrator::new(MIGRATIONS), &pool).await
}
