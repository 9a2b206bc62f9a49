//! How does one step of a plan run, so that it happens once and wholly?
//!
//! Where the database can, the migration and what is written of it are one transaction, and the entry in the journal is
//! its first statement: two processes that planned the same step meet at the journal's number, and only one goes on.

mod error;
mod foreign_keys;
mod guard;
mod script;
mod settings;
mod stepwise;

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use onward_analysis::{Dialect, Digest, Effect, Record, Version};

pub use error::MigrationError;
pub(crate) use guard::Guard;
pub(crate) use settings::Settings;

use crate::history::{Action, Author, Entry, HistoryError, State, Tables, Tail};
use crate::lock::{LockError, Patience, is_busy};
use crate::registration::{Code, Function};
use crate::session::{Broken, Session};
use crate::{Direction, Environment, Result, Step};
use foreign_keys::Orphans;
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
    /// The gate, where it had something to ask.
    pub(crate) guard: Option<Guard>,
    /// How long to wait for another process.
    pub(crate) patience: Duration,
}

/// What came of a step.
#[derive(Debug)]
pub(crate) enum Stepped {
    /// It is done, and took so long.
    Done(Duration),
    /// Somebody else was faster: nothing was done, and the plan is old.
    Stale,
}

/// What came of a transaction on SQLite.
enum Sqlite {
    Done,
    Stale,
    /// Rows refer to nothing, and it was undone.
    Orphans(Orphans),
}

/// What is written of a step, in the transaction that does it.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    /// The statements.
    sql: Vec<String>,
    /// The journal's end afterwards.
    tail: Tail,
}

