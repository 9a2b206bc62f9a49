//! What goes when a table is dropped?

use super::temporary::{is_temporary, temporary_key};
use crate::act::{Engine, Name};
use crate::judge::ledger::losses::Other;
use crate::judge::refuse::Torn;
use crate::judge::run::Run;
use crate::schema::{Key, Table};
use crate::{Access, Age, Dialect, LossKind, Object, family};

impl Run<'_> {
    pub(crate) fn drop_table(&mut self, name: &Name, if_exists: bool, cascade: bool) {
        let key = match if_exists {
            true => self.meet_if_exists(name),
            false => self.meet(name, false),
        };
        let Some(key) = key else {
            if !if_exists {
                self.missing(name);
                return;
            }
            let object = Object {
                schema: name.schema.clone(),
                table: name.name.clone(),
                column: None,
            };
            self.drop_stranger(name, object);
            return;
        };
        self.touch(&key, Access::Alter);
        if let Some(table) = self.schema.table(&key) {
            self.drops.push(crate::judge::refuse::notes::Dropped {
                id: table.id,
                table: table.name.clone(),
                column: None,
                span: self.span,
            });
        }
        self.drop_at(&key, cascade);
        if !cascade {
            self.torn.push((Torn::Table(key), self.span));
        }
    }

    /// Where nothing was built yet, nobody drops what was never there, if not to make it anew.
    fn drop_stranger(&mut self, name: &Name, object: Object) {
        let key = self.key(name);
        let there_before = self.first && !self.schema.gone.contains(&key);
        if !there_before || self.schema.views.contains_key(&key) || is_temporary(name) {
            return;
        }
        let (cause, age) = (self.cause(LossKind::DropTable), Age::Older);
        self.strangers.insert(key, Other { object, age, cause });
    }

    pub(crate) fn drop_temporary(&mut self, name: &Name) {
        let key = temporary_key(&self.key(name));
        if self.schema.tables.contains_key(&key) {
            self.drop_at(&key, false);
        }
    }

    /// `DROP SERVER … CASCADE`: its tables are no longer seen from here.
    pub(in crate::judge) fn drop_foreign_of(&mut self, server: &str) {
        let of = |table: &Table| {
            let text = table.text.as_deref().filter(|_| table.foreign);
            text.is_some_and(|text| family::server(text).is_some_and(|own| own == server))
        };
        let tables = self.each(2, self.schema.tables.iter());
        let tables = tables.filter(|(_, table)| of(table));
        let tables: Vec<(Key, Name)> = tables
            .map(|(key, table)| (key.clone(), table.name.clone()))
            .collect();
        for (key, name) in tables {
            self.register(&key);
            self.remove(&key);
            self.drop_rows_of_view(&name);
        }
    }

    /// A table of another server is no longer seen from here.
    pub(crate) fn drop_foreign(&mut self, name: &Name) {
        let key = self.key(name);
        if self.schema.table(&key).is_some_and(|table| table.foreign) {
            self.register(&key);
            self.remove(&key);
        }
    }

    /// The table goes, with its rows and whatever belongs to it.
    pub(crate) fn drop_at(&mut self, key: &Key, cascade: bool) {
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        self.register(key);
        if !self.proves_keys() {
            self.leave_unproven(key);
        }
        // SQLite deletes the rows one by one where foreign keys are in force.
        if self.dialect == Dialect::Sqlite && self.foreign_keys {
            self.cascade(key, None);
        }
        let kind = if !table.partition {
            LossKind::DropTable
        } else {
            LossKind::DropPartition
        };
        // The rows of a MERGE table are those of other tables.
        if table.engine != Engine::Merge {
            let (cause, from) = (self.cause(kind), self.ledger.hits.len());
            self.ledger.hit_table(&table, cause);
            self.find_in_partitions(&table, from, cause);
        }
        if table.history.is_some() {
            self.delete_history(key);
        }
        self.orphan_views(key);
        self.remove(key);
        let mut children = self.offspring(table.id);
        while let Some(child) = children.pop() {
            let part = self.schema.tables.get(&child).cloned();
            // What merely inherits has rows of its own.
            match part.filter(|part| part.partition) {
                Some(part) => {
                    if self.was_alone(&part) {
                        self.register(&child);
                        let cause = self.cause(LossKind::DropPartition);
                        self.ledger.hit_table(&part, cause);
                    }
                    children.extend(self.offspring(part.id));
                    self.remove(&child);
                }
                None if self.enter() => {
                    self.drop_at(&child, cascade);
                    self.leave();
                }
                None => self.unknown("the tables inherit from each other too deeply".to_owned()),
            }
        }
        if cascade {
            self.drop_foreign_keys(key);
            if self.dialect == Dialect::Postgres {
                // A table is a type as well.
                self.drop_all_of(&self.one_type(&table.name));
                self.drop_views_over(key);
            }
        }
    }

    /// Whether the up has made a partition of what was a table of its own before.
    fn was_alone(&self, part: &Table) -> bool {
        self.earlier.is_some_and(|(before, _)| {
            let mut tables = before.tables.values();
            tables.any(|table| table.id == part.id && !table.partition)
        })
    }

    pub(in crate::judge) fn remove(&mut self, key: &Key) {
        if let Some(table) = self.schema.take_table(key) {
            let id = table.id;
            for column in &table.columns {
                self.drop_own_sequence(key, &column.is.name);
            }
            let triggers = self.schema.triggers_of(id);
            let triggers: Vec<_> = triggers.map(|(key, _)| key.clone()).collect();
            for key in triggers {
                self.schema.triggers.remove(&key);
            }
            for (key, _) in self.schema.indexes_of(id) {
                self.schema.remove_index(&key);
            }
            self.schema.gone.add(key.clone());
        }
    }

    /// The foreign keys that refer to what is gone go too.
    fn drop_foreign_keys(&mut self, parent: &Key) {
        for child in self.children(parent) {
            let dialect = self.dialect;
            if let Some(table) = self.schema.table_mut(&child) {
                let refers = |constraint: &crate::act::Constraint| matches!(&constraint.rule, crate::act::Restriction::ForeignKey { table, .. } if parent.is_of(dialect, table, None));
                table.retain_constraints(|constraint| !refers(constraint));
            }
        }
    }
}
