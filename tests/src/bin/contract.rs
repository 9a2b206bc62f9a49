//! The command line of an application whose last migration takes what an earlier one added, on the SQLite file that
//! `ONWARD_TEST_FILE` names.

use std::process::ExitCode;

use onward::Migrator;
use sqlx::SqlitePool;

#[tokio::main]
async fn main() -> ExitCode {
    let file = std::env::var("ONWARD_TEST_FILE").expect("the file's name");
    let pool = SqlitePool::connect_lazy(&format!("sqlite://{file}")).expect("a URL");
    let migrator = Migrator::new(contract::MIGRATIONS).application("shop-web");
    onward::cli::run(migrator, &pool).await
}
