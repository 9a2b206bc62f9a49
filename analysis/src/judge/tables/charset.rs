//! What becomes of texts when the character set of their table changes?

use std::sync::Arc;

use crate::act::{Charset, Column};
use crate::judge::ledger::losses::Other;
use crate::judge::refuse::bounds::Fitting;
use crate::judge::run::Run;
use crate::judge::values::labels::compared_by;
use crate::schema::{Key, Table};
use crate::types::mysql::{self, DEFAULT, loses_labels};
use crate::types::{Cast, Fit, Length, Type};
use crate::{Age, Dialect, LossKind};

impl Run<'_> {
    /// `CONVERT TO CHARACTER SET`: every text that stands there.
    pub(in crate::judge) fn convert(&mut self, key: &Key, to: &Charset) {
        let charset = to.name.as_str();
        let collation = to.collation.as_deref().unwrap_or(charset);
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        for column in &table.columns {
            let Some(ty) = &column.is.ty else { continue };
            if !matches!(
                self.type_of(ty),
                Type::Text { .. } | Type::Enum(_) | Type::Set(_)
            ) {
                continue;
            }
            // Other texts are equal from here on.
            self.ledger.disturb(table.id, &column.is.name);
            self.ledger.shift(column.id);
            let was = column.is.charset.as_deref().or(table.charset.as_deref());
            // A text that would take more bytes than there is room for gets a wider type.
            let from = self.type_of(ty).with_charset(was).of_any_length();
            let to = self.type_of(ty).with_charset(Some(charset)).of_any_length();
            let merged = loses_labels(
                (&from, compared_by(&column.is, &table)),
                (&to, Some(collation)),
            );
            let fit = match merged {
                true => Fit::Cuts,
                false => crate::types::fit(self.dialect, &from, &to, Cast::Assigned),
            };
            self.apply_fit(
                key,
                column.id,
                Fitting::of(fit),
                Some(ty),
                &format!("{ty} in {charset}"),
                Some(&to).filter(|_| !merged),
            );
        }
        if table.open && table.columns.is_empty() {
            self.convert_unnamed(key, &table, charset);
        }
        if let Some(table) = self.schema.table_mut(key) {
            table.first = None;
            let was = table.charset.replace(charset.to_owned());
            table.collation.clone_from(&to.collation);
            for column in table.columns.iter_mut() {
                let column = Arc::make_mut(&mut column.is);
                unwrite(column);
                let own = column.charset.take().or_else(|| was.clone());
                column.collation = None;
                if let Some(ty) = &column.ty
                    && let Some(wider) = mysql::widened(ty, own.as_deref(), charset)
                {
                    column.ty = Some(wider.to_owned());
                }
            }
        }
    }

    /// The columns of a table of which none is known.
    fn convert_unnamed(&mut self, key: &Key, table: &Table, charset: &str) {
        let text = |charset: Option<&str>| Type::Text {
            length: Length::Any,
            fixed: false,
            charset: charset.map(str::to_owned),
        };
        let (from, to) = (text(table.charset.as_deref()), text(Some(charset)));
        match crate::types::fit(self.dialect, &from, &to, Cast::Assigned) {
            Fit::Keeps => {}
            _ if table.charset.is_some() => {
                let object = self.object_at(key, &table.name);
                let (age, cause) = (Age::Older, self.cause(LossKind::NarrowType));
                self.others.push(Other { object, age, cause });
            }
            _ => self.unknown(format!(
                "whether {charset} can hold every text is not known"
            )),
        }
    }

    /// The columns that stand there keep the character set and collation that they have.
    pub(in crate::judge) fn set_default_charset(&mut self, key: &Key, to: &Charset) {
        if let Some(table) = self.schema.table_mut(key) {
            table.first = None;
            let was = table.charset.replace(to.name.clone());
            let collated = std::mem::replace(&mut table.collation, to.collation.clone());
            let collated = collated.unwrap_or_else(|| "default".to_owned());
            for column in table.columns.iter_mut() {
                let column = Arc::make_mut(&mut column.is);
                unwrite(column);
                let own = column.charset.take().or_else(|| was.clone());
                column.charset = own.or(Some(DEFAULT.to_owned()));
                column.collation.get_or_insert_with(|| collated.clone());
            }
        }
    }
}

/// The column's text may not say how its values are written, as that of its table did.
fn unwrite(column: &mut Column) {
    let dialect = Dialect::MySql;
    let ty = column.ty.as_deref().map(|ty| Type::parse(dialect, ty));
    if ty.is_some_and(|ty| ty.is_written()) {
        column.unwrite(dialect);
    }
}
