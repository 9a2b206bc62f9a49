//! How does Onward compare with its peers on the same migrations, on this machine, in this run?

mod apps;
mod compile;
mod made;
mod processes;
mod table;
mod timing;

use clap::{Parser, ValueEnum};

use apps::{App, Database, Workspace};
use processes::Rounds;

/// Runs Onward beside sqlx, refinery and diesel_migrations and prints medians and ratios.
#[derive(Parser)]
struct Arguments {
    /// The URL of a PostgreSQL server with `host=FOLDER` for its socket, whose superuser `postgres` is trusted; without
    /// it, SQLite alone.
    #[arg(long)]
    postgres: Option<String>,
    /// How many migrations.
    #[arg(long = "number", short, value_delimiter = ',', default_values_t = [100, 1_000, 10_000])]
    numbers: Vec<usize>,
    /// What to measure; everything by default.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Measure>,
    /// The tools to measure, beside the floor; everyone by default.
    #[arg(long, value_delimiter = ',')]
    tools: Vec<App>,
    /// How many rounds of starting with nothing to do.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
    /// How many rounds of applying all; fewer by default where one takes long.
    #[arg(long)]
    apply_rounds: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// Apply every migration, then start again with nothing to do: whole processes.
    Run,
    /// The size of the release binary at 1,000 migrations.
    Size,
    /// `cargo check` after touching one of 1,000 migrations.
    Check,
    /// `cargo check` with 1,000 derived items, beside none and beside 1,000 bare registrations.
    Derive,
    /// The clean build of an application with ten migrations.
    Build,
}

pub(crate) type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let wanted = |measure| arguments.only.is_empty() || arguments.only.contains(&measure);
    let workspace = Workspace::new(arguments.tools)?;
    let mut databases = vec![Database::Sqlite];
    if let Some(url) = &arguments.postgres {
        databases.push(Database::postgres(url)?);
    }
    if wanted(Measure::Run) {
        for database in &databases {
            for number in &arguments.numbers {
                let rounds = Rounds {
                    start: arguments.rounds,
                    apply: arguments
                        .apply_rounds
                        .unwrap_or((5_000 / number).max(3))
                        .clamp(1, 31),
                };
                processes::measure(&workspace, database, *number, rounds)?;
            }
        }
    }
    if wanted(Measure::Size) {
        compile::size(&workspace, &databases)?;
    }
    if wanted(Measure::Check) {
        compile::check(&workspace)?;
    }
    if wanted(Measure::Derive) {
        compile::derive(&workspace)?;
    }
    if wanted(Measure::Build) {
        compile::build(&workspace)?;
    }
    Ok(())
}
