//! Which columns and tables go with a type, a routine, a view or a schema of PostgreSQL that they depend on?

use crate::act::{Column, Name};
use crate::judge::renaming::text::may_name;
use crate::judge::run::Run;
use crate::judge::values::meaning::type_name;
use crate::schema::{Id, Key, Table, Type};
use crate::{Dialect, LossKind, family};

/// The types that something goes with.
#[derive(Debug, Clone)]
pub(in crate::judge) enum Wanted {
    One(Key),
    /// Of that name, in whichever schema: an extension may have put it anywhere.
    Called(String),
    /// All of a schema.
    In(Key),
}

impl Wanted {
    /// The name of the one that is meant.
    fn name(&self) -> Option<&str> {
        match self {
            Wanted::One(key) => Some(&key.name),
            Wanted::Called(name) => Some(name),
            Wanted::In(_) => None,
        }
    }
}

impl Run<'_> {
    pub(in crate::judge) fn one_type(&self, ty: &Name) -> Wanted {
        Wanted::One(self.key(ty))
    }

    /// `DROP TYPE … CASCADE`: its columns go, wherever they are.
    pub(in crate::judge) fn drop_type_with_all(&mut self, ty: &Name) {
        let key = self.key(ty);
        let made = self.schema.types.get(&key).cloned();
        let known = self.schema.is_complete() || made.is_some();
        let since = made.as_ref().map(|made| made.since);
        self.drop_all_of(&Wanted::One(key));
        if let Some(several) = made.and_then(|made| family::multirange(self.dialect, &made.text)) {
            self.drop_all_of(&self.one_type(&several));
        }
        if !known || self.has_untold(since) {
            self.unknown(format!(
                "which columns are of the type {} is not known",
                ty.name
            ));
        }
    }

    /// Everything that has such a type, or one that is made of it.
    pub(in crate::judge) fn drop_all_of(&mut self, wanted: &Wanted) {
        for (table, column) in self.columns_of(wanted) {
            self.register(&table);
            self.drop_column(&table, &column, true, LossKind::DropType);
        }
        for table in self.tables_of(wanted) {
            self.drop_at(&table, true);
        }
        for made in self.types_over(wanted) {
            self.drop_made(&made);
        }
        for (of, attribute) in self.composites_of(wanted) {
            self.drop_attribute(&of, &attribute);
        }
    }

    /// A type goes because what it was made of does. None is met twice: it is there no longer.
    fn drop_made(&mut self, ty: &Name) {
        let key = self.key(ty);
        let Some(gone) = self.schema.types.remove(&key) else {
            return;
        };
        self.drop_all_of(&Wanted::One(key));
        if let Some(name) = family::multirange(self.dialect, &gone.text) {
            self.drop_all_of(&self.one_type(&name));
        }
    }

    /// A view or table that goes is a type as well.
    pub(in crate::judge) fn drop_rows_of_view(&mut self, view: &Name) {
        if self.dialect == Dialect::Postgres {
            self.drop_all_of(&self.one_type(view));
        }
    }

    /// `DROP FUNCTION … CASCADE`: a partitioned table goes whose key calls it, and a type that it reads, writes or measures.
    pub(in crate::judge) fn drop_all_over(&mut self, routine: &Name) {
        if self.dialect != Dialect::Postgres {
            return;
        }
        let wanted = self.key(routine);
        let dialect = self.dialect;
        let calls = |text: &str| {
            self.spend(text.len() / 8);
            let called = family::called_in_partition_key(dialect, text);
            called.iter().any(|name| self.key(name) == wanted)
        };
        let tables = self.each(2, self.schema.tables.iter());
        let tables = tables.filter(|(_, table)| table.text.as_deref().is_some_and(calls));
        let tables: Vec<Key> = tables.map(|(key, _)| key.clone()).collect();
        for table in tables {
            self.drop_at(&table, true);
        }
        let names = |ty: &Type| {
            let named = family::functions_of_type(dialect, &ty.text);
            named.iter().any(|name| self.key(name) == wanted)
        };
        let types = self.each(4, self.schema.types.values());
        let types = types.filter(|ty| ty.labels.is_none() && names(ty));
        let types: Vec<Name> = types.map(|ty| ty.name.clone()).collect();
        for ty in types {
            self.drop_made(&ty);
        }
    }

    /// `DROP SCHEMA … CASCADE`, whose tables have gone: what stands elsewhere and needs something in it goes too.
    pub(in crate::judge) fn drop_all_outside(&mut self, schema: &Key) {
        if self.dialect != Dialect::Postgres {
            return;
        }
        let inside = |key: &Key| key.schema == schema.schema;
        let routines = self.each(2, self.schema.routines.iter());
        let routines = routines.filter(|(key, _)| inside(key));
        let routines: Vec<Name> = routines.map(|(_, own)| own.name.clone()).collect();
        for routine in routines {
            self.drop_all_over(&routine);
        }
        self.drop_all_of(&Wanted::In(schema.clone()));
        for (table, column) in self.columns_sorted_by(schema) {
            self.register(&table);
            self.drop_column(&table, &column, true, LossKind::DropSchema);
        }
    }

    /// The columns of all tables that a collation of the schema sorts.
    fn columns_sorted_by(&self, schema: &Key) -> Vec<(Key, String)> {
        let Some(schema) = schema.schema.as_deref() else {
            return Vec::new();
        };
        self.columns_that(|column| {
            let sorted = column.collation.is_some();
            let of = sorted.then(|| family::collation_schema(self.dialect, &column.text));
            of.flatten().is_some_and(|of| of == schema)
        })
    }

    /// Whether a table that the migrations made has a column whose type is not written anywhere, and was not there before
    /// the type was.
    pub(in crate::judge) fn has_untold(&self, since: Option<Id>) -> bool {
        let later = |id: Id| since.is_none_or(|since| id.is_after(since));
        let mut tables = self.each(1, self.schema.tables.values());
        self.dialect == Dialect::Postgres
            && tables.any(|table| {
                let met = table.open && (table.text.is_none() || table.of.is_some());
                let mut columns = self.each(4, table.columns.iter());
                !met && (table.open && later(table.id)
                    || columns.any(|column| column.is.ty.is_none() && later(column.id)))
            })
    }

    pub(in crate::judge) fn columns_of(&self, wanted: &Wanted) -> Vec<(Key, String)> {
        self.columns_that(|column| {
            let ty = column.ty.as_deref();
            ty.is_some_and(|ty| self.is_made_of(ty, wanted))
        })
    }

    fn columns_that(&self, wanted: impl Fn(&Column) -> bool) -> Vec<(Key, String)> {
        let mut found = Vec::new();
        for (key, table) in self.each(2, self.schema.tables.iter()) {
            for column in self.each(4, table.columns.iter()) {
                if wanted(&column.is) {
                    found.push((key.clone(), column.is.name.clone()));
                }
            }
        }
        found
    }

    /// The tables that are made of a composite type.
    pub(in crate::judge) fn tables_of(&self, wanted: &Wanted) -> Vec<Key> {
        let made = |table: &Table| {
            table
                .of
                .as_ref()
                .is_some_and(|of| self.is_wanted(of, wanted))
        };
        let tables = self.each(1, self.schema.tables.iter());
        let tables = tables.filter(|(_, table)| made(table));
        tables.map(|(key, _)| key.clone()).collect()
    }

    /// The domains and ranges over a type.
    pub(in crate::judge) fn types_over(&self, wanted: &Wanted) -> Vec<Name> {
        let over = |ty: &Type| match &ty.base {
            Some(base) => self.is_made_of(base, wanted),
            None => {
                ty.labels.is_none()
                    && family::subtype(self.dialect, &ty.text)
                        .is_some_and(|subtype| self.is_made_of(&subtype, wanted))
            }
        };
        let types = self.each(8, self.schema.types.values());
        let types = types.filter(|ty| over(ty));
        types.map(|ty| ty.name.clone()).collect()
    }

    /// The composite types that have attributes of the type, and those attributes.
    pub(in crate::judge) fn composites_of(&self, wanted: &Wanted) -> Vec<(Name, String)> {
        let types = self.each(8, self.schema.types.values());
        let composites = types.filter(|other| other.labels.is_none() && other.base.is_none());
        let mut found = Vec::new();
        for other in composites {
            for attribute in family::attributes(self.dialect, &other.text) {
                let of = |ty: &str| self.is_made_of(ty, wanted);
                if attribute.ty.as_deref().is_some_and(of) {
                    found.push((other.name.clone(), attribute.name));
                }
            }
        }
        found
    }

    /// Whether a column so declared is of the type, or of an array of it.
    fn is_made_of(&self, written: &str, wanted: &Wanted) -> bool {
        let is_other = |name: &str| is_usual(written) && !name.eq_ignore_ascii_case(written);
        let differs = |name: &str| is_other(name) || !may_name(written, name);
        if wanted.name().is_some_and(differs) {
            return false;
        }
        let bare = written.split(['(', '[']).next().unwrap_or_default().trim();
        let of_array = bare.len().checked_sub(" array".len());
        let bare = match of_array.and_then(|at| Some((bare.get(..at)?, bare.get(at..)?))) {
            Some((bare, array)) if array.eq_ignore_ascii_case(" array") => bare.trim(),
            _ => bare,
        };
        let name = bare.rsplit('.').next().unwrap_or_default();
        if is_otherwise(name, wanted) {
            return false;
        }
        let written = type_name(bare);
        // The server calls the type of an array so. (<https://www.postgresql.org/docs/15/sql-createtype.html>)
        let element = written.name.strip_prefix('_').map(|element| Name {
            schema: written.schema.clone(),
            name: element.to_owned(),
        });
        self.is_wanted(&written, wanted)
            || (self.dialect == Dialect::Postgres
                && element.is_some_and(|element| self.is_wanted(&element, wanted)))
    }

    fn is_wanted(&self, ty: &Name, wanted: &Wanted) -> bool {
        // What was found on a search path has its schema.
        let key = Key::of(self.dialect, ty);
        match wanted {
            Wanted::One(wanted) => key == *wanted,
            Wanted::Called(name) => ty.name == *name,
            Wanted::In(schema) => {
                let own = || self.schema.types.contains_key(&key);
                key.schema == schema.schema && (key.schema.is_some() || own())
            }
        }
    }
}

/// Whether the letters of a written name alone say that it is not the one.
fn is_otherwise(written: &str, wanted: &Wanted) -> bool {
    let Some(name) = wanted.name() else {
        return false;
    };
    let written = written.trim_matches('"');
    let element = written.strip_prefix('_').unwrap_or(written);
    let differs = |a: &str| a.is_ascii() && name.is_ascii() && !a.eq_ignore_ascii_case(name);
    differs(written) && differs(element)
}

/// Whether it is the whole name of a type, as most columns are declared: it is no other one's then, nor that of an array.
fn is_usual(written: &str) -> bool {
    matches!(
        written,
        "text"
            | "int"
            | "integer"
            | "bigint"
            | "smallint"
            | "boolean"
            | "timestamp"
            | "timestamp with time zone"
            | "timestamp without time zone"
            | "timestamptz"
            | "double precision"
            | "TEXT"
            | "INT"
            | "INTEGER"
            | "BIGINT"
            | "BOOLEAN"
            | "TIMESTAMP"
    )
}
