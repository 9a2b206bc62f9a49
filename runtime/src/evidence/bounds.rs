//! Would a row that is there now make the step fail, or be cut by it?
//!
//! The analysis says what a step asks of the rows that it finds: a narrower type, NOT NULL, a unique key, the labels of an
//! enum. Here it is asked for the rows that misfit, up to the bound.

use onward_analysis::{Bound, Dialect, Limit, Object};

use super::ask::{Asked, Asking, Trouble, word};
use super::user_data::in_public;
use super::{BOUND, table};
use crate::text::counted;
use crate::{Evidence, State, Step};

/// The limits that `step` puts on its objects, object by object: those that cut, or those that it fails on.
pub(super) fn of(step: &Step, cuts: bool) -> Vec<(&Object, Vec<&Limit>)> {
    let mut found: Vec<(&Object, Vec<&Limit>)> = Vec::new();
    let bounds = step.analysis().map_or(&[][..], |analysis| &analysis.bounds);
    for Bound { object, limit, .. } in bounds.iter().filter(|bound| bound.cuts == cuts) {
        // Each limit on a whole table is a question of its own.
        let same = |known: &&Object| *known == object && object.column.is_some();
        match found.iter_mut().find(|(known, _)| same(known)) {
            Some((_, limits)) => limits.push(limit),
            None => found.push((object, vec![limit])),
        }
    }
    found
}

/// How many rows misfit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfits {
    /// So many, up to the bound.
    Counted(i64),
    /// There is no such table or column.
    NotThere,
    /// Nobody can tell.
    Unknown,
}

/// How many rows misfit, with the evidence. `fate` is what would become of them: "cut".
pub(super) async fn judge(
    asking: &mut Asking<'_>,
    object: &Object,
    limits: &[&Limit],
    fate: &str,
) -> sqlx::Result<(Misfits, Evidence)> {
    let said: Vec<String> = limits.iter().map(|limit| phrase(limit)).collect();
    let said = said.join(", and ");
    let evidence = |state, sentence| Evidence {
        object: Some(object.to_string()),
        ..Evidence::said(state, sentence)
    };
    let Some(sql) = query(asking.dialect(), object, limits) else {
        let sentence =
            format!("Whether each value of `{object}` fits is not known; what fits is {said}.");
        return Ok((Misfits::Unknown, evidence(State::Unknown, sentence)));
    };
    let Asked { query, rows } = asking.ask(&sql).await?;
    let misfits = rows.map(|rows| rows.first().and_then(|row| row.int(0)));
    let misfits = match (misfits, in_public(asking, object).await?) {
        (Ok(_), Some(why)) => Err(Trouble::Because(why)),
        (misfits, _) => misfits,
    };
    let (count, state, sentence) = match misfits {
        Ok(Some(0)) => (
            Misfits::Counted(0),
            State::Clear,
            format!("Each row of `{object}` fits: {said}."),
        ),
        Ok(Some(count)) => (
            Misfits::Counted(count),
            State::Blocked,
            format!(
                "It would {fate} {} of `{object}`: what fits is {said}.",
                many(count)
            ),
        ),
        Ok(None) => (
            Misfits::Unknown,
            State::Unknown,
            "The database gave no count.".to_owned(),
        ),
        Err(Trouble::Missing) => (
            Misfits::NotThere,
            State::Unknown,
            format!("`{object}` is not there now, so whether its rows fit ({said}) is not known."),
        ),
        Err(Trouble::Because(why)) => (
            Misfits::Unknown,
            State::Unknown,
            format!("Whether each row of `{object}` fits ({said}) is not known: {why}."),
        ),
    };
    let found = Evidence {
        query: Some(query),
        ..evidence(state, sentence)
    };
    Ok((count, found))
}

/// `3 rows`, `at least 10,000 rows`.
fn many(count: i64) -> String {
    match usize::try_from(count) {
        Ok(few) if count <= BOUND => counted(few, "row", "rows"),
        _ => "at least 10,000 rows".to_owned(),
    }
}

