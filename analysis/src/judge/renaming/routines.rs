//! What follows a routine of PostgreSQL to its new name or schema?

use super::super::run::Run;
use super::beside;
use super::text::{call_in, may_name};
use crate::Dialect;
use crate::act::{Body, Constraint, Name, SEVERAL};
use crate::schema::{Key, Table};
use std::sync::Arc;

impl Run<'_> {
    pub(in crate::judge) fn rename_routine(&mut self, name: &Name, to: &Name) {
        let from = self.key(name);
        let Some(mut routine) = self.schema.routines.remove(&from) else {
            return;
        };
        let target = beside(self.dialect, &from, to);
        let to = target.written();
        Arc::make_mut(&mut routine).name = to.clone();
        if self.schema.routines.contains_key(&target) {
            let body = Body::Unknown(SEVERAL.to_owned());
            Arc::make_mut(&mut routine).body = body.at_hand();
        }
        if self.schema.bound.contains(&from) {
            self.schema.bound.add(target.clone());
        }
        self.schema.routines.insert(target, routine);
        self.follow_routine(&from, &to);
    }

    /// Whatever calls the routine by itself calls the same one.
    fn follow_routine(&mut self, from: &Key, to: &Name) {
        self.loosen_bound(&from.name);
        self.follow_in_tables(from, to);
        if self.is_exhausted() {
            return;
        }
        self.follow_by_name(from, to);
        self.follow_in_types_and_views(from, to);
    }

    /// What tables and their indexes compute with it.
    fn follow_in_tables(&mut self, from: &Key, to: &Name) {
        let calls = |text: &str| may_name(text, &from.name);
        let told = |text: &mut String| tell(text, from, to);
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
                for column in table.columns.iter_mut() {
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
    }

    /// The triggers, operators and casts that are made of it.
    fn follow_by_name(&mut self, from: &Key, to: &Name) {
        let is_it = |name: &Name| Key::of(Dialect::Postgres, name) == *from;
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
    }

    /// What types check with it, and what views compute.
    fn follow_in_types_and_views(&mut self, from: &Key, to: &Name) {
        let calls = |text: &str| may_name(text, &from.name);
        let types = self.schema.types.iter();
        let own = types.filter(|(_, ty)| calls(&ty.text));
        let own: Vec<Key> = own.map(|(key, _)| key.clone()).collect();
        for key in own {
            if let Some(ty) = self.schema.types.get_mut(&key) {
                tell(&mut Arc::make_mut(ty).text, from, to);
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
            tell(&mut view.text, from, to);
            view.query = Arc::default();
        }
    }
}

/// A text that may call the routine calls it by its new name.
fn tell(text: &mut String, from: &Key, to: &Name) {
    if may_name(text, &from.name) {
        *text = call_in(text, from, to);
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
