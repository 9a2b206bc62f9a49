//! Which values stand side by side in one, and under which names?
//!
//! `jsonb_build_object('a', a)` keeps `a`, and `x->>'a'` is it again; so are `ROW(a, b)` and `(x).a`.

use crate::act::{Kind, Value};
use crate::judge::flow::Flow;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::Id;
use crate::types::{Cast, Length, Type};
use crate::{Dialect, family};

/// A part of each value of a column.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    key: String,
    /// The columns whose values it is.
    values: Vec<Id>,
    ty: Option<String>,
    not_null: bool,
}

impl Run<'_> {
    /// What values side by side carry, and what each of them does.
    pub(in crate::judge) fn together(
        &mut self,
        parts: &[Value],
        sources: &[Placed],
    ) -> (Flow, Vec<Flow>) {
        let (mut flow, mut flows) = (Flow::default(), Vec::new());
        for part in parts {
            let mut part = self.flow(part, sources);
            // PostgreSQL makes one empty array of NULL and of empty ones.
            let is_array = |ty: &String| matches!(self.type_of(ty), Type::Array(_));
            if part.ty.as_ref().is_some_and(is_array) {
                part.values.clear();
            }
            flow.values.extend(&part.values);
            flows.push(part);
        }
        if self.dialect == Dialect::MySql {
            flow.ty = Some("json".to_owned());
            flow.not_null = true;
        }
        (flow, flows)
    }

    /// What JSON carries that was made of values, each under a key.
    pub(in crate::judge) fn packed_as(
        &mut self,
        keys: &[String],
        parts: &[Value],
        sources: &[Placed],
    ) -> Flow {
        let (flow, flows) = self.together(parts, sources);
        let mut packed = Vec::new();
        for ((key, part), flow) in keys.iter().zip(parts).zip(flows) {
            let ty = match part {
                Value::OneToOne(inner, Kind::PartOfJson) => self.flow(inner, sources).ty,
                _ => flow.ty,
            };
            packed.push(Packed {
                key: key.clone(),
                values: flow.values,
                ty,
                not_null: flow.not_null,
            });
        }
        Flow { packed, ..flow }
    }

    /// `to_jsonb(t)`, where `t` is no column but a table: each of its columns stands there under its name.
    pub(super) fn row_in_json(
        &mut self,
        row: &Value,
        kind: Kind,
        sources: &[Placed],
    ) -> Option<Flow> {
        let (Value::Column(None, name), Kind::Json | Kind::Jsonb) = (row, kind) else {
            return None;
        };
        if self.dialect != Dialect::Postgres {
            return None;
        }
        let is_row = |placed: &&Placed| placed.is_called(self, name);
        let columns = &sources.iter().find(is_row)?.relation.columns;
        let own = |flow: &Flow| flow.name.clone().filter(|_| !flow.hidden);
        let columns: Vec<String> = columns.iter().filter_map(own).collect();
        let mut others = sources.iter().flat_map(|placed| &placed.relation.columns);
        let mut open = sources.iter().map(|placed| placed.relation.open);
        let is_column = |flow: &Flow| flow.name.as_ref().is_some_and(|own| self.same(own, name));
        if open.any(|open| open) || others.any(is_column) {
            return None;
        }
        let part = |column: &String| {
            let column = Value::Column(Some(name.clone()), column.clone());
            Value::OneToOne(Box::new(column), Kind::PartOfJson)
        };
        let parts: Vec<Value> = columns.iter().map(part).collect();
        let keys: Vec<String> = columns.iter().map(|name| format!("'{name}'")).collect();
        Some(self.packed_as(&keys, &parts, sources))
    }

    /// A row of a composite type: each part becomes what its attribute is.
    pub(in crate::judge) fn row_as(
        &mut self,
        parts: &[Value],
        ty: &str,
        sources: &[Placed],
    ) -> Flow {
        let (_, flows) = self.together(parts, sources);
        let own = self.type_named(ty);
        let own = own.filter(|own| own.base.is_none() && own.labels.is_none() && !own.changed);
        let attributes = own.map(|own| family::attributes(self.dialect, &own.text));
        let attributes = attributes.unwrap_or_default();
        if attributes.len() != flows.len() {
            return Flow::default();
        }
        let mut packed = Vec::new();
        for (part, attribute) in flows.into_iter().zip(attributes) {
            let values = match (&part.ty, &attribute.ty) {
                (Some(from), Some(to)) => self.fitting(part.values, from, to, Cast::Explicit),
                _ => Vec::new(),
            };
            packed.push(Packed {
                key: attribute.name,
                values,
                ty: attribute.ty,
                not_null: part.not_null,
            });
        }
        Flow {
            values: packed
                .iter()
                .flat_map(|part| &part.values)
                .copied()
                .collect(),
            ty: Some(ty.to_owned()),
            packed,
            ..Flow::default()
        }
    }

    /// What stands under a name in a column of which all values were made so.
    pub(in crate::judge) fn part_of(
        &mut self,
        value: &Value,
        key: &str,
        as_text: bool,
        sources: &[Placed],
    ) -> Flow {
        let whole = self.flow(value, sources);
        let ty = whole.ty.as_deref().map(|ty| self.type_of(ty));
        let is_json = matches!(ty, Some(Type::Json | Type::JsonValue));
        // The names of JSON are told apart by their case.
        let named = |part: &Packed| match as_text || self.dialect == Dialect::MySql {
            true => part.key == key,
            false => self.same(&part.key, key),
        };
        let part = whole.packed.into_iter().find(named);
        if self.dialect == Dialect::MySql {
            let part = part.filter(|part| whole.plain && self.comes_back(part, as_text));
            return part.map_or_else(Flow::default, |part| Flow {
                values: part.values,
                ty: part.ty,
                not_null: true,
                ..Flow::default()
            });
        }
        if self.dialect == Dialect::Sqlite {
            // A text with a NUL in it does not come back: only the age is told by it.
            let part = part.filter(|_| whole.plain && self.tells_ages);
            return part.map_or_else(Flow::default, |part| Flow {
                values: part.values,
                ty: part.ty,
                not_null: part.not_null,
                ..Flow::default()
            });
        }
        let Some(part) = part.filter(|_| whole.plain && is_json == as_text) else {
            return Flow::default();
        };
        // A text within JSON may look like JSON when it is read again.
        let is_spelt = |ty: &String| {
            let ty = self.type_of(ty);
            let by_setting = matches!(ty, Type::Money | Type::Interval { .. });
            let is_json = matches!(ty, Type::Json | Type::JsonValue | Type::Array(_));
            !by_setting && !is_json && !self.may_have_parts_as(&ty)
        };
        match as_text {
            true if part.ty.as_ref().is_some_and(is_spelt) => Flow {
                values: part.values,
                ty: Some("text".to_owned()),
                spells: part.ty,
                not_null: part.not_null,
                ..Flow::default()
            },
            true => Flow::default(),
            false => Flow {
                values: part.values,
                ty: part.ty,
                not_null: part.not_null,
                ..Flow::default()
            },
        }
    }

    /// Whether what is read out of JSON of MySQL is what was put in: a number, or the text of something else. NULL comes back as a text,
    /// and a text that is longer may be cut. (<https://dev.mysql.com/doc/refman/8.4/en/json-search-functions.html>)
    fn comes_back(&self, part: &Packed, as_text: bool) -> bool {
        let ty = part.ty.as_deref().map(|ty| self.type_of(ty));
        part.not_null
            && match ty {
                Some(Type::Int { .. } | Type::Decimal { .. }) => true,
                Some(Type::Text {
                    length: Length::Characters(most),
                    ..
                }) => as_text && most <= 512,
                Some(Type::Date | Type::Timestamp { zoned: false, .. }) => as_text,
                _ => false,
            }
    }
}
