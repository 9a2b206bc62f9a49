//! What becomes of a table whose columns come and go?

use std::sync::Arc;

use super::naming::fold;
use crate::act::{
    Column as Written, Conflict, Constraint, Decoration, NewTable, Place, Restriction,
};
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::schema::{Column, Id, Key};
use crate::{Dialect, LossKind, family};

impl Run<'_> {
    pub(super) fn add_column(
        &mut self,
        key: &Key,
        column: &Written,
        if_not_exists: bool,
        place: Option<&Place>,
    ) {
        let dialect = self.dialect;
        if if_not_exists && dialect == Dialect::Sqlite {
            self.refuse_always("SQLite knows no `ADD COLUMN IF NOT EXISTS`".to_owned());
        }
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let (id, open) = (table.id, table.open);
        self.spend(table.columns.len() / 32);
        if table.column(dialect, &column.name).is_some() {
            if !if_not_exists {
                let object = self.object_of_column(key, &column.name);
                self.note(Noted::Exists { object });
            }
            return;
        }
        if dialect != Dialect::Sqlite && column.ty.as_deref().is_none_or(is_option) {
            let name = &column.name;
            self.refuse_always(format!("the new column `{name}` has no type"));
        }
        self.refuse_no_value(key, column);
        self.meet_odd_name(column);
        let mut column = column.clone();
        for constraint in &mut column.constraints {
            self.find_referred(constraint);
        }
        for constraint in &column.constraints {
            self.miss_parent(key, constraint);
        }
        let fresh = self.schema.fresh_column(id);
        self.ledger.created.add(fresh);
        if if_not_exists && open {
            self.ledger.perhaps.add(fresh);
            if !self.is_freed_column(key, &column.name) {
                let name = self.object_of_column(key, &column.name).to_string();
                self.ledger.unsure.insert(fresh, name);
            }
        }
        self.ledger.except(id, fold(dialect, &column.name));
        self.meet_type(&column);
        let is = self.placed(Arc::new(column.clone()));
        if let Some(table) = self.schema.table_mut(key) {
            table.columns.push(Column::new(fresh, is));
            // It says so of the whole table from here on.
            let said = family::storage(dialect, &column.text).on_conflict;
            if said != Conflict::Fail {
                table.storage.on_conflict = said;
            }
        }
        if dialect == Dialect::Sqlite {
            // What is quoted is a text there as long as no column is called so.
            self.ledger.mean_otherwise(id, &column.name);
        }
        self.fill_by_default(key, fresh);
        self.put(key, fresh, place);
        for constraint in &column.constraints {
            self.schema.has_new_key(key, constraint);
        }
    }

    /// A column goes where the statement puts it.
    pub(super) fn put(&mut self, key: &Key, column: Id, place: Option<&Place>) {
        let (Some(place), Some(table)) = (place, self.schema.table_mut(key)) else {
            return;
        };
        self.ledger.places = true;
        if !table.put(self.dialect, column, place)
            && !table.open
            && let Place::After(before) = place
        {
            self.unknown(format!(
                "there is no column `{before}` for the column to stand after"
            ));
        }
    }

    pub(crate) fn drop_column(&mut self, key: &Key, name: &str, if_exists: bool, kind: LossKind) {
        if if_exists && self.dialect == Dialect::Sqlite {
            self.refuse_always("SQLite knows no `DROP COLUMN IF EXISTS`".to_owned());
        }
        let Some(column) = self.column(key, name) else {
            if !if_exists {
                let object = self.object_of_column(key, name);
                self.note(Noted::Missing { object });
            }
            return;
        };
        let dialect = self.dialect;
        let cause = self.cause(kind);
        let Some(id) = self.schema.table(key).map(|table| table.id) else {
            return;
        };
        self.ledger.hit_column(id, column, cause);
        self.ledger.mean_otherwise(id, name);
        self.regrow(id, &[&name.to_owned()]);
        if let Some(table) = self.schema.table(key) {
            self.drops.push(crate::judge::refuse::notes::Dropped {
                id: column,
                table: table.name.clone(),
                column: Some(name.to_owned()),
                span: self.span,
            });
        }
        self.ledger.except(id, fold(dialect, name));
        let has = |column: &String| crate::schema::same(dialect, column, name);
        // An index goes with any of its columns, PostgreSQL's with any that its expressions read; MySQL's with the last.
        let indexes = self.schema.indexes_of(id);
        self.spend(2 * indexes.len());
        for (key, index) in indexes {
            let goes = match dialect {
                Dialect::MySql => !index.columns.is_empty() && index.columns.iter().all(has),
                Dialect::Postgres => index.columns.iter().any(has) || index.computes_of(name),
                Dialect::Sqlite => index.columns.iter().any(has),
            };
            if goes {
                self.schema.remove_index(&key);
            }
        }
        self.drop_own_sequence(key, name);
        self.drop_part_of_rows(key);
        if let Some(table) = self.schema.table_mut(key) {
            table.columns.remove(column);
            table
                .decorations
                .remove(&(Decoration::Comment, name.to_owned()));
            let stays = |constraint: &Constraint| match &constraint.rule {
                Restriction::PrimaryKey(_) | Restriction::Unique(_)
                    if constraint.includes(name) =>
                {
                    false
                }
                Restriction::PrimaryKey(columns)
                | Restriction::Unique(columns)
                | Restriction::Index(columns)
                | Restriction::ForeignKey { columns, .. } => !columns
                    .iter()
                    .any(|c| crate::schema::same(dialect, c, name)),
                // PostgreSQL's go with any column that they name; MySQL drops none that one names beside another.
                Restriction::Check | Restriction::Exclude => {
                    dialect == Dialect::Sqlite || !constraint.reads(name)
                }
                _ => true,
            };
            for column in table.columns.iter_mut() {
                if !column.is.constraints.iter().all(stays) {
                    Arc::make_mut(&mut column.is).constraints.retain(stays);
                }
            }
            if !table.constraints.iter().all(stays) {
                Arc::make_mut(&mut table.constraints).retain(stays);
            }
        }
    }

    /// The sequence that PostgreSQL made for a serial column, by its name.
    pub(crate) fn drop_own_sequence(&mut self, table: &Key, column: &str) {
        if self.schema.sequences.is_empty() {
            return;
        }
        let sequence = Key {
            schema: table.schema.clone(),
            name: format!("{}_{column}_seq", table.name).into(),
        };
        if self.schema.sequences.contains_key(&sequence) {
            self.schema.sequences.remove(&sequence);
        }
    }

    /// What was computed stands there from here on, and nothing computes it again.
    pub(super) fn drop_expression(&mut self, key: &Key, column: &str) {
        self.note_expression(key, column);
        self.fix(key, column);
        self.with_column(key, column, |c| c.generated = None);
    }

    pub(in crate::judge) fn with_column(
        &mut self,
        key: &Key,
        name: &str,
        change: impl FnOnce(&mut Written),
    ) {
        let dialect = self.dialect;
        if self.column(key, name).is_some()
            && let Some(table) = self.schema.table_mut(key)
        {
            table.with_column(dialect, name, |column| {
                let look = |c: &Written| (c.ty.clone(), c.not_null, c.default.clone(), c.hidden);
                let was = look(column);
                change(column);
                if was != look(column) {
                    column.unwrite(dialect);
                }
                if was.0 != column.ty {
                    column.rest = None;
                }
            });
        }
    }
}

impl Run<'_> {
    /// A column of the new table that has no type, where only a query or another table gives it one.
    pub(super) fn refuse_untyped(&mut self, new: &NewTable) {
        let is_given = new.source.is_some() || new.of.is_some() || new.partition_of.is_some();
        if self.dialect == Dialect::Sqlite || is_given {
            return;
        }
        // PostgreSQL 18's `CONSTRAINT name NOT NULL column` reads like a column.
        let mut columns = new.columns.iter().filter(|one| one.name != "constraint");
        let found = columns.find(|column| column.ty.as_deref().is_none_or(is_option));
        if let Some(column) = found {
            self.refuse_always(format!("the new column `{}` has no type", column.name));
        }
    }
}

/// Whether what stands in a type's place begins what follows one: the parser takes any word there.
fn is_option(word: &str) -> bool {
    let options = [
        "NOT",
        "NULL",
        "DEFAULT",
        "PRIMARY",
        "UNIQUE",
        "REFERENCES",
        "CHECK",
    ];
    options
        .iter()
        .any(|option| word.eq_ignore_ascii_case(option))
}
