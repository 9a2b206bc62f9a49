//! The command line of an application whose last migration takes what an earlier one added, on the database that
//! `ONWARD_TEST_DATABASE` names.

use std::process::ExitCode;

use onward::Migrator;
use onward_tests::{Pool, with_pool};

#[tokio::main]
async fn main() -> ExitCode {
    let url = std::env::var("ONWARD_TEST_DATABASE").expect("the database's URL");
    let pool = match Pool::connect_lazy(&url) {
        Ok(pool) => pool,
        Err(error) => {
            eprintln!("{}", onward::Error::from(error));
            return ExitCode::FAILURE;
        }
    };
    let migrator = Migrator::new(contract::MIGRATIONS).application("shop-web");
    with_pool!(pool, pool => onward::cli::run(migrator, pool).await)
}
