//! Question 3: does anything but the application refer to what changes?

use onward_analysis::Consumer;

use crate::{Answer, Evidence, Question, State, Step};

/// The declared consumers of what the steps lose. The catalogs are not read by this version of Onward, so beside those
/// nobody can tell.
pub(super) fn answer(consumers: &[Consumer], steps: &[&Step]) -> Answer {
    let mut evidence: Vec<Evidence> = consumers
        .iter()
        .filter_map(|consumer| declared(consumer, steps))
        .collect();
    evidence.push(Evidence::said(
        State::Unknown,
        "Onward does not know yet which views, routines, jobs and pipelines refer to it.",
    ));
    Answer::of(Question::Consumers, evidence)
}

/// That `consumer` refers to something that the steps lose, if it does.
fn declared(consumer: &Consumer, steps: &[&Step]) -> Option<Evidence> {
    let mut lost = steps.iter().flat_map(|step| step.losses());
    let object = &lost
        .find(|loss| consumer.refers_to(&loss.object).is_some())?
        .object;
    Some(Evidence {
        object: Some(object.to_string()),
        ..Evidence::said(
            State::Blocked,
            format!("Declared in onward.toml: {consumer}."),
        )
    })
}
