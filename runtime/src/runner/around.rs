//! What stood in the database before the migration that failed?

use crate::history::State;
use crate::history::others::{self, Other};
use crate::session::Session;
use crate::{Direction, Step};

/// What a person should know of the database beside the failure.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// Whether migrations before it are applied.
    pub(super) follows: bool,
    /// The tables in which other tools keep their history, where what the first migration makes is there.
    others: Vec<Other>,
}

impl Around {
    /// Looks around where `step` failed with `error`. What cannot be asked any more is left out.
    pub(super) async fn of(
        session: &mut dyn Session,
        step: &Step,
        state: &State,
        error: Option<&sqlx::Error>,
    ) -> Around {
        let follows = step.direction() == Direction::Up && !state.applied.is_empty();
        let is_first = step.direction() == Direction::Up && state.applied.is_empty();
        let others = match is_first && error.is_some_and(is_there_already) {
            true => others::here(session).await.unwrap_or_default(),
            false => Vec::new(),
        };
        Around { follows, others }
    }

    /// Whether it is said already what is to be done.
    pub(super) fn says_what_to_do(&self) -> bool {
        !self.others.is_empty()
    }
}

/// Whether what was to be made is there.
fn is_there_already(error: &sqlx::Error) -> bool {
    let message = error.as_database_error().map(|error| error.message());
    message.is_some_and(|said| {
        let said = said.to_ascii_lowercase();
        said.contains("already exists") || said.contains("duplicate column")
    })
}

impl std::fmt::Display for Around {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for Other { table, tool, .. } in &self.others {
            writeln!(
                f,
                "The table `{table}` is here: {tool} has migrated this database, and made what is there already. Onward takes over \
                 no other tool's history: give it an empty database, or leave to that tool what it has made and give Onward only \
                 what comes after."
            )?;
        }
        Ok(())
    }
}
