//! Which table or column does a name mean?

use std::sync::Arc;

use super::ledger::Met;
use super::refuse::notes::Noted;
use super::run::Run;
use super::session::settings::is_own;
use super::work::width;
use crate::act::{Column as Written, Engine, Name, Storage};
use crate::schema::{Column, ColumnList, Id, Key, Table, same};
use crate::types::Type;
use crate::{Dialect, Object, Renamed};

/// A search path that is no longer costs nothing to look along.
const USUAL_PATH: usize = 8;

impl Run<'_> {
    /// Where an unqualified name is looked up.
    pub(crate) fn key(&self, name: &Name) -> Key {
        let key = Key::of(self.dialect, name);
        if self.schema.unsettled
            && !self.lasting
            && (name.schema.is_none() || super::tables::temporary::is_temporary(name))
        {
            let temporary = super::tables::temporary::temporary_key(&key);
            if self.schema.tables.contains_key(&temporary) {
                return temporary;
            }
        }
        if name.schema.is_some() {
            return key;
        }
        let found = self.key_under(&key, &self.settings.path);
        let other = |path: &Vec<String>| {
            let other = self.key_under(&key, path);
            (other != found && self.is_there(&other)).then_some(other)
        };
        let mut elsewhere = self.settings.elsewhere.iter();
        if let Some(other) = elsewhere.find_map(other).filter(|_| self.is_there(&found)) {
            *self.doubted.borrow_mut() = Some((name.clone(), other));
        }
        if self.binds && self.schema.looked_elsewhere {
            self.doubt_bound(name, &found);
        }
        if self.schema.looked_elsewhere
            && let Some(other) = self.before_public(&found)
        {
            *self.doubted.borrow_mut() = Some((name.clone(), other));
        }
        found
    }

    /// A routine that the server looked up when something was made, by the path of then, may be another schema's.
    fn doubt_bound(&self, name: &Name, found: &Key) {
        if !self.schema.routines.contains_key(found) {
            return;
        }
        let mut others = self.each(2, self.schema.routines.keys());
        let other = others.find(|other| other.name == found.name && *other != found);
        if let Some(other) = other {
            *self.doubted.borrow_mut() = Some((name.clone(), other.clone()));
        }
    }

    /// What is done by what was made earlier, whose routines the server looked up then.
    pub(super) fn as_bound<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.binds, self.dialect == Dialect::Postgres);
        let done = run(self);
        self.binds = outer;
        done
    }

    /// Where a name is found that stands in none of a path's schemas yet.
    fn key_under(&self, key: &Key, path: &[String]) -> Key {
        let mut first = None;
        self.spend(8 * path.len().saturating_sub(USUAL_PATH));
        for schema in path {
            if schema.is_empty()
                || schema.starts_with('$')
                || schema.eq_ignore_ascii_case("default")
            {
                continue;
            }
            let in_schema = key.within(self.dialect, schema);
            if self.is_there(&in_schema) {
                return in_schema;
            }
            first.get_or_insert(in_schema);
        }
        match first {
            Some(first) if first == *key || !self.is_there(key) => first,
            // Where all is known, a table that stands in none of them is looked for where it stands.
            Some(first) if !self.schema.is_complete() && !looks_in_public(path) => first,
            _ => key.clone(),
        }
    }

    /// What else an unqualified name may mean: of a table that was only met, nobody knows whether it stands in another schema of
    /// the path too.
    fn before_public(&self, found: &Key) -> Option<Key> {
        let table = self.schema.table(found);
        if self.schema.is_complete() || !table.is_some_and(|own| own.open && own.text.is_none()) {
            return None;
        }
        let mut path = self.settings.path.iter();
        let first = path.find(|schema| is_own(schema))?;
        let key = found.within(self.dialect, first);
        (found.schema.is_none() && key != *found && !self.schema.gone.contains(&key)).then_some(key)
    }

    fn is_there(&self, key: &Key) -> bool {
        self.schema.tables.contains_key(key)
            || self.schema.views.contains_key(key)
            || self.schema.types.contains_key(key)
            || self.schema.routines.contains_key(key)
    }

    /// Where a table of that name is made: in the first schema of the search path that is there, whatever stands in the others.
    pub(super) fn key_made(&self, name: &Name) -> Key {
        let is_told = |schema: &&String| {
            let idle = schema.is_empty() || schema.starts_with('$');
            !idle && !schema.eq_ignore_ascii_case("default")
        };
        let first = self.settings.path.iter().find(is_told);
        let is_there = |schema: &&String| {
            schema.as_str() == "public" || self.schema.schemas.contains_key(*schema)
        };
        match first.filter(|schema| name.schema.is_none() && is_there(schema)) {
            Some(first) => Key::of(self.dialect, name).within(self.dialect, first),
            None => self.key(name),
        }
    }

    /// The key of the table that a statement says to be there, or to do without where it says `IF EXISTS`.
    pub(crate) fn meet(&mut self, name: &Name, if_exists: bool) -> Option<Key> {
        let key = match if_exists {
            true => self.meet_if_exists(name),
            false => self.need(name),
        };
        // What runs under a condition only mostly asks whether it is there.
        let if_exists = if_exists || self.perhaps > 0;
        if key.is_some() || (if_exists && !self.first) || !self.schema.is_complete() {
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
        if !if_exists {
            let object = self.object_at(&key, name);
            self.note(Noted::Missing { object });
        }
        self.schema.foreign = true;
        self.introduce(&key, name);
        self.register(&key);
        Some(key)
    }

    /// The same as [`Run::meet_if_exists`], of a table without which the statement fails.
    pub(crate) fn need(&mut self, name: &Name) -> Option<Key> {
        let is_known =
            self.schema.is_complete() || self.schema.tables.contains_key(&self.key(name));
        let key = self.meet_if_exists(name)?;
        if !is_known {
            let object = self.object_at(&key, name);
            self.note(Noted::Needs { object });
        }
        Some(key)
    }

    /// The key of the table `name`, which is met here for the first time or known; none where it cannot exist.
    pub(crate) fn meet_if_exists(&mut self, name: &Name) -> Option<Key> {
        let mut key = self.key(name);
        let mut is_known = self.schema.tables.contains_key(&key);
        if !is_known && let Some(elsewhere) = self.elsewhere(name, &key) {
            (key, is_known) = (elsewhere, true);
        }
        if !is_known {
            if self.is_abroad(&key) {
                self.introduce(&key, name);
                if let Some(table) = self.schema.table_mut(&key) {
                    table.foreign = true;
                }
                self.register(&key);
                return Some(key);
            }
            if self.schema.is_complete()
                || self.schema.gone.contains(&key)
                || self.schema.views.contains_key(&key)
                || is_catalog(&key)
            {
                return None;
            }
            self.introduce(&key, name);
        }
        self.mind_letters(name, &key);
        self.register(&key);
        Some(key)
    }

    /// Whether what is not known there is a table of another server.
    fn is_abroad(&self, key: &Key) -> bool {
        let schema = Key {
            schema: key.schema.clone(),
            name: "".into(),
        };
        self.schema.abroad.contains(&schema) && !self.schema.views.contains_key(key)
    }

    /// A table of which nothing is known but its name.
    fn introduce(&mut self, key: &Key, name: &Name) {
        let table = Table {
            id: self.schema.fresh(),
            name: name.clone(),
            columns: ColumnList::default(),
            open: true,
            transient: false,
            temporary: false,
            foreign: false,
            engine: Engine::Transactional,
            storage: Storage::PLAIN,
            derived: false,
            constraints: Arc::default(),
            of: None,
            parents: Vec::new(),
            partition: false,
            attached: false,
            unproven: false,
            doubled: false,
            twin: false,
            added: Default::default(),
            parted: None,
            decorations: Default::default(),
            forced: false,
            lent: false,
            rules: Default::default(),
            charset: None,
            collation: None,
            history: None,
            members: Vec::new(),
            text: None,
            first: None,
            commas: Vec::new(),
        };
        self.schema.put_table(key.clone(), Arc::new(table));
    }

    /// The one table of that name in another schema: the connection may look there.
    fn elsewhere(&self, name: &Name, key: &Key) -> Option<Key> {
        if name.schema.is_some()
            || !self.schema.is_complete()
            || self.schema.views.contains_key(key)
        {
            return None;
        }
        let lasting =
            |other: &&Key| other.schema.as_deref() != Some(super::tables::temporary::TEMPORARY);
        let mut found = self
            .each(1, self.schema.tables.keys())
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
        self.spend(width(table.columns.len()));
        let object = self.object_at(key, &table.name);
        if table.derived {
            self.ledger.set_rows(table.id, Vec::new());
            self.ledger.set_rests(table.id, Vec::new());
        }
        for column in &table.columns {
            if column.is.generated.is_some() || table.derived {
                // Computed from the others: nothing of its own.
                self.ledger.set_values(column.id, Vec::new());
            }
        }
        if let Some(table) = self.schema.tables.get(key) {
            let met = Met {
                key: key.clone(),
                table: Arc::clone(table),
            };
            self.ledger.met.insert(table.id, met);
        }
        self.ledger.names.insert(table.id, object);
    }

    /// Notes what a table or column that the direction found is called from this statement on.
    pub(super) fn note_rename(&mut self, id: Id, to: Object) {
        if self.ledger.created.contains(&id) {
            return;
        }
        if let Some(object) = self.ledger.name(id) {
            let statement = self.statement;
            self.ledger.renames.push(Renamed {
                object,
                to,
                statement,
            });
        }
    }

    /// The column `name` of the table at `key`; named from here on where the table is open.
    pub(crate) fn column(&mut self, key: &Key, name: &str) -> Option<Id> {
        let dialect = self.dialect;
        let table = self.schema.table(key)?;
        let known = table.column(dialect, name);
        if let Some(column) = known.or_else(|| table.by_rowid(dialect, name)) {
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
                let fresh = self.schema.fresh_column(id);
                self.ledger.created.add(fresh);
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
            table.columns.push(Column::new(column, Arc::new(written)));
        }
        Some(column)
    }

    /// The type that the column had at the start.
    pub(crate) fn first_type(&self, column: Id) -> Option<Type> {
        let table = &self.ledger.met.get(&column.home())?.table;
        let written = &table.columns.of_id(column)?.is;
        let ty = self.declared(table, written)?;
        // A type of the migrations' own may be another one by now.
        if let Some(own) = self.first_own_type(ty) {
            return Some(own);
        }
        let charset = written.charset.as_deref().or(table.charset.as_deref());
        Some(Type::parse(self.dialect, ty).with_charset(charset))
    }

    /// The definition of a column, by its id.
    pub(crate) fn written(&self, key: &Key, column: Id) -> Option<&Arc<Written>> {
        let table = self.schema.table(key)?;
        table.columns.of_id(column).map(|c| &c.is)
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

fn looks_in_public(path: &[String]) -> bool {
    let usual = |schema: &String| !is_own(schema);
    path.iter().any(usual)
}
