//! How long do whole processes take: one that applies everything, and one that finds nothing to do?

use std::path::PathBuf;
use std::process::Command;

use crate::Result;
use crate::apps::{App, Database, Workspace, succeed};
use crate::made;
use crate::table;
use crate::timing::{Taken, interleave, time};

/// How often each tool is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    pub(crate) start: usize,
    pub(crate) apply: usize,
}

/// Applies `number` migrations with every tool, then starts each tool again on what it built, and prints both.
pub(crate) fn measure(
    workspace: &Workspace,
    database: &Database,
    number: usize,
    rounds: Rounds,
) -> Result<()> {
    let migrations = made::migrations(number);
    let peers = [
        App::Onward,
        App::Derive,
        App::Sqlx,
        App::Refinery,
        App::Diesel,
    ];
    let mut runners = Vec::new();
    for app in [vec![App::Floor], workspace.apps(&peers)].concat() {
        if !database.admits(app) {
            continue;
        }
        workspace.equip(app, database.feature(), &migrations)?;
        runners.push(Runner {
            app,
            binary: workspace.release(app, database.feature(), number)?,
            statements: workspace.folder(app).join("migrations/all.sql"),
        });
    }
    let databases = Databases::new(database, &runners)?;
    let contestants: Vec<&Runner> = runners.iter().collect();

    let applied = interleave(&contestants, rounds.apply, |runner, _| {
        databases.reset(runner)?;
        runner.run(&databases.url(runner), "apply")
    })?;
    report(
        "apply all",
        database,
        number,
        rounds.apply,
        &runners,
        &applied,
    );

    let started = interleave(&contestants, rounds.start, |runner, _| {
        runner.run(&databases.url(runner), "start")
    })?;
    report(
        "nothing to do",
        database,
        number,
        rounds.start,
        &runners,
        &started,
    );
    Ok(())
}

fn report(
    what: &str,
    database: &Database,
    number: usize,
    rounds: usize,
    runners: &[Runner],
    taken: &[Taken],
) {
    let names: Vec<&str> = runners.iter().map(|runner| runner.app.name()).collect();
    let title = format!(
        "{what}, {number} migrations, {}, median of {rounds} whole processes",
        database.feature()
    );
    table::times(&title, &names, taken);
}

struct Runner {
    app: App,
    binary: PathBuf,
    statements: PathBuf,
}

impl Runner {
    fn run(&self, url: &str, what: &str) -> Result<Taken> {
        let mut command = Command::new(&self.binary);
        match (self.app, what) {
            (App::Floor, "apply") => command.args([what, url]).arg(&self.statements),
            (App::Floor, _) => command.args([what, url]),
            _ => command.arg(url),
        };
        time(|| succeed(command.env("ONWARD_ENV", "production")))
    }
}

/// One database for each tool.
struct Databases {
    database: Database,
    folder: tempfile::TempDir,
    /// The floor's binary, which makes PostgreSQL's databases.
    floor: PathBuf,
}

impl Databases {
    fn new(database: &Database, runners: &[Runner]) -> Result<Databases> {
        let floor = runners.first().ok_or("the floor is always measured")?;
        Ok(Databases {
            database: database.clone(),
            folder: tempfile::tempdir()?,
            floor: floor.binary.clone(),
        })
    }

    fn url(&self, runner: &Runner) -> String {
        let name = runner.app.name();
        match &self.database {
            Database::Sqlite => {
                let file = self.folder.path().join(format!("{name}.db"));
                format!("sqlite://{}?mode=rwc", file.display())
            }
            Database::Postgres { folder } => postgres(folder, &format!("bench_{name}")),
        }
    }

    fn reset(&self, runner: &Runner) -> Result<()> {
        let name = runner.app.name();
        match &self.database {
            Database::Sqlite => {
                for end in ["", "-journal", "-wal", "-shm"] {
                    let file = self.folder.path().join(format!("{name}.db{end}"));
                    if file.exists() {
                        std::fs::remove_file(file)?;
                    }
                }
                Ok(())
            }
            Database::Postgres { folder } => succeed(Command::new(&self.floor).args([
                "reset",
                &postgres(folder, "postgres"),
                &format!("bench_{name}"),
            ])),
        }
    }
}

fn postgres(folder: &str, name: &str) -> String {
    format!("postgres:///{name}?host={folder}&user=postgres")
}
