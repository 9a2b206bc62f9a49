//! What did a migration itself put where nothing was, so that it can be told from what was written since?
//!
//! A migration that makes a table or column and writes to it at once (seeds, a backfill) leaves rows that no user wrote. Right
//! after it ran, in its transaction where there is one, they are counted and a digest of them is kept in the journal. Before
//! the way back runs the same is asked again: where both agree, what is lost is the migration's own.
//!
//! Applying stays cheap: nothing is asked where the migration wrote nothing, at most 10,001 rows are read and half a second is
//! spent on each object. What is more, or takes longer, or has no primary key to tell its rows by, has no baseline, and
//! counts as written by users.

use std::time::Duration;

use onward_analysis::Object;
use serde::{Deserialize, Serialize};

use super::count::{rows_query, values_query};
use super::default::{Fallback, fallback};
use super::print::{columns, keyed, print, told};
use crate::evidence::ask::Asking;
use crate::session::Session;
use crate::{Direction, Evidence, State, Step};

/// How long one object may take while a migration is applied.
const PATIENCE: Duration = Duration::from_millis(500);

/// What stood in a table or column right after the migration that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Baseline {
    object: Object,
    /// The columns that were looked at; a later migration may add others.
    columns: Vec<String>,
    rows: usize,
    digest: String,
}

/// Whether there is anything of `step` to keep in mind.
pub(crate) fn is_needed(step: &Step) -> bool {
    step.direction() == Direction::Up && !filled(step).is_empty()
}

/// The tables and columns that the way forward of a step's migration makes and writes to.
pub(super) fn filled(step: &Step) -> &[Object] {
    let analysis = step.record().up.analysis(step.dialect());
    analysis.map_or(&[], |analysis| &analysis.fills)
}

/// Whether baselines of the migrations of `steps` are worth a look.
pub(crate) fn may_matter(steps: &[Step]) -> bool {
    steps
        .iter()
        .any(|step| step.direction() == Direction::Down && !filled(step).is_empty())
}

/// Looks at what `step` has just written, in the transaction that is open. What cannot be told is left out.
///
/// # Errors
/// Where the connection is lost.
pub(crate) async fn take(session: &mut dyn Session, step: &Step) -> sqlx::Result<Vec<Baseline>> {
    let mut asking = Asking::within(session, PATIENCE).await?;
    let mut baselines = Vec::new();
    for object in filled(step) {
        let Some(columns) = keyed(columns(&mut asking, object).await?, object) else {
            continue;
        };
        let fallback = match object.column {
            Some(_) => fallback(&mut asking, object, &[step]).await?,
            None => Fallback::Nothing,
        };
        let (_, print) = print(&mut asking, object, &columns, &fallback).await?;
        if let Some((rows, digest)) = print {
            baselines.push(Baseline {
                object: object.clone(),
                columns,
                rows,
                digest,
            });
        }
    }
    asking.end().await?;
    Ok(baselines)
}

impl Baseline {
    /// Whether it is about `object`.
    pub(super) fn is_of(&self, object: &Object) -> bool {
        self.object == *object
    }

    /// What `found`, which says that the object, `named` so now, holds something, comes to when the migration's own is taken off. The column
    /// falls back to `fallback`; `steps` are what the plan runs.
    pub(super) async fn judge(
        &self,
        asking: &mut Asking<'_>,
        named: &Object,
        fallback: &Fallback,
        steps: &[&Step],
        found: Evidence,
    ) -> sqlx::Result<Evidence> {
        let (asked, now) = print(asking, named, &self.columns, fallback).await?;
        let holds = found.sentence.trim_end_matches('.');
        let Some((rows, digest)) = now else {
            // More than the bound, or not to be told: what was found stands, but that nothing is there proves nothing.
            return Ok(match found.state {
                State::Clear => Evidence {
                    state: State::Unknown,
                    sentence: format!(
                        "{holds}; the migration itself wrote {}, and whether they were set to NULL since is not known.",
                        self.rows
                    ),
                    ..found
                },
                _ => found,
            });
        };
        let mut query = asked.query;
        query.value = told(rows, &digest);
        let (state, sentence) = if digest != self.digest {
            (
                State::Blocked,
                format!(
                    "{holds}; the migration itself wrote {}, and since then some were added, edited or deleted.",
                    self.rows
                ),
            )
        } else if let Some(added) = self.filled_since(asking, steps).await? {
            (
                State::Blocked,
                format!("{holds}; the migration itself wrote them, and not what `{added}` holds."),
            )
        } else {
            (
                State::Clear,
                format!("{holds}, each as the migration itself wrote it."),
            )
        };
        Ok(Evidence {
            state,
            sentence,
            query: Some(query),
            ..found
        })
    }

    /// Whether rows stand where the migration wrote values into the column, `named` so now, of which none is left: that somebody set them
    /// to NULL is lost, too, as the up would fill them again.
    pub(super) async fn was_emptied(
        &self,
        asking: &mut Asking<'_>,
        named: &Object,
    ) -> sqlx::Result<bool> {
        if self.object.column.is_none() || self.rows == 0 {
            return Ok(false);
        }
        let rows = asking.ask(&rows_query(asking.dialect(), named)).await?.rows;
        let count = rows.ok().and_then(|rows| rows.first()?.int(0));
        Ok(count != Some(0))
    }

    /// A column that the table has got since, and that holds something, or of which nobody can tell.
    async fn filled_since(
        &self,
        asking: &mut Asking<'_>,
        steps: &[&Step],
    ) -> sqlx::Result<Option<Object>> {
        if self.object.column.is_some() {
            return Ok(None);
        }
        for (column, _) in columns(asking, &self.object).await? {
            if self.columns.contains(&column) {
                continue;
            }
            let added = Object {
                column: Some(column),
                ..self.object.clone()
            };
            let fallback = fallback(asking, &added, steps).await?;
            let query = values_query(asking.dialect(), &added, &fallback);
            let rows = asking.ask(&query).await?.rows.unwrap_or_default();
            let row = rows.first();
            let counts = [0, 1].map(|at| row.and_then(|row| row.int(at)));
            if !matches!(counts, [Some(0), None | Some(0)] | [_, Some(0)]) {
                return Ok(Some(added));
            }
        }
        Ok(None)
    }
}
