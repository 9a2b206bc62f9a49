//! What happens to the partitions and heirs of a table that is changed?

use crate::LossKind;
use crate::act::Change;
use crate::judge::run::Run;
use crate::judge::work::STEP;
use crate::schema::Key;

impl Run<'_> {
    /// What happens to a table's columns happens to those of its partitions, and of the tables that inherit from it.
    pub(super) fn change_offspring(&mut self, key: &Key, change: &Change) {
        if !concerns_offspring(change) {
            return;
        }
        let mut todo = self.offspring_at(key);
        while let Some(child) = todo.pop() {
            let width = self.schema.table(&child).map_or(0, |t| t.columns.len());
            self.spend(STEP + width / 16);
            if self.is_exhausted() {
                return;
            }
            self.register(&child);
            let hits = self.ledger.hits.len();
            match change {
                Change::AddColumn { column, .. } => self.add_column(&child, column, true, None),
                // An heir keeps it, as a column of its own, and its NULLs.
                Change::DropColumn { .. } | Change::SetNotNull(_) if self.only => return,
                Change::DropColumn { name, .. } => {
                    self.drop_column(&child, name, true, LossKind::DropColumn);
                }
                Change::RenameColumn { from, to } => self.rename_column(&child, from, to),
                Change::SetType {
                    column,
                    ty,
                    using,
                    turn,
                } => {
                    self.set_type(&child, column, ty, using.as_ref(), *turn);
                }
                Change::DropExpression(column) => self.drop_expression(&child, column),
                Change::SetNotNull(column) => self.set_not_null(&child, column, true),
                Change::DropNotNull(column) => self.set_not_null(&child, column, false),
                Change::SetDefault { column, default } => {
                    self.with_column(&child, column, |c| c.default.clone_from(default));
                }
                _ => {}
            }
            // The rows of a partition are its parent's.
            if self
                .schema
                .table(&child)
                .is_some_and(|table| table.partition)
            {
                self.ledger.hits.truncate(hits);
            }
            todo.extend(self.offspring_at(&child));
        }
    }

    /// The partitions and heirs of the table at `key`, the last one first.
    fn offspring_at(&self, key: &Key) -> Vec<Key> {
        let id = self.schema.table(key).map(|table| table.id);
        let mut found = id.map_or_else(Vec::new, |id| self.offspring(id));
        found.reverse();
        found
    }
}

fn concerns_offspring(change: &Change) -> bool {
    matches!(
        change,
        Change::AddColumn { .. }
            | Change::DropColumn { .. }
            | Change::RenameColumn { .. }
            | Change::SetType { .. }
            | Change::DropExpression(_)
            | Change::SetNotNull(_)
            | Change::DropNotNull(_)
            | Change::SetDefault { .. }
    )
}
