//! What does PostgreSQL do to a value that is cast to another type?

use std::collections::HashSet;

use crate::Dialect;

use super::{Cast, Fit, Length, Type, has_digits, is_float, keeps_if};

pub(super) fn fit(from: &Type, to: &Type, cast: Cast) -> Fit {
    if from == to {
        return Fit::Keeps;
    }
    match to {
        Type::Text { length, fixed, .. } => to_text(from, *length, *fixed, cast),
        Type::Array(to) => match from {
            Type::Array(from) => fit(from, to, cast),
            from => from_text(from, Fit::Cuts, cast),
        },
        Type::Int { .. } | Type::Decimal { .. } | Type::Float { .. } | Type::Money => {
            to_number(from, to, cast)
        }
        Type::Bool => match from {
            Type::Int { .. } | Type::JsonValue => only(cast, Fit::Cuts),
            from => from_text(from, Fit::Cuts, cast),
        },
        Type::Date | Type::Time { .. } | Type::Timestamp { .. } | Type::Interval { .. } => {
            to_time(from, to, cast)
        }
        Type::Bit { length, varying } => to_bit(from, *length, *varying, cast),
        Type::Json => match from {
            Type::JsonValue => Fit::Keeps,
            // The text is kept as it is, or is no JSON.
            from => from_text(from, Fit::Refuses, cast),
        },
        Type::JsonValue => match from {
            Type::Json => Fit::Cuts,
            from => from_text(from, Fit::Cuts, cast),
        },
        Type::Enum(labels) => match from {
            Type::Enum(old) => only(cast, labels_fit(old, labels)),
            Type::Text { .. } => from_text(from, Fit::Refuses, cast),
            _ => Fit::Refuses,
        },
        Type::Named(to) => to_named(from, to, cast),
        _ => from_text(from, Fit::Cuts, cast),
    }
}

/// A cast that has to be written out: without it the statement is refused whatever the rows hold.
fn only(cast: Cast, fit: Fit) -> Fit {
    match cast {
        Cast::Explicit => fit,
        Cast::Assigned => Fit::Refuses,
    }
}

/// Text is read by the type's own rules, which many spellings of a value pass; anything else has no cast.
fn from_text(from: &Type, fit: Fit, cast: Cast) -> Fit {
    match from {
        Type::Text { .. } => only(cast, fit),
        Type::Named(_) => only(cast, Fit::Unknown),
        _ => Fit::Refuses,
    }
}

fn labels_fit(old: &[String], new: &[String]) -> Fit {
    let new: HashSet<&String> = new.iter().collect();
    keeps_if(old.iter().all(|label| new.contains(label)), Fit::Refuses)
}

/// Too long a text is refused when assigned, but for blanks at its end, which are dropped; a cast drops anything.
fn to_text(from: &Type, length: Length, fixed: bool, cast: Cast) -> Fit {
    let (wide, padded) = match from {
        Type::Text { length, fixed, .. } => (*length, *fixed),
        Type::Named(name) if length != Length::Any && !BUILT_IN.contains(&name.as_str()) => {
            return Fit::Unknown;
        }
        from => {
            let wide = from
                .width(Dialect::Postgres)
                .map_or(Length::Any, Length::Characters);
            // JSON and XML may have blanks at their end.
            let spelt =
                matches!(from, Type::Json) || matches!(from, Type::Named(name) if name == "xml");
            (wide, !spelt)
        }
    };
    let fits = match (wide, length) {
        (_, Length::Any) => true,
        (Length::Characters(wide), Length::Characters(length)) => wide <= length,
        (Length::Bytes(wide), Length::Characters(length)) => wide <= length,
        (Length::Bytes(wide), Length::Bytes(length)) => wide <= length,
        // At most four bytes a character.
        (Length::Characters(wide), Length::Bytes(length)) => wide.saturating_mul(4) <= length,
        // MySQL alone has these.
        (Length::Any | Length::Stretched(_), _) | (_, Length::Stretched(_)) => false,
    };
    if fits {
        return keeps_if(!fixed || padded, Fit::Cuts);
    }
    let name = matches!(length, Length::Bytes(_));
    match cast {
        // What has no blanks of its own at the end loses none.
        Cast::Assigned if padded && !name => Fit::Refuses,
        _ => Fit::Cuts,
    }
}

