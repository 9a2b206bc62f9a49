//! Which kind of values does a type have, as each database writes it?

use super::Kind;

pub(super) fn sqlite(ty: &str) -> Kind {
    let holds = |part: &str| ty.contains(part);
    match () {
        () if holds("bool") || matches!(ty, "tinyint(1)" | "bit" | "bit(1)") => Kind::Bool,
        () if holds("int") && !holds("point") => Kind::Int {
            most: 5_000_000_000,
        },
        () if holds("json") => Kind::Json,
        () if holds("uuid") => Kind::Uuid,
        () if holds("char") || holds("clob") || holds("text") || ty.is_empty() => {
            Kind::Text { limit: 300 }
        }
        () if holds("blob") || holds("binary") => Kind::Bytes { length: 16 },
        () if holds("real") || holds("floa") || holds("doub") => Kind::Float,
        () if holds("datetime") || holds("timestamp") => Kind::Timestamp { zone: false },
        () if holds("date") => Kind::Date,
        () if holds("time") => Kind::Time,
        () if holds("num") || holds("dec") => Kind::Decimal {
            whole: 6,
            fraction: 6,
        },
        () => Kind::Text { limit: 300 },
    }
}

pub(super) fn postgres(ty: &str) -> Kind {
    let sizes = sizes(ty);
    let size = sizes.first().copied();
    let name = ty.split('(').next().unwrap_or(ty).trim();
    let written = |text: &str| Kind::Written(text.to_owned());
    match name {
        "boolean" => Kind::Bool,
        "smallint" => Kind::Int { most: 32_000 },
        "integer" | "oid" => Kind::Int {
            most: 2_000_000_000,
        },
        "bigint" => Kind::Int {
            most: 5_000_000_000,
        },
        "numeric" => {
            let fraction = sizes
                .get(1)
                .copied()
                .unwrap_or(if size.is_some() { 0 } else { 9 });
            Kind::Decimal {
                whole: size.unwrap_or(18).saturating_sub(fraction),
                fraction,
            }
        }
        "real" | "double precision" => Kind::Float,
        "text" | "citext" => Kind::Text { limit: 300 },
        "character varying" | "character" => Kind::Text {
            limit: size.unwrap_or(300).min(300),
        },
        "name" => Kind::Text { limit: 60 },
        "\"char\"" => Kind::Text { limit: 1 },
        "bytea" => Kind::Bytes { length: 16 },
        "bit" | "bit varying" => Kind::Bits {
            length: size.unwrap_or(if name == "bit" { 1 } else { 16 }),
        },
        "date" => Kind::Date,
        "uuid" => Kind::Uuid,
        "json" | "jsonb" => Kind::Json,
        "interval" => written("'# hours'"),
        "inet" | "cidr" => written("'10.0.0.#'"),
        "macaddr" => written("'08:00:2b:01:02:03'"),
        "money" => written("'#.05'"),
        "xml" => written("'<a>#</a>'"),
        "tsvector" | "tsquery" | "ltree" => written("'a#'"),
        "hstore" => written("'a=>#'"),
        "point" => written("'(#,2)'"),
        "box" | "lseg" | "path" | "polygon" => written("'((#,2),(300,4))'"),
        "circle" => written("'<(#,2),3>'"),
        "int4range" | "int8range" | "numrange" => written("'[#,300)'"),
        "tsrange" | "tstzrange" | "daterange" => written("'[2020-01-01,2021-01-01)'"),
        "pg_lsn" => written("'0/#'"),
        "vector" => {
            let ones = vec!["1"; size.unwrap_or(3)].join(",");
            Kind::Written(format!("'[{ones}]'"))
        }
        name if name.starts_with("timestamp") => Kind::Timestamp {
            zone: ty.ends_with("with time zone"),
        },
        name if name.starts_with("time") => Kind::Time,
        _ => Kind::Text { limit: 20 },
    }
}

pub(super) fn mysql(ty: &str) -> Kind {
    let sizes = sizes(ty);
    let size = sizes.first().copied();
    let name = ty.split(['(', ' ']).next().unwrap_or(ty);
    let unsigned = ty.contains("unsigned");
    let most = |signed: u64, full: u64| Kind::Int {
        most: if unsigned { full } else { signed },
    };
    match name {
        "tinyint" if size == Some(1) => Kind::Bool,
        "tinyint" => most(120, 250),
        "smallint" => most(32_000, 65_000),
        "mediumint" => most(8_000_000, 16_000_000),
        "int" => most(2_000_000_000, 4_000_000_000),
        "bigint" => most(5_000_000_000, 10_000_000_000_000_000_000),
        "decimal" => {
            let fraction = sizes.get(1).copied().unwrap_or(0);
            Kind::Decimal {
                whole: size.unwrap_or(10).saturating_sub(fraction),
                fraction,
            }
        }
        "float" | "double" => Kind::Float,
        "binary" | "varbinary" => Kind::Bytes {
            length: size.unwrap_or(1).min(40),
        },
        "blob" | "tinyblob" | "mediumblob" | "longblob" => Kind::Bytes { length: 16 },
        "bit" => Kind::Bits {
            length: size.unwrap_or(1),
        },
        "date" => Kind::Date,
        "time" => Kind::Time,
        "datetime" | "timestamp" => Kind::Timestamp { zone: false },
        "year" => Kind::Int { most: 2100 },
        "json" => Kind::Json,
        "uuid" => Kind::Uuid,
        "inet4" | "inet6" => Kind::Written("'10.0.0.#'".to_owned()),
        "point" | "geometry" => Kind::Written("ST_GeomFromText('POINT(# 2)')".to_owned()),
        "tinytext" => Kind::Text { limit: 250 },
        "char" | "varchar" => Kind::Text {
            limit: size.unwrap_or(1).min(300),
        },
        _ => Kind::Text { limit: 300 },
    }
}

/// The numbers in the brackets of a type.
fn sizes(ty: &str) -> Vec<usize> {
    let inner = ty
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let inner = inner.map_or("", |(inner, _)| inner);
    inner
        .split(',')
        .filter_map(|n| n.trim().parse().ok())
        .collect()
}
