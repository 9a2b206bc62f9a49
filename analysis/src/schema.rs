//! What stands in the database, as far as the migrations tell?

mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::Dialect;
use crate::act::{
    Column as Written, Conflict, Constraint, Decoration, Engine, Name, Query, Routine, Trigger,
};
pub(crate) use shared::Shared;

/// A model of a database's schema, on which statements act.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Whether it began empty, so that what is not in it does not exist.
    complete: bool,
    /// Whether a migration needed a table that none of them made: somebody else builds here too.
    pub(crate) foreign: bool,
    next: u32,
    pub(crate) tables: Shared<Key, Arc<Table>>,
    /// What was dropped, where nothing is known of the rest.
    pub(crate) gone: Shared<Key, ()>,
    pub(crate) views: Shared<Key, Arc<View>>,
    pub(crate) types: Shared<Key, Arc<Type>>,
    pub(crate) sequences: Shared<Key, Arc<Sequence>>,
    pub(crate) routines: Shared<Key, Arc<Routine>>,
    pub(crate) triggers: Shared<(Option<Id>, String), Arc<Trigger>>,
    pub(crate) indexes: Shared<Key, Arc<Index>>,
    indexes_by_table: Shared<(Id, Key), ()>,
    /// By the name that PostgreSQL gives to an index: below which number each with a number after it is taken.
    numbered: Shared<Key, u32>,
    /// Schemas of PostgreSQL and databases of MySQL that the migrations made.
    pub(crate) schemas: Shared<String, Id>,
    /// Those of them that may have been there before, with tables in them.
    pub(crate) perhaps_older: Shared<Id, ()>,
    /// The extensions that the migrations made, and whether they were surely not there before.
    pub(crate) extensions: Shared<String, bool>,
    /// Tables that have had partitions or children: only they are worth a search.
    pub(crate) parents: Shared<Id, ()>,
    /// Whether temporary tables may be among the tables, or partitions that were just attached.
    pub(crate) unsettled: bool,
}

/// What a table, column or schema is told by, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id {
    /// The table that it is or stands in; of anything else, the thing itself.
    home: u32,
    own: u32,
}

impl Id {
    /// The table that a column was made in, which it never leaves.
    pub(crate) fn home(self) -> Id {
        Id {
            home: self.home,
            own: self.home,
        }
    }
}

/// A name as it is looked up. Many maps hold it, so its clones share the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    /// None for the default schema.
    pub(crate) schema: Option<Arc<str>>,
    pub(crate) name: Arc<str>,
}

#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) id: Id,
    /// As it was written where it was created or first met.
    pub(crate) name: Name,
    pub(crate) columns: Vec<Column>,
    /// Whether it may have columns besides.
    pub(crate) open: bool,
    /// Gone with the session, or with the server.
    pub(crate) transient: bool,
    pub(crate) temporary: bool,
    pub(crate) engine: Engine,
    /// SQLite's `STRICT`.
    pub(crate) strict: bool,
    /// What it holds can be computed from other tables.
    pub(crate) derived: bool,
    pub(crate) constraints: Arc<Vec<Constraint>>,
    /// The composite type that it is made of.
    pub(crate) of: Option<Name>,
    /// The table that this one is a partition or child of.
    pub(crate) parents: Vec<Id>,
    /// Its rows are those of its parent.
    pub(crate) partition: bool,
    /// It is a partition since the direction at hand, and its rows are still its own.
    pub(crate) attached: bool,
    /// The partitions that were added to it, in lower case: they were empty then. Those that are no tables of their own.
    pub(crate) added: BTreeMap<String, Id>,
    pub(crate) decorations: BTreeSet<Decoration>,
    /// The names of its rules.
    pub(crate) rules: BTreeSet<String>,
    pub(crate) charset: Option<String>,
    pub(crate) collation: Option<String>,
    /// What its keys say of rows that are in the way, where a statement says nothing.
    pub(crate) on_conflict: Conflict,
    /// Where MariaDB has kept what its rows were since the table was there.
    pub(crate) history: Option<Id>,
    /// The statement that made it; none once it was altered, or where it was never seen.
    pub(crate) text: Option<Arc<str>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) id: Id,
    pub(crate) is: Arc<Written>,
    /// Of its name, so that a table of many columns is searched without a look at each.
    hash: u32,
}

