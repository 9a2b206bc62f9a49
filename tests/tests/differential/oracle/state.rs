//! Which rows stand in the tables, and which states are next to these?

use fastrand::Rng;

use crate::contents::{self, Column, Table};
use crate::database::Database;
use crate::generate::Case;
use crate::values;

/// Rows to be written, each value as SQL.
#[derive(Clone)]
pub(crate) struct State {
    /// The table's place among those that are there, and a value for each column.
    rows: Vec<(usize, Vec<String>)>,
}

impl State {
    /// A few rows for each of the tables.
    pub(crate) fn random(
        database: &Database,
        tables: &[Table],
        case: &Case,
        rng: &mut Rng,
    ) -> State {
        let mut rows = Vec::new();
        for (at, table) in tables.iter().enumerate() {
            for _ in 0..3 {
                let value = |column: &Column| {
                    let mut pool = values::pool(database.dialect(), column, case);
                    pool.swap_remove(rng.usize(..pool.len()))
                };
                rows.push((at, table.columns.iter().map(value).collect()));
            }
        }
        State { rows }
    }

    /// The states that differ from it in one value or one row, where `kept` says so of the table and column, or of the table.
    pub(crate) fn variants(
        &self,
        database: &Database,
        tables: &[Table],
        case: &Case,
        kept: impl Fn(&Table, Option<&Column>) -> bool,
    ) -> Vec<State> {
        let mut found = Vec::new();
        for (number, (at, row)) in self.rows.iter().enumerate() {
            let table = &tables[*at];
            for (place, column) in table.columns.iter().enumerate() {
                if column.worked_out || !kept(table, Some(column)) {
                    continue;
                }
                let pool = values::pool(database.dialect(), column, case);
                for value in pool.into_iter().filter(|value| *value != row[place]) {
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
    pub(crate) async fn write(&self, database: &mut Database, tables: &[Table]) {
        let dialect = database.dialect();
        let rows = self
            .rows
            .iter()
            .map(|(at, row)| contents::insert(dialect, &tables[*at], row));
        contents::write(database, &rows.collect::<String>()).await;
    }
}
