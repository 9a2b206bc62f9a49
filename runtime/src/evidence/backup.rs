//! Question 5: can what is lost be restored from a backup?

use crate::{Answer, Evidence, Question, State};

/// Backups are not recorded by this version of Onward, so nobody can tell.
pub(super) fn answer() -> Answer {
    let sentence = "Onward does not know yet of any backup, nor whether one was ever restored.";
    Answer::of(
        Question::Backup,
        vec![Evidence::said(State::Unknown, sentence)],
    )
}