impl Column {
    pub(crate) fn new(id: Id, is: Arc<Written>) -> Column {
        let hash = hash(&is.name);
        Column { id, is, hash }
    }

    /// The column is written anew, under the same name or another.
    pub(crate) fn rewrite(&mut self, is: Written) {
        *self = Column::new(self.id, Arc::new(is));
    }
}

/// The same for names that differ only in case.
fn hash(name: &str) -> u32 {
    let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    match name.is_ascii() {
        true => name
            .bytes()
            .map(|byte| byte.to_ascii_lowercase())
            .fold(0, fold),
        false => name.to_lowercase().bytes().fold(0, fold),
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Column) -> bool {
        self.id == other.id && (Arc::ptr_eq(&self.is, &other.is) || self.is == other.is)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) name: Name,
    pub(crate) materialized: bool,
    pub(crate) query: Option<Query>,
    pub(crate) text: String,
    /// Rows under it have gone: what it holds cannot be computed again.
    pub(crate) orphaned: bool,
    /// Those of a materialised view: their names, and the statements that made them.
    pub(crate) indexes: Vec<(Key, String)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) name: Name,
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) base: Option<String>,
    pub(crate) text: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Sequence {
    pub(crate) text: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) table: Id,
    pub(crate) unique: bool,
    pub(crate) columns: Vec<String>,
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

/// What made an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A statement of its own.
    Statement,
    /// The statement that made its table.
    Table,
    /// MySQL, for a foreign key that no other index serves.
    ForeignKey,
}

impl Schema {
    /// The schema of a database that nothing is known of: any table may exist, with any columns.
    #[must_use]
    pub fn unknown() -> Schema {
        Schema::new(false)
    }

    /// The schema of an empty database, on which a folder's first migration runs.
    #[must_use]
    pub fn empty() -> Schema {
        Schema::new(true)
    }

    fn new(complete: bool) -> Schema {
        Schema {
            complete,
            foreign: false,
            next: 0,
            tables: Shared::default(),
            gone: Shared::default(),
            views: Shared::default(),
            types: Shared::default(),
            sequences: Shared::default(),
            routines: Shared::default(),
            triggers: Shared::default(),
            indexes: Shared::default(),
            indexes_by_table: Shared::default(),
            numbered: Shared::default(),
            schemas: Shared::default(),
            perhaps_older: Shared::default(),
            extensions: Shared::default(),
            parents: Shared::default(),
            unsettled: false,
        }
    }

    /// Whether it began empty, and nothing happened since that was not understood.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether nothing was changed since one was cloned from the other.
    pub(crate) fn is_same(&self, other: &Schema) -> bool {
        self.complete == other.complete
            && self.foreign == other.foreign
            && self.tables.is_same(&other.tables)
            && self.gone.is_same(&other.gone)
            && self.views.is_same(&other.views)
            && self.types.is_same(&other.types)
            && self.sequences.is_same(&other.sequences)
            && self.routines.is_same(&other.routines)
            && self.triggers.is_same(&other.triggers)
            && self.indexes.is_same(&other.indexes)
            && self.schemas.is_same(&other.schemas)
    }

    /// Whether the migrations so far have built nothing.
    pub(crate) fn is_blank(&self) -> bool {
        self.complete && self.tables.is_empty() && self.gone.is_empty()
    }

    /// Something happened that was not understood: more may exist than is known.
    pub(crate) fn forget(&mut self) {
        self.complete = false;
        self.gone.clear();
    }

    pub(crate) fn fresh(&mut self) -> Id {
        let own = self.next;
        self.next += 1;
        Id { home: own, own }
    }

