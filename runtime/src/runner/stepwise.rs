//! How does a migration run that no transaction holds together, so that a crash leaves nothing in doubt?
//!
//! MySQL commits at every DDL statement, and PostgreSQL refuses some statements in a transaction. Then a row in
//! `_onward_progress` says how many statements are done. Statements that a transaction can hold run in one together with
//! that row. Before any other the row says that it is begun, with a fingerprint of the schema: a rerun compares it
//! with what it finds, and so knows whether the statement took effect.

mod fingerprint;
mod standing;
mod taking;
mod unit;

use onward_analysis::{Dialect, Effect, Statement};

use super::script::Script;
use super::{Begun, MigrationError, Notes, Queue, Runner, is_transactional, stale_or, undo};
use crate::evidence;
use crate::history::{Progress, State, Tail};
use crate::session::Session;
use crate::text::begins_with;
use crate::{Result, Step};
use standing::{begin, hash, standing, stopped};
use taking::Taking;
use unit::{Unit, units};

/// Whether `step` cannot be one transaction, or was begun as something else.
pub(super) fn is_needed(step: &Step, state: &State) -> bool {
    let begun = state
        .progress
        .as_ref()
        .is_some_and(|progress| progress.version == step.version());
    let apart = |statement: &Statement| !is_transactional(statement.effect);
    let statements = step.analysis().map(|analysis| &analysis.statements);
    begun
        || step.record().transaction == Some(false)
        || statements.is_some_and(|statements| statements.iter().any(apart))
}

/// Runs `step` from where it stands, to the end of the journal that `notes` lead to; none where somebody else has done it.
pub(super) async fn run(
    runner: &Runner<'_>,
    session: &mut dyn Session,
    step: &Step,
    state: &State,
    queue: &mut Queue<'_>,
    notes: &impl Fn(&Queue<'_>, &State) -> Result<Notes>,
) -> Result<Option<Tail>> {
    let script = Script::of(step)?;
    let units = units(&script, step);
    if let Some(guard) = &runner.guard {
        // Before the first note is written of it.
        guard.stands(session, step).await?;
    }
    let Some(mut progress) = begin(runner, session, step, &script, state).await? else {
        return Ok(None);
    };
    let left = step.rest(progress.started);
    match runner.asked_before(session, &left).await {
        Ok(()) => {}
        Err(error) if progress.started == 0 => {
            return Err(stopped(runner, session, step, &script, &progress, error).await?);
        }
        // Whether the statement that was begun has taken effect is still to be found out.
        Err(error) => return Err(standing(error, progress.done)),
    }
    if progress.started > 0 {
        again(session, &script, progress.started).await?;
    }
    let resumed = progress.done;
    for mut unit in units {
        let end = unit.end();
        if end <= progress.done {
            continue;
        }
        // A correction of what failed can have joined it to what is done.
        unit.skip(progress.done);
        let taking = Taking::of(runner, step, &script, &unit, resumed);
        let done = loop {
            let ran = if unit.together {
                together(runner, session, step, &script, &unit, &taking).await
            } else {
                alone(runner, session, step, &script, &unit, &taking, &progress).await
            };
            match ran {
                Ok(done) => break done,
                // A statement that was not let in has not begun, and is looked at once more before it is tried again.
                Err(error) if unit.can_be_tried_again(&error) && queue.gives_way(&error).await => {}
                Err(error) => {
                    let error = error.after_tries(queue.times);
                    return Err(stopped(runner, session, step, &script, &progress, error).await?);
                }
            }
        };
        if !done {
            return Ok(None);
        }
        progress.done = end;
        progress.started = end;
    }
    finish(runner, session, step, &notes(queue, state)?).await
}

/// What a session forgets, done again for the statements that are to come: its settings, its prepared statements.
async fn again(session: &mut dyn Session, script: &Script<'_>, begun: usize) -> Result<()> {
    for statement in script.statements.iter().take(begun) {
        let sql = statement.span.of(script.source);
        if statement.effect == Effect::Transactional && begins_with(sql, &["SET", "USE", "PREPARE"])
        {
            session.execute(sql).await?;
        }
    }
    Ok(())
}

/// A unit in one transaction with its progress; false where somebody else has done it.
async fn together(
    runner: &Runner<'_>,
    session: &mut dyn Session,
    step: &Step,
    script: &Script<'_>,
    unit: &Unit<'_>,
    taking: &Taking,
) -> Result<bool> {
    let (first, end) = (unit.first, unit.end());
    // Taken first, so that of two processes one waits and then finds it done.
    let note = format!(
        "UPDATE {} SET done = {end}, done_hash = '{}', started = {end} WHERE version = {} AND started <= {first}",
        runner.tables.progress(),
        hash(script, 0, end),
        step.version()
    );
    taking.begin(runner, session).await?;
    match session.execute(&note).await {
        Ok(1) => {}
        Ok(_) => {
            undo(session).await;
            return Ok(false);
        }
        Err(error) => {
            undo(session).await;
            return Err(error.into());
        }
    }
    for statement in &unit.statements {
        if statement.effect == Effect::Control {
            continue;
        }
        let sql = statement.span.of(script.source);
        if let Err(error) = runner.limited(session, sql).await {
            undo(session).await;
            let stays = evidence::stays(session, step).await;
            let failure = failure(step, script, statement, error).after(first);
            return Err(failure.staying_in(stays).into());
        }
    }
    runner.commit(session).await?;
    Ok(true)
}

/// A statement that no transaction holds; false where somebody else is at it.
async fn alone(
    runner: &Runner<'_>,
    session: &mut dyn Session,
    step: &Step,
    script: &Script<'_>,
    unit: &Unit<'_>,
    taking: &Taking,
    progress: &Progress,
) -> Result<bool> {
    let Some(&statement) = unit.statements.first() else {
        return Ok(true);
    };
    let sql = statement.span.of(script.source);
    let first = unit.first;
    let this = hash(script, first, 1);
    let now = fingerprint::take(session, step, sql).await?;
    if progress.started > unit.first {
        // It was begun, and nobody lived to say whether it was done.
        let took = match unit.partial {
            true => None,
            false => {
                let before = progress.fingerprint.as_deref();
                Some(fingerprint::effect(session, before, &now).await?)
            }
        };
        match (took, runner.begun) {
            (Some(fingerprint::Took::Effect), _)
                if progress.started_hash.as_deref() == Some(&this) =>
            {
                return Ok(true);
            }
            (Some(fingerprint::Took::Effect), _) => return Err(progress.not_here().into()),
            (Some(fingerprint::Took::None), _) if !unit.hidden => {}
            (_, Some(Begun::Again)) => {}
            (_, Some(Begun::Done)) => return Ok(true),
            (_, None) => return Err(progress.in_doubt(sql).into()),
        }
    }
    let note = format!(
        "UPDATE {} SET done = {first}, done_hash = '{}', started = {}, started_hash = '{this}', fingerprint = {} \
         WHERE version = {} AND done <= {first}",
        runner.tables.progress(),
        hash(script, 0, first),
        first + 1,
        runner.tables.literal(&now),
        step.version(),
    );
    if session.execute(&note).await? == 0 {
        return Ok(false);
    }
    let ran = if begins_with(sql, &["LOCK"]) {
        // Under MySQL's table locks only locked tables can be used, and the progress is noted in one.
        let names = taking::names(runner, session, step, sql).await?;
        let sql = format!("{sql}, {} WRITE{names}", runner.tables.progress());
        session.execute(&sql).await
    } else if session.dialect() == Dialect::Postgres && is_concurrent(sql) {
        patiently(session, sql).await?
    } else {
        taking.run(runner, session, sql).await?
    };
    match ran {
        Ok(_) => Ok(true),
        Err(error) if unit.partial => {
            let failure = failure(step, script, statement, error);
            Err(failure.after_a_part(unit.first).into())
        }
        Err(error) => {
            if error.as_database_error().is_some()
                && (unit.hidden || fingerprint::is_still(session, step, sql, &now).await)
            {
                // The server says that nothing of it is done, so that nobody has to look. Whoever mends the reason may change the
                // schema, and that would pass for its effect.
                let note = format!(
                    "UPDATE {} SET started = {first} WHERE version = {} AND done = {first}",
                    runner.tables.progress(),
                    step.version()
                );
                session.execute(&note).await?;
            }
            Err(failed(step, script, statement, unit.first, error))
        }
    }
}

/// Whether PostgreSQL does it beside everybody else.
fn is_concurrent(sql: &str) -> bool {
    sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|word| word.eq_ignore_ascii_case("concurrently"))
}

