//! Does each value of a column come into a table, although not each row?

use super::flow::{Flow, Relation};
use super::lookup::Gathered;
use super::run::Run;
use crate::Dialect;
use crate::act::{Conflict, Restriction};
use crate::schema::{Id, Table};

impl Run<'_> {
    /// Each value of some columns comes into a table: nothing is left out but what is there already.
    pub(super) fn gather(
        &mut self,
        table: &Table,
        targets: &[Option<Id>],
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
            let named = |column: &&crate::schema::Column| column.id == target;
            let name = table.columns.iter().find(named).map(|c| &c.is.name);
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
    fn skips_only(&self, table: &Table, targets: &[Option<Id>], name: &str) -> bool {
        let given = |name: &String| {
            let column = table.column(self.dialect, name);
            column.is_none_or(|column| targets.contains(&Some(column.id)))
        };
        let harmless = |columns: &[String]| {
            matches!(columns, [own] if self.same(own, name)) || !columns.iter().any(given)
        };
        let indexes = self.schema.indexes_of(table.id);
        // IGNORE of MySQL changes what does not fit, too.
        self.dialect != Dialect::MySql
            && !table.open
            && table.on_conflict == Conflict::Fail
            && table.all_constraints().all(|c| match &c.rule {
                Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => {
                    harmless(columns)
                }
                Restriction::Check | Restriction::Exclude => self.dialect == Dialect::Postgres,
                _ => true,
            })
            && indexes
                .iter()
                .all(|(_, index)| !index.unique || harmless(&index.columns))
    }
}