    /// The id of a new column of `table`.
    pub(crate) fn fresh_column(&mut self, table: Id) -> Id {
        let own = self.fresh().own;
        Id {
            home: table.home,
            own,
        }
    }

    /// Whether the table or column stood in it, or in a schema before it.
    pub(crate) fn has_given(&self, id: Id) -> bool {
        id.own < self.next
    }

    /// No id that `other` has given out is given out again.
    pub(crate) fn skip_ids(&mut self, other: &Schema) {
        self.next = self.next.max(other.next);
    }

    pub(crate) fn table(&self, key: &Key) -> Option<&Table> {
        self.tables.get(key).map(|table| &**table)
    }

    pub(crate) fn table_mut(&mut self, key: &Key) -> Option<&mut Table> {
        self.tables.get_mut(key).map(Arc::make_mut)
    }

    /// The triggers of a table.
    pub(crate) fn triggers_of(
        &self,
        table: Id,
    ) -> impl Iterator<Item = (&(Option<Id>, String), &Arc<Trigger>)> {
        let first = (Some(table), String::new());
        let triggers = self.triggers.from(&first);
        triggers.take_while(move |((of, _), _)| *of == Some(table))
    }

    pub(crate) fn add_index(&mut self, key: Key, index: Arc<Index>) {
        self.remove_index(&key);
        self.indexes_by_table.add((index.table, key.clone()));
        self.indexes.insert(key, index);
    }

    pub(crate) fn remove_index(&mut self, key: &Key) -> Option<Arc<Index>> {
        let index = self.indexes.remove(key)?;
        self.indexes_by_table.remove(&(index.table, key.clone()));
        self.free_number(key);
        Some(index)
    }

    /// The first of `key`, and `key` with 1, 2, 3 … after it, that is no index; and how many were tried.
    pub(crate) fn free_index(&mut self, key: Key) -> (Key, usize) {
        let first = self.numbered.get(&key).copied().unwrap_or_default();
        let mut number = first;
        let mut free = numbered(&key, number);
        while self.indexes.contains_key(&free) {
            number += 1;
            free = numbered(&key, number);
        }
        if number > first {
            self.numbered.insert(key, number);
        }
        (free, 1 + (number - first) as usize)
    }

    /// The name of an index is free again.
    fn free_number(&mut self, key: &Key) {
        if self.numbered.is_empty() {
            return;
        }
        let mut base = key.clone();
        let digits = key.name.bytes().rev().take_while(u8::is_ascii_digit);
        for length in 0..=digits.take(10).count() {
            let (name, number) = key.name.split_at(key.name.len() - length);
            // No number of more digits was ever given.
            let Ok(number) = format!("0{number}").parse() else {
                return;
            };
            base.name = name.into();
            if self.numbered.get(&base).is_some_and(|next| *next > number) {
                self.numbered.insert(base.clone(), number);
            }
        }
    }

    /// The indexes of a table.
    pub(crate) fn indexes_of(&self, table: Id) -> Vec<(Key, Arc<Index>)> {
        let first = Key {
            schema: None,
            name: Arc::default(),
        };
        let keys = self.indexes_by_table.from(&(table, first));
        let keys = keys.take_while(|((of, _), ())| *of == table);
        keys.filter_map(|((_, key), ())| Some((key.clone(), Arc::clone(self.indexes.get(key)?))))
            .collect()
    }

