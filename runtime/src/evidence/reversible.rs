//! Question 4: does what is lost come back?

use onward_analysis::{Age, Verdict};

use super::{Amount, Held};
use crate::{Answer, Evidence, Question, State, Step};

/// What the verdict says is lost, weighed with what the objects hold. Question 1 has asked the database already.
pub(super) fn answer(steps: &[&Step], held: &[Held<'_>]) -> Answer {
    let mut evidence: Vec<Evidence> = held.iter().map(weighed).collect();
    for step in steps {
        if step.verdict() != Verdict::Unknown {
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
    Answer::of(Question::Reversible, evidence)
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
