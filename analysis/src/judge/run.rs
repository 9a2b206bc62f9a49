//! What happens to schema and data when a direction runs?

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::ledger::{Cause, Ledger};
use super::losses::Other;
use crate::act::{Act, Body, Column as Written, Name, Step, Value};
use crate::schema::{Column, Id, Key, Schema, Table, same};
use crate::{Access, Age, Dialect, LossKind, Object, Span, Touch, Unknown, family};

/// How deep routines that call routines are followed.
const DEPTH: u32 = 12;

/// One direction while it runs.
pub(crate) struct Run<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) schema: Schema,
    pub(crate) ledger: Ledger,
    pub(crate) others: Vec<Other>,
    pub(crate) unknowns: Vec<Unknown>,
    pub(crate) touches: BTreeMap<Object, Access>,
    /// What the up of this pair made, while its down runs.
    pub(crate) born: &'a HashSet<Id>,
    /// The rows that the up of this pair inserted, while its down runs; those inserted so far otherwise.
    pub(crate) seeds: Seeds,
    /// Deletions of what the up planted, and whether it may have been edited since.
    pub(crate) seed_deletes: Vec<(Object, Cause, bool)>,
    pub(crate) notes: Vec<Note>,
    pub(crate) drops: Vec<Dropped>,
    /// Tables and columns that rows or values were written to.
    pub(crate) filled: HashSet<Id>,
    pub(crate) foreign_keys: bool,
    pub(crate) path: Vec<String>,
    pub(crate) statement: u32,
    pub(crate) span: Span,
    /// Whether anything was done at all, beyond reading.
    pub(crate) active: bool,
    depth: u32,
    pub(crate) firing: Vec<String>,
    /// The table whose rows are being updated while its triggers run.
    pub(crate) updating: Option<Key>,
}

/// Rows with constant values that were inserted, and whether others may have stood there before.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seeds {
    pub(crate) planted: Vec<Seed>,
    /// Those of the up, while the down runs.
    pub(crate) inherited: Vec<Seed>,
}

#[derive(Debug, Clone)]
pub(crate) struct Seed {
    pub(crate) table: Id,
    /// Column and constant; a column whose value is no constant is not in it.
    pub(crate) values: Vec<(String, String)>,
    /// The columns of the INSERT.
    pub(crate) columns: Vec<String>,
}

/// A table or column that was dropped by name.
#[derive(Debug, Clone)]
pub(crate) struct Dropped {
    pub(crate) id: Id,
    pub(crate) table: Name,
    pub(crate) column: Option<String>,
    pub(crate) span: Span,
}

/// Something that the pair's findings are made of.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) what: Noted,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Noted {
    /// The server refuses this on rows that misfit.
    Refuses { object: Object, why: String },
    /// What it drops or changes cannot be there.
    Missing { object: Object },
}

