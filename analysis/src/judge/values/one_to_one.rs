//! Is an operation one-to-one on what a column of a type can hold?

use super::longer::longer;
use crate::Dialect;
use crate::act::{Column, Constraint, Kind};
use crate::judge::flow::Flow;
use crate::judge::flow::keys::words;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::Table;
use crate::types::mysql::{HEX, bytes};
use crate::types::{Affinity, Length, Type};

/// A quotient of PostgreSQL has so many digits at least, and no more than it needs for that where it is great.
/// (`select_div_scale` in [numeric.c](https://github.com/postgres/postgres/blob/REL_15_0/src/backend/utils/adt/numeric.c))
pub(crate) const EXACT: u32 = 16;

impl Run<'_> {
    /// Whether dividing such a value by a power of ten may round it.
    pub(in crate::judge) fn may_round(&self, ty: Option<&str>, kind: Kind) -> bool {
        let whole = ty.map(|ty| self.type_of(ty));
        let Some(Type::Int { min, max }) = whole else {
            return false;
        };
        let limit = 10i128.pow(EXACT);
        self.dialect == Dialect::Postgres
            && matches!(kind, Kind::Divided(_))
            && (min <= -limit || max >= limit)
    }

    /// Whether a column of the type `to` takes in what was rounded: where it is short, the server refuses such values.
    pub(in crate::judge) fn takes_rounded(&self, flow: &Flow, to: &str) -> bool {
        if !flow.rounded {
            return false;
        }
        let zeros = match flow.ty.as_deref().map(|ty| self.type_of(ty)) {
            Some(Type::Decimal { scale, .. }) => i64::from(scale),
            _ => return true,
        };
        let whole = match self.type_of(to) {
            Type::Decimal {
                precision: Some(precision),
                scale,
                ..
            } => i64::from(precision) - i64::from(scale),
            _ => return true,
        };
        whole + zeros > i64::from(EXACT)
    }

    /// Whether every value of a column so declared is of the kind; an undeclared one is taken at its word.
    pub(in crate::judge) fn is_of_kind(&self, ty: Option<&str>, kind: Kind) -> bool {
        let Some(text) = ty else {
            return !matches!(
                kind,
                Kind::Whole
                    | Kind::Rounded
                    | Kind::Longer(_)
                    | Kind::AtTime
                    | Kind::Padded(_)
                    | Kind::Scaled(_)
                    | Kind::Divided(_)
                    | Kind::Moment
                    | Kind::Day
                    | Kind::Epoch
                    | Kind::Lasting
                    | Kind::Folded { .. }
                    | Kind::Hex
                    | Kind::Base64
                    | Kind::Address
                    | Kind::Stamped { .. }
                    | Kind::Quoted
                    | Kind::Appended
            );
        };
        let ty = self.type_of(text);
        let signed = |ty: &Type| match ty {
            Type::Int { min, .. } => *min < 0,
            Type::Decimal { signed, .. } => *signed,
            _ => true,
        };
        let written = matches!(
            kind,
            Kind::Any | Kind::Json | Kind::Jsonb | Kind::PartOfJson | Kind::Joined | Kind::Written
        );
        if written && self.writes_alike(&ty) {
            return false;
        }
        // A day behind the last of a month is none: MySQL counts in digits, `20200131 + 1`.
        let counts = is_exact(&ty) && !(self.dialect == Dialect::MySql && ty == Type::Date);
        match kind {
            Kind::Any => true,
            // Times of a day are told in another zone: 24:00 and 00:00 become one, and so do 12:00+02 and 10:00+00.
            Kind::Zoned => matches!(ty, Type::Timestamp { .. }),
            Kind::Whole | Kind::Epoch => {
                matches!(ty, Type::Int { .. } | Type::Affinity(Affinity::Integer))
            }
            // 149 / 100 is 1 after `SET div_precision_increment = 0`.
            Kind::Divided(_) => matches!(ty, Type::Int { .. }) && !self.schema.rounds_otherwise,
            Kind::Json => !self.may_hold_arrays(&ty),
            Kind::Jsonb => ty != Type::Json && !self.may_hold_arrays(&ty),
            Kind::PartOfJson => self.is_whole_in_json(text, &ty),
            Kind::Scaled(_) => matches!(ty, Type::Int { .. } | Type::Decimal { .. }),
            Kind::Longer(_) | Kind::AtTime | Kind::Padded(_) => longer(&ty, kind).is_some(),
            // PostgreSQL makes a floating point number of a whole one.
            Kind::Rounded => is_whole(&ty) && (is_decimal(&ty) || self.dialect == Dialect::MySql),
            Kind::Number => counts || self.is_flag(text, &ty),
            Kind::Signed => (counts || self.is_flag(text, &ty)) && signed(&ty),
            // Of arrays NULL and the empty one become the same; SQLite writes 1, '1' and x'31' alike where all may stand.
            Kind::Joined if is_rounded(&ty) => false,
            Kind::Joined => !matches!(
                ty,
                Type::Affinity(Affinity::Any | Affinity::Blob)
                    | Type::Json
                    | Type::JsonValue
                    | Type::Named(_)
                    | Type::Array(_)
            ),
            Kind::Flag => self.is_flag(text, &ty),
            Kind::Moment => matches!(ty, Type::Timestamp { .. }),
            Kind::Day => matches!(ty, Type::Timestamp { zoned: false, .. }),
            // Of a longer one PostgreSQL makes a number with a fraction, which rounds.
            Kind::Lasting => matches!(ty, Type::Int { max, .. } if max <= i128::from(i32::MAX)),
            // PostgreSQL reverses nothing else.
            Kind::Written => {
                self.dialect == Dialect::Postgres
                    || matches!(ty, Type::Text { .. } | Type::Binary { .. })
            }
            Kind::Split => matches!(ty, Type::Text { .. }),
            Kind::Appended => matches!(ty, Type::Array(_)),
            // Of whatever may stand in a text two become one.
            Kind::Folded { .. } => false,
            // Of a number with a point it takes the whole part.
            Kind::Address => matches!(ty, Type::Int { min: 0, max } if max <= i128::from(u32::MAX)),
            // Of a TIMESTAMP an hour of the session's zone comes twice.
            Kind::Stamped { clock, .. } => match ty {
                Type::Date => true,
                Type::Timestamp { zoned, digits } => clock && !zoned && digits == 0,
                _ => false,
            },
            Kind::Hex | Kind::Base64 => {
                matches!(
                    ty,
                    Type::Int { .. } | Type::Text { .. } | Type::Binary { .. }
                ) && !self.may_be_too_long(&ty)
            }
            // MariaDB makes NULL of what is no text.
            Kind::Quoted => {
                matches!(ty, Type::Text { .. } | Type::Affinity(Affinity::Text))
                    && self.is_whole_in_json(text, &ty)
                    && !self.may_be_too_long(&ty)
            }
        }
    }

    /// Whether what MySQL makes of a value may be longer than `max_allowed_packet`, for which it puts NULL.
    /// (<https://dev.mysql.com/doc/refman/8.4/en/string-functions.html>)
    fn may_be_too_long(&self, ty: &Type) -> bool {
        let (Type::Text { length, .. } | Type::Binary { length, .. }) = ty else {
            return false;
        };
        let short = match length {
            Length::Any => false,
            Length::Characters(most) | Length::Bytes(most) | Length::Stretched(most) => {
                *most <= 65_535
            }
        };
        self.dialect == Dialect::MySql && !short
    }

    /// Whether every value of a type stands in JSON as it is, and none as JSON of its own. SQLite writes real numbers with
    /// fifteen digits there, and so does MariaDB short ones with six; what MariaDB knows to be JSON it puts in as it is.
    fn is_whole_in_json(&self, text: &str, ty: &Type) -> bool {
        match self.dialect {
            Dialect::Postgres => {
                !matches!(ty, Type::Json | Type::JsonValue) && !self.may_hold_arrays(ty)
            }
            Dialect::Sqlite => matches!(ty, Type::Affinity(Affinity::Text)),
            Dialect::MySql => match ty {
                Type::Text { .. } => !text.to_ascii_lowercase().starts_with("long"),
                ty => matches!(
                    ty,
                    Type::Int { .. }
                        | Type::Decimal { .. }
                        | Type::Enum(_)
                        | Type::Date
                        | Type::Timestamp { zoned: false, .. }
                ),
            },
        }
    }

    /// Whether a cast may cut a fraction off: a column of whole numbers takes 1.5 as it is, unless its table is strict, it is the
    /// row's own number or a CHECK lists what it takes. (<https://sqlite.org/datatype3.html>)
    pub(in crate::judge) fn may_cut_fractions(
        &self,
        flow: &Flow,
        from: &str,
        to: &str,
        sources: &[Placed],
    ) -> bool {
        let types = [from, to].map(|ty| self.type_of(ty));
        if self.dialect != Dialect::Sqlite
            || !flow.plain
            || types
                != [
                    Type::Affinity(Affinity::Integer),
                    Type::Affinity(Affinity::Integer),
                ]
            || !self.checked(flow, sources).is_empty()
        {
            return false;
        }
        let whole = |table: &Table, column: &Column| {
            let asks = |check: &Constraint| {
                let words = words(&check.text);
                let has = |name: &str| words.iter().any(|word| self.same(word, name));
                has(&column.name) && has("typeof") && has("integer") && !has("real")
            };
            table.storage.strict
                || table.is_rowid(self.dialect, column)
                || table.all_constraints().any(asks)
        };
        !flow.values.iter().all(|value| self.at_start(*value, whole))
    }

    /// Whether there may be an array in it, which counts from any number on, as `[0:1]={1,2}` does: JSON does not say from which.
    /// (<https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO>)
    fn may_hold_arrays(&self, ty: &Type) -> bool {
        matches!(ty, Type::Array(_)) || self.may_have_parts_as(ty)
    }

    /// What adding a number makes of a flow's type, where that is more than a hundredth of all that the type holds: as much is
    /// taken to leave the range, which MySQL cuts off and SQLite makes a floating point number of. PostgreSQL refuses it.
    /// (<https://dev.mysql.com/doc/refman/8.4/en/out-of-range-and-overflow.html>, <https://sqlite.org/lang_expr.html>)
    pub(in crate::judge) fn leave_range(&self, flow: &mut Flow, by: f64) {
        let (range, wider) = match flow.ty.as_deref().map(|ty| self.type_of(ty)) {
            Some(Type::Int { min, max }) => (max - min, "decimal(65,0)".to_owned()),
            Some(Type::Decimal {
                precision: Some(precision),
                scale,
                ..
            }) => {
                let whole = precision.saturating_sub(scale.unsigned_abs());
                let limit = 10_i128.saturating_pow(whole);
                (limit.saturating_mul(2), format!("decimal(65,{scale})"))
            }
            Some(Type::Affinity(Affinity::Integer)) => (1 << 64, String::new()),
            _ => return,
        };
        #[allow(clippy::cast_precision_loss, reason = "it is about a hundredth")]
        let stays = by.abs() * 100.0 <= range as f64;
        match self.dialect {
            _ if stays => {}
            Dialect::Postgres => {}
            Dialect::Sqlite => flow.values.clear(),
            Dialect::MySql => flow.ty = Some(wider),
        }
    }

    /// The type of what an operation makes of such a value, where that is known.
    ///
    /// The character set of a column that stands there alone says how many bytes it has.
    pub(in crate::judge) fn type_after(
        &self,
        ty: String,
        kind: Kind,
        charset: Option<&str>,
    ) -> Option<String> {
        match (kind, self.type_of(&ty).with_charset(charset)) {
            (Kind::Written, _) if self.dialect == Dialect::MySql => Some(ty),
            (Kind::Written, _) if self.dialect == Dialect::Postgres => Some("text".to_owned()),
            (Kind::Json, Type::Json) if self.dialect == Dialect::Postgres => Some(ty),
            (Kind::Joined, Type::Text { .. }) if self.dialect == Dialect::Postgres => {
                Some("text".to_owned())
            }
            (Kind::Written | Kind::Any | Kind::Json | Kind::Jsonb | Kind::PartOfJson, _) => None,
            (Kind::Epoch, _) if self.dialect == Dialect::Postgres => {
                Some("timestamp with time zone".to_owned())
            }
            (Kind::Zoned, Type::Timestamp { zoned: true, .. }) => Some("timestamp".to_owned()),
            (Kind::Zoned, Type::Timestamp { .. }) => Some("timestamp with time zone".to_owned()),
            (Kind::Zoned, _) => None,
            (Kind::Lasting, _) => Some("interval".to_owned()),
            (Kind::Split, _) => Some("text[]".to_owned()),
            (Kind::Folded { .. }, _) => Some("text".to_owned()),
            (Kind::Longer(_) | Kind::AtTime | Kind::Padded(_), known) => longer(&known, kind),
            (Kind::Hex, Type::Int { .. }) => Some(written(16)),
            (Kind::Hex, known) => Some(match bytes_of(&known, charset.is_some()) {
                Some(bytes) => written(2 * bytes),
                None => "longtext".to_owned(),
            }),
            (Kind::Base64, known) => {
                // Four letters for three bytes, and a line ends behind 76 of them.
                let letters = bytes_of(&known, charset.is_some())?.div_ceil(3) * 4;
                Some(written(letters + letters / 76))
            }
            (Kind::Address, _) => Some(written(15)),
            (Kind::Stamped { length, .. }, _) => Some(written(length.into())),
            (Kind::Quoted, _) if self.dialect == Dialect::MySql => Some("json".to_owned()),
            (Kind::Quoted, _) => None,
            (Kind::Divided(zeros), Type::Int { min, max }) if self.dialect == Dialect::MySql => {
                let digits = max
                    .checked_ilog10()
                    .map_or(1, |digits| digits + 1)
                    .max(zeros);
                let sign = if min < 0 { "" } else { " unsigned" };
                Some(format!("decimal({digits},{zeros}){sign}"))
            }
            (Kind::Divided(zeros), _) => Some(format!("numeric(1000,{zeros})")),
            (
                Kind::Scaled(by),
                Type::Decimal {
                    precision: Some(_),
                    scale,
                    ..
                },
            ) if self.dialect != Dialect::MySql => {
                let unit = u32::try_from(scale)
                    .ok()
                    .and_then(|s| 10_i64.checked_pow(s));
                let whole = unit.is_some_and(|unit| by % unit == 0);
                match whole {
                    true => Some("numeric(1000,0)".to_owned()),
                    false => Some(ty),
                }
            }
            // `x # 5`
            (Kind::Whole, Type::Int { max, .. })
                if self.dialect == Dialect::Postgres && max <= i128::from(i32::MAX) =>
            {
                Some("integer".to_owned())
            }
            (Kind::Whole, Type::Int { .. }) if self.dialect == Dialect::Postgres => Some(ty),
            // `x || 'a'`
            (Kind::Whole | Kind::Joined, _) if self.dialect == Dialect::Postgres => None,
            (Kind::Scaled(by), known) if self.dialect == Dialect::MySql => {
                Some(scaled(&known, by).unwrap_or(ty))
            }
            // A whole number stays one.
            _ => Some(ty),
        }
    }

    /// Whether a column is declared to hold nothing but truth values.
    fn is_flag(&self, text: &str, ty: &Type) -> bool {
        let text = text.to_ascii_lowercase();
        match self.dialect {
            Dialect::Postgres => *ty == Type::Bool,
            Dialect::MySql | Dialect::Sqlite => {
                text.starts_with("bool")
                    || text.starts_with("tinyint(1)")
                    || matches!(text.as_str(), "bit" | "bit(1)")
            }
        }
    }
}

