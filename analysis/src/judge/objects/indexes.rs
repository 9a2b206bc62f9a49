//! What becomes of indexes when they are made, renamed and dropped?

use crate::Dialect;
use crate::act::{Name, Restriction};
use crate::judge::renaming::text::index_in;
use crate::judge::run::Run;
use crate::judge::tables::access;
use crate::schema::{Index, Key, Origin, Table, View, covers_rows};
use std::sync::Arc;

impl Run<'_> {
    /// Whether an index of a materialised view was called so, which has none of that name any more.
    pub(in crate::judge) fn drop_index_of_view(&mut self, key: &Key) -> bool {
        let views = &mut self.schema.views;
        let has = |view: &Arc<View>| view.indexes.iter().any(|(own, _)| own == key);
        let found = views.iter().find(|(_, view)| has(view));
        let Some(of) = found.map(|(of, _)| of.clone()) else {
            return false;
        };
        if let Some(view) = views.get_mut(&of) {
            Arc::make_mut(view).indexes.retain(|(own, _)| own != key);
        }
        true
    }

    pub(in crate::judge) fn drop_index(
        &mut self,
        name: &Name,
        table: Option<&Name>,
        if_exists: bool,
    ) {
        if table.is_none() && self.dialect == Dialect::MySql {
            self.refuse_always(format!("`DROP INDEX {}` names no table", name.name));
        }
        let key = match table.and_then(|table| self.meet_if_exists(table)) {
            Some(table) if self.dialect == Dialect::MySql => {
                self.drop_key(&table, &name.name, if_exists);
                return;
            }
            Some(table) => self.index_key(&table, &name.name),
            None => self.key(name),
        };
        let known = self.schema.remove_index(&key).is_some() || self.drop_index_of_view(&key);
        if !known && !if_exists {
            self.missing_index(&key);
        }
    }

    pub(in crate::judge) fn rename_index(&mut self, from: &Key, to: Key, old: &str, new: &str) {
        if let Some(index) = self.schema.remove_index(from) {
            let text = index_in(self.dialect, &index.text, old, new);
            let index = Index {
                text,
                ..Index::clone(&index)
            };
            self.schema.add_index(to, Arc::new(index));
        } else if self.dialect == Dialect::Postgres {
            self.rename_constraint_of(from, old, new);
        }
    }

    /// The index of a key is called like its constraint, and takes that along.
    fn rename_constraint_of(&mut self, index: &Key, old: &str, new: &str) {
        let tables = self.each(4, self.schema.tables.iter());
        let beside = tables.filter(|(key, _)| key.schema == index.schema);
        let has = |table: &Table| {
            let names = super::given::names(table);
            names.iter().any(|name| name.as_deref() == Some(old))
        };
        let found = beside.filter(|(_, table)| has(table));
        let found: Vec<Key> = found.map(|(key, _)| key.clone()).take(1).collect();
        for key in found {
            self.rename_constraint(&key, old, new);
        }
    }

    pub(in crate::judge) fn create_index(&mut self, index: &crate::act::Index) {
        let Some(table) = self.need(&index.table) else {
            let on = self.key(&index.table);
            // A materialised view may have indexes too.
            match (self.schema.views.get_mut(&on), &index.name) {
                (Some(view), Some(name)) => {
                    let key = Key {
                        schema: on.schema,
                        name: name.name.as_str().into(),
                    };
                    let own = (key, index.text.clone());
                    Arc::make_mut(view).indexes.push(own);
                }
                (Some(_), None) => {}
                (None, _) => self.missing(&index.table),
            }
            return;
        };
        self.touch(&table, access::of_index(self.dialect, &index.text));
        let Some(id) = self.schema.table(&table).map(|table| table.id) else {
            return;
        };
        self.compute(std::slice::from_ref(&index.text), false);
        if index.unique && covers_rows(&index.text) {
            self.ask_unique(&table, &index.columns, &index.text);
        } else if index.unique {
            self.ask_key(&table, &index.text);
        }
        let key = match &index.name {
            Some(name) => self.index_key(&table, &name.name),
            None => self.unnamed_index(&table, &index.columns),
        };
        if let Some(name) = &index.name
            && index.if_not_exists
            && self.has_constraint(&table, &name.name)
        {
            return;
        }
        if let Some(name) = &index.name
            && self.schema.indexes.contains_key(&key)
        {
            if !index.if_not_exists {
                self.exists(name);
            }
            return;
        }
        self.refuse_doubles(&table, index);
        self.named_columns(&table, index.columns.iter());
        let made = Index {
            table: id,
            unique: index.unique,
            columns: index.columns.clone(),
            text: index.text.clone(),
            origin: Origin::Statement,
        };
        self.give_way(id, &index.columns);
        self.schema.add_index(key, Arc::new(made));
    }

    /// PostgreSQL: whether a key of the table, and with it an index, is called so.
    fn has_constraint(&self, table: &Key, name: &str) -> bool {
        let table = self.schema.table(table);
        self.dialect == Dialect::Postgres
            && table.is_some_and(|table| {
                let mut keys = self.each(1, table.all_constraints());
                keys.any(|key| {
                    let unique = matches!(
                        key.rule,
                        Restriction::PrimaryKey(_) | Restriction::Unique(_)
                    );
                    unique && key.name.as_deref() == Some(name)
                })
            })
    }
}
