//! What of a row survives an operator?

use sqlparser::ast::{BinaryOperator, DataType, Expr, Function, FunctionArguments, UnaryOperator};

use super::Reader;
use super::spans::span;
use super::undone::characters;
use super::value::{bare, carries, one_to_one};
use crate::Dialect;
use crate::act::{Kind, NULL, Rest, Value};

impl Reader<'_> {
    pub(super) fn unary(&self, op: &UnaryOperator, inner: &Expr, whole: &Expr) -> Value {
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

    pub(super) fn binary(
        &self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        whole: &Expr,
    ) -> Value {
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
        // MySQL that is not strict makes NULL of a day of zeros, and of whatever comes after the last one.
        if moves
            && self.dialect == Dialect::Postgres
            && let Some(kind) = span(right)
        {
            return match self.value(left) {
                value if carries(&value) => one_to_one(value, kind),
                _ => self.computed(whole),
            };
        }
        if *op == BinaryOperator::StringConcat && self.are_constant_members(right) {
            return match self.value(left) {
                value if carries(&value) => one_to_one(value, Kind::Appended),
                _ => self.computed(whole),
            };
        }
        match (self.value(left), self.value(right)) {
            (Value::Constant(a), Value::Constant(b)) => Value::Constant(format!("{a} {op} {b}")),
            (value, Value::Constant(bits)) | (Value::Constant(bits), value)
                if *op == BinaryOperator::PGBitwiseXor =>
            {
                // More bits make a number of more of them.
                match bits.parse::<i32>() {
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
                    Ok(-1) if self.dialect == Dialect::MySql => one_to_one(value, Kind::Signed),
                    Ok(factor) => one_to_one(value, Kind::Scaled(factor)),
                }
            }
            (value, Value::Constant(divisor))
                if *op == BinaryOperator::Divide && carries(&value) =>
            {
                match zeros(&divisor, &value, self.dialect) {
                    Some(zeros) => one_to_one(value, Kind::Divided(zeros)),
                    None => self
                        .quotient(left, &divisor)
                        .unwrap_or_else(|| self.computed(whole)),
                }
            }
            (value, Value::Constant(by)) | (Value::Constant(by), value)
                if *op == BinaryOperator::StringConcat && carries(&value) =>
            {
                // JSON is merged.
                match by.contains(['{', '[']) {
                    true => self.computed(whole),
                    false => led(one_to_one(value, Kind::Joined), left, &by),
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

    /// Whether it is an array of members that are the same in every run: `ARRAY['a']`, `ARRAY['a']::text[]`.
    fn are_constant_members(&self, expr: &Expr) -> bool {
        let constant = |member: &Expr| matches!(self.value(member), Value::Constant(_));
        match expr {
            Expr::Array(array) if self.dialect == Dialect::Postgres => {
                !array.elem.is_empty() && array.elem.iter().all(constant)
            }
            Expr::Nested(inner) => self.are_constant_members(inner),
            // Numbers might become rounded ones.
            Expr::Cast {
                expr, data_type, ..
            } => {
                data_type.to_string().eq_ignore_ascii_case("text[]")
                    && self.are_constant_members(expr)
            }
            _ => false,
        }
    }

    /// Whether it is the time or day at which PostgreSQL runs the statement.
    pub(super) fn asks_clock(&self, function: &Function) -> bool {
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

/// Whether a cast makes a floating point number of it, and so of each number that may stand in its place: `0::float8`.
pub(super) fn is_floating(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_floating(inner),
        Expr::Cast { data_type, .. } => {
            let ty = data_type.to_string().to_ascii_lowercase();
            ["float", "double", "real"]
                .iter()
                .any(|floating| ty.starts_with(floating))
        }
        _ => false,
    }
}

/// The value behind the text `by`, where that is what stands on the `left`.
fn led(value: Value, left: &Expr, by: &str) -> Value {
    let before = matches!(left, Expr::Value(_)).then(|| characters(by));
    match before.flatten() {
        Some(by) => Value::Led {
            value: Box::new(value),
            by,
        },
        None => value,
    }
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

/// How far the expression goes on to the left.
pub(super) fn depth(expr: &Expr) -> usize {
    let (mut depth, mut at) = (0, expr);
    while let Expr::BinaryOp { left, .. } = at {
        depth += 1;
        at = left;
    }
    depth
}
