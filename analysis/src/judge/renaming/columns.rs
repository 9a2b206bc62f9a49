//! What follows a column or a constraint to its new name?

use std::sync::Arc;

use super::super::run::Run;
use super::follow_in;
use super::text::{column_in, cost as renaming, may_name, referred_in};
use crate::Dialect;
use crate::act::{Column as Written, Constraint, Decoration, Restriction};
use crate::judge::refuse::notes::Noted;
use crate::judge::tables::alter_constraints::bare;
use crate::judge::tables::naming::fold;
use crate::schema::{Id, Key, same};

impl Run<'_> {
    pub(in crate::judge) fn rename_column(&mut self, key: &Key, from: &str, to: &str) {
        let dialect = self.dialect;
        let Some(column) = self.column(key, from) else {
            let object = self.object_of_column(key, from);
            self.note(Noted::Missing { object });
            return;
        };
        // MySQL renames all columns of a statement at once.
        if dialect != Dialect::MySql && !same(dialect, from, to) {
            let other = self
                .schema
                .table(key)
                .and_then(|table| table.column(dialect, to));
            if other.is_some() {
                let object = self.object_of_column(key, to);
                self.note(Noted::Exists { object });
            }
        }
        if let Some(table) = self.schema.table(key) {
            let constraints = table.all_constraints();
            let read = constraints.map(|constraint| cost(&constraint.text, from));
            self.spend(table.columns.len() + read.sum::<usize>());
        }
        if self.is_exhausted() {
            return;
        }
        self.keep_names(key);
        self.follow_column(key, from, to);
        self.look_at_column(key, from, to);
        if let Some(table) = self.schema.table(key).map(|table| table.id) {
            self.rename_planted(table, from, to);
        }
        if let Some(table) = self.schema.table_mut(key) {
            let comment = (Decoration::Comment, from.to_owned());
            if let Some(text) = table.decorations.remove(&comment) {
                let about = (Decoration::Comment, to.to_owned());
                table.decorations.insert(about, text);
            }
            let rename = |constraint: &mut Constraint| {
                if let Restriction::PrimaryKey(columns)
                | Restriction::Unique(columns)
                | Restriction::ForeignKey { columns, .. } = &mut constraint.rule
                {
                    for name in columns
                        .iter_mut()
                        .filter(|c| crate::schema::same(dialect, c, from))
                    {
                        to.clone_into(name);
                    }
                }
                if may_name(&constraint.text, from) {
                    constraint.text = column_in(dialect, &constraint.text, from, to);
                }
            };
            Arc::make_mut(&mut table.constraints)
                .iter_mut()
                .for_each(rename);
            for column in table.columns.iter_mut() {
                if !column.is.constraints.is_empty() {
                    let own = Arc::make_mut(&mut column.is);
                    own.constraints.iter_mut().for_each(rename);
                }
            }
            for other in table.columns.iter_mut() {
                let source = other.is.generated.as_deref().map(bare);
                if source.is_some_and(|source| crate::schema::same(dialect, source, from)) {
                    Arc::make_mut(&mut other.is).generated = Some(to.to_owned());
                }
            }
            if let Some(old) = table.columns.of_id(column) {
                let name = to.to_owned();
                let is = Written::clone(&old.is);
                table.columns.rewrite(column, Written { name, ..is });
            }
            let id = table.id;
            self.note_rename(column, self.object_of_column(key, to));
            self.rename_in_children(key, from, to);
            self.rename_in_indexes(id, from, to);
            self.rename_in_triggers(id, from, to);
            self.ledger.except(id, fold(dialect, to));
            self.ledger.disturb(id, from);
            self.ledger.disturb(id, to);
        }
    }

    /// A foreign key follows the column that it refers to.
    fn rename_in_children(&mut self, key: &Key, from: &str, to: &str) {
        let dialect = self.dialect;
        for child in self.children(key) {
            let Some(table) = self.schema.table(&child) else {
                continue;
            };
            let created = table.text.as_ref().map_or(0, |text| cost(text, from));
            let written = table.all_constraints().map(|c| 2 * cost(&c.text, from));
            self.spend(created + written.sum::<usize>());
            if self.is_exhausted() {
                return;
            }
            let Some(table) = self.schema.table_mut(&child) else {
                continue;
            };
            let rewritten = |text: &str| referred_in(dialect, text, &key.name, from, to);
            let follow = |constraint: &mut Constraint| {
                if let Restriction::ForeignKey {
                    table, referred, ..
                } = &mut constraint.rule
                    && same(dialect, &table.name, &key.name)
                {
                    let columns = referred.iter_mut();
                    for column in columns.filter(|column| same(dialect, column, from)) {
                        to.clone_into(column);
                    }
                    constraint.text = rewritten(&constraint.text);
                }
            };
            follow_in(table, rewritten, follow);
        }
    }

    /// A trigger of PostgreSQL that waits for the column waits for it under its new name. Of SQLite's, whose text is written anew,
    /// any UPDATE is taken to fire it from here on.
    fn rename_in_triggers(&mut self, table: Id, from: &str, to: &str) {
        let dialect = self.dialect;
        let named = |column: &String| same(dialect, column, from);
        let all = self.each(1, self.schema.triggers_of(table));
        let waiting = all.filter(|(_, trigger)| trigger.of.iter().any(named));
        let waiting: Vec<_> = waiting.map(|(key, _)| key.clone()).collect();
        for key in waiting {
            let Some(trigger) = self.schema.triggers.get_mut(&key).map(Arc::make_mut) else {
                continue;
            };
            match dialect {
                Dialect::Postgres => {
                    for column in trigger.of.iter_mut().filter(|column| named(column)) {
                        to.clone_into(column);
                    }
                }
                Dialect::MySql | Dialect::Sqlite => trigger.of.clear(),
            }
        }
    }

    fn rename_in_indexes(&mut self, table: Id, from: &str, to: &str) {
        let dialect = self.dialect;
        for (key, index) in self.schema.indexes_of(table) {
            self.spend(cost(&index.text, from));
            if self.is_exhausted() {
                return;
            }
            if !may_name(&index.text, from) {
                continue;
            }
            let text = column_in(dialect, &index.text, from, to);
            if text == index.text {
                continue;
            }
            let mut index = crate::schema::Index {
                text,
                ..crate::schema::Index::clone(&index)
            };
            let named = |column: &&mut String| crate::schema::same(dialect, column, from);
            for column in index.columns.iter_mut().filter(named) {
                to.clone_into(column);
            }
            self.schema.add_index(key, Arc::new(index));
        }
    }
}

/// How much work a text is in which a name may stand.
fn cost(text: &str, name: &str) -> usize {
    match may_name(text, name) {
        true => renaming(text),
        false => 3,
    }
}
