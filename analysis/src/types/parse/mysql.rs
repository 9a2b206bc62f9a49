//! Which type of MySQL or MariaDB does a text name?

use super::{Written, int};
use crate::types::{Length, Type};

pub(super) fn mysql(written: &Written) -> Type {
    let signed = !(written.has("unsigned") || written.has("zerofill"));
    let first = written.words.first().map_or("", String::as_str);
    let second = written.words.get(1).map_or("", String::as_str);
    let bytes = |length| Type::Binary {
        length: Length::Bytes(length),
        fixed: false,
    };
    let national = matches!(first, "national" | "nchar" | "nvarchar");
    let charset = written.charset.clone();
    let charset = charset.or_else(|| national.then(|| "utf8mb3".to_owned()));
    let stretched = |length| match length {
        Length::Characters(length) if written.has("compressed") => Length::Stretched(length),
        other => other,
    };
    let text = |length, fixed| match charset.as_deref() {
        Some("binary") => Type::Binary {
            length: match length {
                Length::Characters(n) => Length::Bytes(n),
                other => other,
            },
            fixed,
        },
        _ => Type::Text {
            length: stretched(length),
            fixed,
            charset: charset.clone(),
        },
    };
    let digits = written.number().unwrap_or(0).min(6);
    if written.has("zerofill") && is_padded(first, written.number()) {
        return Type::Named(format!("{first} padded"));
    }
    match (first, second) {
        ("tinyint" | "int1", _) => int(8, signed),
        ("bool" | "boolean", _) => int(8, true),
        ("smallint" | "int2", _) => int(16, signed),
        ("mediumint" | "int3" | "middleint", _) => int(24, signed),
        ("int" | "integer" | "int4", _) => int(32, signed),
        ("bigint" | "int8", _) => int(64, signed),
        ("signed", _) => int(64, true),
        ("unsigned" | "serial", _) => int(64, false),
        ("decimal" | "numeric" | "dec" | "fixed" | "number", _) => Type::Decimal {
            precision: Some(written.number().unwrap_or(10)),
            scale: written
                .numbers
                .get(1)
                .map_or(0, |n| i32::try_from(*n).unwrap_or(0)),
            signed,
        },
        ("float" | "float4" | "double" | "float8" | "real", _) => {
            let pair = match written.numbers[..] {
                [whole, part] => u32::try_from(whole).ok().zip(u32::try_from(part).ok()),
                _ => None,
            };
            let float = first.starts_with("float") && first != "float8";
            Type::Float {
                double: !float || (pair.is_none() && written.number().is_some_and(|n| n > 24)),
                digits: pair,
                signed,
            }
        }
        ("bit", _) => Type::Bit {
            length: Some(written.number().unwrap_or(1)),
            varying: true,
        },
        ("char" | "character" | "national" | "nchar", _)
            if !written.has("varying") && !written.has("varchar") =>
        {
            text(written.characters(Length::Characters(1)), true)
        }
        (
            "char" | "character" | "national" | "nchar" | "varchar" | "nvarchar" | "varcharacter"
            | "varchar2",
            _,
        ) => text(written.characters(Length::Any), false),
        ("tinytext", _) => text(Length::Bytes(255), false),
        ("text", _) => text(sized(written, 65_535), false),
        ("mediumtext", _) => text(Length::Bytes(16_777_215), false),
        ("longtext", _) => text(Length::Bytes(4_294_967_295), false),
        ("long", "varbinary") => bytes(16_777_215),
        ("long", _) => text(Length::Bytes(16_777_215), false),
        ("binary", _) => Type::Binary {
            length: Length::Bytes(written.number().unwrap_or(1).into()),
            fixed: true,
        },
        ("varbinary", _) => bytes(written.number().unwrap_or(0).into()),
        ("tinyblob", _) => bytes(255),
        ("blob", _) => match sized(written, 65_535) {
            Length::Bytes(length) => bytes(length),
            _ => bytes(65_535),
        },
        ("mediumblob", _) => bytes(16_777_215),
        ("longblob", _) => bytes(4_294_967_295),
        ("date", _) => Type::Date,
        ("time", _) => Type::Time {
            digits,
            zoned: false,
        },
        ("datetime", _) => Type::Timestamp {
            digits,
            zoned: false,
        },
        ("timestamp", _) => Type::Timestamp {
            digits,
            zoned: true,
        },
        ("year", _) => Type::Year,
        // MariaDB keeps the text, MySQL the value: judged for the one that loses.
        ("json", _) => Type::JsonValue,
        ("enum", _) => Type::Enum(written.labels.clone()),
        ("set", _) => Type::Set(written.labels.clone()),
        _ => Type::Named(written.words.join(" ")),
    }
}

/// Whether whole numbers are filled up with zeros to more digits than the largest of them has.
fn is_padded(ty: &str, width: Option<u32>) -> bool {
    let digits = match ty {
        "tinyint" | "int1" => 3,
        "smallint" | "int2" => 5,
        "mediumint" | "int3" | "middleint" => 8,
        "int" | "integer" | "int4" => 10,
        "bigint" | "int8" => 20,
        _ => return false,
    };
    width.is_some_and(|width| width > digits)
}

/// `TEXT(n)` is the smallest of its kind that holds n characters; how many bytes these are nobody says, so n counts.
fn sized(written: &Written, usual: u64) -> Length {
    match written.number().map(u64::from) {
        None | Some(0) => Length::Bytes(usual),
        Some(length) => {
            let sizes = [255, 65_535, 16_777_215, 4_294_967_295];
            let fitting = sizes.into_iter().find(|size| length <= *size);
            Length::Bytes(fitting.unwrap_or(4_294_967_295))
        }
    }
}
