//! How is one call carried out: look, plan, ask the gate, take the lock, look again, run?

use std::collections::BTreeSet;
use std::sync::Arc;

use onward_analysis::{Digest, Record, Tier, Version};

use tracing::Instrument as _;

use super::{Event, Migrator, inspect};
use crate::catalog::Compiled;
use crate::history::{Author, Head, HistoryError, Look, State, Tables};
use crate::lock::{Lock, Patience};
use crate::policy::{Demand, demand};
use crate::runner::{Guard, Runner, Settings, Stepped};
use crate::session::{Opening, Session};
use crate::{
    Decision, Direction, Environment, Goal, Plan, Ran, Result, Revert, RunReport, Site, Target,
    evidence,
};

/// What is wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Forward.
    Up(Goal),
    /// Back.
    Down(Revert),
}

/// One call of a migrator on one database.
pub(super) struct Errand<'e> {
    pub(super) migrator: &'e Migrator,
    pub(super) session: Box<dyn Session + 'e>,
    pub(super) compiled: Compiled,
    pub(super) environment: Environment,
    pub(super) look: Look,
}

impl<'e> Errand<'e> {
    /// Checks the catalogs, opens the database and looks at it once; refuses one of another environment.
    pub(super) async fn begin(
        migrator: &'e Migrator,
        target: impl Target + 'e,
    ) -> Result<Errand<'e>> {
        let errand = Errand::look(migrator, target).await?;
        errand.fits_the_label()?;
        Ok(errand)
    }

    /// The same, whatever the label.
    pub(super) async fn look(
        migrator: &'e Migrator,
        target: impl Target + 'e,
    ) -> Result<Errand<'e>> {
        let (compiled, environment) = migrator.compiled()?;
        let Opening(opening) = target.open();
        let mut session = opening.await?;
        session.be_patient(migrator.lock_timeout);
        let look = Head::look(session.as_mut()).await?;
        Ok(Errand {
            migrator,
            session,
            compiled,
            environment,
            look,
        })
    }

    /// Looks once more.
    pub(super) async fn look_again(&mut self) -> Result<()> {
        self.look = Head::look(self.session.as_mut()).await?;
        self.fits_the_label()
    }

    /// Whether the database says that it has exactly what this program has.
    pub(super) fn is_complete(&self) -> bool {
        let complete = self.look.head.as_ref().and_then(|head| head.complete);
        complete == Some(self.digest())
    }

    /// The report of having done nothing.
    pub(super) fn nothing(&self) -> RunReport {
        self.report(Direction::Up, Vec::new(), None)
    }

    /// What would run.
    pub(super) async fn plan(&mut self, wish: Wish) -> Result<Plan> {
        let records = self.compiled.records()?;
        let (tables, state) = self.history().await?;
        self.planned(wish, &records, tables.as_ref(), &state).await
    }

    /// What the gate says to going back.
    pub(super) async fn judge(&mut self, goal: Revert) -> Result<Decision> {
        let plan = self.plan(Wish::Down(goal)).await?;
        let guard = self.asked(&plan).await?;
        Ok(guard.judge(&guard.answers))
    }

    /// Does what is wished for.
    pub(super) async fn carry_out(mut self, wish: Wish) -> Result<RunReport> {
        let records = self.compiled.records()?;
        let (tables, state) = self.history().await?;
        let plan = self
            .planned(wish, &records, tables.as_ref(), &state)
            .await?;
        if plan.is_empty() && (matches!(wish, Wish::Down(_)) || self.is_settled(&records, &state)) {
            self.settle(tables.as_ref(), &records, &state).await;
            return Ok(self.report(plan.direction(), Vec::new(), None));
        }
        // Refused before anything is touched; asked again under the lock.
        self.gate(&plan).await?;
        self.session = self.session.dedicate();
        let span = tracing::info_span!(
            "migrate",
            database = self.look.database,
            environment = self.environment.name()
        );
        let ended = self.locked(wish, &records).instrument(span).await;
        if ended.is_ok() {
            self.session.close().await;
        }
        ended
    }

    /// The rest, under the lock.
    async fn locked(&mut self, wish: Wish, records: &[Arc<Record>]) -> Result<RunReport> {
        let tables = Tables::find(self.session.as_mut()).await?;
        let migrator = self.migrator;
        let mut patience = Patience::of(migrator.lock_timeout);
        let lock = Lock::take(self.session.as_mut(), &tables, &mut patience, |holder| {
            migrator.tell(&Event::Waiting {
                holder: holder.to_owned(),
            });
        })
        .await?;
        let settings = Settings::adopt(self.session.as_mut()).await?;
        let backend = lock.backend();
        let ended = self
            .settled(wish, records, tables, &settings, backend)
            .await;
        // An error's own reason counts, not what follows from it.
        let given_back = settings.give_back(self.session.as_mut()).await;
        let released = lock.release(self.session.as_mut()).await;
        let report = ended?;
        given_back?;
        released?;
        Ok(report)
    }

    /// Runs until there is nothing left to do.
    async fn settled(
        &mut self,
        wish: Wish,
        records: &[Arc<Record>],
        tables: Tables,
        settings: &Settings,
        backend: Option<i64>,
    ) -> Result<RunReport> {
        let code = self.compiled.code();
        let mut runner = Runner {
            tables,
            author: Author::here(self.environment.name()),
            settings: settings.clone(),
            backend,
            code: &code,
            plan: String::new(),
            evidence: String::new(),
            guard: None,
            patience: self.migrator.lock_timeout,
        };
        // What was seen before the lock was taken may have changed.
        self.look_again().await?;
        if self.look.head.is_none() {
            let found = runner.found(self.session.as_mut(), &self.environment);
            found.await?;
            self.look_again().await?;
        }
        let mut ran: Vec<Ran> = Vec::new();
        let mut patience = Patience::of(self.migrator.lock_timeout);
        loop {
            let mut state = State::read(self.session.as_mut(), &runner.tables).await?;
            let tables = runner.tables.clone();
            let wish = rest(wish, ran.len());
            let plan = self.planned(wish, records, Some(&tables), &state).await?;
            let (guard, decision) = self.gate(&plan).await?.unzip();
            runner.plan = plan.hash().as_str().to_owned();
            runner.evidence = journalled(decision.as_ref());
            runner.guard = guard;
            let ended = self
                .steps(&runner, &plan, records, &mut state, wish, &mut ran)
                .await?;
            if ended {
                let direction = plan.direction();
                return Ok(self.report(direction, ran, decision.map(Box::new)));
            }
            if !patience.pause().await {
                return Err(HistoryError::Restless.into());
            }
        }
    }

    /// Runs the steps of a plan; false where somebody else changed the database meanwhile.
    async fn steps(
        &mut self,
        runner: &Runner<'_>,
        plan: &Plan,
        records: &[Arc<Record>],
        state: &mut State,
        wish: Wish,
        ran: &mut Vec<Ran>,
    ) -> Result<bool> {
        let forward = matches!(wish, Wish::Up(_));
        if forward {
            for record in inspect::new_downs(records, state) {
                if !runner
                    .replace_down(self.session.as_mut(), record, state)
                    .await?
                {
                    return Ok(false);
                }
            }
        }
        let foreign = !inspect::foreign(records, &self.catalogs(), state).is_empty();
        let complete = (wish == Wish::Up(Goal::Latest) && !foreign).then(|| self.digest());
        let of = plan.steps().len();
        for (index, step) in plan.steps().iter().enumerate() {
            let name = step.name();
            self.migrator.tell(&Event::Started {
                version: name.version,
                name: name.name.clone(),
                direction: step.direction(),
                number: index + 1,
                of,
            });
            let complete = complete.filter(|_| index + 1 == of);
            let took = match runner
                .step(self.session.as_mut(), step, state, complete)
                .await?
            {
                Stepped::Done(took) => took,
                Stepped::Stale => return Ok(false),
            };
            self.migrator.tell(&Event::Finished {
                version: name.version,
                direction: step.direction(),
                milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            });
            ran.push(Ran {
                version: name.version,
                name: name.name,
                direction: step.direction(),
                took,
            });
        }
        if plan.is_empty() && forward {
            let tables = Some(&runner.tables);
            self.settle(tables, records, state).await;
        }
        Ok(true)
    }

    /// The plan on that history.
    async fn planned(
        &mut self,
        wish: Wish,
        records: &[Arc<Record>],
        tables: Option<&Tables>,
        state: &State,
    ) -> Result<Plan> {
        let dialect = self.session.dialect();
        match wish {
            Wish::Up(goal) => {
                inspect::fits(records, state, &self.environment)?;
                let is_applied = |version: Version| state.applied.contains_key(&version);
                let plan = Plan::forward(records, is_applied, goal, &self.environment, dialect)?;
                if let Some(late) = inspect::late(plan.steps().iter().map(|s| s.record()), state) {
                    if self.environment.tier() == Tier::Production && !self.migrator.out_of_order {
                        return Err(late.into());
                    }
                    tracing::warn!("{late}");
                }
                Ok(plan)
            }
            Wish::Down(goal) => {
                let applied = match tables {
                    Some(tables) => self.stored(records, tables).await?,
                    None => Vec::new(),
                };
                let plan = Plan::back(&applied, goal, &self.environment, dialect)?;
                Ok(plan.below(records.last().map(|record| record.version)))
            }
        }
    }

    /// The applied migrations as they were stored; where the program has the same up, with the program's way back.
    async fn stored(
        &mut self,
        records: &[Arc<Record>],
        tables: &Tables,
    ) -> Result<Vec<Arc<Record>>> {
        let mut stored = State::records(self.session.as_mut(), tables).await?;
        for record in &mut stored {
            let own = records.binary_search_by_key(&record.version, |own| own.version);
            if let Some(own) = own.ok().map(|index| &records[index])
                && own.up.hash == record.up.hash
            {
                *record = Arc::clone(own);
            }
        }
        Ok(stored)
    }

    /// Asks what `plan` raises and whether the gate opens; none where there is nothing to ask.
    async fn gate(&mut self, plan: &Plan) -> Result<Option<(Guard, Decision)>> {
        let tier = self.environment.tier();
        if plan.is_empty() || demand(tier, plan.direction(), plan.verdict()) == Demand::Nothing {
            return Ok(None);
        }
        let guard = self.asked(plan).await?;
        let decision = guard.decide(&guard.answers)?;
        Ok(Some((guard, decision)))
    }

    /// Asks what `plan` raises.
    async fn asked(&mut self, plan: &Plan) -> Result<Guard> {
        let answers = evidence::gather(self.session.as_mut(), plan, &self.environment).await?;
        Ok(Guard {
            plan: plan.clone(),
            site: Site {
                database: self.look.database.clone(),
                environment: self.environment.clone(),
            },
            given: self.migrator.given.clone(),
            answers,
        })
    }

    /// The history, where there is one.
    pub(super) async fn history(&mut self) -> Result<(Option<Tables>, State)> {
        if self.look.head.is_none() {
            return Ok((None, State::default()));
        }
        let tables = Tables::find(self.session.as_mut()).await?;
        let state = State::read(self.session.as_mut(), &tables).await?;
        Ok((Some(tables), state))
    }

    /// Whether nothing but the head has to be written.
    fn is_settled(&self, records: &[Arc<Record>], state: &State) -> bool {
        self.look.head.is_some()
            && state.progress.is_none()
            && inspect::new_downs(records, state).is_empty()
    }

    /// Notes in the head that the set is complete, where a crash kept the last run from it. Only a hint for the next
    /// start, so that a database that can only be read is no reason to fail.
    async fn settle(&mut self, tables: Option<&Tables>, records: &[Arc<Record>], state: &State) {
        let head = self.look.head.as_ref();
        let cleared = state.head_is_cleared || head.is_some_and(|head| head.complete.is_none());
        let foreign = inspect::foreign(records, &self.catalogs(), state);
        let (Some(tables), true, true) = (tables, cleared, foreign.is_empty()) else {
            return;
        };
        let sql = tables.settle_head(self.digest(), state.tail.seq);
        if let Err(error) = self.session.execute(&sql).await {
            tracing::debug!(%error, "the head could not be written");
        }
    }

    fn fits_the_label(&self) -> Result<()> {
        let Some(Head {
            environment: label, ..
        }) = &self.look.head
        else {
            return Ok(());
        };
        if label.name() == self.environment.name() {
            return Ok(());
        }
        Err(HistoryError::OtherEnvironment {
            database: self.look.database.clone(),
            label: label.clone(),
            process: self.environment.clone(),
        }
        .into())
    }

    pub(super) fn catalogs(&self) -> BTreeSet<&'static str> {
        self.compiled.names().collect()
    }

    fn digest(&self) -> Digest {
        self.compiled.digest(&self.environment)
    }

    fn report(
        &self,
        direction: Direction,
        ran: Vec<Ran>,
        decision: Option<Box<Decision>>,
    ) -> RunReport {
        RunReport {
            database: self.look.database.clone(),
            environment: self.environment.clone(),
            direction,
            ran,
            decision,
        }
    }
}

/// What is left of a wish after so many steps.
fn rest(wish: Wish, done: usize) -> Wish {
    match wish {
        Wish::Up(Goal::Steps(count)) => Wish::Up(Goal::Steps(count.saturating_sub(done))),
        Wish::Down(Revert::Steps(count)) => Wish::Down(Revert::Steps(count.saturating_sub(done))),
        other => other,
    }
}

/// The decision as the journal keeps it.
fn journalled(decision: Option<&Decision>) -> String {
    decision.map_or_else(String::new, |decision| {
        serde_json::to_string(decision).unwrap_or_default()
    })
}
