//! What becomes of everything that is no table: views, types, sequences, schemas, triggers, routines?

use std::sync::Arc;

use super::carry::cast_type;
use super::notes::Noted;
use super::run::Run;
use super::schemas::schema_key;
use crate::act::{Act, Name};
use crate::schema::{Key, Sequence, View};
use crate::{Age, Dialect, LossKind, Object};

impl Run<'_> {
    pub(crate) fn object(&mut self, act: &Act) {
        self.note_view(act);
        self.note_routine(act);
        self.note_named(act);
        match act {
            Act::CreateIndex(index) => self.create_index(index),
            Act::DropIndex {
                name,
                table,
                if_exists,
                ..
            } => {
                if table.is_none() && self.dialect == Dialect::MySql {
                    self.refuse_always(format!("`DROP INDEX {}` names no table", name.name));
                }
                let key = match table.as_ref().and_then(|table| self.meet_if_exists(table)) {
                    Some(table) => self.index_key(&table, &name.name),
                    None => self.key(name),
                };
                let known =
                    self.schema.remove_index(&key).is_some() || self.drop_index_of_view(&key);
                if !known && !if_exists {
                    self.missing_index(&key);
                }
            }
            Act::RenameIndex { name, to } => {
                let key = self.key(name);
                let called = Key {
                    name: to.as_str().into(),
                    ..key.clone()
                };
                self.rename_index(&key, called, &name.name, to);
            }
            Act::CreateView {
                name,
                materialized,
                or_replace,
                if_not_exists,
                query,
                text,
                ..
            } => {
                let key = self.key(name);
                if self.schema.views.contains_key(&key) && *if_not_exists && !or_replace {
                    return;
                }
                // That of a view which computes its rows at once is read.
                if *materialized && let Some(Some(query)) = query.get() {
                    self.evaluate(&query.calls, query.surely);
                }
                let was_lent = self.schema.views.get(&key).is_some_and(|view| view.lent);
                let since = self.schema.fresh();
                let view = View {
                    since,
                    name: name.clone(),
                    materialized: *materialized,
                    query: query.clone(),
                    text: text.clone(),
                    lent: self.settings.acts_as_other || was_lent,
                    rules: Default::default(),
                    orphaned: false,
                    indexes: Vec::new(),
                };
                self.schema.views.insert(key, Arc::new(view));
            }
            Act::DropView { name, cascade, .. } => {
                let key = self.key(name);
                self.drop_view(name);
                if *cascade {
                    self.lose_orphans_over(&key);
                    self.drop_rows_of_view(name);
                }
            }
            Act::RenameView { name, to } => {
                self.rename_view(name, to);
            }
            Act::RefreshView(name) => {
                let key = self.key(name);
                self.lose_orphan(&key);
                let view = self.schema.views.get(&key).cloned();
                if let Some(query) = view.as_ref().and_then(|view| view.query(self.dialect)) {
                    self.evaluate(&query.calls, query.surely);
                }
                if let Some(view) = self.schema.views.get_mut(&key) {
                    Arc::make_mut(view).orphaned = false;
                }
            }
            Act::CreateSequence { name, text, .. } => {
                let key = self.key(name);
                self.schema
                    .sequences
                    .insert(key, Arc::new(Sequence { text: text.clone() }));
            }
            Act::RenameSequence { name, to } => {
                let (from, to) = (self.key(name), self.key(to));
                if let Some(sequence) = self.schema.sequences.remove(&from) {
                    self.schema.sequences.insert(to, sequence);
                }
            }
            Act::DropSequence { name, .. } => {
                let key = self.key(name);
                self.schema.sequences.remove(&key);
            }
            Act::MoveSequence(_) => {}
            Act::CreateExtension {
                name,
                if_not_exists,
                schema,
            } => self.create_extension(name, *if_not_exists, schema.as_deref()),
            Act::GrowExtension(name) => self.grow_extension(name),
            Act::MoveExtension { name, schema } => self.move_extension(name, schema),
            Act::DropExtension { name, cascade, .. } => {
                let made = self.schema.extensions.remove(name);
                self.drop_extension(name, made.as_ref(), *cascade);
            }
            Act::DropServer { name, cascade } => {
                if *cascade {
                    self.drop_foreign_of(name);
                }
            }
            Act::ImportForeign(schema) => {
                let key = schema_key(self.dialect, schema);
                self.schema.abroad.add(key);
            }
            Act::CreateSchema {
                name,
                if_not_exists,
            }
            | Act::CreateDatabase {
                name,
                if_not_exists,
            } => {
                self.strangers.remove(&schema_key(self.dialect, name));
                if !self.schema.schemas.contains_key(name) {
                    let id = self.schema.fresh();
                    self.ledger.created.add(id);
                    self.schema.schemas.insert(name.clone(), id);
                    if *if_not_exists && !self.schema.is_complete() {
                        self.schema.perhaps_older.add(id);
                    }
                }
            }
            Act::RenameSchema { name, to } => self.rename_schema(name, to),
            Act::DropSchema {
                name,
                cascade,
                if_exists,
            } => {
                // Without CASCADE the server refuses unless it is empty.
                if *cascade {
                    self.drop_strange_schema(name, *if_exists);
                    self.drop_schema(name, LossKind::DropSchema);
                } else {
                    self.schema.schemas.remove(&name.to_owned());
                }
            }
            Act::DropDatabase { name, .. } => self.drop_schema(name, LossKind::DropDatabase),
            Act::CreateTrigger(trigger) => {
                let table = trigger
                    .table
                    .as_ref()
                    .and_then(|table| self.meet_if_exists(table));
                let table = table.and_then(|key| self.schema.table(&key).map(|table| table.id));
                let key = (table, trigger.name.name.to_lowercase());
                if trigger.if_not_exists && self.schema.triggers.contains_key(&key) {
                    return;
                }
                self.schema.triggers.insert(key, Arc::new(trigger.clone()));
            }
            Act::DropTrigger {
                name,
                table,
                if_exists,
            } => {
                if !if_exists {
                    self.missing_trigger(name);
                }
                let lower = name.name.to_lowercase();
                let of = table.as_ref().map(|table| self.key(table));
                let of = of.and_then(|key| self.schema.table(&key).map(|table| table.id));
                self.schema
                    .triggers
                    .retain(|(on, called), _| *called != lower || (of.is_some() && *on != of));
            }
            Act::CreateRule { name, on } => {
                if let Some(rules) = self.rules_of(on) {
                    rules.insert(name.clone());
                }
            }
            Act::DropRule { name, on } => {
                if let Some(rules) = self.rules_of(on) {
                    rules.remove(name);
                }
            }
            Act::CreateRoutine(routine) => self.create_routine(routine),
            Act::RenameRoutine { name, to } => self.rename_routine(name, to),
            Act::AlterRoutine { name, clauses } => self.alter_routine(name, clauses),
            Act::RenameTrigger { name, table, to } => self.rename_trigger(table, name, to),
            Act::CreateOperator { sign, function } => {
                self.schema.operators.add((sign.clone(), function.clone()));
            }
            Act::CreateCast { from, to, function } => {
                let types = (cast_type(from), cast_type(to));
                self.schema.casts.insert(types, function.clone());
            }
            Act::DropRoutine { name, cascade, .. } => {
                if *cascade {
                    self.drop_all_over(name);
                } else {
                    self.refuse_run_by_trigger(name);
                }
                let key = self.key(name);
                let known = self.schema.routines.get(&key);
                // Of several the others stay.
                if known.is_some_and(|known| !known.is_one_of_several()) {
                    self.schema.routines.remove(&key);
                }
            }
            Act::Decorate {
                kind,
                on,
                what,
                text,
            } => {
                let key = self.key(on);
                if let Some(table) = self.schema.table_mut(&key) {
                    for what in what {
                        let about = (*kind, what.clone());
                        match text {
                            Some(text) => table.decorations.insert(about, text.clone()),
                            None => table.decorations.remove(&about),
                        };
                    }
                }
            }
            other => self.type_act(other),
        }
    }

    fn drop_view(&mut self, name: &Name) {
        let key = self.key(name);
        if !self.schema.views.contains_key(&key) && self.schema.tables.contains_key(&key) {
            let why = format!("`{}` is a table, not a view", name.name);
            self.note(Noted::Fails { why, certain: true });
            return;
        }
        self.lose_orphan(&key);
        self.schema.views.remove(&key);
    }

    /// A materialised view whose rows cannot be computed again goes or is computed again: one that was there before.
    pub(super) fn lose_orphan(&mut self, key: &Key) {
        let Some(view) = self.schema.views.get(key).cloned() else {
            return;
        };
        if view.orphaned && !self.own_views.contains(key) {
            let object = Object {
                schema: key.schema.as_deref().map(str::to_owned),
                table: view.name.name.clone(),
                column: None,
            };
            let cause = self.cause(LossKind::DropView);
            self.others.push(super::losses::Other {
                object,
                age: Age::Older,
                cause,
            });
        }
    }

    /// Rows under the materialised views over this table have gone.
    pub(crate) fn orphan_views(&mut self, table: &Key) {
        let dialect = self.dialect;
        let over = |view: &View| {
            view.materialized
                && view
                    .reads(dialect, &table.name)
                    .iter()
                    .any(|name| table.is_of(dialect, name, None))
        };
        let views = self.each(1, self.schema.views.iter());
        let orphans = views.filter(|(_, view)| over(view));
        let orphans: Vec<Key> = orphans.map(|(key, _)| key.clone()).collect();
        for key in orphans {
            if let Some(view) = self.schema.views.get_mut(&key) {
                Arc::make_mut(view).orphaned = true;
            }
        }
    }
}
