//! What does a column that must hold a value make of its NULLs?

use crate::act::Column as Written;
use crate::judge::refuse::bounds::Fitting;
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};
use crate::types::Fit;
use crate::{Dialect, Limit};

impl Run<'_> {
    /// A primary key takes no NULL: a server of MySQL that is not strict puts the type's zero there.
    pub(in crate::judge) fn forbid_nulls(&mut self, key: &Key, columns: &[String]) {
        if self.dialect == Dialect::Sqlite {
            return;
        }
        for name in columns {
            let Some(column) = self.column(key, name) else {
                continue;
            };
            let written = self.written(key, column);
            let nullable = written.is_some_and(|c| c.ty.is_some() && !c.not_null)
                && !self.ledger.left.is_present(column);
            if nullable && self.dialect == Dialect::MySql {
                let ty = written.and_then(|c| c.ty.clone()).unwrap_or_default();
                let fitting = Fitting {
                    fit: Fit::Cuts,
                    asks: vec![Limit::NotNull],
                };
                self.apply_fit(key, column, fitting, Some(&ty), &ty, None);
                self.doubt_reference(key, name);
            } else if nullable {
                self.ask_present(key, column);
            }
            self.with_column(key, name, |c| c.not_null = true);
        }
    }

    pub(in crate::judge) fn set_not_null(&mut self, key: &Key, name: &str, on: bool) {
        let Some(column) = self.column(key, name) else {
            let object = self.object_of_column(key, name);
            self.note(Noted::Missing { object });
            return;
        };
        let nullable = self
            .written(key, column)
            .is_some_and(|written| !written.not_null)
            && !self.ledger.left.is_present(column);
        if on && nullable {
            self.refuse_absent(key, column);
            if let Some(column) = self.column(key, name) {
                self.ask_present(key, column);
            }
        }
        let primary = self.schema.table(key).and_then(|table| {
            let columns = table.primary_key()?;
            let within = columns.iter().any(|column| self.same(column, name));
            within.then(|| table.name.name.clone())
        });
        if let Some(table) = primary.filter(|_| !on && self.dialect == Dialect::Postgres) {
            self.refuse_always(format!("`{table}.{name}` is in the primary key"));
            return;
        }
        // Behind a condition it may not have been said.
        if !on || self.perhaps == 0 {
            self.with_column(key, name, |c| c.not_null = on);
        }
        if on && self.perhaps == 0 && self.dialect == Dialect::Postgres {
            self.leave_no_null(column);
        }
    }

    /// Whether the column held a value in every row at the start. A copy that the up made of a query holds
    /// one where what it was made of did.
    pub(in crate::judge) fn was_required(&self, value: Id) -> bool {
        let required = |table: &Table, column: &Written| table.required(self.dialect)(column);
        self.given.contains(&value) || self.at_start(value, required)
    }
}
