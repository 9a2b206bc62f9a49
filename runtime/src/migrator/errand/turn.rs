//! What is done while it is this process's turn?

use std::sync::Arc;

use onward_analysis::Record;

use super::copies::Before;
use super::{Errand, Wish};
use crate::evidence;
use crate::history::{Author, HistoryError, State, Tables, beside, others};
use crate::lock::{Lock, Patience};
use crate::migrator::{Event, inspect};
use crate::runner::{Manners, Runner, Settings, Stepped};
use crate::{Decision, Direction, Goal, Plan, Ran, Result, Revert, RunReport};

impl Errand<'_> {
    /// Waits until it is nobody's turn, and looks again.
    pub(super) async fn nobody_is_at_work(&mut self) -> Result<()> {
        let tables = Tables::find(self.session.as_mut()).await?;
        let lock = self.lock(&tables).await?;
        lock.release(self.session.as_mut()).await?;
        self.look_again().await
    }

    /// Waits for this process's turn.
    async fn lock(&mut self, tables: &Tables) -> Result<Lock> {
        let migrator = self.migrator;
        let mut patience = Patience::of(migrator.lock_timeout);
        Lock::take(self.session.as_mut(), tables, &mut patience, |holder| {
            migrator.tell(&Event::Waiting {
                holder: holder.to_owned(),
            });
        })
        .await
    }

    /// The rest, under the lock.
    pub(super) async fn locked(
        &mut self,
        wish: Wish,
        shown: &Plan,
        records: &[Arc<Record>],
    ) -> Result<RunReport> {
        let tables = Tables::find(self.session.as_mut()).await?;
        let clock = self.clock().await?;
        let migrator = self.migrator;
        let lock = self.lock(&tables).await?;
        let policy = self.standing_policy();
        let manners = Manners {
            turn: migrator.table_timeout.unwrap_or(policy.patience),
            limit: migrator.lock_timeout,
            longest: migrator.statement_timeout.unwrap_or(policy.statement_limit),
        };
        let adopted = Settings::adopt(self.session.as_mut(), manners).await;
        let settings = match adopted {
            Ok(settings) => settings,
            Err(error) => {
                // The caller's connection lives on, and with it what it holds. The first error counts.
                let _ = lock.release(self.session.as_mut()).await;
                return Err(error);
            }
        };
        let code = self.compiled.code();
        let runner = Runner {
            tables,
            author: Author::here(self.environment.name(), clock),
            settings: settings.clone(),
            backend: lock.backend(),
            code: &code,
            plan: String::new(),
            evidence: String::new(),
            begun: migrator.begun,
            guard: None,
            patience: migrator.lock_timeout,
            manners,
            tell: &|event| migrator.tell(event),
        };
        let ended = self.settled(runner, wish, shown, records).await;
        // An error's own reason counts, not what follows from it.
        let given_back = settings.give_back(self.session.as_mut()).await;
        let released = lock.release(self.session.as_mut()).await;
        let report = ended?;
        given_back?;
        released?;
        Ok(report)
    }

    /// Runs until there is nothing left to do. `shown` is what was planned before the lock was had.
    async fn settled(
        &mut self,
        mut runner: Runner<'_>,
        wish: Wish,
        shown: &Plan,
        records: &[Arc<Record>],
    ) -> Result<RunReport> {
        // What was seen before the lock was taken may have changed.
        self.look_again().await?;
        if self.look.head.is_none() {
            let environment = self.environment.clone();
            self.environment =
                beside::counted(self.session.as_mut(), &runner.tables, environment).await?;
            let found = runner.found(self.session.as_mut(), &self.environment);
            self.labelled = found.await?;
            if self.labelled {
                self.beside = others::here(self.session.as_mut()).await?;
            }
            self.look_again().await?;
        }
        if self.standing_policy().backup_folder.is_some() {
            self.bare = evidence::is_new(self.session.as_mut(), shown).await?;
        }
        let mut ran: Vec<Ran> = Vec::new();
        let mut patience = Patience::of(self.migrator.lock_timeout);
        loop {
            let mut state = State::read(self.session.as_mut(), &runner.tables).await?;
            let tables = runner.tables.clone();
            if matches!(wish, Wish::Up(_)) && state.progress.is_some() {
                let finish = self.finish(&mut runner, records, &mut state, &mut ran);
                if !finish.await? && !patience.pause().await {
                    return Err(HistoryError::Restless.into());
                }
                continue;
            }
            let before = ran.len();
            let wish = rest(wish, ran.len());
            let plan = self.planned(wish, records, Some(&tables), &state).await?;
            if matches!(wish, Wish::Down(_)) && !is_rest(&plan, shown, ran.len()) {
                // Nobody asked to take back anything else.
                return Err(HistoryError::Restless.into());
            }
            let decision = self.admit(&mut runner, &plan, &mut state).await?;
            let ended = self
                .steps(&runner, &plan, records, &mut state, wish, &mut ran)
                .await?;
            if ended {
                let direction = plan.direction();
                return Ok(self.report(direction, ran, decision.map(Box::new)));
            }
            if ran.len() > before {
                // Only what passes without any progress counts.
                patience = Patience::of(self.migrator.lock_timeout);
            }
            if !patience.pause().await {
                return Err(HistoryError::Restless.into());
            }
        }
    }

    /// Asks the gate for `plan`, and has `runner` ask it again before each step.
    async fn admit(
        &mut self,
        runner: &mut Runner<'_>,
        plan: &Plan,
        state: &mut State,
    ) -> Result<Option<Decision>> {
        let (guard, decision) = self.gate(plan, state).await?.unzip();
        if let Some(decision) = &decision {
            self.opened(decision, state).await?;
        }
        runner.plan = plan.hash().as_str().to_owned();
        runner.evidence = journalled(decision.as_ref());
        // What somebody says of a statement that is not in doubt decides nothing.
        let doubted = state.progress.as_ref();
        let doubted = doubted.is_some_and(|progress| progress.started > progress.done);
        if let Some(begun) = runner.begun.filter(|_| doubted) {
            runner.evidence = begun.noted(&runner.evidence);
        }
        runner.guard = guard;
        Ok(decision)
    }

    /// Finishes the up that a crash left halfway, whatever is pending before it; false where somebody else was faster.
    async fn finish(
        &mut self,
        runner: &mut Runner<'_>,
        records: &[Arc<Record>],
        state: &mut State,
        ran: &mut Vec<Ran>,
    ) -> Result<bool> {
        inspect::free(Direction::Up, state)?;
        let Some(begun) = state.progress.clone() else {
            return Ok(true);
        };
        let dialect = self.session.dialect();
        let others = |version| version != begun.version;
        let plan = Plan::forward(records, others, Goal::Latest, &self.environment, dialect)?;
        if plan.is_empty() {
            return Err(begun.not_here().into());
        }
        self.admit(runner, &plan, state).await?;
        let one = Wish::Up(Goal::Steps(1));
        self.steps(runner, &plan, records, state, one, ran).await
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
        let mut made = false;
        for (index, step) in plan.steps().iter().enumerate() {
            let Before::Safe(copied) = self.copied_before(step, state).await? else {
                return Ok(false);
            };
            let name = step.name();
            self.migrator.tell(&Event::Started {
                version: name.version,
                name: name.name.clone(),
                direction: step.direction(),
                number: index + 1,
                of,
            });
            let complete = complete.filter(|_| index + 1 == of);
            let stepped = runner
                .step(self.session.as_mut(), step, state, complete)
                .await;
            made |= copied.is_some();
            if let (Err(_), Some(copied)) = (&stepped, copied) {
                self.discarded(copied, step).await;
            }
            let took = match stepped? {
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
        // Each that is made makes an old one superfluous, so there are never many more than are kept.
        if made {
            self.outdated(state).await;
        }
        if plan.is_empty() && wish == Wish::Up(Goal::Latest) {
            let tables = Some(&runner.tables);
            self.settle(tables, records, state).await;
        }
        Ok(true)
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

/// Whether `plan` is what remains of `shown` after so many steps.
fn is_rest(plan: &Plan, shown: &Plan, done: usize) -> bool {
    let left = shown.steps().iter().skip(done);
    left.map(|step| step.version())
        .eq(plan.steps().iter().map(|step| step.version()))
}

/// The decision as the journal keeps it.
fn journalled(decision: Option<&Decision>) -> String {
    decision.map_or_else(String::new, |decision| {
        serde_json::to_string(decision).unwrap_or_default()
    })
}
