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

use onward_analysis::{Dialect, Object};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::BOUND;
use super::count::kept;
use super::default::default;
use crate::evidence::ask::{Asked, Asking, word};
use crate::evidence::{home, table};
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
fn filled(step: &Step) -> &[Object] {
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
        let columns = columns(&mut asking, object).await?;
        if columns.is_empty() {
            continue;
        }
        let (_, print) = print(&mut asking, object, &columns).await?;
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

    /// What `found`, which says that the object holds something, comes to when the migration's own is taken off.
    pub(super) async fn judge(
        &self,
        asking: &mut Asking<'_>,
        found: Evidence,
    ) -> sqlx::Result<Evidence> {
        let (asked, now) = print(asking, &self.object, &self.columns).await?;
        let holds = found.sentence.trim_end_matches('.');
        let Some((rows, digest)) = now else {
            // More than the bound, or not to be told: it stays as it was found.
            return Ok(found);
        };
        let mut query = asked.query;
        query.value = format!(
            "{}, digest {}",
            crate::text::counted(rows, "row", "rows"),
            digest.get(..12).unwrap_or(&digest)
        );
        let (state, sentence) = if digest == self.digest {
            (
                State::Clear,
                format!("{holds}, each as the migration itself wrote it."),
            )
        } else {
            (
                State::Blocked,
                format!(
                    "{holds}; the migration itself wrote {}, and since then some were added, edited or deleted.",
                    self.rows
                ),
            )
        };
        Ok(Evidence {
            state,
            sentence,
            query: Some(query),
            ..found
        })
    }
}

/// The columns to look at: each of a table, or the primary key with the column in question. Empty where there is no key.
async fn columns(asking: &mut Asking<'_>, object: &Object) -> sqlx::Result<Vec<String>> {
    let dialect = asking.dialect();
    let query = match dialect {
        Dialect::Postgres => format!(
            "SELECT a.attname::text, (i.indrelid IS NOT NULL)::int::bigint FROM pg_attribute a LEFT JOIN pg_index i \
             ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey) \
             WHERE a.attrelid = to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            word(dialect, &table(dialect, object))
        ),
        Dialect::MySql => format!(
            "SELECT column_name, CAST(column_key = 'PRI' AS SIGNED) FROM information_schema.columns \
             WHERE table_schema = {} AND table_name = {} ORDER BY ordinal_position",
            home(object),
            word(dialect, &object.table)
        ),
        Dialect::Sqlite => format!(
            "SELECT name, pk > 0 FROM pragma_table_xinfo({}) WHERE hidden <> 1",
            word(dialect, &object.table)
        ),
    };
    let rows = asking.ask(&query).await?.rows.unwrap_or_default();
    let all = rows
        .iter()
        .filter_map(|row| Some((row.text(0)?.to_owned(), row.int(1) == Some(1))));
    let Some(column) = &object.column else {
        return Ok(all.map(|(name, _)| name).collect());
    };
    let mut key: Vec<String> = all.filter(|(_, key)| *key).map(|(name, _)| name).collect();
    if !key.is_empty() {
        key.push(column.clone());
    }
    Ok(key)
}

/// How many rows hold something, and a digest of them whatever their order; none where they are more than the bound or the
/// query fails.
async fn print(
    asking: &mut Asking<'_>,
    object: &Object,
    columns: &[String],
) -> sqlx::Result<(Asked, Option<(usize, String)>)> {
    let dialect = asking.dialect();
    let default = match &object.column {
        Some(_) => default(asking, object).await?,
        None => None,
    };
    let from = table(dialect, object);
    let condition = match &object.column {
        Some(_) => format!(
            " WHERE {}",
            kept(dialect, &from, object, default.as_deref())
        ),
        None => String::new(),
    };
    let named: Vec<String> = columns
        .iter()
        .map(|column| format!("{from}.{}", dialect.quote(column)))
        .collect();
    let row = match dialect {
        Dialect::Postgres => format!("md5(ROW({})::text)", named.join(", ")),
        Dialect::MySql => {
            let values = named.iter().map(|column| {
                format!("coalesce(concat(length({column}), ':', CAST({column} AS BINARY)), '-')")
            });
            format!(
                "md5(concat_ws(',', {}))",
                values.collect::<Vec<_>>().join(", ")
            )
        }
        Dialect::Sqlite => {
            let values = named.iter().map(|column| format!("quote({column})"));
            values.collect::<Vec<_>>().join(" || ',' || ")
        }
    };
    let query = format!("SELECT {row} FROM {from}{condition} LIMIT {}", BOUND + 1);
    let asked = asking.ask(&query).await?;
    let print = asked.rows.as_ref().ok().and_then(|rows| {
        let mut rows: Vec<&str> = rows.iter().map(|row| row.text(0)).collect::<Option<_>>()?;
        let few = i64::try_from(rows.len()).is_ok_and(|count| count <= BOUND);
        rows.sort_unstable();
        few.then(|| (rows.len(), digest(&rows)))
    });
    Ok((asked, print))
}

fn digest(rows: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for row in rows {
        hasher.update((row.len() as u64).to_be_bytes());
        hasher.update(row);
    }
    let digits = hasher.finalize();
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}
