//! Which type of PostgreSQL does a text name?

use super::{Written, int};
use crate::types::{Length, Type};

pub(super) fn postgres(written: &Written) -> Type {
    let mut ty = postgres_scalar(written);
    if written.dimensions > 0 || written.has("array") {
        // PostgreSQL ignores how many dimensions are written.
        ty = Type::Array(Box::new(ty));
    }
    ty
}

fn postgres_scalar(written: &Written) -> Type {
    let text = |length, fixed| Type::Text {
        length,
        fixed,
        charset: None,
    };
    let digits = written.number().unwrap_or(6).min(6);
    let with_zone = written.has("with");
    let first = written.words.first().map_or("", String::as_str);
    let second = written.words.get(1).map_or("", String::as_str);
    match first {
        "smallint" | "int2" | "smallserial" | "serial2" => int(16, true),
        "integer" | "int" | "int4" | "serial" | "serial4" => int(32, true),
        "bigint" | "int8" | "bigserial" | "serial8" => int(64, true),
        "oid" => int(32, false),
        "numeric" | "decimal" | "dec" => Type::Decimal {
            precision: written.number(),
            scale: written
                .numbers
                .get(1)
                .map_or(0, |n| i32::try_from(*n).unwrap_or(0)),
            signed: true,
        },
        "real" | "float4" => float(false),
        "double" | "float8" => float(true),
        "float" => float(written.number().is_none_or(|n| n > 24)),
        "money" => Type::Money,
        "boolean" | "bool" => Type::Bool,
        "text" | "citext" => text(Length::Any, false),
        "name" => text(Length::Bytes(63), false),
        "\"char\"" => text(Length::Bytes(1), false),
        "varchar" => text(written.characters(Length::Any), false),
        "character" | "char" | "national" | "nchar" if written.has("varying") => {
            text(written.characters(Length::Any), false)
        }
        "character" | "char" | "nchar" | "national" => {
            text(written.characters(Length::Characters(1)), true)
        }
        "bpchar" => text(written.characters(Length::Any), true),
        "bytea" => Type::Binary {
            length: Length::Any,
            fixed: false,
        },
        "bit" if second == "varying" => Type::Bit {
            length: written.number(),
            varying: true,
        },
        "varbit" => Type::Bit {
            length: written.number(),
            varying: true,
        },
        "bit" => Type::Bit {
            length: Some(written.number().unwrap_or(1)),
            varying: false,
        },
        "date" => Type::Date,
        "time" => Type::Time {
            digits,
            zoned: with_zone,
        },
        "timetz" => Type::Time {
            digits,
            zoned: true,
        },
        "timestamp" => Type::Timestamp {
            digits,
            zoned: with_zone,
        },
        "timestamptz" => Type::Timestamp {
            digits,
            zoned: true,
        },
        "interval" => Type::Interval {
            fields: (written.words.len() > 1).then(|| written.words[1..].join(" ")),
            digits,
        },
        "json" => Type::Json,
        "jsonb" => Type::JsonValue,
        _ => Type::Named(written.words.join(" ")),
    }
}

fn float(double: bool) -> Type {
    Type::Float {
        double,
        digits: None,
        signed: true,
    }
}
