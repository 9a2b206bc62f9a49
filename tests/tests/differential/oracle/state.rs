//! Which rows stand in the tables, and which states are next to these?

use std::fmt;

use fastrand::Rng;
use onward_analysis::Dialect;

use crate::database::{Columns, Database};
use crate::generate::Case;

/// What stands in each table: its rows, in no order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Dump(Vec<(String, Vec<String>)>);

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (table, rows) in &self.0 {
            writeln!(f, "{table}: {}", rows.join("; "))?;
        }
        Ok(())
    }
}

/// The rows of all tables, in the columns that are `kept`.
pub(crate) async fn dump(
    database: &mut Database,
    kept: impl Fn(&str, Option<&str>) -> bool,
) -> Dump {
    let mut all = Vec::new();
    for (table, mut columns) in database.tables().await {
        columns.retain(|(column, _)| kept(&table, Some(column)));
        if columns.is_empty() {
            continue;
        }
        let mut rows: Vec<String> = database
            .cells(&table, &columns)
            .await
            .into_iter()
            .map(|row| {
                let named = columns.iter().zip(row);
                let cells = named.map(|((name, _), cell)| match cell {
                    Some(text) => format!("{name}={text:?}"),
                    None => format!("{name}=NULL"),
                });
                cells.collect::<Vec<_>>().join(" ")
            })
            .collect();
        rows.sort();
        all.push((table, rows));
    }
    Dump(all)
}

/// Rows to be written, each value as SQL.
#[derive(Clone)]
pub(crate) struct State {
    tables: Vec<(String, Columns)>,
    /// The table's place among `tables`, and a value for each column.
    rows: Vec<(usize, Vec<String>)>,
    dialect: Dialect,
}

impl State {
    /// A few rows for each table that is there now.
    pub(crate) async fn random(database: &mut Database, case: &Case, rng: &mut Rng) -> State {
        let tables: Vec<(String, Columns)> = database.tables().await.into_iter().collect();
        let mut rows = Vec::new();
        for (at, (_, columns)) in tables.iter().enumerate() {
            for _ in 0..3 {
                let value = |(_, kind): &(String, String)| {
                    let pool = pool(kind, case);
                    pool[rng.usize(..pool.len())].clone()
                };
                rows.push((at, columns.iter().map(value).collect()));
            }
        }
        State {
            tables,
            rows,
            dialect: database.dialect(),
        }
    }

    /// The states that differ from it in one value or one row, where `kept` says that this is not given up.
    pub(crate) fn variants(
        &self,
        case: &Case,
        kept: impl Fn(&str, Option<&str>) -> bool,
    ) -> Vec<State> {
        let mut found = Vec::new();
        for (number, (at, row)) in self.rows.iter().enumerate() {
            let (table, columns) = &self.tables[*at];
            for (place, (column, kind)) in columns.iter().enumerate() {
                if !kept(table, Some(column)) {
                    continue;
                }
                for value in pool(kind, case)
                    .into_iter()
                    .filter(|value| *value != row[place])
                {
                    let mut other = self.clone();
                    other.rows[number].1[place] = value;
                    found.push(other);
                }
            }
            if kept(table, None) {
                let mut without = self.clone();
                without.rows.remove(number);
                found.push(without);
                let mut twice = self.clone();
                twice.rows.push((*at, row.clone()));
                found.push(twice);
            }
        }
        found
    }

    /// Writes the rows; what the schema refuses is left out.
    pub(crate) async fn write(&self, database: &mut Database) {
        for (at, row) in &self.rows {
            let (table, columns) = &self.tables[*at];
            let names: Vec<String> = columns
                .iter()
                .map(|(name, _)| self.dialect.quote(name))
                .collect();
            let sql = format!(
                "INSERT INTO {} ({}) VALUES ({})",
                self.dialect.quote(table),
                names.join(", "),
                row.join(", ")
            );
            let _ = database.run(&sql).await;
        }
    }
}

/// Values that a column of that type may hold, as SQL.
fn pool(kind: &str, case: &Case) -> Vec<String> {
    let numbers = ["0", "1", "2", "3", "-1", "7", "2147483647", "-2147483648"];
    let texts = [
        "''",
        "'a'",
        "'A'",
        "'a '",
        "' a'",
        "'1'",
        "'01'",
        "'b'",
        "'x-a'",
        "'long text that goes on and on and on and on'",
    ];
    let is_number = ["int", "serial", "numeric", "decimal"]
        .iter()
        .any(|part| kind.contains(part));
    let plain: &[&str] = if is_number { &numbers } else { &texts };
    let mut pool: Vec<String> = plain.iter().map(|value| (*value).to_owned()).collect();
    pool.push("NULL".to_owned());
    pool.extend(spoken_of(case, is_number));
    pool
}

/// The values that the scripts speak of.
fn spoken_of(case: &Case, numbers: bool) -> Vec<String> {
    let scripts = [&case.up, &case.down];
    let mut found: Vec<String> = Vec::new();
    for script in scripts {
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
                    .filter(|text| text.len() < 40)
                    .map(|text| format!("'{text}'")),
            );
        }
    }
    found.sort();
    found.dedup();
    found
}
