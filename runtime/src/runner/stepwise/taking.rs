//! How is it seen, as late as it can be, what a statement of a step takes?
//!
//! What a transaction holds is looked at in it, under a lock. A DDL statement of MySQL commits, and the lock of a transaction goes
//! with it. The lock of `LOCK TABLES` does not: the tables are locked, looked at and changed under it, and nobody writes in
//! between, nor while the statement waits, since it waits for nobody. Where MySQL refuses that, the look comes right before the
//! statement, which then waits for nobody either: who is let go first is looked at again.

use std::ops::Range;
use std::time::Instant;

use onward_analysis::{Access, Dialect, Object};

use super::Unit;
use crate::evidence;
use crate::gate::window::{Window, calls};
use crate::runner::script::Script;
use crate::runner::{Guard, Runner, guard, is_transactional};
use crate::session::{Session, literal};
use crate::text::begins_with;
use crate::{Result, Step};

/// What a unit takes.
pub(super) enum Taking {
    /// Nothing, or nobody asks.
    Nothing,
    /// Something: the step as if it took nothing but that.
    Something {
        step: Box<Step>,
        window: Window,
        /// Whether the script holds locks on tables of its own.
        locked: bool,
    },
}

impl Taking {
    /// What `unit` takes, in a session that began at the statement `resumed`.
    pub(super) fn of(
        runner: &Runner<'_>,
        step: &Step,
        script: &Script<'_>,
        unit: &Unit<'_>,
        resumed: usize,
    ) -> Taking {
        let only = match &runner.guard {
            Some(_) => step.only(unit.first..unit.end()),
            None => None,
        };
        let (Some(only), Some(statement)) = (only, unit.statements.first()) else {
            return Taking::Nothing;
        };
        Taking::Something {
            window: Window::of(&only, statement),
            step: Box::new(only),
            locked: is_locked(script, resumed..unit.first),
        }
    }

    /// Begins a transaction in which nobody else writes to what is taken, where the gate opens.
    pub(super) async fn begin(&self, runner: &Runner<'_>, session: &mut dyn Session) -> Result<()> {
        match self {
            Taking::Nothing => runner.begin(session).await,
            Taking::Something { step, .. } => runner.begin_guarded(session, step).await,
        }
    }

    /// Runs `sql` by itself, where the gate opens.
    pub(super) async fn run(
        &self,
        runner: &Runner<'_>,
        session: &mut dyn Session,
        sql: &str,
    ) -> Result<sqlx::Result<u64>> {
        let (
            Taking::Something {
                step,
                window,
                locked,
            },
            Some(guard),
        ) = (self, &runner.guard)
        else {
            return Ok(runner.limited(session, sql).await);
        };
        if session.dialect() != Dialect::MySql {
            runner.asked_before(session, step).await?;
            return Ok(runner.limited(session, sql).await);
        }
        if *locked {
            // Under the script's own lock no other table can be asked.
            guard.again(session, step, &guard::ROWS).await?;
            return Ok(session.execute(sql).await);
        }
        if *window == Window::UnderTableLock {
            for _ in 0..guard::LOOKS {
                guard.others(session, step).await?;
                match under_lock(guard, session, step, sql).await? {
                    Locked::Ran(ran) => return Ok(ran),
                    Locked::Not => {
                        // It may have been refused after a long wait only.
                        guard.others(session, step).await?;
                        return at_once(guard, session, step, sql).await;
                    }
                    Locked::Late => {}
                }
            }
            return Err(evidence::is_held(&evidence::table_of(step), step));
        }
        guard.others(session, step).await?;
        if calls(sql) {
            guard.again(session, step, &guard::ROWS).await?;
            return Ok(session.execute(sql).await);
        }
        at_once(guard, session, step, sql).await
    }
}

/// Whether a lock of the script's own on tables is held after those of its statements have run in this session.
fn is_locked(script: &Script<'_>, ran: Range<usize>) -> bool {
    let ran = script.statements.get(ran).unwrap_or_default();
    ran.iter().fold(false, |locked, statement| {
        let sql = statement.span.of(script.source);
        // A transaction that begins unlocks, and ours hold whatever can stand in one.
        begins_with(sql, &["LOCK"])
            || locked && !begins_with(sql, &["UNLOCK"]) && !is_transactional(statement.effect)
    })
}

/// What came of a lock on tables.
enum Locked {
    /// It was had, and the statement has run, or failed.
    Ran(sqlx::Result<u64>),
    /// There is none.
    Not,
    /// It was had after so long a wait that it was given back: what it does not hold still is to be asked again.
    Late,
}

/// Runs `sql` under a lock on its tables, under which they are looked at.
async fn under_lock(
    guard: &Guard,
    session: &mut dyn Session,
    step: &Step,
    sql: &str,
) -> Result<Locked> {
    let Some(lock) = lock(session, step, sql).await? else {
        return Ok(Locked::Not);
    };
    let begun = Instant::now();
    match session.execute(&lock).await {
        Ok(_) => {}
        Err(error @ sqlx::Error::Database(_)) => {
            return match evidence::in_the_way(error, &evidence::table_of(step), step) {
                crate::Error::Lock(taken) => Err(taken.into()),
                // Not allowed, or not possible.
                _ => Ok(Locked::Not),
            };
        }
        Err(lost) => return Err(lost.into()),
    }
    if begun.elapsed() > guard::LONG {
        session.execute("UNLOCK TABLES").await?;
        return Ok(Locked::Late);
    }
    let ran = match guard.again(session, step, &guard::ROWS).await {
        Ok(()) => Ok(session.execute(sql).await),
        Err(refused) => Err(refused),
    };
    let unlocked = session.execute("UNLOCK TABLES").await;
    match ran? {
        // Nothing of it is done: the tables are opened before anything else.
        Err(error) if needs_another_lock(&error) => {
            unlocked?;
            Ok(Locked::Not)
        }
        // Where the connection is lost, the lock is too, and the first error counts.
        ran => Ok(Locked::Ran(ran)),
    }
}

