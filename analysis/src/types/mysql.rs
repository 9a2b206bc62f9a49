//! What does MySQL or MariaDB do to a value that is put into a column of another type, where it is not strict?
//!
//! Nothing is refused then: what does not fit is cut to what does.

mod labels;
mod together;

pub(crate) use labels::loses_labels;
pub(crate) use together::{together, withstands};

use crate::Dialect;

use self::labels::{has_blank, holds_labels};
use super::{Fit, Length, Type, has_digits, is_float, keeps_if};

pub(super) fn fit(from: &Type, to: &Type) -> Fit {
    if from == to {
        return Fit::Keeps;
    }
    match to {
        Type::Int {
            min: least,
            max: most,
        } => keeps_if(to_int(from, *least, *most), Fit::Cuts),
        Type::Decimal {
            precision,
            scale,
            signed,
        } => {
            let keeps = to_decimal(from, precision.unwrap_or(10), *scale, *signed);
            keeps_if(keeps, Fit::Cuts)
        }
        Type::Float {
            double,
            digits,
            signed,
        } => keeps_if(to_float(from, *double, *digits, *signed), Fit::Cuts),
        Type::Text {
            length,
            fixed,
            charset,
        } => to_text(from, *length, *fixed, charset.as_deref()),
        Type::Binary { length, fixed } => keeps_if(to_binary(from, *length, *fixed), Fit::Cuts),
        Type::Bit { length, .. } => match from {
            Type::Bit { length: old, .. } => keeps_if(old <= length, Fit::Cuts),
            Type::Int { .. } | Type::Year => {
                let most = (1i128 << length.unwrap_or(1).min(64)) - 1;
                keeps_if(to_int(from, 0, most), Fit::Cuts)
            }
            Type::Named(_) => Fit::Unknown,
            _ => Fit::Cuts,
        },
        Type::Enum(new) => match from {
            Type::Enum(old) => keeps_if(holds_labels(old, new), Fit::Cuts),
            _ => Fit::Cuts,
        },
        Type::Set(new) => match from {
            Type::Enum(old) => keeps_if(holds_labels(old, new) && !has_blank(old), Fit::Cuts),
            Type::Set(old) => keeps_if(holds_labels(old, new), Fit::Cuts),
            _ => Fit::Cuts,
        },
        Type::Time { digits, .. } => match from {
            Type::Time { digits: old, .. } => keeps_if(old <= digits, Fit::Cuts),
            _ => Fit::Cuts,
        },
        Type::Timestamp { digits, zoned } => match from {
            Type::Timestamp {
                digits: old,
                zoned: zone,
            } => keeps_if(zone == zoned && old <= digits, Fit::Cuts),
            // A TIMESTAMP begins in 1970 and ends in 2038.
            Type::Date => keeps_if(!zoned, Fit::Cuts),
            _ => Fit::Cuts,
        },
        // A number is JSON; a text mostly is not.
        Type::JsonValue => match from {
            Type::Int { .. } => Fit::Keeps,
            Type::Named(_) => Fit::Unknown,
            _ => Fit::Cuts,
        },
        // MariaDB's own types take none but their own values.
        Type::Named(name) if is_address(name) => match from {
            // Any IPv4 address is an IPv6 one, but MariaDB 10.11 makes NULL of it (11.3 is the first that converts).
            Type::Named(old) if name == "inet6" && old == "inet4" => Fit::Cuts,
            Type::Named(_) => Fit::Unknown,
            _ => Fit::Cuts,
        },
        Type::Named(_) => Fit::Unknown,
        _ => match from {
            Type::Named(_) => Fit::Unknown,
            _ => Fit::Cuts,
        },
    }
}

/// Types of MariaDB whose values can be written as text of a known length.
fn is_address(name: &str) -> bool {
    matches!(name, "uuid" | "inet4" | "inet6")
}

fn to_int(from: &Type, least: i128, most: i128) -> bool {
    let holds = |min: i128, max: i128| least <= min && max <= most;
    match from {
        Type::Int { min, max } => holds(*min, *max),
        Type::Decimal {
            precision: Some(precision),
            scale: 0,
            signed,
        } => {
            let limit = 10i128.checked_pow(*precision).map(|limit| limit - 1);
            limit.is_some_and(|limit| holds(if *signed { -limit } else { 0 }, limit))
        }
        Type::Bit {
            length: Some(length),
            ..
        } => holds(0, (1i128 << (*length).min(64)) - 1),
        Type::Year => holds(0, 2155),
        _ => false,
    }
}

fn to_decimal(from: &Type, precision: u32, scale: i32, signed: bool) -> bool {
    let whole = i64::from(precision) - i64::from(scale);
    let digits = u32::try_from(whole).unwrap_or(0);
    match from {
        Type::Int { min, max } => (signed || *min >= 0) && has_digits(*min, *max, digits),
        Type::Decimal {
            precision: Some(old),
            scale: places,
            signed: negative,
        } => {
            (signed || !negative)
                && *places <= scale
                && i64::from(*old) - i64::from(*places) <= whole
        }
        Type::Year => digits >= 4,
        Type::Bit {
            length: Some(length),
            ..
        } => has_digits(0, (1i128 << (*length).min(64)) - 1, digits),
        _ => false,
    }
}

