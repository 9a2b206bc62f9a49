//! Does a cast leave a constant as it is written?

use sqlparser::ast::{
    CharacterLength, DataType, ExactNumberInfo, Expr, UnaryOperator, Value as Literal,
};

use super::Reader;
use crate::Dialect;
use crate::act::Value;

impl Reader<'_> {
    /// The constant `inner` under a cast: it stays one where the cast surely changes neither it nor how it compares.
    pub(super) fn cast(&self, inner: &Expr, constant: String, ty: &DataType) -> Value {
        let kept = is_literal(inner)
            .then(|| self.kept(&constant, ty))
            .flatten();
        kept.map_or_else(|| typed(Value::Constant(constant), ty), Value::Constant)
    }

    fn kept(&self, constant: &str, ty: &DataType) -> Option<String> {
        let quoted = constant.strip_prefix('\'');
        let text = quoted.and_then(|rest| rest.strip_suffix('\''));
        let as_text = text.filter(|text| self.has_room(text, ty));
        if as_text.is_some() {
            return Some(constant.to_owned());
        }
        match (self.dialect, ty) {
            // It compares by numbers with what is no number.
            (Dialect::Sqlite, _) => None,
            (Dialect::Postgres, DataType::Bool | DataType::Boolean) => {
                let is_truth = matches!(constant, "true" | "false");
                is_truth.then(|| constant.to_owned())
            }
            (Dialect::Postgres, DataType::Uuid) => {
                text.is_some_and(is_uuid).then(|| constant.to_owned())
            }
            (Dialect::Postgres, DataType::Numeric(ExactNumberInfo::None))
                if is_decimal(constant) =>
            {
                Some(constant.to_owned())
            }
            _ => whole(text.unwrap_or(constant), ty),
        }
    }

    /// Whether a cast to the type cuts nothing off the text, fills nothing up, and compares as texts do.
    fn has_room(&self, text: &str, ty: &DataType) -> bool {
        use DataType::{Char, CharVarying, Character, CharacterVarying, Text, Varchar};
        let length = match (self.dialect, ty) {
            (Dialect::Postgres | Dialect::Sqlite, Text) => None,
            (
                Dialect::Postgres,
                Varchar(length) | CharacterVarying(length) | CharVarying(length),
            )
            | (Dialect::MySql, Char(length) | Character(length)) => length.as_ref(),
            // A length says nothing.
            (Dialect::Sqlite, Varchar(_) | Char(_)) => None,
            _ => return false,
        };
        let fits = match length {
            None | Some(CharacterLength::Max) => true,
            Some(CharacterLength::IntegerLength { length, .. }) => {
                text.chars().count() as u64 <= *length
            }
        };
        // Of these a text that looks like a number may compare as one, or not, unlike one without a cast.
        let is_word = text.is_ascii() && text.starts_with(|c: char| c.is_ascii_alphabetic());
        let unlike_number = !text.to_ascii_lowercase().starts_with("inf");
        fits && (self.dialect == Dialect::Postgres || (is_word && unlike_number))
    }
}

/// The value, of which only the judge of its type can tell what it becomes.
pub(super) fn typed(value: Value, ty: &DataType) -> Value {
    Value::Cast(Box::new(value), ty.to_string())
}

/// The expression without casts around it.
pub(super) fn uncast(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) | Expr::Cast { expr: inner, .. } = expr {
        expr = inner;
    }
    expr
}

fn is_literal(expr: &Expr) -> bool {
    match uncast(expr) {
        Expr::Value(value) => !matches!(value.value, Literal::HexStringLiteral(_)),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => matches!(uncast(expr), Expr::Value(_)),
        _ => false,
    }
}

/// A whole number, where the type holds it as it is.
fn whole(digits: &str, ty: &DataType) -> Option<String> {
    use DataType::{
        BigInt, Decimal, Int, Int2, Int4, Int8, Integer, Numeric, Signed, SignedInteger, SmallInt,
        Unsigned, UnsignedInteger,
    };
    let number: i64 = digits.parse().ok()?;
    let fits = match ty {
        SmallInt(_) | Int2(_) => i16::try_from(number).is_ok(),
        Int(_) | Integer(_) | Int4(_) => i32::try_from(number).is_ok(),
        BigInt(_) | Int8(_) | Signed | SignedInteger => true,
        Unsigned | UnsignedInteger => number >= 0,
        Numeric(room) | Decimal(room) => {
            let (precision, scale) = match room {
                ExactNumberInfo::None => (10, 0),
                ExactNumberInfo::Precision(precision) => (*precision, 0),
                ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
            };
            let digits = digits.trim_start_matches('-').len() as u64;
            let before = precision.checked_sub(scale.unsigned_abs());
            scale >= 0 && before.is_some_and(|before| digits <= before)
        }
        _ => false,
    };
    (fits && number.to_string() == digits).then(|| digits.to_owned())
}

/// Whether it is a number without an exponent.
fn is_decimal(constant: &str) -> bool {
    let number = constant.strip_prefix('-').unwrap_or(constant);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Whether it is written as the server writes it.
fn is_uuid(text: &str) -> bool {
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let mut bytes = text.bytes().enumerate();
    text.len() == 36
        && bytes.all(|(at, byte)| match is_dash(at) {
            true => byte == b'-',
            false => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}
