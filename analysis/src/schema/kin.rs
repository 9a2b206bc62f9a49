//! Which tables hang on another one: its partitions, its heirs, and those that refer to it?

use std::sync::Arc;

use super::{Id, Key, Schema, Shared, Table};
use crate::Dialect;
use crate::act::{Constraint, Restriction};

/// Where the tables are found that hang on another one, without a look at all.
///
/// What stands here was so once; whether it still is, the table tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Kin {
    /// The partitions and heirs of each table.
    offspring: Shared<(Id, Key), ()>,
    /// The tables that refer to one of that name, in small letters, whatever its schema.
    referring: Shared<(Arc<str>, Key), ()>,
}

impl Schema {
    /// The table stands at `key` from here on.
    pub(crate) fn put_table(&mut self, key: Key, table: Arc<Table>) {
        self.relate(&key, &table);
        self.tables.insert(key, table);
    }

    /// The table at `key` is there no longer, or is put elsewhere.
    pub(crate) fn take_table(&mut self, key: &Key) -> Option<Arc<Table>> {
        let table = self.tables.remove(key)?;
        for parent in &table.parents {
            self.kin.offspring.remove(&(*parent, key.clone()));
        }
        for (_, referred, _) in table.foreign_keys() {
            self.kin
                .referring
                .remove(&(small(&referred.name), key.clone()));
        }
        Some(table)
    }

    /// The table at `key` was given a parent or a foreign key.
    pub(crate) fn has_new_kin(&mut self, key: &Key) {
        if let Some(table) = self.tables.get(key).cloned() {
            self.relate(key, &table);
        }
    }

    /// The table at `key` was given this constraint.
    pub(crate) fn has_new_key(&mut self, key: &Key, constraint: &Constraint) {
        if let Restriction::ForeignKey { table, .. } = &constraint.rule {
            self.kin.referring.add((small(&table.name), key.clone()));
        }
    }

    fn relate(&mut self, key: &Key, table: &Table) {
        for parent in &table.parents {
            self.kin.offspring.add((*parent, key.clone()));
        }
        for (_, referred, _) in table.foreign_keys() {
            self.kin.referring.add((small(&referred.name), key.clone()));
        }
    }

    /// Where partitions and heirs of a table may stand.
    pub(crate) fn may_hang_on(&self, id: Id) -> impl Iterator<Item = &Key> {
        let all = self.kin.offspring.from(&(id, first()));
        all.map(|(entry, ())| entry)
            .take_while(move |(of, _)| *of == id)
            .map(|(_, key)| key)
    }

    /// Whether the table at `key` is a partition or heir of another one.
    pub(crate) fn hangs_on(&self, key: &Key, id: Id) -> bool {
        self.table(key)
            .is_some_and(|table| table.parents.contains(&id))
    }

    /// Where tables may stand that refer to one of this name, in whichever schema.
    pub(crate) fn may_refer_to(&self, name: &str) -> impl Iterator<Item = &Key> {
        let name = small(name);
        let all = self.kin.referring.from(&(Arc::clone(&name), first()));
        all.map(|(entry, ())| entry)
            .take_while(move |(of, _)| *of == name)
            .map(|(_, key)| key)
    }

    /// Whether the table at `key` refers to `parent` by a foreign key.
    pub(crate) fn refers_to(&self, dialect: Dialect, key: &Key, parent: &Key) -> bool {
        let home = parent.schema.as_deref();
        self.table(key).is_some_and(|table| {
            let mut keys = table.foreign_keys();
            keys.any(|(_, referred, _)| parent.is_of(dialect, referred, home))
        })
    }

    /// What a look at all tables finds that the index does not: nothing, if it was told of every change.
    #[cfg(test)]
    pub(crate) fn missed_kin(&self, dialect: Dialect) -> Vec<String> {
        let mut missed = Vec::new();
        for (key, table) in self.tables.iter() {
            for parent in &table.parents {
                if !self.may_hang_on(*parent).any(|found| found == key) {
                    missed.push(format!("{key:?} hangs on {parent:?}"));
                }
            }
            for (_, referred, _) in table.foreign_keys() {
                let named = Key::of(dialect, referred);
                let parents = self.tables.keys().chain([&named]);
                for parent in parents.filter(|parent| self.refers_to(dialect, key, parent)) {
                    if !self.may_refer_to(&parent.name).any(|found| found == key) {
                        missed.push(format!("{key:?} refers to {parent:?}"));
                    }
                }
            }
        }
        missed
    }
}

/// What no key comes before.
fn first() -> Key {
    Key {
        schema: None,
        name: "".into(),
    }
}

fn small(name: &str) -> Arc<str> {
    match super::name::is_lower(name) {
        true => name.into(),
        false => name.to_lowercase().into(),
    }
}
