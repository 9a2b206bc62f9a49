//! Question 3: does anything but the application refer to what changes?

use crate::{Answer, Evidence, Question, State};

/// Catalogs and declared consumers are not read by this version of Onward, so nobody can tell.
pub(super) fn answer() -> Answer {
    let sentence =
        "Onward does not know yet which views, routines, jobs and pipelines refer to it.";
    Answer::of(
        Question::Consumers,
        vec![Evidence::said(State::Unknown, sentence)],
    )
}
