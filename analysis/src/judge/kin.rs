//! Which tables does a statement reach that was said of another one?

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::run::Run;
use crate::schema::{Id, Key};

impl Run<'_> {
    /// The partitions of a table, and the tables that inherit from it.
    pub(crate) fn offspring(&self, id: Id) -> Vec<Key> {
        let said = self.each(8, self.schema.may_hang_on(id));
        let found = said.filter(|key| self.schema.hangs_on(key, id));
        found.cloned().collect()
    }

    /// The tables that inherit from a table, and from those in turn: they have rows of their own.
    pub(crate) fn heirs(&self, id: Id) -> Vec<Key> {
        let (mut heirs, mut todo) = (Vec::new(), vec![id]);
        let mut seen = BTreeSet::new();
        while let Some(id) = todo.pop() {
            for key in self.offspring(id) {
                if let Some(table) = self.schema.table(&key).filter(|table| !table.partition)
                    && seen.insert(table.id)
                {
                    todo.push(table.id);
                    heirs.push(key);
                }
            }
        }
        heirs
    }

    /// The tables that refer to `parent` by a foreign key.
    pub(crate) fn children(&self, parent: &Key) -> Vec<Key> {
        let said = self.each(16, self.schema.may_refer_to(&parent.name));
        let found = said.filter(|key| self.schema.refers_to(self.dialect, key, parent));
        found.cloned().collect()
    }
}
