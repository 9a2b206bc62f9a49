//! Question 1: does what is removed hold data?

use onward_analysis::{Dialect, Loss, LossKind, Object, Verdict};

use super::ask::{Asked, Asking, Trouble, word};
use super::{Amount, Held};
use crate::{Answer, Evidence, Question, State, Step};

mod count;
mod default;
mod whole;

use count::{rows_query, values_query};
use default::default;
use whole::{position, schema};

/// Up to here rows are counted; above, it is "at least".
const BOUND: i64 = 10_000;

/// Looks into each object that the verdict says is lost, noting in `held` what it holds.
pub(super) async fn answer<'p>(
    asking: &mut Asking<'_>,
    steps: &[&'p Step],
    held: &mut Vec<Held<'p>>,
) -> sqlx::Result<Answer> {
    let mut evidence = Vec::new();
    for (index, step) in steps.iter().copied().enumerate() {
        let mut seen: Vec<(&Object, What)> = Vec::new();
        for loss in step.losses() {
            let what = What::of(loss);
            if seen.contains(&(&loss.object, what)) {
                continue;
            }
            seen.push((&loss.object, what));
            let (amount, found) = look(asking, loss, what, index == 0).await?;
            held.push(Held { loss, amount });
            evidence.push(found);
        }
        evidence.extend(not_understood(step));
    }
    if evidence.is_empty() {
        evidence.push(Evidence::said(State::Clear, "Nothing is removed."));
    }
    Ok(Answer::of(Question::UserData, evidence))
}

/// What of an object is lost, and so is to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Every row of the table.
    Rows,
    /// Every value of the column.
    Values,
    /// Some rows or values; which of them, only the statement knows.
    Some,
    /// Every table of the schema.
    Schema,
    /// The number that a sequence stands at.
    Position,
    /// Nothing that can be counted.
    Uncountable,
}

impl What {
    fn of(loss: &Loss) -> What {
        match (loss.kind, &loss.object.column) {
            (LossKind::DropTable | LossKind::Truncate | LossKind::DropView, _) => What::Rows,
            (LossKind::DropColumn | LossKind::OmitColumn, Some(_)) => What::Values,
            (
                LossKind::Delete
                | LossKind::SeedDelete
                | LossKind::OmitRows
                | LossKind::Replace
                | LossKind::Update
                | LossKind::NarrowType
                | LossKind::DropPartition,
                _,
            ) => What::Some,
            (LossKind::DropSchema | LossKind::DropDatabase, _) => What::Schema,
            (LossKind::DropSequence, _) => What::Position,
            _ => What::Uncountable,
        }
    }
}

async fn look(
    asking: &mut Asking<'_>,
    loss: &Loss,
    what: What,
    first: bool,
) -> sqlx::Result<(Amount, Evidence)> {
    match what {
        What::Rows | What::Some if loss.object.column.is_none() => {
            let asked = asking
                .ask(&rows_query(asking.dialect(), &loss.object))
                .await?;
            Found {
                loss,
                what,
                first,
                unit: Unit::Row,
            }
            .judge(asking, asked)
            .await
        }
        What::Rows | What::Values | What::Some => {
            let default = default(asking, loss).await?;
            let query = values_query(asking.dialect(), &loss.object, default.as_deref());
            let asked = asking.ask(&query).await?;
            Found {
                loss,
                what,
                first,
                unit: Unit::Value,
            }
            .judge(asking, asked)
            .await
        }
        What::Schema => schema(asking, loss).await,
        What::Position => position(asking, loss, first).await,
        What::Uncountable => Ok((
            Amount::Unknown,
            Evidence::said(
                State::Unknown,
                format!("What is stored in `{}` cannot be counted.", loss.object),
            ),
        )),
    }
}

/// A count that came back, to be judged.
struct Found<'l> {
    loss: &'l Loss,
    what: What,
    first: bool,
    unit: Unit,
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
enum Unit {
    Row,
    Value,
}

