//! Which values of a type are most likely to be merged, cut or refused?

use onward_analysis::Dialect;

use crate::contents::Column;
use crate::generate::Case;

/// Values that a column may hold, as SQL; some may be refused.
pub(crate) fn pool(dialect: Dialect, column: &Column, case: &Case) -> Vec<String> {
    let kind = column.kind.as_str();
    let mut pool: Vec<String> = vec!["NULL".to_owned()];
    if let Some(labels) = labels(kind) {
        pool.extend(labels);
        return pool;
    }
    let family = Family::of(dialect, kind);
    pool.extend(
        family
            .values(dialect)
            .iter()
            .map(|value| (*value).to_owned()),
    );
    // SQLite would take any text for a flag, of which `NOT` makes another flag: that it holds none is what its type lets expect.
    if !(dialect == Dialect::Sqlite && family == Family::Boolean) {
        pool.extend(spoken_of(case, family));
    }
    pool
}

/// The labels of an enum or set, each as it stands in the list.
fn labels(kind: &str) -> Option<Vec<String>> {
    let list = kind.strip_prefix("enum(").or(kind.strip_prefix("set("))?;
    Some(
        list.trim_end_matches(')')
            .split(',')
            .map(str::to_owned)
            .collect(),
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Boolean,
    Integer,
    Decimal,
    Float,
    Date,
    Moment,
    Hour,
    Span,
    Json,
    Uuid,
    Bytes,
    List,
    Text,
    /// SQLite's column without a type.
    Any,
}

impl Family {
    fn of(dialect: Dialect, kind: &str) -> Family {
        let has = |parts: &[&str]| parts.iter().any(|part| kind.contains(part));
        match dialect {
            Dialect::Sqlite if kind.is_empty() => Family::Any,
            _ if kind.ends_with("[]") => Family::List,
            _ if has(&["bool"]) || kind == "tinyint(1)" => Family::Boolean,
            _ if has(&["interval"]) => Family::Span,
            _ if has(&["int", "serial", "year", "bit"]) => Family::Integer,
            _ if has(&["numeric", "decimal", "money"]) => Family::Decimal,
            _ if has(&["real", "double", "float"]) => Family::Float,
            _ if has(&["timestamp", "datetime"]) => Family::Moment,
            _ if has(&["date"]) => Family::Date,
            _ if has(&["time"]) => Family::Hour,
            _ if has(&["json"]) => Family::Json,
            _ if has(&["uuid"]) => Family::Uuid,
            _ if has(&["bytea", "blob", "binary"]) => Family::Bytes,
            _ => Family::Text,
        }
    }

    fn values(self, dialect: Dialect) -> &'static [&'static str] {
        match self {
            Family::Boolean => &["true", "false"],
            Family::Integer => &[
                "0",
                "1",
                "2",
                "3",
                "-1",
                "7",
                "10",
                "127",
                "128",
                "-128",
                "255",
                "256",
                "32767",
                "32768",
                "65535",
                "2147483647",
                "-2147483648",
                "4294967295",
                "9223372036854775807",
                "-9223372036854775808",
            ],
            Family::Decimal => &[
                "0",
                "1",
                "-1",
                "0.1",
                "1.10",
                "1.5",
                "-1.5",
                "2.675",
                "0.005",
                "99.99",
                "12345678.9",
                "1e15",
                "1234567890123456.789",
            ],
            Family::Float => match dialect {
                Dialect::Postgres => &[
                    "0",
                    "'-0'",
                    "1",
                    "1.5",
                    "0.1",
                    "0.30000000000000004",
                    "16777217",
                    "1e30",
                    "1e300",
                    "9007199254740993",
                    "'NaN'",
                    "'Infinity'",
                    "'-Infinity'",
                    "-1",
                ],
                Dialect::Sqlite | Dialect::MySql => &[
                    "0e0",
                    "-0e0",
                    "1e0",
                    "1.5",
                    "0.1",
                    "0.30000000000000004",
                    "16777217e0",
                    "1e30",
                    "1e300",
                    "2",
                    "9007199254740993e0",
                    "-1",
                ],
            },
            Family::Date => match dialect {
                Dialect::MySql => &[
                    "'2024-02-29'",
                    "'1970-01-01'",
                    "'0000-00-00'",
                    "'2024-00-10'",
                    "'9999-12-31'",
                    "'1000-01-01'",
                ],
                Dialect::Postgres => &[
                    "'2024-02-29'",
                    "'1970-01-01'",
                    "'infinity'",
                    "'0044-03-15 BC'",
                    "'9999-12-31'",
                ],
                Dialect::Sqlite => &["'2024-02-29'", "'1970-01-01'", "'never'", "20240229", "''"],
            },
            Family::Moment => match dialect {
                Dialect::MySql => &[
                    "'2024-03-31 02:30:00'",
                    "'2024-03-31 02:30:00.999999'",
                    "'1970-01-01 00:00:01'",
                    "'2038-01-19 03:14:07'",
                    "'0000-00-00 00:00:00'",
                    "'9999-12-31 23:59:59'",
                    "'2024-10-27 02:30:00'",
                    "'2024-03-31'",
                ],
                Dialect::Postgres => &[
                    "'2024-03-31 02:30:00'",
                    "'2024-03-31 02:30:00.999999'",
                    "'2024-03-31 03:30:00'",
                    "'1970-01-01 00:00:01'",
                    "'infinity'",
                    "'-infinity'",
                    "'2024-10-27 02:30:00+01'",
                    "'2024-10-27 02:30:00+02'",
                    "'2024-03-31'",
                    "'0044-03-15 BC'",
                ],
                Dialect::Sqlite => &[
                    "'2024-03-31 02:30:00'",
                    "'2024-03-31T02:30:00Z'",
                    "1711852200",
                    "1711852200.5",
                    "''",
                    "'2024-03-31'",
                ],
            },
            Family::Hour => &[
                "'00:00:00'",
                "'23:59:59'",
                "'23:59:59.999999'",
                "'24:00:00'",
                "'12:30:00'",
                "'-01:00:00'",
            ],
            Family::Span => &[
                "'1 day'",
                "'24 hours'",
                "'1 month'",
                "'30 days'",
                "'0'",
                "'-1 day'",
                "'1.5 seconds'",
            ],
            Family::Json => &[
                "'{}'",
                "'[]'",
                "'null'",
                "'\"x\"'",
                "'{\"a\": 1}'",
                "'{\"a\": null}'",
                "'{\"a\": \"1\"}'",
                "'{\"b\": 2, \"a\": 1}'",
                "'{\"a\": 1, \"a\": 2}'",
                "'{\"a\": [1, 2]}'",
                "'{ \"a\":1}'",
                "'[1]'",
            ],
            Family::Uuid => &[
                "'00000000-0000-0000-0000-000000000000'",
                "'00000000-0000-0000-0000-000000000001'",
                "'AAAAAAAA-0000-0000-0000-000000000001'",
            ],
            Family::Bytes => match dialect {
                Dialect::Postgres => &["'\\x'", "'\\x00'", "'\\x61'", "'\\x6100'", "'\\xff'"],
                Dialect::Sqlite | Dialect::MySql => {
                    &["x''", "x'00'", "x'61'", "x'6100'", "x'ff'", "'a'"]
                }
            },
            Family::List => &["'{}'", "'{1}'", "'{NULL}'", "'{1,1}'", "'{1,2}'", "'{2,1}'"],
            Family::Text => &[
                "''",
                "'a'",
                "'A'",
                "'a '",
                "' a'",
                "'1'",
                "'01'",
                "'1.0'",
                "'-1'",
                "'0'",
                "'b'",
                "'b,c'",
                "'x-a'",
                "'ä'",
                "'Ä'",
                "'ae'",
                "'é'",
                "'e\u{301}'",
                "'ß'",
                "'ss'",
                "'☃'",
                "'NULL'",
                "'a b'",
                "'true'",
                "'2024-02-29'",
                "'long text that goes on and on and on and on'",
            ],
            Family::Any => &[
                "''", "'a'", "'A'", "1", "'1'", "1.0", "'1.0'", "'01'", "x'61'", "-1", "0",
            ],
        }
    }
}

/// The values that the scripts speak of.
fn spoken_of(case: &Case, family: Family) -> Vec<String> {
    let numbers = matches!(family, Family::Integer | Family::Decimal | Family::Float);
    let mut found: Vec<String> = Vec::new();
    for script in [&case.before, &case.up, &case.down] {
        if numbers {
            let words =
                script.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            found.extend(
                words
                    .filter(|word| word.len() < 10 && word.parse::<u32>().is_ok())
                    .map(str::to_owned),
            );
        } else {
            let texts = script.split('\'').skip(1).step_by(2);
            found.extend(
                texts
                    .filter(|text| text.len() < 40 && !text.contains(['$', '\n']))
                    .map(|text| format!("'{text}'")),
            );
        }
    }
    found.sort();
    found.dedup();
    found
}
