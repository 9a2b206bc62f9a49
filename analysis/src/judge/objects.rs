//! What becomes of everything that is no table: views, types, sequences, schemas, triggers, routines?

use std::sync::Arc;

use super::access;
use super::carry::cast_type;
use super::losses::Other;
use super::renamed::index_in;
use super::run::{Noted, Run};
use crate::act::{Act, Body, Name, Restriction, Routine};
use crate::schema::{Index, Key, Origin, Sequence, Table, View, covers_rows};
use crate::{Age, Dialect, LossKind, Object, family};

impl Run<'_> {
    pub(crate) fn object(&mut self, act: &Act) {
        self.note_view(act);
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
                if let Some(query) = query.as_deref().filter(|_| *materialized) {
                    self.evaluate(&query.calls, query.surely);
                }
                let view = View {
                    name: name.clone(),
                    materialized: *materialized,
                    query: query.as_deref().cloned(),
                    text: text.clone(),
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
                let query = self
                    .schema
                    .views
                    .get(&key)
                    .and_then(|view| view.query.clone());
                if let Some(query) = query {
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
                if let Some(key) = self.meet_if_exists(on)
                    && let Some(table) = self.schema.table_mut(&key)
                {
                    table.rules.insert(name.clone());
                }
            }
            Act::DropRule { name, on } => {
                if let Some(key) = self.meet_if_exists(on)
                    && let Some(table) = self.schema.table_mut(&key)
                {
                    table.rules.remove(name);
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
                }
                let key = self.key(name);
                self.schema.routines.remove(&key);
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

    fn create_routine(&mut self, routine: &Routine) {
        let key = self.key(&routine.name);
        let mut routine = routine.clone();
        let other = self.schema.routines.get(&key);
        if self.dialect == Dialect::Postgres
            && !routine.or_replace
            && other.is_some_and(|other| family::body(other) != family::body(&routine))
        {
            // They differ in their parameters, and which of them is called is not followed.
            let body = Body::Unknown("several routines have that name".to_owned());
            routine.body = body.at_hand();
        }
        self.schema.routines.insert(key, Arc::new(routine));
    }

    /// Whether an index of a materialised view was called so, which has none of that name any more.
    fn drop_index_of_view(&mut self, key: &Key) -> bool {
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

    pub(super) fn rename_index(&mut self, from: &Key, to: Key, old: &str, new: &str) {
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

    fn create_index(&mut self, index: &crate::act::Index) {
        let Some(table) = self.meet_if_exists(&index.table) else {
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
            self.ask_unique(&table, &index.columns);
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
                && view.query.as_ref().is_some_and(|query| {
                    crate::read::tables(query)
                        .iter()
                        .any(|name| table.is_of(dialect, name, None))
                })
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

    fn rename_schema(&mut self, name: &str, to: &str) {
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
    fn drop_strange_schema(&mut self, name: &str, if_exists: bool) {
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
    fn drop_schema(&mut self, name: &str, kind: LossKind) {
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
fn schema_key(dialect: crate::Dialect, name: &str) -> Key {
    Key::of(
        dialect,
        &Name {
            schema: Some(name.to_owned()),
            name: String::new(),
        },
    )
}
