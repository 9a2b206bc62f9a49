//! Is what an author names of an up that nobody can follow there, under that name?
//!
//! What nothing has, nobody uses: a name that is misspelt would find neither code nor consumers.

use onward_analysis::{Dialect, Object};

use super::ask::{Asked, Asking, Trouble, word};
use super::{home, table};
use crate::{Evidence, State, Step};

/// The names that the authors of `steps` give and the database does not have.
pub(super) async fn missing(
    asking: &mut Asking<'_>,
    steps: &[&Step],
) -> sqlx::Result<Vec<Evidence>> {
    let mut evidence = Vec::new();
    for step in steps {
        for object in step.declared() {
            let Asked { query, rows } = asking.ask(&lookup(asking.dialect(), object)).await?;
            let why = match rows {
                Ok(rows) if !rows.is_empty() => continue,
                Ok(_) | Err(Trouble::Missing) => {
                    "the database has none of that name now".to_owned()
                }
                Err(Trouble::Because(why)) => why,
            };
            evidence.push(Evidence {
                object: Some(object.to_string()),
                state: State::Unknown,
                sentence: format!(
                    "Who uses `{object}`, which the author of {} names, is not known: {why}. Write it in `takes` and `changes` as \
                     the database spells it, `table` or `table.column`, and have what makes it applied before.",
                    step.name()
                ),
                query: Some(query),
            });
        }
    }
    Ok(evidence)
}

/// Whether the catalog is seen to have `object`.
pub(super) async fn is_there(asking: &mut Asking<'_>, object: &Object) -> sqlx::Result<bool> {
    let Asked { rows, .. } = asking.ask(&lookup(asking.dialect(), object)).await?;
    Ok(rows.is_ok_and(|rows| !rows.is_empty()))
}

/// A row where the catalog has `object`.
fn lookup(dialect: Dialect, object: &Object) -> String {
    let column = object.column.as_deref();
    match dialect {
        Dialect::Postgres => {
            let column = column.map_or_else(String::new, |column| {
                format!(
                    " AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = {} \
                     AND NOT a.attisdropped)",
                    word(dialect, column)
                )
            });
            format!(
                "SELECT 1 FROM pg_class c WHERE c.oid = to_regclass({})::oid{column}",
                word(dialect, &table(dialect, object))
            )
        }
        Dialect::MySql => {
            let column = column.map_or_else(String::new, |column| {
                format!(" AND column_name = {}", word(dialect, column))
            });
            format!(
                "SELECT 1 FROM information_schema.columns WHERE table_schema = {} AND table_name = {}{column} LIMIT 1",
                home(object),
                word(dialect, &object.table)
            )
        }
        Dialect::Sqlite => {
            let schema = object.schema.as_ref();
            let schema =
                schema.map_or_else(String::new, |schema| format!(", {}", word(dialect, schema)));
            let column = column.map_or_else(String::new, |column| {
                format!(" WHERE lower(name) = lower({})", word(dialect, column))
            });
            format!(
                "SELECT 1 FROM pragma_table_xinfo({}{schema}){column} LIMIT 1",
                word(dialect, &object.table)
            )
        }
    }
}
