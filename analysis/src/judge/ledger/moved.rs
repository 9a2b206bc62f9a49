//! Which values stand in another column of their row, in the rows that a condition picks?
//!
//! `UPDATE t SET phone = contact WHERE kind = 'phone'` and then `UPDATE t SET contact = NULL WHERE kind = 'phone'` lose nothing, as long
//! as the kind of each row can be read.

use super::Ledger;
use super::census::Census;
use super::cuts::Rows;
use super::hits::Picked;
use super::pieces::are_all;
use crate::act::Filter;
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
}

impl Ledger {
    /// A column may hold something else than what was put there.
    pub(in crate::judge) fn unmove_into(&mut self, column: Id) {
        self.moved.retain(|moved| moved.into != column);
    }

    /// Rows of the table came or went.
    pub(super) fn unmove_at(&mut self, table: Id) {
        self.moved.retain(|moved| moved.at != table);
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
                });
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

    /// Where the value was put of those rows, and is still.
    fn moves(&self, value: Id, rows: Rows) -> impl Iterator<Item = &Moved> {
        self.ledger.moved.iter().filter(move |moved| {
            let stands = || {
                let table = self.table(moved.at);
                table.is_some_and(|table| table.columns.of_id(moved.into).is_some())
            };
            moved.value == value && moved.of == rows && stands()
        })
    }
}