impl<'a> Run<'a> {
    pub(crate) fn new(dialect: Dialect, schema: Schema, born: &'a HashSet<Id>) -> Run<'a> {
        Run {
            dialect,
            schema,
            ledger: Ledger::default(),
            others: Vec::new(),
            unknowns: Vec::new(),
            touches: BTreeMap::new(),
            born,
            seeds: Seeds::default(),
            seed_deletes: Vec::new(),
            notes: Vec::new(),
            drops: Vec::new(),
            filled: HashSet::new(),
            foreign_keys: dialect != Dialect::Sqlite,
            path: Vec::new(),
            statement: 0,
            span: Span::default(),
            active: false,
            depth: 0,
            firing: Vec::new(),
            updating: None,
        }
    }

    pub(crate) fn statement(&mut self, index: u32, steps: &[Step]) {
        self.statement = index;
        self.steps(steps);
    }

    pub(crate) fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.span = step.span;
            self.act(&step.act);
        }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Inert
            | Act::Select(_)
            | Act::Block { .. }
            | Act::ForeignKeys(_)
            | Act::SearchPath(_) => {}
            _ => self.active = true,
        }
        match act {
            Act::Inert | Act::Outside => {}
            Act::Unknown(reason) => self.unknown(reason.clone()),
            Act::Block {
                maybe: false,
                steps,
            } => self.nested(steps),
            Act::Block { maybe: true, steps } => self.maybe(steps),
            Act::CreateTable(new) => self.create_table(new),
            Act::DropTable {
                name,
                if_exists,
                cascade,
            } => self.drop_table(name, *if_exists, *cascade),
            Act::AlterTable {
                table,
                if_exists,
                change,
            } => self.alter_table(table, *if_exists, change),
            Act::RenameTables(pairs) => self.rename_tables(pairs),
            Act::Insert(insert) => self.insert(insert),
            Act::Update(update) => self.update(update),
            Act::Delete(delete) => {
                self.delete(delete);
            }
            Act::Truncate { table, cascade } => self.truncate(table, *cascade),
            Act::Select(query) => {
                let writes = !query.with.is_empty() || query.into.is_some();
                self.active |= writes;
                self.select(query);
            }
            Act::CallRoutine(name) => self.call(name),
            Act::SetNew(column) => self.set_new(column),
            Act::RemoveLargeObjects => self.other("large objects", LossKind::DropOther, Age::Older),
            Act::ForeignKeys(on) => self.foreign_keys = *on,
            Act::SearchPath(path) => self.path.clone_from(path),
            other => self.object(other),
        }
    }

    /// One level deeper, in a routine or view; false where that is too deep to be followed.
    pub(crate) fn enter(&mut self) -> bool {
        let enters = self.depth < DEPTH;
        self.depth += u32::from(enters);
        enters
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Steps of a body: placed at the statement that runs them.
    fn nested(&mut self, steps: &[Step]) {
        if !self.enter() {
            self.unknown("routines call each other too deeply".to_owned());
            return;
        }
        self.steps(steps);
        self.leave();
    }

    /// Steps that run only if a condition holds. Where they destroy, the worse is taken: that they run. Where they only
    /// copy, the copy may not be there.
    fn maybe(&mut self, steps: &[Step]) {
        let before = self.ledger.clone();
        self.nested(steps);
        if self.ledger.hits.len() == before.hits.len() {
            self.ledger.take_back_copies(&before);
        }
    }

    pub(crate) fn call(&mut self, name: &Name) {
        let key = self.key(name);
        let Some(routine) = self.schema.routines.get(&key).cloned() else {
            let lower = name.name.to_ascii_lowercase();
            if lower.starts_with("lo_unlink") {
                self.other("large objects", LossKind::DropOther, Age::Older);
                return;
            }
            self.unknown(format!("what {}() does is not known", name.name));
            return;
        };
        self.active = true;
        let span = self.span;
        match &routine.body {
            Body::Steps(steps) => {
                let mut placed = steps.clone();
                family::place(&mut placed, span);
                self.nested(&placed);
                self.span = span;
            }
            Body::Routine(inner) => {
                let inner = inner.clone();
                if !self.enter() {
                    self.unknown("routines call each other too deeply".to_owned());
                    return;
                }
                self.call(&inner);
                self.leave();
            }
            Body::Unknown(reason) => {
                let reason = reason.clone();
                self.unknown(reason);
            }
        }
    }

    pub(crate) fn calls(&mut self, names: &[Name]) {
        for name in names {
            self.call(name);
        }
    }

    /// The calls that a value makes when it is computed.
    pub(crate) fn value_calls(&mut self, value: &Value) {
        match value {
            Value::Computed { calls, .. } => self.calls(calls),
            Value::OneToOne(inner)
            | Value::OfIntegers(inner)
            | Value::OfFlags(inner)
            | Value::Cast(inner, _) => self.value_calls(inner),
            _ => {}
        }
    }

    pub(crate) fn unknown(&mut self, reason: String) {
        self.active = true;
        self.unknowns.push(Unknown {
            reason,
            statement: self.statement,
            span: self.span,
        });
    }

    pub(crate) fn cause(&self, kind: LossKind) -> Cause {
        Cause {
            kind,
            statement: self.statement,
            span: self.span,
        }
    }

    pub(crate) fn other(&mut self, name: &str, kind: LossKind, age: Age) {
        let object = Object {
            schema: None,
            table: name.to_owned(),
            column: None,
        };
        let cause = self.cause(kind);
        self.others.push(Other { object, age, cause });
    }

    pub(crate) fn note(&mut self, what: Noted) {
        self.notes.push(Note {
            what,
            span: self.span,
        });
    }

    pub(crate) fn touch(&mut self, key: &Key, access: Access) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let access = if self.ledger.created.contains(&table.id) {
            Access::Create
        } else {
            access
        };
        let object = match self.ledger.names.get(&table.id) {
            Some(object) => object.clone(),
            None => self.object_at(key, &table.name),
        };
        let entry = self.touches.entry(object).or_insert(access);
        *entry = (*entry).max(access);
    }

    pub(crate) fn touched(&self) -> Vec<Touch> {
        self.touches
            .iter()
            .map(|(object, access)| Touch {
                object: object.clone(),
                access: *access,
            })
            .collect()
    }

    /// Where an unqualified name is looked up.
    pub(crate) fn key(&self, name: &Name) -> Key {
        let key = Key::of(self.dialect, name);
        if name.schema.is_none() || super::shape::is_temporary(name) {
            let temporary = super::shape::temporary_key(&key);
            if self.schema.tables.contains_key(&temporary) {
                return temporary;
            }
        }
        if name.schema.is_some() {
            return key;
        }
        let exists = |key: &Key| {
            self.schema.tables.contains_key(key)
                || self.schema.views.contains_key(key)
                || self.schema.types.contains_key(key)
                || self.schema.routines.contains_key(key)
        };
        let mut first = None;
        for schema in &self.path {
            let in_schema = Key::of(
                self.dialect,
                &Name {
                    schema: Some(schema.clone()),
                    name: name.name.clone(),
                },
            );
            if schema.is_empty()
                || schema.starts_with('$')
                || schema.eq_ignore_ascii_case("default")
            {
                continue;
            }
            if exists(&in_schema) {
                return in_schema;
            }
            first.get_or_insert(in_schema);
        }
        match first {
            Some(first) if !exists(&key) => first,
            _ => key,
        }
    }

    /// The key of the table that a statement says to be there, or to do without where it says `IF EXISTS`.
    pub(crate) fn meet(&mut self, name: &Name, if_exists: bool) -> Option<Key> {
        let key = self.meet_if_exists(name);
        if key.is_some() || if_exists || !self.schema.is_complete() {
            return key;
        }
        let key = self.key(name);
        if self.schema.gone.contains(&key)
            || self.schema.views.contains_key(&key)
            || is_catalog(&key)
        {
            return None;
        }
        // The statement fails on a database that only these migrations built. Where it does not, somebody else made the
        // table, and it holds what nobody here knows of.
        let object = self.object_at(&key, name);
        self.note(Noted::Missing { object });
        self.introduce(&key, name);
        self.register(&key);
        Some(key)
    }

    /// The key of the table `name`, which is met here for the first time or known; none where it cannot exist.
    pub(crate) fn meet_if_exists(&mut self, name: &Name) -> Option<Key> {
        let mut key = self.key(name);
        if !self.schema.tables.contains_key(&key)
            && let Some(elsewhere) = self.elsewhere(name, &key)
        {
            key = elsewhere;
        }
        if !self.schema.tables.contains_key(&key) {
            if self.schema.is_complete()
                || self.schema.gone.contains(&key)
                || self.schema.views.contains_key(&key)
                || is_catalog(&key)
            {
                return None;
            }
            self.introduce(&key, name);
        }
        self.register(&key);
        Some(key)
    }

    /// A table of which nothing is known but its name.
    fn introduce(&mut self, key: &Key, name: &Name) {
        let table = Table {
            id: self.schema.fresh(),
            name: name.clone(),
            columns: Vec::new(),
            open: true,
            transient: false,
            temporary: false,
            constraints: Vec::new(),
            parents: Vec::new(),
            partition: false,
            decorations: Default::default(),
            charset: None,
            text: None,
        };
        self.schema.tables.insert(key.clone(), Arc::new(table));
    }

    /// The one table of that name in another schema: the connection may look there.
    fn elsewhere(&self, name: &Name, key: &Key) -> Option<Key> {
        if name.schema.is_some()
            || !self.schema.is_complete()
            || self.schema.views.contains_key(key)
        {
            return None;
        }
        let lasting = |other: &&Key| other.schema.as_deref() != Some(super::shape::TEMPORARY);
        let mut found = self
            .schema
            .tables
            .keys()
            .filter(lasting)
            .filter(|other| other.name == key.name);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only.clone()),
            _ => None,
        }
    }

    /// Writes down what a table and its columns are called before anything happens to them.
    pub(crate) fn register(&mut self, key: &Key) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        if self.ledger.created.contains(&table.id) || self.ledger.names.contains_key(&table.id) {
            return;
        }
        let object = self.object_at(key, &table.name);
        for column in &table.columns {
            if column.is.generated.is_some() {
                // Computed from the others: nothing of its own.
                self.ledger.set_values(column.id, Vec::new());
            }
            let of_column = Object {
                column: Some(column.is.name.clone()),
                ..object.clone()
            };
            if let Some(ty) = &column.is.ty {
                let charset = column.is.charset.as_deref().or(table.charset.as_deref());
                let ty = self.type_of(ty).with_charset(charset);
                self.ledger.types.insert(column.id, ty);
            }
            self.ledger.names.insert(column.id, of_column);
            self.ledger.home.insert(column.id, table.id);
        }
        self.ledger.names.insert(table.id, object);
    }

    /// The column `name` of the table at `key`; named from here on where the table is open.
    pub(crate) fn column(&mut self, key: &Key, name: &str) -> Option<Id> {
        let dialect = self.dialect;
        let table = self.schema.table(key)?;
        if let Some(column) = table.column(dialect, name) {
            return Some(column.id);
        }
        let folded = match dialect {
            Dialect::Postgres => name.to_owned(),
            _ => name.to_lowercase(),
        };
        if self.ledger.is_excepted(table.id, &folded) {
            return None;
        }
        let (id, open) = (table.id, table.open);
        let rests = self.ledger.rests(table);
        if rests.is_empty() && !open {
            return None;
        }
        let mut values = Vec::new();
        for origin in &rests {
            values.push(
                self.ledger
                    .name_column(&mut self.schema, *origin, &folded, name),
            );
        }
        // In its own table the column is the datum itself.
        let own = rests
            .iter()
            .position(|origin| *origin == id)
            .map(|at| values[at]);
        let column = match own {
            Some(own) => own,
            None => {
                let fresh = self.schema.fresh();
                self.ledger.created.insert(fresh);
                fresh
            }
        };
        self.ledger.set_values(column, values);
        self.ledger.except(id, folded);
        let written = Written {
            name: name.to_owned(),
            ..Written::default()
        };
        if let Some(table) = self.schema.table_mut(key) {
            table.columns.push(Column {
                id: column,
                is: written,
            });
        }
        Some(column)
    }

    /// The definition of a column, by its id.
    pub(crate) fn written(&self, key: &Key, column: Id) -> Option<&Written> {
        let table = self.schema.table(key)?;
        table.columns.iter().find(|c| c.id == column).map(|c| &c.is)
    }

    pub(crate) fn same(&self, a: &str, b: &str) -> bool {
        same(self.dialect, a, b)
    }
}

/// Tables of the server itself.
fn is_catalog(key: &Key) -> bool {
    let system = |name: &str| {
        matches!(
            name,
            "pg_catalog" | "information_schema" | "mysql" | "performance_schema" | "sys"
        )
    };
    key.schema.as_deref().is_some_and(system)
        || (key.schema.is_none()
            && (key.name.starts_with("pg_") || key.name.starts_with("sqlite_")))
}
