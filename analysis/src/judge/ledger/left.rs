//! What is known of the rows that a deletion has left?

use std::sync::Arc;

use crate::act::Filter;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{Id, Key, Shared, Table};

/// Tables from which rows were deleted, and what holds of them until rows come in or a column is set.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Left {
    /// Those that have no row.
    vacant: Shared<Id, ()>,
    /// The columns that have a value in every row, by their table.
    present: Shared<Id, Vec<Id>>,
    /// The columns that hold one and the same in every row, by their table.
    alike: Shared<Id, Vec<Id>>,
}

impl Left {
    /// Rows come into the table.
    pub(in crate::judge) fn take_in(&mut self, table: Id) {
        self.vacant.remove(&table);
        self.present.remove(&table);
        self.alike.remove(&table);
    }

    /// The column is set, in rows that may have lacked nothing.
    pub(in crate::judge) fn set(&mut self, column: Id) {
        if let Some(present) = self.present.get_mut(&column.home()) {
            present.retain(|other| *other != column);
        }
        self.set_some(column);
    }

    /// The column is set, perhaps only in some rows.
    pub(in crate::judge) fn set_some(&mut self, column: Id) {
        if let Some(alike) = self.alike.get_mut(&column.home()) {
            alike.retain(|other| *other != column);
        }
    }

    /// Whether every row holds the same in the column.
    pub(in crate::judge) fn is_alike(&self, column: Id) -> bool {
        let alike = self.alike.get(&column.home());
        alike.is_some_and(|alike| alike.contains(&column))
    }

    /// Whether the table has no row.
    pub(in crate::judge) fn is_vacant(&self, table: Id) -> bool {
        !self.vacant.is_empty() && self.vacant.contains(&table)
    }

    /// Whether no row is without a value in the column.
    pub(in crate::judge) fn is_present(&self, column: Id) -> bool {
        let table = column.home();
        self.is_vacant(table)
            || self
                .present
                .get(&table)
                .is_some_and(|present| present.contains(&column))
    }
}

impl Run<'_> {
    /// Every row of the table goes, or those for which the condition holds: all of them, with nothing that keeps one.
    pub(in crate::judge) fn note_left(&mut self, key: &Key, table: &Table, but: Option<&Filter>) {
        // It may not run, and a child's rows are read with the table's own.
        if self.perhaps > 0 || !self.offspring(table.id).is_empty() {
            return;
        }
        let Some(but) = but else {
            self.ledger.left.vacant.add(table.id);
            return;
        };
        let columns = but.present.iter();
        let columns = columns.filter_map(|name| table.column(self.dialect, name));
        let mut present: Vec<Id> = columns.map(|column| column.id).collect();
        if !present.is_empty() {
            let left = &mut self.ledger.left.present;
            present.extend(left.get(&table.id).into_iter().flatten());
            left.insert(table.id, present);
        }
        // Rows that come into the whole may come into a partition.
        if table.parents.is_empty()
            && let Some(column) = self.left_alike(key, table, but)
        {
            let left = &mut self.ledger.left.alike;
            let mut alike = left.get(&table.id).cloned().unwrap_or_default();
            alike.push(column);
            left.insert(table.id, alike);
        }
    }

    /// Each row has a value in the column, whatever may come.
    pub(in crate::judge) fn note_present(&mut self, key: &Key, column: Id) {
        let alone = |table: &Table| table.parents.is_empty() && self.offspring(table.id).is_empty();
        let surely = self.perhaps == 0 && self.schema.table(key).is_some_and(alone);
        if surely && !self.ledger.left.is_present(column) {
            let left = &mut self.ledger.left.present;
            let mut present = left.get(&column.home()).cloned().unwrap_or_default();
            present.push(column);
            left.insert(column.home(), present);
        }
    }

    /// The column that can hold but one constant where the rows are gone that a condition picks.
    fn left_alike(&self, key: &Key, table: &Table, gone: &Filter) -> Option<Id> {
        let (_, read) = gone.reads.first()?;
        let column = table.column(self.dialect, read)?.id;
        let placed = Placed {
            name: None,
            key: Some(key.clone()),
            relation: Arc::new(self.relation_of(key)),
        };
        let among = self.among(&placed, gone)?;
        among.leaves_one().then_some(column)
    }

    /// Whether the table has no row, whatever it held when the direction began.
    pub(in crate::judge) fn is_vacant(&self, key: &Key) -> bool {
        let table = self.schema.table(key);
        table.is_some_and(|table| self.ledger.left.is_vacant(table.id))
    }
}
