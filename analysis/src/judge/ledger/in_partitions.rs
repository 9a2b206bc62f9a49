//! Does a table of PostgreSQL hold anything but what stands in its partitions?
//!
//! One that has partitions has no rows of its own (<https://www.postgresql.org/docs/15/ddl-partitioning.html>), so what was copied of
//! each partition was copied of the whole.

use std::sync::Arc;

use super::hits::{Cause, Datum, Hit};
use crate::Dialect;
use crate::judge::ledger::cuts::Rows;
use crate::judge::run::Run;
use crate::schema::{Id, Table};

impl Run<'_> {
    /// What the hits since `from` have destroyed of a table they have destroyed of each of its partitions.
    pub(in crate::judge) fn find_in_partitions(
        &mut self,
        table: &Table,
        from: usize,
        cause: Cause,
    ) {
        let Some(leaves) = self.leaves(table) else {
            return;
        };
        self.spend(leaves.len() * table.columns.len());
        if self.is_exhausted() {
            return;
        }
        let all = |leaf: &Arc<Table>| (Arc::clone(leaf), self.ledger.all_of(leaf, cause));
        let leaves: Vec<(Arc<Table>, Vec<Hit>)> = leaves.iter().map(all).collect();
        let hits = leaves.iter().flat_map(|(_, hits)| hits);
        let rows = hits.filter(|hit| matches!(hit.datum, Datum::Rows(_)));
        let rows: Vec<Hit> = rows.cloned().collect();
        let parts = |hit: &Hit| match &hit.datum {
            Datum::Rows(own) if own.table == table.id => rows.clone(),
            Datum::Value { column, .. } if column.home() == table.id => {
                let values = leaves
                    .iter()
                    .flat_map(|(leaf, hits)| self.in_leaf(table, *column, leaf, hits));
                rows.iter().chain(values).cloned().collect()
            }
            _ => Vec::new(),
        };
        let parts: Vec<Vec<Hit>> = self.ledger.hits[from..].iter().map(parts).collect();
        for (hit, parts) in self.ledger.hits[from..].iter_mut().zip(parts) {
            hit.parts = parts;
        }
    }

    /// Those of the hits of a partition that are about a column of the whole.
    fn in_leaf<'h>(
        &self,
        table: &Table,
        column: Id,
        leaf: &Table,
        hits: &'h [Hit],
    ) -> impl Iterator<Item = &'h Hit> {
        let own = table.columns.iter().find(|own| own.id == column);
        let there = own.and_then(|own| leaf.column(self.dialect, &own.is.name));
        let values = there.map(|there| self.ledger.values(there.id));
        hits.iter().filter(move |hit| match &hit.datum {
            Datum::Value { column, .. } => values.iter().flatten().any(|value| value == column),
            _ => false,
        })
    }

    /// The partitions that have none themselves, of a table that had all of its rows in them since the direction began; none where
    /// a row may have come from one into another, or nothing was copied.
    fn leaves(&self, table: &Table) -> Option<Vec<Arc<Table>>> {
        let whole = Rows {
            table: table.id,
            cut: 0,
        };
        let moves = |whole: Id| self.ledger.is_any_disturbed(whole);
        let holds = self.dialect == Dialect::Postgres
            && self.ledger.has_copies()
            && self.ledger.rows(table.id).contains(&whole);
        if !holds || table.open || moves(table.id) {
            return None;
        }
        let (mut leaves, mut todo) = (Vec::new(), vec![table.id]);
        while let Some(id) = todo.pop() {
            for key in self.offspring(id) {
                let part = self.schema.tables.get(&key)?;
                let new = self.ledger.created.contains(&part.id)
                    || self.ledger.partitioned.contains_key(&part.id);
                if !part.partition || part.open || new {
                    return None;
                }
                match self.offspring(part.id).is_empty() {
                    true => leaves.push(Arc::clone(part)),
                    false if moves(part.id) => return None,
                    false => todo.push(part.id),
                }
            }
        }
        (!leaves.is_empty()).then_some(leaves)
    }
}
