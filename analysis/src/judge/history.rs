//! What becomes of what MariaDB keeps of the rows that a table had?

use super::losses::Other;
use super::run::Run;
use crate::schema::Key;
use crate::{Age, LossKind};

impl Run<'_> {
    /// `ADD SYSTEM VERSIONING`: from here on the table keeps what its rows were.
    pub(super) fn add_history(&mut self, key: &Key) {
        let id = self.schema.fresh();
        self.ledger.created.add(id);
        if let Some(table) = self.schema.table_mut(key) {
            table.history = Some(id);
        }
    }

    /// What the rows of a table were goes, with the versioning or without.
    pub(super) fn drop_history(&mut self, key: &Key) {
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        let id = table.history.unwrap_or(table.id);
        if self.ledger.created.contains(&id) {
            return;
        }
        let age = if self.born.contains(&id) {
            Age::SinceUp
        } else {
            Age::Older
        };
        let object = self.object_at(key, &table.name);
        let cause = self.cause(LossKind::DropOther);
        self.others.push(Other { object, age, cause });
    }
}
