//! What of a row survives in an expression, and which rows does a condition meet?

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArgumentList, FunctionArguments,
    Value as Literal,
};

use super::Reader;
use super::called::is_call;
use super::cast::typed;
use super::inspect::argument_expr;
use super::packed::in_json;
use super::spans::names_unit;
use super::stamped::stamped;
use crate::Dialect;
use crate::act::{Kind, NULL, Name, Rest, Value};

/// How a value that is bound begins, or a variable.
const PLACEHOLDER: [char; 4] = ['?', '$', ':', '@'];

impl Reader<'_> {
    pub(super) fn value(&self, expr: &Expr) -> Value {
        let Some(left) = self.looks.get().checked_sub(1) else {
            return self.computed(expr);
        };
        self.looks.set(left);
        match expr {
            Expr::Nested(inner) => self.value(inner),
            // What another collation takes for equal are other values too.
            Expr::Collate { .. } => self.computed(expr),
            Expr::Identifier(ident)
                if ident.value.eq_ignore_ascii_case("default") && ident.quote_style.is_none() =>
            {
                Value::Default
            }
            // SQLite takes what names no column for a text.
            Expr::Identifier(ident)
                if ident.value.is_empty() && self.dialect == Dialect::Sqlite =>
            {
                Value::Constant("''".to_owned())
            }
            Expr::Identifier(ident)
                if ident.quote_style.is_none() && is_call(self.dialect, &ident.value) =>
            {
                self.computed(expr)
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
            Expr::TypedString(text) => typed(
                Value::Constant(constant(&text.value.value)),
                &text.data_type,
            ),
            Expr::UnaryOp { op, expr: inner } => self.unary(op, inner, expr),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::LongArrow,
                right,
            } if self.dialect == Dialect::Postgres => self.part_of(left, right, expr),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::LongArrow,
                right,
            } if self.dialect == Dialect::Sqlite => self
                .part_of_json(left, right, true)
                .unwrap_or_else(|| self.computed(expr)),
            Expr::BinaryOp {
                left,
                op: op @ (BinaryOperator::Arrow | BinaryOperator::LongArrow),
                right,
            } if self.dialect == Dialect::MySql => self
                .part_of_json(left, right, *op == BinaryOperator::LongArrow)
                .unwrap_or_else(|| self.computed(expr)),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, expr),
            Expr::CompoundFieldAccess { root, access_chain }
                if self.dialect == Dialect::Postgres =>
            {
                self.attribute_of(root, access_chain, expr)
            }
            Expr::Tuple(parts) if self.dialect == Dialect::Postgres => {
                self.row_of(parts.iter(), expr)
            }
            Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon,
                expr: inner,
                data_type,
                ..
            } => match self.value(inner) {
                Value::Null => Value::Null,
                Value::Constant(text) => self.cast(inner, text, data_type),
                inner => Value::Cast(Box::new(inner), called(self.dialect, data_type)),
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
                    one_to_one(value, Kind::Zoned)
                }
                _ => self.computed(expr),
            },
            Expr::IsNotNull(inner) if self.dialect == Dialect::Postgres => {
                match self.value(inner) {
                    column @ Value::Column(..) => Value::Mapped {
                        value: Box::new(column),
                        pairs: vec![(NULL.to_owned(), false.to_string())],
                        rest: Rest::Constant(true.to_string()),
                    },
                    _ => self.computed(expr),
                }
            }
            Expr::Substring {
                expr: of,
                substring_from: Some(from),
                substring_for: None,
                ..
            } => self.cut(of, from).unwrap_or_else(|| self.computed(expr)),
            Expr::Function(function) if self.asks_clock(function) => Value::Now,
            Expr::Function(function) => self.called(function, expr),
            Expr::Array(array) if !array.elem.is_empty() => self.together(array.elem.iter(), expr),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self
                .mapped(operand.as_deref(), conditions, else_result.as_deref())
                .or_else(|| {
                    self.beside_null(operand.as_deref(), conditions, else_result.as_deref())
                })
                .unwrap_or_else(|| self.computed(expr)),
            other => self.computed(other),
        }
    }

    fn called(&self, function: &Function, whole: &Expr) -> Value {
        let (FunctionArguments::List(list), Some(name)) =
            (&function.args, self.server_function(&function.name))
        else {
            return self.computed(whole);
        };
        if name == "row" && self.dialect == Dialect::Postgres {
            return self.row_of(list.args.iter().filter_map(argument_expr), whole);
        }
        let mut arguments = list.args.iter().filter_map(argument_expr);
        // PostgreSQL's `json_object` is another one.
        let own = |called: &str| self.dialect != Dialect::Postgres && name == called;
        if name.ends_with("_build_array") || own("json_array") {
            return in_json(self.together(arguments, whole));
        }
        if name.ends_with("_build_object") || own("json_object") {
            return self.object(arguments, whole);
        }
        if matches!(
            name.as_str(),
            "substr" | "substring" | "date" | "unhex" | "from_base64" | "inet_aton"
        ) {
            return self
                .undone(&name, function)
                .unwrap_or_else(|| self.computed(whole));
        }
        if matches!(name.as_str(), "if" | "iif") && list.args.len() == 3 {
            let parts: Vec<&Expr> = arguments.collect();
            return self
                .chosen_by(&parts)
                .unwrap_or_else(|| self.computed(whole));
        }
        if name == "field" && self.dialect == Dialect::MySql {
            let parts: Vec<&Expr> = arguments.collect();
            return self
                .place_among(&parts)
                .unwrap_or_else(|| self.computed(whole));
        }
        if matches!(name.as_str(), "coalesce" | "ifnull") && list.args.len() == 2 {
            let parts: Vec<&Expr> = arguments.collect();
            return self
                .filled_up(&parts)
                .unwrap_or_else(|| self.computed(whole));
        }
        if name == "nullif" && self.dialect != Dialect::Postgres {
            let parts: Vec<&Expr> = arguments.collect();
            return self.emptied(&parts).unwrap_or_else(|| self.computed(whole));
        }
        if matches!(name.as_str(), "concat" | "lpad") && self.dialect == Dialect::MySql {
            return self
                .longer(&name, function)
                .unwrap_or_else(|| self.computed(whole));
        }
        match (name.as_str(), arguments.next(), arguments.next()) {
            ("json_value" | "json_extract", Some(inner), Some(path))
                if self.dialect == Dialect::MySql && list.args.len() == 2 =>
            {
                self.part_of_json(inner, path, name == "json_value")
                    .unwrap_or_else(|| self.computed(whole))
            }
            ("json_extract", Some(inner), Some(path))
                if self.dialect == Dialect::Sqlite && list.args.len() == 2 =>
            {
                self.part_of_json(inner, path, true)
                    .unwrap_or_else(|| self.computed(whole))
            }
            ("json_unquote", Some(inner), None) if self.dialect == Dialect::MySql => {
                self.unquoted(inner).unwrap_or_else(|| self.computed(whole))
            }
            ("values" | "value", Some(Expr::Identifier(ident)), None)
                if self.dialect == Dialect::MySql =>
            {
                Value::Excluded(self.ident(ident))
            }
            ("round" | "floor" | "ceil" | "ceiling", Some(inner), None)
                if self.dialect != Dialect::Sqlite =>
            {
                match self.value(inner) {
                    value if carries(&value) => one_to_one(value, Kind::Rounded),
                    _ => self.computed(whole),
                }
            }
            ("row_to_json", Some(inner), None) if self.dialect == Dialect::Postgres => {
                match self.value(inner) {
                    row @ Value::Column(None, _) => one_to_one(row, Kind::Json),
                    _ => self.computed(whole),
                }
            }
            ("lower" | "upper", Some(inner), None) if self.dialect != Dialect::MySql => {
                match self.value(inner) {
                    value if carries(&value) => {
                        let upper = name == "upper";
                        one_to_one(value, Kind::Folded { upper })
                    }
                    _ => self.computed(whole),
                }
            }
            ("reverse" | "to_json" | "to_jsonb", Some(inner), None) => {
                let value = self.value(inner);
                if carries(&value) {
                    let kind = match name.as_str() {
                        "to_jsonb" => Kind::Jsonb,
                        "reverse" => Kind::Written,
                        _ => Kind::Json,
                    };
                    one_to_one(value, kind)
                } else {
                    self.computed(whole)
                }
            }
            ("array_append", Some(inner), Some(member))
                if self.dialect == Dialect::Postgres && list.args.len() == 2 =>
            {
                match (self.value(inner), self.value(member)) {
                    (value, Value::Constant(_)) if carries(&value) => {
                        one_to_one(value, Kind::Appended)
                    }
                    _ => self.computed(whole),
                }
            }
            ("encode", Some(inner), Some(_))
            | ("convert_to", Some(inner), Some(_))
            | ("convert_from", Some(inner), Some(_))
                if self.dialect == Dialect::Postgres && names_utf8(&name, list) =>
            {
                match self.value(inner) {
                    value if carries(&value) => one_to_one(value, recoded(&name)),
                    _ => self.computed(whole),
                }
            }
            // The texts between the separators, which stand nowhere within them.
            ("string_to_array", Some(inner), Some(separator))
                if self.dialect == Dialect::Postgres && list.args.len() == 2 =>
            {
                match (self.value(inner), self.value(separator)) {
                    (value, Value::Constant(_)) if carries(&value) => {
                        one_to_one(value, Kind::Split)
                    }
                    _ => self.computed(whole),
                }
            }
            ("quote_ident" | "quote_literal" | "quote_nullable", Some(inner), None)
                if self.dialect == Dialect::Postgres =>
            {
                match self.value(inner) {
                    value if carries(&value) => one_to_one(value, Kind::Written),
                    _ => self.computed(whole),
                }
            }
            ("make_interval", Some(inner), None)
                if self.dialect == Dialect::Postgres && names_unit(list) =>
            {
                match self.value(inner) {
                    value if carries(&value) => one_to_one(value, Kind::Lasting),
                    _ => self.computed(whole),
                }
            }
            ("hex" | "to_base64" | "inet_ntoa", Some(inner), None)
                if self.dialect == Dialect::MySql =>
            {
                let kind = match name.as_str() {
                    "hex" => Kind::Hex,
                    "to_base64" => Kind::Base64,
                    _ => Kind::Address,
                };
                match self.value(inner) {
                    value if carries(&value) => one_to_one(value, kind),
                    _ => self.computed(whole),
                }
            }
            ("date_format", Some(inner), Some(format))
                if self.dialect == Dialect::MySql && list.args.len() == 2 =>
            {
                let kind = match self.value(format) {
                    Value::Constant(format) => stamped(&format),
                    _ => None,
                };
                match (self.value(inner), kind) {
                    (value, Some(kind)) if carries(&value) => one_to_one(value, kind),
                    _ => self.computed(whole),
                }
            }
            ("json_quote", Some(inner), None) if self.dialect != Dialect::Postgres => {
                match self.value(inner) {
                    value if carries(&value) => one_to_one(value, Kind::Quoted),
                    _ => self.computed(whole),
                }
            }
            ("to_timestamp", Some(inner), None) => {
                let value = self.value(inner);
                if carries(&value) {
                    one_to_one(value, Kind::Epoch)
                } else {
                    self.computed(whole)
                }
            }
            _ => self.computed(whole),
        }
    }

    pub(super) fn computed(&self, expr: &Expr) -> Value {
        let mut value = self.inspected(expr);
        if let Value::Computed {
            reads,
            calls,
            formula,
            ..
        } = &mut value
            && calls.is_empty()
            && !reads.is_empty()
        {
            *formula = self.formula(expr);
        }
        value
    }

    fn inspected(&self, expr: &Expr) -> Value {
        let contents = self.inspect(expr);
        let mut reads = contents.reads;
        reads.retain(|(_, name)| !name.starts_with(PLACEHOLDER) && !is_call(self.dialect, name));
        let mut calls = contents.calls;
        for query in contents.queries {
            calls.extend(self.query(query).calls);
        }
        Value::Computed {
            surely: calls.is_empty() || !contents.skips,
            reads,
            calls,
            formula: None,
        }
    }

    /// The functions called in `expr` that may do anything.
    pub(super) fn calls(&self, expr: &Expr) -> Vec<Name> {
        match self.inspected(expr) {
            Value::Computed { calls, .. } => calls,
            _ => Vec::new(),
        }
    }
}