impl Notes {
    /// The statements as one script, with a terminator.
    fn script(&self) -> String {
        self.sql.iter().map(|sql| format!("{sql};\n")).collect()
    }
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
        let begun = Instant::now();
        let notes = self.notes(step, state, complete)?;
        let done = match self.function(step)? {
            Some(function) => self.call(session, step, &notes, function).await?,
            None if stepwise::is_needed(step, state) => {
                stepwise::run(self, session, step, state, &notes).await?
            }
            None => self.transaction(session, step, &notes).await?,
        };
        if !done {
            return Ok(Stepped::Stale);
        }
        state.moved(step, notes.tail);
        Ok(Stepped::Done(begun.elapsed()))
    }

    /// Creates the tables and stamps the label. Whoever else does so at this moment does no harm.
    pub(crate) async fn found(
        &self,
        session: &mut dyn Session,
        environment: &Environment,
    ) -> Result<()> {
        let entry = Entry {
            action: Action::Stamped,
            version: None,
            plan: "",
            evidence: &format!("{{\"tier\":\"{}\"}}", environment.tier()),
        };
        let now = SystemTime::now();
        let (append, _) = entry.append(&self.tables, &Tail::default(), &self.author, now);
        let stamp = self.tables.stamp(environment);
        let create = self.tables.create();
        self.begin(session).await?;
        // On MySQL each of these commits by itself; the entry and the stamp are one transaction everywhere.
        let created = session.execute(&create).await;
        if session.dialect() == Dialect::MySql && created.is_ok() {
            undo(session).await;
            self.begin(session).await?;
        }
        let founded = match created {
            Ok(_) => session.execute(&format!("{append};\n{stamp}")).await,
            Err(error) => Err(error),
        };
        if let Err(error) = founded {
            undo(session).await;
            return stale_or(error).map(|_| ());
        }
        self.commit(session).await
    }

    /// Replaces what is stored of an applied migration whose way back was changed; false where somebody was faster.
    pub(crate) async fn replace_down(
        &self,
        session: &mut dyn Session,
        record: &Record,
        state: &mut State,
    ) -> Result<bool> {
        let now = SystemTime::now();
        let entry = Entry {
            action: Action::DownReplaced,
            version: Some(record.version),
            plan: "",
            evidence: "",
        };
        let (append, tail) = entry.append(&self.tables, &state.tail, &self.author, now);
        let sql = format!(
            "{append}; UPDATE {} SET digest = '{}', record = {} WHERE version = {}; {}",
            self.tables.history(),
            record.digest(),
            self.tables.literal(&json(record)?),
            record.version,
            self.tables.set_head(None),
        );
        self.begin(session).await?;
        if let Err(error) = session.execute(&sql).await {
            undo(session).await;
            return stale_or(error);
        }
        self.commit(session).await?;
        state.replaced(record, tail);
        Ok(true)
    }

    /// The whole step as one transaction; false where somebody else was faster.
    async fn transaction(
        &self,
        session: &mut dyn Session,
        step: &Step,
        notes: &Notes,
    ) -> Result<bool> {
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
        if session.dialect() == Dialect::MySql || script.savepoints || self.guard.is_some() {
            self.begin(session).await?;
            self.guarded(session, step).await?;
        }
        let ran = session.script(&sql).await;
        if let Err(broken) = ran {
            undo(session).await;
            return self.explain(step, &script, notes, &before, broken);
        }
        self.commit(session).await?;
        Ok(true)
    }

    /// SQLite's transaction, in which foreign keys are as the script wants them, and checked.
    async fn on_sqlite(
        &self,
        session: &mut dyn Session,
        step: &Step,
        script: &Script<'_>,
        notes: &Notes,
        sql: &str,
    ) -> Result<bool> {
        let mut known = Orphans::new();
        loop {
            if script.foreign_keys {
                session.execute(settings::ON).await?;
            }
            let done = self
                .in_transaction(session, step, script, notes, sql, &known)
                .await;
            if script.foreign_keys {
                session.execute(settings::OFF).await?;
            }
            match done? {
                Sqlite::Done => return Ok(true),
                Sqlite::Stale => return Ok(false),
                Sqlite::Orphans(after) => {
                    // Rows that referred to nothing before are not this migration's doing.
                    let before = foreign_keys::orphans(session, step, script).await?;
                    let added = foreign_keys::added(&before, &after);
                    if !added.is_empty() {
                        return Err(MigrationError::orphans(step, added).into());
                    }
                    known = after;
                }
            }
        }
    }

    async fn in_transaction(
        &self,
        session: &mut dyn Session,
        step: &Step,
        script: &Script<'_>,
        notes: &Notes,
        sql: &str,
        known: &Orphans,
    ) -> Result<Sqlite> {
        self.begin(session).await?;
        self.guarded(session, step).await?;
        if let Err(broken) = session.script(sql).await {
            undo(session).await;
            let before = notes.script();
            let went_on = self.explain(step, script, notes, &before, broken)?;
            return Ok(if went_on { Sqlite::Done } else { Sqlite::Stale });
        }
        let orphans = match foreign_keys::orphans(session, step, script).await {
            Ok(orphans) => orphans,
            Err(error) => {
                undo(session).await;
                return Err(error);
            }
        };
        if !foreign_keys::added(known, &orphans).is_empty() {
            undo(session).await;
            return Ok(Sqlite::Orphans(orphans));
        }
        self.commit(session).await?;
        Ok(Sqlite::Done)
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
        self.begin(session).await?;
        self.guarded(session, step).await?;
        if let Err(broken) = session.script(&notes.script()).await {
            undo(session).await;
            return stale_or(broken.error);
        }
        let called = session.call(function).await;
        if let Err(error) = called {
            undo(session).await;
            return Err(MigrationError::in_code(step, error).into());
        }
        self.commit(session).await?;
        session.execute(self.settings.run()).await?;
        Ok(true)
    }

    /// What a script's failure means: somebody was faster (false), or an error with its place.
    fn explain(
        &self,
        step: &Step,
        script: &Script<'_>,
        notes: &Notes,
        before: &str,
        broken: Broken,
    ) -> Result<bool> {
        match broken.done.checked_sub(notes.sql.len()) {
            // The journal's entry, and what follows it, is ours.
            None if self.is_elsewhere(&broken) => Err(LockError::Lost.into()),
            None if script::position(&broken.error).is_none() => stale_or(broken.error),
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

    /// Asks the gate again in the transaction that is open, which ends where it does not open.
    async fn guarded(&self, session: &mut dyn Session, step: &Step) -> Result<()> {
        let Some(guard) = &self.guard else {
            return Ok(());
        };
        let asked = guard.again(session, step, true).await;
        if asked.is_err() {
            undo(session).await;
        }
        asked
    }

    async fn begin(&self, session: &mut dyn Session) -> Result<()> {
        let mut patience = Patience::of(self.patience);
        loop {
            match session.begin().await {
                Ok(()) => return Ok(()),
                Err(error) if patience.bears(&error).await => {}
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

    fn notes(&self, step: &Step, state: &State, complete: Option<Digest>) -> Result<Notes> {
        let now = SystemTime::now();
        let action = match step.direction() {
            Direction::Up => Action::Applied,
            Direction::Down => Action::Reverted,
        };
        let entry = Entry {
            action,
            version: Some(step.version()),
            plan: &self.plan,
            evidence: &self.evidence,
        };
        let (append, tail) = entry.append(&self.tables, &state.tail, &self.author, now);
        let row = match step.direction() {
            Direction::Up => self.insert(step.record(), now)?,
            Direction::Down => format!(
                "DELETE FROM {} WHERE version = {}",
                self.tables.history(),
                step.version()
            ),
        };
        let mut sql = vec![append, row];
        if let Some(backend) = self.backend {
            // A division by zero where a pooler has put another server process under this connection.
            sql.insert(0, format!("SELECT 1 / (pg_backend_pid() = {backend})::int"));
        }
        if !state.head_is_cleared || complete.is_some() {
            sql.push(self.tables.set_head(complete));
        }
        Ok(Notes { sql, tail })
    }

    fn insert(&self, record: &Record, now: SystemTime) -> Result<String> {
        let text = |text: &str| self.tables.literal(text);
        Ok(format!(
            "INSERT INTO {} (version, catalog, name, up_hash, digest, at, record) VALUES ({}, {}, {}, {}, '{}', '{}', {})",
            self.tables.history(),
            record.version,
            text(&record.catalog),
            text(&record.name),
            text(&record.up.hash),
            record.digest(),
            humantime::format_rfc3339_millis(now),
            text(&json(record)?),
        ))
    }
}

/// The migration as the history keeps it.
fn json(record: &Record) -> Result<String> {
    serde_json::to_string(record).map_err(|error| {
        HistoryError::Garbled {
            what: format!("version {} cannot be stored ({error})", record.version),
        }
        .into()
    })
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
