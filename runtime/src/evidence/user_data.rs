//! Question 1: does what is removed hold data?

use onward_analysis::{Age, Dialect, Loss, LossKind, Object};

use super::ask::Asking;
use super::bounds::{self, Misfits};
use super::brings::may_bring;
use super::engines;
use super::{Amount, BOUND, Case, Held, table};
use crate::{Answer, Direction, Evidence, Query, Question, State, Step};

mod baseline;
mod count;
mod default;
mod found;
mod print;
mod stated;
mod whole;

pub(crate) use baseline::{
    Baseline, is_needed as needs_baseline, may_matter, take as take_baselines,
};
use count::{rows_query, values_query};
use default::{Fallback, fallback};
use found::{Found, Unit};
pub(super) use found::{elsewhere, in_public};
pub(crate) use print::PRINT;
use whole::{position, schema};

/// Looks into each object that the verdict says is lost, noting in `held` what it holds.
pub(super) async fn answer<'p>(
    asking: &mut Asking<'_>,
    case: &Case,
    steps: &[&'p Step],
    held: &mut Vec<Held<'p>>,
) -> sqlx::Result<Answer> {
    let mut evidence = Vec::new();
    for (index, step) in steps.iter().copied().enumerate() {
        if !case.policy.asks(step, Question::UserData) {
            continue;
        }
        let mut seen: Vec<(&Object, What)> = Vec::new();
        for loss in step.losses() {
            let what = What::of(loss);
            if seen.contains(&(&loss.object, what)) {
                continue;
            }
            seen.push((&loss.object, what));
            let fallback = puts_back(asking, step, loss).await?;
            let (mut amount, mut found) = match cut(asking, step, loss).await? {
                Some(told) => told,
                None => {
                    // A name that is not there may be misspelt where nobody but the author has it.
                    let made = may_bring(steps.get(..index).unwrap_or_default(), &loss.object);
                    let first = !made
                        && !step.declared().contains(&&loss.object)
                        && !step.has_renamed(&loss.object);
                    look(asking, loss, what, first, &fallback).await?
                }
            };
            let own = case.baselines.iter().find(|(version, baseline)| {
                *version == step.version() && baseline.is_of(step.planned(&loss.object))
            });
            if let Some((_, own)) = own
                && (found.state == State::Blocked
                    || found.state == State::Clear && own.was_emptied(asking, &loss.object).await?)
            {
                found = own
                    .judge(asking, &loss.object, &fallback, steps, found)
                    .await?;
                amount = match (found.state, amount) {
                    (State::Clear, _) => Amount::Nothing,
                    (_, Amount::Nothing) => Amount::Some("what was set to NULL since".to_owned()),
                    (_, amount) => amount,
                };
            }
            let kept = found.state == State::Blocked && matches!(what, What::Rows | What::Values);
            let seen = match kept && may_be_consented_to(case) {
                true => Some(print::seen(asking, &loss.object, &fallback).await?),
                false => None,
            };
            held.push(Held { loss, amount });
            for found in [found].into_iter().chain(seen) {
                evidence.push(as_planned(asking.dialect(), step, &loss.object, found));
            }
        }
        if evidence.iter().any(|one| one.state == State::Blocked) {
            evidence.extend(engines::unheld(asking, step, State::Blocked).await?);
        }
        evidence.extend(not_understood(step));
    }
    if evidence.is_empty() {
        evidence.push(Evidence::said(State::Clear, "Nothing is removed."));
    }
    Ok(Answer::of(Question::UserData, evidence))
}

/// What was found of an object that has another name by now, as an answer about the one that the plan names.
fn as_planned(dialect: Dialect, step: &Step, now: &Object, found: Evidence) -> Evidence {
    if !step.has_renamed(now) {
        return found;
    }
    let planned = step.planned(now);
    let query = found.query.map(|query| {
        let (old, new) = (table(dialect, planned), table(dialect, now));
        let mut sql = query.sql.replace(&new, &old);
        if let (Some(old), Some(new)) = (&planned.column, &now.column) {
            sql = sql.replace(&dialect.quote(new), &dialect.quote(old));
        }
        Query {
            planned: Some(sql),
            ..query
        }
    });
    Evidence {
        object: Some(planned.to_string()),
        query,
        ..found
    }
}

/// Whether a person may agree to lose what is found, and so must know whether it is still the same when it runs.
fn may_be_consented_to(case: &Case) -> bool {
    case.plan.direction() == Direction::Up || case.policy.needs_consent(&case.plan)
}

