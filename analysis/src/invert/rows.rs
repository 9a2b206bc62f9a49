//! How do rows go that an up writes?

use super::{Answer, Invert};
use crate::act::{Conflict, Insert, Rows, Update, Value};

impl Invert<'_> {
    /// Rows with constant keys go by their keys.
    pub(super) fn insert(&self, insert: &Insert) -> Answer {
        if self.is_own(&insert.table) {
            return match self.takes_over(&insert.table) {
                // Its rows go back where the table that it took the place of is made again.
                true => Some(Vec::new()),
                false => self.copy_back(insert),
            };
        }
        let (Rows::Values(rows), Conflict::Fail, Some(table)) =
            (&insert.rows, &insert.conflict, self.table(&insert.table))
        else {
            return None;
        };
        let columns = table.written_by(insert);
        let place = |name: &String| {
            columns
                .iter()
                .position(|c| crate::schema::same(self.dialect, c, name))
        };
        let constant = |row: &Vec<Value>, at: usize| row.get(at).and_then(Value::spelled);
        for key in table.keys() {
            let Some(places) = key.iter().map(place).collect::<Option<Vec<usize>>>() else {
                continue;
            };
            let keys: Option<Vec<Vec<String>>> = rows
                .iter()
                .map(|row| places.iter().map(|at| constant(row, *at)).collect())
                .collect();
            if let Some(keys) = keys {
                return Some(vec![format!(
                    "DELETE FROM {} WHERE {}",
                    self.name(&insert.table),
                    self.condition(key, &keys)
                )]);
            }
        }
        None
    }

    /// The rows with these keys.
    pub(super) fn condition(&self, key: &[String], rows: &[Vec<String>]) -> String {
        let [column] = key else {
            let all = rows.iter().map(|row| {
                let parts = key.iter().zip(row);
                let parts =
                    parts.map(|(column, value)| format!("{} = {value}", self.ident(column)));
                parts.collect::<Vec<_>>().join(" AND ")
            });
            return all.collect::<Vec<_>>().join(" OR ");
        };
        let values: Vec<&str> = rows.iter().flatten().map(String::as_str).collect();
        match values.as_slice() {
            [one] => format!("{} = {one}", self.ident(column)),
            several => format!("{} IN ({})", self.ident(column), several.join(", ")),
        }
    }

    /// Only what the up itself has made may have been filled.
    pub(super) fn update(&self, update: &Update) -> Answer {
        let table = self.table(&update.table)?;
        let own = |name: &String| {
            table
                .column(self.dialect, name)
                .is_some_and(|column| self.run.ledger.created.contains_key(&column.id))
        };
        let all = self.is_made(table) || update.sets.iter().all(|(name, _)| own(name));
        all.then(Vec::new)
    }
}
