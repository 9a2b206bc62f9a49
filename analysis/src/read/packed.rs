//! What of a row survives in an array, a row value or JSON?

use std::collections::HashSet;

use sqlparser::ast::{AccessExpr, Expr};

use super::Reader;
use super::value::{carries, one_to_one};
use crate::Dialect;
use crate::act::{Kind, Value};

impl Reader<'_> {
    /// Values under keys: of two with one key the last is kept.
    pub(super) fn object<'e>(&self, parts: impl Iterator<Item = &'e Expr>, whole: &Expr) -> Value {
        let parts: Vec<&Expr> = parts.collect();
        let (mut keys, mut seen) = (Vec::new(), HashSet::new());
        let own = |key: &&Expr| match self.value(key) {
            Value::Constant(text) => {
                keys.push(text.clone());
                seen.insert(text)
            }
            _ => false,
        };
        let (told, keyed) = (
            parts.iter().step_by(2).all(own),
            parts.len().is_multiple_of(2),
        );
        let values = parts.iter().skip(1).step_by(2).copied();
        match in_json(self.together(values, whole)) {
            Value::Together(values) if told && keyed => Value::Object {
                keys,
                parts: values,
            },
            _ => self.computed(whole),
        }
    }

    /// Values that stand side by side in a row.
    pub(super) fn row_of<'e>(&self, parts: impl Iterator<Item = &'e Expr>, whole: &Expr) -> Value {
        match self.together(parts, whole) {
            Value::Together(parts) => Value::Row(parts),
            other => other,
        }
    }

    /// `x->>'a'` and `(x).a` of PostgreSQL.
    pub(super) fn part_of(&self, value: &Expr, key: &Expr, whole: &Expr) -> Value {
        match (self.value(value), self.value(key)) {
            (column @ Value::Column(..), Value::Constant(key)) if key.starts_with('\'') => {
                Value::Part {
                    value: Box::new(column),
                    key,
                    as_text: true,
                }
            }
            _ => self.computed(whole),
        }
    }

    /// `JSON_EXTRACT(x, '$.a')` of MySQL, and `JSON_VALUE`, which makes a text of it; `json_extract(x, '$.a')` and `x ->> 'a'` of SQLite.
    pub(super) fn part_of_json(&self, value: &Expr, path: &Expr, as_text: bool) -> Option<Value> {
        let (column @ Value::Column(..), Value::Constant(path)) =
            (self.value(value), self.value(path))
        else {
            return None;
        };
        let path = path.strip_prefix('\'')?.strip_suffix('\'')?;
        let name = match (path.strip_prefix("$."), self.dialect) {
            (Some(name), _) => name,
            (None, Dialect::Sqlite) => path,
            (None, _) => return None,
        };
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        // A number picks out of an array.
        let is_name = !name.starts_with(|first: char| first.is_ascii_digit());
        (plain && is_name).then(|| Value::Part {
            value: Box::new(column),
            key: format!("'{name}'"),
            as_text,
        })
    }

    /// `JSON_UNQUOTE(JSON_EXTRACT(x, '$.a'))`.
    pub(super) fn unquoted(&self, inner: &Expr) -> Option<Value> {
        match self.value(inner) {
            Value::Part { value, key, .. } => Some(Value::Part {
                value,
                key,
                as_text: true,
            }),
            _ => None,
        }
    }

    pub(super) fn attribute_of(&self, root: &Expr, chain: &[AccessExpr], whole: &Expr) -> Value {
        match (self.value(root), chain) {
            (column @ Value::Column(..), [AccessExpr::Dot(Expr::Identifier(name))]) => {
                Value::Part {
                    value: Box::new(column),
                    key: self.ident(name),
                    as_text: false,
                }
            }
            _ => self.computed(whole),
        }
    }

    /// Values that stand side by side in an array or object.
    pub(super) fn together<'e>(
        &self,
        parts: impl Iterator<Item = &'e Expr>,
        whole: &Expr,
    ) -> Value {
        let parts: Vec<Value> = parts.map(|part| self.value(part)).collect();
        let simple =
            |part: &Value| carries(part) || part.is_constant() || matches!(part, Value::Null);
        match parts.iter().all(simple) && parts.iter().any(carries) {
            true => Value::Together(parts),
            false => self.computed(whole),
        }
    }
}

/// Values that stand in JSON.
pub(super) fn in_json(value: Value) -> Value {
    let Value::Together(parts) = value else {
        return value;
    };
    let part = |part: Value| match carries(&part) {
        true => one_to_one(part, Kind::PartOfJson),
        false => part,
    };
    Value::Together(parts.into_iter().map(part).collect())
}
