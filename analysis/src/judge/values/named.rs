//! Does a column take no NULL that a `CASE` without ELSE filled, so that the `CASE` has named every value?
//!
//! Behind `SET n = CASE status WHEN 'new' THEN 1 WHEN 'paid' THEN 2 END` PostgreSQL refuses `ALTER n SET NOT NULL` where a row
//! had another status: where it goes on, the number tells the status.

use super::tags::all_differ;
use crate::Dialect;
use crate::act::{NULL, Rest, Value};
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};

/// A column that holds a constant for each value of another one that was named, and NULL for the others.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Named {
    pub(in crate::judge) column: Id,
    pub(in crate::judge) own: Id,
    /// What that one carried.
    values: Vec<Id>,
    constants: Vec<String>,
}

impl Run<'_> {
    /// An UPDATE of all rows has set the column.
    pub(super) fn note_case(&mut self, key: &Key, table: &Table, column: Id, value: &Value) {
        let alone = table.parents.is_empty() && self.offspring(table.id).is_empty();
        if self.dialect != Dialect::Postgres || self.perhaps > 0 || !alone {
            return;
        }
        let Value::Mapped {
            value: of,
            pairs,
            rest: Rest::Null,
        } = value
        else {
            return;
        };
        let Value::Column(_, read) = &**of else {
            return;
        };
        let Some(own) = table.column(self.dialect, read) else {
            return;
        };
        let Some(written) = table.columns.of_id(column) else {
            return;
        };
        let required = table.required(self.dialect)(&own.is);
        let constants: Vec<String> = pairs.iter().map(|(_, to)| to.clone()).collect();
        let exact = |(from, _): &(String, String)| self.is_met_exactly(key, own, from);
        let told = own.id != column
            && required
            && !constants.iter().any(|to| to == NULL)
            && all_differ(self.dialect, &constants)
            && self.takes(table, &written.is, &constants)
            && pairs.iter().all(exact);
        let tied = !self.ledger.ties.of(own.id).is_empty();
        let values = self.ledger.values(own.id);
        if told && !tied && !values.is_empty() {
            self.ledger.to_prove.push(Named {
                column,
                own: own.id,
                values,
                constants,
            });
        }
    }

    /// Each row has a value in the column.
    pub(in crate::judge) fn prove_named(&mut self, column: Id) {
        let named = self
            .ledger
            .to_prove
            .iter()
            .position(|named| named.column == column);
        let Some(named) = named.map(|at| self.ledger.to_prove.remove(at)) else {
            return;
        };
        let there = self.ledger.values(named.own);
        if named.values.iter().all(|value| there.contains(value)) {
            self.ledger.hold_together(column, &named.values, &[]);
            // What stands there is not what came.
            self.ledger.grown.add(column);
            self.ledger.set_constants(column, named.constants);
        }
    }
}
