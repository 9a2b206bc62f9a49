//! From which columns and tables were the values computed that an UPDATE gives to a column which the direction made?
//!
//! Where those are gone when the direction is over, nothing else tells of them, and the column is as old as they were.

use crate::act::{From, Name, Update, Value};
use crate::judge::flow::Flow;
use crate::judge::renaming::text::may_name;
use crate::judge::run::Run;
use crate::schema::{Id, Key};

/// A column, and what it was computed from.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Derived {
    pub(in crate::judge) column: Id,
    pub(in crate::judge) from: Vec<Id>,
}

impl Run<'_> {
    pub(super) fn note_sources(&mut self, key: &Key, update: &Update) {
        // What is packed is told by name from what stands beside it, and has its own age.
        let is_packed = |value: &Value| {
            matches!(
                value,
                Value::Object { .. } | Value::Together(_) | Value::Row(_)
            )
        };
        for (name, value) in update.sets.iter().filter(|(_, value)| !is_packed(value)) {
            let column = self.column(key, name);
            let Some(column) = column.filter(|column| self.ledger.created.contains(column)) else {
                continue;
            };
            let mut reads = Vec::new();
            value.reads(&mut reads);
            let mut read: Vec<&str> = reads.into_iter().map(|(_, name)| name).collect();
            let filter = update.filter.iter();
            read.extend(filter.flat_map(|filter| filter.reads.iter().map(|(_, name)| &**name)));
            // Beside other tables a name may be that of a column of theirs.
            read.retain(|_| update.from.is_empty());
            let mut from = Vec::new();
            for name in read {
                let column = self.column(key, name);
                from.extend(column.iter().flat_map(|column| self.ledger.values(*column)));
                // What it was computed from in its turn may be gone as well.
                let before = self.ledger.derived.iter();
                let before = before.filter(|before| Some(before.column) == column);
                from.extend(before.flat_map(|before| before.from.iter().copied()));
            }
            let asked = filter_tables(update).chain(joined_tables(update));
            let asked = asked.filter_map(|of| self.schema.table(&self.key(of)));
            from.extend(asked.map(|table| table.id));
            let fetched = update.fetches.iter().filter(|f| self.same(&f.column, name));
            let tables = fetched.filter_map(|fetch| self.schema.table(&self.key(&fetch.of)));
            from.extend(tables.map(|table| table.id));
            if !from.is_empty() {
                self.ledger.derived.push(Derived { column, from });
            }
        }
    }
}

impl Run<'_> {
    /// Of what the column of a new table was computed by a query, as far as it does not tell that.
    pub(super) fn note_computed(&mut self, column: Id, flow: &Flow) {
        if !flow.of.is_empty() && self.ledger.created.contains(&column) {
            let from = flow.of.clone();
            self.ledger.derived.push(Derived { column, from });
        }
    }

    /// The same of a column that nothing computes again from here on.
    pub(in crate::judge) fn note_expression(&mut self, key: &Key, column: &str) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let Some(own) = table.column(self.dialect, column) else {
            return;
        };
        let Some(expression) = own.is.generated.as_deref() else {
            return;
        };
        let read = table.columns.iter();
        let read = read.filter(|other| other.id != own.id && may_name(expression, &other.is.name));
        let (column, read): (Id, Vec<Id>) = (own.id, read.map(|other| other.id).collect());
        let from = read.into_iter().flat_map(|id| self.ledger.values(id));
        let from = from.collect();
        self.ledger.derived.push(Derived { column, from });
    }
}

/// The tables that tell which rows are set.
fn filter_tables(update: &Update) -> impl Iterator<Item = &Name> {
    update.filter.iter().flat_map(|filter| &filter.tables)
}

/// Those that are joined in.
fn joined_tables(update: &Update) -> impl Iterator<Item = &Name> {
    update.from.iter().filter_map(|source| match &source.what {
        From::Table(name) | From::Only(name) => Some(name),
        _ => None,
    })
}
