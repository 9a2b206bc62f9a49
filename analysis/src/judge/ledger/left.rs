//! What is known of the rows that a deletion has left?

use crate::act::Filter;
use crate::judge::run::Run;
use crate::schema::{Id, Key, Shared, Table};

/// Tables from which rows were deleted, and what holds of them until rows come in or a column is set.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Left {
    /// Those that have no row.
    vacant: Shared<Id, ()>,
    /// The columns that have a value in every row, by their table.
    present: Shared<Id, Vec<Id>>,
}

impl Left {
    /// Rows come into the table.
    pub(in crate::judge) fn take_in(&mut self, table: Id) {
        self.vacant.remove(&table);
        self.present.remove(&table);
    }

    /// The column is set, in rows that may have lacked nothing.
    pub(in crate::judge) fn set(&mut self, column: Id) {
        if let Some(present) = self.present.get_mut(&column.home()) {
            present.retain(|other| *other != column);
        }
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
    pub(in crate::judge) fn note_left(&mut self, table: &Table, but: Option<&Filter>) {
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
    }

    /// Whether the table has no row, whatever it held when the direction began.
    pub(in crate::judge) fn is_vacant(&self, key: &Key) -> bool {
        let table = self.schema.table(key);
        table.is_some_and(|table| self.ledger.left.is_vacant(table.id))
    }
}
