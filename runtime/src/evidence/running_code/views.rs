//! Through which views can an object be used?

use onward_analysis::{Dialect, Object, TableUse};

use super::judge::same;
use crate::evidence::ask::{Asked, Asking, Trouble, word};
use crate::evidence::{SCAN, table};
use crate::session::Row;
use crate::{Evidence, Query, State};

/// A view through which an object can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// Its schema; on MySQL its database.
    pub(super) schema: String,
    pub(super) name: String,
    /// Whether it is meant where its name stands without a schema: where one looks who asks.
    pub(super) bare: bool,
    /// Whether it, or one that it reads, does not show its text to this role, and so may read anything.
    pub(super) hidden: bool,
}

impl View {
    /// Whether code that uses `table` may mean it. Behind another schema, which may be of another database altogether, its name is taken
    /// for it, too, unless a table of that name stands beside it.
    pub(super) fn is_meant(&self, table: &TableUse) -> bool {
        let schema = table.schema.as_ref();
        same(&self.name, &table.table)
            && (self.bare || schema.is_some_and(|schema| same(schema, &self.schema)))
    }
}

/// What a database says of all its views at once. PostgreSQL is asked for each object instead.
#[derive(Debug)]
pub(super) struct Views {
    texts: Vec<Text>,
    /// The database of this connection, on MySQL.
    here: Option<String>,
    /// The tables of `here` that are called like a view of another database.
    tables: Vec<String>,
    /// What could not be read.
    pub(super) trouble: Option<Evidence>,
}

#[derive(Debug, Clone)]
struct Text {
    schema: String,
    name: String,
    /// In small letters; none where this role is not shown it.
    sql: Option<String>,
}

impl Views {
    pub(super) async fn find(asking: &mut Asking<'_>) -> sqlx::Result<Views> {
        let mut views = Views {
            texts: Vec::new(),
            here: None,
            tables: Vec::new(),
            trouble: None,
        };
        match asking.dialect() {
            Dialect::Postgres => {}
            Dialect::Sqlite => {
                let sql = "SELECT 'main', name, sql FROM sqlite_schema WHERE type = 'view'";
                let Asked { query, rows } = asking.ask(sql).await?;
                views.read(query, rows, "Which views there are");
            }
            Dialect::MySql => views.of_all_databases(asking).await?,
        }
        Ok(views)
    }

