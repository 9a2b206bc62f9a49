//! What can a person do to a database from the command line of an application?
//!
//! One line gives an application its command line:
//!
//! ```no_run
//! # onward::catalog!();
//! # async fn example(pool: sqlx::SqlitePool) -> std::process::ExitCode {
//! onward::cli::run(onward::Migrator::new(MIGRATIONS), &pool).await
//! # }
//! ```
//!
//! A pool that connects only when it is used (`SqlitePool::connect_lazy`) lets `--help` work without a database.
//!
//! An application that parses arguments itself takes [`Command`] in as a subcommand:
//!
//! ```no_run
//! # onward::catalog!();
//! #[derive(clap::Parser)]
//! enum Shop {
//!     Serve,
//!     #[command(flatten)]
//!     Migrate(onward::cli::Command),
//! }
//!
//! # async fn example(shop: Shop, pool: sqlx::SqlitePool) -> std::process::ExitCode {
//! match shop {
//!     Shop::Serve => std::process::ExitCode::SUCCESS,
//!     Shop::Migrate(command) => command.run(onward::Migrator::new(MIGRATIONS), &pool).await,
//! }
//! # }
//! ```
//!
//! With `--format json` one document stands on standard output, whatever happens: `{"format": 1, KIND: {…}}`, where `KIND` is
//! `status` ([`Status`](crate::Status)), `plan` ([`PlanReport`](crate::PlanReport)), `run`
//! ([`RunReport`]), `decision` ([`Decision`](crate::Decision), of a refusal too) or `error`.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done, or nothing to do |
//! | 1 | refused or failed; with `status --check`: something is pending |
//! | 2 | the arguments are not understood |

mod arguments;
mod output;
mod terminal;

use std::process::ExitCode;

use clap::Parser;
use onward_analysis::{Tier, Version};

use crate::{Environment, Error, Goal, Migrator, Result, Revert, RunReport, Target, Waiver};
use output::{Done, Output};

pub use arguments::{Back, Command, Common, Format, Forward};

/// Runs the command that stands in the program's arguments, and says how it went.
pub async fn run<T: Target + Copy>(migrator: Migrator, target: T) -> ExitCode {
    Whole::parse().command.run(migrator, target).await
}

/// Migrates this application's database.
#[derive(Debug, Parser)]
#[command(
    after_help = "Exit codes: 0 done, or nothing to do; 1 refused or failed, or with `status --check` something is \
                  pending; 2 the arguments are not understood."
)]
struct Whole {
    #[command(subcommand)]
    command: Command,
}

impl Command {
    /// Runs the command and says how it went: reports on standard output, refusals on standard error, or both as JSON
    /// on standard output.
    pub async fn run<T: Target + Copy>(self, migrator: Migrator, target: T) -> ExitCode {
        let common = self.common().clone();
        let output = Output::new(common.format);
        let migrator = match &common.environment {
            Some(name) => migrator.environment(Environment::named(name)),
            None => migrator,
        };
        let migrator = migrator.on_progress(move |event| output.progress(event));
        match self.done(migrator, target).await {
            Ok(done) => output.done(&done),
            Err(error) => output.failed(&error),
        }
    }

    async fn done<T: Target + Copy>(self, migrator: Migrator, target: T) -> Result<Done> {
        Ok(match self {
            Command::Status { check, .. } => {
                let status = migrator.status(target).await?;
                Done::Status { status, check }
            }
            Command::Plan { forward, .. }
            | Command::Up {
                forward,
                dry_run: true,
                ..
            } => {
                let plan = migrator.plan(target, forward.goal()).await?;
                Done::Plan(plan.report())
            }
            Command::Up { forward, .. } => Done::Ran(migrator.up(target, forward.goal()).await?),
            Command::Down {
                back,
                dry_run: true,
                ..
            } => {
                let migrator = waived(migrator, &back)?;
                Done::Judged(Box::new(migrator.judge(target, back.goal()).await?))
            }
            Command::Down { back, .. } => Done::Ran(down(migrator, &back, target).await?),
            Command::Redo { back, .. } => Done::Ran(again(migrator, &back, target).await?),
            Command::Reset { .. } => Done::Ran(reset(migrator, target).await?),
        })
    }
}

/// The migrator with what its caller takes upon themselves.
fn waived(mut migrator: Migrator, back: &Back) -> Result<Migrator> {
    for (question, reason) in &back.waive {
        migrator = migrator.waive(Waiver::new(*question, reason, &back.name())?);
    }
    Ok(migrator)
}

/// Reverts. Where only consent is missing, the person at the terminal is asked for it.
async fn down<T: Target + Copy>(migrator: Migrator, back: &Back, target: T) -> Result<RunReport> {
    let migrator = waived(migrator, back)?;
    match migrator.revert(target, back.goal()).await {
        Err(Error::Refused(decision)) => match terminal::consent(&decision, &back.name()) {
            Some(consent) => migrator.consent(consent).revert(target, back.goal()).await,
            None => Err(Error::Refused(decision)),
        },
        done => done,
    }
}

/// Reverts, and applies what was reverted.
async fn again<T: Target + Copy>(migrator: Migrator, back: &Back, target: T) -> Result<RunReport> {
    let report = down(migrator.clone(), back, target).await?;
    match report.ran.iter().map(|ran| ran.version).max() {
        Some(newest) => and_up(report, migrator, Goal::To(newest), target).await,
        None => Ok(report),
    }
}

/// Reverts everything, and applies everything.
async fn reset<T: Target + Copy>(migrator: Migrator, target: T) -> Result<RunReport> {
    let status = migrator.status(target).await?;
    if status.environment.tier() != Tier::Development {
        return Err(Error::NotInDevelopment(status.environment));
    }
    let everything = Revert::To(Version::new(0));
    let report = migrator.revert(target, everything).await?;
    and_up(report, migrator, Goal::Latest, target).await
}

/// What was reverted and what was applied then, as one report.
async fn and_up<T: Target>(
    mut report: RunReport,
    migrator: Migrator,
    goal: Goal,
    target: T,
) -> Result<RunReport> {
    let forward = migrator.up(target, goal).await?;
    report.ran.extend(forward.ran);
    report.direction = forward.direction;
    Ok(report)
}