/// Without any time-out: what runs beside everybody else waits for old transactions, keeps nobody waiting, and leaves half an
/// index behind where it is interrupted.
async fn patiently(session: &mut dyn Session, sql: &str) -> Result<sqlx::Result<u64>> {
    let settings = "SELECT pg_catalog.current_setting('lock_timeout'), pg_catalog.current_setting('statement_timeout')";
    let rows = session.query(settings, &[]).await?;
    let before = |column| rows.first().and_then(|row| row.text(column)).unwrap_or("0");
    let before = format!(
        "SET lock_timeout = '{}'; SET statement_timeout = '{}'",
        before(0),
        before(1)
    );
    session
        .execute("SET lock_timeout = 0; SET statement_timeout = 0")
        .await?;
    let ran = session.execute(sql).await;
    session.execute(&before).await?;
    Ok(ran)
}

fn failed(
    step: &Step,
    script: &Script<'_>,
    statement: &Statement,
    done: usize,
    error: sqlx::Error,
) -> crate::Error {
    failure(step, script, statement, error).after(done).into()
}

fn failure(
    step: &Step,
    script: &Script<'_>,
    statement: &Statement,
    error: sqlx::Error,
) -> MigrationError {
    let span = statement.span;
    let failure = script.failure(step, span.start as usize, Some(span));
    MigrationError::in_sql(step, failure, error)
}

/// Notes that it is done, all of it; none where somebody else has.
async fn finish(
    runner: &Runner<'_>,
    session: &mut dyn Session,
    step: &Step,
    notes: &Notes,
) -> Result<Option<Tail>> {
    let dialect = session.dialect();
    if dialect != Dialect::Sqlite {
        session.execute(runner.settings.run()).await?;
    }
    let sql = format!(
        "{}DELETE FROM {} WHERE version = {}",
        notes.script(),
        runner.tables.progress(),
        step.version()
    );
    runner.begin(session).await?;
    if let Err(broken) = session.script(&sql).await {
        undo(session).await;
        return stale_or(broken.error).map(|_| None);
    }
    let tail = runner.baselined(session, step, &notes.tail).await?;
    runner.commit(session).await?;
    Ok(Some(tail))
}