    /// The partitions of a table, and the tables that inherit from it.
    pub(crate) fn offspring(&self, id: Id) -> Vec<Key> {
        if !self.parents.contains(&id) {
            return Vec::new();
        }
        let of = |(_, table): &(&Key, &Arc<Table>)| table.parents.contains(&id);
        self.tables
            .iter()
            .filter(of)
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// The tables that inherit from a table, and from those in turn: they have rows of their own.
    pub(crate) fn heirs(&self, id: Id) -> Vec<Key> {
        let (mut heirs, mut todo) = (Vec::new(), vec![id]);
        while let Some(id) = todo.pop() {
            for key in self.offspring(id) {
                if let Some(table) = self.table(&key).filter(|table| !table.partition)
                    && !heirs.contains(&key)
                {
                    todo.push(table.id);
                    heirs.push(key);
                }
            }
        }
        heirs
    }

    /// The tables that refer to `parent` by a foreign key.
    pub(crate) fn children(&self, dialect: Dialect, parent: &Key) -> Vec<Key> {
        self.tables
            .iter()
            .filter(|(_, table)| {
                let home = parent.schema.as_deref();
                let mut keys = table.foreign_keys();
                keys.any(|(_, referred, _)| parent.is_of(dialect, referred, home))
            })
            .map(|(key, _)| key.clone())
            .collect()
    }
}

impl Index {
    /// Whether the word stands in it.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        let inside = |c: char| c.is_alphanumeric() || c == '_';
        self.text
            .split(|c| !inside(c))
            .any(|other| other.eq_ignore_ascii_case(word))
    }
}

/// The schema that has no place in a key.
fn default_schema(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres => Some("public"),
        Dialect::Sqlite => Some("main"),
        Dialect::MySql => None,
    }
}

fn numbered(key: &Key, number: u32) -> Key {
    match number {
        0 => key.clone(),
        _ => Key {
            schema: key.schema.clone(),
            name: format!("{}{number}", key.name).into(),
        },
    }
}

