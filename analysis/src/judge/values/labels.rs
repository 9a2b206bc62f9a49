//! Which labels of an enum can a column hold, which may have more of them, or be a text by now?

use std::collections::HashSet;

use crate::Dialect;
use crate::act::{Column, NULL, Value};
use crate::judge::flow::Flow;
use crate::judge::refuse::bounds::is_itself;
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};
use crate::types::Type;
use crate::types::mysql::{DEFAULT, loses_labels};

impl Run<'_> {
    /// Whether each label that the column can hold is one of the other enum's too.
    pub(in crate::judge) fn keeps_labels(&self, column: Id, was: &Type, is: &Type) -> bool {
        let (Type::Enum(_), Type::Enum(labels)) = (was, is) else {
            return false;
        };
        let held = self.ledger.constants(column);
        let labels: HashSet<String> = labels.iter().map(|label| quoted(label)).collect();
        !held.is_empty() && held.iter().all(|one| labels.contains(one))
    }

    /// The labels that a column can hold which becomes another enum: as long as nothing is written there, none but those of
    /// before. What was no label when a server that is not strict took it is '' in either. (<https://mariadb.com/kb/en/enum/>)
    pub(in crate::judge) fn labels_after(&self, column: Id, was: &Type, is: &Type) -> Vec<String> {
        let (Type::Enum(before), Type::Enum(now)) = (was, is) else {
            return Vec::new();
        };
        let known = self.ledger.constants(column);
        if !known.is_empty() {
            return match self.keeps_labels(column, was, is) {
                true => known,
                false => Vec::new(),
            };
        }
        let now: HashSet<&String> = now.iter().collect();
        if !before.iter().all(|label| now.contains(label)) {
            return Vec::new();
        }
        let mut held: Vec<String> = before.iter().map(|label| quoted(label)).collect();
        // From here on it is found by a condition.
        if now.iter().any(|label| label.is_empty()) {
            held.push(quoted(""));
        }
        held
    }

    /// Whether labels of a column of MySQL become one, or none, because the column is compared otherwise than it was.
    pub(in crate::judge) fn merges_labels(
        &self,
        key: &Key,
        (old, was): (&Column, &Type),
        (new, is): (&Column, &Type),
    ) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let of = |column| compared_by(column, table);
        loses_labels((was, of(old)), (is, of(new)))
    }

    /// The same of labels that come into a column from elsewhere.
    pub(super) fn merges_into(
        &self,
        key: &Key,
        flow: &Flow,
        (from, to): (&str, &str),
        column: &Column,
    ) -> bool {
        let lists = |ty: &str| {
            let word = ty.split('(').next().unwrap_or_default().trim();
            ["enum", "set"]
                .iter()
                .any(|name| word.eq_ignore_ascii_case(name))
        };
        let (true, Some(table)) = (lists(to), self.schema.table(key)) else {
            return false;
        };
        let of = flow.collation.as_deref().or(flow.charset.as_deref());
        let (from, to) = (self.type_of(from), self.type_of(to));
        loses_labels((&from, of), (&to, compared_by(column, table)))
    }

    /// What a column of PostgreSQL holds that was an enum and gets another type, by itself or by a cast: until somebody else may
    /// write there, none but its labels. Those that another enum has not are refused.
    pub(in crate::judge) fn labels_kept(
        &self,
        key: &Key,
        column: Id,
        ty: &str,
        using: Option<&Value>,
    ) -> Vec<String> {
        let table = self.schema.table(key);
        let table = table.filter(|table| !table.foreign && self.offspring(table.id).is_empty());
        let own = table.and_then(|table| {
            let own = table.columns.iter().find(|own| own.id == column)?;
            let required = !table.open && table.required(self.dialect)(&own.is);
            Some((self.type_of(own.is.ty.as_deref()?), required))
        });
        let Some((Type::Enum(mut labels), required)) = own else {
            return Vec::new();
        };
        // Each is looked at several times, and so are those of the type that it becomes.
        self.spend(4 * labels.len());
        if self.is_exhausted() {
            return Vec::new();
        }
        let surely = self.dialect == Dialect::Postgres && self.perhaps == 0;
        if !surely || !using.is_none_or(is_itself) || labels.iter().any(|l| l.contains('\'')) {
            return Vec::new();
        }
        let alike = self.folds_case(ty) || super::meaning::collation(self.dialect, ty).is_some();
        match self.type_of(ty) {
            Type::Text { fixed: false, .. } if !alike => {}
            Type::Enum(now) => {
                let now: HashSet<String> = now.into_iter().collect();
                labels.retain(|label| now.contains(label));
            }
            _ => return Vec::new(),
        }
        let mut held: Vec<String> = labels.iter().map(|label| quoted(label)).collect();
        if !required && !held.is_empty() {
            held.push(NULL.to_owned());
        }
        match self.suits(ty, &held) {
            true => held,
            false => Vec::new(),
        }
    }
}

/// The collation by which a column of MySQL is compared, or the character set whose usual one it is; none is the server's own.
pub(in crate::judge) fn compared_by<'c>(column: &'c Column, table: &'c Table) -> Option<&'c str> {
    let own = column.collation.as_deref().or(column.charset.as_deref());
    let of_table = || table.collation.as_deref().or(table.charset.as_deref());
    own.or_else(of_table).filter(|name| *name != DEFAULT)
}

fn quoted(label: &str) -> String {
    format!("'{label}'")
}
