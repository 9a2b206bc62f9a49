//! Which data does a statement destroy where it stands?

use crate::judge::ledger::cuts::Rows;
use crate::judge::ledger::{Ledger, Part};
use crate::schema::{Id, Table};
use crate::{LossKind, Span};
use std::sync::Arc;

impl Hit {
    /// The datum alone, all of it.
    fn of(datum: Datum, cause: Cause) -> Hit {
        Hit {
            datum,
            cause,
            with_rows: false,
            picked: None,
            recent: false,
            alike: false,
            parts: Vec::new(),
        }
    }

    /// The same with all the table's rows.
    fn with_rows(self) -> Hit {
        Hit {
            with_rows: true,
            ..self
        }
    }
}

impl Ledger {
    /// What the column `column` of `table` holds is destroyed.
    pub(crate) fn hit_column(&mut self, table: Id, column: Id, cause: Cause) {
        self.unmove_into(column);
        self.risk(column, cause);
        self.risk(table, cause);
        let from = self.hits.len();
        let remains = self.remains(column);
        for value in self.values(column).into_iter().chain(remains) {
            self.hit_value(table, value, cause);
        }
        if self.left.is_alike(column) {
            let hits = self.hits[from..].iter_mut();
            hits.for_each(|hit| hit.alike = true);
        }
    }

    /// What may have been there already is destroyed.
    fn risk(&mut self, id: Id, cause: Cause) {
        if !self.unsure.is_empty() && self.unsure.contains_key(&id) {
            self.risked.push((id, cause));
        }
    }

    /// One of the values that a column of `table` holds is destroyed.
    pub(crate) fn hit_value(&mut self, table: Id, value: Id, cause: Cause) {
        let within = self.rows_of(table, value.home());
        self.hits.push(Hit::of(
            Datum::Value {
                column: value,
                within,
            },
            cause,
        ));
    }

    /// Everything in `table` is destroyed.
    pub(crate) fn hit_table(&mut self, table: &Table, cause: Cause) {
        self.change(table.id);
        self.risk(table.id, cause);
        self.unmove_at(table.id);
        self.lookups.lose_rows(table.id);
        self.hits.extend(self.all_of(table, cause));
        self.hit_parents(table, cause);
    }

    /// What goes with `table`: its rows, and the values in them.
    pub(super) fn all_of(&self, table: &Table, cause: Cause) -> Vec<Hit> {
        let rows = self.rows(table.id).into_iter();
        let rows = rows.map(|rows| Hit::of(Datum::Rows(rows), cause).with_rows());
        rows.chain(self.contents(table, cause)).collect()
    }

    /// What was copied into a partitioned table stands in its partitions: some of it is gone with any of them.
    pub(crate) fn hit_parents(&mut self, table: &Table, cause: Cause) {
        let mut parents = self.partitioned.get(&table.id).cloned().unwrap_or_default();
        if table.partition {
            parents.extend(&table.parents);
        }
        for parent in parents {
            let mut held = self.rows(parent);
            for rows in held.iter_mut().filter(|rows| rows.table != parent) {
                self.hits
                    .push(Hit::of(Datum::Rows(*rows), cause).with_rows());
                *rows = self.cut(*rows, None);
            }
            self.set_rows(parent, held);
            self.parts.retain(|part| part.at != parent);
        }
    }

    /// The values in `table`, which are destroyed with their rows.
    fn contents(&self, table: &Table, cause: Cause) -> Vec<Hit> {
        let values = table.columns.iter().flat_map(|column| {
            let alike = self.left.is_alike(column.id);
            let remains = self.remains(column.id);
            let values = self.values(column.id).into_iter().chain(remains);
            values.map(move |value| (value, alike))
        });
        let values = values.filter_map(|(column, alike)| {
            let within = Some(self.rows_of(table.id, column.home())?);
            let hit = Hit::of(Datum::Value { column, within }, cause);
            Some(Hit { alike, ..hit })
        });
        let rests = self.rests(table).into_iter();
        let rests = rests.filter_map(|rest| {
            let within = self.rows_of(table.id, rest)?;
            Some(Datum::Rest {
                table: rest,
                within,
            })
        });
        let rests = rests.map(|rest| Hit::of(rest, cause));
        values.chain(rests).map(Hit::with_rows).collect()
    }

    /// Some rows of `table`, or all, are gone; `filter` says which where that is known.
    pub(crate) fn hit_rows(
        &mut self,
        table: &Table,
        all: bool,
        cause: Cause,
        filter: Option<String>,
    ) {
        self.parts.retain(|part| part.at != table.id);
        let from = self.hits.len();
        self.hit_table(table, cause);
        if all {
            self.set_rows(table.id, Vec::new());
            return;
        }
        let picked = filter.map(|filter| {
            let values = table.columns.iter();
            let values = values.flat_map(|column| self.values(column.id)).collect();
            let rest = !self.rests(table).is_empty();
            self.picked(table.id, filter, values, rest)
        });
        for hit in &mut self.hits[from..] {
            hit.picked.clone_from(&picked);
        }
        let before = self.rows(table.id).into_iter();
        let after = before.map(|rows| self.cut(rows, picked.clone())).collect();
        self.set_rows(table.id, after);
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Datum {
    Rows(Rows),
    /// The values of a column, in rows that its table had when they were destroyed; none where it had none left.
    Value {
        column: Id,
        within: Option<Rows>,
    },
    /// The columns of a table that nobody has named yet.
    Rest {
        table: Id,
        within: Rows,
    },
}

/// A container of the datum was destroyed.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) datum: Datum,
    pub(crate) cause: Cause,
    /// With all the table's rows, or the column alone.
    pub(crate) with_rows: bool,
    /// Only rows that a condition picks went, or their values: its text, and what was there of them.
    pub(crate) picked: Option<Arc<Picked>>,
    /// Only rows that came since the up went, although the table is older.
    pub(crate) recent: bool,
    /// The value was the same in every row that a deletion had left.
    pub(crate) alike: bool,
    /// The same in each of the partitions, beside their rows, where there is nothing of it but in them.
    pub(crate) parts: Vec<Hit>,
}

#[derive(Debug, Clone)]
pub(crate) struct Picked {
    pub(crate) from: Id,
    pub(crate) filter: String,
    /// The copies by the same condition that were there then.
    pub(crate) copies: Vec<usize>,
    pub(crate) values: Vec<Id>,
    pub(crate) rest: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Cause {
    pub(crate) kind: LossKind,
    pub(crate) statement: u32,
    pub(crate) span: Span,
}

impl Ledger {
    /// What a condition picks of the table `from`.
    pub(crate) fn picked(
        &self,
        from: Id,
        filter: String,
        values: Vec<Id>,
        rest: bool,
    ) -> Arc<Picked> {
        let same = |part: &&Part| part.portion.from == Some(from) && part.portion.filter == filter;
        let copies = self.parts.iter().filter(same).map(|part| part.number);
        Arc::new(Picked {
            copies: copies.collect(),
            from,
            filter,
            values,
            rest,
        })
    }
}
