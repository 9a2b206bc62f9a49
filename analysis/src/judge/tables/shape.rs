//! Of which columns and keys is a new table made, by its statement and by those tables that it is made after?

use crate::act::{Column as Written, Constraint, Copied, Engine, NewTable, Restriction, Storage};
use crate::judge::flow::{Flow, Relation};
use crate::judge::run::Run;
use crate::schema::{Id, Index, Key, NameSet, Table};
use crate::{Dialect, family};
use std::sync::Arc;

/// What a CREATE TABLE makes, before it stands.
pub(in crate::judge) struct Shape {
    pub(in crate::judge) columns: Vec<Arc<Written>>,
    pub(in crate::judge) constraints: Vec<Constraint>,
    /// It may have other columns besides.
    pub(in crate::judge) open: bool,
    pub(in crate::judge) storage: Storage,
    pub(in crate::judge) engine: Option<Engine>,
    pub(in crate::judge) charset: Option<String>,
    pub(in crate::judge) collation: Option<String>,
    /// MariaDB keeps what its rows were.
    pub(in crate::judge) versioned: bool,
    pub(in crate::judge) members: Vec<crate::act::Name>,
    pub(in crate::judge) parents: Vec<Id>,
    /// How its rows are shared out among partitions, where that is as those of another table are.
    pub(in crate::judge) parted: Option<Id>,
    /// The indexes that it takes over from a table that it is like.
    pub(in crate::judge) indexes: Vec<(Key, Arc<Index>)>,
}

impl Shape {
    /// What `new` says by itself.
    fn of(dialect: Dialect, new: &NewTable) -> Shape {
        let module = new.module.as_deref();
        let of_text =
            module.filter(|module| family::keeps_text(module) && !new.foreign && !new.derived);
        let of_text = of_text.and_then(|module| family::full_text_columns(module, &new.text));
        Shape {
            // The columns of another virtual table are its module's business.
            open: module.is_some() && of_text.is_none(),
            storage: Storage {
                full_text: of_text.is_some(),
                ..family::storage(dialect, &new.text)
            },
            columns: of_text.into_iter().flatten().map(Arc::new).collect(),
            constraints: new.constraints.clone(),
            engine: new.engine,
            charset: new.charset.clone(),
            collation: new.collation.clone(),
            versioned: dialect == Dialect::MySql && family::keeps_history(&new.text),
            members: match new.engine {
                Some(Engine::Merge) => family::members(&new.text),
                _ => Vec::new(),
            },
            parents: Vec::new(),
            parted: None,
            indexes: Vec::new(),
        }
    }

    /// `LIKE table`.
    fn resemble(&mut self, table: &Table) {
        self.engine = self.engine.or(Some(table.engine));
        self.charset = self.charset.take().or_else(|| table.charset.clone());
        self.collation = self.collation.take().or_else(|| table.collation.clone());
        self.versioned |= table.history.is_some();
        self.members.extend(table.members.iter().cloned());
        self.parted = self.parted.or(table.parted);
    }
}

