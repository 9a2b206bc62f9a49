//! Of which type is a column that MySQL or MariaDB fills from columns of two types, as `UNION ALL` does?
//!
//! What is written here is what MariaDB 10.11 made of every pair of 41 types.

use super::bytes;
use crate::Dialect;
use crate::types::{Length, Type};

/// The type that values of both become; none where they may be cut, or where nobody tried.
pub(crate) fn together(one: &Type, other: &Type) -> Option<String> {
    use Type::{Binary, Bit, Date, Decimal, Enum, Float, Int, JsonValue, Named, Set, Text, Time};
    use Type::{Timestamp, Year};
    match (one, other) {
        (Named(_), _) | (_, Named(_)) => None,
        (Bit { .. }, _) | (_, Bit { .. }) => None,
        (Int { .. } | Decimal { .. } | Year, Int { .. } | Decimal { .. } | Year) => {
            number(one, other)
        }
        (Float { digits: None, .. }, Float { digits: None, .. })
        | (Float { digits: None, .. }, Int { .. } | Decimal { .. } | Year)
        | (Int { .. } | Decimal { .. } | Year, Float { digits: None, .. }) => {
            let short = [one, other].into_iter().all(is_short);
            Some(if short { "float" } else { "double" }.to_owned())
        }
        (Date | Time { .. } | Timestamp { .. }, Date | Time { .. } | Timestamp { .. }) => {
            Some(moment(one, other))
        }
        // Numbers are told from texts by their digits, but not all digits of these are written.
        (Float { .. }, _) | (_, Float { .. }) => None,
        (Binary { .. }, _) | (_, Binary { .. }) => binary(one, other),
        (JsonValue, _) | (_, JsonValue) => Some("longtext".to_owned()),
        (Text { .. } | Enum(_) | Set(_), _) | (_, Text { .. } | Enum(_) | Set(_)) => {
            text(one, other)
        }
        (Int { .. } | Decimal { .. } | Year, Date | Time { .. } | Timestamp { .. })
        | (Date | Time { .. } | Timestamp { .. }, Int { .. } | Decimal { .. } | Year) => {
            text(one, other)
        }
        _ => None,
    }
}

/// Whether values of a type are what they were beside those of whatever other type: texts stay texts, and a number may become
/// a floating point one. A time of day may become one of today, and a TIMESTAMP one without a zone.
pub(crate) fn withstands(ty: &Type) -> bool {
    match ty {
        Type::Int { min, max } => (-(1 << 53)..=1 << 53).contains(min) && *max <= 1 << 53,
        Type::Decimal { precision, .. } => precision.is_some_and(|digits| digits <= 15),
        Type::Float { double, digits, .. } => *double && digits.is_none(),
        Type::Text { .. } | Type::Binary { fixed: false, .. } => true,
        Type::Enum(_) | Type::Set(_) | Type::Year | Type::Date | Type::JsonValue => true,
        Type::Timestamp { zoned, .. } => !zoned,
        _ => false,
    }
}

/// Whether floating point numbers stay short beside such numbers.
fn is_short(ty: &Type) -> bool {
    match ty {
        Type::Float { double, .. } => !double,
        Type::Int { min, max } => *min >= -(1 << 15) && *max < 1 << 16,
        Type::Year => true,
        _ => false,
    }
}

/// The type of whole numbers and decimal ones.
fn number(one: &Type, other: &Type) -> Option<String> {
    let range = |ty: &Type| match ty {
        Type::Int { min, max } => Some((*min, *max)),
        Type::Year => Some((0, 2155)),
        _ => None,
    };
    if let (Some((least, most)), Some((min, max))) = (range(one), range(other))
        && (least < 0) == (min < 0)
    {
        return whole(least.min(min), most.max(max));
    }
    let (one, other) = (digits(one)?, digits(other)?);
    let scale = one.1.max(other.1);
    let precision = one.0.max(other.0) + scale;
    let sign = if one.2 || other.2 { "" } else { " unsigned" };
    (precision <= 65 && scale <= 38).then(|| format!("decimal({precision},{scale}){sign}"))
}

/// How many digits there are before and behind the point, and whether there is a sign.
fn digits(ty: &Type) -> Option<(u32, u32, bool)> {
    match ty {
        Type::Int { min, max } => {
            let digits = max.max(&-min).to_string().len();
            Some((u32::try_from(digits).ok()?, 0, *min < 0))
        }
        Type::Year => Some((4, 0, false)),
        Type::Decimal {
            precision: Some(precision),
            scale,
            signed,
        } => {
            let scale = u32::try_from(*scale).ok()?;
            Some((precision.checked_sub(scale)?, scale, *signed))
        }
        _ => None,
    }
}

