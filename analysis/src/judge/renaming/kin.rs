//! Which tables does a statement reach that was said of another one?

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};

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

    /// The partitions of a table, and theirs in turn.
    pub(in crate::judge) fn partitions(&self, id: Id) -> Vec<Id> {
        let (mut found, mut todo) = (Vec::new(), vec![id]);
        while let Some(id) = todo.pop() {
            let offspring = self.offspring(id);
            let parts = offspring.iter().filter_map(|key| self.schema.table(key));
            for part in parts.filter(|part| part.partition) {
                if !found.contains(&part.id) {
                    found.push(part.id);
                    todo.push(part.id);
                }
            }
        }
        found
    }

    /// The tables that a table is a partition of, and those in turn.
    pub(in crate::judge) fn wholes(&self, part: &Table) -> Vec<Id> {
        let (mut found, mut todo) = (Vec::new(), vec![part]);
        while let Some(part) = todo.pop().filter(|part| part.partition) {
            let tables = self.each(1, self.schema.tables.values());
            for whole in tables.filter(|table| part.parents.contains(&table.id)) {
                if !found.contains(&whole.id) {
                    found.push(whole.id);
                    todo.push(whole);
                }
            }
        }
        found
    }

    /// The tables that refer to `parent` by a foreign key.
    pub(crate) fn children(&self, parent: &Key) -> Vec<Key> {
        let said = self.each(16, self.schema.may_refer_to(&parent.name));
        let found = said.filter(|key| self.schema.refers_to(self.dialect, key, parent));
        found.cloned().collect()
    }
}