/// What MySQL needs to hold every value of a type times `by`, which another column may not have room for. Of a BIGINT the product
/// is an error where it is none any more. (<https://dev.mysql.com/doc/refman/8.4/en/out-of-range-and-overflow.html>)
fn scaled(ty: &Type, by: i64) -> Option<String> {
    let zeros = match by.unsigned_abs() {
        0 | 1 => 0,
        by => (by - 1).ilog10() + 1,
    };
    let (digits, scale, signed) = match ty {
        Type::Int { min, max } => (max.checked_ilog10()? + 1, 0, *min < 0),
        Type::Decimal {
            precision: Some(precision),
            scale,
            signed,
        } => (*precision, u32::try_from(*scale).ok()?, *signed),
        _ => return None,
    };
    let unit = 10_i64.checked_pow(scale)?;
    let sign = if signed || by < 0 { "" } else { " unsigned" };
    if matches!(ty, Type::Int { .. }) && digits + zeros > 18 {
        return Some(format!("bigint{sign}"));
    }
    let (digits, scale) = match by % unit {
        0 => (digits - scale.min(digits) + zeros, 0),
        _ => (digits + zeros, scale),
    };
    Some(format!("decimal({digits},{scale}){sign}"))
}

/// Whether the values may be floating point numbers of SQLite, which it writes with fifteen digits.
/// (<https://www.sqlite.org/floatingpoint.html>)
fn is_rounded(ty: &Type) -> bool {
    use Affinity::{Foreign, Numeric, Real};
    matches!(ty, Type::Affinity(Real | Numeric | Foreign))
}

