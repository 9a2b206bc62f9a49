//! Question 4: does what is lost come back?

use onward_analysis::Age;

use super::ask::Asking;
use super::{Amount, Held, bounds, engines};
use crate::{Answer, Direction, Evidence, Question, State, Step};

/// What the verdict says is lost, weighed with what the objects hold, which question 1 has asked already; and whether a row
/// that is there now would make it fail.
pub(super) async fn answer(
    asking: &mut Asking<'_>,
    steps: &[&Step],
    held: &[Held<'_>],
) -> sqlx::Result<Answer> {
    let mut evidence: Vec<Evidence> = held.iter().map(weighed).collect();
    for step in steps {
        for (object, limits) in bounds::of(step, false) {
            let (_, found) = bounds::judge(asking, object, &limits, "fail on").await?;
            evidence.push(found);
        }
        evidence.extend(admitted(step, held));
        evidence.extend(engines::unheld(asking, step, State::Unknown).await?);
        if step.is_understood() {
            continue;
        }
        evidence.push(Evidence::said(
            State::Unknown,
            match &step.record().marks.assert_lossless {
                Some(why) => format!(
                    "{} is not understood. Its author asserts that it loses nothing: {why}. Nothing verifies that.",
                    step.name()
                ),
                None => format!("{} is not understood, so what it takes is not known.", step.name()),
            },
        ));
    }
    if evidence.is_empty() {
        evidence.push(Evidence::said(State::Clear, "Nothing is lost by it."));
    }
    Ok(Answer::of(Question::Reversible, evidence))
}

/// What the author of a step wrote of its loss, where something is lost.
fn admitted(step: &Step, held: &[Held<'_>]) -> Option<Evidence> {
    let marks = &step.record().marks;
    let reason = match step.direction() {
        Direction::Up => marks.lossy.as_ref(),
        Direction::Down => marks.destructive.as_ref()?.0.as_ref(),
    }?;
    let loses = held
        .iter()
        .any(|held| step.losses().contains(held.loss) && held.amount != Amount::Nothing);
    loses.then(|| {
        Evidence::said(
            State::Blocked,
            format!("{} is marked: {reason}.", step.name()),
        )
    })
}

fn weighed(held: &Held<'_>) -> Evidence {
    let object = &held.loss.object;
    match &held.amount {
        Amount::Nothing => Evidence::said(State::Clear, format!("`{object}` has nothing to lose.")),
        Amount::Some(amount) => Evidence::said(
            State::Blocked,
            match held.loss.age {
                Age::SinceUp => format!(
                    "No: {amount} of `{object}` would be gone. Running the up again brings it back without what it holds."
                ),
                Age::Older => format!(
                    "No: {amount} of `{object}` would be gone, some perhaps older than this migration. \
                     No migration brings them back."
                ),
            },
        ),
        Amount::Unknown => Evidence::said(
            State::Unknown,
            format!(
                "What `{object}` would lose is not known, so nor is whether it could come back."
            ),
        ),
    }
}
