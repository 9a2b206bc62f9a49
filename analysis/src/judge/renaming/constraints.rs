//! What follows a constraint to its new name?

use super::super::run::Run;
use crate::act::Constraint;
use crate::schema::Key;
use std::sync::Arc;

impl Run<'_> {
    pub(in crate::judge) fn rename_constraint(&mut self, key: &Key, from: &str, to: &str) {
        self.keep_names(key);
        let Some(table) = self.schema.table_mut(key) else {
            return;
        };
        let is_it = |constraint: &Constraint| constraint.name.as_deref() == Some(from);
        let rename = |constraint: &mut Constraint| {
            if is_it(constraint) {
                constraint.name = Some(to.to_owned());
            }
        };
        Arc::make_mut(&mut table.constraints)
            .iter_mut()
            .for_each(rename);
        for column in table.columns.iter_mut() {
            if column.is.constraints.iter().any(is_it) {
                let own = Arc::make_mut(&mut column.is);
                own.constraints.iter_mut().for_each(rename);
            }
        }
    }
}
