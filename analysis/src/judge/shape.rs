//! What becomes of tables when they are created, dropped and renamed?

use std::sync::Arc;

use super::flow::Relation;
use super::losses::Other;
use super::refuse::Torn;
use super::renamed::table_in;
use super::run::Run;
use crate::act::{
    Column as Written, Conflict, Constraint, Copied, Engine, Name, NewTable, Restriction,
};
use crate::schema::{Column, Id, Index, Key, Table};
use crate::{Access, Age, Dialect, LossKind, Object, family};

/// The schema of temporary tables; no user can type its name.
pub(crate) const TEMPORARY: &str = "\u{0}temporary";

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
        let key = if temporary {
            temporary_key(&self.key(name))
        } else {
            self.key(name)
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
        let said = clauses(self.dialect, &new.text);
        let options = said.rsplit(')').next().unwrap_or_default();
        // SQLite lets NULL into a primary key unless the rows are kept by it.
        let strict = self.dialect != Dialect::Sqlite || said.contains("without rowid");
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
        let own = columns.clone();
        let own = || own.iter().flat_map(|column| &column.constraints);
        for constraint in new.constraints.iter().chain(own()) {
            let Restriction::PrimaryKey(key) = &constraint.rule else {
                continue;
            };
            let named = |column: &Written| key.iter().any(|name| self.same(name, &column.name));
            let changes = |column: &Written| strict && !column.not_null && named(column);
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
            transient: temporary || engine == Engine::Volatile,
            engine,
            strict: options.contains("strict"),
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
            on_conflict: written_conflict(&said),
            history: None,
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

    pub(crate) fn drop_table(&mut self, name: &Name, if_exists: bool, cascade: bool) {
        let key = match if_exists {
            true => self.meet_if_exists(name),
            false => self.meet(name, false),
        };
        let Some(key) = key else {
            if !if_exists {
                self.missing(name);
                return;
            }
            let object = Object {
                schema: name.schema.clone(),
                table: name.name.clone(),
                column: None,
            };
            self.drop_stranger(name, object);
            return;
        };
        self.touch(&key, Access::Alter);
        if let Some(table) = self.schema.table(&key) {
            self.drops.push(super::run::Dropped {
                id: table.id,
                table: table.name.clone(),
                column: None,
                span: self.span,
            });
        }
        self.drop_at(&key, cascade);
        if !cascade {
            self.torn.push((Torn::Table(key), self.span));
        }
    }

    /// Where nothing was built yet, nobody drops what was never there, if not to make it anew.
    fn drop_stranger(&mut self, name: &Name, object: Object) {
        let key = self.key(name);
        let there_before = self.first && !self.schema.gone.contains(&key);
        if !there_before || self.schema.views.contains_key(&key) || is_temporary(name) {
            return;
        }
        let (cause, age) = (self.cause(LossKind::DropTable), Age::Older);
        self.strangers.insert(key, Other { object, age, cause });
    }

    pub(crate) fn drop_temporary(&mut self, name: &Name) {
        let key = temporary_key(&self.key(name));
        if self.schema.tables.contains_key(&key) {
            self.drop_at(&key, false);
        }
    }

    /// `DROP SERVER … CASCADE`: its tables are no longer seen from here.
    pub(super) fn drop_foreign_of(&mut self, server: &str) {
        let of = |table: &Table| {
            let text = table.text.as_deref().filter(|_| table.foreign);
            text.is_some_and(|text| family::server(text).is_some_and(|own| own == server))
        };
        let tables = self.each(2, self.schema.tables.iter());
        let tables = tables.filter(|(_, table)| of(table));
        let tables: Vec<(Key, Name)> = tables
            .map(|(key, table)| (key.clone(), table.name.clone()))
            .collect();
        for (key, name) in tables {
            self.register(&key);
            self.remove(&key);
            self.drop_rows_of_view(&name);
        }
    }

    /// A table of another server is no longer seen from here.
    pub(crate) fn drop_foreign(&mut self, name: &Name) {
        let key = self.key(name);
        if self.schema.table(&key).is_some_and(|table| table.foreign) {
            self.register(&key);
            self.remove(&key);
        }
    }

    /// The table goes, with its rows and whatever belongs to it.
    pub(crate) fn drop_at(&mut self, key: &Key, cascade: bool) {
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        self.register(key);
        if !self.proves_keys() {
            self.leave_unproven(key);
        }
        // SQLite deletes the rows one by one where foreign keys are in force.
        if self.dialect == Dialect::Sqlite && self.foreign_keys {
            self.cascade(key);
        }
        let kind = if !table.partition {
            LossKind::DropTable
        } else {
            LossKind::DropPartition
        };
        let cause = self.cause(kind);
        self.ledger.hit_table(&table, cause);
        self.orphan_views(key);
        self.remove(key);
        let children = self.offspring(table.id);
        for child in children {
            // What merely inherits has rows of its own.
            match self
                .schema
                .table(&child)
                .is_some_and(|table| table.partition)
            {
                true => self.remove(&child),
                false if self.enter() => {
                    self.drop_at(&child, cascade);
                    self.leave();
                }
                false => self.unknown("the tables inherit from each other too deeply".to_owned()),
            }
        }
        if cascade {
            self.drop_foreign_keys(key);
            if self.dialect == Dialect::Postgres {
                // A table is a type as well.
                self.drop_all_of(&self.one_type(&table.name));
                self.drop_views_over(key);
            }
        }
    }

    pub(super) fn remove(&mut self, key: &Key) {
        if let Some(table) = self.schema.take_table(key) {
            let id = table.id;
            for column in &table.columns {
                self.drop_own_sequence(key, &column.is.name);
            }
            let triggers = self.schema.triggers_of(id);
            let triggers: Vec<_> = triggers.map(|(key, _)| key.clone()).collect();
            for key in triggers {
                self.schema.triggers.remove(&key);
            }
            for (key, _) in self.schema.indexes_of(id) {
                self.schema.remove_index(&key);
            }
            self.schema.gone.add(key.clone());
        }
    }

    /// The foreign keys that refer to what is gone go too.
    fn drop_foreign_keys(&mut self, parent: &Key) {
        for child in self.children(parent) {
            let dialect = self.dialect;
            if let Some(table) = self.schema.table_mut(&child) {
                let refers = |constraint: &crate::act::Constraint| matches!(&constraint.rule, crate::act::Restriction::ForeignKey { table, .. } if parent.is_of(dialect, table, None));
                table.retain_constraints(|constraint| !refers(constraint));
            }
        }
    }

    pub(crate) fn rename_tables(&mut self, pairs: &[(Name, Name)]) {
        for (from, to) in pairs {
            self.rename_table(from, to, false);
        }
    }

    pub(crate) fn rename_table(&mut self, from: &Name, to: &Name, if_exists: bool) {
        let Some(key) = self.meet(from, if_exists) else {
            let old = self.key(from);
            if self.schema.views.contains_key(&old) {
                self.rename_view(from, to);
            } else if !if_exists {
                self.missing(from);
            }
            return;
        };
        self.touch(&key, Access::Alter);
        let mut target = Key::of(self.dialect, to);
        // A table stays in its schema unless another one is named.
        if to.schema.is_none() {
            target.schema.clone_from(&key.schema);
        }
        if self.schema.tables.contains_key(&target) && target != key {
            self.exists(to);
            return;
        }
        self.move_table(&key, target, to);
    }

    pub(crate) fn move_table(&mut self, key: &Key, target: Key, shown: &Name) {
        self.keep_names(key);
        let to = Name {
            schema: target
                .schema
                .as_ref()
                .map(|schema| shown.schema.clone().unwrap_or_else(|| schema.to_string())),
            name: shown.name.clone(),
        };
        self.look_at_table(key, &to);
        let Some(mut table) = self.schema.take_table(key) else {
            return;
        };
        Arc::make_mut(&mut table).name = to.clone();
        self.schema.gone.add(key.clone());
        self.schema.gone.remove(&target);
        self.strangers.remove(&target);
        let (id, old) = (table.id, key.name.clone());
        self.schema.put_table(target.clone(), table);
        for (index_key, index) in self.schema.indexes_of(id) {
            self.spend(super::renamed::cost(&index.text));
            if self.is_exhausted() {
                return;
            }
            self.schema.remove_index(&index_key);
            let text = table_in(self.dialect, &index.text, &old, &to.name);
            let index = Index {
                text,
                ..Index::clone(&index)
            };
            let index_key = self.index_key(&target, &index_key.name);
            self.schema.add_index(index_key, Arc::new(index));
        }
        self.redirect(key, &to);
        self.follow_type(key, &to);
        self.follow_table(&old, &to.name);
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

    /// Foreign keys follow the table that they refer to.
    fn redirect(&mut self, from: &Key, to: &Name) {
        // SQLite leaves them at the old name where its legacy mode says so; then they meet the rebuilt table again.
        let dialect = self.dialect;
        let children = self.children(from);
        // One that was written without a schema was found on the search path: the table here, if it is the only one.
        let moved = Key::of(dialect, to);
        let home = from.schema.as_deref().filter(|_| !children.is_empty());
        let home = home.filter(|_| {
            let mut keys = self.each(1, self.schema.tables.keys());
            !keys.any(|key| key.name == from.name && *key != *from && *key != moved)
        });
        let mut referred = to.clone();
        if dialect == Dialect::Postgres {
            referred.schema.get_or_insert_with(|| "public".to_owned());
        }
        for child in children {
            if let Some(table) = self.schema.table(&child) {
                let texts = table.columns.iter().map(|column| column.is.text.len());
                let created = table.text.as_ref().map_or(0, |text| text.len());
                self.spend((created + texts.sum::<usize>()) / 2);
            }
            if self.is_exhausted() {
                return;
            }
            if let Some(table) = self.schema.table_mut(&child) {
                let rewritten = |text: &str| table_in(dialect, text, &from.name, &to.name);
                table.text = table.text.as_deref().map(|text| rewritten(text).into());
                let follow = |constraint: &mut crate::act::Constraint| {
                    if let crate::act::Restriction::ForeignKey { table, .. } = &mut constraint.rule
                        && from.is_of(dialect, table, home)
                    {
                        constraint.text = table_in(dialect, &constraint.text, &from.name, &to.name);
                        *table = referred.clone();
                    }
                };
                Arc::make_mut(&mut table.constraints)
                    .iter_mut()
                    .for_each(follow);
                for column in &mut table.columns {
                    if !column.is.constraints.is_empty() {
                        let column = Arc::make_mut(&mut column.is);
                        column.constraints.iter_mut().for_each(follow);
                        column.text = rewritten(&column.text);
                    }
                }
            }
            self.schema.has_new_kin(&child);
        }
    }

    /// What stands at `key` and is written as `name`, which may leave the schema to a search path.
    pub(crate) fn object_at(&self, key: &Key, name: &Name) -> Object {
        let schema = match &key.schema {
            Some(schema) if **schema == *TEMPORARY => None,
            Some(schema) => Some(name.schema.clone().unwrap_or_else(|| schema.to_string())),
            None => None,
        };
        Object {
            schema,
            table: name.name.clone(),
            column: None,
        }
    }
}

fn is_foreign_key(constraint: &Constraint) -> bool {
    matches!(constraint.rule, Restriction::ForeignKey { .. })
}

/// The words of SQLite's CREATE TABLE, single blanks between them; the other databases' clauses are in the model.
fn clauses(dialect: Dialect, text: &str) -> String {
    match dialect {
        Dialect::Sqlite => {
            let mut clauses = String::with_capacity(text.len());
            for word in text.split_whitespace() {
                if !clauses.is_empty() {
                    clauses.push(' ');
                }
                clauses.push_str(word);
            }
            match clauses.is_ascii() {
                true => {
                    clauses.make_ascii_lowercase();
                    clauses
                }
                false => clauses.to_lowercase(),
            }
        }
        Dialect::Postgres | Dialect::MySql => String::new(),
    }
}

/// What a key of SQLite says of rows that are in the way: `UNIQUE ON CONFLICT REPLACE`.
fn written_conflict(clauses: &str) -> Conflict {
    if clauses.contains("on conflict replace") {
        Conflict::Replace
    } else if clauses.contains("on conflict ignore") {
        Conflict::Skip
    } else {
        Conflict::Fail
    }
}

pub(crate) fn is_temporary(name: &Name) -> bool {
    name.schema.as_deref().is_some_and(|schema| {
        matches!(
            schema.to_ascii_lowercase().as_str(),
            "temp" | "temporary" | "pg_temp"
        )
    })
}

pub(crate) fn temporary_key(key: &Key) -> Key {
    Key {
        schema: Some(TEMPORARY.into()),
        name: key.name.clone(),
    }
}
