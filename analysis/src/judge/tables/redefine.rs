//! What do MySQL's MODIFY and CHANGE make of a column?

use crate::act::{Column as Written, Restriction};
use crate::judge::refuse::bounds::{Fitting, limit};
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::judge::values::narrower::becomes_numbers;
use crate::schema::{Id, Key};
use crate::types::{Cast, Fit};
use crate::{Dialect, Limit};

impl Run<'_> {
    /// MySQL's MODIFY and CHANGE: the column, where it is there.
    pub(in crate::judge) fn redefine(
        &mut self,
        key: &Key,
        from: &str,
        new: &Written,
        if_exists: bool,
    ) -> Option<Id> {
        let Some(column) = self.column(key, from) else {
            if !if_exists {
                let object = self.object_of_column(key, from);
                self.note(Noted::Missing { object });
            }
            return None;
        };
        let old = self.written(key, column).cloned()?;
        if new.generated.is_none() {
            self.fix(key, from);
        }
        if !self.same(from, &new.name) {
            self.rename_column(key, from, &new.name);
        }
        let charset = self
            .schema
            .table(key)
            .and_then(|table| table.charset.clone());
        let held = self.ledger.constants(column);
        let mut asks = Vec::new();
        let mut labels = Vec::new();
        let mut told_apart = true;
        let fit = match (&old.ty, &new.ty) {
            (Some(was), Some(is)) => {
                let text = is;
                let was = self
                    .type_of(was)
                    .with_charset(old.charset.as_deref().or(charset.as_deref()));
                let is = self
                    .type_of(is)
                    .with_charset(new.charset.as_deref().or(charset.as_deref()));
                let merged = self.merges_labels(key, (&old, &was), (new, &is));
                let keeps = self.keeps_labels(column, &was, &is)
                    || becomes_numbers(&was, &is)
                    || self.narrow_fits(column, &is)
                    || (!held.is_empty() && self.suits(text, &held));
                let fit = match keeps {
                    _ if merged => Fit::Cuts,
                    true => Fit::Keeps,
                    false => crate::types::fit(self.dialect, &was, &is, Cast::Assigned),
                };
                if !merged {
                    labels = self.labels_after(column, &was, &is);
                }
                told_apart = !merged;
                if fit != Fit::Keeps {
                    asks.push(limit(&was, &is, text));
                }
                fit
            }
            _ => Fit::Unknown,
        };
        let compared = |c: &Written| (c.ty.clone(), c.charset.clone(), c.collation.clone());
        if compared(&old) != compared(new)
            && let Some(table) = self.schema.table(key).map(|table| table.id)
        {
            // A condition on it may pick other rows from here on.
            self.ledger.disturb(table, &new.name);
            let holds = fit == Fit::Keeps && !self.ledger.is_shifted(column);
            self.ledger.shift(column);
            if holds {
                self.ledger.widened.add(column);
            }
        }
        let restored = new.ty.as_deref().map(|ty| {
            let charset = new.charset.as_deref().or(charset.as_deref());
            self.type_of(ty).with_charset(charset)
        });
        // A server that is not strict puts the type's zero where NULL is no longer allowed.
        let may_lack = || {
            let values = self.ledger.values(column);
            values.is_empty() || !values.iter().all(|value| self.was_required(*value))
        };
        let fills = new.not_null
            && !old.not_null
            && old.ty.is_some()
            && !self.ledger.left.is_present(column)
            && !self.is_key(key, column)
            && may_lack();
        if self.renumbers(new, old.identity || old.ty.is_none()) {
            self.renumber(key, column);
        }
        // Nor does it look whether the zero stands in the table that a foreign key refers to.
        if self.dialect == Dialect::MySql && new.not_null && !old.not_null {
            self.doubt_reference(key, &new.name);
        }
        // What is computed from here on overwrites what stood there.
        let computed = new.generated.is_some() && old.generated.is_none();
        if fills {
            asks.push(Limit::NotNull);
        }
        if computed {
            asks.clear();
        }
        let fit = if fills || computed { Fit::Cuts } else { fit };
        self.apply_fit(
            key,
            column,
            Fitting { fit, asks },
            old.ty.as_deref(),
            new.ty.as_deref().unwrap_or_default(),
            restored
                .as_ref()
                .filter(|_| !fills && !computed && told_apart),
        );
        if !fills && !computed {
            self.ledger.set_constants(column, labels);
        }
        // None is there that NOT NULL has kept out.
        if self.dialect == Dialect::MySql && old.not_null && !new.not_null && !computed {
            self.note_present(key, column);
        }
        if let Some(table) = self.schema.table_mut(key)
            && let Some(old) = table.columns.of_id(column)
        {
            let mut new = new.clone();
            new.constraints.extend(old.is.constraints.iter().cloned());
            table.columns.rewrite(column, new);
        }
        for constraint in &new.constraints {
            self.schema.has_new_key(key, constraint);
        }
        Some(column)
    }

    fn is_key(&self, key: &Key, column: Id) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let Some(name) = table.columns.of_id(column).map(|c| &c.is.name) else {
            return false;
        };
        table.all_constraints().any(|constraint| {
            matches!(&constraint.rule, Restriction::PrimaryKey(columns) if columns.iter().any(|c| self.same(c, name)))
        })
    }
}
