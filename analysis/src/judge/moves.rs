//! What follows a type or a routine of PostgreSQL to its new name or schema?
//!
//! The server knows both by number, not by name. So what is written of them is written anew when they move, but for the bodies of
//! routines, whose names are looked up when they run.

use std::sync::Arc;

use super::carry::type_name;
use super::renamed::{call_in, may_name, shown, type_in};
use super::run::Run;
use crate::act::{Act, Body, Column, Constraint, Name};
use crate::schema::{Key, Table, View};
use crate::{Dialect, family};

impl Run<'_> {
    pub(super) fn rename_type(&mut self, name: &Name, to: &Name) {
        let from = self.key(name);
        let target = beside(self.dialect, &from, to);
        let to = written(&target);
        if let Some(mut ty) = self.schema.types.remove(&from) {
            Arc::make_mut(&mut ty).name = to.clone();
            self.schema.types.insert(target, ty);
        }
        self.follow_type(&from, &to);
    }

    /// What is of a type keeps it, whatever it is called. Tables and views are types as well.
    pub(super) fn follow_type(&mut self, from: &Key, to: &Name) {
        if self.dialect != Dialect::Postgres {
            return;
        }
        let path = std::mem::take(&mut self.path);
        let of = |table: &Table| table.of.as_ref().is_some_and(|of| self.key(of) == *from);
        let has = |ty: Option<&String>| ty.is_some_and(|ty| may_name(ty, &from.name));
        let mut tables = Vec::new();
        for (key, table) in self.each(1, self.schema.tables.iter()) {
            self.spend(table.columns.len() / 8);
            let mut columns = table.columns.iter();
            if of(table) || columns.any(|column| has(column.is.ty.as_ref())) {
                tables.push(key.clone());
            }
        }
        for key in tables {
            if let Some(table) = self.schema.table_mut(&key) {
                let made_of = table
                    .of
                    .take_if(|of| Key::of(Dialect::Postgres, of) == *from);
                table.of = made_of.map(|_| to.clone()).or(table.of.take());
                for column in table.columns.iter_mut().filter(|c| has(c.is.ty.as_ref())) {
                    let column = Arc::make_mut(&mut column.is);
                    column.ty = column.ty.as_deref().map(|ty| type_in(ty, from, to));
                }
            }
        }
        let types = self.each(2, self.schema.types.iter());
        let named = types.filter(|(_, ty)| may_name(&ty.text, &from.name));
        let named: Vec<Key> = named.map(|(key, _)| key.clone()).collect();
        for key in named {
            if let Some(ty) = self.schema.types.get_mut(&key) {
                let ty = Arc::make_mut(ty);
                ty.text = type_in(&ty.text, from, to);
                ty.base = ty.base.as_deref().map(|base| type_in(base, from, to));
            }
        }
        self.path = path;
    }

    /// A type that is found on the search path, with the schema in which it stands; none where nothing need be said.
    pub(super) fn placed_type(&self, ty: &str) -> Option<String> {
        (!self.path.is_empty() && self.dialect == Dialect::Postgres).then_some(())?;
        let bare = ty.split(['(', '[', ' ']).next()?;
        let key = self.key(&type_name(bare));
        let schema = &self.schema;
        let own = schema.types.contains_key(&key)
            || schema.tables.contains_key(&key)
            || schema.views.contains_key(&key);
        let home = key
            .schema
            .as_deref()
            .filter(|_| own && !bare.contains('.'))?;
        Some(format!("{}.{ty}", shown(home)))
    }

    /// A column, whose type is found on the search path.
    pub(super) fn placed(&self, mut column: Arc<Column>) -> Arc<Column> {
        if let Some(ty) = column.ty.as_deref().and_then(|ty| self.placed_type(ty)) {
            Arc::make_mut(&mut column).ty = Some(ty);
        }
        column
    }

    pub(super) fn rename_view(&mut self, name: &Name, to: &Name) {
        let from = self.key(name);
        let Some(mut view) = self.schema.views.remove(&from) else {
            return;
        };
        let target = beside(self.dialect, &from, to);
        let to = written(&target);
        self.look_at_table(&from, &to);
        let renamed = View::clone(&view);
        view = Arc::new(View {
            name: to.clone(),
            ..renamed
        });
        self.schema.views.insert(target, view);
        self.follow_type(&from, &to);
        // Those that stand in for a write through it go on to do so.
        let on = |table: &Option<Name>| table.as_ref().is_some_and(|table| self.key(table) == from);
        let triggers = self.each(1, self.schema.triggers.iter());
        let own = triggers.filter(|(_, trigger)| on(&trigger.table));
        let own: Vec<_> = own.map(|(key, _)| key.clone()).collect();
        for key in own {
            if let Some(trigger) = self.schema.triggers.get_mut(&key) {
                Arc::make_mut(trigger).table = Some(to.clone());
            }
        }
    }

    pub(super) fn rename_routine(&mut self, name: &Name, to: &Name) {
        let from = self.key(name);
        let Some(mut routine) = self.schema.routines.remove(&from) else {
            return;
        };
        let target = beside(self.dialect, &from, to);
        let to = written(&target);
        Arc::make_mut(&mut routine).name = to.clone();
        if self.schema.routines.contains_key(&target) {
            let body = Body::Unknown("several routines have that name".to_owned());
            Arc::make_mut(&mut routine).body = body.at_hand();
        }
        self.schema.routines.insert(target, routine);
        self.follow_routine(&from, &to);
    }

    /// Whatever calls the routine by itself calls the same one.
    fn follow_routine(&mut self, from: &Key, to: &Name) {
        let calls = |text: &str| may_name(text, &from.name);
        let told = |text: &mut String| {
            if calls(text) {
                *text = call_in(text, from, to);
            }
        };
        let is_it = |name: &Name| Key::of(Dialect::Postgres, name) == *from;
        let keys: Vec<Key> = self.schema.tables.keys().cloned().collect();
        for key in keys {
            let Some(table) = self.schema.table(&key) else {
                continue;
            };
            self.spend(table.columns.len() + 1);
            if self.is_exhausted() {
                return;
            }
            let id = table.id;
            if reads(table).any(calls)
                && let Some(table) = self.schema.table_mut(&key)
            {
                table.text = table
                    .text
                    .as_deref()
                    .map(|text| call_in(text, from, to).into());
                table.decorations.values_mut().for_each(told);
                let follow = |constraint: &mut Constraint| told(&mut constraint.text);
                Arc::make_mut(&mut table.constraints)
                    .iter_mut()
                    .for_each(follow);
                for column in &mut table.columns {
                    let column = Arc::make_mut(&mut column.is);
                    column.default.iter_mut().for_each(told);
                    column.generated.iter_mut().for_each(told);
                    column.constraints.iter_mut().for_each(follow);
                    told(&mut column.text);
                }
            }
            for (at, index) in self.schema.indexes_of(id) {
                if calls(&index.text) {
                    let mut index = crate::schema::Index::clone(&index);
                    told(&mut index.text);
                    self.schema.add_index(at, Arc::new(index));
                }
            }
        }
        let triggers = self.each(1, self.schema.triggers.iter());
        let own =
            triggers.filter(|(_, own)| matches!(&own.body, Body::Routine(name) if is_it(name)));
        let own: Vec<_> = own.map(|(key, _)| key.clone()).collect();
        for key in own {
            if let Some(trigger) = self.schema.triggers.get_mut(&key) {
                Arc::make_mut(trigger).body = Body::Routine(to.clone());
            }
        }
        let operators = self.schema.operators.keys();
        let own = operators.filter(|(_, function)| is_it(function));
        let own: Vec<_> = own.cloned().collect();
        for (sign, function) in own {
            self.schema.operators.add((sign.clone(), to.clone()));
            self.schema.operators.remove(&(sign, function));
        }
        let casts = self.schema.casts.iter();
        let own = casts.filter(|(_, function)| is_it(function));
        let own: Vec<_> = own.map(|(types, _)| types.clone()).collect();
        for types in own {
            self.schema.casts.insert(types, to.clone());
        }
        let types = self.schema.types.iter();
        let own = types.filter(|(_, ty)| calls(&ty.text));
        let own: Vec<Key> = own.map(|(key, _)| key.clone()).collect();
        for key in own {
            if let Some(ty) = self.schema.types.get_mut(&key) {
                told(&mut Arc::make_mut(ty).text);
            }
        }
        let views = self.schema.views.iter();
        let own = views.filter(|(_, view)| calls(&view.text));
        let own: Vec<Key> = own.map(|(key, _)| key.clone()).collect();
        for key in own {
            let Some(view) = self.schema.views.get_mut(&key) else {
                continue;
            };
            let view = Arc::make_mut(view);
            told(&mut view.text);
            let again = family::read_again(Dialect::Postgres, &view.text);
            let query = again.into_iter().find_map(|step| match step.act {
                Act::CreateView { query, .. } => Some(query.map(|query| *query)),
                _ => None,
            });
            view.query = query.flatten();
        }
    }

    /// `ALTER FUNCTION … SET`: as if it had been made so.
    pub(super) fn alter_routine(&mut self, name: &Name, clauses: &str) {
        let key = self.key(name);
        let Some(routine) = self.schema.routines.get(&key) else {
            return;
        };
        let text = routine.text.trim_end_matches([';', ' ', '\n']);
        let text = format!("{text} {clauses}");
        self.spend(1_000 + text.len());
        let again = family::read_again(self.dialect, &text);
        let made = again.into_iter().find_map(|step| match step.act {
            Act::CreateRoutine(made) => Some(made),
            _ => None,
        });
        let Some(routine) = self.schema.routines.get_mut(&key) else {
            return;
        };
        let routine = Arc::make_mut(routine);
        routine.body = match made {
            Some(made) => made.body,
            None => Body::Unknown(format!("what {} does was changed", name.name)).at_hand(),
        };
        routine.text = text;
    }

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
        let path = std::mem::take(&mut self.path);
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
        self.path = path;
    }
}

/// What of a table may call a routine by itself.
fn reads(table: &Table) -> impl Iterator<Item = &str> {
    let columns = table.columns.iter().flat_map(|column| {
        let is = &column.is;
        [
            is.default.as_deref(),
            is.generated.as_deref(),
            Some(is.text.as_str()),
        ]
    });
    let constraints = table.all_constraints().map(|own| own.text.as_str());
    let decorations = table.decorations.values().map(String::as_str);
    columns
        .flatten()
        .chain(constraints)
        .chain(decorations)
        .chain(table.text.as_deref())
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

/// How what stands at a key is written, wherever a connection looks.
fn written(key: &Key) -> Name {
    Name {
        schema: key.schema.as_deref().map(str::to_owned),
        name: key.name.to_string(),
    }
}
