//! Which statements does the server refuse: always, or as soon as a row misfits?
//!
//! Nothing is lost by them. But a down among them is no way back.

mod absent;
pub(super) mod bounds;
mod conflicts;
mod grammar;
mod lists;
mod named;
pub(crate) mod notes;
mod queried;
mod referred;
mod returned;

use self::notes::Noted;
use super::Asked;
use super::flow::Relation;
use super::flow::targets::Targets;
use super::ledger::cuts::Rows;
use super::run::Run;
use crate::act::{Constraint, Index, Name, Restriction};
use crate::schema::{Id, Key, Table, View};
use crate::{Dialect, Object};

/// What is dropped or changed without CASCADE.
#[derive(Debug, Clone)]
pub(super) enum Torn {
    Table(Key),
    Type(Name),
    /// A column that something holds, as a clause.
    Column(String),
    /// An index or key of MySQL: its table, and its columns.
    Key(Key, Vec<String>),
}

impl Run<'_> {
    /// At a statement's end: PostgreSQL and MySQL drop no table that another one's foreign key refers to, and PostgreSQL
    /// none that a view reads, and no type that a column has. What goes in the same statement is no hindrance.
    pub(super) fn refuse_orphans(&mut self) {
        if self.extent == Asked::Verdicts {
            self.torn.clear();
        }
        for (torn, span) in std::mem::take(&mut self.torn) {
            let why = match &torn {
                Torn::Table(table) => self.depends_on_table(table),
                Torn::Type(ty) => self.depends_on_type(ty),
                Torn::Column(why) => Some(why.clone()),
                Torn::Key(..) if self.unserved => None,
                Torn::Key(table, columns) => self.depends_on_key(table, columns),
            };
            self.unserved |= why.is_some() && matches!(torn, Torn::Key(..));
            if let Some(why) = why {
                self.span = span;
                // MySQL's may be off in the application's sessions.
                let certain = self.dialect != Dialect::MySql;
                self.note(Noted::Fails { why, certain });
            }
        }
    }

    fn depends_on_table(&self, table: &Key) -> Option<String> {
        let refuses = match self.dialect {
            Dialect::Postgres => true,
            Dialect::MySql => self.foreign_keys,
            Dialect::Sqlite => false,
        };
        if !refuses || self.schema.tables.contains_key(table) {
            return None;
        }
        if let Some(child) = self.children(table).first() {
            return Some(format!("`{}` still refers to `{}`", child.name, table.name));
        }
        let mut views = self.each(8, self.schema.views.iter());
        let postgres = self.dialect == Dialect::Postgres;
        let (_, view) = views.find(|(at, view)| postgres && self.reads(at, view, table))?;
        Some(format!(
            "the view `{}` still reads `{}`",
            view.name.name, table.name
        ))
    }

    /// The views that read a table or view, and those that read them.
    pub(crate) fn views_above(&self, table: &Key) -> Vec<Key> {
        let mut found: Vec<Key> = Vec::new();
        let mut todo = vec![table.clone()];
        while let Some(gone) = todo.pop() {
            let over = self.each(8, self.schema.views.iter());
            let over = over.filter(|(at, view)| self.reads(at, view, &gone));
            let over: Vec<Key> = over.map(|(key, _)| key.clone()).collect();
            for view in over {
                if view != *table && !found.contains(&view) {
                    found.push(view.clone());
                    todo.push(view);
                }
            }
        }
        found
    }

    /// CASCADE takes them along.
    pub(super) fn drop_views_over(&mut self, table: &Key) {
        self.drop_views(self.views_above(table));
    }

    pub(super) fn drop_views(&mut self, views: Vec<Key>) {
        for view in views {
            self.lose_orphan(&view);
            if let Some(gone) = self.schema.views.remove(&view) {
                self.drop_rows_of_view(&gone.name);
            }
        }
    }

    /// Whether the view at `at` reads `table`. What it says without a schema was mostly meant in its own.
    fn reads(&self, at: &Key, view: &View, table: &Key) -> bool {
        let beside = |name: &Name| {
            name.schema.is_none() && *name.name == *table.name && at.schema == table.schema
        };
        let mut tables = view.reads(self.dialect, &table.name).into_iter();
        tables.any(|name| self.key(&name) == *table || beside(&name))
    }

    fn depends_on_type(&self, ty: &Name) -> Option<String> {
        if self.schema.types.contains_key(&self.key(ty)) {
            return None;
        }
        let (table, column) = self.columns_of(&self.one_type(ty)).into_iter().next()?;
        Some(format!(
            "`{}.{column}` still has the type `{}`",
            table.name, ty.name
        ))
    }

    /// `name` is not there, as far as the migrations tell.
    pub(super) fn missing(&mut self, name: &Name) {
        let object = self.object_named(name);
        self.note(Noted::Missing { object });
    }

    /// There is no index at `key`, as far as the migrations tell. It is not certain of a name that the server may have given.
    pub(super) fn missing_index(&mut self, key: &Key) {
        // A key of MySQL may be written in the table's definition, and have the name of its column.
        if self.dialect == Dialect::MySql || !self.schema.is_complete() {
            return;
        }
        let own = ["_idx", "_key", "_pkey", "_excl"];
        let base = key.name.trim_end_matches(|c: char| c.is_ascii_digit());
        if self.dialect == Dialect::Postgres && own.iter().any(|end| base.ends_with(end)) {
            let why = format!("`{}` is not there when it runs", key.name);
            let certain = false;
            self.note(Noted::Fails { why, certain });
            return;
        }
        self.missing(&key.written());
    }

    /// An index of MySQL's table at `table` goes that it does not have, as far as the migrations tell. What nobody named, and what a
    /// foreign key asked for, the server named.
    pub(super) fn missing_key(&mut self, table: &Key, name: &str) {
        let known = self.schema.table(table).filter(|table| !table.open);
        let Some(known) = known.filter(|_| self.schema.is_complete()) else {
            return;
        };
        self.spend(known.constraints.len() + known.columns.len() / 8);
        let is_it = |own: &String| self.same(own, name);
        let is_one = |one: &Constraint| one.name.as_ref().is_none_or(is_it);
        let other =
            |rule: &Restriction| matches!(rule, Restriction::Check | Restriction::PrimaryKey(_));
        let mut keys = known.all_constraints().filter(|one| !other(&one.rule));
        // A column's name may be that of a key.
        let begins = |column: &crate::schema::Column| {
            let begin = name.get(..column.is.name.len());
            begin.is_some_and(|begin| self.same(begin, &column.is.name))
        };
        let may_be =
            self.same(name, "primary") || keys.any(is_one) || known.columns.iter().any(begins);
        drop(keys);
        if !may_be {
            let why = format!("`{}` has no index `{name}`", known.name.name);
            let certain = false;
            self.note(Noted::Fails { why, certain });
        }
    }

    /// A constraint of that name goes that the table at `key` does not have, as far as the migrations tell. It is not certain of
    /// a name that the server may have given.
    pub(super) fn missing_constraint(&mut self, key: &Key, name: &str) {
        let known = |table: &&Table| !table.open && table.parents.is_empty() && table.of.is_none();
        let table = self.schema.table(key).filter(known);
        let Some(table) = table.filter(|_| self.schema.is_complete()) else {
            return;
        };
        let names: Vec<Option<String>> = match self.dialect {
            Dialect::Postgres => super::objects::given::names(table),
            // MySQL counts those that nobody named, and a rename gives them other names.
            Dialect::MySql => table.all_constraints().map(|c| c.name.clone()).collect(),
            Dialect::Sqlite => return,
        };
        let Some(names) = names.into_iter().collect::<Option<Vec<String>>>() else {
            return;
        };
        self.spend(names.len());
        // The server cuts what is longer.
        let plain = |name: &str| {
            let kept = name.floor_char_boundary(super::objects::given::LONGEST);
            let kept = name[..kept].to_lowercase();
            kept.trim_end_matches(char::is_numeric).to_owned()
        };
        let wanted = plain(name);
        if names.iter().any(|own| plain(own) == wanted)
            || name.len() > super::objects::given::LONGEST
        {
            return;
        }
        let given = ["_pkey", "_key", "_fkey", "_check", "_excl", "_not_null"];
        let certain = !given.iter().any(|end| wanted.ends_with(end));
        let why = format!("`{}` has no constraint `{name}`", table.name.name);
        self.note(Noted::Fails { why, certain });
    }

    /// A trigger of that name goes that no table has, as far as the migrations tell; PostgreSQL's may be called otherwise since.
    pub(super) fn missing_trigger(&mut self, name: &Name) {
        let called = name.name.to_lowercase();
        let mut triggers = self.each(1, self.schema.triggers.keys());
        let known = triggers.any(|(_, own)| *own == called);
        drop(triggers);
        if !known && self.schema.is_complete() && self.dialect != Dialect::Postgres {
            self.missing(name);
        }
    }

    /// `name` is there already.
    pub(super) fn exists(&mut self, name: &Name) {
        let object = self.object_named(name);
        self.note(Noted::Exists { object });
    }

    /// The columns that an INSERT or UPDATE of the table at `key` names.
    pub(super) fn named_columns<'n>(&mut self, key: &Key, names: impl Iterator<Item = &'n String>) {
        let Some(table) = self.schema.table(key).filter(|table| !table.open) else {
            return;
        };
        let missing = names.filter(|name| {
            table.column(self.dialect, name).is_none() && !table.has_beside(self.dialect, name)
        });
        let missing: Vec<Object> = missing
            .map(|name| self.object_of_column(key, name))
            .collect();
        for object in missing {
            self.note(Noted::Missing { object });
        }
    }

    /// What the server's own grammar refuses, or the table as it is, whatever its rows are.
    pub(super) fn refuse_always(&mut self, why: String) {
        let certain = true;
        self.note(Noted::Fails { why, certain });
    }

    /// A second primary key.
    pub(super) fn refuse_second_key(&mut self, key: &Key, constraint: &Constraint) {
        let adds = matches!(constraint.rule, Restriction::PrimaryKey(_));
        let table = self.schema.table(key).filter(|table| adds && !table.open);
        if let Some(table) = table.filter(|table| table.primary_key().is_some()) {
            let why = format!("`{}` has a primary key already", table.name.name);
            self.refuse_always(why);
        }
    }

    /// A table that this direction made takes all rows of another one, which were written without its keys and conditions.
    pub(super) fn refuse_copied(&mut self, key: &Key, targets: &Targets, relation: &Relation) {
        if !relation.parts.is_empty() || !self.is_new(key) {
            return;
        }
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        // The value that is copied as it is.
        let source = |name: &String| -> Option<Id> {
            let id = table.column(self.dialect, name)?.id;
            let at = targets.place(id)?;
            let flow = relation.columns.get(at);
            let flow = flow.filter(|flow| flow.plain && !flow.shifted)?;
            only(&flow.values)
        };
        let mut moved = Vec::new();
        for constraint in table.all_constraints() {
            let columns = match &constraint.rule {
                Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => columns.clone(),
                Restriction::Check => self.names_in(&table, &constraint.text),
                _ => continue,
            };
            let values = columns.iter().map(source).collect::<Option<Vec<Id>>>();
            moved.extend(values.map(|values| (columns, values, constraint.clone())));
        }
        for (_, index) in self.schema.indexes_of(table.id) {
            let Some(constraint) = as_constraint(&index.columns, index.unique, &index.text) else {
                continue;
            };
            let values = index.columns.iter().map(source).collect();
            let values: Option<Vec<Id>> = values;
            moved.extend(values.map(|values| (index.columns.clone(), values, constraint)));
        }
        for (columns, values, constraint) in moved {
            self.refuse_moved(&relation.rows, &columns, &values, constraint);
        }
    }

    /// A constraint on `columns` that hold `values`, in a table that this direction made and that has all of `rows`: as if it
    /// were put on the table that it found them in.
    fn refuse_moved(&mut self, rows: &[Rows], columns: &[String], values: &[Id], on: Constraint) {
        let Some(from) = only(rows).filter(|rows| rows.cut == 0) else {
            return;
        };
        let touched = values.iter().any(|value| self.filled.contains(value));
        let Some(met) = self.ledger.met.get(&from.table) else {
            return;
        };
        let found = |value: &Id| met.table.columns.of_id(*value);
        let names = values
            .iter()
            .map(|value| Some(found(value)?.is.name.clone()));
        let Some(names) = names.collect::<Option<Vec<String>>>() else {
            return;
        };
        let rule = match on.rule {
            Restriction::PrimaryKey(_) | Restriction::Unique(_) => Restriction::Unique(names),
            // Its text means the columns by their names.
            Restriction::Check if names == columns => Restriction::Check,
            _ => return,
        };
        if !touched && !self.cleared.contains(&from.table) {
            let table = met.key.clone();
            let constraint = Constraint { rule, ..on };
            self.note(Noted::Constrains { table, constraint });
        }
    }

    /// Rows whose value in `column` misfits.
    pub(super) fn refuse_rows(&mut self, key: &Key, column: Id, why: String) {
        if !self.is_prepared(key, &[column])
            && let Some(object) = self.name_now(key, column)
        {
            self.note(Noted::Refuses { object, why });
        }
    }

    /// Whether this direction deleted rows of the table before, or wrote to one of the columns: then it saw to the misfits.
    pub(super) fn is_prepared(&self, key: &Key, columns: &[Id]) -> bool {
        let cleared = self
            .schema
            .table(key)
            .is_some_and(|table| self.cleared.contains(&table.id));
        cleared || columns.iter().any(|column| self.filled.contains(column))
    }

    /// A constraint on rows that were written without it.
    pub(super) fn refuse_misfits(&mut self, key: &Key, constraint: &Constraint) {
        let columns = self.columns_under(key, constraint);
        let made = columns
            .iter()
            .any(|column| self.ledger.created.contains(column));
        let prepared = self.is_prepared(key, &columns);
        // What this direction made or filled itself it knows.
        if self.is_new(key) || made || prepared || is_not_valid(constraint) {
            return;
        }
        self.note(Noted::Constrains {
            table: key.clone(),
            constraint: constraint.clone(),
        });
    }

    /// A unique index over rows that were written without it.
    pub(super) fn refuse_doubles(&mut self, key: &Key, index: &Index) {
        let Some(constraint) = as_constraint(&index.columns, index.unique, &index.text) else {
            return;
        };
        if !self.is_new(key) {
            return self.refuse_misfits(key, &constraint);
        }
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let source = |name: &String| {
            let column = table.column(self.dialect, name)?.id;
            let plain = !self.ledger.is_shifted(column);
            only(&self.ledger.values(column)).filter(|_| plain)
        };
        let rows = self.ledger.rows(table.id);
        let values = index.columns.iter().map(source);
        if let Some(values) = values.collect::<Option<Vec<Id>>>() {
            self.refuse_moved(&rows, &index.columns, &values, constraint);
        }
    }

    /// Whether the table was made by this direction, which knows what is in it.
    pub(super) fn is_new(&self, key: &Key) -> bool {
        self.schema
            .table(key)
            .is_none_or(|table| self.ledger.created.contains(&table.id))
    }

    /// The table's columns whose names stand in `text`.
    fn names_in(&self, table: &Table, text: &str) -> Vec<String> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let words: Vec<&str> = text.split(|c| !is_word(c)).collect();
        let names = table.columns.iter().map(|column| &column.is.name);
        let mentioned =
            names.filter(|name| words.iter().any(|word| word.eq_ignore_ascii_case(name)));
        mentioned.cloned().collect()
    }

    /// The columns that a constraint is on: those that it lists, or whose names stand in its text.
    fn columns_under(&self, key: &Key, constraint: &Constraint) -> Vec<Id> {
        let Some(table) = self.schema.table(key) else {
            return Vec::new();
        };
        match &constraint.rule {
            Restriction::PrimaryKey(columns)
            | Restriction::Unique(columns)
            | Restriction::ForeignKey { columns, .. } => columns
                .iter()
                .filter_map(|name| Some(table.column(self.dialect, name)?.id))
                .collect(),
            _ => {
                let names = self.names_in(table, &constraint.text);
                let found = names
                    .iter()
                    .filter_map(|name| table.column(self.dialect, name));
                found.map(|column| column.id).collect()
            }
        }
    }

    fn object_named(&self, name: &Name) -> Object {
        let key = self.key(name);
        self.object_at(&key, name)
    }
}

/// Whether a call or another expression stands among an index's columns: nobody can tell then which rows are alike.
/// What a unique index over columns asks of the rows.
fn as_constraint(columns: &[String], unique: bool, text: &str) -> Option<Constraint> {
    let asks = unique && !columns.is_empty() && !is_over_expression(text);
    asks.then(|| Constraint {
        name: None,
        rule: Restriction::Unique(columns.to_vec()),
        text: text.to_owned(),
    })
}

fn only<T: Copy>(all: &[T]) -> Option<T> {
    match all {
        [one] => Some(*one),
        _ => None,
    }
}

fn is_over_expression(text: &str) -> bool {
    let inside = text.split_once('(').map_or("", |(_, inside)| inside);
    inside.find('(') < inside.find(')') && inside.contains('(')
}

fn is_not_valid(constraint: &Constraint) -> bool {
    let text = constraint.text.to_ascii_uppercase();
    text.contains("NOT VALID") || text.contains("NOT ENFORCED")
}
