//! What do the rows of a table or column hold, as a digest that tells whether somebody edited them?

use onward_analysis::{Dialect, Object};
use sha2::{Digest as _, Sha256};

use super::BOUND;
use super::count::kept;
use super::default::Fallback;
use crate::evidence::ask::{Asked, Asking, word};
use crate::evidence::{home, table};
use crate::{Evidence, State};

/// How many bytes are read of a database that takes no digest of a row by itself.
const BYTES: i64 = 16 << 20;

/// What stands between the count and the digest where both are told.
pub(crate) const PRINT: &str = ", digest ";

/// The very rows or values that somebody would agree to lose, so that an edit is noticed; or that there are too many to read.
pub(super) async fn seen(
    asking: &mut Asking<'_>,
    object: &Object,
    fallback: &Fallback,
) -> sqlx::Result<Evidence> {
    let all = columns(asking, object).await?;
    let alone = || object.column.clone().map(|column| vec![column]);
    let print = match keyed(all, object).or_else(alone) {
        Some(columns) => Some(print(asking, object, &columns, fallback).await?),
        None => None,
    };
    let Some((asked, Some((rows, digest)))) = print else {
        let sentence = format!(
            "What `{object}` holds is too much to read here. So consent covers what it holds when this runs: edited, and more of it."
        );
        // Of this object: consent that was given for the very rows must not pass where they can be told no more.
        return Ok(Evidence {
            object: Some(object.to_string()),
            ..Evidence::said(State::Blocked, sentence)
        });
    };
    let mut query = asked.query;
    query.value = told(rows, &digest);
    Ok(Evidence {
        object: Some(object.to_string()),
        state: State::Blocked,
        sentence: format!(
            "`{object}`: {}. Consent is for these alone: where one is added, edited or deleted before this runs, nothing runs.",
            query.value
        ),
        query: Some(query),
    })
}

/// The columns of an object's table, each with whether it is of the primary key.
pub(super) async fn columns(
    asking: &mut Asking<'_>,
    object: &Object,
) -> sqlx::Result<Vec<(String, bool)>> {
    let dialect = asking.dialect();
    let query = match dialect {
        Dialect::Postgres => format!(
            "SELECT a.attname::text, (i.indrelid IS NOT NULL)::int::bigint FROM pg_attribute a LEFT JOIN pg_index i \
             ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey) \
             WHERE a.attrelid = to_regclass({})::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
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
    Ok(all.collect())
}

/// The columns to look at: each of a table, or the primary key with the column in question; none where there is no key.
pub(super) fn keyed(columns: Vec<(String, bool)>, object: &Object) -> Option<Vec<String>> {
    let Some(column) = &object.column else {
        let all: Vec<String> = columns.into_iter().map(|(name, _)| name).collect();
        return (!all.is_empty()).then_some(all);
    };
    let mut key: Vec<String> = columns
        .into_iter()
        .filter_map(|(name, of_key)| of_key.then_some(name))
        .collect();
    if key.is_empty() {
        return None;
    }
    key.push(column.clone());
    Some(key)
}

/// What a look at rows brought, for a person: `3 rows, digest 0a1b2c3d4e5f`.
pub(super) fn told(rows: usize, digest: &str) -> String {
    format!(
        "{}{PRINT}{}",
        crate::text::counted(rows, "row", "rows"),
        digest.get(..12).unwrap_or(digest)
    )
}

/// How many rows hold something, and a digest of them whatever their order; none where they are more than the bound or the
/// query fails.
pub(super) async fn print(
    asking: &mut Asking<'_>,
    object: &Object,
    columns: &[String],
    fallback: &Fallback,
) -> sqlx::Result<(Asked, Option<(usize, String)>)> {
    let dialect = asking.dialect();
    let from = table(dialect, object);
    let condition = match &object.column {
        Some(_) => format!(" WHERE {}", kept(dialect, &from, object, fallback)),
        None => String::new(),
    };
    let floats = match floats(asking, object).await? {
        Ok(floats) => floats,
        // Nobody knows whose text would hide an edit.
        Err(asked) => return Ok((asked, None)),
    };
    let named: Vec<String> = columns
        .iter()
        .map(|column| {
            let named = format!("{from}.{}", dialect.quote(column));
            match floats.contains(column) {
                true => format!("({named} * 1e0)"),
                false => named,
            }
        })
        .collect();
    if dialect == Dialect::Sqlite {
        let asked = asking.ask(&size(&named, &from, &condition)).await?;
        let size = asked
            .rows
            .as_ref()
            .ok()
            .and_then(|rows| rows.first()?.int(0));
        if size.is_none_or(|size| size > BYTES) {
            return Ok((asked, None));
        }
    }
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

/// The columns whose text is shorter than their value: MySQL shows six digits of a FLOAT, and all of them as a DOUBLE. What came of
/// the question where it was not answered.
async fn floats(
    asking: &mut Asking<'_>,
    object: &Object,
) -> sqlx::Result<Result<Vec<String>, Asked>> {
    let dialect = asking.dialect();
    if dialect != Dialect::MySql {
        return Ok(Ok(Vec::new()));
    }
    let query = format!(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = {} AND table_name = {} AND data_type = 'float'",
        home(object),
        word(dialect, &object.table)
    );
    let asked = asking.ask(&query).await?;
    Ok(match &asked.rows {
        Ok(rows) => {
            let names = rows.iter().filter_map(|row| row.text(0));
            Ok(names.map(str::to_owned).collect())
        }
        Err(_) => Err(asked),
    })
}

/// How much the rows hold that would be read, in bytes: of a text SQLite gives the length in characters.
fn size(columns: &[String], from: &str, condition: &str) -> String {
    let lengths: Vec<String> = columns
        .iter()
        .map(|column| format!("coalesce(length(CAST({column} AS BLOB)), 0)"))
        .collect();
    format!(
        "SELECT coalesce(sum(held), 0) FROM (SELECT {} AS held FROM {from}{condition} LIMIT {})",
        lengths.join(" + "),
        BOUND + 1
    )
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
