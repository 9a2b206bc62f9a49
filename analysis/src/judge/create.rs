//! What becomes of schema and data when a table is created?

use super::flow::Relation;
use super::run::Run;
use super::temporary::{is_temporary, temporary_key};
use crate::act::{Column as Written, Constraint, Copied, Engine, Name, NewTable, Restriction};
use crate::schema::{Column, Id, Index, Key, Table};
use crate::{Access, Dialect, family};
use std::sync::Arc;

impl Run<'_> {
    pub(crate) fn create_table(&mut self, new: &NewTable) {
        let Some(name) = &new.name else {
            return;
        };
        let relation = new.source.as_ref().map(|(query, data)| {
            let mut relation = self.query(query);
            if !data {
                relation = Relation {
                    columns: relation.columns,
                    open: relation.open,
                    ..Relation::default()
                };
            }
            relation
        });
        let temporary = new.temporary || is_temporary(name);
        if temporary {
            self.loosen_bound(&name.name);
        }
        let key = if temporary {
            temporary_key(&self.key(name))
        } else {
            self.key_made(name)
        };
        let exists = self.schema.tables.contains_key(&key)
            || (!temporary && self.schema.views.contains_key(&key));
        if exists && new.or_replace {
            self.drop_at(&key, false);
        } else if exists && new.if_not_exists {
            return;
        } else if exists {
            self.exists(name);
            return;
        } else if new.or_replace
            && !temporary
            && !self.schema.is_complete()
            && !self.schema.gone.contains(&key)
        {
            // MariaDB drops what stands there.
            if self.meet_if_exists(name).is_some() {
                self.drop_at(&key, false);
            }
        }
        let mut columns: Vec<Arc<Written>> = Vec::new();
        let mut open = false;
        let mut engine = new.engine;
        let mut texts = (None, None);
        let of_mysql = self.dialect == Dialect::MySql;
        let mut versioned = of_mysql && family::keeps_history(&new.text);
        let mut members = match engine {
            Some(Engine::Merge) => family::members(&new.text),
            _ => Vec::new(),
        };
        let mut parents: Vec<Id> = Vec::new();
        let mut constraints = new.constraints.clone();
        let mut indexes: Vec<(Key, Arc<Index>)> = Vec::new();
        let inherited = new.inherits.iter().map(|of| (of, Copied::INHERITED, true));
        let part = new.partition_of.iter().map(|of| (of, Copied::ALL, true));
        let like = new.like.iter().map(|of| (&of.table, of.copied, false));
        for (of, copied, is_parent) in inherited.chain(part).chain(like) {
            match self
                .meet_if_exists(of)
                .and_then(|key| self.schema.tables.get(&key).cloned())
            {
                Some(table) => {
                    // They are looked at again when the direction is over.
                    self.spend(8 * table.columns.len());
                    columns.extend(table.columns.iter().map(|c| copied.column(&c.is)));
                    let kept = table.constraints.iter().filter(|c| copied.takes(&c.rule));
                    constraints.extend(kept.cloned());
                    if copied.keys && !is_parent {
                        indexes.extend(self.schema.indexes_of(table.id));
                    }
                    open |= table.open;
                    match is_parent {
                        true => parents.push(table.id),
                        false => {
                            engine = engine.or(Some(table.engine));
                            texts = (table.charset.clone(), table.collation.clone());
                            versioned |= of_mysql && table.history.is_some();
                            members.extend(table.members.iter().cloned());
                        }
                    }
                }
                None => open = true,
            }
        }
        if let Some(of) = &new.of {
            columns.extend(self.attributes(of).into_iter().map(Arc::new));
            // The type may have been given others since.
            open = true;
        }
        columns.extend(new.columns.iter().cloned());
        // MySQL's query brings its columns beside those that are defined, the others' fills these one by one.
        let by_name = self.dialect == Dialect::MySql;
        if let Some(relation) = &relation
            && (columns.is_empty() || by_name)
        {
            // MySQL keeps the NOT NULL of a column of one table. (<https://mariadb.com/kb/en/create-table/#create-table-select>)
            let keeps = by_name && relation.table.is_some();
            let brought = relation.columns.iter().map(|flow| Written {
                name: flow.name.clone().unwrap_or_default(),
                ty: flow.ty.clone(),
                not_null: keeps && flow.plain && flow.not_null,
                charset: flow.charset.clone(),
                collation: flow.collation.clone(),
                ..Written::default()
            });
            let brought: Vec<Arc<Written>> = brought
                .filter(|new| !columns.iter().any(|own| self.same(&own.name, &new.name)))
                .map(Arc::new)
                .collect();
            columns.extend(brought);
            open |= relation.open;
        }
        let storage = family::storage(self.dialect, &new.text);
        // SQLite lets NULL into a primary key unless the rows are kept by it.
        let required = self.dialect != Dialect::Sqlite || storage.without_rowid;
        for column in &mut columns {
            if column.constraints.iter().any(is_foreign_key) {
                let column = Arc::make_mut(column);
                column
                    .constraints
                    .iter_mut()
                    .for_each(|c| self.find_referred(c));
            }
        }
        constraints.iter_mut().for_each(|c| self.find_referred(c));
        let keys = columns.iter().flat_map(|column| &column.constraints);
        for constraint in keys.chain(&constraints) {
            self.miss_parent(&key, constraint);
        }
        let own = columns.clone();
        let own = || own.iter().flat_map(|column| &column.constraints);
        for constraint in new.constraints.iter().chain(own()) {
            let Restriction::PrimaryKey(key) = &constraint.rule else {
                continue;
            };
            let named = |column: &Written| key.iter().any(|name| self.same(name, &column.name));
            let changes = |column: &Written| required && !column.not_null && named(column);
            for column in columns.iter_mut().filter(|column| changes(column)) {
                Arc::make_mut(column).not_null = true;
            }
        }
        // The columns of a virtual table are its module's business.
        open |= new.module.is_some();
        let id = self.schema.fresh();
        self.ledger.created.add(id);
        if new.if_not_exists && !self.schema.is_complete() {
            self.ledger.perhaps.add(id);
        }
        columns.iter().for_each(|column| self.meet_type(column));
        let columns: Vec<Column> = columns
            .into_iter()
            .map(|is| {
                let id = self.schema.fresh_column(id);
                self.ledger.created.add(id);
                Column::new(id, self.placed(is))
            })
            .collect();
        let engine = engine.unwrap_or(self.engine);
        // Of MySQL's engines some keep no foreign keys. (<https://mariadb.com/kb/en/foreign-keys/>)
        constraints.retain(|constraint| match constraint.rule {
            Restriction::Index(_) => false,
            Restriction::ForeignKey { .. } => engine == Engine::Transactional,
            _ => true,
        });
        let table = Table {
            id,
            name: name.clone(),
            columns,
            open,
            transient: temporary || engine.is_transient(),
            engine,
            storage,
            temporary,
            foreign: new.foreign,
            derived: new.derived,
            constraints: Arc::new(constraints),
            of: new.of.clone(),
            partition: new.partition_of.is_some(),
            attached: false,
            unproven: false,
            added: Default::default(),
            parents,
            decorations: Default::default(),
            forced: false,
            rules: Default::default(),
            charset: new.charset.clone().or(texts.0),
            collation: new.collation.clone().or(texts.1),
            text: Some(new.text.as_str().into()),
            history: versioned.then(|| self.new_history()),
            members,
        };
        self.schema.gone.remove(&key);
        let plain = self.key(name);
        self.strangers.remove(&plain);
        self.schema.unsettled |= temporary;
        self.schema.put_table(key.clone(), Arc::new(table));
        // A foreign key is served by any key that is written beside it.
        let of_key = |constraint: &&crate::act::Constraint| {
            matches!(constraint.rule, Restriction::ForeignKey { .. })
        };
        let written = || new.constraints.iter().chain(own());
        let keys = written().filter(|constraint| !of_key(constraint));
        for constraint in keys.chain(written().filter(of_key)) {
            self.index_of_constraint(&key, constraint, crate::schema::Origin::Table);
        }
        for (other, index) in indexes {
            let here = match self.dialect {
                Dialect::MySql => self.index_key(&key, &other.name),
                _ => self.unnamed_index(&key, &index.columns),
            };
            let copy = Index {
                table: id,
                ..(*index).clone()
            };
            self.schema.add_index(here, Arc::new(copy));
        }
        self.touch(&key, Access::Create);
        if let Some(relation) = relation {
            self.filled.add(id);
            *self.fillings.entry(id).or_default() += 1;
            let rests = relation.rests.clone();
            let held = relation.columns.iter().filter(|flow| flow.not_null);
            let held: Vec<String> = held.filter_map(|flow| flow.name.clone()).collect();
            if new.columns.is_empty() {
                self.pour_positions(&key, relation);
                self.ledger.set_rests(id, rests);
            } else if by_name {
                let names: Vec<String> = relation
                    .columns
                    .iter()
                    .map(|flow| flow.name.clone().unwrap_or_default())
                    .collect();
                self.pour(&key, &names, relation, false, None);
                self.ledger.set_rests(id, rests);
            } else {
                self.pour(&key, &[], relation, false, None);
            }
            let held = held.iter().filter_map(|name| self.column(&key, name));
            for column in held.collect::<Vec<_>>() {
                self.ledger.given.add(column);
            }
        }
    }

    /// `SELECT … INTO table`.
    pub(crate) fn create_from(&mut self, name: &Name, temporary: bool, relation: Relation) {
        let new = NewTable {
            name: Some(name.clone()),
            temporary,
            columns: relation
                .columns
                .iter()
                .map(|flow| Written {
                    name: flow.name.clone().unwrap_or_default(),
                    ty: flow.ty.clone(),
                    ..Written::default()
                })
                .map(Arc::new)
                .collect(),
            ..NewTable::default()
        };
        self.create_table(&new);
        let key = self.key(name);
        let rests = relation.rests.clone();
        let open = relation.open;
        self.pour_positions(&key, relation);
        if let Some(table) = self.schema.table_mut(&key) {
            table.open = open;
            table.text = None;
            let id = table.id;
            self.filled.add(id);
            self.ledger.set_rests(id, rests);
        }
    }

    /// The columns of the table are those of the relation, one by one.
    fn pour_positions(&mut self, key: &Key, relation: Relation) {
        let names: Vec<String> = match self.schema.table(key) {
            Some(table) => table
                .columns
                .iter()
                .map(|column| column.is.name.clone())
                .collect(),
            None => return,
        };
        if names.is_empty() {
            // Everything is unnamed: only rows and rests come.
            if let Some(id) = self.schema.table(key).map(|table| table.id) {
                self.ledger.set_rows(id, relation.rows.clone());
            }
            return;
        }
        self.pour(key, &names, relation, false, None);
    }

    /// PostgreSQL looks for the table of a foreign key once, when it is made.
    pub(super) fn find_referred(&self, constraint: &mut Constraint) {
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

fn is_foreign_key(constraint: &Constraint) -> bool {
    matches!(constraint.rule, Restriction::ForeignKey { .. })
}
