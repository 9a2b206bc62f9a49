//! Can every value of one column type be held by another?

pub(crate) mod mysql;
mod parse;
mod postgres;
mod sqlite;

use crate::Dialect;

/// What happens to values that are moved into a column of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums, reason = "a verdict must answer for each")]
pub enum Fit {
    /// Each value stays what it is, and no two become one.
    Keeps,
    /// Each value stays what it is, or the server raises an error and changes nothing.
    Refuses,
    /// Some value is changed in silence.
    Cuts,
    /// One of the types is not known.
    Unknown,
}

/// How the values get there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "SQL knows these two")]
pub enum Cast {
    /// By assignment: INSERT, or a change of type that says nothing of how.
    Assigned,
    /// `CAST(x AS type)`, `x::type`, which PostgreSQL does more freely.
    Explicit,
}

/// A column's type, as far as it decides which values fit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// Whole numbers in a range.
    Int {
        /// The least.
        min: i128,
        /// The greatest.
        max: i128,
    },
    /// Decimal numbers; any number of digits where `precision` is none.
    Decimal {
        /// How many digits in all.
        precision: Option<u32>,
        /// How many of them after the point; negative rounds before it.
        scale: i32,
        /// Whether it may be negative.
        signed: bool,
    },
    /// Binary floating point.
    Float {
        /// Eight bytes, not four.
        double: bool,
        /// Rounded to as many digits in all and after the point, as MySQL's `FLOAT(7,2)`.
        digits: Option<(u32, u32)>,
        /// Whether it may be negative.
        signed: bool,
    },
    /// Money of PostgreSQL.
    Money,
    /// True and false.
    Bool,
    /// Text.
    Text {
        /// The longest.
        length: Length,
        /// Filled up with blanks, so that blanks at the end are lost.
        fixed: bool,
        /// MySQL's character set, where it is told.
        charset: Option<String>,
    },
    /// Bytes.
    Binary {
        /// The longest.
        length: Length,
        /// Filled up with zeros.
        fixed: bool,
    },
    /// Bits.
    Bit {
        /// The longest, none for any.
        length: Option<u32>,
        /// Whether shorter ones may be held.
        varying: bool,
    },
    /// A day.
    Date,
    /// A time of day, with so many digits of a second.
    Time {
        /// Digits of a second.
        digits: u32,
        /// With a time zone.
        zoned: bool,
    },
    /// A day and time.
    Timestamp {
        /// Digits of a second.
        digits: u32,
        /// An instant, converted by the session's time zone.
        zoned: bool,
    },
    /// A span of time; the fields, if it is limited to some.
    Interval {
        /// `year to month`.
        fields: Option<String>,
        /// Digits of a second.
        digits: u32,
    },
    /// A year of MySQL.
    Year,
    /// JSON as it was written.
    Json,
    /// JSON without its spelling: blanks, order and doubled keys are gone.
    JsonValue,
    /// One of some labels.
    Enum(Vec<String>),
    /// Some of some labels.
    Set(Vec<String>),
    /// An array.
    Array(Box<Type>),
    /// A column of SQLite, where the type is but a preference.
    Affinity(Affinity),
    /// Any other, by its name.
    Named(String),
}

/// The longest text or bytes that a type holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no other measure")]
pub enum Length {
    /// Any.
    Any,
    /// In characters.
    Characters(u64),
    /// In bytes.
    Bytes(u64),
    /// So many characters at the least, and as many bytes as four to each of them: MariaDB's compressed texts. (Tried on 10.11.)
    Stretched(u64),
}

/// What SQLite would rather store in a column, and what the name of its type lets expect there.
///
/// SQLite knows five of them (<https://sqlite.org/datatype3.html#type_affinity>). A column takes values of any kind, and what a
/// change of its type loses is judged over those that the declared name lets expect, so that some are told apart by it here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "SQLite knows no others")]
pub enum Affinity {
    /// Whole numbers.
    Integer,
    /// Floating point.
    Real,
    /// Text.
    Text,
    /// Whatever comes, under a name that says bytes.
    Blob,
    /// Whatever comes, under no name.
    Any,
    /// Numbers.
    Numeric,
    /// Numbers too, but under the name of a day, a time, a flag or an identifier, which lets none with a fraction expect.
    Other,
    /// Numbers too, under a name that means nothing to SQLite: `JSON`, `STRING`. Texts stand there, and what looked like a
    /// number when it was written is one.
    Foreign,
}