/// Whether it is in lower case for certain.
fn is_lower(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

impl Key {
    /// The key of a name, without regard to any search path.
    pub(crate) fn of(dialect: Dialect, name: &Name) -> Key {
        let fold = |text: &str| -> Arc<str> {
            match dialect {
                Dialect::Postgres => text.into(),
                Dialect::MySql | Dialect::Sqlite if is_lower(text) => text.into(),
                Dialect::MySql | Dialect::Sqlite => text.to_lowercase().into(),
            }
        };
        let schema = name.schema.as_deref().map(fold);
        let default = default_schema(dialect);
        Key {
            schema: schema.filter(|schema| Some(&**schema) != default),
            name: fold(&name.name),
        }
    }

    /// Whether it is the key of `name`, where a name without a schema is looked up in `home`.
    pub(crate) fn is_of(&self, dialect: Dialect, name: &Name, home: Option<&str>) -> bool {
        let schema = match name.schema.as_deref() {
            None => return self.schema.as_deref() == home && same(dialect, &self.name, &name.name),
            Some(schema) => Some(schema).filter(|schema| {
                default_schema(dialect).is_none_or(|default| !same(dialect, schema, default))
            }),
        };
        let in_schema = match (self.schema.as_deref(), schema) {
            (Some(own), Some(other)) => same(dialect, own, other),
            (own, other) => own == other,
        };
        in_schema && same(dialect, &self.name, &name.name)
    }
}

impl Table {
    pub(crate) fn column(&self, dialect: Dialect, name: &str) -> Option<&Column> {
        self.columns.get(self.position(dialect, name)?)
    }

    /// The column `name`, which often stands at `near`; the place after it is near the next one.
    pub(crate) fn column_near(
        &self,
        dialect: Dialect,
        name: &str,
        near: &mut usize,
    ) -> Option<&Column> {
        let there = self.columns.get(*near);
        let there = there.filter(|column| same(dialect, &column.is.name, name));
        if there.is_none() {
            *near = self.position(dialect, name)?;
        }
        let found = self.columns.get(*near);
        *near += 1;
        found
    }

    fn position(&self, dialect: Dialect, name: &str) -> Option<usize> {
        let hash = hash(name);
        self.columns
            .iter()
            .position(|column| column.hash == hash && same(dialect, &column.is.name, name))
    }

    pub(crate) fn column_mut(&mut self, dialect: Dialect, name: &str) -> Option<&mut Column> {
        let at = self.position(dialect, name)?;
        self.columns.get_mut(at)
    }

    /// Its foreign keys: own columns, the table referred to, what a deletion there does here.
    pub(crate) fn foreign_keys(
        &self,
    ) -> impl Iterator<Item = (&[String], &Name, crate::act::Follows)> {
        self.all_constraints()
            .filter_map(|constraint| match &constraint.rule {
                crate::act::Restriction::ForeignKey {
                    columns,
                    table,
                    on_delete,
                    ..
                } => Some((columns.as_slice(), table, *on_delete)),
                _ => None,
            })
    }

    /// Those of the table and those written at its columns.
    pub(crate) fn all_constraints(&self) -> impl Iterator<Item = &Constraint> {
        let own = self
            .columns
            .iter()
            .flat_map(|column| &column.is.constraints);
        self.constraints.iter().chain(own)
    }

    /// Keeps those of the table's and the columns' constraints that `keep` says.
    pub(crate) fn retain_constraints(&mut self, keep: impl Fn(&Constraint) -> bool) {
        if !self.constraints.iter().all(&keep) {
            Arc::make_mut(&mut self.constraints).retain(&keep);
        }
        for column in &mut self.columns {
            if !column.is.constraints.iter().all(&keep) {
                Arc::make_mut(&mut column.is).constraints.retain(&keep);
            }
        }
    }

    /// The columns of the primary key.
    pub(crate) fn primary_key(&self) -> Option<&[String]> {
        self.all_constraints()
            .find_map(|constraint| match &constraint.rule {
                crate::act::Restriction::PrimaryKey(columns) => Some(columns.as_slice()),
                _ => None,
            })
    }

    /// The columns that an INSERT writes, in the order of its values: all, where it names none.
    pub(crate) fn written_by(&self, insert: &crate::act::Insert) -> Vec<String> {
        match insert.columns.is_empty() {
            true => self.columns.iter().map(|c| c.is.name.clone()).collect(),
            false => insert.columns.clone(),
        }
    }

    /// Tells which columns hold a value in every row.
    pub(crate) fn required(&self, dialect: Dialect) -> impl Fn(&crate::act::Column) -> bool {
        // SQLite lets NULL into a primary key, but for the one that is the number of the row:
        // <https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key>.
        let numbers = |column: &crate::act::Column| {
            let ty = column.ty.as_deref();
            ty.is_some_and(|ty| ty.trim().eq_ignore_ascii_case("integer"))
        };
        let primary = self.primary_key().unwrap_or_default();
        move |column| {
            column.not_null
                || column.identity
                || primary.iter().any(|name| same(dialect, name, &column.name))
                    && (dialect != Dialect::Sqlite || primary.len() == 1 && numbers(column))
        }
    }

    /// The keys that tell whose a value is: a primary key, and one whose columns are never NULL.
    pub(crate) fn telling_keys(&self, dialect: Dialect) -> impl Iterator<Item = &[String]> {
        let required = self.required(dialect);
        let primary = self.primary_key();
        self.keys().filter(move |key| {
            let mut columns = key.iter().map(|name| self.position(dialect, name));
            primary == Some(*key)
                || columns.all(|at| at.is_some_and(|at| required(&self.columns[at].is)))
        })
    }

    /// The columns of each primary key or unique constraint.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &[String]> {
        self.all_constraints()
            .filter_map(|constraint| match &constraint.rule {
                crate::act::Restriction::PrimaryKey(columns)
                | crate::act::Restriction::Unique(columns) => Some(columns.as_slice()),
                _ => None,
            })
    }
}

/// Whether two column names are the same one.
pub(crate) fn same(dialect: Dialect, a: &str, b: &str) -> bool {
    match dialect {
        Dialect::Postgres => a == b,
        Dialect::MySql | Dialect::Sqlite if a.is_ascii() && b.is_ascii() => {
            a.eq_ignore_ascii_case(b)
        }
        Dialect::MySql | Dialect::Sqlite => a.to_lowercase() == b.to_lowercase(),
    }
}