/// The most bytes that a value has as a text, where that is known; of its character set where that is `told`.
fn bytes_of(ty: &Type, told: bool) -> Option<u64> {
    match ty {
        Type::Int { .. } => ty.width(Dialect::MySql),
        Type::Binary {
            length: Length::Bytes(bytes),
            ..
        } => Some(*bytes),
        Type::Text {
            length: Length::Bytes(bytes),
            ..
        } => Some(*bytes),
        Type::Text {
            length: Length::Characters(most),
            charset,
            ..
        } => Some(bytes(charset.as_deref().filter(|_| told)) * *most),
        Type::Text {
            length: Length::Stretched(most),
            ..
        } => Some(4 * *most),
        _ => None,
    }
}

/// A text of digits and letters that every character set has.
fn written(length: u64) -> String {
    format!("char({length}) character set {HEX}")
}

/// Whether no number of the type has a fraction.
pub(super) fn is_whole(ty: &Type) -> bool {
    let decimal = matches!(
        ty,
        Type::Decimal {
            precision: Some(_),
            scale: 0,
            ..
        }
    );
    decimal || matches!(ty, Type::Int { .. })
}

fn is_decimal(ty: &Type) -> bool {
    matches!(ty, Type::Decimal { .. })
}

/// Whether sums and differences of its values are exact: 1 is lost in a great floating point number, and so is a small
/// one in 1.
fn is_exact(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Int { .. }
            | Type::Decimal { .. }
            | Type::Money
            | Type::Date
            | Type::Interval { .. }
            | Type::Affinity(Affinity::Integer)
    )
}
