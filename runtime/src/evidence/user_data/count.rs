//! With which queries are rows and values counted?

use onward_analysis::{Dialect, Object};

use super::BOUND;
use crate::evidence::{NAMES, table};

/// Counts the rows of a table, up to one more than the bound.
pub(super) fn rows_query(dialect: Dialect, object: &Object) -> String {
    format!(
        "SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {}) AS held",
        table(dialect, object),
        BOUND + 1
    )
}

/// Values that are not NULL and, where there is a `default`, those of them that differ from it to the byte.
pub(super) fn values_query(dialect: Dialect, object: &Object, default: Option<&str>) -> String {
    let table = table(dialect, object);
    let count = |name: &str, default: Option<&str>| {
        format!(
            "SELECT count(*) FROM (SELECT 1 FROM {table} AS {name} WHERE {} LIMIT {}) AS held",
            kept(dialect, name, object, default),
            BOUND + 1
        )
    };
    // Under MySQL's table locks no name may stand for two readings of a table.
    let [one, other] = NAMES;
    match default {
        None => count(one, None),
        Some(default) => format!(
            "SELECT ({}), ({})",
            count(one, None),
            count(other, Some(default))
        ),
    }
}

/// The condition on a row of `table` that it has a value in the column, and one that differs from the `default` to the byte.
pub(super) fn kept(
    dialect: Dialect,
    table: &str,
    object: &Object,
    default: Option<&str>,
) -> String {
    // Qualified, because SQLite reads a lone quoted name that is no column's as a text.
    let column = format!(
        "{table}.{}",
        dialect.quote(object.column.as_deref().unwrap_or(""))
    );
    let differs = default.map_or_else(String::new, |default| match dialect {
        Dialect::Postgres => format!(
            " AND {column}::text COLLATE \"C\" IS DISTINCT FROM ({default})::text COLLATE \"C\""
        ),
        // As bytes, because a collation takes 'A' for 'a'; as values, because two floats can print the same.
        Dialect::MySql => format!(
            " AND NOT (BINARY {column} <=> BINARY DEFAULT({column}) AND {column} <=> DEFAULT({column}))"
        ),
        Dialect::Sqlite => format!(" AND {column} IS NOT ({default}) COLLATE BINARY"),
    });
    format!("{column} IS NOT NULL{differs}")
}
