//! What becomes of all that a schema holds when it is renamed or dropped?

use crate::act::Name;
use crate::judge::ledger::losses::Other;
use crate::judge::run::Run;
use crate::schema::Key;
use crate::{Age, LossKind, Object};

impl Run<'_> {
    pub(in crate::judge) fn create_schema(&mut self, name: &String, if_not_exists: bool) {
        self.strangers.remove(&schema_key(self.dialect, name));
        if self.schema.schemas.contains_key(name) {
            return;
        }
        let id = self.schema.fresh();
        self.ledger.created.add(id);
        self.schema.schemas.insert(name.clone(), id);
        if if_not_exists && !self.schema.is_complete() {
            self.schema.perhaps_older.add(id);
        }
    }

    pub(in crate::judge) fn rename_schema(&mut self, name: &str, to: &str) {
        if let Some(id) = self.schema.schemas.remove(&name.to_owned()) {
            self.schema.schemas.insert(to.to_owned(), id);
        }
        let inside: Vec<Key> = self
            .each(1, self.schema.tables.keys())
            .filter(|key| key.schema.as_deref() == Some(name))
            .cloned()
            .collect();
        for key in inside {
            self.register(&key);
            let shown = Name {
                schema: Some(to.to_owned()),
                name: key.name.to_string(),
            };
            let target = Key::of(self.dialect, &shown);
            self.move_table(&key, target, &shown);
        }
        self.rename_in_schema(name, to);
    }

    /// A schema that no migration made is somebody else's where it must be there, or where nothing was built yet.
    pub(in crate::judge) fn drop_strange_schema(&mut self, name: &str, if_exists: bool) {
        let key = schema_key(self.dialect, name);
        let known = self.schema.schemas.contains_key(&name.to_owned())
            || self
                .each(1, self.schema.tables.keys())
                .any(|t| t.schema == key.schema)
            || key.schema.is_none();
        if known || !self.schema.is_complete() || (if_exists && !self.first) {
            return;
        }
        let object = Object {
            schema: None,
            table: name.to_owned(),
            column: None,
        };
        let (cause, age) = (self.cause(LossKind::DropSchema), Age::Older);
        self.strangers.insert(key, Other { object, age, cause });
    }

    /// A schema or database goes with everything in it.
    pub(in crate::judge) fn drop_schema(&mut self, name: &str, kind: LossKind) {
        let id = self.schema.schemas.remove(&name.to_owned());
        let folded = schema_key(self.dialect, name).schema;
        let inside: Vec<Key> = self
            .each(1, self.schema.tables.keys())
            .filter(|key| key.schema == folded)
            .cloned()
            .collect();
        let created = id.is_some_and(|id| self.ledger.created.contains(&id));
        let born = id.is_some_and(|id| self.born.contains(&id));
        let mut older = id.is_none() || (!created && !born);
        let perhaps_older = id.is_some_and(|id| self.schema.perhaps_older.contains(&id));
        let mut holds = perhaps_older || (!self.schema.is_complete() && !created && !born);
        let mut heirs = Vec::new();
        let views = self.each(1, self.schema.views.iter());
        let orphans = views.filter(|(key, view)| view.orphaned && key.schema == folded);
        let orphans: Vec<Key> = orphans.map(|(key, _)| key.clone()).collect();
        for view in orphans {
            self.lose_orphan(&view);
        }
        for key in &inside {
            if let Some(table) = self.schema.tables.get(key).cloned() {
                for (index, _) in self.schema.indexes_of(table.id) {
                    self.schema.remove_index(&index);
                }
                self.register(key);
                let own = self.ledger.created.contains(&table.id);
                let carries = !self.ledger.rows(table.id).is_empty();
                holds |= !own || carries;
                older |= (!self.born.contains(&table.id) || self.tells_older(table.id)) && !own;
                self.orphan_views(key);
                heirs.extend(self.offspring(table.id));
            }
            self.schema.take_table(key);
        }
        for heir in heirs {
            self.drop_at(&heir, true);
        }
        self.drop_all_outside(&schema_key(self.dialect, name));
        self.drop_extensions_in(name);
        let inside = |key: &Key| key.schema == folded;
        self.spend(self.schema.views.size() + self.schema.types.size() / 2);
        self.spend(self.schema.sequences.size() + self.schema.routines.size());
        self.schema.views.retain(|key, _| !inside(key));
        self.schema.types.retain(|key, _| !inside(key));
        self.schema.sequences.retain(|key, _| !inside(key));
        self.schema.routines.retain(|key, _| !inside(key));
        if kind == LossKind::DropDatabase && !created {
            holds = true;
        }
        if holds {
            self.other(name, kind, if older { Age::Older } else { Age::SinceUp });
        }
    }
}

/// What stands for the schema itself.
pub(in crate::judge) fn schema_key(dialect: crate::Dialect, name: &str) -> Key {
    Key::of(
        dialect,
        &Name {
            schema: Some(name.to_owned()),
            name: String::new(),
        },
    )
}
