//! Does what a plan was made on still stand when a step runs?
//!
//! The rows that go are counted again under a lock. But what Onward's own tables said may have changed as well: somebody has taken
//! the migration back by hand, deleted the label, or put another database where this one was, whose name is the same.

use onward_analysis::Tier;

use super::{HistoryError, State, Tables, Tail, is_no_table};
use crate::session::Session;
use crate::{Direction, Environment, Result, Step};

/// What was read when the gate was asked.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    /// The journal's end. It only grows, so that entry stays.
    tail: Tail,
    /// The database, for a message.
    database: String,
    /// As whose plan it was made.
    tier: Tier,
}

impl Ground {
    /// What stood in `state`, in that environment of that database.
    pub(crate) fn of(state: &State, database: &str, environment: &Environment) -> Ground {
        Ground {
            tail: state.tail.clone(),
            database: database.to_owned(),
            tier: environment.tier(),
        }
    }

    /// Looks whether it still stands, right before `step`.
    ///
    /// # Errors
    /// [`HistoryError::Restless`] where somebody was faster with this very step; where anything else is not as it was, what.
    pub(crate) async fn holds(
        &self,
        session: &mut dyn Session,
        tables: &Tables,
        step: &Step,
    ) -> Result<()> {
        let sql = format!(
            "SELECT (SELECT count(*) FROM {} WHERE version = {}), (SELECT tier FROM {} WHERE id = 1), \
             (SELECT count(*) FROM (SELECT seq, hash FROM {} UNION ALL SELECT seq, hash FROM {}) ends WHERE seq = {} AND hash = {})",
            tables.history(),
            step.version(),
            tables.head(),
            tables.journal(),
            tables.head(),
            self.tail.seq,
            tables.literal(&self.tail.hash),
        );
        let gone = |what: &str| HistoryError::Moved {
            what: what.to_owned(),
        };
        let rows = match session.query(&sql, &[]).await {
            Err(error) if is_no_table(&error) => {
                return Err(gone("one of Onward's tables is gone").into());
            }
            rows => rows?,
        };
        let number = |column| rows.first().and_then(|row| row.int(column));
        let Some(tier) = rows.first().and_then(|row| row.text(1)) else {
            return Err(HistoryError::Headless {
                database: self.database.clone(),
            }
            .into());
        };
        if Tier::named(tier).is_none_or(|tier| tier > self.tier) {
            let label = format!("the label says `{tier}` now");
            return Err(gone(&label).into());
        }
        if number(2).is_none_or(|count| count == 0) {
            let entry = format!(
                "entry {} of the journal, the last one then, is gone or another",
                self.tail.seq
            );
            return Err(gone(&entry).into());
        }
        let applied = i64::from(step.direction() == Direction::Down);
        match number(0) == Some(applied) {
            true => Ok(()),
            false => Err(HistoryError::Restless.into()),
        }
    }
}
