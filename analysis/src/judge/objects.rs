//! What becomes of everything that is no table: views, types, sequences, schemas, triggers, routines?

mod attached;
mod cut;
pub(super) mod dependants;
mod extensions;
pub(crate) mod fallen;
pub(crate) mod given;
mod held;
mod held_keys;
mod held_views;
mod indexes;
mod kinds;
mod naming;
mod own_keys;
mod schemas;
mod viewed;

use std::sync::Arc;

use self::schemas::schema_key;
use super::run::Run;
use super::values::meaning::cast_type;
use crate::LossKind;
use crate::act::Act;
use crate::schema::{Key, Sequence, View};

impl Run<'_> {
    pub(crate) fn object(&mut self, act: &Act) {
        self.note_view(act);
        self.note_routine(act);
        self.note_named(act);
        self.refuse_named(act);
        match act {
            Act::CreateIndex(index) => self.create_index(index),
            Act::DropIndex {
                name,
                table,
                if_exists,
                ..
            } => self.drop_index(name, table.as_ref(), *if_exists),
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
                let stood = self.schema.views.get(&key);
                let was_lent = stood.is_some_and(|view| view.lent);
                let replaced = stood.filter(|_| *or_replace);
                let decorations = replaced.map(|view| view.decorations.clone());
                let since = self.schema.fresh();
                let known = !self.settings.doubts_path();
                let view = View {
                    since,
                    path: known.then(|| self.settings.path.clone()),
                    name: name.clone(),
                    materialized: *materialized,
                    query: query.clone(),
                    text: text.clone(),
                    lent: self.settings.acts_as_other || was_lent,
                    rules: Default::default(),
                    orphaned: false,
                    indexes: Vec::new(),
                    decorations: decorations.unwrap_or_default(),
                };
                self.schema.views.insert(key, Arc::new(view));
            }
            Act::DropView {
                name,
                cascade,
                if_exists,
                ..
            } => {
                if !if_exists {
                    self.miss_view(name);
                }
                self.drop_view(name, *cascade);
            }
            Act::RenameView { name, to } => {
                self.rename_view(name, to);
            }
            Act::RefreshView(name) => self.refresh_view(name),
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
            } => self.create_schema(name, *if_not_exists),
            Act::RenameSchema { name, to } => self.rename_schema(name, to),
            Act::DropSchema {
                name,
                cascade: true,
                if_exists,
            } => {
                self.drop_strange_schema(name, *if_exists);
                self.drop_schema(name, LossKind::DropSchema);
            }
            // Without CASCADE the server refuses unless it is empty.
            Act::DropSchema { name, .. } => {
                self.schema.schemas.remove(&name.to_owned());
            }
            Act::DropDatabase { name, .. } => self.drop_schema(name, LossKind::DropDatabase),
            Act::CreateTrigger(trigger) => self.create_trigger(trigger),
            Act::DropTrigger {
                name,
                table,
                if_exists,
            } => self.drop_trigger(name, table.as_ref(), *if_exists),
            Act::CreateRule { name, on } => self.create_rule(name, on),
            Act::DropRule { name, on } => self.drop_rule(name, on),
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
            Act::DropRoutine { name, cascade, .. } => self.drop_routine(name, *cascade),
            Act::Decorate {
                kind,
                on,
                what,
                text,
            } => self.decorate(*kind, on, what, text.as_ref()),
            other => self.type_act(other),
        }
    }
}
