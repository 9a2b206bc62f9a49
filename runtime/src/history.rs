//! What does the database know of its migrations?
//!
//! Four tables. `_onward_history` has a row for each applied migration, with everything that is needed to judge and
//! revert it. `_onward_journal` is the log that only grows, each entry sealed over the one before. `_onward_progress` is
//! where a migration stands that no transaction could hold together. `_onward_head` is one row: the label of the
//! environment, and the digest of the set that was last found complete, so that a start with nothing to do reads one row.

pub(crate) mod beside;
mod error;
mod ground;
mod head;
mod journal;
pub(crate) mod others;
mod state;
mod tables;
pub(crate) mod whereabouts;

pub use error::{HistoryError, Redo};
pub(crate) use ground::Ground;
pub(crate) use head::{Head, Look, is_no_table};
pub(crate) use journal::{Action, Author, Entry, backups, baselines, records, seal, spent};
pub use journal::{Journal, JournalEntry, JournalFlaw};
pub(crate) use state::{Applied, Progress, State, Stored, Tail};
pub(crate) use tables::Tables;
