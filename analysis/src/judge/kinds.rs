//! What becomes of types, and of the columns that have them?

use std::sync::Arc;

use super::refuse::Torn;
use super::run::Run;
use crate::LossKind;
use crate::act::{Act, Column, Name};
use crate::family;
use crate::schema::{Key, Table, Type};

/// The types that extensions [of PostgreSQL itself](https://www.postgresql.org/docs/15/contrib.html) bring, and pgvector's; none
/// of these brings a table. What else depends on one can be made again.
const BROUGHT: &[(&str, &[&str])] = &[
    ("btree_gin", &[]),
    ("btree_gist", &[]),
    ("citext", &["citext"]),
    ("cube", &["cube"]),
    ("fuzzystrmatch", &[]),
    ("hstore", &["hstore"]),
    ("ltree", &["ltree", "lquery", "ltxtquery"]),
    ("moddatetime", &[]),
    ("pg_stat_statements", &[]),
    ("pg_trgm", &[]),
    ("pgcrypto", &[]),
    ("seg", &["seg"]),
    ("tablefunc", &[]),
    ("unaccent", &[]),
    ("uuid-ossp", &[]),
    ("vector", &["vector", "halfvec", "sparsevec"]),
];

impl Run<'_> {
    pub(super) fn type_act(&mut self, act: &Act) {
        match act {
            Act::CreateType {
                name,
                labels,
                base,
                text,
            } => {
                let key = self.key(name);
                let ty = Type {
                    name: name.clone(),
                    labels: labels.clone(),
                    base: base.clone(),
                    text: text.clone(),
                };
                self.schema.types.insert(key, Arc::new(ty));
            }
            Act::DropType { name, cascade, .. } => {
                if *cascade {
                    self.drop_columns_of(name);
                } else {
                    self.torn.push((Torn::Type(name.clone()), self.span));
                }
                let key = self.key(name);
                self.schema.types.remove(&key);
            }
            Act::RenameType { name, to } => self.rename_type(name, to),
            Act::AddLabel { name, label, .. } => {
                let key = self.key(name);
                if let Some(ty) = self.schema.types.get_mut(&key)
                    && let Some(labels) = &mut Arc::make_mut(ty).labels
                    && !labels.contains(label)
                {
                    labels.push(label.clone());
                }
            }
            Act::RenameLabel { name, from, to } => {
                let key = self.key(name);
                if let Some(ty) = self.schema.types.get_mut(&key)
                    && let Some(labels) = &mut Arc::make_mut(ty).labels
                {
                    for label in labels.iter_mut().filter(|label| *label == from) {
                        label.clone_from(to);
                    }
                }
            }
            Act::DropAttribute {
                name, attribute, ..
            } => {
                let found = self.drop_attribute(name, attribute);
                if !found && !self.schema.is_complete() {
                    self.unknown(format!(
                        "which columns hold the attribute {attribute} is not known"
                    ));
                }
            }
            _ => {}
        }
    }

    /// The values of a composite type lose a part, and the tables made of it a column; whether there are any.
    fn drop_attribute(&mut self, ty: &Name, attribute: &str) -> bool {
        let (columns, made_of) = (self.columns_of(ty), self.tables_of(ty));
        for table in &made_of {
            self.register(table);
            self.drop_column(table, attribute, true, LossKind::DropColumn);
        }
        for (table, column) in &columns {
            let cause = self.cause(LossKind::DropColumn);
            self.register(table);
            if let Some((id, column)) = self
                .schema
                .table(table)
                .and_then(|t| Some((t.id, t.column(self.dialect, column)?.id)))
            {
                self.ledger.hit_column(id, column, cause);
                self.ledger.set_values(column, Vec::new());
            }
        }
        !(columns.is_empty() && made_of.is_empty())
    }

    /// `DROP EXTENSION … CASCADE` of one that is `new` if nothing can depend on it but what the migrations made.
    pub(super) fn drop_extension(&mut self, name: &str, new: bool) {
        let brought = BROUGHT.iter().find(|(known, _)| *known == name);
        let types = match brought {
            Some((_, types)) => types,
            None if name == "postgis" => &["geometry", "geography", "raster", "box2d", "box3d"][..],
            None => &[name][..],
        };
        for ty in types {
            self.drop_known_columns_of(&Name::plain(*ty));
        }
        let all = match brought {
            Some((_, types)) => new || types.is_empty(),
            None => false,
        };
        if !all && !self.schema.is_complete() {
            self.unknown(format!(
                "which columns depend on the extension {name} is not known"
            ));
        }
    }

    /// Whether a column so declared is of the type, or of an array of it.
    fn is_made_of(&self, written: &str, wanted: &Key) -> bool {
        let bare = written.split(['(', '[']).next().unwrap_or_default().trim();
        let mut parts = bare.rsplitn(2, '.');
        let unquote = |part: &str| {
            if part.starts_with('"') {
                part.trim_matches('"').to_owned()
            } else {
                part.to_lowercase()
            }
        };
        let name = parts.next().map(unquote).unwrap_or_default();
        let schema = parts.next().map(unquote);
        self.key(&Name { schema, name }) == *wanted
    }

    /// The domains over a type.
    fn domains_over(&self, ty: &Name) -> Vec<Name> {
        let wanted = self.key(ty);
        let types = self.each(4, self.schema.types.values());
        let over = |base: &str| self.is_made_of(base, &wanted);
        let domains = types.filter(|other| other.base.as_deref().is_some_and(over));
        domains.map(|domain| domain.name.clone()).collect()
    }

    /// The composite types that have attributes of the type, and those attributes.
    fn composites_of(&self, ty: &Name) -> Vec<(Name, String)> {
        let wanted = self.key(ty);
        let types = self.each(8, self.schema.types.values());
        let composites = types.filter(|other| other.labels.is_none() && other.base.is_none());
        let mut found = Vec::new();
        for other in composites {
            for attribute in family::attributes(self.dialect, &other.text) {
                let of = |ty: &str| self.is_made_of(ty, &wanted);
                if attribute.ty.as_deref().is_some_and(of) {
                    found.push((other.name.clone(), attribute.name));
                }
            }
        }
        found
    }

    pub(super) fn columns_of(&self, ty: &Name) -> Vec<(Key, String)> {
        let wanted = self.key(ty);
        let is = |written: &str| self.is_made_of(written, &wanted);
        let mut found = Vec::new();
        for (key, table) in self.each(1, self.schema.tables.iter()) {
            for column in self.each(4, table.columns.iter()) {
                if column.is.ty.as_deref().is_some_and(is) {
                    found.push((key.clone(), column.is.name.clone()));
                }
            }
        }
        found
    }

    /// The columns of a type go with it.
    fn drop_columns_of(&mut self, ty: &Name) {
        let known = self.schema.is_complete() || self.schema.types.contains_key(&self.key(ty));
        self.drop_known_columns_of(ty);
        if !known {
            self.unknown(format!(
                "which columns are of the type {} is not known",
                ty.name
            ));
        }
    }

    fn drop_known_columns_of(&mut self, ty: &Name) {
        let columns = self.columns_of(ty);
        for (table, column) in columns {
            self.register(&table);
            self.drop_column(&table, &column, true, LossKind::DropType);
        }
        for table in self.tables_of(ty) {
            self.drop_at(&table, true);
        }
        for domain in self.domains_over(ty) {
            let key = self.key(&domain);
            self.schema.types.remove(&key);
            self.drop_known_columns_of(&domain);
        }
        for (of, attribute) in self.composites_of(ty) {
            self.drop_attribute(&of, &attribute);
        }
    }

    /// The tables that are made of a composite type.
    fn tables_of(&self, ty: &Name) -> Vec<Key> {
        let wanted = self.key(ty);
        let of = |table: &Table| table.of.as_ref().is_some_and(|of| self.key(of) == wanted);
        let tables = self.each(1, self.schema.tables.iter());
        let tables = tables.filter(|(_, table)| of(table));
        tables.map(|(key, _)| key.clone()).collect()
    }

    /// What a composite type is made of, where that is known.
    pub(super) fn attributes(&self, ty: &Name) -> Vec<Column> {
        let ty = self.schema.types.get(&self.key(ty));
        ty.map_or_else(Vec::new, |ty| family::attributes(self.dialect, &ty.text))
    }

    fn rename_type(&mut self, name: &Name, to: &Name) {
        let from = self.key(name);
        let target = Key {
            name: Key::of(self.dialect, to).name,
            schema: Key::of(self.dialect, to)
                .schema
                .or_else(|| from.schema.clone()),
        };
        let (columns, made_of) = (self.columns_of(name), self.tables_of(name));
        if let Some(mut ty) = self.schema.types.remove(&from) {
            Arc::make_mut(&mut ty).name = to.clone();
            self.schema.types.insert(target, ty);
        }
        for key in made_of {
            if let Some(table) = self.schema.table_mut(&key) {
                table.of = Some(to.clone());
            }
        }
        // Columns keep their type, whatever it is called.
        let dialect = self.dialect;
        for (table, column) in columns {
            if let Some(table) = self.schema.table_mut(&table)
                && let Some(column) = table.column_mut(dialect, &column)
            {
                let shown = match &to.schema {
                    Some(schema) => {
                        format!("{}.{}", dialect.quote(schema), dialect.quote(&to.name))
                    }
                    None => dialect.quote(&to.name),
                };
                Arc::make_mut(&mut column.is).ty = Some(shown);
            }
        }
    }
}
