//! Which tables are there, and what must a row look like to be let in?

mod mysql;
mod postgres;
pub(super) mod sqlite;

use std::collections::BTreeMap;

use onward_analysis::Dialect;

use crate::Result;
use crate::session::{Row, Session};

/// A table that holds rows of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// As verdicts name it: with its schema where that is not the default one.
    pub(super) name: String,
    /// As SQL names it.
    pub(super) quoted: String,
    pub(super) columns: Vec<Column>,
    pub(super) references: Vec<Reference>,
    /// The sets of columns that no two rows are alike in.
    pub(super) keys: Vec<Vec<String>>,
    /// The conditions that rows must meet, as the database prints them.
    pub(super) checks: Vec<String>,
    /// Other names under which a verdict may speak of its rows: those of its partitions.
    pub(super) partitions: Vec<String>,
}

/// A column of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The type, in lower case, as the database prints it; of a domain, the type under it.
    pub(super) ty: String,
    pub(super) nullable: bool,
    /// Whether the database itself thinks of a value: an identity, a serial, a row's number.
    pub(super) given: bool,
    /// Whether it is worked out from others, and cannot be written.
    pub(super) generated: bool,
    /// The labels of an enum.
    pub(super) labels: Vec<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) columns: Vec<String>,
    /// The table referred to, as SQL names it.
    pub(super) parent: String,
    pub(super) parent_columns: Vec<String>,
}

impl Table {
    pub(super) fn new(dialect: Dialect, schema: Option<&str>, name: &str) -> Table {
        let quoted = dialect.quote(name);
        Table {
            name: schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}")),
            quoted: match schema {
                Some(schema) => format!("{}.{quoted}", dialect.quote(schema)),
                // The default schema may not be the one that a migration left in the search path.
                None if dialect == Dialect::Postgres => format!("public.{quoted}"),
                None => quoted,
            },
            columns: Vec::new(),
            references: Vec::new(),
            keys: Vec::new(),
            checks: Vec::new(),
            partitions: Vec::new(),
        }
    }

    /// The columns whose values are stored.
    pub(super) fn stored(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.generated)
    }
}

/// Reads them, but for Onward's own.
pub(super) async fn tables(session: &mut dyn Session) -> Result<Vec<Table>> {
    match session.dialect() {
        Dialect::Sqlite => sqlite::tables(session).await,
        Dialect::Postgres => postgres::tables(session).await,
        Dialect::MySql => mysql::tables(session).await,
    }
}

/// The tables that have the columns which they had before, in another order.
pub(super) fn reordered(before: &[Table], now: &[Table]) -> Vec<String> {
    fn names(table: &Table) -> Vec<&str> {
        table.columns.iter().map(|c| c.name.as_str()).collect()
    }
    let is_other = |table: &&Table| {
        let mut others = before.iter();
        others
            .find(|other| other.name == table.name)
            .is_some_and(|was| {
                let (mut was, mut is) = (names(was), names(table));
                let same = was == is;
                was.sort_unstable();
                is.sort_unstable();
                !same && was == is
            })
    };
    let tables = now.iter().filter(is_other);
    tables.map(|table| table.name.clone()).collect()
}

/// Keys of tables from their columns in order: the table's name, the key's and the column's, which is empty for an expression.
fn collect_keys(tables: &mut [Table], columns: impl Iterator<Item = [String; 3]>) {
    let mut keys: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for [table, key, column] in columns {
        keys.entry((table, key)).or_default().push(column);
    }
    for ((name, _), key) in keys {
        let table = tables.iter_mut().find(|table| table.name == name);
        if let Some(table) = table.filter(|_| !key.iter().any(String::is_empty)) {
            table.keys.push(key);
        }
    }
}

/// The text in a column; empty where there is none.
fn text(row: &Row, column: usize) -> String {
    row.text(column).unwrap_or_default().to_owned()
}

/// A JSON array of texts in a column.
fn list(row: &Row, column: usize) -> Vec<String> {
    let json = row.text(column).unwrap_or("[]");
    serde_json::from_str(json).unwrap_or_default()
}