impl Type {
    /// Whether its values are written in a character set of MySQL.
    pub(crate) fn is_written(&self) -> bool {
        matches!(self, Type::Text { .. } | Type::Enum(_) | Type::Set(_))
    }

    /// Reads a type as it is written in `dialect`; empty text is a column of SQLite without a type.
    #[must_use]
    pub fn parse(dialect: Dialect, text: &str) -> Type {
        parse::parse(dialect, text)
    }

    /// The same type with this character set, unless it is no text or says one of its own.
    #[must_use]
    pub fn with_charset(self, default: Option<&str>) -> Type {
        match (self, default) {
            // Text without characters is bytes.
            (
                Type::Text {
                    length,
                    fixed,
                    charset: None,
                },
                Some("binary"),
            ) => Type::Binary {
                length: match length {
                    Length::Characters(length) | Length::Stretched(length) => Length::Bytes(length),
                    other => other,
                },
                fixed,
            },
            (
                Type::Text {
                    length,
                    fixed,
                    charset: None,
                },
                default,
            ) => Type::Text {
                length,
                fixed,
                charset: default.map(str::to_ascii_lowercase),
            },
            (other, _) => other,
        }
    }

    /// The same type without a limit to its text.
    pub(crate) fn of_any_length(self) -> Type {
        match self {
            Type::Text { charset, .. } => Type::Text {
                length: Length::Any,
                fixed: false,
                charset,
            },
            other => other,
        }
    }

    /// How many characters its longest value has as text; none where nobody knows.
    pub(crate) fn width(&self, dialect: Dialect) -> Option<u64> {
        // PostgreSQL knows years of six digits, and years BC.
        let far = if dialect == Dialect::Postgres { 6 } else { 0 };
        // MySQL's TIMESTAMP shows none.
        let zone = |zoned| {
            if zoned && dialect == Dialect::Postgres {
                9
            } else {
                0
            }
        };
        let digits = |number: i128| number.unsigned_abs().to_string().len() as u64;
        match self {
            Type::Int { min, max } => Some(digits(*max).max(digits(*min) + u64::from(*min < 0))),
            Type::Decimal {
                precision: Some(precision),
                scale,
                signed,
            } => {
                let digits = u64::from(*precision).max(u64::from(scale.unsigned_abs()));
                let point = u64::from(*scale != 0);
                // A zero stands before the point where nothing else does.
                let zero = u64::from(point == 1 && i64::from(*precision) <= i64::from(*scale));
                Some(digits + point + zero + u64::from(*signed))
            }
            Type::Bool => Some(5),
            Type::Year => Some(4),
            Type::Date => Some(10 + far),
            Type::Time { digits, zoned } => Some(10 + fraction(*digits) + zone(*zoned)),
            Type::Timestamp { digits, zoned } => Some(19 + far + fraction(*digits) + zone(*zoned)),
            Type::Enum(labels) => labels
                .iter()
                .map(|label| label.chars().count() as u64)
                .max(),
            Type::Set(labels) => {
                let lengths = labels.iter().map(|label| label.chars().count() as u64 + 1);
                Some(lengths.sum::<u64>().saturating_sub(1))
            }
            Type::Float { digits: None, .. } => Some(26),
            Type::Named(name) => match name.as_str() {
                "uuid" => Some(36),
                "inet6" if dialect == Dialect::MySql => Some(39),
                "inet4" if dialect == Dialect::MySql => Some(15),
                _ => None,
            },
            _ => None,
        }
    }
}

fn fraction(digits: u32) -> u64 {
    match digits {
        0 => 0,
        digits => u64::from(digits) + 1,
    }
}

/// What happens to values of `from` in a column of type `to`.
#[must_use]
pub fn fit(dialect: Dialect, from: &Type, to: &Type, cast: Cast) -> Fit {
    match dialect {
        Dialect::Sqlite => sqlite::fit(from, to, cast),
        Dialect::Postgres => postgres::fit(from, to, cast),
        Dialect::MySql => mysql::fit(from, to),
    }
}

