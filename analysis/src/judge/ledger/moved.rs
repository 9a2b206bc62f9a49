//! Which values stand in another column of their row, in the rows that a condition picks?
//!
//! `UPDATE t SET phone = contact WHERE kind = 'phone'` and then `UPDATE t SET contact = NULL WHERE kind = 'phone'` lose nothing, as long
//! as the kind of each row can be read. Nor does it matter whether it can where each row has its value in one of several new columns, and
//! nothing in the others.

use super::Ledger;
use super::census::Census;
use super::cuts::Rows;
use super::hits::Picked;
use super::pieces::are_all;
use crate::act::Filter;
use crate::judge::flow::among::Among;
use crate::judge::flow::portion::Portion;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{Id, Table};

/// A value that an UPDATE of some rows has put into another column of the same table.
#[derive(Debug, Clone)]
pub(crate) struct Moved {
    value: Id,
    of: Rows,
    pub(super) portion: Portion,
    at: Id,
    into: Id,
    /// No other row has anything there, and each of those that were picked has.
    marks: bool,
}

/// A value of which each row has its own in just one of several columns.
#[derive(Debug, Clone)]
pub(crate) struct Split {
    value: Id,
    of: Rows,
    at: Id,
    into: Vec<Id>,
    /// What is told by which of them it is.
    told: Vec<Id>,
}

impl Ledger {
    /// A column may hold something else than what was put there.
    pub(in crate::judge) fn unmove_into(&mut self, column: Id) {
        self.moved.retain(|moved| moved.into != column);
        self.splits.retain(|split| !split.into.contains(&column));
    }

    /// Rows of the table came or went.
    pub(super) fn unmove_at(&mut self, table: Id) {
        self.moved.retain(|moved| moved.at != table);
        self.splits.retain(|split| split.at != table);
    }

    /// The value of those rows may stand in one column or another of each by now.
    fn note_split(&mut self, value: Id, of: Rows, at: Id) {
        let is_piece = |moved: &&Moved| {
            moved.value == value && moved.of == of && moved.at == at && moved.marks
        };
        let pieces: Vec<&Moved> = self.moved.iter().filter(is_piece).collect();
        if pieces.len() < 2 || !are_all(pieces.iter().map(|moved| &moved.portion)) {
            return;
        }
        let among = pieces
            .iter()
            .filter_map(|moved| moved.portion.among.as_ref());
        let told: Vec<&[Id]> = among.map(Among::pinned).collect();
        let by_each = |id: &&Id| told.len() == pieces.len() && told.iter().all(|t| t.contains(id));
        let told = told.first().into_iter().copied().flatten();
        let split = Split {
            value,
            of,
            at,
            into: pieces.iter().map(|moved| moved.into).collect(),
            told: told.filter(by_each).copied().collect(),
        };
        self.splits.push(split);
    }
}

impl Run<'_> {
    /// The values were set in the column `into` of their own rows, in those that the condition picks, which can be told again.
    pub(in crate::judge) fn move_within(
        &mut self,
        table: &Table,
        own: &Placed,
        filter: &Filter,
        into: Id,
        marks: bool,
        values: Vec<Id>,
    ) {
        if !filter.is_repeatable() || !filter.tables.is_empty() {
            return;
        }
        let portion = self.portion(own, filter);
        for value in values {
            if let Some(of) = self.ledger.rows_of(table.id, value.home()) {
                self.ledger.moved.push(Moved {
                    value,
                    of,
                    portion: portion.clone(),
                    at: table.id,
                    into,
                    marks,
                });
                self.ledger.note_split(value, of, table.id);
            }
        }
    }
}

impl Census<'_> {
    /// Whether the rows that a condition picked have the value in another column.
    pub(super) fn is_moved(&self, value: Id, rows: Rows, picked: &Picked) -> bool {
        self.moves(value, rows).any(|moved| {
            moved.portion.from == Some(picked.from) && moved.portion.filter == picked.filter
        })
    }

    /// Whether each row has the value in one other column or another.
    pub(super) fn is_moved_in_pieces(&self, value: Id, rows: Rows) -> bool {
        !self.ledger.moved.is_empty()
            && are_all(self.moves(value, rows).map(|moved| &moved.portion))
    }

    /// Whether each row has the value in one column of several, or has it told by which of them that is.
    pub(super) fn is_split(&self, value: Id, rows: Rows) -> bool {
        self.ledger.splits.iter().any(|split| {
            (split.value == value || split.told.contains(&value))
                && split.of == rows
                && split.into.iter().all(|into| self.stands(split.at, *into))
        })
    }

    /// Where the value was put of those rows, and is still.
    fn moves(&self, value: Id, rows: Rows) -> impl Iterator<Item = &Moved> {
        let moved = self.ledger.moved.iter();
        moved.filter(move |moved| {
            moved.value == value && moved.of == rows && self.stands(moved.at, moved.into)
        })
    }

    /// Whether the table lasts, and has the column.
    fn stands(&self, table: Id, column: Id) -> bool {
        let table = self.table(table);
        table.is_some_and(|table| table.columns.of_id(column).is_some())
    }
}
