//! How is one call carried out: look, plan, ask the gate, take the lock, look again, run?

mod backups;
mod copies;
mod record;
mod turn;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use onward_analysis::{Config, Dialect, Digest, Record, Tier, Version};
use tracing::Instrument as _;

use super::{Migrator, inspect};
use crate::catalog::Compiled;
use crate::clock::Clock;
use crate::evidence::{self, Backups, Case};
use crate::history::others::Other;
use crate::history::{
    Ground, Head, HistoryError, Look, State, Stored, Tables, baselines, beside, others, records,
    spent, whereabouts,
};
use crate::instances::{Aside, Own, OwnPool, Presence};
use crate::lock::Patience;
use crate::runner::Guard;
use crate::session::{Opening, Session, Source};
use crate::{
    Answer, Decision, Direction, Environment, Error, Given, Goal, Plan, Policy, Question, Ran,
    Result, Revert, RunReport, Site, Step, Target,
};

/// How long an up waits for those who start beside it to get onto the list.
const ARRIVAL: Duration = Duration::from_secs(3);

/// Whether nobody but connections that belong to nobody may stand in the way of an up, so that it is worth asking again.
fn may_clear(plan: &Plan, answers: &[Answer]) -> bool {
    let blocked = |answer: &Answer| answer.state == crate::State::Blocked;
    let unknown = |answer: &Answer| {
        answer.question == Question::RunningCode && answer.state == crate::State::Unknown
    };
    plan.direction() == Direction::Up && answers.iter().any(unknown) && !answers.iter().any(blocked)
}

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
    /// What people have given, bound to what was found first.
    given: Given,
    /// What the crates' `onward.toml` say.
    configs: Vec<Config>,
    /// Whether the database was found to hold nothing at all.
    new: bool,
    /// Whether the run began on a database without a table: there is nothing to copy that it did not make itself.
    bare: bool,
    /// Whether this run gave the database its label.
    labelled: bool,
    /// Where other tools keep their history here, where this run was the first.
    beside: Vec<Other>,
    /// Whether it was looked at what other schemas say that the database is.
    weighed: bool,
    pub(super) look: Look,
    /// The pool, where it was given one.
    source: Option<Arc<dyn Source>>,
    /// The server's clock; none before somebody looked at it.
    clock: Option<Clock>,
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
        let (compiled, configs, environment) = migrator.compiled()?;
        let Opening(opening, source) = target.open();
        let mut session = opening.await?;
        session.be_patient(migrator.lock_timeout);
        let look = Head::look(session.as_mut()).await?;
        let environment = match &look.head {
            Some(head) => environment.labelled(&head.environment),
            // Without a place for the history nothing will run, which is told then.
            None => match Tables::find(session.as_mut()).await {
                Ok(tables) => beside::counted(session.as_mut(), &tables, environment).await?,
                Err(Error::History(HistoryError::NoHome { .. })) => environment,
                Err(error) => return Err(error),
            },
        };
        Ok(Errand {
            migrator,
            session,
            compiled,
            environment,
            given: migrator.given.clone(),
            configs,
            new: false,
            bare: false,
            labelled: false,
            beside: Vec::new(),
            weighed: false,
            look,
            source,
            clock: None,
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

    /// Applies everything that is pending.
    pub(super) async fn latest(self) -> Result<RunReport> {
        self.fits_the_folder(Wish::Up(Goal::Latest))?;
        if self.is_complete() {
            return Ok(self.report(Direction::Up, Vec::new(), None));
        }
        self.carry_out(Wish::Up(Goal::Latest)).await
    }

    /// The pool that this process can register with; none for a single connection, and for a database that nobody else
    /// can see.
    pub(super) fn source(&self) -> Option<Arc<dyn Source>> {
        self.source
            .clone()
            .filter(|_| self.look.database != Look::IN_MEMORY)
    }

    /// Registers this process before it waits for others: until then their gate takes its connections for a stranger's. Only
    /// production asks, and SQLite has no list of its clients.
    pub(super) fn register_to_wait(&self) -> Option<Arc<Presence>> {
        let matters = self.environment.tier() == Tier::Production
            && self.session.dialect() != Dialect::Sqlite
            && self.look.head.is_some()
            && !self.is_complete();
        let source = self.source().filter(|_| matters)?;
        self.migrator.register(Some(source))
    }

    /// Waits until somebody else has applied everything, for `limit` at most.
    pub(super) async fn wait(mut self, limit: Duration) -> Result<()> {
        let mut patience = Patience::of(limit);
        if self.is_complete() {
            return Ok(());
        }
        // A pool of one has none left to register by otherwise.
        let _aside = self.aside();
        self.session = self.session.dedicate();
        while !self.is_complete() {
            match self.verify().await {
                Err(Error::History(HistoryError::Behind { .. })) if patience.pause().await => {}
                Ok(()) | Err(Error::History(HistoryError::Ahead { .. })) => break,
                failed => return failed,
            }
            self.look_again().await?;
        }
        self.session.close().await;
        Ok(())
    }

    /// What would run.
    pub(super) async fn plan(&mut self, wish: Wish) -> Result<Plan> {
        let records = self.compiled.records()?;
        let (tables, state) = self.history().await?;
        self.planned(wish, &records, tables.as_ref(), &state).await
    }

    /// What the gate says to it.
    pub(super) async fn judge(&mut self, wish: Wish) -> Result<Decision> {
        let records = self.compiled.records()?;
        let (tables, state) = self.history().await?;
        let plan = self
            .planned(wish, &records, tables.as_ref(), &state)
            .await?;
        let policy = self.policy(&plan, &state).await?;
        let guard = self.asked(&plan, policy, &state).await?;
        Ok(guard.judge(&guard.answers))
    }

    /// Does what is wished for.
    pub(super) async fn carry_out(mut self, wish: Wish) -> Result<RunReport> {
        self.fits_the_folder(wish)?;
        let records = self.compiled.records()?;
        let (mut tables, mut state) = self.history().await?;
        let mut planned = self.planned(wish, &records, tables.as_ref(), &state).await;
        let mut aside = None;
        if let Err(Error::History(HistoryError::Interrupted { .. })) = planned {
            // It may be going on. Whose turn it is a connection learns that no pool counts.
            aside = self.aside();
            self.session = self.session.dedicate();
            self.nobody_is_at_work().await?;
            (tables, state) = self.history().await?;
            planned = self.planned(wish, &records, tables.as_ref(), &state).await;
        }
        let plan = planned?;
        if plan.is_empty() && (matches!(wish, Wish::Down(_)) || self.is_settled(&records, &state)) {
            if wish == Wish::Up(Goal::Latest) {
                self.settle(tables.as_ref(), &records, &state).await;
            }
            return Ok(self.report(plan.direction(), Vec::new(), None));
        }
        // Going back is refused before anything is touched, and asked again under the lock. Of a way forward somebody else may
        // be doing the very same, so that nothing of it is left then.
        if matches!(wish, Wish::Down(_))
            && let Err(error) = self.gate(&plan, &state).await
        {
            return Err(self.refused(error).await);
        }
        // Its pool no longer counts it.
        let _aside = aside.or_else(|| self.aside());
        self.session = self.session.dedicate();
        let span = tracing::info_span!(
            "migrate",
            database = self.look.database,
            environment = self.environment.name()
        );
        match self.locked(wish, &plan, &records).instrument(span).await {
            Ok(report) => {
                self.session.close().await;
                Ok(report)
            }
            Err(error) => {
                let error = self.refused(error).await;
                Err(match self.labelled {
                    true => error.on_the_first_run_in(&self.environment),
                    false => error,
                })
            }
        }
    }

    /// Takes the most careful label in the database for this run, where this schema has one: another may have got its own since.
    async fn weigh(&mut self, tables: Option<&Tables>) -> Result<()> {
        let labelled = self.look.head.is_some() && self.environment.tier() != Tier::Production;
        let Some(tables) = tables.filter(|_| labelled && !self.weighed) else {
            return Ok(());
        };
        let environment = self.environment.clone();
        self.environment = beside::counted(self.session.as_mut(), tables, environment).await?;
        self.weighed = true;
        Ok(())
    }

    /// The plan on that history.
    async fn planned(
        &mut self,
        wish: Wish,
        own: &[Arc<Record>],
        tables: Option<&Tables>,
        state: &State,
    ) -> Result<Plan> {
        self.weigh(tables).await?;
        let dialect = self.session.dialect();
        match wish {
            Wish::Up(goal) => {
                self.fits(own, tables, state).await?;
                inspect::free(Direction::Up, state)?;
                let is_applied = |version: Version| state.applied.contains_key(&version);
                let plan = Plan::forward(own, is_applied, goal, &self.environment, dialect)?;
                self.are_new(&plan, tables, state).await?;
                let new = inspect::of_crates_begun(&plan, own, &self.environment, state);
                if !new.is_empty() {
                    others::ran_none(self.session.as_mut(), &self.look.database, &new).await?;
                }
                if let Some(late) = inspect::late(plan.steps().iter().map(|s| s.record()), state) {
                    if self.environment.tier() == Tier::Production && !self.migrator.out_of_order {
                        return Err(late.into());
                    }
                    if let HistoryError::OutOfOrder { pending, newest } = late {
                        let first = pending.first().map(|(version, _)| version.number());
                        tracing::warn!(
                            count = pending.len(),
                            first,
                            newest = newest.number(),
                            "migrations that are older than applied ones run out of order"
                        );
                    }
                }
                Ok(plan)
            }
            Wish::Down(goal) => {
                inspect::free(Direction::Down, state)?;
                let stored = match tables {
                    Some(tables) => State::records(self.session.as_mut(), tables).await?,
                    None => Vec::new(),
                };
                let applied = inspect::own_or_stored(own, &stored);
                let plan = Plan::back(&applied, goal, &self.environment, dialect)?;
                if let Some(tables) = tables {
                    let by = stored
                        .iter()
                        .filter(|stored| inspect::goes_back_by(&plan, stored));
                    let by: Vec<&Stored> = by.collect();
                    records::check(self.session.as_mut(), tables, &by).await?;
                }
                let pending = own.iter().map(AsRef::as_ref).filter(|record: &&Record| {
                    self.environment.is_in(&record.only)
                        && !state.applied.contains_key(&record.version)
                });
                let plan = plan.beside(&pending.collect::<Vec<_>>());
                Ok(plan.below(own.last().map(|record| record.version)))
            }
        }
    }

    /// Whether nothing of `plan` has run already. A developer may have thrown away by hand what it made, and its row.
    async fn are_new(&mut self, plan: &Plan, tables: Option<&Tables>, state: &State) -> Result<()> {
        let careful = self.environment.tier() != Tier::Development;
        let Some(tables) = tables.filter(|_| careful) else {
            return Ok(());
        };
        let pending: Vec<_> = plan.steps().iter().map(Step::name).collect();
        records::are_new(self.session.as_mut(), tables, &pending, &state.tail).await
    }

    /// Asks what `plan` raises and whether the gate opens; none where there is nothing to ask.
    async fn gate(&mut self, plan: &Plan, state: &State) -> Result<Option<(Guard, Decision)>> {
        let policy = self.policy(plan, state).await?;
        if policy.is_free(plan) {
            return Ok(None);
        }
        let mut patience = Patience::of(ARRIVAL);
        loop {
            let guard = self.asked(plan, policy.clone(), state).await?;
            match guard.decide(&guard.answers) {
                Ok(decision) => return Ok(Some((guard, decision))),
                Err(_) if may_clear(plan, &guard.answers) && patience.pause().await => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// What the files say of the environment, and the program of copies.
    fn standing_policy(&self) -> Policy {
        let mut policy = Policy::of(&self.environment, &self.configs);
        if let Some(folder) = &self.migrator.backup_folder {
            policy.backup_folder = Some(folder.clone());
        }
        policy
    }

    /// What is asked here: less where the database is new, since all that a way forward can take is what it made itself.
    async fn policy(&mut self, plan: &Plan, state: &State) -> Result<Policy> {
        let policy = self.standing_policy();
        if plan.direction() == Direction::Down || policy.is_free(plan) {
            return Ok(policy);
        }
        if !self.new && state.applied.is_empty() {
            self.new = evidence::is_new(self.session.as_mut(), plan).await?;
        }
        Ok(if self.new {
            policy.of_a_new_database()
        } else {
            policy
        })
    }

    /// Asks what `plan` raises.
    async fn asked(&mut self, plan: &Plan, policy: Policy, state: &State) -> Result<Guard> {
        let baselines = if evidence::may_matter(plan.steps()) {
            let tables = Tables::find(self.session.as_mut()).await?;
            let versions: Vec<Version> = plan.steps().iter().map(Step::version).collect();
            baselines::read(self.session.as_mut(), &tables, &versions).await?
        } else {
            Vec::new()
        };
        let backups = match policy.questions(plan).contains(&Question::Backup) {
            true => self.backups(plan, &policy, state).await?,
            false => Backups::default(),
        };
        let declared = self.configs.iter().flat_map(|config| &config.consumers);
        let case = Case {
            plan: plan.clone(),
            begun: state
                .progress
                .as_ref()
                .map(|progress| (progress.version, progress.started)),
            policy,
            consumers: declared.chain(&self.migrator.consumers).cloned().collect(),
            baselines,
            own: Own {
                identity: self.migrator.identity(),
                program: self.migrator.program(),
                pool: OwnPool {
                    source: self.source.clone(),
                    asks: self.session.is_pooled(),
                },
            },
            tables: Tables::find(self.session.as_mut()).await?,
            backups,
            clock: self.clock().await?,
        };
        let answers = evidence::gather(self.session.as_mut(), &case).await?;
        if let Some(consent) = self.given.consent.take() {
            let spent = match self.look.head {
                Some(_) => {
                    spent::by(self.session.as_mut(), &case.tables, &plan.hash(), &consent).await?
                }
                None => None,
            };
            self.given.consent = Some(
                consent
                    .seeing_at_least(&answers)
                    .used_by(spent)
                    .told_by(&case.clock),
            );
        }
        let site = self.site().await?;
        let ground = Ground::of(state, &self.look.database, &self.environment);
        Ok(Guard {
            case,
            site,
            ground,
            given: self.given.clone(),
            answers,
        })
    }

    /// Where this is.
    async fn site(&mut self) -> Result<Site> {
        let ledger = match self.look.head {
            Some(_) => {
                let tables = Tables::find(self.session.as_mut()).await?;
                whereabouts::ledger(self.session.as_mut(), &tables).await?
            }
            None => None,
        };
        Ok(Site {
            database: self.look.database.clone(),
            environment: self.environment.clone(),
            server: whereabouts::server(self.session.as_mut()).await?,
            ledger,
        })
    }

    /// The server's clock. A start with nothing to do does not look at it.
    pub(super) async fn clock(&mut self) -> Result<Clock> {
        if let Some(clock) = self.clock {
            return Ok(clock);
        }
        let clock = Clock::look(self.session.as_mut()).await?;
        self.clock = Some(clock);
        Ok(clock)
    }

    /// Counts the connection that is about to leave its pool, where a server shows it to others.
    fn aside(&self) -> Option<Aside> {
        let shown = self.session.is_pooled() && self.session.dialect() != Dialect::Sqlite;
        let pool = self.source.as_deref().filter(|_| shown);
        pool.map(Aside::of)
    }

    /// The history, where there is one.
    pub(super) async fn history(&mut self) -> Result<(Option<Tables>, State)> {
        self.has_its_head()?;
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

    /// Whether nobody has deleted the row that holds the label.
    fn has_its_head(&self) -> Result<()> {
        if !self.look.headless {
            return Ok(());
        }
        Err(HistoryError::Headless {
            database: self.look.database.clone(),
        }
        .into())
    }

    /// Whether somebody has declared the environment that a database is about to be labelled with for good.
    fn has_a_known_environment(&self) -> Result<()> {
        if self.environment.is_known() {
            return Ok(());
        }
        Err(Error::UnknownEnvironment {
            database: self.look.database.clone(),
            name: self.environment.name().to_owned(),
            known: self.known_environments(),
        })
    }

    /// The names of the tiers, and those that the crates' `onward.toml` declare.
    pub(super) fn known_environments(&self) -> Vec<String> {
        let configs = self.configs.iter();
        let declared: BTreeSet<&str> = configs
            .flat_map(|config| config.environments.keys().map(String::as_str))
            .collect();
        let tiers = Tier::ALL.iter().map(|tier| tier.name());
        tiers.chain(declared).map(str::to_owned).collect()
    }

    fn fits_the_label(&self) -> Result<()> {
        self.has_its_head()?;
        let Some(Head {
            environment: label, ..
        }) = &self.look.head
        else {
            return self.has_a_known_environment();
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
            labelled: self.labelled,
            beside: self.beside.iter().map(ToString::to_string).collect(),
            ran,
            decision,
        }
    }
}
