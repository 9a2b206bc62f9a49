//! Where among the others does a column of MySQL come back?

use super::Invert;
use crate::Dialect;
use crate::act::{Act, Name};

impl Invert<'_> {
    /// `FIRST`, or `AFTER` the nearest column before it that the up did not make, with a blank in front; none where the
    /// database or nobody knows of an order.
    pub(super) fn place(&self, table: &Name, column: &str) -> Option<String> {
        let at_hand = self.course.steps.get(self.at).map(|step| &step.act);
        // The acts of a block are undone one by one, and the schema between them is not known.
        if self.dialect != Dialect::MySql || matches!(at_hand, Some(Act::Block { .. })) {
            return None;
        }
        let table = self.table(table).filter(|table| !table.open)?;
        let id = table.column(self.dialect, column)?.id;
        let mut before = table
            .columns
            .iter()
            .rev()
            .skip_while(|c| c.id != id)
            .skip(1);
        let stood = before.find(|column| !self.run.ledger.created.contains_key(&column.id));
        Some(match stood {
            Some(stood) => format!(" AFTER {}", self.ident(&stood.is.name)),
            None => " FIRST".to_owned(),
        })
    }

    /// Likewise; nothing for the last column, which is where a new one goes.
    pub(super) fn place_unless_last(&self, table: &Name, column: &str) -> String {
        let last = self.table(table).and_then(|table| table.columns.last());
        let is_last =
            last.is_some_and(|last| crate::schema::same(self.dialect, &last.is.name, column));
        let place = if is_last {
            None
        } else {
            self.place(table, column)
        };
        place.unwrap_or_default()
    }
}
