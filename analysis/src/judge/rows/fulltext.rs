//! What does a command do that a full-text table of SQLite takes in place of a row?
//!
//! `INSERT INTO ft(ft) VALUES('delete-all')` names the table as if it were one of its columns.
//! (<https://sqlite.org/fts5.html#special_insert_commands>)

use crate::act::{Insert, Rows, Value};
use crate::judge::run::Run;
use crate::schema::Key;
use crate::{Dialect, LossKind};

impl Run<'_> {
    /// Whether it is a command and no row.
    pub(in crate::judge) fn commands(&mut self, key: &Key, insert: &Insert) -> bool {
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return false;
        };
        let itself = |name: &String| self.same(name, &key.name);
        let Some(at) = insert.columns.iter().position(itself) else {
            return false;
        };
        let is_column = table.column(self.dialect, &key.name).is_some();
        if self.dialect != Dialect::Sqlite || is_column || !(table.open || table.storage.full_text)
        {
            return false;
        }
        let Rows::Values(rows) = &insert.rows else {
            self.unknown("which command it gives to a full-text table is not known".to_owned());
            return true;
        };
        let by_rowid = insert.columns.iter().any(|name| self.same(name, "rowid"));
        let mut found = false;
        for row in rows {
            let command = match row.get(at) {
                Some(Value::Constant(text)) => text.trim_matches('\'').to_ascii_lowercase(),
                _ => String::new(),
            };
            let (all, kind) = match command.as_str() {
                "delete-all" => (true, LossKind::Truncate),
                "delete" if by_rowid => (false, LossKind::Delete),
                // Whatever else there is tunes the index or builds it again.
                _ => continue,
            };
            found = true;
            if table.derived {
                continue;
            }
            if table.text.is_none() {
                self.unknown(format!(
                    "whether what {} indexes stands in another table is not known",
                    key.name
                ));
                continue;
            }
            let cause = self.cause(kind);
            self.ledger.hit_rows(&table, all, cause, None);
        }
        // A table of which nothing is known may have a column that is called like it.
        found || table.text.is_some()
    }
}