/// Keeps where the condition holds, else `otherwise`.
fn keeps_if(condition: bool, otherwise: Fit) -> Fit {
    if condition { Fit::Keeps } else { otherwise }
}

/// Whether every whole number from `min` to `max` has at most `digits` digits.
fn has_digits(min: i128, max: i128, digits: u32) -> bool {
    10i128
        .checked_pow(digits)
        .is_none_or(|limit| min > -limit && max < limit)
}

/// Whether every whole number from `min` to `max` is a floating point number of four or eight bytes.
fn is_float(min: i128, max: i128, double: bool) -> bool {
    let limit = 1i128 << if double { 53 } else { 24 };
    min >= -limit && max <= limit
}

#[cfg(test)]
mod tests {
    use super::Fit::{Cuts, Keeps, Refuses, Unknown};
    use super::*;

    #[track_caller]
    fn assert_fits(dialect: Dialect, cast: Cast, table: &[(&str, &str, Fit)]) {
        for (from, to, expected) in table {
            let (old, new) = (Type::parse(dialect, from), Type::parse(dialect, to));
            assert_eq!(fit(dialect, &old, &new, cast), *expected, "{from} -> {to}");
        }
    }

    // What these tables say was compared with what PostgreSQL 15 and MariaDB 10.11 do to values at the limits of each
    // type.
    #[test]
    fn postgres_refuses_or_cuts_when_assigned() {
        assert_fits(
            Dialect::Postgres,
            Cast::Assigned,
            &[
                ("int", "bigint", Keeps),
                ("bigint", "pg_catalog.int4", Refuses),
                ("serial", "integer", Keeps),
                ("int", "numeric(10, 0)", Keeps),
                ("int", "numeric(11,2)", Refuses),
                ("numeric(10,2)", "numeric(12,2)", Keeps),
                ("numeric(12,2)", "numeric(10,2)", Refuses),
                ("numeric(12,4)", "numeric(12,2)", Cuts),
                ("numeric", "numeric(20,2)", Cuts),
                ("numeric(10,2)", "int", Cuts),
                ("numeric(4,0)", "smallint", Keeps),
                ("double precision", "real", Cuts),
                ("float4", "float8", Keeps),
                ("bigint", "double precision", Cuts),
                ("int", "text", Keeps),
                ("int", "varchar(11)", Keeps),
                ("int", "varchar(5)", Refuses),
                ("int", "boolean", Refuses),
                ("text", "int", Refuses),
                ("varchar(20)", "text", Keeps),
                ("character varying(20)", "varchar(30)", Keeps),
                // Blanks at the end are cut in silence.
                ("text", "varchar(20)", Cuts),
                ("varchar(30)", "varchar(20)", Cuts),
                ("char(5)", "varchar(5)", Keeps),
                ("varchar(5)", "char(5)", Cuts),
                ("timestamp", "timestamptz", Cuts),
                ("timestamp with time zone", "timestamptz", Keeps),
                ("timestamp(3)", "timestamp", Keeps),
                ("timestamp", "timestamp(3)", Cuts),
                ("timestamptz", "date", Cuts),
                ("date", "timestamp", Keeps),
                ("json", "jsonb", Cuts),
                ("jsonb", "json", Keeps),
                ("jsonb", "text", Keeps),
                ("int[]", "bigint[]", Keeps),
                ("bigint ARRAY", "int[]", Refuses),
                ("mood", "text", Keeps),
                ("mood", "feeling", Unknown),
                ("inet", "cidr", Cuts),
                ("bit(4)", "bit(8)", Refuses),
            ],
        );
    }

    #[test]
    fn postgres_cuts_more_by_an_explicit_cast() {
        assert_fits(
            Dialect::Postgres,
            Cast::Explicit,
            &[
                ("text", "varchar(20)", Cuts),
                ("int", "varchar(5)", Cuts),
                ("text", "int", Cuts),
                ("text", "uuid", Cuts),
                ("text", "json", Refuses),
                ("text", "jsonb", Cuts),
                ("boolean", "int", Keeps),
                ("int", "boolean", Cuts),
                ("bigint", "int", Refuses),
                ("text", "mood", Unknown),
            ],
        );
        let [old, new, text] = [
            Type::Enum(vec!["a".into(), "b".into()]),
            Type::Enum(vec!["a".into()]),
            Type::parse(Dialect::Postgres, "text"),
        ];
        let fit = |from, to| fit(Dialect::Postgres, from, to, Cast::Explicit);
        assert_eq!((fit(&new, &old), fit(&old, &new)), (Keeps, Refuses));
        assert_eq!((fit(&old, &text), fit(&text, &new)), (Keeps, Refuses));
    }

