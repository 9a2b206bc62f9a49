//! What has come and gone since some point?

use super::Ledger;
use super::cuts::Rows;
use super::hits::Datum;
use super::rows_of;
use super::values_of;
use crate::schema::{Id, Shared};
use std::collections::BTreeSet;

/// How things stood at some point.
pub(crate) struct Mark {
    created: Shared<Id, ()>,
    rows: Shared<Id, Vec<Rows>>,
    values: Shared<Id, Vec<Id>>,
    cuts: usize,
    parts: usize,
}

impl Mark {
    fn rows(&self, table: Id) -> Vec<Rows> {
        rows_of(&self.rows, &self.created, table)
    }

    fn values(&self, column: Id) -> Vec<Id> {
        values_of(&self.values, &self.created, column)
    }
}

impl Ledger {
    /// What there was `then`, but for the tables and columns in `standing`, which hold what they hold now.
    ///
    /// What was destroyed in between counts as destroyed: where it has come back, a container holds it.
    pub(crate) fn back_to(mut self, then: Ledger, standing: &BTreeSet<Id>) -> Ledger {
        let now = std::mem::take(&mut self.rows);
        self.rows = mixed(then.rows, now, standing);
        let now = std::mem::take(&mut self.values);
        self.values = mixed(then.values, now, standing);
        self.constants = Shared::default();
        self.packed = Shared::default();
        self.stamps.clear();
        self.moved.clear();
        self.splits.clear();
        self.cases.forget();
        let now = std::mem::take(&mut self.rests);
        self.rests = mixed(then.rests, now, standing);
        self.parts.retain(|part| standing.contains(&part.at));
        let others = then.parts.into_iter();
        self.parts
            .extend(others.filter(|part| !standing.contains(&part.at)));
        self
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            created: self.created.clone(),
            rows: self.rows.clone(),
            values: self.values.clone(),
            cuts: self.cuts.len(),
            parts: self.parts.len(),
        }
    }

    /// The tables and columns of which some container holds what it did not hold then.
    pub(crate) fn copied_since(&self, since: &Mark) -> BTreeSet<Id> {
        let mut copied = BTreeSet::new();
        for (table, _, rows) in since.rows.beside(&self.rows) {
            let held = since.rows(*table);
            let new = |row: &&Rows| !held.contains(row) && row.cut <= since.cuts;
            copied.extend(rows.into_iter().flatten().filter(new).map(|row| row.table));
        }
        for (column, _, values) in since.values.beside(&self.values) {
            let held = since.values(*column);
            let new = |value: &&Id| !held.contains(value);
            copied.extend(values.into_iter().flatten().filter(new));
        }
        for part in self.parts.iter().skip(since.parts) {
            copied.insert(part.of.table);
        }
        copied
    }

    /// The tables and columns of which a container was destroyed.
    pub(crate) fn destroyed(&self) -> BTreeSet<Id> {
        let mut destroyed = BTreeSet::new();
        for hit in &self.hits {
            match &hit.datum {
                Datum::Rows(rows) => destroyed.insert(rows.table),
                Datum::Rest { table, .. } => destroyed.insert(*table),
                Datum::Value { column, within } => {
                    destroyed.extend(within.map(|rows| rows.table));
                    destroyed.insert(column.home());
                    destroyed.insert(*column)
                }
            };
        }
        destroyed
    }

    /// Copies made since are not relied on.
    pub(crate) fn take_back_copies(&mut self, since: &Mark) {
        for (table, earlier, rows) in since.rows.beside(&self.rows.clone()) {
            let Some(rows) = rows else { continue };
            let mut rows = rows.clone();
            if let Some(earlier) = earlier {
                rows.retain(|row| earlier.contains(row) || row.cut > since.cuts);
            } else if self.created.contains(table) {
                rows.clear();
            } else {
                rows.retain(|row| row.table == *table);
            }
            self.rows.insert(*table, rows);
        }
        for (column, earlier, values) in since.values.beside(&self.values.clone()) {
            let Some(values) = values else { continue };
            let mut values = values.clone();
            if let Some(earlier) = earlier {
                values.retain(|value| earlier.contains(value));
            } else if self.created.contains(column) {
                values.clear();
            } else {
                values.retain(|value| value == column);
            }
            self.values.insert(*column, values);
        }
        self.parts.truncate(since.parts);
        self.stamps.clear();
        self.cases.forget();
        self.lookups.distrust();
    }
}

fn mixed<T: Clone>(
    mut then: Shared<Id, Vec<T>>,
    now: Shared<Id, Vec<T>>,
    standing: &BTreeSet<Id>,
) -> Shared<Id, Vec<T>> {
    for id in standing {
        match now.get(id) {
            Some(held) => then.insert(*id, held.clone()),
            None => then.remove(id),
        };
    }
    then
}
