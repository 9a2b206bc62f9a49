//! How is a label taken away from an enum again? PostgreSQL has no statement for it, so the type is made anew.

use super::{Answer, Invert};
use crate::act::{Act, Constraint, Decoration, Name, Restriction};
use crate::judge::renaming::text::may_name;
use crate::schema::{Key, Table, covers_rows};

impl Invert<'_> {
    /// The type as it was, with every column of it moved over; rows that hold the label make it fail.
    pub(super) fn add_label(&self, name: &Name) -> Answer {
        let key = self.run.key(name);
        let ty = self.run.schema.types.get(&key)?;
        let is_it = |other: &Name| self.run.key(other) == key;
        let again = self.behind().any(|step| match &step.act {
            Act::AddLabel { name, .. } | Act::CreateType { name, .. } => is_it(name),
            _ => false,
        });
        if again {
            // What undoes the first label undoes the others too, and a type of the up's own is dropped.
            return Some(Vec::new());
        }
        if self.is_spoken_of(&key) {
            return None;
        }
        let labels: Vec<String> = ty
            .labels
            .as_ref()?
            .iter()
            .map(|label| quoted(label))
            .collect();
        let this = self.name(name);
        let aside = Name {
            schema: name.schema.clone(),
            name: format!("{}_before_down", name.name),
        };
        let mut sql = vec![
            format!("ALTER TYPE {this} RENAME TO {}", self.ident(&aside.name)),
            format!("CREATE TYPE {this} AS ENUM ({})", labels.join(", ")),
        ];
        for (at, table) in self.run.each(1, self.run.schema.tables.iter()) {
            sql.extend(self.moved_over(&self.found_at(at, table), table, &key, &this)?);
        }
        sql.push(format!("DROP TYPE {}", self.name(&aside)));
        Some(sql)
    }

    /// Whether a view or routine depends on the type or on a table with it, or a column may have it: none lets the type go.
    fn is_spoken_of(&self, key: &Key) -> bool {
        let schema = &self.run.schema;
        let holds = |table: &Table| {
            let mut types = table
                .columns
                .iter()
                .filter_map(|column| column.is.ty.as_deref());
            types.any(|ty| self.is_type(ty.trim_end_matches("[]"), key))
        };
        let tables = self.tables().filter(|table| holds(table));
        let names: Vec<String> = tables
            .map(|table| table.name.name.to_lowercase())
            .chain([key.name.to_lowercase()])
            .collect();
        let speaks = |text: &str| {
            let text = text.to_lowercase();
            names.iter().any(|name| text.contains(name))
        };
        let columns = self.tables().flat_map(|table| &table.columns);
        let mut types = columns.filter_map(|column| column.is.ty.as_deref());
        if types.any(|ty| self.may_be_type(ty.trim_end_matches("[]"), key)) {
            return true;
        }
        schema.views.values().any(|view| speaks(&view.text))
            || schema
                .routines
                .values()
                .any(|routine| speaks(&routine.text))
    }

    /// None where a CHECK compares such a column with labels of the old type, or a trigger or policy names it.
    fn moved_over(&self, called: &Name, table: &Table, key: &Key, this: &str) -> Answer {
        let mut changes = Vec::new();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for column in &table.columns {
            let written = column.is.ty.as_deref().unwrap_or("");
            let (element, brackets) = match written.strip_suffix("[]") {
                Some(element) => (element, "[]"),
                None => (written, ""),
            };
            if !self.is_type(element, key) {
                continue;
            }
            let speaks = |text: &str| may_name(text, &column.is.name);
            let is_check = |one: &&Constraint| matches!(one.rule, Restriction::Check);
            let mut checks = table.all_constraints().filter(is_check);
            if checks.any(|check| speaks(&check.text)) {
                return None;
            }
            // PostgreSQL alters no column that a trigger or a policy names.
            let schema = &self.run.schema;
            let on_table = schema
                .triggers
                .iter()
                .filter(|((of, _), _)| *of == Some(table.id));
            let triggers = on_table.map(|(_, trigger)| &trigger.text);
            let policies = table.decorations.iter();
            let policies = policies.filter(|((kind, _), _)| *kind == Decoration::Policy);
            if triggers
                .chain(policies.map(|(_, text)| text))
                .any(|text| speaks(text))
            {
                return None;
            }
            // So does an index of some rows, or of an expression; a plain one follows.
            for (index, of) in self.run.schema.indexes_of(table.id) {
                if !covers_rows(&of.text) && speaks(&of.text) && !after.contains(&of.text) {
                    let index = Name {
                        schema: called.schema.clone(),
                        name: index.name.to_string(),
                    };
                    before.push(format!("DROP INDEX {}", self.name(&index)));
                    after.push(of.text.clone());
                }
            }
            let name = self.ident(&column.is.name);
            if column.is.default.is_some() {
                changes.push(format!("ALTER COLUMN {name} DROP DEFAULT"));
            }
            changes.push(format!(
                "ALTER COLUMN {name} TYPE {this}{brackets} USING {name}::text{brackets}::{this}{brackets}"
            ));
            if let Some(default) = &column.is.default {
                changes.push(format!("ALTER COLUMN {name} SET DEFAULT {default}"));
            }
        }
        let table = self.name(called);
        let alter = |change: String| format!("ALTER TABLE {table} {change}");
        before.extend(changes.into_iter().map(alter));
        before.extend(after);
        Some(before)
    }

    /// What the table at `at` is called where names are looked up now: it may have been made under another search path.
    fn found_at(&self, at: &Key, table: &Table) -> Name {
        if self.run.key(&table.name) == *at {
            return table.name.clone();
        }
        Name {
            schema: at.schema.as_deref().map(str::to_owned),
            name: table.name.name.clone(),
        }
    }

    /// Whether a type that is written so is the one of that key.
    fn is_type(&self, written: &str, key: &Key) -> bool {
        let mut parts = written
            .rsplitn(2, '.')
            .map(|part| match part.strip_prefix('"') {
                Some(quoted) => quoted.trim_end_matches('"').to_owned(),
                None => part.to_lowercase(),
            });
        let Some(name) = parts.next() else {
            return false;
        };
        self.run.key(&Name {
            name,
            schema: parts.next(),
        }) == *key
    }

    /// Whether a column's type may be this one, found by a search path of then that nobody knows any more.
    fn may_be_type(&self, written: &str, key: &Key) -> bool {
        let plain = Name::plain(written.trim_matches('"').to_owned());
        let found = self.run.key(&plain);
        plain.name.eq_ignore_ascii_case(&key.name)
            && found != *key
            && !self.run.schema.types.contains_key(&found)
    }
}

pub(super) fn quoted(label: &str) -> String {
    format!("'{}'", label.replace('\'', "''"))
}