impl Found<'_> {
    async fn judge(
        self,
        asking: &mut Asking<'_>,
        asked: Asked,
    ) -> sqlx::Result<(Amount, Evidence)> {
        let object = &self.loss.object;
        let Asked { query, rows } = asked;
        let (amount, state, sentence) = match rows {
            Ok(rows) => {
                let row = rows.first();
                match row.and_then(|row| row.int(0)) {
                    Some(total) => self.counted(total, row.and_then(|row| row.int(1))),
                    None => unknown(object, "the database gave no count"),
                }
            }
            Err(Trouble::Because(why)) => unknown(object, &why),
            Err(Trouble::Missing) if !self.first => unknown(
                object,
                "it does not exist now, but an earlier step of this plan may bring it back",
            ),
            Err(Trouble::Missing) => match elsewhere(asking, object).await? {
                Some(schema) => unknown(
                    object,
                    &format!(
                        "it is not where this connection looks, but schema `{schema}` has one of that name"
                    ),
                ),
                None => (
                    Amount::Nothing,
                    State::Clear,
                    format!("`{object}` does not exist, so it holds nothing."),
                ),
            },
        };
        let found = Evidence {
            object: Some(object.to_string()),
            state,
            sentence,
            query: Some(query),
        };
        Ok((amount, found))
    }

    fn counted(&self, total: i64, other: Option<i64>) -> (Amount, State, String) {
        let object = &self.loss.object;
        let held = self.unit.held(total);
        match (total, other) {
            (0, _) => (
                Amount::Nothing,
                State::Clear,
                format!("`{object}` holds {}.", self.unit.none()),
            ),
            _ if self.what == What::Some => (
                Amount::Unknown,
                State::Unknown,
                format!(
                    "`{object}` holds {held}; how many of them the statement takes is not known."
                ),
            ),
            (_, Some(0)) => (
                Amount::Nothing,
                State::Clear,
                format!(
                    "`{object}` holds {held}, each the column's own default, which the up puts back."
                ),
            ),
            (_, Some(other)) if other < total => (
                Amount::Some(self.unit.counted(other)),
                State::Blocked,
                format!(
                    "`{object}` holds {held}, in {} not the column's own default.",
                    amount(other)
                ),
            ),
            _ => (
                Amount::Some(self.unit.counted(total)),
                State::Blocked,
                format!("`{object}` holds {held}."),
            ),
        }
    }
}

impl Unit {
    /// `3 rows`, `a value in 3 rows`.
    fn held(self, count: i64) -> String {
        match self {
            Unit::Row => self.counted(count),
            Unit::Value => format!("a value in {}", Unit::Row.counted(count)),
        }
    }

    fn none(self) -> &'static str {
        match self {
            Unit::Row => "no rows",
            Unit::Value => "no value",
        }
    }

    /// `3 rows`, `at least 10,000 values`.
    fn counted(self, count: i64) -> String {
        let (one, many) = match self {
            Unit::Row => ("row", "rows"),
            Unit::Value => ("value", "values"),
        };
        format!("{} {}", amount(count), if count == 1 { one } else { many })
    }
}

/// What the analysis did not understand can take anything.
fn not_understood(step: &Step) -> Vec<Evidence> {
    if step.verdict() != Verdict::Unknown {
        return Vec::new();
    }
    let Some(analysis) = step.analysis() else {
        let sentence = format!("{} is Rust, so what it takes is not known.", step.name());
        return vec![Evidence::said(State::Unknown, sentence)];
    };
    let sql = step.sql().unwrap_or("");
    analysis
        .unknowns
        .iter()
        .map(|unknown| {
            let snippet = unknown.span.of(sql).lines().next().unwrap_or("").trim();
            Evidence::said(
                State::Unknown,
                format!("What `{snippet}` takes is not known: {}.", unknown.reason),
            )
        })
        .collect()
}

fn unknown(object: &Object, why: &str) -> (Amount, State, String) {
    (
        Amount::Unknown,
        State::Unknown,
        format!("What `{object}` holds is not known: {why}."),
    )
}

fn amount(count: i64) -> String {
    if count > BOUND {
        return "at least 10,000".to_owned();
    }
    count.to_string()
}

/// Another schema that has the table, where the one that an unqualified name means has none: the script may switch to it
/// (`SET search_path`, `USE`) before it names the table.
async fn elsewhere(asking: &mut Asking<'_>, object: &Object) -> sqlx::Result<Option<String>> {
    if object.schema.is_some() {
        return Ok(None);
    }
    let name = word(asking.dialect(), &object.table);
    let query = match asking.dialect() {
        // Every file that is attached has been searched already.
        Dialect::Sqlite => return Ok(None),
        Dialect::Postgres => format!(
            "SELECT min(n.nspname::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname = {name} AND c.relkind IN ('r', 'p', 'm', 'f') AND to_regclass({}) IS NULL",
            word(Dialect::Postgres, &super::table(Dialect::Postgres, object)),
        ),
        Dialect::MySql => format!(
            "SELECT min(table_schema) FROM information_schema.tables WHERE table_name = {name} \
             AND NOT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = {name} \
             AND table_schema = DATABASE())"
        ),
    };
    let asked = asking.ask(&query).await?;
    let rows = asked.rows.unwrap_or_default();
    Ok(rows.first().and_then(|row| row.text(0)).map(str::to_owned))
}
