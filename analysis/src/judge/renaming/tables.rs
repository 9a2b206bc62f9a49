//! What follows a table to its new name?

use super::super::run::Run;
use super::follow_in;
use super::text::table_in;
use crate::act::Name;
use crate::schema::{Index, Key};
use crate::{Access, Dialect};
use std::sync::Arc;

impl Run<'_> {
    pub(crate) fn rename_tables(&mut self, pairs: &[(Name, Name)]) {
        for (from, to) in pairs {
            self.rename_table(from, to, false);
        }
    }

    pub(crate) fn rename_table(&mut self, from: &Name, to: &Name, if_exists: bool) {
        let Some(key) = self.meet(from, if_exists) else {
            let old = self.key(from);
            if self.schema.views.contains_key(&old) {
                self.rename_view(from, to);
            } else if !if_exists {
                self.missing(from);
            }
            return;
        };
        self.touch(&key, Access::Alter);
        let mut target = Key::of(self.dialect, to);
        // A table stays in its schema unless another one is named.
        if to.schema.is_none() {
            target.schema.clone_from(&key.schema);
        }
        if self.schema.tables.contains_key(&target) && target != key {
            self.exists(to);
            return;
        }
        self.move_table(&key, target, to);
    }

    pub(crate) fn move_table(&mut self, key: &Key, target: Key, shown: &Name) {
        self.keep_names(key);
        let to = Name {
            schema: target
                .schema
                .as_ref()
                .map(|schema| shown.schema.clone().unwrap_or_else(|| schema.to_string())),
            name: shown.name.clone(),
        };
        self.look_at_table(key, &to);
        let Some(mut table) = self.schema.take_table(key) else {
            return;
        };
        Arc::make_mut(&mut table).name = to.clone();
        self.schema.gone.add(key.clone());
        self.schema.gone.remove(&target);
        self.strangers.remove(&target);
        let (id, old) = (table.id, key.name.clone());
        self.schema.put_table(target.clone(), table);
        self.note_rename(id, self.object_at(&target, &to));
        for (index_key, index) in self.schema.indexes_of(id) {
            self.spend(super::text::cost(&index.text));
            if self.is_exhausted() {
                return;
            }
            self.schema.remove_index(&index_key);
            let text = table_in(self.dialect, &index.text, &old, &to.name);
            let index = Index {
                text,
                ..Index::clone(&index)
            };
            let index_key = self.index_key(&target, &index_key.name);
            self.schema.add_index(index_key, Arc::new(index));
        }
        self.redirect(key, &to);
        self.follow_type(key, &to);
        self.follow_table(&old, &to.name);
    }

    /// Foreign keys follow the table that they refer to.
    fn redirect(&mut self, from: &Key, to: &Name) {
        // SQLite leaves them at the old name where its legacy mode says so; then they meet the rebuilt table again.
        let dialect = self.dialect;
        let children = self.children(from);
        // One that was written without a schema was found on the search path: the table here, if it is the only one.
        let moved = Key::of(dialect, to);
        let home = from.schema.as_deref().filter(|_| !children.is_empty());
        let home = home.filter(|_| {
            let mut keys = self.each(1, self.schema.tables.keys());
            !keys.any(|key| key.name == from.name && *key != *from && *key != moved)
        });
        let mut referred = to.clone();
        if dialect == Dialect::Postgres {
            referred.schema.get_or_insert_with(|| "public".to_owned());
        }
        for child in children {
            if let Some(table) = self.schema.table(&child) {
                let texts = table.columns.iter().map(|column| column.is.text.len());
                let created = table.text.as_ref().map_or(0, |text| text.len());
                self.spend((created + texts.sum::<usize>()) / 2);
            }
            if self.is_exhausted() {
                return;
            }
            if let Some(table) = self.schema.table_mut(&child) {
                let rewritten = |text: &str| table_in(dialect, text, &from.name, &to.name);
                let follow = |constraint: &mut crate::act::Constraint| {
                    if let crate::act::Restriction::ForeignKey { table, .. } = &mut constraint.rule
                        && from.is_of(dialect, table, home)
                    {
                        constraint.text = table_in(dialect, &constraint.text, &from.name, &to.name);
                        *table = referred.clone();
                    }
                };
                follow_in(table, rewritten, follow);
            }
            self.schema.has_new_kin(&child);
        }
    }
}