fn to_number(from: &Type, to: &Type, cast: Cast) -> Fit {
    match (from, to) {
        (
            Type::Int { min, max },
            Type::Int {
                min: least,
                max: most,
            },
        ) => keeps_if(least <= min && max <= most, Fit::Refuses),
        (
            Type::Int { min, max },
            Type::Decimal {
                precision, scale, ..
            },
        ) => match precision {
            None => Fit::Keeps,
            Some(_) if *scale < 0 => Fit::Cuts,
            Some(precision) => {
                let whole = precision.saturating_sub(scale.unsigned_abs());
                keeps_if(has_digits(*min, *max, whole), Fit::Refuses)
            }
        },
        (Type::Int { min, max }, Type::Float { double, .. }) => {
            keeps_if(is_float(*min, *max, *double), Fit::Cuts)
        }
        (Type::Int { .. }, Type::Money) => Fit::Refuses,
        (
            Type::Decimal {
                precision: Some(precision),
                scale: 0,
                ..
            },
            Type::Int { min, max },
        ) => {
            let most = 10i128.checked_pow(*precision).map(|limit| limit - 1);
            keeps_if(
                most.is_some_and(|most| -most >= *min && most <= *max),
                Fit::Refuses,
            )
        }
        (
            Type::Decimal {
                precision, scale, ..
            },
            Type::Decimal {
                precision: places,
                scale: rounded,
                ..
            },
        ) => decimals(precision.zip(Some(*scale)), places.zip(Some(*rounded))),
        (
            Type::Decimal {
                precision: Some(precision),
                ..
            },
            Type::Float { double, .. },
        ) => keeps_if(*precision <= if *double { 15 } else { 6 }, Fit::Cuts),
        (Type::Float { double: false, .. }, Type::Float { double: true, .. }) => Fit::Keeps,
        (Type::Decimal { .. } | Type::Float { .. }, Type::Int { .. } | Type::Float { .. }) => {
            Fit::Cuts
        }
        (Type::Float { .. }, Type::Decimal { .. }) | (Type::Decimal { .. }, Type::Money) => {
            Fit::Cuts
        }
        (
            Type::Money,
            Type::Decimal {
                precision: None, ..
            },
        ) => Fit::Keeps,
        (Type::Money, Type::Decimal { .. }) => Fit::Cuts,
        (Type::Bool, Type::Int { max, .. }) if *max == i128::from(i32::MAX) => {
            only(cast, Fit::Keeps)
        }
        (Type::Bit { .. }, Type::Int { .. }) | (Type::JsonValue, _) => only(cast, Fit::Cuts),
        (from, _) => from_text(from, Fit::Cuts, cast),
    }
}

/// From so many digits, so many of them after the point, to others; none holds any.
fn decimals(from: Option<(u32, i32)>, to: Option<(u32, i32)>) -> Fit {
    match (from, to) {
        (_, None) => Fit::Keeps,
        (None, Some(_)) => Fit::Cuts,
        (Some((_, scale)), Some((_, rounded))) if rounded < scale => Fit::Cuts,
        (Some((precision, scale)), Some((places, rounded))) => {
            let whole = |precision: u32, scale: i32| i64::from(precision) - i64::from(scale);
            keeps_if(
                whole(places, rounded) >= whole(precision, scale),
                Fit::Refuses,
            )
        }
    }
}

fn to_time(from: &Type, to: &Type, cast: Cast) -> Fit {
    use Type::{Date, Interval, Time, Timestamp};
    match (from, to) {
        (Date, Timestamp { .. }) => Fit::Keeps,
        // Changing the zone makes two local times of the hour that is set back one, or the other way round.
        (
            Timestamp { digits, zoned },
            Timestamp {
                digits: rounded,
                zoned: zone,
            },
        ) => keeps_if(zoned == zone && rounded >= digits, Fit::Cuts),
        (
            Time { digits, zoned },
            Time {
                digits: rounded,
                zoned: zone,
            },
        ) => keeps_if((*zone || !zoned) && rounded >= digits, Fit::Cuts),
        (
            Time {
                digits,
                zoned: false,
            },
            Interval {
                fields: None,
                digits: rounded,
            },
        ) => keeps_if(rounded >= digits, Fit::Cuts),
        (
            Interval { fields, digits },
            Interval {
                fields: kept,
                digits: rounded,
            },
        ) => keeps_if(
            (kept.is_none() || fields == kept) && rounded >= digits,
            Fit::Cuts,
        ),
        (Timestamp { .. }, Date | Time { .. }) | (Interval { .. }, Time { .. }) => Fit::Cuts,
        (Time { .. }, Interval { .. }) => Fit::Cuts,
        (from, _) => from_text(from, Fit::Cuts, cast),
    }
}

fn to_bit(from: &Type, length: Option<u32>, varying: bool, cast: Cast) -> Fit {
    match from {
        Type::Bit {
            length: old,
            varying: loose,
        } => {
            let fits = match (old, length) {
                (_, None) => true,
                (Some(old), Some(length)) if varying => *old <= length,
                (Some(old), Some(length)) => old == &length && !loose,
                (None, Some(_)) => false,
            };
            let misfit = match cast {
                Cast::Assigned => Fit::Refuses,
                Cast::Explicit => Fit::Cuts,
            };
            keeps_if(fits, misfit)
        }
        Type::Int { .. } => only(cast, Fit::Cuts),
        from => from_text(from, Fit::Cuts, cast),
    }
}

fn to_named(from: &Type, to: &str, cast: Cast) -> Fit {
    let from = match from {
        Type::Named(from) => from.as_str(),
        Type::Text { .. } if to == "xml" => return only(cast, Fit::Refuses),
        // They take many spellings of a value.
        from if BUILT_IN.contains(&to) => return from_text(from, Fit::Cuts, cast),
        _ => return Fit::Unknown,
    };
    match (from, to) {
        ("cidr", "inet") | ("macaddr", "macaddr8") => Fit::Keeps,
        ("inet", "cidr") => Fit::Cuts,
        ("macaddr8", "macaddr") => Fit::Refuses,
        _ => Fit::Unknown,
    }
}

/// Types that no migration made, and which nothing but text is cast to.
const BUILT_IN: [&str; 6] = ["uuid", "inet", "cidr", "macaddr", "macaddr8", "xml"];
