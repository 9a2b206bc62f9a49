//! What becomes of schema and data when a table is created?

use super::shape::is_foreign_key;
use super::temporary::{is_temporary, temporary_key};
use crate::act::{Column as Written, Constraint, Engine, Name, NewTable, Restriction};
use crate::judge::flow::Relation;
use crate::judge::run::Run;
use crate::schema::{Column, Id, Index, Key, Table};
use crate::{Access, Dialect};
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
        let Some(key) = self.make_room(new, name, temporary) else {
            return;
        };
        self.refuse_twins(new);
        self.refuse_untyped(new);
        let mut shape = self.shape(new, relation.as_ref());
        let own = self.bind_keys(&key, new, &mut shape);
        let id = self.schema.fresh();
        self.ledger.created.add(id);
        if new.if_not_exists && !self.schema.is_complete() {
            self.ledger.perhaps.add(id);
            if !self.is_freed(name) {
                self.ledger.unsure.insert(id, name.name.clone());
                if let Some(relation) = &relation {
                    self.doubt_copy(name, relation);
                }
            }
        }
        let columns = std::mem::take(&mut shape.columns);
        columns.iter().for_each(|column| self.meet_type(column));
        let columns: Vec<Column> = columns
            .into_iter()
            .map(|is| {
                let id = self.schema.fresh_column(id);
                self.ledger.created.add(id);
                Column::new(id, self.placed(is))
            })
            .collect();
        let engine = shape.engine.unwrap_or(self.engine);
        // Of MySQL's engines some keep no foreign keys. (<https://mariadb.com/kb/en/foreign-keys/>)
        shape
            .constraints
            .retain(|constraint| match constraint.rule {
                Restriction::Index(_) => false,
                Restriction::ForeignKey { .. } => engine == Engine::Transactional,
                _ => true,
            });
        let parted = match shape.parted {
            None if shares_out(self.dialect, &new.text) => Some(self.schema.fresh()),
            like => like,
        };
        let table = Table {
            id,
            name: name.clone(),
            columns: columns.into(),
            open: shape.open,
            transient: temporary || engine.is_transient(),
            engine,
            storage: shape.storage,
            temporary,
            foreign: new.foreign,
            derived: new.derived,
            constraints: Arc::new(shape.constraints),
            of: new.of.clone(),
            partition: new.partition_of.is_some(),
            attached: false,
            unproven: false,
            doubled: false,
            twin: false,
            added: Default::default(),
            parted,
            parents: shape.parents,
            decorations: Default::default(),
            forced: false,
            lent: self.settings.acts_as_other,
            rules: Default::default(),
            charset: shape.charset,
            collation: shape.collation,
            text: Some(new.text.as_str().into()),
            first: None,
            commas: Vec::new(),
            history: shape.versioned.then(|| self.new_history()),
            members: shape.members,
        };
        self.schema.gone.remove(&key);
        let plain = self.key(name);
        self.strangers.remove(&plain);
        self.schema.unsettled |= temporary;
        self.schema.put_table(key.clone(), Arc::new(table));
        let written = new.constraints.iter();
        let written = written.chain(own.iter().flat_map(|column| &column.constraints));
        self.index_keys(&key, id, written, shape.indexes);
        self.name_own_columns(&key, new);
        self.touch(&key, Access::Create);
        if let Some(relation) = relation {
            self.fill(&key, id, new, relation);
        }
    }

    /// Where the table will stand; none where it is not made, since one stands there.
    fn make_room(&mut self, new: &NewTable, name: &Name, temporary: bool) -> Option<Key> {
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
        } else if exists {
            self.mind_letters_made(name, &key);
            if !new.if_not_exists {
                self.exists(name);
            }
            if new.if_not_exists || self.perhaps > 0 || !self.is_stranger(&key) {
                return None;
            }
            // Where it is made, what was asked for before was not there.
            self.schema.take_table(&key);
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
        Some(key)
    }

    /// Whether nothing is known of the table but that it was asked for.
    fn is_stranger(&self, key: &Key) -> bool {
        let table = self.schema.table(key);
        table.is_some_and(|table| table.open && table.text.is_none())
    }

    /// Whether no table of this name is there, although not all are known: a migration has dropped it, or the pair says so.
    pub(in crate::judge) fn is_freed(&self, name: &Name) -> bool {
        let key = self.key(name);
        let mut freed = self.freed.tables.iter();
        self.schema.gone.contains(&key) || freed.any(|freed| self.key(freed) == key)
    }

    /// The same of a column.
    pub(super) fn is_freed_column(&self, key: &Key, column: &str) -> bool {
        let mut freed = self.freed.columns.iter();
        freed.any(|(table, name)| self.same(name, column) && self.key(table) == *key)
    }

    /// Nothing is copied where the table was there already.
    fn doubt_copy(&mut self, name: &Name, relation: &Relation) {
        let mut copied = relation.values();
        copied.extend(&relation.rests);
        copied.extend(relation.sources());
        let name = &name.name;
        self.doubt(
            format!(
                "`{name}` may be there already, and then nothing is copied: without IF NOT EXISTS the script stops instead"
            ),
            &copied,
        );
    }

    /// Values are cut on MySQL where the table was there already, with columns of other types.
    pub(in crate::judge) fn doubt_cuts(&mut self, table: &Table, relation: &Relation) {
        let may_be_there = self.dialect == Dialect::MySql
            && self.ledger.perhaps.contains(&table.id)
            && !self.is_freed(&table.name);
        if !may_be_there {
            return;
        }
        let name = &table.name.name;
        self.doubt(
            format!(
                "`{name}` may be there already, with columns that cut what comes into them: without IF NOT EXISTS the script stops instead"
            ),
            &relation.values(),
        );
    }

    /// The indexes of the keys that were `written`, and those that came with the shape of another table.
    fn index_keys<'c>(
        &mut self,
        key: &Key,
        table: Id,
        written: impl Iterator<Item = &'c Constraint> + Clone,
        copied: Vec<(Key, Arc<Index>)>,
    ) {
        // A foreign key is served by any key that is written beside it.
        let keys = written
            .clone()
            .filter(|constraint| !is_foreign_key(constraint));
        for constraint in keys.chain(written.filter(|constraint| is_foreign_key(constraint))) {
            self.index_of_constraint(key, constraint, crate::schema::Origin::Table);
        }
        for (other, index) in copied {
            let here = match self.dialect {
                Dialect::MySql => self.index_key(key, &other.name),
                _ => self.unnamed_index(key, &index.columns),
            };
            let copy = Index {
                table,
                ..(*index).clone()
            };
            self.schema.add_index(here, Arc::new(copy));
        }
    }

    /// The rows of `CREATE TABLE … AS SELECT`.
    fn fill(&mut self, key: &Key, id: Id, new: &NewTable, relation: Relation) {
        self.filled.add(id);
        *self.fillings.entry(id).or_default() += 1;
        let rests = relation.rests.clone();
        let held = relation.columns.iter().filter(|flow| flow.not_null);
        let held: Vec<String> = held.filter_map(|flow| flow.name.clone()).collect();
        if new.columns.is_empty() {
            self.pour_positions(key, relation);
            self.ledger.set_rests(id, rests);
        } else if self.dialect == Dialect::MySql {
            let names: Vec<String> = relation
                .columns
                .iter()
                .map(|flow| flow.name.clone().unwrap_or_default())
                .collect();
            self.pour(key, &names, relation, false, None);
            self.ledger.set_rests(id, rests);
        } else {
            self.pour(key, &[], relation, false, None);
        }
        let held = held.iter().filter_map(|name| self.column(key, name));
        for column in held.collect::<Vec<_>>() {
            self.ledger.given.add(column);
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
            *self.fillings.entry(id).or_default() += 1;
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
            if let Some(table) = self.schema.tables.get(key).cloned() {
                self.ledger.set_rows(table.id, relation.rows.clone());
                self.pour_parts(&table, relation);
            }
            return;
        }
        self.pour(key, &names, relation, false, None);
    }
}

/// Whether a statement of MySQL that makes a table may share out its rows among partitions.
fn shares_out(dialect: Dialect, text: &str) -> bool {
    // Comments and lines may stand between the words.
    dialect == Dialect::MySql && text.to_ascii_lowercase().contains("partition")
}
