//! What does a program of the shop do, as a process of its own?
//!
//! `program URL VERB [MOMENT]`: `run` applies what is pending, `revert` takes the last one back, `empty` takes all of them
//! back, `done` and `again` go on after a statement that was left in doubt, `status` says where it stands, `guarded` takes back what came after the first, with the consent of somebody who saw what is lost. With MOMENT, a number
//! or a text, it dies at that event or at the first that says so. It begins when its standard input ends, so that many can begin
//! at once, and prints what came of it as JSON.

use std::io::Read as _;
use std::process::{Command, ExitCode, Stdio};

use onward::{Begun, Catalog, Consent, Environment, Migrator, Question, Revert, Version, Waiver};

use crate::death::Death;
use crate::{Database, Pool, production, with_pool};

/// The whole of a program whose migrations are `catalog`.
#[must_use]
pub fn main(catalog: Catalog) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, verb, death @ ..] = arguments.as_slice() else {
        panic!("usage: program URL VERB [N]");
    };
    if let [moment] = death {
        let death = Death::at(moment);
        tracing::subscriber::set_global_default(death).expect("the only subscriber");
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match runtime.block_on(work(catalog, url, verb)) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn work(catalog: Catalog, url: &str, verb: &str) -> onward::Result<String> {
    std::io::stdin()
        .read_to_end(&mut Vec::new())
        .expect("the end of standard input");
    let pool = Pool::connect(url).await;
    let migrator = Migrator::new(catalog)
        .environment(Environment::from_env()?)
        .on_progress(|event| eprintln!("{event}"));
    let report = match verb {
        "run" => with_pool!(pool, pool => migrator.run(pool).await),
        "revert" => with_pool!(pool, pool => migrator.revert(pool, Revert::Last).await),
        "empty" => {
            with_pool!(pool, pool => migrator.revert(pool, Revert::To(Version::new(0))).await)
        }
        "done" => with_pool!(pool, pool => migrator.begun(Begun::Done).run(pool).await),
        "again" => with_pool!(pool, pool => migrator.begun(Begun::Again).run(pool).await),
        "status" => {
            return with_pool!(pool, pool => migrator.status(pool).await)
                .map(|status| serde_json::to_string(&status).expect("a status is JSON"));
        }
        "guarded" => with_pool!(pool, pool => {
            let goal = Revert::To(Version::new(1));
            let seen = migrator.judge(pool, goal).await?;
            let consent = Consent::new("ada", &seen.site, &seen.plan.hash, &*seen.losing);
            let used = Waiver::new(Question::Reversible, "nobody has used it", "ada")?;
            // MySQL tells of the transactions of the whole server, where other tests have some.
            let others = Waiver::new(Question::Downtime, "it is a small table", "ada")?;
            let given = migrator.consent(consent.seeing(&seen.answers));
            let given = given.waive(used).waive(others);
            production::undisturbed(async || given.revert(pool, goal).await).await
        }),
        other => panic!("no verb {other}"),
    };
    report.map(|report| serde_json::to_string(&report).expect("a report is JSON"))
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
