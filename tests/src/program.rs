//! What does a program of the shop do, as a process of its own?
//!
//! `program URL VERB [N]`: `run` applies what is pending, `revert` takes the last one back, `empty` takes all of them
//! back. With N it dies at the N-th event. It begins when its standard input ends, so that many can begin at once, and
//! prints the report as JSON.

use std::io::Read as _;
use std::process::{Command, ExitCode, Stdio};

use onward::{Catalog, Environment, Migrator, Revert, RunReport, Version};

use crate::death::Death;
use crate::{Database, Pool, with_pool};

/// The whole of a program whose migrations are `catalog`.
#[must_use]
pub fn main(catalog: Catalog) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, verb, death @ ..] = arguments.as_slice() else {
        panic!("usage: program URL VERB [N]");
    };
    if let [nth] = death {
        let death = Death::at(nth.parse().expect("a number"));
        tracing::subscriber::set_global_default(death).expect("the only subscriber");
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match runtime.block_on(work(catalog, url, verb)) {
        Ok(report) => {
            println!(
                "{}",
                serde_json::to_string(&report).expect("a report is JSON")
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn work(catalog: Catalog, url: &str, verb: &str) -> onward::Result<RunReport> {
    std::io::stdin()
        .read_to_end(&mut Vec::new())
        .expect("the end of standard input");
    let pool = Pool::connect(url).await;
    let migrator = Migrator::new(catalog).environment(Environment::from_env()?);
    match verb {
        "run" => with_pool!(pool, pool => migrator.run(pool).await),
        "revert" => with_pool!(pool, pool => migrator.revert(pool, Revert::Last).await),
        "empty" => {
            with_pool!(pool, pool => migrator.revert(pool, Revert::To(Version::new(0))).await)
        }
        other => panic!("no verb {other}"),
    }
}

/// The command that runs `program` on `database`, in development.
#[must_use]
pub fn command(program: &str, database: &Database, verb: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args([&database.url, verb])
        .env(Environment::VARIABLE, "development")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}
