//! How does one migration run on the throw-away database?
//!
//! By the same runner as in an application. The database is new and its own, so there is no lock to take; and nothing in
//! it is anybody's, so the gate of a development database has nothing to ask.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use onward_analysis::{Record, Version};

use super::database::{Database, Server, refusal};
use crate::clock::Clock;
use crate::history::{Author, State, Tables};
use crate::registration::Code;
use crate::runner::{Manners, Runner, Settings, Stepped};
use crate::session::Session;
use crate::{Direction, Environment, Goal, Plan, Result, Revert, Step};

/// A database and what runs migrations on it.
pub(super) struct Engine<'c> {
    database: Database,
    pub(super) session: Box<dyn Session>,
    runner: Runner<'c>,
    state: State,
}

impl<'c> Engine<'c> {
    /// Makes a database.
    pub(super) async fn start(
        server: &Server,
        on_connect: &str,
        code: &'c HashMap<Version, &'static Code>,
    ) -> Result<Engine<'c>> {
        let database = server.create().await?;
        Engine::on(database, on_connect, code, true).await
    }

    /// On a database in which migrations have run.
    pub(super) async fn resume(
        database: Database,
        on_connect: &str,
        code: &'c HashMap<Version, &'static Code>,
    ) -> Result<Engine<'c>> {
        Engine::on(database, on_connect, code, false).await
    }

    async fn on(
        database: Database,
        on_connect: &str,
        code: &'c HashMap<Version, &'static Code>,
        new: bool,
    ) -> Result<Engine<'c>> {
        match prepare(&database, on_connect, code, new).await {
            Ok((session, runner, state)) => Ok(Engine {
                database,
                session,
                runner,
                state,
            }),
            Err(error) => {
                // The first error is the one to tell.
                let _ = database.remove().await;
                Err(error)
            }
        }
    }

    /// Leaves the database, which stays.
    pub(super) async fn leave(self) -> Database {
        self.session.close().await;
        self.database
    }

    /// Runs a migration one way.
    pub(super) async fn run(&mut self, record: &Arc<Record>, direction: Direction) -> Result<Step> {
        let step = step(record, direction, self.session.dialect())?;
        let session = self.session.as_mut();
        match self
            .runner
            .step(session, &step, &mut self.state, None)
            .await?
        {
            Stepped::Done(_) => Ok(step),
            Stepped::Stale => Err(refusal(
                "Somebody else has changed the history of the test's own database.".to_owned(),
            )),
        }
    }

    /// Removes the database.
    pub(super) async fn end(self) -> Result<()> {
        self.session.close().await;
        self.database.remove().await
    }
}

async fn prepare<'c>(
    database: &Database,
    on_connect: &str,
    code: &'c HashMap<Version, &'static Code>,
    new: bool,
) -> Result<(Box<dyn Session>, Runner<'c>, State)> {
    let mut session = database.connect().await?;
    if !on_connect.is_empty() {
        session.execute(on_connect).await?;
    }
    let environment = Environment::development();
    // Nobody else is there, to wait for or to keep waiting.
    let manners = Manners {
        turn: Duration::from_secs(60),
        limit: Duration::ZERO,
        longest: Duration::MAX,
    };
    let runner = Runner {
        tables: Tables::find(session.as_mut()).await?,
        author: Author::here(environment.name(), Clock::own()),
        settings: Settings::adopt(session.as_mut(), manners).await?,
        backend: None,
        code,
        plan: String::new(),
        evidence: String::new(),
        begun: None,
        guard: None,
        patience: Duration::ZERO,
        manners,
        tell: &|_| {},
    };
    if new {
        runner.found(session.as_mut(), &environment).await?;
    }
    let state = State::read(session.as_mut(), &runner.tables).await?;
    Ok((session, runner, state))
}

/// The one step of the plan that runs `record`.
fn step(
    record: &Arc<Record>,
    direction: Direction,
    dialect: onward_analysis::Dialect,
) -> Result<Step> {
    let records = [Arc::clone(record)];
    let environment = Environment::development();
    let plan = match direction {
        Direction::Up => Plan::forward(&records, |_| false, Goal::Latest, &environment, dialect)?,
        Direction::Down => Plan::back(&records, Revert::Last, &environment, dialect)?,
    };
    let step = plan.steps().first().cloned();
    step.ok_or_else(|| refusal(format!("{} has no {direction}.", record.name)))
}