impl Run<'_> {
    pub(in crate::judge) fn shape(&mut self, new: &NewTable, relation: Option<&Relation>) -> Shape {
        let mut shape = Shape::of(self.dialect, new);
        let inherited = new.inherits.iter().map(|of| (of, Copied::INHERITED, true));
        let part = new.partition_of.iter().map(|of| (of, Copied::ALL, true));
        let like = new.like.iter().map(|of| (&of.table, of.copied, false));
        for (of, copied, is_parent) in inherited.chain(part).chain(like) {
            let model = self
                .meet_if_exists(of)
                .and_then(|key| self.schema.tables.get(&key).cloned());
            let Some(table) = model else {
                shape.open = true;
                continue;
            };
            // They are looked at again when the direction is over.
            self.spend(8 * table.columns.len());
            let columns = table
                .columns
                .iter()
                .map(|c| copied.column(self.dialect, &c.is));
            shape.columns.extend(columns);
            let kept = table.constraints.iter().filter(|c| copied.takes(&c.rule));
            shape.constraints.extend(kept.cloned());
            shape.open |= table.open;
            if is_parent {
                shape.parents.push(table.id);
                continue;
            }
            if copied.keys {
                shape.indexes.extend(self.schema.indexes_of(table.id));
            }
            shape.resemble(&table);
        }
        if let Some(of) = &new.of {
            let attributes = self.attributes(of).into_iter().map(Arc::new);
            shape.columns.extend(attributes);
            // The type may have been given others since.
            shape.open = true;
        }
        shape.columns.extend(new.columns.iter().cloned());
        if let Some(relation) = relation {
            self.bring(&mut shape, relation);
        }
        shape
    }

    /// The columns of `AS SELECT`: MySQL has them beside those that are defined, elsewhere it fills these one by one.
    fn bring(&self, shape: &mut Shape, relation: &Relation) {
        let by_name = self.dialect == Dialect::MySql;
        if !by_name && !shape.columns.is_empty() {
            return;
        }
        // MySQL keeps the NOT NULL of a column of one table. (<https://mariadb.com/kb/en/create-table/#create-table-select>)
        let keeps = by_name && relation.table.is_some();
        // SQLite takes the type of a column from the first of several queries.
        let first = |flow: &Flow| match self.dialect {
            Dialect::Sqlite => flow.mixed.first().map(|(_, ty)| ty.clone()),
            Dialect::Postgres | Dialect::MySql => None,
        };
        let brought = relation.columns.iter().map(|flow| Written {
            name: flow.name.clone().unwrap_or_default(),
            ty: flow.ty.clone().or_else(|| first(flow)),
            not_null: keeps && flow.plain && flow.required,
            charset: flow.charset.clone(),
            collation: flow.collation.clone(),
            ..Written::default()
        });
        let is_new = |new: &Written| {
            let mut defined = shape.columns.iter();
            !defined.any(|own| self.same(&own.name, &new.name))
        };
        let brought: Vec<Arc<Written>> = brought.filter(is_new).map(Arc::new).collect();
        shape.columns.extend(brought);
        shape.open |= relation.open;
    }

    /// Lets the keys of the table that will stand at `key` find what they refer to, and primary keys forbid NULL; returns the columns
    /// as they were before that.
    pub(in crate::judge) fn bind_keys(
        &mut self,
        key: &Key,
        new: &NewTable,
        shape: &mut Shape,
    ) -> Vec<Arc<Written>> {
        for column in &mut shape.columns {
            if column.constraints.iter().any(is_foreign_key) {
                let column = Arc::make_mut(column);
                column
                    .constraints
                    .iter_mut()
                    .for_each(|c| self.find_referred(c));
            }
        }
        let constraints = shape.constraints.iter_mut();
        constraints.for_each(|c| self.find_referred(c));
        let keys = shape.columns.iter().flat_map(|column| &column.constraints);
        for constraint in keys.chain(&shape.constraints) {
            self.miss_parent(key, constraint);
        }
        let own = shape.columns.clone();
        // SQLite lets NULL into a primary key unless the rows are kept by it.
        if self.dialect != Dialect::Sqlite || shape.storage.without_rowid {
            let keys = own.iter().flat_map(|column| &column.constraints);
            for constraint in new.constraints.iter().chain(keys) {
                self.require_key(&mut shape.columns, constraint);
            }
        }
        own
    }

    /// The columns of a primary key are NOT NULL.
    fn require_key(&self, columns: &mut [Arc<Written>], constraint: &Constraint) {
        let Restriction::PrimaryKey(key) = &constraint.rule else {
            return;
        };
        let key = NameSet::of(self.dialect, key);
        for column in columns {
            if !column.not_null && key.has(&column.name) {
                Arc::make_mut(column).not_null = true;
            }
        }
    }

    /// PostgreSQL looks for the table of a foreign key once, when it is made.
    pub(in crate::judge) fn find_referred(&self, constraint: &mut Constraint) {
        if let Restriction::ForeignKey { table, .. } = &mut constraint.rule
            && table.schema.is_none()
            && self.dialect == Dialect::Postgres
        {
            let key = self.key(table);
            if key.schema.is_some() || self.schema.tables.contains_key(&key) {
                let schema = key.schema.as_deref().unwrap_or("public");
                table.schema = Some(schema.to_owned());
            }
        }
    }
}

pub(in crate::judge) fn is_foreign_key(constraint: &Constraint) -> bool {
    matches!(constraint.rule, Restriction::ForeignKey { .. })
}
