//! What follows a type of PostgreSQL to its new name or schema?

use super::super::run::Run;
use super::super::work::STEP;
use super::beside;
use super::text::{may_name, shown, type_in};
use crate::Dialect;
use crate::act::{Column, Name};
use crate::judge::values::meaning::type_name;
use crate::schema::{Key, Table};
use std::sync::Arc;

impl Run<'_> {
    pub(in crate::judge) fn rename_type(&mut self, name: &Name, to: &Name) {
        let from = self.key(name);
        let target = beside(self.dialect, &from, to);
        let to = target.written();
        if let Some(mut ty) = self.schema.types.remove(&from) {
            Arc::make_mut(&mut ty).name = to.clone();
            self.schema.types.insert(target, ty);
        }
        self.follow_type(&from, &to);
    }

    /// What is of a type keeps it, whatever it is called. Tables and views are types as well.
    pub(in crate::judge) fn follow_type(&mut self, from: &Key, to: &Name) {
        if self.dialect != Dialect::Postgres {
            return;
        }
        let path = std::mem::take(&mut self.settings.path);
        let of = |table: &Table| table.of.as_ref().is_some_and(|of| self.key(of) == *from);
        let has = |ty: Option<&String>| ty.is_some_and(|ty| may_name(ty, &from.name));
        let mut tables = Vec::new();
        for (key, table) in self.each(2, self.schema.tables.iter()) {
            self.spend(table.columns.len() / 4);
            let mut columns = table.columns.iter();
            if of(table) || columns.any(|column| has(column.is.ty.as_ref())) {
                tables.push(key.clone());
            }
        }
        for key in tables {
            self.spend(STEP);
            if self.is_exhausted() {
                break;
            }
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
        self.settings.path = path;
    }

    /// A type that is found on the search path, with the schema in which it stands; none where nothing need be said.
    pub(in crate::judge) fn placed_type(&self, ty: &str) -> Option<String> {
        (!self.settings.path.is_empty() && self.dialect == Dialect::Postgres).then_some(())?;
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
    pub(in crate::judge) fn placed(&self, mut column: Arc<Column>) -> Arc<Column> {
        if let Some(ty) = column.ty.as_deref().and_then(|ty| self.placed_type(ty)) {
            Arc::make_mut(&mut column).ty = Some(ty);
        }
        column
    }
}
