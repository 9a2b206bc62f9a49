//! Which down undoes an up?

use crate::judge::Asked;
use crate::judge::Played;
use crate::judge::Script;
use crate::judge::judge_pair;
use crate::judge::pair;
use crate::judge::work;
use crate::schema::Schema;
use crate::{Age, Dialect, Loss, LossKind, Stuck, Verdict, invert};

/// The down that undoes an up, and whether it loses data; or what keeps it from being worked out: nothing, where there
/// is nothing to undo. A down that would take data older than the up, which the up itself kept, is none; one that gives a
/// column its narrower type back takes only what came since, and is one.
pub type Inverse = Result<(String, bool), Vec<Stuck>>;

/// A down that was worked out.
pub(crate) struct WorkedOut {
    pub(crate) sql: String,
    pub(crate) is_lossy: bool,
    /// The columns older than the up that get a narrower type back.
    pub(crate) narrows: Vec<String>,
    /// What the two directions say about each other.
    pub(crate) facts: Vec<pair::Fact>,
}

/// The down that undoes `up`, worked out on the schema before it.
///
/// # Errors
/// The statements that nothing undoes, as [`Inverse`] says.
pub fn inverse(dialect: Dialect, before: &Schema, up: &str) -> Inverse {
    let script = Script::read(dialect, up);
    let worked_out = inverse_of(
        up,
        &script,
        &Played::of(dialect, before, &script, Asked::Pair),
    )?;
    Ok((worked_out.sql, worked_out.is_lossy))
}

/// The same for a script that was read and run already.
pub(in crate::judge) fn inverse_of(
    sql: &str,
    up: &Script,
    played: &Played,
) -> Result<WorkedOut, Vec<Stuck>> {
    let of_rows = |loss: &&Loss| {
        use LossKind::{Delete, Replace, Truncate, Update};
        matches!(loss.kind, Delete | Update | Truncate | Replace)
    };
    let admitted = played.analysis.losses.iter().filter(of_rows);
    let up_as_it_is = invert::Up {
        sql,
        statements: &up.statements,
        steps: &up.steps,
        admitted: &admitted.map(|loss| loss.statement).collect(),
    };
    let before = &played.before;
    if work::is_gone(before.taken) {
        let reason =
            "what undoes it is not worked out: the migrations before it are too large together"
                .to_owned();
        let whole = up.whole();
        return Err(whole
            .map(|span| Stuck { span, reason })
            .into_iter()
            .collect());
    }
    // It is run once more for it.
    played.take(played.done.work.beyond());
    let worked_out = invert::inverse(up.dialect, before, up_as_it_is)?;
    let sql = worked_out.ok_or_else(Vec::new)?;
    let down = Script::read(up.dialect, &sql);
    let (down, facts) = match before.is_complete() {
        true => {
            let (down, facts, _) = played.undo(&down, Asked::Pair);
            (down, facts)
        }
        false => {
            let judged = judge_pair(before, up, &down, None, Asked::Pair);
            played.take(judged.after.taken.saturating_sub(before.taken));
            (judged.down.ok_or_else(Vec::new)?, judged.facts)
        }
    };
    let fails = facts.iter().find_map(|fact| match fact {
        pair::Fact::CannotRun { why, certain, .. } => certain.then_some(why),
        _ => None,
    });
    // What stood in the column before the up fits the type of then: only what came since may not.
    let older = down.losses.iter().filter(|loss| loss.age == Age::Older);
    let (narrowed, older): (Vec<&Loss>, Vec<&Loss>) =
        older.partition(|loss| loss.kind == LossKind::NarrowType);
    let shown = |losses: Vec<&Loss>| -> Vec<String> {
        let objects = losses.iter().map(|loss| format!("`{}`", loss.object));
        objects.collect()
    };
    let older = shown(older);
    if down.verdict == Verdict::Unknown || !older.is_empty() || fails.is_some() {
        let reason = match (older.as_slice(), fails) {
            ([], Some(why)) => format!("its inverse would fail: {why}"),
            ([], None) => "what its inverse does cannot be told".to_owned(),
            (older, _) => format!(
                "its inverse would take {}, which is older than it",
                older.join(", ")
            ),
        };
        return Err(up
            .whole()
            .map(|span| Stuck { span, reason })
            .into_iter()
            .collect());
    }
    Ok(WorkedOut {
        sql,
        is_lossy: down.verdict == Verdict::Lossy,
        narrows: shown(narrowed),
        facts,
    })
}
