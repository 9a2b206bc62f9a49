//! Is an operation one-to-one on what a column of a type can hold?

use super::flow::Flow;
use super::run::Run;
use crate::Dialect;
use crate::act::Kind;
use crate::types::{Affinity, Type};

/// A quotient of PostgreSQL has so many digits at least, and no more than it needs for that where it is great.
/// (`select_div_scale` in [numeric.c](https://github.com/postgres/postgres/blob/REL_15_0/src/backend/utils/adt/numeric.c))
pub(crate) const EXACT: u32 = 16;

impl Run<'_> {
    /// Whether dividing such a value by a power of ten may round it.
    pub(super) fn may_round(&self, ty: Option<&str>, kind: Kind) -> bool {
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
    pub(super) fn takes_rounded(&self, flow: &Flow, to: &str) -> bool {
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
    pub(super) fn is_of_kind(&self, ty: Option<&str>, kind: Kind) -> bool {
        let Some(text) = ty else {
            return !matches!(kind, Kind::Whole | Kind::Scaled(_) | Kind::Divided(_));
        };
        let ty = self.type_of(text);
        let signed = |ty: &Type| match ty {
            Type::Int { min, .. } => *min < 0,
            Type::Decimal { signed, .. } => *signed,
            _ => true,
        };
        match kind {
            Kind::Any => true,
            Kind::Whole => matches!(ty, Type::Int { .. } | Type::Affinity(Affinity::Integer)),
            Kind::Divided(_) => matches!(ty, Type::Int { .. }),
            Kind::Jsonb => ty != Type::Json,
            Kind::PartOfJson => !matches!(ty, Type::Json | Type::JsonValue),
            Kind::Scaled(_) => matches!(ty, Type::Int { .. } | Type::Decimal { .. }),
            Kind::Number => is_exact(&ty) || self.is_flag(text, &ty),
            Kind::Signed => (is_exact(&ty) || self.is_flag(text, &ty)) && signed(&ty),
            // Of arrays NULL and the empty one become the same.
            Kind::Joined => !matches!(
                ty,
                Type::Json | Type::JsonValue | Type::Named(_) | Type::Array(_)
            ),
            Kind::Flag => self.is_flag(text, &ty),
        }
    }

    /// The type of what an operation makes of such a value, where that is known.
    pub(super) fn type_after(&self, ty: String, kind: Kind) -> Option<String> {
        match (kind, self.type_of(&ty)) {
            (Kind::Any | Kind::Jsonb | Kind::PartOfJson, _) => None,
            (Kind::Divided(zeros), _) => Some(format!("numeric(1000,{zeros})")),
            (
                Kind::Scaled(by),
                Type::Decimal {
                    precision: Some(_),
                    scale,
                    ..
                },
            ) => {
                let unit = u32::try_from(scale)
                    .ok()
                    .and_then(|s| 10_i64.checked_pow(s));
                let whole = unit.is_some_and(|unit| by % unit == 0);
                match whole {
                    true => Some("numeric(1000,0)".to_owned()),
                    false => Some(ty),
                }
            }
            // `to_timestamp(x)`, `x || 'a'`
            (Kind::Whole | Kind::Joined, _) if self.dialect == Dialect::Postgres => None,
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
