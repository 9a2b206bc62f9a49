//! Which columns lose a part of their values with an attribute of a composite type, or with a column of a table?

use std::collections::BTreeSet;

use super::meaning::type_name;
use crate::act::{Column, Name};
use crate::judge::objects::dependants::Wanted;
use crate::judge::run::Run;
use crate::schema::Key;
use crate::{Dialect, LossKind, family};

/// The types that most columns have, which hold no parts.
const PLAIN: [&str; 26] = [
    "text",
    "integer",
    "int",
    "bigint",
    "boolean",
    "timestamp",
    "varchar",
    "timestamptz",
    "uuid",
    "jsonb",
    "character",
    "smallint",
    "serial",
    "bigserial",
    "numeric",
    "date",
    "json",
    "bytea",
    "double",
    "bool",
    "real",
    "char",
    "decimal",
    "time",
    "inet",
    "float",
];

impl Run<'_> {
    /// A column may hold rows of a table, or what has such in it.
    pub(in crate::judge) fn meet_type(&mut self, column: &Column) {
        if let Some(ty) = &column.ty {
            self.meet_odd_type(ty);
            self.meet_type_called(ty);
        }
    }

    /// A column gets the type so called.
    pub(in crate::judge) fn meet_type_called(&mut self, ty: &str) {
        if self.dialect != Dialect::Postgres || self.schema.composed {
            return;
        }
        let bare = ty.split(['(', '[', ' ']).next().unwrap_or_default();
        let plain = PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(bare));
        let labels = || {
            let own = self.schema.types.get(&self.key(&type_name(bare)));
            own.is_some_and(|own| own.labels.is_some())
        };
        self.schema.composed = !plain && !labels();
    }

    /// The values of a composite type lose a part, and the tables made of it a column; whether there are any.
    pub(in crate::judge) fn drop_attribute(&mut self, ty: &Name, attribute: &str) -> bool {
        let wanted = self.one_type(ty);
        let made_of = self.tables_of(&wanted);
        for table in &made_of {
            self.register(table);
            self.drop_column(table, attribute, true, LossKind::DropColumn);
        }
        let has_parts = self.take_part(wanted);
        has_parts || !made_of.is_empty()
    }

    /// A column of a table goes, and with it a part of each value that is one of its rows.
    pub(in crate::judge) fn drop_part_of_rows(&mut self, table: &Key) {
        if self.schema.composed {
            self.take_part(Wanted::One(table.clone()));
        }
    }

    /// All that holds values of the type loses a part of them; whether anything does.
    fn take_part(&mut self, wanted: Wanted) -> bool {
        let columns = self.columns_holding(wanted);
        let cause = self.cause(LossKind::DropColumn);
        for (table, column) in &columns {
            self.register(table);
            let id = self.schema.table(table).map(|table| table.id);
            if let (Some(id), Some(column)) = (id, self.column(table, column)) {
                self.ledger.hit_column(id, column, cause);
                self.ledger.set_values(column, Vec::new());
            }
        }
        !columns.is_empty()
    }

    /// The columns whose values are of the type or have such in them: in arrays, domains, ranges, rows and other composites.
    fn columns_holding(&self, wanted: Wanted) -> BTreeSet<(Key, String)> {
        let mut found = BTreeSet::new();
        let (mut met, mut todo) = (BTreeSet::new(), vec![wanted]);
        while let Some(wanted) = todo.pop() {
            if self.is_exhausted() {
                break;
            }
            let mut over = self.types_over(&wanted);
            let composites = self.composites_of(&wanted).into_iter();
            over.extend(composites.map(|(composite, _)| composite));
            for key in over.iter().map(|name| self.key(name)) {
                let made = self.schema.types.get(&key);
                let several = made.and_then(|made| family::multirange(self.dialect, &made.text));
                for key in several.map(|name| self.key(&name)).into_iter().chain([key]) {
                    if met.insert(key.clone()) {
                        todo.push(Wanted::One(key));
                    }
                }
            }
            for (table, column) in self.columns_of(&wanted) {
                if met.insert(table.clone()) {
                    todo.push(Wanted::One(table.clone()));
                }
                found.insert((table, column));
            }
        }
        found
    }
}
