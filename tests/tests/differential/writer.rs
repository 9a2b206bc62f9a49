//! Which rows are written, so that whatever vanishes can be named?

use fastrand::Rng;
use onward_analysis::Dialect;

use crate::contents::{self, Column, Table};
use crate::database::Database;
use crate::generate::Case;
use crate::values;

/// What a row has for a key: every condition that a case can set on it is met by one and missed by another.
#[derive(Debug, Clone, Copy)]
enum Key {
    Positive,
    Negative,
    Missing,
    /// The same in every such row, so that no token stands there.
    Zero,
    /// The same again, and positive.
    One,
}

const KEYS: [Key; 8] = [
    Key::Positive,
    Key::Negative,
    Key::Missing,
    Key::Positive,
    Key::Zero,
    Key::Zero,
    Key::One,
    Key::One,
];

/// Writes rows of values that stand nowhere else, and rows of those that a type treats most oddly.
pub(crate) struct Writer {
    next: u64,
    rng: Rng,
}

impl Writer {
    pub(crate) fn new(seed: u64) -> Writer {
        Writer {
            next: 1_000_000,
            rng: Rng::with_seed(seed),
        }
    }

    /// Writes rows into every table. A constraint may refuse one; the others still count. Returns what was
    /// written.
    pub(crate) async fn fill(
        &mut self,
        database: &mut Database,
        tables: &[Table],
        case: &Case,
    ) -> String {
        let dialect = database.dialect();
        let mut rows = String::new();
        // Odd rows make a database refuse more, so only every second case has them.
        let odd = if self.rng.bool() { 6 } else { 0 };
        for table in tables {
            for key in KEYS {
                let values = table
                    .columns
                    .iter()
                    .map(|column| self.value(dialect, column, key, case));
                rows += &contents::insert(dialect, table, &values.collect::<Vec<_>>());
            }
            for _ in 0..odd {
                let values = table.columns.iter().map(|column| match self.rng.u8(..3) {
                    0 => self.value(dialect, column, Key::Positive, case),
                    _ => self.one_of(values::pool(dialect, column, case)),
                });
                rows += &contents::insert(dialect, table, &values.collect::<Vec<_>>());
            }
        }
        contents::write(database, &rows).await;
        rows
    }

    fn value(&mut self, dialect: Dialect, column: &Column, key: Key, case: &Case) -> String {
        self.next += 1;
        let kind = column.kind.as_str();
        let has = |parts: &[&str]| parts.iter().any(|part| kind.contains(part));
        match (column.name.as_str(), key) {
            ("id", Key::Missing) => "NULL".to_owned(),
            ("id", Key::Zero) => "0".to_owned(),
            ("id", Key::One) => "1".to_owned(),
            ("id", Key::Negative) => format!("-{}", self.next),
            _ if has(&[
                "enum(", "set(", "smallint", "tinyint", "interval", "point", "[]",
            ]) =>
            {
                self.one_of(values::pool(dialect, column, case))
            }
            _ if has(&["int", "serial", "numeric", "decimal", "double", "real"]) => {
                self.next.to_string()
            }
            _ if has(&["text", "char"]) || kind.is_empty() => format!("'token {}'", self.next),
            _ => self.one_of(values::pool(dialect, column, case)),
        }
    }

    fn one_of(&mut self, mut pool: Vec<String>) -> String {
        pool.swap_remove(self.rng.usize(..pool.len()))
    }
}

/// Whether a value is one that [`Writer`] wrote, and so can be told from every other.
pub(crate) fn is_token(value: &str) -> bool {
    let digits = value
        .strip_prefix("token ")
        .or(value.strip_prefix('-'))
        .unwrap_or(value);
    digits.len() == 7 && digits.bytes().all(|byte| byte.is_ascii_digit())
}
