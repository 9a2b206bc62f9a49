//! Does a table that is looked into hold the labels of an enum, as texts?
//!
//! `INSERT INTO statuses (name) VALUES ('new'), ('done')` and then `SET status_id = s.id FROM statuses s WHERE s.name = t.status::text`
//! finds each label, and `SET status = s.name::status` puts it back.

use std::collections::HashSet;

use super::tags::all_differ;
use crate::Dialect;
use crate::act::{Column, Kind, NULL, Value};
use crate::judge::flow::Flow;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{self, Table};
use crate::types::Type;

impl Run<'_> {
    /// What the texts that a CHECK lists become when all letters are small, or capitals, if they are still told apart.
    pub(super) fn folds_list_apart(
        &self,
        flow: &Flow,
        kind: Kind,
        sources: &[Placed],
    ) -> Option<Vec<String>> {
        let Kind::Folded { upper } = kind else {
            return None;
        };
        if !self.is_one_value(flow) {
            return None;
        }
        let fold = |text: &String| match text.starts_with('\'') {
            true => folded(text, upper),
            false => (text == NULL).then(|| text.clone()),
        };
        let listed = self.checked(flow, sources);
        let folded: Option<Vec<String>> = listed.iter().map(fold).collect();
        let apart = |texts: &Vec<String>| texts.iter().collect::<HashSet<_>>().len() == texts.len();
        folded.filter(|texts| !texts.is_empty() && apart(texts))
    }

    /// Whether the labels of an enum, written as a text, are still told apart when all letters are small, or capitals.
    pub(super) fn folds_labels_apart(&self, flow: &Flow, kind: Kind) -> bool {
        let Kind::Folded { upper } = kind else {
            return false;
        };
        let fold = |label: &String| folded(label, upper);
        let spelt = flow.spells.as_deref().map(|ty| self.type_of(ty));
        let Some(Type::Enum(labels)) = spelt.filter(|_| self.schema.casts.is_empty()) else {
            return false;
        };
        let folded: Option<HashSet<String>> = labels.iter().map(fold).collect();
        folded.is_some_and(|folded| folded.len() == labels.len())
    }

    /// The column of the other table that is taken, as it stands there or as the label of an enum that it spells, which no
    /// other text does.
    pub(in crate::judge) fn found_in<'v>(
        &self,
        others: &Table,
        value: &'v Value,
    ) -> Option<&'v String> {
        match value {
            Value::Column(_, found) => Some(found),
            Value::Cast(inner, ty)
                if self.schema.casts.is_empty() && matches!(self.type_of(ty), Type::Enum(_)) =>
            {
                let Value::Column(_, found) = &**inner else {
                    return None;
                };
                let column = others.column(self.dialect, found)?;
                self.is_exact_text(others, &column.is).then_some(found)
            }
            _ => None,
        }
    }

    /// Whether a column of an enum, written as a text, is compared with a column that tells any two texts apart.
    pub(in crate::judge) fn is_label_of(
        &self,
        own: &Column,
        others: &Table,
        other: &Column,
    ) -> bool {
        let ty = own.ty.as_deref().map(|ty| self.type_of(ty));
        // A cast of the migrations' own may write anything.
        self.schema.casts.is_empty()
            && matches!(ty, Some(Type::Enum(_)))
            && self.is_exact_text(others, other)
    }

    fn is_exact_text(&self, table: &Table, column: &Column) -> bool {
        let ty = column.ty.as_deref().unwrap_or_default();
        self.dialect == Dialect::Postgres
            && matches!(self.type_of(ty), Type::Text { fixed: false, .. })
            && !self.folds_case(ty)
            && self.compared(table, column)[1].is_none()
    }

    /// Whether rows that the script itself put into the other table, and that are there still, have in the column `name` whatever
    /// an enum or a CHECK lets into the own column.
    pub(in crate::judge) fn is_sown(
        &self,
        table: &Table,
        own: &schema::Column,
        others: &Table,
        other: &schema::Column,
    ) -> bool {
        if !self.offspring(table.id).is_empty() || self.ledger.is_shifted(other.id) {
            return false;
        }
        let ty = own.is.ty.as_deref().map(|ty| self.type_of(ty));
        let held = match ty {
            Some(Type::Enum(labels)) if labels.iter().any(|label| label.contains('\'')) => {
                return false;
            }
            Some(Type::Enum(labels)) => labels.iter().map(|label| format!("'{label}'")).collect(),
            _ => self.checked_in(table, &own.is),
        };
        let sown = self.seeds.sown(self.dialect, others.id, &other.is.name);
        let sown: Vec<&String> = sown.collect();
        self.spend(held.len() * sown.len() / 8);
        let is_there = |one: &String| one == NULL || sown.contains(&one);
        // MySQL may have cut what came there, and takes letters for one another.
        let stands = |held: &[String]| {
            let room = other
                .is
                .ty
                .as_deref()
                .is_some_and(|ty| self.suits(ty, held));
            self.dialect != Dialect::MySql || (room && all_differ(self.dialect, held))
        };
        !held.is_empty() && held.iter().all(is_there) && stands(&held)
    }
}

/// The text with all letters small, or capitals: what other alphabets make of a letter is the locale's.
fn folded(text: &str, upper: bool) -> Option<String> {
    text.is_ascii().then(|| match upper {
        true => text.to_ascii_uppercase(),
        false => text.to_ascii_lowercase(),
    })
}
