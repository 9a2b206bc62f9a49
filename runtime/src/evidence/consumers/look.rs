//! Which table does a name mean that stands in a text: the one that changes, or another schema's?

use std::collections::HashSet;

use onward_analysis::{Changed, Dialect, Object};

use crate::evidence::ask::{Asked, Asking, word};
use crate::evidence::table;
use onward_analysis::lex::folded;

/// How one text looks for one table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'p> {
    places: &'p Places,
    /// The schema of the table that changes; none where it is not known.
    home: Option<&'p str>,
    /// Whether its name without a schema can mean it.
    bare: bool,
}

/// Where a text looks for what it names without a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::evidence) struct Search {
    /// In these, in this order.
    pub(in crate::evidence) schemas: Vec<String>,
    /// And then where its caller does, which nobody knows.
    pub(in crate::evidence) beyond: bool,
}

/// The schemas that there are, and which of them have tables of the names that change.
#[derive(Debug)]
pub(super) struct Places {
    dialect: Dialect,
    schemas: HashSet<String>,
    /// Schema and table.
    tables: HashSet<(String, String)>,
    /// Each changed table and its schema.
    homes: Vec<(Object, String)>,
    /// Where every table without a schema is looked for, on MySQL and SQLite.
    here: Option<String>,
}

impl Look<'_> {
    /// Whether a name behind `schema`, which may be another thing than a schema, can be the table's.
    pub(super) fn behind(&self, schema: &str) -> bool {
        let schema = folded(self.places.dialect, schema);
        self.home.is_none_or(|home| home == schema) || !self.places.schemas.contains(&schema)
    }

    /// Whether a name behind `schema` stands in a schema, and not in the row of something.
    pub(super) fn is_schema(&self, schema: &str) -> bool {
        let schema = folded(self.places.dialect, schema);
        self.places.schemas.is_empty() || self.places.schemas.contains(&schema)
    }

    /// Whether a name without a schema can be the table's.
    pub(super) fn bare(&self) -> bool {
        self.bare
    }
}

impl Search {
    /// Where nobody knows.
    pub(super) fn anywhere() -> Search {
        Search {
            schemas: Vec::new(),
            beyond: true,
        }
    }
}

impl Places {
    /// None are known.
    pub(super) fn unknown(dialect: Dialect) -> Places {
        Places {
            dialect,
            schemas: HashSet::new(),
            tables: HashSet::new(),
            homes: Vec::new(),
            here: None,
        }
    }

    /// What the database says of them. Where it does not, every name counts.
    pub(super) async fn find(asking: &mut Asking<'_>, tables: &[Object]) -> sqlx::Result<Places> {
        let dialect = asking.dialect();
        let mut places = Places::unknown(dialect);
        let Asked { rows, .. } = asking.ask(&query(dialect, tables)).await?;
        for row in rows.unwrap_or_default() {
            let Some(schema) = row.text(1) else { continue };
            let schema = folded(dialect, schema);
            match (row.text(0), row.text(2)) {
                (Some("schema"), _) => _ = places.schemas.insert(schema),
                (Some("table"), Some(name)) => {
                    places.tables.insert((schema, folded(dialect, name)));
                }
                (Some("home"), Some(name)) => {
                    let mut here = tables.iter();
                    let table = here.find(|table| table.to_string() == name);
                    places
                        .homes
                        .extend(table.map(|table| (table.clone(), schema)));
                }
                (Some("home"), None) => places.here = Some(schema),
                _ => {}
            }
        }
        Ok(places)
    }

    /// The schema that the table of `object` stands in.
    pub(super) fn home(&self, object: &Object) -> Option<String> {
        if let Some(schema) = &object.schema {
            return Some(folded(self.dialect, schema));
        }
        let mut homes = self.homes.iter();
        let found = homes
            .find(|(known, _)| (&known.schema, &known.table) == (&object.schema, &object.table));
        found
            .map(|(_, home)| home.clone())
            .or_else(|| self.here.clone())
    }

    /// The same without the schema where this connection looks: so MySQL and SQLite are asked, and so they show it.
    pub(super) fn shown(&self, object: &Object) -> Object {
        let is_here = object.schema.as_ref().is_some_and(|schema| {
            self.dialect != Dialect::Postgres && self.here == Some(folded(self.dialect, schema))
        });
        Object {
            schema: object.schema.clone().filter(|_| !is_here),
            ..object.clone()
        }
    }

    /// What changes, as it is shown.
    pub(super) fn as_shown(&self, changes: Vec<Changed>) -> Vec<Changed> {
        let shown = changes.into_iter().map(|change| Changed {
            object: self.shown(&change.object),
            ..change
        });
        shown.collect()
    }

    /// How a text that looks like `search` looks for the table of `object`, which stands in `home`.
    pub(super) fn look<'p>(
        &'p self,
        search: &Search,
        object: &Object,
        home: Option<&'p str>,
    ) -> Look<'p> {
        let table = folded(self.dialect, &object.table);
        let mut bare = search.beyond || home.is_none();
        for schema in &search.schemas {
            let schema = folded(self.dialect, schema);
            // MySQL has one place alone, and whether the table is there is no matter.
            let there = self.dialect == Dialect::MySql
                || self.tables.contains(&(schema.clone(), table.clone()));
            if schema == "$user" {
                bare = true;
                break;
            }
            if there {
                bare = home.is_none_or(|home| home == schema);
                break;
            }
        }
        Look {
            places: self,
            home,
            bare,
        }
    }
}

/// Selects what it is (`schema`, `table`, `home`), a schema, and a name; a home without one is where each name without a schema is.
fn query(dialect: Dialect, tables: &[Object]) -> String {
    let words = |words: Vec<String>| -> Vec<String> {
        words.iter().map(|name| word(dialect, name)).collect()
    };
    let names = words(tables.iter().map(|object| object.table.clone()).collect()).join(", ");
    match dialect {
        Dialect::Postgres => {
            let found = words(tables.iter().map(|one| table(dialect, one)).collect());
            let found: Vec<String> = found.iter().map(|name| format!("to_regclass({name})::oid")).collect();
            let shown = words(tables.iter().map(ToString::to_string).collect());
            format!(
                "SELECT 'schema', nspname::text, NULL FROM pg_namespace UNION ALL \
                 SELECT 'table', n.nspname::text, c.relname::text FROM pg_class c \
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname IN ({names}) UNION ALL \
                 SELECT 'home', n.nspname::text, o.name FROM unnest(ARRAY[{}], ARRAY[{}]) AS o (rel, name) \
                 JOIN pg_class c ON c.oid = o.rel JOIN pg_namespace n ON n.oid = c.relnamespace",
                found.join(", "),
                shown.join(", ")
            )
        }
        Dialect::MySql => "SELECT 'schema', schema_name, NULL FROM information_schema.schemata UNION ALL \
                           SELECT 'home', DATABASE(), NULL"
            .to_owned(),
        Dialect::Sqlite => "SELECT 'schema', name, NULL FROM pragma_database_list UNION ALL SELECT 'home', 'main', NULL"
            .to_owned(),
    }
}
