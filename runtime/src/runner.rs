//! How does one step of a plan run, so that it happens once and wholly?
//!
//! Where the database can, the migration and what is written of it are one transaction, and the entry in the journal is
//! its first statement: two processes that planned the same step meet at the journal's number, and only one goes on.

mod around;
mod begun;
mod error;
mod foreign_keys;
mod guard;
mod notes;
mod prepared;
mod queue;
mod script;
mod settings;
mod sqlite;
mod stepwise;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use onward_analysis::{Dialect, Digest, Effect, Version};

use around::Around;
pub use begun::Begun;
pub use error::MigrationError;
pub(crate) use guard::{CHANGEABLE, Guard};
use notes::Notes;
use queue::Queue;
pub(crate) use queue::{Manners, Tell};
pub(crate) use settings::Settings;

use crate::evidence;
use crate::history::{Author, HistoryError, State, Tables, Tail, baselines};
use crate::lock::{LockError, Patience, is_busy};
use crate::registration::{Code, Function};
use crate::session::{Broken, Session};
use crate::{Direction, Error, Result, Step};
use script::Script;

/// What is the same for all steps of a run.
pub(crate) struct Runner<'r> {
    pub(crate) tables: Tables,
    pub(crate) author: Author,
    pub(crate) settings: Settings,
    /// The server process that holds the lock, where that is PostgreSQL's way.
    pub(crate) backend: Option<i64>,
    pub(crate) code: &'r HashMap<Version, &'static Code>,
    /// The plan's hash, for the journal.
    pub(crate) plan: String,
    /// The decision of the gate as JSON, for the journal.
    pub(crate) evidence: String,
    /// What somebody found out about a statement that was left in doubt.
    pub(crate) begun: Option<Begun>,
    /// The gate, where it had something to ask.
    pub(crate) guard: Option<Guard>,
    /// How long to wait for another process.
    pub(crate) patience: Duration,
    /// How to wait for tables that others use.
    pub(crate) manners: Manners,
    pub(crate) tell: Tell<'r>,
}

/// What came of a step.
#[derive(Debug)]
pub(crate) enum Stepped {
    /// It is done, and took so long.
    Done(Duration),
    /// Somebody else was faster: nothing was done, and the plan is old.
    Stale,
}

