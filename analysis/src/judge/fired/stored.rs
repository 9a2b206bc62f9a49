//! Which functions run because a row is written: those in defaults, checks, generated columns and indexes?
//!
//! Only functions that the migrations made are followed. The server's own change nothing when they compute a value.

use crate::judge::run::Run;
use std::sync::Arc;

use crate::act::{Insert, Restriction, Rows, Value};
use crate::family;
use crate::schema::{Key, Table};

impl Run<'_> {
    /// New rows have values in some columns, and defaults in the others. A query may yield no row, and a trigger may skip
    /// it.
    pub(in crate::judge) fn compute_for_new(&mut self, key: &Key, insert: &Insert, skipped: bool) {
        let Some(table) = self.computing(key) else {
            return;
        };
        // A row without a list of columns has a value for each of the first ones.
        let place = |at: usize, name: &str| match insert.columns.is_empty() {
            true => Some(at),
            false => insert.columns.iter().position(|own| self.same(own, name)),
        };
        let is_given = |at: usize| match &insert.rows {
            Rows::Values(rows) => rows
                .iter()
                .all(|row| row.get(at).is_some_and(|value| *value != Value::Default)),
            Rows::Query(_) | Rows::Outside => true,
        };
        let columns = table.columns.iter().enumerate();
        let defaults = columns.filter(|(at, c)| !place(*at, &c.is.name).is_some_and(is_given));
        let texts = defaults.filter_map(|(_, column)| column.is.default.clone());
        let texts: Vec<String> = texts.collect();
        let written = matches!(insert.rows, Rows::Values(_));
        self.compute(&texts, written);
        self.compute(&checks(&table), written && !skipped);
        self.compute(&self.computed_for_each(&table), false);
    }

    /// The columns are set to these values in rows of the table.
    pub(in crate::judge) fn compute_for_changed(&mut self, key: &Key, sets: &[(String, Value)]) {
        let Some(table) = self.computing(key) else {
            return;
        };
        let asked = sets.iter().filter(|(_, value)| *value == Value::Default);
        let columns = asked.filter_map(|(name, _)| table.column(self.dialect, name));
        let mut texts: Vec<String> = columns.filter_map(|c| c.is.default.clone()).collect();
        texts.extend(checks(&table));
        texts.extend(self.computed_for_each(&table));
        self.compute(&texts, false);
    }

    /// The functions that the texts call run: `surely` where there is a row, unless a text leaves some of them out.
    pub(in crate::judge) fn compute(&mut self, texts: &[String], surely: bool) {
        if self.schema.routines.is_empty() {
            return;
        }
        for text in texts {
            self.spend(text.len() / 8);
            if self.is_exhausted() {
                return;
            }
            let surely = surely && !family::may_skip(self.dialect, text);
            let called = family::called_in(self.dialect, text);
            self.as_bound(|run| run.evaluate(&called, surely));
        }
    }

    /// The table, where functions may run for its rows.
    fn computing(&self, key: &Key) -> Option<Arc<Table>> {
        if self.schema.routines.is_empty() {
            return None;
        }
        self.schema.tables.get(key).cloned()
    }

    /// What else may be computed when a row is written.
    fn computed_for_each(&self, table: &Table) -> Vec<String> {
        let columns = &table.columns;
        let generated = columns.iter().filter_map(|c| c.is.generated.clone());
        let mut texts: Vec<String> = generated.collect();
        let types = columns.iter().filter_map(|c| c.is.ty.as_deref());
        texts.extend(types.filter_map(|ty| Some(self.type_named(ty)?.text.clone())));
        let indexes = self.schema.indexes_of(table.id);
        self.spend(indexes.len());
        texts.extend(indexes.iter().map(|(_, index)| index.text.clone()));
        texts
    }
}

/// The conditions on the rows of a table.
fn checks(table: &Table) -> Vec<String> {
    let checks = table.all_constraints();
    let checks = checks.filter(|c| matches!(c.rule, Restriction::Check | Restriction::Exclude));
    checks.map(|check| check.text.clone()).collect()
}
