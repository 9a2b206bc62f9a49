//! Which tables hang on another one: its partitions, its heirs, and those that refer to it?

use std::sync::Arc;

use super::{Id, Key, Schema, Table};
use crate::Dialect;

impl Schema {
    /// The partitions of a table, and the tables that inherit from it.
    pub(crate) fn offspring(&self, id: Id) -> Vec<Key> {
        if !self.parents.contains(&id) {
            return Vec::new();
        }
        let of = |(_, table): &(&Key, &Arc<Table>)| table.parents.contains(&id);
        self.tables
            .iter()
            .filter(of)
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// The tables that inherit from a table, and from those in turn: they have rows of their own.
    pub(crate) fn heirs(&self, id: Id) -> Vec<Key> {
        let (mut heirs, mut todo) = (Vec::new(), vec![id]);
        while let Some(id) = todo.pop() {
            for key in self.offspring(id) {
                if let Some(table) = self.table(&key).filter(|table| !table.partition)
                    && !heirs.contains(&key)
                {
                    todo.push(table.id);
                    heirs.push(key);
                }
            }
        }
        heirs
    }

    /// The tables that refer to `parent` by a foreign key.
    pub(crate) fn children(&self, dialect: Dialect, parent: &Key) -> Vec<Key> {
        self.tables
            .iter()
            .filter(|(_, table)| {
                let home = parent.schema.as_deref();
                let mut keys = table.foreign_keys();
                keys.any(|(_, referred, _)| parent.is_of(dialect, referred, home))
            })
            .map(|(key, _)| key.clone())
            .collect()
    }
}