    #[test]
    fn mysql_cuts_whatever_does_not_fit() {
        assert_fits(
            Dialect::MySql,
            Cast::Assigned,
            &[
                ("int", "bigint", Keeps),
                ("INT(11)", "int", Keeps),
                ("bigint", "int", Cuts),
                ("int", "int unsigned", Cuts),
                ("int unsigned", "bigint", Keeps),
                ("tinyint(1)", "boolean", Keeps),
                ("decimal(10,2)", "decimal(12,2)", Keeps),
                ("decimal(12,2)", "decimal(12,4)", Cuts),
                ("decimal(12,2)", "double", Keeps),
                ("double", "float", Cuts),
                ("double", "decimal(20,4)", Cuts),
                ("int", "varchar(11)", Keeps),
                ("int", "varchar(10)", Cuts),
                ("varchar(20)", "varchar(200)", Keeps),
                ("varchar(200)", "varchar(20)", Cuts),
                ("varchar(255)", "text", Keeps),
                ("varchar(255)", "tinytext", Cuts),
                ("text", "mediumtext", Keeps),
                ("longtext", "text", Cuts),
                ("text", "varchar(65535)", Keeps),
                ("varchar(20)", "char(20)", Cuts),
                ("char(20)", "varchar(20)", Keeps),
                (
                    "varchar(20) CHARACTER SET latin1",
                    "varchar(20) CHARACTER SET utf8mb4",
                    Keeps,
                ),
                (
                    "varchar(20) COLLATE utf8mb4_bin",
                    "varchar(20) CHARACTER SET utf8",
                    Cuts,
                ),
                ("varchar(20) CHARACTER SET utf8mb4", "varchar(20)", Unknown),
                (
                    "text CHARACTER SET latin1",
                    "text CHARACTER SET utf8mb4",
                    Cuts,
                ),
                ("enum('x','y')", "enum('x','y','z')", Keeps),
                ("enum('x','y')", "enum('y','x')", Keeps),
                ("enum('x','y')", "enum('x')", Cuts),
                ("enum('x','yy')", "varchar(2)", Keeps),
                ("varchar(2)", "enum('x')", Cuts),
                ("datetime", "timestamp", Cuts),
                ("datetime", "datetime(6)", Keeps),
                ("datetime(6)", "datetime", Cuts),
                ("date", "datetime", Keeps),
                ("datetime", "varchar(19)", Keeps),
                ("timestamp", "varchar(19)", Keeps),
                ("blob", "longblob", Keeps),
                ("blob", "text", Cuts),
                ("json", "longtext", Keeps),
                ("longtext", "json", Cuts),
            ],
        );
        let latin = Type::parse(Dialect::MySql, "varchar(9)").with_charset(Some("latin1"));
        let utf8 =
            Type::parse(Dialect::MySql, "varchar(9) charset utf8mb4").with_charset(Some("latin1"));
        assert_eq!(fit(Dialect::MySql, &utf8, &latin, Cast::Assigned), Cuts);
    }

    #[test]
    fn sqlite_changes_what_looks_like_a_number() {
        assert_fits(
            Dialect::Sqlite,
            Cast::Assigned,
            &[
                ("INTEGER", "TEXT", Keeps),
                ("TEXT", "INTEGER", Cuts),
                ("VARCHAR(200)", "VARCHAR(20)", Keeps),
                ("DOUBLE", "TEXT", Cuts),
                ("BIGINT", "BOOLEAN", Keeps),
                ("INTEGER", "REAL", Cuts),
                ("TEXT", "", Keeps),
                ("", "INTEGER", Cuts),
            ],
        );
        let casts = [
            ("INTEGER", "TEXT", Keeps),
            ("REAL", "INTEGER", Cuts),
            ("TEXT", "BLOB", Keeps),
        ];
        assert_fits(Dialect::Sqlite, Cast::Explicit, &casts);
    }
}
