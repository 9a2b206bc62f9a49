//! Question 2: does running code depend on what changes?

use crate::{Answer, Evidence, Question, State};

/// Processes do not register with this version of Onward, so nobody can tell.
pub(super) fn answer() -> Answer {
    let sentence =
        "Onward does not know yet which instances run, nor what their code reads and writes.";
    Answer::of(
        Question::RunningCode,
        vec![Evidence::said(State::Unknown, sentence)],
    )
}
