//! What follows that which is renamed to its new name?
//!
//! The server knows most of it by number, not by name. So what is written of it is written anew when it moves, but for the bodies of
//! routines, whose names are looked up when they run.

pub(super) mod bound;
mod computed;
mod dangling;
mod followed;
mod kin;
mod looking;

mod columns;
mod constraints;
mod routines;
mod tables;
pub(crate) mod text;
mod types;
mod views;

use std::sync::Arc;

use super::run::Run;
use crate::Dialect;
use crate::act::{Constraint, Name};
use crate::schema::{Key, Table};

impl Run<'_> {
    pub(super) fn rename_trigger(&mut self, table: &Name, from: &str, to: &str) {
        let table = self.key(table);
        let id = self.schema.table(&table).map(|table| table.id);
        let (old, new) = ((id, from.to_lowercase()), (id, to.to_lowercase()));
        if let Some(mut trigger) = self.schema.triggers.remove(&old) {
            to.clone_into(&mut Arc::make_mut(&mut trigger).name.name);
            self.schema.triggers.insert(new, trigger);
        }
    }

    pub(super) fn move_extension(&mut self, name: &str, schema: &str) {
        if let Some(mut made) = self.schema.extensions.remove(&name.to_owned()) {
            made.schema = Some(schema.to_owned());
            self.schema.extensions.insert(name.to_owned(), made);
        }
    }

    /// What stands in a schema beside its tables stands in the schema under its new name.
    pub(super) fn rename_in_schema(&mut self, from: &str, to: &str) {
        if self.dialect != Dialect::Postgres {
            return;
        }
        let path = std::mem::take(&mut self.settings.path);
        let place = |schema: &str, key: &Key| Name {
            schema: Some(schema.to_owned()),
            name: key.name.to_string(),
        };
        // What was made without a schema stands in the one that is looked through first.
        let inside = |key: &&Key| key.schema.as_deref().unwrap_or("public") == from;
        let types: Vec<Key> = self.schema.types.keys().filter(inside).cloned().collect();
        for key in types {
            self.rename_type(&place(from, &key), &place(to, &key));
        }
        let views: Vec<Key> = self.schema.views.keys().filter(inside).cloned().collect();
        for key in views {
            self.rename_view(&place(from, &key), &place(to, &key));
        }
        let routines = self.schema.routines.keys().filter(inside);
        for key in routines.cloned().collect::<Vec<_>>() {
            self.rename_routine(&place(from, &key), &place(to, &key));
        }
        let extensions = self.schema.extensions.iter();
        let own = extensions.filter(|(_, own)| own.schema.as_deref() == Some(from));
        let own: Vec<String> = own.map(|(name, _)| name.clone()).collect();
        for name in own {
            self.move_extension(&name, to);
        }
        self.settings.path = path;
    }
}

/// The key of what stood at `from` and is called `to`, in the same schema unless another one is named.
fn beside(dialect: Dialect, from: &Key, to: &Name) -> Key {
    let key = Key::of(dialect, to);
    match to.schema {
        Some(_) => key,
        None => Key {
            schema: from.schema.clone(),
            ..key
        },
    }
}

/// The constraints of a table follow what they refer to, and so do the texts of the table and of the columns that have such.
fn follow_in(
    table: &mut Table,
    rewritten: impl Fn(&str) -> String,
    follow: impl Fn(&mut Constraint) + Copy,
) {
    table.text = table.text.as_deref().map(|text| rewritten(text).into());
    let own = Arc::make_mut(&mut table.constraints);
    own.iter_mut().for_each(follow);
    for column in table.columns.iter_mut() {
        if !column.is.constraints.is_empty() {
            let column = Arc::make_mut(&mut column.is);
            column.constraints.iter_mut().for_each(follow);
            column.text = rewritten(&column.text);
        }
    }
}
