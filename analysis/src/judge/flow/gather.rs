//! Does each value of a column come into a table, although not each row?

use super::keys::{is_plain, words};
use crate::Dialect;
use crate::act::{Conflict, Restriction};
use crate::judge::flow::targets::Targets;
use crate::judge::flow::{Flow, Relation};
use crate::judge::run::Run;
use crate::judge::values::lookup::Gathered;
use crate::schema::{Column, Table};

impl Run<'_> {
    /// Each value of some columns comes into a table: nothing is left out but what is there already.
    pub(in crate::judge) fn gather(
        &mut self,
        table: &Table,
        targets: &Targets,
        relation: &Relation,
        skips: bool,
    ) {
        let rows = match relation.appear.is_empty() {
            true => &relation.rows,
            false => &relation.appear,
        };
        if rows.is_empty() {
            return;
        }
        let is_plain = |flow: &Flow| flow.plain && !flow.shifted && !flow.values.is_empty();
        for (target, flow) in targets.iter().zip(&relation.columns) {
            let Some(target) = target.filter(|_| is_plain(flow)) else {
                continue;
            };
            self.spend(table.columns.len() / 16);
            if self.is_exhausted() {
                return;
            }
            let name = table.columns.of_id(target).map(|c| &c.is.name);
            if name.is_none_or(|name| skips && !self.skips_only(table, targets, name)) {
                continue;
            }
            let kept = self.ledger.values(target);
            let kept = flow.values.iter().all(|value| kept.contains(value));
            if kept && !self.ledger.is_shifted(target) {
                self.ledger.lookups.gathered.push(Gathered {
                    table: table.id,
                    column: target,
                    values: flow.values.clone(),
                    rows: rows.clone(),
                });
            }
        }
    }

    /// Whether a row is left out only where another one has the same value in the column.
    fn skips_only(&self, table: &Table, targets: &Targets, name: &str) -> bool {
        let is_given = |column: &Column| targets.place(column.id).is_some();
        // Nothing but the database numbers the rows of a new table that is filled once.
        let is_new = self.ledger.created.contains(&table.id)
            && self.fillings.get(&table.id) == Some(&1)
            && self.ledger.rows(table.id).is_empty();
        let numbers = |column: &Column| {
            !is_given(column)
                && match self.dialect {
                    Dialect::Sqlite => table.is_rowid(self.dialect, &column.is),
                    Dialect::Postgres => is_new && column.is.identity && counts_on(&column.is.text),
                    Dialect::MySql => false,
                }
        };
        let harmless = |columns: &[String], text: &str| match columns {
            [own] if is_plain(text) => {
                let column = table.column(self.dialect, own);
                self.same(own, name) || column.is_some_and(numbers)
            }
            _ => false,
        };
        // What SQLite leaves out for lack of a value.
        let is_filled = |column: &Column| {
            let default = column.is.default.as_deref();
            self.dialect != Dialect::Sqlite
                || !column.is.not_null
                || self.same(&column.is.name, name)
                || numbers(column)
                || (!is_given(column)
                    && default.is_some_and(|text| !text.to_ascii_lowercase().contains("null")))
        };
        let indexes = self.schema.indexes_of(table.id);
        // IGNORE of MySQL changes what does not fit, too.
        self.dialect != Dialect::MySql
            && !table.open
            && table.storage.on_conflict == Conflict::Fail
            && self.partitions(table.id).is_empty()
            && table.columns.iter().all(is_filled)
            && table.all_constraints().all(|c| match &c.rule {
                Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => {
                    harmless(columns, &c.text)
                }
                Restriction::Check => self.dialect == Dialect::Postgres,
                Restriction::Exclude => false,
                _ => true,
            })
            && indexes
                .iter()
                .all(|(_, index)| !index.unique || harmless(&index.columns, &index.text))
    }
}

/// Whether a number that the database gives is never given twice.
fn counts_on(text: &str) -> bool {
    !words(text).iter().any(|word| word == "cycle")
}
