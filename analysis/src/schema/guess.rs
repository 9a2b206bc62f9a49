//! What is left of a schema after a direction, and what does the pair say of tables that nothing is known of?

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Column, Id, Key, Schema, Shared, Table};
use crate::Dialect;

impl Schema {
    /// The direction is over: what lasted only for the session is gone, and what became a partition is one like any other.
    pub(crate) fn settle(&mut self) {
        if self.unsettled {
            self.tables.retain(|_, table| !table.temporary);
            let attached = self.tables.iter().filter(|(_, table)| table.attached);
            let attached: Vec<Key> = attached.map(|(key, _)| key.clone()).collect();
            for key in attached {
                if let Some(table) = self.table_mut(&key) {
                    (table.partition, table.attached) = (true, false);
                }
            }
            self.unsettled = false;
        }
    }

    /// Forgets the types of columns that are neither in `before` nor `made` since: of them nothing is known but what was done to
    /// them.
    pub(crate) fn unsay(&mut self, before: &Schema, made: &Shared<Id, ()>) {
        let met = |column: &Column| !before.has_given(column.id) && !made.contains(&column.id);
        let changed = before.tables.apart(&self.tables);
        let changed: Vec<Key> = changed
            .filter(|(_, _, table)| table.is_some_and(|table| table.columns.iter().any(met)))
            .map(|(key, ..)| key.clone())
            .collect();
        for key in changed {
            let Some(table) = self.table_mut(&key) else {
                continue;
            };
            for column in table.columns.iter_mut().filter(|column| met(column)) {
                Arc::make_mut(&mut column.is).ty = None;
            }
        }
    }

    /// The tables among those that were `met` of which nothing is known here; none where all that is there is known.
    pub(crate) fn strangers(
        &self,
        dialect: Dialect,
        met: &Shared<Id, crate::Object>,
    ) -> BTreeSet<Key> {
        if self.is_complete() {
            return BTreeSet::new();
        }
        let tables = met.values().filter(|object| object.column.is_none());
        let keys = tables.map(|object| Key::of_object(dialect, object));
        keys.filter(|key| !self.tables.contains_key(key)).collect()
    }

    /// This schema with what `after`, which stands after up and down, says of the tables `met` that are not in it; `made` is
    /// what the up made.
    pub(crate) fn guess(
        &self,
        after: &Schema,
        made: &Shared<Id, ()>,
        met: &BTreeSet<Key>,
    ) -> Option<Schema> {
        let mut guessed = self.clone();
        guessed.guarded |= after.guarded;
        guessed.composed |= after.composed;
        let mut any = false;
        for (key, known, table) in self.tables.beside(&after.tables) {
            let Some(table) = table.filter(|table| known.is_none() && !table.temporary) else {
                continue;
            };
            // A table that the up made is none that it found; one that the down made anew is, if the up met it.
            if !met.contains(key) {
                continue;
            }
            let id = guessed.fresh();
            let mut columns = Vec::new();
            for column in table
                .columns
                .iter()
                .filter(|column| !made.contains(&column.id))
            {
                let id = guessed.fresh_column(id);
                columns.push(Column::new(id, Arc::clone(&column.is)));
            }
            if columns.is_empty() {
                continue;
            }
            any = true;
            let mut table = Table::clone(table);
            table.id = id;
            table.columns = columns.into();
            table.open = true;
            table.text = None;
            table.parents.clear();
            table.transient = false;
            guessed.put_table(key.clone(), Arc::new(table));
        }
        any.then_some(guessed)
    }
}