impl Schema {
    /// The direction is over: what lasted only for the session is gone, and what became a partition is one like any other.
    pub(crate) fn settle(&mut self) {
        if self.unsettled {
            self.tables.retain(|_, table| !table.temporary);
            let attached = self.tables.iter().filter(|(_, table)| table.attached);
            let attached: Vec<Key> = attached.map(|(key, _)| key.clone()).collect();
            for key in attached {
                if let Some(table) = self.table_mut(&key) {
                    (table.partition, table.attached) = (true, false);
                }
            }
            self.unsettled = false;
        }
    }

    /// Forgets the types of columns that are neither in `before` nor `made` since: of them nothing is known but what was done to
    /// them.
    pub(crate) fn unsay(&mut self, before: &Schema, made: &Shared<Id, ()>) {
        let met = |column: &Column| !before.has_given(column.id) && !made.contains(&column.id);
        let changed = before.tables.apart(&self.tables);
        let changed: Vec<Key> = changed
            .filter(|(_, _, table)| table.is_some_and(|table| table.columns.iter().any(met)))
            .map(|(key, ..)| key.clone())
            .collect();
        for key in changed {
            let Some(table) = self.table_mut(&key) else {
                continue;
            };
            for column in table.columns.iter_mut().filter(|column| met(column)) {
                Arc::make_mut(&mut column.is).ty = None;
            }
        }
    }

    /// This schema with what `after`, which stands after up and down, says of tables that are not in it; `made` is
    /// what the up made.
    pub(crate) fn guess(
        &self,
        dialect: Dialect,
        after: &Schema,
        made: &Shared<Id, ()>,
        names: &Shared<Id, crate::Object>,
    ) -> Option<Schema> {
        let mut guessed = self.clone();
        let mut any = false;
        let tables = names.values().filter(|object| object.column.is_none());
        let met: BTreeSet<Key> = tables
            .map(|object| {
                let name = Name {
                    schema: object.schema.clone(),
                    name: object.table.clone(),
                };
                Key::of(dialect, &name)
            })
            .collect();
        for (key, known, table) in self.tables.beside(&after.tables) {
            let Some(table) = table.filter(|table| known.is_none() && !table.temporary) else {
                continue;
            };
            // A table that the up made is none that it found; one that the down made anew is, if the up met it.
            if !met.contains(key) {
                continue;
            }
            let id = guessed.fresh();
            let mut columns = Vec::new();
            for column in table
                .columns
                .iter()
                .filter(|column| !made.contains(&column.id))
            {
                let id = guessed.fresh_column(id);
                columns.push(Column::new(id, Arc::clone(&column.is)));
            }
            if columns.is_empty() {
                continue;
            }
            any = true;
            let mut table = Table::clone(table);
            table.id = id;
            table.columns = columns;
            table.open = true;
            table.text = None;
            table.parents.clear();
            table.transient = false;
            guessed.tables.insert(key.clone(), Arc::new(table));
        }
        any.then_some(guessed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_number_is_given_after_indexes_come_and_go() {
        let key = |name: &str| Key::of(Dialect::Postgres, &Name::plain(name));
        let mut schema = Schema::empty();
        let table = schema.fresh();
        let index = Arc::new(Index {
            table,
            unique: false,
            columns: Vec::new(),
            text: String::new(),
            origin: Origin::Statement,
        });
        let make = |schema: &mut Schema, expected: &str| {
            let (free, _) = schema.free_index(key("i"));
            assert_eq!(*free.name, *expected);
            schema.add_index(free, Arc::clone(&index));
        };
        let first = (1..12).map(|number| format!("i{number}"));
        for expected in std::iter::once("i".to_owned()).chain(first) {
            make(&mut schema, &expected);
        }
        schema.remove_index(&key("i10"));
        schema.remove_index(&key("i3"));
        for expected in ["i3", "i10", "i12"] {
            make(&mut schema, expected);
        }
        schema.remove_index(&key("i"));
        schema.remove_index(&key("i1"));
        for expected in ["i", "i1", "i13"] {
            make(&mut schema, expected);
        }
    }
}