/// `LOCK TABLES` on what `step` loses and `sql` names besides; none where nothing of it is there.
async fn lock(session: &mut dyn Session, step: &Step, sql: &str) -> Result<Option<String>> {
    let mut wanted: Vec<(&Object, &str)> = Vec::new();
    let is_new = |wanted: &[(&Object, &str)], object: &Object| {
        !wanted
            .iter()
            .any(|(known, _)| table(known) == table(object))
    };
    for loss in step.losses() {
        if is_new(&wanted, &loss.object) {
            wanted.push((&loss.object, "WRITE"));
        }
    }
    let lost = wanted.len();
    let sql = sql.to_lowercase();
    let touches = step
        .analysis()
        .map_or(&[][..], |analysis| &analysis.touches);
    for touch in touches {
        if sql.contains(&touch.object.table.to_lowercase()) && is_new(&wanted, &touch.object) {
            let kind = if touch.access == Access::Read {
                "READ"
            } else {
                "WRITE"
            };
            wanted.push((&touch.object, kind));
        }
    }
    let mut locks = Vec::new();
    for (index, (object, kind)) in wanted.iter().enumerate() {
        if !is_table(session, object).await? {
            continue;
        }
        let table = table(object);
        locks.push(format!("{table} {kind}"));
        if lost == 1 && index == 0 {
            // The questions call it so. Under this lock each name needs one.
            locks.extend(evidence::NAMES.map(|name| format!("{table} AS {name} {kind}")));
        }
    }
    Ok((!locks.is_empty()).then(|| format!("LOCK TABLES {}", locks.join(", "))))
}

/// What a script's own lock on tables must hold besides, so that what `step` takes can be looked at under it: a name for each
/// reading of the one table that is lost.
pub(super) async fn names(
    runner: &Runner<'_>,
    session: &mut dyn Session,
    step: &Step,
    sql: &str,
) -> Result<String> {
    let Some(first) = step.losses().first().filter(|_| runner.guard.is_some()) else {
        return Ok(String::new());
    };
    let lost = table(&first.object);
    let alone = step.losses().iter().all(|loss| table(&loss.object) == lost);
    let locks = sql
        .to_lowercase()
        .contains(&first.object.table.to_lowercase());
    if !alone || !locks || !is_table(session, &first.object).await? {
        return Ok(String::new());
    }
    let names = evidence::NAMES.map(|name| format!(", {lost} AS {name} WRITE"));
    Ok(names.concat())
}

async fn is_table(session: &mut dyn Session, object: &Object) -> Result<bool> {
    let text = |text: &str| literal(Dialect::MySql, text);
    let sql = format!(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = {} AND table_name = {} \
         AND table_type NOT LIKE '%VIEW%'",
        object
            .schema
            .as_deref()
            .map_or("DATABASE()".to_owned(), text),
        text(&object.table)
    );
    let rows = session.query(&sql, &[]).await?;
    Ok(rows.first().and_then(|row| row.int(0)).unwrap_or_default() > 0)
}

fn table(object: &Object) -> String {
    evidence::table(Dialect::MySql, object)
}

/// Whether the server says that the statement needs a table that is not locked, or cannot run under any such lock.
fn needs_another_lock(error: &sqlx::Error) -> bool {
    #[cfg(feature = "mysql")]
    if let Some(error) = error.as_database_error()
        && let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
    {
        // ER_TABLE_NOT_LOCKED_FOR_WRITE, ER_TABLE_NOT_LOCKED, ER_LOCK_OR_ACTIVE_TRANSACTION
        return matches!(error.number(), 1099 | 1100 | 1192);
    }
    let _ = error;
    false
}

/// Looks, and runs `sql` without waiting for anybody, as far as the server can: what others commit while it waits is taken unseen.
async fn at_once(
    guard: &Guard,
    session: &mut dyn Session,
    step: &Step,
    sql: &str,
) -> Result<sqlx::Result<u64>> {
    let rows = session
        .query("SELECT CAST(@@SESSION.lock_wait_timeout AS SIGNED)", &[])
        .await?;
    let before = rows.first().and_then(|row| row.int(0));
    // MariaDB can wait for nobody at all, MySQL for a second at least.
    match session.execute("SET SESSION lock_wait_timeout = 0").await {
        Err(sqlx::Error::Database(_)) => {
            session.execute("SET SESSION lock_wait_timeout = 1").await?
        }
        set => set?,
    };
    let ran = match guard.again(session, step, &guard::ROWS).await {
        Ok(()) => Ok(session.execute(sql).await),
        Err(refused) => Err(refused),
    };
    if let Some(before) = before {
        let back = format!("SET SESSION lock_wait_timeout = {before}");
        let restored = session.execute(&back).await;
        let ran = ran?;
        // Where the connection is lost, the first error counts.
        if ran.is_ok() {
            restored?;
        }
        return Ok(ran);
    }
    ran
}
