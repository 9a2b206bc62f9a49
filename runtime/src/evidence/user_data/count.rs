//! With which queries are rows and values counted?

use onward_analysis::{Dialect, Object};

use super::BOUND;
use super::default::Fallback;
use crate::evidence::{NAMES, table};

/// Counts the rows of a table, up to one more than the bound.
pub(super) fn rows_query(dialect: Dialect, object: &Object) -> String {
    format!(
        "SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {}) AS held",
        table(dialect, object),
        BOUND + 1
    )
}

/// Values that are not NULL and, where there is a `default`, the rows that differ from it to the byte: NULL too, which somebody wrote
/// where the up had put the default. Where that is not known, all rows beside the values.
pub(super) fn values_query(dialect: Dialect, object: &Object, fallback: &Fallback) -> String {
    let table = table(dialect, object);
    let count = |name: &str, fallback: &Fallback| {
        format!(
            "SELECT count(*) FROM (SELECT 1 FROM {table} AS {name} WHERE {} LIMIT {}) AS held",
            kept(dialect, name, object, fallback),
            BOUND + 1
        )
    };
    // Under MySQL's table locks no name may stand for two readings of a table.
    let [one, other] = NAMES;
    let values = count(one, &Fallback::Nothing);
    match fallback {
        Fallback::Nothing => values,
        _ => format!("SELECT ({values}), ({})", count(other, fallback)),
    }
}

/// The condition on a row of `table` that the column holds something which the up would not put back: a value or, where there is a
/// default, anything that differs from it to the byte. Where nobody knows what it would put, everything is.
pub(super) fn kept(dialect: Dialect, table: &str, object: &Object, fallback: &Fallback) -> String {
    // Qualified, because SQLite reads a lone quoted name that is no column's as a text.
    let column = format!(
        "{table}.{}",
        dialect.quote(object.column.as_deref().unwrap_or(""))
    );
    let default = match fallback {
        Fallback::Nothing => return format!("{column} IS NOT NULL"),
        Fallback::Unknown => return "1 = 1".to_owned(),
        Fallback::Constant(default) => default,
    };
    match dialect {
        Dialect::Postgres => {
            format!("{column}::text COLLATE \"C\" IS DISTINCT FROM ({default})::text COLLATE \"C\"")
        }
        // As bytes, because a collation takes 'A' for 'a'; as values, because two floats can print the same.
        Dialect::MySql => format!(
            "NOT (BINARY {column} <=> BINARY DEFAULT({column}) AND {column} <=> DEFAULT({column}))"
        ),
        Dialect::Sqlite => format!("{column} IS NOT ({default}) COLLATE BINARY"),
    }
}
