//! What of a row survives in an expression, and which rows does a condition meet?

use sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, Expr, Function, FunctionArguments, UnaryOperator,
    Value as Literal,
};

use super::Reader;
use super::inspect::argument_expr;
use crate::Dialect;
use crate::act::{Kind, Name, Value};

impl Reader<'_> {
    pub(super) fn value(&self, expr: &Expr) -> Value {
        match expr {
            Expr::Nested(inner) => self.value(inner),
            Expr::Collate { expr, .. } => self.value(expr),
            Expr::Identifier(ident)
                if ident.value.eq_ignore_ascii_case("default") && ident.quote_style.is_none() =>
            {
                Value::Default
            }
            // MySQL and SQLite read an unknown "text" as a string; PostgreSQL never does.
            Expr::Identifier(ident) => Value::Column(None, self.ident(ident)),
            Expr::CompoundIdentifier(parts) => {
                let mut parts = parts.iter().rev().map(|part| self.ident(part));
                let column = parts.next().unwrap_or_default();
                match parts.next() {
                    Some(table) if table.eq_ignore_ascii_case("excluded") => {
                        Value::Excluded(column)
                    }
                    table => Value::Column(table, column),
                }
            }
            Expr::Value(value) => match &value.value {
                Literal::Null => Value::Null,
                Literal::Placeholder(_) => self.computed(expr),
                literal => Value::Constant(constant(literal)),
            },
            Expr::TypedString(text) => Value::Constant(constant(&text.value.value)),
            Expr::UnaryOp { op, expr: inner } => self.unary(op, inner, expr),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, expr),
            Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon,
                expr: inner,
                data_type,
                ..
            } => match self.value(inner) {
                Value::Null => Value::Null,
                Value::Constant(text) => Value::Constant(text),
                inner => Value::Cast(Box::new(inner), data_type.to_string()),
            },
            // Other zones have hours that come twice.
            Expr::AtTimeZone {
                timestamp,
                time_zone,
            } => match (self.value(timestamp), self.value(time_zone)) {
                (value, Value::Constant(zone))
                    if carries(&value)
                        && matches!(
                            zone.to_ascii_lowercase().as_str(),
                            "'utc'" | "'gmt'" | "'etc/utc'" | "'z'"
                        ) =>
                {
                    one_to_one(value, Kind::Any)
                }
                _ => self.computed(expr),
            },
            Expr::Function(function) => self.called(function, expr),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self
                .permutation(operand.as_deref(), conditions, else_result.as_deref())
                .or_else(|| match operand {
                    None => self.choice(conditions, else_result.as_deref()),
                    Some(_) => None,
                })
                .unwrap_or_else(|| self.computed(expr)),
            other => self.computed(other),
        }
    }

    fn unary(&self, op: &UnaryOperator, inner: &Expr, whole: &Expr) -> Value {
        match (op, self.value(inner)) {
            (UnaryOperator::Plus, value) => value,
            (UnaryOperator::Minus, Value::Constant(text)) => Value::Constant(format!("-{text}")),
            (UnaryOperator::Minus, value) if carries(&value) => one_to_one(value, Kind::Signed),
            (UnaryOperator::Not | UnaryOperator::BangNot, value) if carries(&value) => {
                one_to_one(value, Kind::Flag)
            }
            // MySQL's is a number of 64 bits without a sign.
            (UnaryOperator::BitwiseNot, value)
                if carries(&value) && self.dialect != Dialect::MySql =>
            {
                one_to_one(value, Kind::Whole)
            }
            _ => self.computed(whole),
        }
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr, whole: &Expr) -> Value {
        let invertible = match op {
            BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply => true,
            BinaryOperator::StringConcat => self.dialect != Dialect::MySql,
            _ => false,
        };
        // A chain of hundreds of terms is never one column and a constant: the one that matters is short.
        if !invertible || depth(left) > 16 {
            return self.computed(whole);
        }
        match (self.value(left), self.value(right)) {
            (Value::Constant(a), Value::Constant(b)) => Value::Constant(format!("{a} {op} {b}")),
            (value, Value::Constant(factor)) | (Value::Constant(factor), value)
                if *op == BinaryOperator::Multiply && carries(&value) =>
            {
                let whole_number = factor.parse::<i64>().is_ok_and(|factor| factor != 0);
                match whole_number {
                    true => one_to_one(value, Kind::Whole),
                    false => self.computed(whole),
                }
            }
            (value, Value::Constant(by)) | (Value::Constant(by), value)
                if *op == BinaryOperator::StringConcat && carries(&value) =>
            {
                // JSON is merged.
                match by.contains(['{', '[']) {
                    true => self.computed(whole),
                    false => one_to_one(value, Kind::Joined),
                }
            }
            (value, Value::Constant(by)) if *op == BinaryOperator::Minus && carries(&value) => {
                shifted(value, &by, false).unwrap_or_else(|| self.computed(whole))
            }
            (Value::Constant(by), value) if *op == BinaryOperator::Minus && carries(&value) => {
                match by.parse::<f64>() {
                    Ok(_) => one_to_one(value, Kind::Signed),
                    Err(_) => self.computed(whole),
                }
            }
            (value, Value::Constant(by)) | (Value::Constant(by), value)
                if *op == BinaryOperator::Plus && carries(&value) =>
            {
                shifted(value, &by, true).unwrap_or_else(|| self.computed(whole))
            }
            _ => self.computed(whole),
        }
    }

    fn called(&self, function: &Function, whole: &Expr) -> Value {
        let name = self.last(&function.name).to_ascii_lowercase();
        let FunctionArguments::List(list) = &function.args else {
            return self.computed(whole);
        };
        let mut arguments = list.args.iter().filter_map(argument_expr);
        match (name.as_str(), arguments.next(), arguments.next()) {
            ("values" | "value", Some(Expr::Identifier(ident)), None)
                if self.dialect == Dialect::MySql =>
            {
                Value::Excluded(self.ident(ident))
            }
            // MySQL cuts what is twice as long as before.
            ("hex", ..) if self.dialect == Dialect::MySql => self.computed(whole),
            ("reverse" | "hex" | "to_json" | "to_jsonb", Some(inner), None) => {
                let value = self.value(inner);
                if carries(&value) {
                    one_to_one(value, Kind::Any)
                } else {
                    self.computed(whole)
                }
            }
            ("to_timestamp", Some(inner), None) => {
                let value = self.value(inner);
                if carries(&value) {
                    one_to_one(value, Kind::Whole)
                } else {
                    self.computed(whole)
                }
            }
            _ => self.computed(whole),
        }
    }

    /// `CASE WHEN flag THEN 'a' ELSE 'b' END`.
    fn choice(&self, conditions: &[CaseWhen], other: Option<&Expr>) -> Option<Value> {
        let [when] = conditions else { return None };
        let flag = match &when.condition {
            Expr::IsTrue(inner) => self.value(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            } => match self.value(right) {
                Value::Constant(text) if text.eq_ignore_ascii_case("true") => self.value(left),
                _ => return None,
            },
            condition => self.value(condition),
        };
        match (flag, self.value(&when.result), self.value(other?)) {
            (flag @ Value::Column(..), Value::Constant(a), Value::Constant(b)) if a != b => {
                Some(one_to_one(flag, Kind::Told))
            }
            _ => None,
        }
    }

    /// `CASE x WHEN 'a' THEN 'b' WHEN 'b' THEN 'a' ELSE x END`: what goes in comes out, in another order.
    fn permutation(
        &self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        other: Option<&Expr>,
    ) -> Option<Value> {
        let rest = self.value(other?);
        let Value::Column(_, kept) = &rest else {
            return None;
        };
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for when in conditions {
            let (tested, key) = match (operand, &when.condition) {
                (Some(operand), condition) => (self.value(operand), self.value(condition)),
                (
                    None,
                    Expr::BinaryOp {
                        left,
                        op: BinaryOperator::Eq,
                        right,
                    },
                ) => (self.value(left), self.value(right)),
                _ => return None,
            };
            match (tested, key, self.value(&when.result)) {
                (Value::Column(_, column), Value::Constant(key), Value::Constant(result))
                    if column == *kept =>
                {
                    from.push(key);
                    to.push(result);
                }
                _ => return None,
            }
        }
        from.sort();
        to.sort();
        let distinct = from.windows(2).all(|pair| pair[0] != pair[1]);
        (distinct && from == to).then(|| one_to_one(rest, Kind::Any))
    }

    pub(super) fn computed(&self, expr: &Expr) -> Value {
        let contents = self.inspect(expr);
        let mut reads = contents.reads;
        let mut calls = contents.calls;
        for query in contents.queries {
            let query = self.query(query);
            calls.extend(query.calls);
            for branch in query.branches {
                if let Some(filter) = branch.filter {
                    reads.extend(filter.reads);
                }
            }
        }
        Value::Computed { reads, calls }
    }

    /// The functions called in `expr` that may do anything.
    pub(super) fn calls(&self, expr: &Expr) -> Vec<Name> {
        match self.computed(expr) {
            Value::Computed { calls, .. } => calls,
            _ => Vec::new(),
        }
    }
}

/// `value` with the number `by` added, or taken away where not `up`.
fn shifted(value: Value, by: &str, up: bool) -> Option<Value> {
    let by: f64 = by.parse().ok()?;
    Some(Value::Shifted {
        value: Box::new(value),
        up: up == (by >= 0.0),
    })
}

fn one_to_one(value: Value, kind: Kind) -> Value {
    Value::OneToOne(Box::new(value), kind)
}

/// Whether a column's whole value is in it.
fn carries(value: &Value) -> bool {
    matches!(
        value,
        Value::Column(..) | Value::OneToOne(..) | Value::Shifted { .. } | Value::Cast(..)
    )
}

/// How far the expression goes on to the left.
pub(super) fn depth(expr: &Expr) -> usize {
    let (mut depth, mut at) = (0, expr);
    while let Expr::BinaryOp { left, .. } = at {
        depth += 1;
        at = left;
    }
    depth
}

fn constant(literal: &Literal) -> String {
    match literal {
        Literal::Number(text, _) => text.clone(),
        Literal::SingleQuotedString(text)
        | Literal::EscapedStringLiteral(text)
        | Literal::NationalStringLiteral(text)
        | Literal::DoubleQuotedString(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}
