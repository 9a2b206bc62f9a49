//! Which rows does a server number by itself?

use crate::act::Column as Written;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::{Dialect, LossKind};

impl Run<'_> {
    /// Whether a NULL that is put into the column becomes the next number.
    pub(in crate::judge) fn numbers_rows(&self, key: &Key, new: &Written) -> bool {
        let table = self.schema.table(key);
        table.is_some_and(|table| table.is_rowid(self.dialect, new))
    }

    /// Whether a 0 that is put into the column becomes the next number, where it comes from a column that is `numbered` or not.
    /// (<https://mariadb.com/kb/en/auto_increment/>)
    pub(in crate::judge) fn renumbers(&self, new: &Written, numbered: bool) -> bool {
        self.dialect == Dialect::MySql && new.identity && !numbered
    }

    pub(super) fn renumber(&mut self, key: &Key, column: Id) {
        let Some(table) = self.schema.table(key).map(|table| table.id) else {
            return;
        };
        let cause = self.cause(LossKind::Update);
        let (kept, numbered): (Vec<Id>, Vec<Id>) = self
            .ledger
            .values(column)
            .into_iter()
            .partition(|value| self.keeps_number(*value));
        for value in numbered {
            self.ledger.hit_value(table, value, cause);
        }
        self.ledger.set_values(column, kept);
    }

    /// Whether what stood in the column at the start stays as it is in one that is numbered: NULL never does.
    pub(in crate::judge) fn keeps_number(&self, value: Id) -> bool {
        self.was_numbered(value) || (self.keeps_zeros && self.was_required(value))
    }

    /// Whether the column was numbered at the start, so that there was no 0 in it.
    pub(in crate::judge) fn was_numbered(&self, value: Id) -> bool {
        self.at_start(value, |_, column| column.identity)
    }
}
