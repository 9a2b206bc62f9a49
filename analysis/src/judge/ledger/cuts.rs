//! Which rows are left where some were deleted, and whose are they?

use super::Ledger;
use super::hits::Picked;
use crate::schema::{Id, Table};
use std::hash::Hash;
use std::sync::Arc;

/// The rows of a table: all that it had at the start (`cut` 0), or what was left after a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Rows {
    pub(crate) table: Id,
    pub(crate) cut: usize,
}

/// A deletion: which rows were there before it.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    before: Rows,
    /// How many deletions lie behind it.
    depth: usize,
    /// The rows before several deletions, to look back far.
    far: Rows,
    /// Which rows went, where that is known.
    picked: Option<Arc<Picked>>,
}

impl Ledger {
    /// Rows of `before` are deleted: what is left.
    pub(crate) fn cut(&mut self, before: Rows, picked: Option<Arc<Picked>>) -> Rows {
        let far = self.far(before);
        let (here, there) = (self.depth(before), self.depth(far));
        // Two leaps of the same length become one, so that no way back takes more than a few.
        let far = match here - there == there - self.depth(self.far(far)) {
            true => self.far(far),
            false => before,
        };
        self.cuts.push(Cut {
            before,
            depth: here + 1,
            far,
            picked,
        });
        Rows {
            table: before.table,
            cut: self.cuts.len(),
        }
    }

    /// Which rows there were before the deletion that left these, and which of them went.
    pub(crate) fn cut_from(&self, left: Rows) -> Option<(Rows, Option<&Picked>)> {
        let cut = self.made_by(left)?;
        Some((cut.before, cut.picked.as_deref()))
    }

    /// Rows of `table` were deleted by the condition `filter`.
    pub(crate) fn note_cut(&mut self, table: Id, filter: &str) {
        let changes = self.changes(table);
        self.cut_by.insert(table, (filter.to_owned(), changes));
    }

    /// Whether the last thing that was done to `table` is a deletion by the same condition.
    pub(crate) fn is_cut_by(&self, table: Id, filter: &str) -> bool {
        let last = self.cut_by.get(&table);
        last.is_some_and(|(by, changes)| by == filter && *changes == self.changes(table))
    }

    fn made_by(&self, rows: Rows) -> Option<&Cut> {
        self.cuts.get(rows.cut.checked_sub(1)?)
    }

    fn depth(&self, rows: Rows) -> usize {
        self.made_by(rows).map_or(0, |cut| cut.depth)
    }

    fn far(&self, rows: Rows) -> Rows {
        self.made_by(rows).map_or(rows, |cut| cut.far)
    }

    /// Whether every row of `needed` is among those of `held`: whether `needed` was cut from it.
    pub(crate) fn covers(&self, held: Rows, needed: Rows) -> bool {
        let depth = self.depth(held);
        let mut at = needed;
        while let Some(cut) = self.made_by(at).filter(|cut| cut.depth > depth) {
            at = match self.depth(cut.far) >= depth {
                true => cut.far,
                false => cut.before,
            };
        }
        at == held
    }

    pub(crate) fn holds_rows(&self, table: &Table, needed: Rows) -> bool {
        self.rows(table.id)
            .iter()
            .any(|held| self.covers(*held, needed))
    }
}
