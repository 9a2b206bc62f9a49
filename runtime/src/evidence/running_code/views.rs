//! Through which views can an object be used?

use onward_analysis::{Dialect, Object};

use super::judge::same;
use crate::evidence::ask::{Asked, Asking, Trouble, word};
use crate::evidence::{home, table};
use crate::{Evidence, State};

/// The names of the views that read `object`, be it through others; or why they are not known.
pub(super) async fn over(
    asking: &mut Asking<'_>,
    object: &Object,
) -> sqlx::Result<Result<Vec<String>, Evidence>> {
    let dialect = asking.dialect();
    let query = match dialect {
        Dialect::Postgres => depending(object),
        Dialect::MySql => format!(
            "SELECT CAST(table_name AS CHAR), CAST(view_definition AS CHAR) FROM information_schema.views \
             WHERE table_schema = {}",
            home(object)
        ),
        Dialect::Sqlite => "SELECT name, sql FROM sqlite_schema WHERE type = 'view'".to_owned(),
    };
    let Asked { query, rows } = asking.ask(&query).await?;
    let rows = match rows {
        Ok(rows) => rows,
        Err(Trouble::Missing) => return Ok(Ok(Vec::new())),
        Err(Trouble::Because(why)) => {
            return Ok(Err(Evidence {
                object: Some(object.to_string()),
                state: State::Unknown,
                sentence: format!("Which views read `{object}` is not known: {why}."),
                query: Some(query),
            }));
        }
    };
    let texts = rows.iter().map(|row| {
        let text = |column| row.text(column).unwrap_or_default().to_owned();
        (text(0), text(1))
    });
    Ok(Ok(match dialect {
        Dialect::Postgres => texts.map(|(name, _)| name).collect(),
        Dialect::MySql | Dialect::Sqlite => reading(object, &texts.collect::<Vec<_>>()),
    }))
}

/// PostgreSQL knows what a view depends on, down to the columns.
fn depending(object: &Object) -> String {
    let dialect = Dialect::Postgres;
    let of = word(dialect, &table(dialect, object));
    let column = match &object.column {
        None => String::new(),
        Some(column) => format!(
            " AND d.refobjsubid IN (0, (SELECT a.attnum FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid = to_regclass({of}) AND a.attname = {}))",
            word(dialect, column)
        ),
    };
    format!(
        "WITH RECURSIVE reading AS (SELECT r.ev_class FROM pg_catalog.pg_depend d \
         JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid \
         WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass({of}) AND r.ev_class <> d.refobjid{column} \
         UNION SELECT r.ev_class FROM reading JOIN pg_catalog.pg_depend d ON d.refobjid = reading.ev_class \
         JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid \
         WHERE d.refclassid = 'pg_class'::regclass) \
         SELECT DISTINCT c.relname::text FROM reading JOIN pg_catalog.pg_class c ON c.oid = reading.ev_class \
         WHERE c.oid IS DISTINCT FROM to_regclass({of})"
    )
}

/// The others keep a view's text. One that names the table, and the column or every column, is taken to read it.
fn reading(object: &Object, views: &[(String, String)]) -> Vec<String> {
    let names = |text: &str, name: &str| {
        let in_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        text.split(|c: char| !in_name(c))
            .any(|word| same(word, name))
    };
    let direct = |text: &str| {
        let column = object.column.as_ref();
        // MySQL gives no text to whom it does not show the view.
        text.is_empty()
            || names(text, &object.table)
                && column.is_none_or(|column| text.contains('*') || names(text, column))
    };
    let mut found: Vec<&str> = Vec::new();
    loop {
        let next = views.iter().find(|(name, text)| {
            let known = found.contains(&name.as_str()) || same(name, &object.table);
            !known && (direct(text) || found.iter().any(|view| names(text, view)))
        });
        match next {
            Some((name, _)) => found.push(name),
            None => return found.into_iter().map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::object;

    #[test]
    fn a_view_reads_through_others() {
        let view = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let views = [
            view(
                "adults",
                "CREATE VIEW adults AS SELECT id, phone FROM users",
            ),
            view("callable", "CREATE VIEW callable AS SELECT * FROM Adults"),
            view("all_users", "CREATE VIEW all_users AS SELECT * FROM users"),
            view("names", "CREATE VIEW names AS SELECT name FROM users"),
            view(
                "orders_view",
                "CREATE VIEW orders_view AS SELECT phone FROM orders",
            ),
        ];
        assert_eq!(
            reading(&object("users.phone"), &views),
            ["adults", "callable", "all_users"]
        );
        assert_eq!(reading(&object("users"), &views).len(), 4);
        assert_eq!(reading(&object("goods"), &views), [""; 0]);
    }
}
