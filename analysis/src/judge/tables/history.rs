//! What becomes of what MariaDB keeps of the rows that a table had?

use crate::judge::ledger::losses::Other;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::{Age, LossKind};

impl Run<'_> {
    /// `ADD SYSTEM VERSIONING`: from here on the table keeps what its rows were.
    pub(in crate::judge) fn add_history(&mut self, key: &Key) {
        let id = self.new_history();
        if let Some(table) = self.schema.table_mut(key) {
            table.history = Some(id);
        }
    }

    /// What rows will have been, by its own id: it may be younger than they are.
    pub(in crate::judge) fn new_history(&mut self) -> Id {
        let id = self.schema.fresh();
        self.ledger.created.add(id);
        id
    }

    /// What the rows of a table were goes, with the table, with the versioning, or alone.
    pub(in crate::judge) fn delete_history(&mut self, key: &Key) {
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