/// The query for the rows that misfit; none where no query can tell.
fn query(dialect: Dialect, object: &Object, limits: &[&Limit]) -> Option<String> {
    let from = table(dialect, object);
    let mut conditions = Vec::new();
    for limit in limits {
        let columns = |columns: &[String]| columns.iter().map(|c| kept(dialect, c)).collect();
        let key: Option<(Vec<String>, _)> = match limit {
            Limit::Unique(of) | Limit::UniqueWithNull(of) => Some((columns(of), None)),
            Limit::Key { of, among } => Some((of.clone(), among.as_ref())),
            _ => None,
        };
        if let Some((of, among)) = key {
            let null_counts = matches!(limit, Limit::UniqueWithNull(_));
            let present = of.iter().filter(|_| !null_counts);
            let present = present.map(|part| format!("{part} IS NOT NULL"));
            let among = among.map(|among| format!("({among})"));
            let rows: Vec<String> = among.into_iter().chain(present).collect();
            let rows = match rows.is_empty() {
                true => String::new(),
                false => format!("WHERE {} ", rows.join(" AND ")),
            };
            return Some(format!(
                "SELECT count(*) FROM (SELECT 1 FROM {from} AS kept {rows}GROUP BY {} HAVING count(*) > 1 LIMIT {}) AS twice",
                of.join(", "),
                BOUND + 1
            ));
        }
        conditions.push(condition(
            dialect,
            &kept(dialect, object.column.as_deref()?),
            limit,
        )?);
    }
    Some(format!(
        "SELECT count(*) FROM (SELECT 1 FROM {from} AS kept WHERE {} LIMIT {}) AS misfits",
        conditions.join(" OR "),
        BOUND + 1
    ))
}

fn kept(dialect: Dialect, column: &str) -> String {
    format!("kept.{}", dialect.quote(column))
}

/// When a value of `column` misfits; none where no query can tell.
fn condition(dialect: Dialect, column: &str, limit: &Limit) -> Option<String> {
    Some(match (limit, dialect) {
        (Limit::NotNull, _) => format!("{column} IS NULL"),
        (Limit::Characters(most), Dialect::Sqlite) => format!("length({column}) > {most}"),
        (Limit::Characters(most), Dialect::MySql) => format!("char_length({column}) > {most}"),
        (Limit::Characters(most), Dialect::Postgres) => {
            format!("pg_catalog.char_length({column}) > {most}")
        }
        (Limit::Bytes(most), Dialect::Postgres) => {
            format!("pg_catalog.octet_length({column}) > {most}")
        }
        (Limit::Bytes(most), Dialect::MySql) => format!("length({column}) > {most}"),
        (Limit::Bytes(most), Dialect::Sqlite) => {
            format!("length(CAST({column} AS BLOB)) > {most}")
        }
        (Limit::Whole { min, max }, _) => {
            let fraction = match dialect {
                Dialect::Postgres => format!("{column}::numeric <> trunc({column}::numeric)"),
                Dialect::MySql => format!("{column} <> truncate({column}, 0)"),
                Dialect::Sqlite => format!("{column} <> CAST({column} AS INTEGER)"),
            };
            format!("{column} NOT BETWEEN {min} AND {max} OR {fraction}")
        }
        (Limit::Decimal { digits, scale }, _) => {
            let beyond = format!("1{}", "0".repeat(digits.saturating_sub(*scale) as usize));
            let (value, beyond) = match dialect {
                Dialect::Postgres => (format!("{column}::numeric"), format!("{beyond}::numeric")),
                Dialect::MySql | Dialect::Sqlite => (column.to_owned(), beyond),
            };
            format!("abs({value}) >= {beyond} OR {value} <> round({value}, {scale})")
        }
        (Limit::Labels(labels), _) => {
            let labels = labels.iter().map(|label| word(dialect, label));
            let labels: Vec<String> = match dialect {
                // To the byte: a collation takes 'A' for 'a', and the column would hold the other.
                Dialect::MySql => labels.map(|label| format!("BINARY {label}")).collect(),
                Dialect::Postgres | Dialect::Sqlite => labels.collect(),
            };
            let value = match dialect {
                Dialect::Postgres => format!("{column}::text"),
                Dialect::MySql => format!("BINARY {column}"),
                Dialect::Sqlite => column.to_owned(),
            };
            format!("{value} NOT IN ({})", labels.join(", "))
        }
        _ => return None,
    })
}

/// What fits, in words.
fn phrase(limit: &Limit) -> String {
    match limit {
        Limit::NotNull => "a value in each row".to_owned(),
        Limit::Unique(columns) => format!("no two rows the same in {}", columns.join(", ")),
        Limit::UniqueWithNull(columns) => format!(
            "no two rows the same in {}, NULL counting as a value",
            columns.join(", ")
        ),
        Limit::Key { of, among } => {
            let same = format!("no two rows the same in {}", of.join(", "));
            match among {
                Some(among) => format!("{same} where {among}"),
                None => same,
            }
        }
        Limit::Characters(most) => format!("at most {most} characters"),
        Limit::Bytes(most) => format!("at most {most} bytes"),
        Limit::Whole { min, max } => format!("whole numbers from {min} to {max}"),
        Limit::Decimal { digits, scale } => {
            format!("numbers of at most {digits} digits, {scale} of them after the point")
        }
        Limit::Labels(labels) => format!("one of {}", labels.join(", ")),
        Limit::Type(ty) => format!("what {ty} can hold"),
        Limit::Index(text) => format!("what `{text}` takes"),
        _ => "what this version of Onward does not know".to_owned(),
    }
}
