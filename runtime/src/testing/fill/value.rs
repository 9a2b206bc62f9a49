//! Which values does a column of that type take?
//!
//! Values fill their type, and differ in what a narrower type would cut off: the end of a text, the last decimal, the
//! microsecond. So whatever narrows them makes two of them one.

mod types;

use onward_analysis::Dialect;

use super::super::schema::Column;
use crate::session::literal;

/// Which of the values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Like no other.
    pub(super) number: u64,
    /// The row: of four, two fill their type, one is plain, one leaves out what may be left out.
    pub(super) row: usize,
    /// How many proposals to pass over.
    pub(super) skipped: usize,
}

/// SQL for a value.
pub(super) fn proposal(
    dialect: Dialect,
    column: &Column,
    checks: &[String],
    place: Place,
) -> String {
    let about: Vec<&String> = checks
        .iter()
        .filter(|check| speaks_of(check, &column.name))
        .collect();
    let kind = Kind::of(dialect, column, &about);
    let mut all: Vec<String> = Vec::new();
    let mut named = Vec::new();
    for check in &about {
        let parts = parts(check);
        for part in parts
            .into_iter()
            .filter(|part| speaks_of(part, &column.name))
        {
            named.extend(kind.named(dialect, part, place.number));
        }
    }
    if !named.is_empty() {
        let turn = place.row % named.len();
        named.rotate_left(turn);
    }
    if column.nullable && place.row % 4 == 3 && about.is_empty() {
        all.push("NULL".to_owned());
    }
    all.extend(named);
    all.push(kind.value(dialect, place.number, place.row % 4 < 2));
    all.push(kind.value(dialect, place.number, false));
    if column.nullable {
        all.push("NULL".to_owned());
    }
    all.dedup();
    all.swap_remove(place.skipped % all.len())
}

/// A condition in its parts: a constant is about the column beside it.
fn parts(check: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let upper = check.to_ascii_uppercase();
    for word in upper.match_indices([' ', '(', ')']).map(|(at, _)| at) {
        let rest = &upper[word + 1..];
        if rest.starts_with("AND ") || rest.starts_with("OR ") {
            parts.push(&check[start..word]);
            start = word + 1;
        }
    }
    parts.push(&check[start..]);
    parts
}