/// What of an object is lost, and so is to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Every row of the table.
    Rows,
    /// Every value of the column.
    Values,
    /// Some rows or values; which of them, only the statement knows.
    Some,
    /// Every table of the schema.
    Schema,
    /// The number that a sequence stands at.
    Position,
    /// Nothing that can be counted.
    Uncountable,
}

impl What {
    fn of(loss: &Loss) -> What {
        match (loss.kind, &loss.object.column) {
            (LossKind::DropTable | LossKind::Truncate | LossKind::DropView, _) => What::Rows,
            (LossKind::DropColumn | LossKind::OmitColumn, Some(_)) => What::Values,
            (
                LossKind::Delete
                | LossKind::SeedDelete
                | LossKind::OmitRows
                | LossKind::Replace
                | LossKind::Update
                | LossKind::NarrowType
                | LossKind::DropPartition,
                _,
            ) => What::Some,
            (LossKind::DropSchema | LossKind::DropDatabase, _) => What::Schema,
            (LossKind::DropSequence, _) => What::Position,
            _ => What::Uncountable,
        }
    }
}

/// Of a column that gets a narrower type only the values that misfit are lost; none where that cannot be told.
async fn cut(
    asking: &mut Asking<'_>,
    step: &Step,
    loss: &Loss,
) -> sqlx::Result<Option<(Amount, Evidence)>> {
    if loss.kind != LossKind::NarrowType {
        return Ok(None);
    }
    let limits = bounds::of(step, true);
    let Some((object, limits)) = limits.iter().find(|(object, _)| **object == loss.object) else {
        return Ok(None);
    };
    let (misfits, found) = bounds::judge(asking, object, limits, "cut").await?;
    Ok(match misfits {
        Misfits::Counted(0) => Some((Amount::Nothing, found)),
        Misfits::Counted(count) => Some((Amount::Some(Unit::Value.counted(count)), found)),
        Misfits::NotThere | Misfits::Unknown => None,
    })
}

/// What the up puts into a column that is lost. What is older than the up was some other migration's default.
async fn puts_back(asking: &mut Asking<'_>, step: &Step, loss: &Loss) -> sqlx::Result<Fallback> {
    match (&loss.object.column, loss.age) {
        (Some(_), Age::SinceUp) => fallback(asking, &loss.object, &[step]).await,
        _ => Ok(Fallback::Nothing),
    }
}

async fn look(
    asking: &mut Asking<'_>,
    loss: &Loss,
    what: What,
    first: bool,
    fallback: &Fallback,
) -> sqlx::Result<(Amount, Evidence)> {
    match what {
        What::Rows | What::Some if loss.object.column.is_none() => {
            let asked = asking
                .ask(&rows_query(asking.dialect(), &loss.object))
                .await?;
            Found {
                loss,
                what,
                first,
                unit: Unit::Row,
                fallback,
            }
            .judge(asking, asked)
            .await
        }
        What::Rows | What::Values | What::Some => {
            let query = values_query(asking.dialect(), &loss.object, fallback);
            let asked = asking.ask(&query).await?;
            Found {
                loss,
                what,
                first,
                unit: Unit::Value,
                fallback,
            }
            .judge(asking, asked)
            .await
        }
        What::Schema => schema(asking, loss).await,
        What::Position => position(asking, loss, first).await,
        What::Uncountable => Ok((
            Amount::Unknown,
            Evidence::said(
                State::Unknown,
                format!("What is stored in `{}` cannot be counted.", loss.object),
            ),
        )),
    }
}

/// What the analysis did not understand can take anything.
fn not_understood(step: &Step) -> Vec<Evidence> {
    if step.is_understood() {
        return Vec::new();
    }
    if let Some(sentence) = step.declared_to_take() {
        return vec![Evidence::said(State::Clear, sentence)];
    }
    if let Some(why) = step.asserted() {
        let sentence = format!(
            "What {} takes besides is not known. Its author says, and nothing verifies: {why}.",
            step.name()
        );
        return vec![Evidence::said(State::Clear, sentence)];
    }
    let understood = step.analysis().filter(|_| step.sql().is_some());
    let Some(analysis) = understood else {
        let sentence = format!("{} is Rust, so what it takes is not known.", step.name());
        return vec![Evidence::said(State::Unknown, sentence)];
    };
    let sql = step.sql().unwrap_or("");
    analysis
        .unknowns
        .iter()
        .map(|unknown| {
            let snippet = unknown.span.of(sql).lines().next().unwrap_or("").trim();
            Evidence::said(
                State::Unknown,
                format!("What `{snippet}` takes is not known: {}.", unknown.reason),
            )
        })
        .collect()
}
