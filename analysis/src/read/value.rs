//! What of a row survives in an expression, and which rows does a condition meet?

use std::collections::HashSet;

use sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, CastKind, DataType, Expr, Function, FunctionArgumentList,
    FunctionArguments, UnaryOperator, Value as Literal,
};

use super::Reader;
use super::called::is_call;
use super::cast::{typed, uncast};
use super::inspect::argument_expr;
use super::spans::{names_unit, span};
use crate::Dialect;
use crate::act::{Kind, NULL, Name, Rest, Value};

impl Reader<'_> {
    pub(super) fn value(&self, expr: &Expr) -> Value {
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
                // MySQL writes a value as the text that it writes in any column of text.
                inner
                    if self.dialect == Dialect::MySql
                        && matches!(
                            data_type,
                            DataType::Char(None) | DataType::Character(None)
                        ) =>
                {
                    inner
                }
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
            BinaryOperator::StringConcat => true,
            BinaryOperator::PGBitwiseXor => self.dialect == Dialect::Postgres,
            BinaryOperator::Divide => self.dialect != Dialect::Sqlite,
            _ => false,
        };
        if *op == BinaryOperator::Eq
            && let (Some(column), Some(asked)) = (bare(self.value(left)), self.outcome(right))
        {
            let yes = (asked, true.to_string());
            // Of NULL nothing is known.
            let null = (NULL.to_owned(), NULL.to_owned());
            return Value::Mapped {
                value: Box::new(column),
                pairs: vec![yes, null],
                rest: Rest::Constant(false.to_string()),
            };
        }
        // A chain of hundreds of terms is never one column and a constant: the one that matters is short.
        if !invertible || depth(left) > 16 {
            return self.computed(whole);
        }
        let moves = matches!(op, BinaryOperator::Plus | BinaryOperator::Minus);
        if moves
            && self.dialect == Dialect::Postgres
            && let Some(kind) = span(right)
        {
            return match self.value(left) {
                value if carries(&value) => one_to_one(value, kind),
                _ => self.computed(whole),
            };
        }
        match (self.value(left), self.value(right)) {
            (Value::Constant(a), Value::Constant(b)) => Value::Constant(format!("{a} {op} {b}")),
            (value, Value::Constant(bits)) | (Value::Constant(bits), value)
                if *op == BinaryOperator::PGBitwiseXor =>
            {
                match bits.parse::<i64>() {
                    Ok(_) if carries(&value) => one_to_one(value, Kind::Whole),
                    _ => self.computed(whole),
                }
            }
            (value, Value::Constant(factor)) | (Value::Constant(factor), value)
                if *op == BinaryOperator::Multiply && carries(&value) =>
            {
                match factor.parse::<i64>() {
                    Ok(0) | Err(_) => self.computed(whole),
                    Ok(1 | -1) if self.dialect == Dialect::Sqlite => one_to_one(value, Kind::Whole),
                    // A product without room becomes a real number of fifteen digits. (<https://sqlite.org/lang_expr.html>)
                    Ok(_) if self.dialect == Dialect::Sqlite => self.computed(whole),
                    Ok(factor) => one_to_one(value, Kind::Scaled(factor)),
                }
            }
            (value, Value::Constant(divisor))
                if *op == BinaryOperator::Divide && carries(&value) =>
            {
                match zeros(&divisor, &value, self.dialect) {
                    Some(zeros) => one_to_one(value, Kind::Divided(zeros)),
                    None => self.computed(whole),
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

    /// Whether it is the time or day at which PostgreSQL runs the statement.
    fn asks_clock(&self, function: &Function) -> bool {
        const CLOCKS: [&str; 7] = [
            "now",
            "current_timestamp",
            "transaction_timestamp",
            "statement_timestamp",
            "clock_timestamp",
            "localtimestamp",
            "current_date",
        ];
        let bare = match &function.args {
            FunctionArguments::None => true,
            FunctionArguments::List(list) => list.args.is_empty(),
            FunctionArguments::Subquery(_) => false,
        };
        let name = self.last(&function.name).to_ascii_lowercase();
        let own = function.name.0.len() == 1 && CLOCKS.contains(&name.as_str());
        self.dialect == Dialect::Postgres && bare && own
    }

    fn called(&self, function: &Function, whole: &Expr) -> Value {
        let name = self.last(&function.name).to_ascii_lowercase();
        let FunctionArguments::List(list) = &function.args else {
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
        if matches!(name.as_str(), "if" | "iif") && list.args.len() == 3 {
            let parts: Vec<&Expr> = arguments.collect();
            return self
                .chosen_by(&parts)
                .unwrap_or_else(|| self.computed(whole));
        }
        match (name.as_str(), arguments.next(), arguments.next()) {
            ("values" | "value", Some(Expr::Identifier(ident)), None)
                if self.dialect == Dialect::MySql =>
            {
                Value::Excluded(self.ident(ident))
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
            ("encode", Some(inner), Some(_))
            | ("convert_to", Some(inner), Some(_))
            | ("convert_from", Some(inner), Some(_))
                if self.dialect == Dialect::Postgres && names_utf8(&name, list) =>
            {
                match self.value(inner) {
                    value if carries(&value) => one_to_one(value, Kind::Any),
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
            ("hex", Some(inner), None) if self.dialect == Dialect::MySql => match self.value(inner)
            {
                value if carries(&value) => one_to_one(value, Kind::Hex),
                _ => self.computed(whole),
            },
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

    /// `CASE x WHEN 'a' THEN 'b' … END`, or `CASE WHEN x = 'a' THEN 'b' … END`, over one column.
    fn mapped(
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
            pairs.push((key, self.outcome(&when.result)?));
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
    fn chosen_by(&self, parts: &[&Expr]) -> Option<Value> {
        let [condition, result, other] = *parts else {
            return None;
        };
        let when = CaseWhen {
            condition: condition.clone(),
            result: result.clone(),
        };
        self.mapped(None, &[when], Some(other))
    }

    /// `CASE WHEN x IS NULL THEN NULL ELSE ARRAY[x] END` of PostgreSQL, over one column: what becomes of its NULL becomes of no other
    /// value.
    fn beside_null(
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
            Expr::UnaryOp {
                op: UnaryOperator::Not | UnaryOperator::BangNot,
                expr,
            } => Some((self.value(expr), yes(false))),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            } => Some((self.value(left), self.outcome(right)?)),
            flag => Some((self.value(flag), yes(true))),
        }
    }

    /// A constant that comes out as it is written.
    fn outcome(&self, expr: &Expr) -> Option<String> {
        match is_cut(expr) {
            true => None,
            false => self.constant(uncast(expr)),
        }
    }

    fn constant(&self, expr: &Expr) -> Option<String> {
        match self.value(expr) {
            Value::Constant(text) => Some(text),
            _ => None,
        }
    }

    /// Values under keys: of two with one key the last is kept.
    fn object<'e>(&self, parts: impl Iterator<Item = &'e Expr>, whole: &Expr) -> Value {
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
    fn row_of<'e>(&self, parts: impl Iterator<Item = &'e Expr>, whole: &Expr) -> Value {
        match self.together(parts, whole) {
            Value::Together(parts) => Value::Row(parts),
            other => other,
        }
    }

    /// `x->>'a'` and `(x).a` of PostgreSQL.
    fn part_of(&self, value: &Expr, key: &Expr, whole: &Expr) -> Value {
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

    fn attribute_of(&self, root: &Expr, chain: &[AccessExpr], whole: &Expr) -> Value {
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
    fn together<'e>(&self, parts: impl Iterator<Item = &'e Expr>, whole: &Expr) -> Value {
        let parts: Vec<Value> = parts.map(|part| self.value(part)).collect();
        let simple =
            |part: &Value| carries(part) || part.is_constant() || matches!(part, Value::Null);
        match parts.iter().all(simple) && parts.iter().any(carries) {
            true => Value::Together(parts),
            false => self.computed(whole),
        }
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
        Value::Computed {
            reads,
            calls,
            surely: !contents.skips,
        }
    }

    /// The functions called in `expr` that may do anything.
    pub(super) fn calls(&self, expr: &Expr) -> Vec<Name> {
        match self.computed(expr) {
            Value::Computed { calls, .. } => calls,
            _ => Vec::new(),
        }
    }
}

/// Whether a cast may make the same of it as of another one: `'a'::varchar(5)`, `'01'::int`.
pub(super) fn is_cut(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_cut(inner),
        Expr::Cast {
            expr, data_type, ..
        } => {
            let is_number = expr.to_string().bytes().all(|byte| byte.is_ascii_digit());
            let is_text = matches!(
                data_type,
                DataType::Text
                    | DataType::Varchar(None)
                    | DataType::CharacterVarying(None)
                    | DataType::Custom(..)
            );
            data_type.to_string().contains('(') || !(is_number || is_text)
        }
        _ => false,
    }
}

/// Values that stand in JSON.
fn in_json(value: Value) -> Value {
    let Value::Together(parts) = value else {
        return value;
    };
    let part = |part: Value| match carries(&part) {
        true => one_to_one(part, Kind::PartOfJson),
        false => part,
    };
    Value::Together(parts.into_iter().map(part).collect())
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

/// How many zeros a divisor has that is a power of ten, where the quotient has a fraction.
fn zeros(divisor: &str, value: &Value, dialect: Dialect) -> Option<u32> {
    let (whole, fraction) = divisor.split_once('.').unwrap_or((divisor, ""));
    let whole_too = dialect == Dialect::MySql;
    let exact =
        whole_too || divisor.contains('.') || matches!(value, Value::Cast(_, ty) if is_numeric(ty));
    let zeros = whole.strip_prefix('1')?;
    let only_zeros = |text: &str| text.bytes().all(|digit| digit == b'0');
    // PostgreSQL gives a quotient at least sixteen digits, and MySQL four more than it was divided of.
    // (<https://dev.mysql.com/doc/refman/8.4/en/arithmetic-functions.html>)
    let most = if whole_too { 4 } else { 9 };
    let zeros = u32::try_from(zeros.len())
        .ok()
        .filter(|_| only_zeros(zeros));
    zeros.filter(|zeros| exact && only_zeros(fraction) && *zeros <= most)
}

fn is_numeric(ty: &str) -> bool {
    matches!(ty.to_ascii_lowercase().as_str(), "numeric" | "decimal")
}

/// `value` with the number `by` added, or taken away where not `up`.
fn shifted(value: Value, by: &str, up: bool) -> Option<Value> {
    let by: f64 = by.parse().ok()?;
    Some(Value::Shifted {
        value: Box::new(value),
        by: if up { by } else { -by },
    })
}

fn one_to_one(value: Value, kind: Kind) -> Value {
    Value::OneToOne(Box::new(value), kind)
}

/// The column that the value is, be it under a cast that only changes its spelling.
fn bare(value: Value) -> Option<Value> {
    match value {
        Value::Cast(inner, ty) if matches!(ty.to_lowercase().as_str(), "text" | "varchar") => {
            bare(*inner)
        }
        Value::Column(..) => Some(value),
        _ => None,
    }
}

/// Whether a column's whole value is in it.
fn carries(value: &Value) -> bool {
    match value {
        Value::Cast(..) => !value.is_constant(),
        Value::Column(..)
        | Value::OneToOne(..)
        | Value::Shifted { .. }
        | Value::Mapped { .. }
        | Value::Together(_)
        | Value::Object { .. } => true,
        _ => false,
    }
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
