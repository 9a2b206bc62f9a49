//! What was typed?

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use onward_analysis::{Dialect, Version};

/// Reads the command line; a mistake in it ends the process with code 2, as clap does.
pub(crate) fn read() -> Command {
    let mut words: Vec<_> = std::env::args_os().collect();
    // `cargo onward check` runs `cargo-onward onward check`; both forms mean the same.
    if words.get(1).is_some_and(|word| word == "onward") {
        words.remove(1);
    }
    CommandLine::parse_from(words).command
}

/// Judge migrations: what does each direction lose, and is it admitted?
#[derive(Debug, Parser)]
#[command(name = "cargo onward", bin_name = "cargo onward", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what the migrations of a crate or a folder lose, and what is wrong with them
    Check(CheckArgs),
    /// Write the marks that the verdicts call for into the header comments of a folder
    Mark(MarkArgs),
    /// Write `migrations.lock`: the entries follow the drafts
    Lock(LockArgs),
    /// Write `migrations.lock` and mark every migration released: none of them may be edited from now on
    Release(LockArgs),
    /// Print the down that would undo a migration's up, with the mark that it needs
    DownFor(DownForArgs),
    /// Write the migration that undoes an earlier one as the next: up, down, marks, and its entry in the lock file
    Forward(ForwardArgs),
    /// Begin a new migration: files in the folder's own style, or a Rust item where there is no folder
    #[command(alias = "new")]
    Add(AddArgs),
    /// Say what a rule catches, why it hurts and what to write instead
    Explain(ExplainArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// A folder of sqlx, golang-migrate, diesel or refinery migrations, or of a crate, which is asked for its own; else the
    /// crate here is
    #[arg(conflicts_with_all = ["up", "down"])]
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) package: PackageArgs,
    /// The up of a single migration, judged without knowing the schema before it
    #[arg(long, value_name = "FILE")]
    pub(crate) up: Option<PathBuf>,
    /// The down of a single migration
    #[arg(long, value_name = "FILE")]
    pub(crate) down: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) dialect: DialectArg,
    /// How to report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct MarkArgs {
    /// A folder of sqlx, golang-migrate, diesel or refinery migrations
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) dialect: DialectArg,
    /// Say what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LockArgs {
    /// The package that holds `catalog!()`; else the one in this folder
    #[arg(short, long)]
    pub(crate) package: Vec<String>,
    /// Further arguments for `cargo test`, such as `--features postgres`
    #[arg(last = true)]
    pub(crate) cargo: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DownForArgs {
    /// The version of the migration
    pub(crate) version: Version,
    /// The folder that it stands in; else the crate is asked
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) package: PackageArgs,
    #[command(flatten)]
    pub(crate) dialect: DialectArg,
}

#[derive(Debug, Args)]
pub(crate) struct ForwardArgs {
    /// The version of the migration to undo
    pub(crate) version: Version,
    /// A folder of migrations that belongs to no crate with `catalog!()`; else the crate is asked
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) package: PackageArgs,
    #[command(flatten)]
    pub(crate) dialect: DialectArg,
    /// Print it, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which crate is asked where no folder is named.
#[derive(Debug, Clone, Args)]
pub(crate) struct PackageArgs {
    /// The package that holds `catalog!()`; else the one in this folder
    #[arg(short, long, conflicts_with = "dir")]
    pub(crate) package: Option<String>,
    /// Further arguments for `cargo test`, such as `--features postgres`
    #[arg(last = true)]
    pub(crate) cargo: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// What it does, such as add_phone_number
    pub(crate) name: String,
    /// The folder of migrations; else `migrations`, where that exists
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A rule's name; without it, all of them are listed
    pub(crate) rule: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DialectArg {
    /// postgres, mysql or sqlite; without it, what onward.toml names
    #[arg(long = "dialect", value_name = "DIALECT", value_parser = dialect)]
    pub(crate) given: Option<Dialect>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person: snippet, caret and the way out
    Human,
    /// The machine interface, format 1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

fn dialect(name: &str) -> Result<Dialect, String> {
    Dialect::named(name).ok_or_else(|| {
        let names = Dialect::ALL.map(Dialect::name).join(", ");
        format!("one of {names}")
    })
}
