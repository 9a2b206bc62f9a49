//! Where does a step stand that no transaction holds together, and what is noted of it?

use crate::history::{Progress, State, seal};
use crate::runner::script::Script;
use crate::runner::{Runner, stale_or, undo};
use crate::session::Session;
use crate::{Error, Result, Step};

/// Finds where the step stands, or notes that it is begun; none where somebody else has just begun it.
pub(super) async fn begin(
    runner: &Runner<'_>,
    session: &mut dyn Session,
    step: &Step,
    script: &Script<'_>,
    state: &State,
) -> Result<Option<Progress>> {
    let direction = step.direction().to_string();
    if let Some(progress) = &state.progress {
        // What failed may have been corrected since, but what is done must be what would have been done.
        let goes_on = progress.version == step.version()
            && progress.direction == direction
            && progress.done_hash == hash(script, 0, progress.done);
        if !goes_on {
            return Err(progress.not_here().into());
        }
        return Ok(Some(progress.clone()));
    }
    let done_hash = hash(script, 0, 0);
    let tables = &runner.tables;
    let sql = format!(
        "INSERT INTO {} (version, direction, done, done_hash, started) VALUES ({}, '{direction}', 0, '{done_hash}', 0);\n{}",
        tables.progress(),
        step.version(),
        tables.set_head(None),
    );
    runner.begin(session).await?;
    if let Err(broken) = session.script(&sql).await {
        undo(session).await;
        return stale_or(broken.error).map(|_| None);
    }
    runner.commit(session).await?;
    Ok(Some(Progress {
        version: step.version(),
        direction,
        done: 0,
        done_hash,
        started: 0,
        started_hash: None,
        fingerprint: None,
    }))
}

/// The hash of `count` statements of a script.
pub(super) fn hash(script: &Script<'_>, first: usize, count: usize) -> String {
    let statements = script.statements.iter().skip(first).take(count);
    let texts: Vec<&str> = statements.map(|s| s.span.of(script.source)).collect();
    seal(&texts)
}

/// The same refusal, saying how many statements are done.
pub(super) fn standing(mut error: Error, done: usize) -> Error {
    if let Error::Refused(decision) = &mut error {
        decision.done = done;
    }
    error
}

/// What stopped the step. Where nothing of it has run, it keeps nobody else waiting. Where it was refused later, no statement is left
/// that passes for begun: whoever goes on is asked about the rest.
pub(super) async fn stopped(
    runner: &Runner<'_>,
    session: &mut dyn Session,
    step: &Step,
    script: &Script<'_>,
    progress: &Progress,
    error: Error,
) -> Result<Error> {
    let done = progress.done;
    let unless_begun = |begun: &str| {
        format!(
            "DELETE FROM {} WHERE version = {} AND done = 0 AND {begun}",
            runner.tables.progress(),
            step.version()
        )
    };
    // Seen before the statement that is noted as begun was sent.
    let unsent = match &error {
        Error::Refused(_) => true,
        Error::History(error) => error.is_of_the_ground(),
        _ => false,
    };
    if !unsent {
        if matches!(&error, Error::Migration(failed) if failed.has_done_nothing()) {
            // Where that fails as well, the row says the truth still, and the next run goes on from it.
            let _ = session.execute(&unless_begun("started = 0")).await;
        }
        return Ok(error);
    }
    let sql = match progress.started {
        0 => unless_begun("started <= 1"),
        _ => format!(
            "UPDATE {} SET done = {done}, done_hash = '{}', started = {done} WHERE version = {} AND started <= {done} + 1",
            runner.tables.progress(),
            hash(script, 0, done),
            step.version()
        ),
    };
    session.execute(&sql).await?;
    Ok(standing(error, done))
}
