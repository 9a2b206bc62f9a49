//! What can be asked of this repository? One command for each everyday thing.

use std::error::Error;
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

mod packages;
mod servers;
mod shell;

use servers::{Database, Keep, Servers};
use shell::Shell;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// The test binaries that talk to databases.
const DATABASE_SUITES: [&str; 14] = [
    "databases",
    "instances",
    "uses",
    "places",
    "stumbling",
    "sqlite",
    "postgres",
    "mysql",
    "fleet",
    "crash",
    "crash_in_production",
    "crash_in_a_call",
    "restarts",
    "jobs",
];

#[derive(Parser)]
#[command(about, bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run all tests, on private database servers of their own
    Test(Tests),
    /// Run the suites that need databases: cases, fleets, crashes
    Databases(Tests),
    /// Run the compile-error tests
    Ui {
        /// Write what the compiler says now into tests/ui
        #[arg(long)]
        bless: bool,
    },
    /// Refuse unformatted code
    Fmt,
    /// Run clippy, warnings denied
    Clippy,
    /// Build the documentation, warnings denied
    Doc,
    /// Measure Onward beside the other tools
    Bench(Bench),
}

#[derive(clap::Args)]
struct Tests {
    /// The databases to test on; sqlite needs no server
    #[arg(long, value_delimiter = ',', value_enum, default_values = ["sqlite", "postgres", "mysql"])]
    databases: Vec<Database>,
    /// Run only tests whose name contains one of these
    filter: Vec<String>,
}

#[derive(clap::Args)]
struct Bench {
    /// The databases to measure on, sqlite or postgres; sqlite is always measured and needs no server
    #[arg(long, value_delimiter = ',', value_enum, default_values = ["sqlite", "postgres"])]
    databases: Vec<Database>,
    /// Passed to the bench as they are
    #[arg(last = true)]
    arguments: Vec<String>,
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let shell = Shell::new()?;
    // The whole workspace is selected every time, so that cargo builds each crate with one set of features.
    match task {
        Task::Test(tests) => test(&shell, &tests, &[]),
        Task::Databases(tests) => test(
            &shell,
            &tests,
            &DATABASE_SUITES.map(|suite| ["--test", suite]).concat(),
        ),
        Task::Ui { bless } => {
            let mut command = cargo(&["test", "--workspace", "--test", "ui"]);
            if bless {
                command.env("TRYBUILD", "overwrite");
            }
            shell.run(&mut command)
        }
        Task::Fmt => shell.run(&mut cargo(&["fmt", "--all", "--check"])),
        Task::Clippy => {
            let strict = ["--", "--deny=warnings"];
            let whole = ["clippy", "--workspace", "--all-targets"];
            shell.run(&mut cargo(&[whole.as_slice(), &strict].concat()))?;
            // Most applications have one driver; together with the others each finds what it lacks by itself.
            for driver in ["sqlite", "postgres", "mysql"] {
                let alone = [
                    "clippy",
                    "--package=onward",
                    "--no-default-features",
                    "--features",
                    driver,
                ];
                shell.run(&mut cargo(&[alone.as_slice(), &strict].concat()))?;
            }
            Ok(())
        }
        Task::Doc => shell.run(
            cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny=warnings"),
        ),
        Task::Bench(bench) => {
            let servers = Servers::start(&shell, &bench.databases, Keep::Durably)?;
            let mut command = cargo(&["run", "--quiet", "--package", "bench-driver", "--"]);
            // The peers have a workspace of their own, which is no part of this one.
            command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../benches"));
            for (_, url) in servers.urls() {
                command.args(["--postgres", url]);
            }
            shell.run(command.args(&bench.arguments))
        }
    }
}

/// Runs the tests of `targets`, all where it is empty, while the servers are up.
fn test(shell: &Shell, tests: &Tests, targets: &[&str]) -> Result<()> {
    let servers = Servers::start(shell, &tests.databases, Keep::Carelessly)?;
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
    command.args(targets).arg("--").args(&tests.filter);
    for database in Database::ALL {
        if !tests.databases.contains(&database) {
            command.args(["--skip", database.tests()]);
        }
    }
    shell.run(command.envs(servers.urls()))
}

/// The cargo that runs this, without what a developer's shell may have set for an application of theirs.
fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    for variable in ["ONWARD_ENV", "ONWARD_LOCK", "DATABASE_URL"] {
        command.env_remove(variable);
    }
    command
}