    /// MySQL keeps no list of them that is quick to read, so where that takes too long those of this database alone are read.
    async fn of_all_databases(&mut self, asking: &mut Asking<'_>) -> sqlx::Result<()> {
        let rows = asking
            .ask("SELECT DATABASE()")
            .await?
            .rows
            .unwrap_or_default();
        let first = rows.first().and_then(|row| row.text(0));
        self.here = first.map(str::to_owned);
        let select = "SELECT CAST(table_schema AS CHAR), CAST(table_name AS CHAR), CAST(view_definition AS CHAR) \
                      FROM information_schema.views WHERE";
        let all = format!("{select} table_schema NOT IN ('sys', 'mysql')");
        let Asked { query, rows } = asking.ask_within(SCAN, &all).await?;
        let is_whole = rows.is_ok();
        self.read(query, rows, "Which views of other databases there are");
        if !is_whole {
            let own = format!("{select} table_schema = DATABASE()");
            let Asked { query, rows } = asking.ask(&own).await?;
            self.read(query, rows, "Which views there are");
        }
        let others = self.texts.iter().filter(|text| !self.is_here(&text.schema));
        let mut names: Vec<&str> = others.map(|text| text.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = names
            .into_iter()
            .map(|name| word(Dialect::MySql, name))
            .collect();
        let named = format!(
            "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN ({})",
            names.join(", ")
        );
        let rows = asking.ask(&named).await?.rows.unwrap_or_default();
        let names = rows.iter().filter_map(|row| row.text(0));
        self.tables = names.map(str::to_owned).collect();
        Ok(())
    }

    fn read(&mut self, query: Query, rows: Result<Vec<Row>, Trouble>, what: &str) {
        match rows {
            Ok(rows) => self.texts.extend(rows.iter().map(|row| {
                let text = |column| row.text(column).unwrap_or_default();
                Text {
                    schema: text(0).to_owned(),
                    name: text(1).to_owned(),
                    sql: Some(text(2).to_lowercase()).filter(|sql| !sql.is_empty()),
                }
            })),
            Err(trouble) => {
                self.trouble = Some(Evidence {
                    query: Some(query),
                    ..Evidence::said(State::Unknown, format!("{what} is not known: {trouble}."))
                });
            }
        }
    }

    /// The views that read `object`, be it through others; or why they are not known.
    pub(super) async fn over(
        &self,
        asking: &mut Asking<'_>,
        object: &Object,
    ) -> sqlx::Result<Result<Vec<View>, Evidence>> {
        if asking.dialect() != Dialect::Postgres {
            return Ok(Ok(self.reading(object)));
        }
        let Asked { query, rows } = asking.ask(&depending(object)).await?;
        let views = |rows: Vec<Row>| {
            let views = rows.iter().filter_map(|row| {
                Some(View {
                    schema: row.text(0)?.to_owned(),
                    name: row.text(1)?.to_owned(),
                    bare: row.int(2) == Some(1),
                    hidden: false,
                })
            });
            views.collect()
        };
        Ok(match rows {
            Ok(rows) => Ok(views(rows)),
            Err(Trouble::Missing) => Ok(Vec::new()),
            Err(Trouble::Because(why)) => Err(Evidence {
                object: Some(object.to_string()),
                state: State::Unknown,
                sentence: format!("Which views read `{object}` is not known: {why}."),
                query: Some(query),
            }),
        })
    }

    /// A view that names the table, and the column or every column, is taken to read it.
    fn reading(&self, object: &Object) -> Vec<View> {
        let home = object.schema.as_ref().or(self.here.as_ref());
        let home = home.map_or("", String::as_str);
        let direct = |text: &Text| {
            let sql = text.sql.as_deref().unwrap_or_default();
            let column = object.column.as_ref();
            self.names(sql, home, &object.table)
                && column.is_none_or(|column| sql.contains('*') || mentions(sql, column))
        };
        let itself = |text: &Text| self.is(&text.schema, home) && same(&text.name, &object.table);
        let mut left: Vec<&Text> = self.texts.iter().filter(|text| !itself(text)).collect();
        let mut found: Vec<(&Text, bool)> = Vec::new();
        loop {
            let sure = |text: &&Text| direct(text) || self.reads_one_of(text, &found, false);
            let may = |text: &&Text| text.sql.is_none() || self.reads_one_of(text, &found, true);
            let next = left.iter().position(sure).map(|at| (at, false));
            let Some((at, hidden)) =
                next.or_else(|| left.iter().position(may).map(|at| (at, true)))
            else {
                break;
            };
            found.push((left.remove(at), hidden));
        }
        let views = found.into_iter().map(|(text, hidden)| View {
            schema: text.schema.clone(),
            name: text.name.clone(),
            bare: self.is_here(&text.schema)
                || !self.tables.iter().any(|name| same(name, &text.name)),
            hidden,
        });
        views.collect()
    }

    /// Whether `text` reads one of those that are found to read the object for sure, or perhaps.
    fn reads_one_of(&self, text: &Text, found: &[(&Text, bool)], hidden: bool) -> bool {
        let sql = text.sql.as_deref().unwrap_or_default();
        let mut of_kind = found.iter().filter(|(_, is_hidden)| *is_hidden == hidden);
        of_kind.any(|(view, _)| self.names(sql, &view.schema, &view.name))
    }

    /// Whether a text names that table. MySQL writes the database of each into it, SQLite keeps what was typed.
    fn names(&self, sql: &str, home: &str, table: &str) -> bool {
        let quoted = |name: &str| Dialect::MySql.quote(&name.to_lowercase());
        match self.here {
            Some(_) => sql.contains(&format!("{}.{}", quoted(home), quoted(table))),
            None => mentions(sql, table),
        }
    }

    fn is_here(&self, schema: &str) -> bool {
        self.here.as_ref().is_none_or(|here| same(here, schema))
    }

    /// Whether that is the schema `home`; SQLite has one.
    fn is(&self, schema: &str, home: &str) -> bool {
        self.here.is_none() || same(schema, home)
    }
}

/// PostgreSQL knows what a view depends on, down to the columns.
fn depending(object: &Object) -> String {
    let dialect = Dialect::Postgres;
    let of = word(dialect, &table(dialect, object));
    let column = match &object.column {
        None => String::new(),
        Some(column) => format!(
            " AND d.refobjsubid IN (0, (SELECT a.attnum FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid = to_regclass({of})::oid AND a.attname = {}))",
            word(dialect, column)
        ),
    };
    format!(
        "WITH RECURSIVE reading AS (SELECT r.ev_class FROM pg_catalog.pg_depend d \
         JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_rewrite'::regclass::oid AND r.oid = d.objid \
         WHERE d.refclassid = 'pg_class'::regclass::oid AND d.refobjid = to_regclass({of})::oid AND r.ev_class <> d.refobjid{column} \
         UNION SELECT r.ev_class FROM reading JOIN pg_catalog.pg_depend d ON d.refobjid = reading.ev_class \
         JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_rewrite'::regclass::oid AND r.oid = d.objid \
         WHERE d.refclassid = 'pg_class'::regclass::oid) \
         SELECT DISTINCT n.nspname::text, c.relname::text, \
         (pg_table_is_visible(c.oid) OR to_regclass(quote_ident(c.relname::text)) IS NULL)::int::bigint \
         FROM reading JOIN pg_catalog.pg_class c ON c.oid = reading.ev_class JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid IS DISTINCT FROM to_regclass({of})::oid"
    )
}

/// Whether `name` stands somewhere in `text`, which is in small letters, and not as a part of a longer one.
fn mentions(text: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let in_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut places = text.match_indices(&name);
    places.any(|(at, found)| {
        !text[..at].ends_with(in_name) && !text[at + found.len()..].starts_with(in_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::object;

    /// The views through which `name` is used, those that may read it with a `?`.
    fn over(here: Option<&str>, views: &[(&str, &str, &str)], name: &str) -> Vec<String> {
        let texts = views.iter().map(|(schema, name, sql)| Text {
            schema: (*schema).to_owned(),
            name: (*name).to_owned(),
            sql: Some(sql.to_lowercase()).filter(|sql| !sql.is_empty()),
        });
        let views = Views {
            texts: texts.collect(),
            here: here.map(str::to_owned),
            tables: vec!["users".to_owned()],
            trouble: None,
        };
        let found = views.reading(&object(name));
        let shown = found.into_iter().map(|view| {
            let sure = if view.hidden { "?" } else { "" };
            let bare = if view.bare {
                ""
            } else {
                &format!("{}.", view.schema)
            };
            format!("{bare}{}{sure}", view.name)
        });
        shown.collect()
    }

    #[test]
    fn a_view_reads_through_others() {
        let views = [
            (
                "main",
                "adults",
                "CREATE VIEW adults AS SELECT id, phone FROM users",
            ),
            (
                "main",
                "callable",
                "CREATE VIEW callable AS SELECT * FROM Adults",
            ),
            (
                "main",
                "all_users",
                "CREATE VIEW all_users AS SELECT * FROM users",
            ),
            (
                "main",
                "names",
                "CREATE VIEW names AS SELECT name FROM users",
            ),
            (
                "main",
                "others",
                "CREATE VIEW others AS SELECT phone FROM orders",
            ),
        ];
        let found = over(None, &views, "users.phone");
        assert_eq!(found, ["adults", "callable", "all_users"]);
        assert_eq!(over(None, &views, "users").len(), 4);
        assert_eq!(over(None, &views, "goods"), [""; 0]);
    }

    #[test]
    fn a_view_of_another_database_reads_too() {
        let views = [
            (
                "reports",
                "calls",
                "select `u`.`phone` AS `p` from `Shop`.`users` `u`",
            ),
            (
                "reports",
                "again",
                "select `reports`.`calls`.`p` AS `p` from `reports`.`calls`",
            ),
            (
                "reports",
                "users",
                "select `shop`.`users`.`phone` AS `phone` from `shop`.`users`",
            ),
            (
                "reports",
                "own",
                "select `reports`.`users`.`phone` AS `phone` from `other`.`users`",
            ),
            ("reports", "secret", ""),
        ];
        let found = over(Some("shop"), &views, "users.phone");
        // A name alone means the table here, where there is one.
        assert_eq!(found, ["calls", "again", "reports.users", "own", "secret?"]);
        assert_eq!(over(Some("shop"), &views, "users.name"), ["secret?"]);
    }

    #[test]
    fn a_name_is_found_whatever_it_is_made_of() {
        assert!(mentions("select \"my phone\" from t", "My phone"));
        assert!(!mentions("select phones, my_phone from t", "phone"));
        assert!(mentions("select phones, phone", "phone"));
    }
}