impl Runner<'_> {
    /// Runs `step` and moves `state` on. The head says `complete` afterwards; none while more is to come.
    pub(crate) async fn step(
        &self,
        session: &mut dyn Session,
        step: &Step,
        state: &mut State,
        complete: Option<Digest>,
    ) -> Result<Stepped> {
        match self.tried(session, step, state, complete).await {
            Err(Error::Migration(error)) => {
                let around = Around::of(session, step, state, error.database()).await;
                let error = error.cut_off_after(self.manners.longest);
                Err(error.seen_around(around).into())
            }
            // Somebody else was faster, and that was seen before anything was done.
            Err(Error::History(HistoryError::Restless)) => Ok(Stepped::Stale),
            ran => ran,
        }
    }

    async fn tried(
        &self,
        session: &mut dyn Session,
        step: &Step,
        state: &mut State,
        complete: Option<Digest>,
    ) -> Result<Stepped> {
        let begun = Instant::now();
        let mut queue = Queue::of(self.manners, step, self.tell);
        let notes = |queue: &Queue<'_>, state: &State| {
            self.notes(step, state, complete, &queue.noted(&self.evidence))
        };
        let tail = match self.function(step)? {
            Some(function) => loop {
                let notes = notes(&queue, state)?;
                match self.call(session, step, &notes, function).await {
                    Ok(done) => break done.then_some(notes.tail),
                    // Before the function is called. It cannot be called twice.
                    Err(error)
                        if matches!(error, Error::Lock(LockError::Table { .. }))
                            && queue.gives_way(&error).await => {}
                    Err(error) => return Err(error.after_tries(queue.times)),
                }
            },
            None if stepwise::is_needed(step, state) => {
                stepwise::run(self, session, step, state, &mut queue, &notes).await?
            }
            None => loop {
                let notes = notes(&queue, state)?;
                match self.transaction(session, step, &notes).await {
                    Ok(tail) => break tail,
                    Err(error) if queue.gives_way(&error).await => {}
                    Err(error) => return Err(error.after_tries(queue.times)),
                }
            },
        };
        let Some(tail) = tail else {
            return Ok(Stepped::Stale);
        };
        state.moved(step, tail, self.author.clock.now());
        Ok(Stepped::Done(begun.elapsed()))
    }

    /// The whole step as one transaction, up to the journal's end; none where somebody else was faster.
    async fn transaction(
        &self,
        session: &mut dyn Session,
        step: &Step,
        notes: &Notes,
    ) -> Result<Option<Tail>> {
        let script = Script::of(step)?;
        let before = notes.script();
        let after = self.settings.after(&script.text);
        let sql = match session.dialect() {
            // The line break ends a comment that the script may end with.
            Dialect::Postgres => format!("{before}{}\n;{after}", script.text),
            Dialect::Sqlite => format!("{before}{}", script.text),
            // MySQL takes an empty statement for a mistake.
            Dialect::MySql => format!("{before}{}{after}", script.joined()),
        };
        if session.dialect() == Dialect::Sqlite {
            return self.on_sqlite(session, step, &script, notes, &sql).await;
        }
        // PostgreSQL's simple query is a transaction by itself: one round trip, and nothing to undo where it fails.
        if session.dialect() == Dialect::MySql
            || script.savepoints
            || self.guard.is_some()
            || evidence::needs_baseline(step)
        {
            self.begin_guarded(session, step).await?;
        }
        let ran = session.script(&sql).await;
        if let Err(broken) = ran {
            undo(session).await;
            let stays = evidence::stays(session, step).await;
            return match self.explain(step, &script, notes, &before, broken) {
                Err(Error::Migration(error)) => Err(error.staying_in(stays).into()),
                explained => explained,
            };
        }
        let tail = self.baselined(session, step, &notes.tail).await?;
        self.commit(session).await?;
        Ok(Some(tail))
    }

    /// Notes what `step` has just written where nothing was, in the transaction that is open, which ends where that fails.
    async fn baselined(&self, session: &mut dyn Session, step: &Step, tail: &Tail) -> Result<Tail> {
        if !evidence::needs_baseline(step) {
            return Ok(tail.clone());
        }
        let noted = self.note_baselines(session, step, tail).await;
        if noted.is_err() {
            undo(session).await;
        }
        noted
    }

    async fn note_baselines(
        &self,
        session: &mut dyn Session,
        step: &Step,
        tail: &Tail,
    ) -> Result<Tail> {
        let found = evidence::take_baselines(session, step).await?;
        if found.is_empty() {
            return Ok(tail.clone());
        }
        let (sql, tail) =
            baselines::note(&self.tables, &self.author, step.version(), &found, tail)?;
        session.execute(&sql).await?;
        Ok(tail)
    }

    /// A migration written in Rust, in the transaction that writes of it.
    async fn call(
        &self,
        session: &mut dyn Session,
        step: &Step,
        notes: &Notes,
        function: Function,
    ) -> Result<bool> {
        // The function meets the settings that the application gave its connections.
        session.execute(self.settings.application()).await?;
        let together = step.record().transaction != Some(false);
        if together {
            self.begin_guarded(session, step).await?;
            if let Err(broken) = session.script(&notes.script()).await {
                undo(session).await;
                return stale_or(broken.error);
            }
        } else {
            self.asked_before(session, step).await?;
        }
        let called = session.call(function).await;
        if let Err(error) = called {
            undo(session).await;
            return Err(MigrationError::in_code(step, error).into());
        }
        if !together {
            // It ends its transactions itself, so that a crash can make it run twice; its author took that on.
            self.begin(session).await?;
            if let Err(broken) = session.script(&notes.script()).await {
                undo(session).await;
                return stale_or(broken.error);
            }
        }
        self.commit(session).await?;
        session.execute(self.settings.run()).await?;
        Ok(true)
    }

    /// What a script's failure means: somebody was faster (none), or an error with its place.
    fn explain(
        &self,
        step: &Step,
        script: &Script<'_>,
        notes: &Notes,
        before: &str,
        broken: Broken,
    ) -> Result<Option<Tail>> {
        match broken.done.checked_sub(notes.sql.len()) {
            // The journal's entry, and what follows it, is ours.
            None if self.is_elsewhere(&broken) => Err(LockError::Lost.into()),
            None if script::position(&broken.error).is_none() => {
                stale_or(broken.error).map(|_| None)
            }
            done => {
                let place = script.place(step, before, done.unwrap_or(0), &broken.error);
                Err(MigrationError::in_sql(step, place, broken.error).into())
            }
        }
    }

    /// Whether the first of our statements found another server process than the one that holds the lock.
    fn is_elsewhere(&self, broken: &Broken) -> bool {
        let code = broken
            .error
            .as_database_error()
            .and_then(|error| error.code());
        self.backend.is_some() && broken.done == 0 && code.as_deref() == Some("22012")
    }

    /// Begins a transaction in which nobody else can write to what `step` takes, and asks the gate again in it; none is open
    /// where it does not open.
    async fn begin_guarded(&self, session: &mut dyn Session, step: &Step) -> Result<()> {
        let Some(guard) = &self.guard else {
            return self.begin(session).await;
        };
        if session.dialect() == Dialect::MySql {
            return self.begin_on_mysql(guard, session, step).await;
        }
        self.begin(session).await?;
        let asked = async {
            evidence::lock(session, step).await?;
            guard.stands(session, step).await?;
            guard.again(session, step, &CHANGEABLE).await
        };
        let asked = asked.await;
        if asked.is_err() {
            undo(session).await;
        }
        asked
    }

    /// The same on MySQL. Whatever the transaction reads stays locked to its end: not the list of the instances, which they write to.
    async fn begin_on_mysql(
        &self,
        guard: &Guard,
        session: &mut dyn Session,
        step: &Step,
    ) -> Result<()> {
        for _ in 0..guard::LOOKS {
            guard.others(session, step).await?;
            session
                .execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                .await?;
            self.begin(session).await?;
            let begun = Instant::now();
            let mut asked = evidence::lock(session, step).await;
            let late = begun.elapsed() > guard::LONG;
            if asked.is_ok() && !late {
                asked = guard.again(session, step, &guard::ROWS).await;
            }
            if asked.is_ok() && !late {
                return Ok(());
            }
            undo(session).await;
            asked?;
        }
        let table = evidence::table_of(step);
        Err(evidence::is_held(&table, step))
    }

    /// Asks the gate again where no transaction will hold what it finds: as late as it can be.
    async fn asked_before(&self, session: &mut dyn Session, step: &Step) -> Result<()> {
        let Some(guard) = &self.guard else {
            return Ok(());
        };
        self.begin(session).await?;
        let asked = async {
            guard.stands(session, step).await?;
            guard.again(session, step, &CHANGEABLE).await
        };
        let asked = asked.await;
        undo(session).await;
        asked
    }

    /// Runs a statement for as long as one may take; the servers know by themselves how long that is.
    async fn limited(&self, session: &mut dyn Session, sql: &str) -> sqlx::Result<u64> {
        session.limit(Some(self.manners.longest)).await?;
        let ran = session.execute(sql).await;
        session.limit(None).await?;
        ran
    }

    async fn begin(&self, session: &mut dyn Session) -> Result<()> {
        let mut patience = Patience::of(self.patience);
        loop {
            match session.begin().await {
                Ok(()) => return Ok(()),
                Err(error) if patience.bears(&error).await => {
                    tracing::info!("another process writes to the database; waiting");
                }
                Err(error) if is_busy(&error) => {
                    return Err(LockError::Held {
                        holder: "SQLite does not say which process".to_owned(),
                        waited: patience.waited(),
                    }
                    .into());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Commits. SQLite may be kept from it by a reader, and can try again.
    async fn commit(&self, session: &mut dyn Session) -> Result<()> {
        let mut patience = Patience::of(self.patience);
        loop {
            match session.commit().await {
                Ok(()) => return Ok(()),
                Err(error) if patience.bears(&error).await => {}
                Err(error) => {
                    undo(session).await;
                    return Err(error.into());
                }
            }
        }
    }

    fn function(&self, step: &Step) -> Result<Option<Function>> {
        if step.sql().is_some() {
            return Ok(None);
        }
        let code = self.code.get(&step.version());
        let function = code.and_then(|code| match step.direction() {
            Direction::Up => code.up,
            Direction::Down => code.down,
        });
        match function {
            Some(function) => Ok(Some(function)),
            None => Err(MigrationError::no_code(step).into()),
        }
    }
}

impl Error {
    /// The same, where others were let go first so often.
    fn after_tries(self, times: u32) -> Error {
        match self {
            Error::Migration(error) => error.after_tries(times).into(),
            other => other,
        }
    }
}

/// Whether our own statement failed because somebody else wrote the same one before.
fn stale_or(error: sqlx::Error) -> Result<bool> {
    let stale = error
        .as_database_error()
        .is_some_and(|error| error.is_unique_violation());
    if stale { Ok(false) } else { Err(error.into()) }
}

/// Undoes what is open. That it fails means the connection is gone, and everything with it.
async fn undo(session: &mut dyn Session) {
    let _ = session.rollback().await;
}

/// Whether a statement can stand in a transaction with others and be undone with them.
fn is_transactional(effect: Effect) -> bool {
    matches!(
        effect,
        Effect::Transactional | Effect::OutsideOnly | Effect::Control
    )
}
