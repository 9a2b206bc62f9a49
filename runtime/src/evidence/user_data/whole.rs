//! What does an object hold that is neither a table nor a column: a schema, a sequence?

use onward_analysis::{Dialect, Loss, Object};

use super::count::rows_query;
use super::found::{Unit, in_public, unknown};
use crate::evidence::ask::{Asked, Asking, Trouble, word};
use crate::evidence::{Amount, table};
use crate::session::Row;
use crate::{Evidence, State};

/// A schema is lost with its tables: it holds what they hold, each of them told.
pub(super) async fn schema(
    asking: &mut Asking<'_>,
    loss: &Loss,
) -> sqlx::Result<(Amount, Evidence)> {
    let dialect = asking.dialect();
    let object = &loss.object;
    let Asked { mut query, rows } = asking.ask(&tables_query(dialect, &object.table)).await?;
    let inside = |name: &str| Object {
        schema: Some(object.table.clone()),
        table: name.to_owned(),
        column: None,
    };
    let tables: Result<Vec<Object>, Trouble> = rows.map(|rows| {
        let names = rows.iter().filter_map(|row| row.text(0));
        names.map(inside).collect()
    });
    let (amount, state, sentence) = match tables {
        // A schema that shows nothing may hide from a role without privileges on it.
        Ok(tables) if tables.is_empty() => (
            Amount::Unknown,
            State::Unknown,
            format!("`{object}` has no table that this role can see."),
        ),
        Ok(tables) => {
            let counts = tables.iter().map(|table| rows_query(dialect, table));
            let counts: Vec<String> = counts.map(|count| format!("({count})")).collect();
            let asked = asking.ask(&format!("SELECT {}", counts.join(", "))).await?;
            query = asked.query;
            match asked.rows {
                Ok(rows) => counted(object, &tables, rows.first()),
                Err(trouble) => not_told(object, trouble),
            }
        }
        Err(trouble) => not_told(object, trouble),
    };
    Ok((
        amount,
        Evidence {
            object: Some(object.to_string()),
            state,
            sentence,
            query: Some(query),
        },
    ))
}

/// The tables that hold rows of their own. PostgreSQL's `information_schema` leaves out those that the role has no privilege on,
/// which the owner of the schema can drop all the same; MariaDB has a type of its own for a table with system versioning.
fn tables_query(dialect: Dialect, schema: &str) -> String {
    let schema = word(dialect, schema);
    match dialect {
        Dialect::Postgres => format!(
            "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = {schema} AND c.relkind IN ('r', 'p') ORDER BY 1"
        ),
        Dialect::MySql | Dialect::Sqlite => format!(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = {schema} \
             AND table_type NOT IN ('VIEW', 'SYSTEM VIEW', 'SEQUENCE') ORDER BY table_name"
        ),
    }
}

/// What the tables of `schema` hold, by a row with a count of each.
fn counted(schema: &Object, tables: &[Object], row: Option<&Row>) -> (Amount, State, String) {
    let counts = (0..tables.len()).map(|index| row?.int(index));
    let Some(counts) = counts.collect::<Option<Vec<i64>>>() else {
        return unknown(schema, "the database gave no count");
    };
    let full = tables.iter().zip(&counts).filter(|(_, count)| **count > 0);
    let full: Vec<String> = full
        .map(|(table, count)| format!("`{table}` holds {}", Unit::Row.counted(*count)))
        .collect();
    if full.is_empty() {
        return (
            Amount::Nothing,
            State::Clear,
            format!(
                "Not one of the {} tables of `{schema}` holds a row.",
                tables.len()
            ),
        );
    }
    (
        Amount::Some(Unit::Row.counted(counts.iter().sum())),
        State::Blocked,
        format!("{}.", full.join(", ")),
    )
}

fn not_told(schema: &Object, trouble: Trouble) -> (Amount, State, String) {
    match trouble {
        Trouble::Missing => unknown(schema, "a table of it went while it was looked at"),
        Trouble::Because(why) => unknown(schema, &why),
    }
}

/// A sequence that was never asked for a number has none to lose.
pub(super) async fn position(
    asking: &mut Asking<'_>,
    loss: &Loss,
    first: bool,
) -> sqlx::Result<(Amount, Evidence)> {
    let object = &loss.object;
    let query = format!(
        "SELECT CASE WHEN is_called THEN 1 ELSE 0 END, last_value FROM {}",
        table(asking.dialect(), object)
    );
    let Asked { query, rows } = asking.ask(&query).await?;
    let rows = match (rows, in_public(asking, object).await?) {
        (Ok(_), Some(why)) => Err(Trouble::Because(why)),
        (rows, _) => rows,
    };
    let (amount, state, sentence) = match rows {
        Ok(rows) => match rows
            .first()
            .and_then(|row| Some((row.int(0)?, row.int(1)?)))
        {
            Some((0, _)) => (
                Amount::Nothing,
                State::Clear,
                format!("No number was ever taken from `{object}`."),
            ),
            Some((_, last)) => (
                Amount::Some(format!("the position {last}")),
                State::Blocked,
                format!(
                    "`{object}` stands at {last}; made anew it would give out the same numbers again."
                ),
            ),
            None => unknown(object, "the database gave no position"),
        },
        Err(Trouble::Missing) if first => (
            Amount::Nothing,
            State::Clear,
            format!("`{object}` does not exist, so it holds nothing."),
        ),
        Err(Trouble::Missing) => unknown(object, "it does not exist now"),
        Err(Trouble::Because(why)) => unknown(object, &why),
    };
    Ok((
        amount,
        Evidence {
            object: Some(object.to_string()),
            state,
            sentence,
            query: Some(query),
        },
    ))
}