/// What a change of the encoding makes: bytes, or a text.
fn recoded(function: &str) -> Kind {
    match function {
        "convert_to" => Kind::Any,
        _ => Kind::Written,
    }
}

/// Whether a function that changes the encoding of text names one that has every character.
fn names_utf8(function: &str, list: &FunctionArgumentList) -> bool {
    let encoding = list.args.get(1).and_then(argument_expr);
    let named = encoding.is_some_and(|encoding| {
        let text = encoding.to_string().to_ascii_lowercase();
        matches!(text.as_str(), "'utf8'" | "'utf-8'")
    });
    named || function == "encode"
}

pub(super) fn one_to_one(value: Value, kind: Kind) -> Value {
    Value::OneToOne(Box::new(value), kind)
}

/// What a type is called where a value is cast to it: MySQL's `SIGNED` has 64 bits.
/// (<https://mariadb.com/kb/en/cast/>)
fn called(dialect: Dialect, data_type: &DataType) -> String {
    match data_type {
        DataType::Signed | DataType::SignedInteger if dialect == Dialect::MySql => "bigint".into(),
        DataType::Unsigned | DataType::UnsignedInteger if dialect == Dialect::MySql => {
            "bigint unsigned".into()
        }
        other => other.to_string(),
    }
}

/// The column that the value is, be it under a cast that only changes its spelling.
pub(super) fn bare(value: Value) -> Option<Value> {
    match value {
        Value::Cast(inner, ty) if matches!(ty.to_lowercase().as_str(), "text" | "varchar") => {
            bare(*inner)
        }
        Value::Column(..) => Some(value),
        _ => None,
    }
}

/// Whether a column's whole value is in it.
pub(super) fn carries(value: &Value) -> bool {
    match value {
        Value::Cast(..) => !value.is_constant(),
        Value::Column(..)
        | Value::OneToOne(..)
        | Value::Led { .. }
        | Value::Shifted { .. }
        | Value::Mapped { .. }
        | Value::Together(_)
        | Value::Object { .. } => true,
        _ => false,
    }
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