/// Whether a condition names the column.
pub(super) fn speaks_of(check: &str, column: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    check.match_indices(column).any(|(at, _)| {
        let before = check[..at].chars().next_back();
        let after = check[at + column.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// What kind of values a type has.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Bool,
    Int {
        most: u64,
    },
    Decimal {
        whole: usize,
        fraction: usize,
    },
    Float,
    Text {
        limit: usize,
    },
    Bytes {
        length: usize,
    },
    Bits {
        length: usize,
    },
    Date,
    Time,
    Timestamp {
        zone: bool,
    },
    Uuid,
    Json,
    Labels(Vec<String>),
    Array(Box<Kind>),
    /// A text that only this type reads.
    Written(String),
}

impl Kind {
    fn of(dialect: Dialect, column: &Column, checks: &[&String]) -> Kind {
        let ty = column.ty.as_str();
        if let Some(element) = ty.strip_suffix("[]") {
            let element = Column {
                ty: element.to_owned(),
                ..column.clone()
            };
            return Kind::Array(Box::new(Kind::of(dialect, &element, checks)));
        }
        if !column.labels.is_empty() {
            return Kind::Labels(column.labels.clone());
        }
        if checks
            .iter()
            .any(|check| check.to_lowercase().contains("json_valid"))
        {
            return Kind::Json;
        }
        match dialect {
            Dialect::Sqlite => types::sqlite(ty),
            Dialect::Postgres => types::postgres(ty),
            Dialect::MySql => types::mysql(ty),
        }
    }

    /// The values that a condition itself names, or that border on them.
    fn named(&self, dialect: Dialect, check: &str, number: u64) -> Vec<String> {
        let (texts, numbers) = constants(check);
        let mut found = Vec::new();
        match self {
            Kind::Text { .. } => {
                found.extend(texts.iter().map(|text| literal(dialect, text)));
                for length in lengths(&numbers) {
                    let text = format!("{:x>length$}", number);
                    found.push(literal(dialect, &text[text.len() - length..]));
                }
            }
            Kind::Bytes { .. } => {
                for length in lengths(&numbers) {
                    found.push(bytes(dialect, number, length));
                }
            }
            Kind::Date | Kind::Time | Kind::Timestamp { .. } | Kind::Labels(_) | Kind::Uuid => {
                found.extend(texts.iter().map(|text| literal(dialect, text)));
            }
            Kind::Int { .. } | Kind::Decimal { .. } | Kind::Float => {
                found.extend(texts.iter().filter(|t| t.parse::<f64>().is_ok()).cloned());
                for number in numbers {
                    found.extend([number, number + 1, number - 1].map(|n| n.to_string()));
                }
            }
            _ => {}
        }
        found.truncate(12);
        found
    }

    /// A value of its own; one that `fills` the type where it can be had.
    fn value(&self, dialect: Dialect, number: u64, fills: bool) -> String {
        let n = number;
        match self {
            Kind::Bool if dialect == Dialect::Postgres => n.is_multiple_of(2).to_string(),
            Kind::Bool => (n % 2).to_string(),
            Kind::Int { most } if fills => format!("{}", most - n % (most / 4)),
            Kind::Int { most } => format!("{}", (1000 + n) % most),
            Kind::Decimal { whole, fraction } => decimal(*whole, *fraction, n, fills),
            Kind::Float if fills => format!("1.{n:09}"),
            Kind::Float => format!("{n}.5"),
            Kind::Text { limit } => literal(dialect, &text(n, *limit, fills)),
            Kind::Bytes { length } => bytes(dialect, n, *length),
            Kind::Bits { length } => format!("B'{:0>length$b}'", n % (1 << (*length).min(40))),
            Kind::Date => literal(dialect, &date(n)),
            Kind::Time => literal(dialect, &time(n)),
            Kind::Timestamp { zone } => {
                let day = if fills {
                    "2020-02-03".to_owned()
                } else {
                    date(n)
                };
                let zone = if *zone { "+00" } else { "" };
                literal(dialect, &format!("{day} {}{zone}", time(n)))
            }
            Kind::Uuid => literal(dialect, &format!("00000000-0000-4000-8000-{n:012x}")),
            Kind::Json => literal(dialect, &format!("{{\"n\": {}}}", 1_000_000 + n)),
            Kind::Labels(labels) => {
                let at = usize::try_from(n).unwrap_or(0) % labels.len();
                literal(dialect, &labels[labels.len() - 1 - at])
            }
            Kind::Array(element) => match element.as_ref() {
                Kind::Labels(_)
                | Kind::Int { .. }
                | Kind::Bool
                | Kind::Uuid
                | Kind::Text { .. } => {
                    let one = element.value(dialect, n, false);
                    let one = one.trim_start_matches('E').trim_matches('\'');
                    literal(dialect, &format!("{{{one}}}"))
                }
                _ => literal(dialect, "{}"),
            },
            Kind::Written(text) => text.replace('#', &(n % 200).to_string()),
        }
    }
}

/// A text that no other value is, at its end; as long as the limit where it `fills`.
fn text(number: u64, limit: usize, fills: bool) -> String {
    let own = format!("v{number:06}");
    if limit < own.len() {
        let digits: String = format!("{number:06}").chars().rev().take(limit).collect();
        return digits.chars().rev().collect();
    }
    if fills {
        format!("{own:x>limit$}")
    } else {
        own
    }
}

fn bytes(dialect: Dialect, number: u64, length: usize) -> String {
    let width = length * 2;
    let hex = format!("{number:0>width$x}");
    let hex = &hex[hex.len() - width..];
    match dialect {
        Dialect::Postgres => format!("'\\x{hex}'"),
        Dialect::Sqlite | Dialect::MySql => format!("X'{hex}'"),
    }
}

/// The last decimals are its own where it `fills`, else what stands before the point.
fn decimal(whole: usize, fraction: usize, number: u64, fills: bool) -> String {
    let (whole, fraction) = (whole.min(9), fraction.min(9));
    let last = |width: usize| {
        let digits = format!("{number:0>9}");
        digits[9_usize.saturating_sub(width)..].to_owned()
    };
    if fraction > 0 && fills {
        let leading = "7".repeat(whole.min(3));
        return format!(
            "{}.{}",
            if leading.is_empty() { "0" } else { &leading },
            last(fraction)
        );
    }
    match whole {
        0 => format!("0.{}", last(fraction.max(1))),
        whole => last(whole)
            .trim_start_matches('0')
            .parse::<u64>()
            .unwrap_or(1)
            .to_string(),
    }
}

fn date(number: u64) -> String {
    let n = number;
    format!(
        "{}-{:02}-{:02}",
        1990 + n / 336 % 40,
        1 + n / 28 % 12,
        1 + n % 28
    )
}

/// Many share a second, and no two a microsecond.
fn time(number: u64) -> String {
    let second = number / 64;
    format!(
        "{:02}:{:02}:{:02}.{:06}",
        second / 3600 % 24,
        second / 60 % 60,
        second % 60,
        number % 1_000_000
    )
}

/// Lengths that a condition may be about.
fn lengths(numbers: &[i64]) -> Vec<usize> {
    let near = numbers.iter().flat_map(|n| [*n, n + 1, n - 1]);
    let near = near.filter_map(|n| usize::try_from(n).ok());
    near.filter(|n| (1..=2000).contains(n)).collect()
}

/// The texts and whole numbers in a condition.
fn constants(check: &str) -> (Vec<String>, Vec<i64>) {
    let mut texts = Vec::new();
    let mut outside = String::new();
    for (at, part) in check.split('\'').enumerate() {
        if at % 2 == 1 {
            texts.push(part.to_owned());
        } else {
            outside.push_str(part);
            outside.push(' ');
        }
    }
    let words = outside.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-' && c != '.');
    let numbers = words.filter_map(|word| word.parse::<f64>().ok());
    let numbers = numbers.filter(|n| n.abs() < 1e15).map(|n| n as i64);
    (texts, numbers.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(ty: &str) -> Column {
        Column {
            name: "c".to_owned(),
            ty: ty.to_owned(),
            nullable: false,
            given: false,
            generated: false,
            labels: Vec::new(),
        }
    }

    fn proposed(dialect: Dialect, ty: &str, check: &str, skipped: usize) -> String {
        let place = Place {
            number: 12,
            row: 0,
            skipped,
        };
        proposal(dialect, &column(ty), &[check.to_owned()], place)
    }

    #[test]
    fn a_type_is_filled_and_its_end_is_its_own() {
        let of = |ty| proposed(Dialect::Postgres, ty, "", 0);
        assert_eq!(of("character varying(10)"), "E'xxxv000012'");
        assert_eq!(of("character varying(3)"), "E'012'");
        assert_eq!(of("numeric(10,4)"), "777.0012");
        assert_eq!(of("smallint"), "31988");
        assert_eq!(
            of("timestamp with time zone"),
            "E'2020-02-03 00:00:00.000012+00'"
        );
        assert_eq!(of("bytea"), "'\\x0000000000000000000000000000000c'");
        assert_eq!(of("uuid[]"), "E'{00000000-0000-4000-8000-00000000000c}'");
    }

    #[test]
    fn a_condition_is_met_by_what_it_names() {
        let check = "((c = ANY (ARRAY['open'::text, 'shut'::text])))";
        assert_eq!(proposed(Dialect::Postgres, "text", check, 0), "E'open'");
        assert_eq!(proposed(Dialect::Postgres, "text", check, 1), "E'shut'");
        let check = "(length(c) = 4)";
        assert_eq!(proposed(Dialect::Sqlite, "text", check, 0), "'xx12'");
        assert_eq!(
            proposed(Dialect::Sqlite, "integer", "c BETWEEN 5 AND 7", 0),
            "5"
        );
        assert_eq!(
            proposed(Dialect::Sqlite, "text", "(other > 3)", 0).len(),
            302
        );
    }
}
