//! Which constants does a `CASE` put in the place of others?

use sqlparser::ast::{BinaryOperator, CaseWhen, Expr, UnaryOperator};

use super::Reader;
use super::cast::uncast;
use super::operator::{is_cut, is_floating};
use super::value::bare;
use crate::Dialect;
use crate::act::{NULL, Rest, Value};

impl Reader<'_> {
    /// `CASE x WHEN 'a' THEN 'b' … END`, or `CASE WHEN x = 'a' THEN 'b' … END`, over one column.
    pub(super) fn mapped(
        &self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        other: Option<&Expr>,
    ) -> Option<Value> {
        let mut column = None;
        let mut pairs = Vec::new();
        for when in conditions {
            let (tested, key) = match operand {
                Some(operand) => (self.value(operand), self.outcome(&when.condition)?),
                None => self.tested(&when.condition)?,
            };
            let tested = bare(tested)?;
            if *column.get_or_insert_with(|| tested.clone()) != tested {
                return None;
            }
            pairs.push((key, self.result(&when.result)?));
        }
        let column = column?;
        if other.is_some_and(is_cut) {
            return None;
        }
        let told = |other| {
            self.outcome(other)
                .map_or_else(|| self.value(other), Value::Constant)
        };
        let rest = match other.map(told) {
            None | Some(Value::Null) => Rest::Null,
            Some(Value::Constant(text)) => Rest::Constant(text),
            Some(value) if bare(value.clone()).as_ref() == Some(&column) => Rest::Same,
            Some(_) => return None,
        };
        Some(Value::Mapped {
            value: Box::new(column),
            pairs,
            rest,
        })
    }

    /// `IF(x = 'a', 'b', 'c')` of MySQL and `iif` of SQLite, as the `CASE` that they are.
    pub(super) fn chosen_by(&self, parts: &[&Expr]) -> Option<Value> {
        let [condition, result, other] = *parts else {
            return None;
        };
        let when = CaseWhen {
            condition: condition.clone(),
            result: result.clone(),
        };
        self.mapped(None, &[when], Some(other))
    }

    /// `FIELD(x, 'a', 'b')` of MySQL, which is `CASE x WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE 0 END`.
    pub(super) fn place_among(&self, parts: &[&Expr]) -> Option<Value> {
        let (column, names) = parts.split_first()?;
        let column @ Value::Column(..) = self.value(column) else {
            return None;
        };
        let pair = |(at, name): (usize, &&Expr)| {
            let name = self.outcome(name)?;
            name.starts_with('\'').then(|| (name, (at + 1).to_string()))
        };
        Some(Value::Mapped {
            value: Box::new(column),
            pairs: names
                .iter()
                .enumerate()
                .map(pair)
                .collect::<Option<Vec<_>>>()?,
            rest: Rest::Constant(0.to_string()),
        })
    }

    /// `COALESCE(x, '')`, which is `CASE WHEN x IS NULL THEN '' ELSE x END`.
    pub(super) fn filled_up(&self, parts: &[&Expr]) -> Option<Value> {
        let [value, other] = *parts else {
            return None;
        };
        self.exchanged(value, (NULL.to_owned(), self.outcome(other)?))
    }

    /// `nullif(x, '')` of SQLite, which is `CASE WHEN x = '' THEN NULL ELSE x END`.
    pub(super) fn emptied(&self, parts: &[&Expr]) -> Option<Value> {
        let [value, other] = *parts else {
            return None;
        };
        self.exchanged(value, (self.outcome(other)?, NULL.to_owned()))
    }

    /// A column in which the second takes the place of the first, and all else stays.
    fn exchanged(&self, column: &Expr, pair: (String, String)) -> Option<Value> {
        let column @ Value::Column(..) = self.value(column) else {
            return None;
        };
        Some(Value::Mapped {
            value: Box::new(column),
            pairs: vec![pair],
            rest: Rest::Same,
        })
    }

    /// `CASE WHEN x IS NULL THEN NULL ELSE ARRAY[x] END` of PostgreSQL, over one column: what becomes of its NULL becomes of no other
    /// value.
    pub(super) fn beside_null(
        &self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        other: Option<&Expr>,
    ) -> Option<Value> {
        let [when] = conditions else {
            return None;
        };
        if operand.is_some() || self.dialect != Dialect::Postgres {
            return None;
        }
        let (asked, null, value) = match &when.condition {
            Expr::IsNull(asked) => (asked, Some(&when.result), other?),
            Expr::IsNotNull(asked) => (asked, other, &when.result),
            _ => return None,
        };
        let column @ Value::Column(..) = self.value(asked) else {
            return None;
        };
        let value = self.value(value);
        let (Value::Together(parts) | Value::Object { parts, .. }) = &value else {
            return None;
        };
        // An array with a part in it is not empty.
        let empty = |text: &str| matches!(text, "'{}'" | "'[]'");
        let apart = match null.map(|null| self.value(uncast(null))) {
            None | Some(Value::Null) => true,
            Some(Value::Constant(text)) => empty(&text),
            Some(_) => false,
        };
        let own = |part: &Value| *part == column || part.is_constant();
        (apart && parts.iter().all(own)).then_some(value)
    }

    /// What a condition compares, and with which constant.
    fn tested(&self, condition: &Expr) -> Option<(Value, String)> {
        let yes = |is: bool| is.to_string();
        match condition {
            Expr::Nested(inner) => self.tested(inner),
            Expr::IsTrue(inner) => Some((self.value(inner), yes(true))),
            Expr::IsFalse(inner) => Some((self.value(inner), yes(false))),
            // Of a row it holds as well where each part is NULL.
            Expr::IsNull(inner) if self.dialect != Dialect::Postgres => {
                Some((self.value(inner), NULL.to_owned()))
            }
            Expr::UnaryOp {
                op: UnaryOperator::Not | UnaryOperator::BangNot,
                expr,
            } if self.dialect != Dialect::Sqlite => Some((self.value(expr), yes(false))),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            } => Some((self.value(left), self.outcome(right)?)),
            // What is no number but true in SQLite is more than one.
            _ if self.dialect == Dialect::Sqlite => None,
            flag => Some((self.value(flag), yes(true))),
        }
    }

    /// A constant that comes out as it is written.
    pub(super) fn outcome(&self, expr: &Expr) -> Option<String> {
        match is_cut(expr) || self.dialect == Dialect::Postgres && is_floating(expr) {
            true => None,
            false => self.constant(uncast(expr)),
        }
    }

    /// The same, or NULL.
    fn result(&self, expr: &Expr) -> Option<String> {
        match self.value(expr) {
            Value::Null if self.dialect == Dialect::Sqlite => Some(NULL.to_owned()),
            _ => self.outcome(expr),
        }
    }

    fn constant(&self, expr: &Expr) -> Option<String> {
        match self.value(expr) {
            Value::Constant(text) => Some(text),
            _ => None,
        }
    }
}
