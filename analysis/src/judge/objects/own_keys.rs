//! Which indexes does MySQL keep of what a table is written with, and which does it make for a foreign key?
//!
//! A foreign key needs an index that begins with its columns. Where there is none MySQL makes one, called like the constraint or
//! like its first column. It stays when the foreign key goes, and goes when another index serves in its place:
//! <https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html>.

use std::sync::Arc;

use crate::Dialect;
use crate::act::{Constraint, Restriction};
use crate::judge::run::Run;
use crate::schema::{Id, Index, Key, Origin, Table, same};

impl Run<'_> {
    /// The indexes that come with a constraint or key of a table.
    pub(crate) fn index_of_constraint(
        &mut self,
        table: &Key,
        constraint: &Constraint,
        from: Origin,
    ) {
        if self.dialect != Dialect::MySql || self.is_exhausted() {
            return;
        }
        match &constraint.rule {
            Restriction::Index(columns) => {
                let text = constraint.text.clone();
                self.own_index(table, constraint.name.as_deref(), columns, text, from);
            }
            Restriction::ForeignKey { columns, .. } => {
                let known = self.schema.table(table);
                let served = known.is_none_or(|known| self.is_served(known, columns));
                if !served {
                    let text = format!("INDEX ({})", self.list(columns));
                    let name = constraint.name.as_deref();
                    self.own_index(table, name, columns, text, Origin::ForeignKey);
                }
            }
            Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => {
                if let Some(id) = self.schema.table(table).map(|table| table.id) {
                    self.give_way(id, columns);
                }
            }
            Restriction::Check | Restriction::Exclude | Restriction::UsingIndex(_) => {}
        }
    }

    /// Those that MySQL made for foreign keys go where an index over `columns` serves in their place.
    pub(crate) fn give_way(&mut self, table: Id, columns: &[String]) {
        for (key, _) in self.giving_way(table, columns) {
            self.schema.remove_index(&key);
        }
    }

    /// The same, to be looked at.
    pub(crate) fn giving_way(&self, table: Id, columns: &[String]) -> Vec<(Key, Arc<Index>)> {
        if self.dialect != Dialect::MySql || self.is_exhausted() {
            return Vec::new();
        }
        let mut indexes = self.schema.indexes_of(table);
        self.spend(4 * indexes.len());
        indexes.retain(|(_, index)| {
            index.origin == Origin::ForeignKey && begins(columns, &index.columns)
        });
        indexes
    }

    /// Whether an index of the table begins with `columns`.
    pub(crate) fn is_served(&self, table: &Table, columns: &[String]) -> bool {
        let indexes = self.schema.indexes_of(table.id);
        self.spend(4 * indexes.len());
        table.open
            || table.keys().any(|key| begins(key, columns))
            || indexes
                .iter()
                .any(|(_, index)| begins(&index.columns, columns))
    }

    fn own_index(
        &mut self,
        table: &Key,
        name: Option<&str>,
        columns: &[String],
        text: String,
        origin: Origin,
    ) {
        let Some(known) = self.schema.table(table) else {
            return;
        };
        let (id, shown) = (known.id, known.name.clone());
        // What nobody named is called like its first column.
        let Some(name) = name.or(columns.first().map(String::as_str)) else {
            return;
        };
        let key = self.index_key(table, name);
        if self.schema.indexes.contains_key(&key) {
            return;
        }
        self.give_way(id, columns);
        let quoted = |name: &str| self.dialect.quote(name);
        let of_schema = shown.schema.as_deref().map(|schema| quoted(schema) + ".");
        let of_schema = of_schema.unwrap_or_default();
        let text = match origin {
            Origin::ForeignKey => format!("INDEX {} ({})", quoted(name), self.list(columns)),
            Origin::Statement | Origin::Table => text,
        };
        let index = Index {
            table: id,
            unique: false,
            columns: columns.to_vec(),
            text: format!("ALTER TABLE {of_schema}{} ADD {text}", quoted(&shown.name)),
            origin,
        };
        self.schema.add_index(key, Arc::new(index));
    }

    pub(in crate::judge) fn list(&self, columns: &[String]) -> String {
        let quoted: Vec<String> = columns
            .iter()
            .map(|column| self.dialect.quote(column))
            .collect();
        quoted.join(", ")
    }
}

/// Whether `all` begins with the columns of `first`.
fn begins(all: &[String], first: &[String]) -> bool {
    let mut pairs = first.iter().zip(all);
    all.len() >= first.len() && !first.is_empty() && pairs.all(|(a, b)| same(Dialect::MySql, a, b))
}