fn to_float(from: &Type, double: bool, digits: Option<(u32, u32)>, signed: bool) -> bool {
    if let Some((whole, part)) = digits {
        // Rounded to so many digits.
        return match from {
            Type::Int { min, max } => {
                (signed || *min >= 0)
                    && is_float(*min, *max, double)
                    && has_digits(*min, *max, whole.saturating_sub(part))
            }
            _ => false,
        };
    }
    match from {
        Type::Int { min, max } => (signed || *min >= 0) && is_float(*min, *max, double),
        Type::Bit {
            length: Some(length),
            ..
        } => is_float(0, (1i128 << (*length).min(64)) - 1, double),
        Type::Decimal {
            precision: Some(precision),
            signed: negative,
            ..
        } => (signed || !negative) && *precision <= if double { 15 } else { 6 },
        Type::Float {
            double: old,
            signed: negative,
            ..
        } => (signed || !negative) && (double || !old),
        Type::Year => true,
        _ => false,
    }
}

fn to_text(from: &Type, length: Length, fixed: bool, charset: Option<&str>) -> Fit {
    match from {
        Type::Text {
            length: old,
            fixed: padded,
            charset: set,
        } => {
            let characters = charset_fit(set.as_deref(), charset);
            let fits = has_room((*old, set.as_deref()), (length, charset));
            let kept = fits && (!fixed || *padded);
            match characters {
                Fit::Keeps => keeps_if(kept, Fit::Cuts),
                _ if !kept => Fit::Cuts,
                other => other,
            }
        }
        Type::Named(name) if !is_address(name) => Fit::Unknown,
        // Each byte is a character there. (<https://dev.mysql.com/doc/refman/8.4/en/charset-we-sets.html>)
        Type::Binary {
            length: Length::Bytes(old),
            fixed: false,
        } if charset == Some("latin1") && !fixed => match length {
            Length::Characters(length) | Length::Bytes(length) | Length::Stretched(length) => {
                keeps_if(*old <= length, Fit::Cuts)
            }
            Length::Any => Fit::Cuts,
        },
        // Written with six digits.
        Type::Float { double: false, .. } | Type::Bit { .. } | Type::Binary { .. } => Fit::Cuts,
        Type::JsonValue => keeps_if(matches!(length, Length::Bytes(4_294_967_295)), Fit::Cuts),
        Type::Enum(labels) if has_blank(labels) => Fit::Cuts,
        // A label whose letters the set lacks is written with question marks.
        Type::Enum(labels) | Type::Set(labels)
            if !labels.iter().all(|label| label.is_ascii()) && !charset.is_none_or(is_unicode) =>
        {
            Fit::Cuts
        }
        from => {
            let wide = from.width(Dialect::MySql);
            let fits = match length {
                Length::Any => true,
                Length::Characters(length) | Length::Stretched(length) => {
                    wide.is_some_and(|wide| wide <= length)
                }
                Length::Bytes(length) => wide.is_some_and(|wide| wide.saturating_mul(4) <= length),
            };
            keeps_if(fits, Fit::Cuts)
        }
    }
}

/// Whether the longest text of one length and character set fits into another one.
fn has_room(from: (Length, Option<&str>), to: (Length, Option<&str>)) -> bool {
    let ((old, set), (new, charset)) = (from, to);
    match (old, new) {
        (Length::Stretched(old), Length::Stretched(length)) => {
            old <= length && !grows(set, charset)
        }
        (Length::Stretched(old), _) => has_room((Length::Bytes(old.saturating_mul(4)), set), to),
        (_, Length::Stretched(length)) => has_room(from, (Length::Characters(length), charset)),
        (Length::Bytes(old), Length::Bytes(length)) => {
            // The same text may take more bytes in another character set.
            let growth = if grows(set, charset) { 3 } else { 1 };
            old.saturating_mul(growth) <= length
        }
        (Length::Characters(old), Length::Characters(length)) => old <= length,
        (_, Length::Characters(length)) => {
            longest(old, set).is_some_and(|longest| longest <= length)
        }
        (Length::Characters(old), Length::Bytes(length)) => {
            old.saturating_mul(bytes(charset)) <= length
        }
        (Length::Any, Length::Any) => true,
        _ => false,
    }
}

/// The most characters that fit into so many bytes, or as they are counted.
fn longest(length: Length, charset: Option<&str>) -> Option<u64> {
    match length {
        Length::Any => None,
        Length::Characters(length) => Some(length),
        Length::Stretched(length) => length.checked_mul(4),
        Length::Bytes(length) => Some(match charset {
            Some("ucs2" | "utf16") => length / 2,
            Some("utf32") => length / 4,
            _ => length,
        }),
    }
}

/// The most bytes of a character.
pub(crate) fn bytes(charset: Option<&str>) -> u64 {
    match charset {
        Some("latin1" | "ascii" | "latin2" | "cp1251" | "cp1252" | "koi8r") => 1,
        Some("ucs2" | "gbk" | "sjis" | "big5") => 2,
        Some("utf8" | "utf8mb3") => 3,
        _ => 4,
    }
}

