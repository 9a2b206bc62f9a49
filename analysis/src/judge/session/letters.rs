//! Do two names of MySQL that differ only in the case of their letters mean one table?
//!
//! They do on macOS and Windows, and mean two where tables stand in files whose names are told apart
//! (<https://dev.mysql.com/doc/refman/8.4/en/identifier-case-sensitivity.html>). Most who write a name in two ways mean one table, and
//! their scripts stop where it would be two; so it matters only where the second may be there.

use crate::Dialect;
use crate::act::Name;
use crate::judge::run::Run;
use crate::judge::tables::temporary::TEMPORARY;
use crate::schema::{Key, Table};

impl Run<'_> {
    /// The name was taken for that of what stands at `key`.
    pub(in crate::judge) fn mind_letters(&mut self, name: &Name, key: &Key) {
        if self.dialect != Dialect::MySql {
            return;
        }
        let Some(table) = self.schema.table(key) else {
            return;
        };
        if table.twin || (differs(table, name) && self.may_be_two(table, key)) {
            self.doubt_letters(name, &table.name.name.clone());
        }
    }

    /// A table is made where one stands whose name may be another one.
    pub(in crate::judge) fn mind_letters_made(&mut self, name: &Name, key: &Key) {
        let there = self.schema.table(key).filter(|table| differs(table, name));
        let there = there.map(|table| table.name.name.clone());
        if let Some(there) = there.filter(|_| self.dialect == Dialect::MySql) {
            self.doubt_letters(name, &there);
            if let Some(table) = self.schema.table_mut(key) {
                table.twin = true;
            }
        }
    }

    /// Whether a table may stand beside it whose name is written otherwise.
    fn may_be_two(&self, table: &Table, key: &Key) -> bool {
        if !self.schema.is_complete() {
            let only_met = table.open && table.text.is_none();
            return table.temporary || only_met || self.ledger.created.contains(&table.id);
        }
        let namesake =
            |other: &Key| other.name == key.name && other.schema.as_deref() != Some(TEMPORARY);
        table.temporary && self.each(1, self.schema.tables.keys()).any(namesake)
    }

    fn doubt_letters(&mut self, name: &Name, other: &str) {
        let name = &name.name;
        self.unknown(format!(
            "whether {name} and {other} are one table depends on the server's lower_case_table_names"
        ));
    }
}

fn differs(table: &Table, name: &Name) -> bool {
    table.name.name != name.name
}
