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
//! ([`RunReport`]), `decision` ([`Decision`], of a refusal too),
//! `journal` ([`Journal`](crate::Journal)), `backup` ([`Backup`](crate::Backup)), `forward` or `error`.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done, or nothing to do |
//! | 1 | refused or failed; with `status --check`: something is pending, or was edited after it was applied; with `journal`: somebody changed it |
//! | 2 | the arguments are not understood |

mod arguments;
mod backup;
mod output;
mod terminal;

use std::process::ExitCode;

use clap::Parser;
use onward_analysis::{Tier, Version};

use crate::{
    Decision, Environment, Error, Goal, Migrator, Result, Revert, RunReport, Target, Waiver,
};
use output::{Done, Output};

pub use arguments::{Answering, Back, Command, Common, Format, Forward, Record};
pub use backup::Safeguard;

/// Runs the command that stands in the program's arguments, and says how it went.
pub async fn run<T: Target + Copy>(migrator: Migrator, target: T) -> ExitCode {
    Whole::parse().command.run(migrator, target).await
}

/// Migrates this application's database.
#[derive(Debug, Parser)]
#[command(
    after_help = "Exit codes: 0 done, or nothing to do; 1 refused or failed, or with `status --check` something is \
                  pending or was edited after it was applied, or somebody changed the journal; 2 the arguments are not understood."
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
        let output = Output::new(&common);
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
            Command::Plan { forward, .. } => {
                let decision = migrator.judge_up(target, forward.goal()).await?;
                Done::Plan(Box::new(decision))
            }
            Command::Up {
                forward,
                answering,
                dry_run,
                ..
            } => {
                let wish = Wish::Up(forward.goal());
                wished(migrator, wish, &answering, dry_run, target).await?
            }
            Command::Down {
                back,
                answering,
                dry_run,
                ..
            } => {
                let wish = Wish::Down(back.goal());
                wished(migrator, wish, &answering, dry_run, target).await?
            }
            Command::Redo {
                back, answering, ..
            } => Done::Ran(again(migrator, back.goal(), &answering, target).await?),
            Command::Forward { version, .. } => {
                Done::Forward(migrator.forward(target, version).await?)
            }
            Command::Backup { what, .. } => Done::BackedUp(what.run(&migrator, target).await?),
            Command::Journal { what, .. } => {
                let mut journal = migrator.journal(target).await?;
                let verify = match what {
                    Record::Show { last } => {
                        let all = journal.entries.len();
                        journal
                            .entries
                            .drain(..all.saturating_sub(last.unwrap_or(all)));
                        false
                    }
                    Record::Verify => true,
                };
                Done::Journal { journal, verify }
            }
            Command::Reset { .. } => Done::Ran(reset(migrator, target).await?),
        })
    }
}

/// What is wished for.
#[derive(Debug, Clone, Copy)]
enum Wish {
    Up(Goal),
    Down(Revert),
}

impl Wish {
    async fn run<T: Target>(self, migrator: &Migrator, target: T) -> Result<RunReport> {
        match self {
            Wish::Up(goal) => migrator.up(target, goal).await,
            Wish::Down(goal) => migrator.revert(target, goal).await,
        }
    }

    async fn judge<T: Target>(self, migrator: &Migrator, target: T) -> Result<Decision> {
        match self {
            Wish::Up(goal) => migrator.judge_up(target, goal).await,
            Wish::Down(goal) => migrator.judge(target, goal).await,
        }
    }
}

/// Does it, or shows what would become of it.
async fn wished<T: Target + Copy>(
    migrator: Migrator,
    wish: Wish,
    answering: &Answering,
    dry_run: bool,
    target: T,
) -> Result<Done> {
    let migrator = waived(migrator, answering)?;
    Ok(match dry_run {
        true => Done::Judged(Box::new(wish.judge(&migrator, target).await?)),
        false => Done::Ran(asking(migrator, wish, answering, target).await?),
    })
}

/// The migrator with what its caller takes upon themselves.
fn waived(mut migrator: Migrator, answering: &Answering) -> Result<Migrator> {
    if let Some(begun) = answering.begun {
        migrator = migrator.begun(begun);
    }
    for (question, reason) in &answering.waive {
        migrator = migrator.waive(Waiver::new(*question, reason, &answering.name())?);
    }
    Ok(migrator)
}

/// Does it. Where only consent is missing, the person at the terminal is asked for it.
async fn asking<T: Target + Copy>(
    migrator: Migrator,
    wish: Wish,
    answering: &Answering,
    target: T,
) -> Result<RunReport> {
    match wish.run(&migrator, target).await {
        Err(Error::Refused(decision)) => match terminal::consent(&decision, &answering.name()) {
            Some(consent) => wish.run(&migrator.consent(consent), target).await,
            None => Err(Error::Refused(decision)),
        },
        done => done,
    }
}

/// Reverts, and applies what was reverted.
async fn again<T: Target + Copy>(
    migrator: Migrator,
    goal: Revert,
    answering: &Answering,
    target: T,
) -> Result<RunReport> {
    let migrator = waived(migrator, answering)?;
    let report = asking(migrator.clone(), Wish::Down(goal), answering, target).await?;
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