/// Whether the same text may take more bytes in the other character set.
fn grows(from: Option<&str>, to: Option<&str>) -> bool {
    let unicode = |name| matches!(name, Some("utf8" | "utf8mb3" | "utf8mb4"));
    // What nobody told is not known to be another one.
    if unicode(from) && to.is_none_or(|to| to == DEFAULT) {
        return false;
    }
    from != to && !(unicode(from) && unicode(to)) && from != Some("ascii")
}

/// The type that `CONVERT TO CHARACTER SET` makes of a text whose characters may take more bytes than before; none
/// where it leaves the type alone. (<https://dev.mysql.com/doc/refman/8.4/en/alter-table.html>)
pub(crate) fn widened(ty: &str, from: Option<&str>, to: &str) -> Option<&'static str> {
    let sizes = ["tinytext", "text", "mediumtext", "longtext"];
    let at = sizes
        .iter()
        .position(|size| size.eq_ignore_ascii_case(ty))?;
    (bytes(Some(to)) > bytes(from)).then_some(())?;
    sizes.get(at + 1).copied()
}

/// Whether every character of one set is in the other; none is the server's own, which nobody told.
fn charset_fit(from: Option<&str>, to: Option<&str>) -> Fit {
    let plain = |name: Option<&str>| match name {
        Some("utf8") => "utf8mb3".to_owned(),
        name => name.unwrap_or(DEFAULT).to_owned(),
    };
    let (from, to) = (plain(from), plain(to));
    match (from.as_str(), to.as_str()) {
        (from, to) if from == to => Fit::Keeps,
        (HEX, _) => Fit::Keeps,
        (from, _) if !is_whole(from) => Fit::Cuts,
        // Halves of a pair stand in the others as they are.
        ("utf8mb3" | "utf8mb4" | "ucs2" | "utf32" | DEFAULT, "utf16" | "utf16le") => Fit::Cuts,
        (_, to) if holds_all_characters(to) => Fit::Keeps,
        (_, DEFAULT) => Fit::Unknown,
        (DEFAULT, _) => Fit::Cuts,
        // The older sets have no character that these two lack.
        (from, "utf8mb3" | "ucs2") => keeps_if(!holds_all_characters(from), Fit::Cuts),
        _ => Fit::Cuts,
    }
}

/// The character set of the database or server, which nobody told.
pub(crate) const DEFAULT: &str = "default";

/// The digits and the letters A to F, which every character set has.
pub(crate) const HEX: &str = "hex";

/// Whether a character set has the letters of all languages.
fn is_unicode(charset: &str) -> bool {
    holds_all_characters(charset) || matches!(charset, "utf8" | "utf8mb3" | "ucs2" | DEFAULT)
}

/// Whether a character set has every character that any other one has.
fn holds_all_characters(charset: &str) -> bool {
    matches!(charset, "utf8mb4" | "utf16" | "utf16le" | "utf32")
}

/// Whether whatever may stand in texts of a character set is one character of Unicode, and no other thing there is the same one.
///
/// Of the others some hold bytes that are no character of theirs (`ascii`, `cp1251`), of which a question mark is made, or write
/// one character in two ways (`sjis`, `cp932`). The server's own is not among these. (Found by converting every code
/// of every set of MariaDB 10.11.)
fn is_whole(charset: &str) -> bool {
    matches!(
        charset,
        "latin1"
            | "latin2"
            | "latin5"
            | "latin7"
            | "cp850"
            | "cp852"
            | "cp866"
            | "koi8r"
            | "koi8u"
            | "keybcs2"
            | "macce"
            | "macroman"
            | "utf8mb3"
            | "utf8mb4"
            | "ucs2"
            | "utf16"
            | "utf16le"
            | "utf32"
            | DEFAULT
    )
}

fn to_binary(from: &Type, length: Length, fixed: bool) -> bool {
    let Length::Bytes(length) = length else {
        return false;
    };
    match from {
        // Filling up with zeros changes the value, but where all were of one length.
        Type::Binary {
            length: Length::Bytes(old),
            fixed: padded,
        } => (!fixed || *padded) && *old <= length,
        _ if fixed => false,
        Type::Text {
            length: Length::Bytes(old),
            ..
        } => *old <= length,
        Type::Text {
            length: Length::Stretched(old),
            ..
        } => old.saturating_mul(4) <= length,
        Type::Text {
            length: Length::Characters(old),
            charset,
            ..
        } => old.saturating_mul(bytes(charset.as_deref())) <= length,
        // Written with six digits.
        Type::Float { double: false, .. } | Type::Bit { .. } => false,
        Type::Enum(labels) if has_blank(labels) => false,
        Type::Enum(_) | Type::Set(_) => from
            .width(Dialect::MySql)
            .is_some_and(|wide| wide.saturating_mul(4) <= length),
        // What is written in digits takes a byte for each.
        from => from
            .width(Dialect::MySql)
            .is_some_and(|wide| wide <= length),
    }
}