/// The smallest type of whole numbers that holds both.
fn whole(least: i128, most: i128) -> Option<String> {
    let sizes = [
        (8, "tinyint"),
        (16, "smallint"),
        (24, "mediumint"),
        (32, "int"),
        (64, "bigint"),
    ];
    sizes.into_iter().find_map(|(bits, name)| match least < 0 {
        true => (-(1 << (bits - 1)) <= least && most < 1 << (bits - 1)).then(|| name.to_owned()),
        false => (most < 1 << bits).then(|| format!("{name} unsigned")),
    })
}

fn moment(one: &Type, other: &Type) -> String {
    let digits = |ty: &Type| match ty {
        Type::Time { digits, .. } | Type::Timestamp { digits, .. } => *digits,
        _ => 0,
    };
    let name = match (one, other) {
        (Type::Time { .. }, Type::Time { .. }) => "time",
        (Type::Timestamp { zoned: true, .. }, Type::Timestamp { zoned: true, .. }) => "timestamp",
        _ => "datetime",
    };
    format!("{name}({})", digits(one).max(digits(other)))
}

/// The type of texts and of what is written as one.
fn text(one: &Type, other: &Type) -> Option<String> {
    let fixed = |ty: &Type| match ty {
        Type::Text { fixed, .. } => Some(*fixed),
        _ => None,
    };
    let sets = [one, other].map(|ty| match ty {
        Type::Text { charset, .. } => charset.as_deref(),
        _ => None,
    });
    let characters = |ty: &Type| match ty {
        Type::Text {
            length: Length::Characters(length),
            ..
        } => Some(*length),
        Type::Text { .. } => None,
        ty => ty.width(Dialect::MySql),
    };
    if let (Some(a), Some(b)) = (characters(one), characters(other)) {
        let filled = [fixed(one), fixed(other)];
        let filled = filled.contains(&Some(true)) && !filled.contains(&Some(false));
        let name = if filled { "char" } else { "varchar" };
        return Some(format!("{name}({})", a.max(b)));
    }
    let most = in_bytes(one)?.max(in_bytes(other)?);
    let sizes = [
        (65_535, "text"),
        (16_777_215, "mediumtext"),
        (4_294_967_295, "longtext"),
    ];
    // The same text may take more bytes in the other's characters.
    let most = if sets[0] == sets[1] {
        most
    } else {
        4_294_967_295
    };
    let fitting = sizes.into_iter().find(|(size, _)| most <= *size);
    fitting.map(|(_, name)| name.to_owned())
}

/// The type of bytes, and of what becomes bytes beside them.
fn binary(one: &Type, other: &Type) -> Option<String> {
    let is_filled = |ty: &Type| {
        matches!(
            ty,
            Type::Binary { fixed: true, .. } | Type::Text { fixed: true, .. }
        )
    };
    let most = in_bytes(one)?.max(in_bytes(other)?);
    match (is_filled(one), is_filled(other)) {
        (true, true) if matches!((one, other), (Type::Binary { .. }, Type::Binary { .. })) => {
            return Some(format!("binary({most})"));
        }
        (true, _) | (_, true) if !is_text_or_bytes(one) || !is_text_or_bytes(other) => return None,
        (true, true) => return None,
        _ => {}
    }
    let sizes = [
        (65_535, format!("varbinary({most})")),
        (16_777_215, "mediumblob".to_owned()),
        (4_294_967_295, "longblob".to_owned()),
    ];
    let fitting = sizes.into_iter().find(|(size, _)| most <= *size);
    fitting.map(|(_, name)| name)
}

fn is_text_or_bytes(ty: &Type) -> bool {
    matches!(ty, Type::Text { .. } | Type::Binary { .. })
}

/// The most bytes that a value takes.
fn in_bytes(ty: &Type) -> Option<u64> {
    match ty {
        Type::Binary { length, .. } | Type::Text { length, .. } => match (length, ty) {
            (Length::Bytes(most), _) => Some(*most),
            (Length::Characters(most), Type::Text { charset, .. }) => {
                most.checked_mul(bytes(charset.as_deref()))
            }
            (Length::Stretched(most), _) => most.checked_mul(4),
            _ => None,
        },
        Type::JsonValue => Some(4_294_967_295),
        ty => ty.width(Dialect::MySql)?.checked_mul(4),
    }
}
