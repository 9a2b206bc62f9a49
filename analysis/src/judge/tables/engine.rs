//! What becomes of rows when their table gets another engine?

use std::sync::Arc;

use crate::LossKind;
use crate::act::{Constraint, Engine, Restriction};
use crate::judge::run::Run;
use crate::schema::Key;

impl Run<'_> {
    pub(super) fn set_engine(&mut self, key: &Key, engine: Engine) {
        let volatile = engine.is_transient();
        if volatile && let Some(table) = self.schema.tables.get(key).cloned() {
            let cause = self.cause(LossKind::DropOther);
            self.ledger.hit_table(&table, cause);
        }
        if let Some(table) = self.schema.table_mut(key) {
            table.first = None;
            table.transient = volatile || table.temporary;
            table.engine = engine;
            if engine != Engine::Merge {
                table.members.clear();
            }
            if engine != Engine::Transactional {
                // Others keep no foreign keys. (<https://mariadb.com/kb/en/foreign-keys/>)
                let is_kept = |c: &Constraint| !matches!(c.rule, Restriction::ForeignKey { .. });
                Arc::make_mut(&mut table.constraints).retain(is_kept);
            }
        }
    }
}
