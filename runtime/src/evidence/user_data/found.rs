//! What does a count say about the object that it was taken of?

use onward_analysis::{Dialect, Loss, Object};

use super::count::{rows_query, values_query};
use super::default::Fallback;
use super::{BOUND, What};
use crate::evidence::ask::{Asked, Asking, Trouble, word};
use crate::evidence::{Amount, table};
use crate::{Evidence, Query, State};

/// A count that came back, to be judged.
pub(super) struct Found<'l> {
    pub(super) loss: &'l Loss,
    pub(super) what: What,
    /// Whether no step of the plan that runs before can make it.
    pub(super) first: bool,
    pub(super) unit: Unit,
    /// What the up puts into the column.
    pub(super) fallback: &'l Fallback,
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Row,
    Value,
}

impl Found<'_> {
    pub(super) async fn judge(
        self,
        asking: &mut Asking<'_>,
        asked: Asked,
    ) -> sqlx::Result<(Amount, Evidence)> {
        let object = &self.loss.object;
        let Asked { mut query, rows } = asked;
        let (amount, state, sentence) = match rows {
            Ok(rows) => {
                let row = rows.first();
                match (
                    in_public(asking, object).await?,
                    row.and_then(|row| row.int(0)),
                ) {
                    (Some(why), _) => {
                        self.in_public_too(asking, &mut query).await?;
                        unknown(object, &why)
                    }
                    (None, Some(total)) => self.counted(total, row.and_then(|row| row.int(1))),
                    (None, None) => unknown(object, "the database gave no count"),
                }
            }
            Err(Trouble::Because(why)) => unknown(object, &why),
            Err(Trouble::Missing) if !self.first => unknown(
                object,
                "it does not exist now, but an earlier step of this plan may bring it back",
            ),
            Err(Trouble::Missing) => match elsewhere(asking, object).await? {
                Err(why) => unknown(object, &why),
                Ok(Some(schema)) => unknown(
                    object,
                    &format!(
                        "it is not where this connection looks, but schema `{schema}` has one of that name"
                    ),
                ),
                Ok(None) => (
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

    /// Counts in schema `public`, too, so that more is noticed there by whoever was asked to consent.
    async fn in_public_too(&self, asking: &mut Asking<'_>, query: &mut Query) -> sqlx::Result<()> {
        let public = Object {
            schema: Some("public".to_owned()),
            ..self.loss.object.clone()
        };
        let sql = match self.unit {
            Unit::Row => rows_query(Dialect::Postgres, &public),
            Unit::Value => values_query(Dialect::Postgres, &public, self.fallback),
        };
        let other = asking.ask(&sql).await?.query;
        query.sql = format!("{}; {}", query.sql, other.sql);
        query.value = format!("{}, {}", query.value, other.value);
        Ok(())
    }

    fn counted(&self, total: i64, other: Option<i64>) -> (Amount, State, String) {
        let object = &self.loss.object;
        let held = self.unit.held(total);
        match (total, other) {
            (0, None | Some(0)) => (
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
            (_, Some(other)) if other != total && *self.fallback == Fallback::Unknown => (
                Amount::Some(self.unit.counted(other)),
                State::Blocked,
                format!(
                    "`{object}` holds {}; what the up puts where it is NULL is not known.",
                    if total == 0 { self.unit.none() } else { &held },
                ),
            ),
            (_, Some(other)) if other != total => (
                Amount::Some(self.unit.counted(other)),
                State::Blocked,
                format!(
                    "`{object}` holds {}; {} {} from the column's own default, as NULL does.",
                    if total == 0 { self.unit.none() } else { &held },
                    Unit::Row.counted(other),
                    if other == 1 { "differs" } else { "differ" },
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
    pub(super) fn counted(self, count: i64) -> String {
        let (one, many) = match self {
            Unit::Row => ("row", "rows"),
            Unit::Value => ("value", "values"),
        };
        format!("{} {}", amount(count), if count == 1 { one } else { many })
    }
}

pub(super) fn unknown(object: &Object, why: &str) -> (Amount, State, String) {
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
/// (`SET search_path`, `USE`) before it names the table. None where it switches to none: then the table is gone, or an earlier
/// statement gave it another name. Where it could not be asked, the reason.
pub(in crate::evidence) async fn elsewhere(
    asking: &mut Asking<'_>,
    object: &Object,
) -> sqlx::Result<Result<Option<String>, String>> {
    if object.schema.is_some() || !asking.may_switch() {
        return Ok(Ok(None));
    }
    let name = word(asking.dialect(), &object.table);
    let query = match asking.dialect() {
        // Every file that is attached has been searched already.
        Dialect::Sqlite => return Ok(Ok(None)),
        Dialect::Postgres => format!(
            "SELECT min(n.nspname::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname = {name} AND c.relkind IN ('r', 'p', 'm', 'f') AND to_regclass({}) IS NULL",
            word(Dialect::Postgres, &table(Dialect::Postgres, object)),
        ),
        Dialect::MySql => format!(
            "SELECT min(table_schema) FROM information_schema.tables WHERE table_name = {name} \
             AND NOT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = {name} \
             AND table_schema = DATABASE())"
        ),
    };
    let asked = asking.ask(&query).await?;
    Ok(match asked.rows {
        Ok(rows) => Ok(rows.first().and_then(|row| row.text(0)).map(str::to_owned)),
        Err(Trouble::Missing) => Err("the catalog of schemas is not there".to_owned()),
        Err(Trouble::Because(why)) => Err(why),
    })
}

/// Why nobody can tell whether the table of `public` is meant: it is there, and this connection finds another one of that name first.
/// The analysis writes `public.users` and `users` alike.
pub(in crate::evidence) async fn in_public(
    asking: &mut Asking<'_>,
    object: &Object,
) -> sqlx::Result<Option<String>> {
    if object.schema.is_some() || !asking.may_mean_public() {
        return Ok(None);
    }
    let name = table(Dialect::Postgres, object);
    let query = format!(
        "SELECT 1 WHERE to_regclass({})::oid <> to_regclass({})::oid",
        word(Dialect::Postgres, &format!("public.{name}")),
        word(Dialect::Postgres, &name)
    );
    Ok(match asking.ask(&query).await?.rows {
        Ok(rows) if rows.is_empty() => None,
        Ok(_) => Some(
            "this connection finds one, and schema `public`, which is named there, has another"
                .to_owned(),
        ),
        Err(Trouble::Missing) => None,
        Err(Trouble::Because(why)) => Some(why),
    })
}
