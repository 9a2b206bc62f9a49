//! Which other tables does a change lock, because a foreign key ties them to it?
//!
//! PostgreSQL takes ACCESS EXCLUSIVE on both sides of a foreign key that goes (the other table's triggers go with it), and
//! MySQL a metadata lock on both. Only the keys that the steps take are meant: those of a table or column that is dropped, and
//! those that a statement calls by name.

use onward_analysis::{Dialect, How, Object};

use crate::evidence::ask::{Asked, Asking, Trouble, word};
use crate::evidence::consumers::Names;
use crate::evidence::foreign_keys::referring;
use crate::evidence::{home, table};
use crate::{Evidence, State, Step};

/// The tables on the other side, by name, with the evidence; none where nothing that could have a key goes.
pub(super) async fn locked(
    asking: &mut Asking<'_>,
    steps: &[&Step],
    touched: &[&Object],
) -> sqlx::Result<(Vec<Object>, Option<Evidence>)> {
    let dialect = asking.dialect();
    let named: Vec<String> = touched
        .iter()
        .map(|object| word(dialect, &table(dialect, object)))
        .collect();
    let query = match dialect {
        Dialect::Postgres => {
            let these: Vec<String> = named
                .iter()
                .map(|name| format!("to_regclass({name})::oid"))
                .collect();
            let these = these.join(", ");
            let side = |own: &str, key: &str, other: &str| {
                format!(
                    "SELECT k.conname::text, c.relname::text, a.attname::text, n.nspname::text, o.relname::text, \
                     pg_table_is_visible(o.oid)::int::bigint FROM pg_constraint k JOIN pg_class c ON c.oid = k.{own} \
                     JOIN pg_attribute a ON a.attrelid = k.{own} AND a.attnum = ANY (k.{key}) \
                     JOIN pg_class o ON o.oid = k.{other} JOIN pg_namespace n ON n.oid = o.relnamespace \
                     WHERE k.contype = 'f' AND k.{own} IN ({these}) AND k.conrelid <> k.confrelid"
                )
            };
            format!(
                "{} UNION {}",
                side("conrelid", "conkey", "confrelid"),
                side("confrelid", "confkey", "conrelid")
            )
        }
        Dialect::MySql => {
            let names: Vec<String> = touched.iter().map(|o| word(dialect, &o.table)).collect();
            let names = names.join(", ");
            let homes: Vec<String> = touched.iter().map(|object| home(object)).collect();
            let homes = homes.join(", ");
            let side = |own: &str, other: &str, keys: &str| {
                format!(
                    "SELECT constraint_name, {own}table_name, {own}column_name, {other}table_schema, {other}table_name, \
                     {other}table_schema = DATABASE() FROM {keys} WHERE {own}table_schema IN ({homes}) \
                     AND {own}table_name IN ({names}) AND referenced_table_name IS NOT NULL \
                     AND NOT (table_schema = referenced_table_schema AND table_name = referenced_table_name)"
                )
            };
            format!(
                "{} UNION {}",
                side("", "referenced_", "information_schema.key_column_usage"),
                side("referenced_", "", &referring(asking.is_mariadb(), touched))
            )
        }
        // Its one lock is on the whole file.
        Dialect::Sqlite => return Ok((Vec::new(), None)),
    };
    let Asked { mut query, rows } = asking.ask(&query).await?;
    let mut found: Vec<Object> = Vec::new();
    let (state, sentence) = match rows {
        Ok(rows) => {
            for row in &rows {
                let text = |column| row.text(column).unwrap_or_default();
                if !goes(dialect, steps, text(0), text(1), text(2)) {
                    continue;
                }
                let here = row.int(5) == Some(1);
                let object = Object {
                    schema: (!here).then(|| text(3).to_owned()),
                    table: text(4).to_owned(),
                    column: None,
                };
                if !found.contains(&object) && !touched.contains(&&object) {
                    found.push(object);
                }
            }
            if found.is_empty() {
                return Ok((found, None));
            }
            let names: Vec<String> = found.iter().map(|object| format!("`{object}`")).collect();
            query.value = names.join(", ");
            (
                State::Clear,
                format!(
                    "It locks {} as well, on the other side of a foreign key that goes.",
                    names.join(", ")
                ),
            )
        }
        Err(Trouble::Missing) => return Ok((found, None)),
        Err(Trouble::Because(why)) => (
            State::Unknown,
            format!("Which tables it locks besides, by foreign keys, is not known: {why}."),
        ),
    };
    let evidence = Evidence {
        query: Some(query),
        ..Evidence::said(state, sentence)
    };
    Ok((found, Some(evidence)))
}

/// Whether the steps take the key `name`, which is on `column` of `table`.
fn goes(dialect: Dialect, steps: &[&Step], name: &str, table: &str, column: &str) -> bool {
    steps.iter().any(|step| {
        let Some(analysis) = step.analysis() else {
            return false;
        };
        let dropped = analysis.changes.iter().any(|change| {
            let object = &change.object;
            matches!(change.how, How::Drop | How::Replace)
                && object.table == table
                && object.column.as_deref().is_none_or(|own| own == column)
        });
        let sql = step.sql().unwrap_or("");
        dropped || Names::of(dialect, sql).has(name)
    })
}
