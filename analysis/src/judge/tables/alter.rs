//! What becomes of a table and its data when it is altered?

use std::sync::Arc;

use crate::act::{
    Change, Column as Written, Constraint, Decoration, Engine, Name, Place, Restriction,
};
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::judge::work::STEP;
use crate::schema::{Column, Id, Key};
use crate::{Dialect, LossKind, Object};

impl Run<'_> {
    pub(crate) fn alter_table(&mut self, name: &Name, if_exists: bool, change: &Change) {
        self.refuse_dangling(change);
        if let Change::Rename(to) = change {
            self.rename_table(name, to, if_exists);
            return;
        }
        let Some(key) = self.meet(name, if_exists) else {
            let known = if_exists || self.schema.views.contains_key(&self.key(name));
            // `ALTER TABLE view OWNER TO …`
            if matches!(change, Change::OwnerTo { other: true }) {
                self.lend(name, false);
            }
            if !known {
                self.missing(name);
            }
            return;
        };
        let access = self.access(&key, change);
        self.touch(&key, access);
        if !matches!(
            change,
            Change::Inert | Change::OwnerTo { .. } | Change::AlterConstraint
        ) && let Some(table) = self.schema.table_mut(&key)
        {
            table.text = None;
        }
        self.change_offspring(&key, change);
        match change {
            Change::Inert | Change::Rename(_) => {}
            Change::AddPartitions(names) => self.add_partitions(&key, names),
            Change::ReorganizePartitions => self.forget_added(&key),
            Change::ExchangePartition { with, .. } => self.exchange_partition(&key, with),
            Change::PartitionToTable(to) => self.partition_to_table(&key, name, to),
            Change::TableToPartition(from) => self.table_to_partition(&key, from),
            Change::Unknown(reason) => self.unknown(reason.clone()),
            Change::AddColumn {
                column,
                if_not_exists,
                place,
            } => {
                // A `*` in a body that is bound is what it was when the body was made.
                self.loosen_bound(&name.name);
                self.add_column(&key, column, *if_not_exists, place.as_ref());
            }
            Change::DropColumn {
                name,
                if_exists,
                cascade,
            } => {
                self.refuse_held(&key, name, *cascade);
                self.drop_column(&key, name, *if_exists, LossKind::DropColumn);
            }
            Change::RenameColumn { from, to } => self.rename_column(&key, from, to),
            Change::Redefine {
                from,
                column,
                if_exists,
                place,
            } => {
                if let Some(id) = self.redefine(&key, from, column, *if_exists) {
                    self.put(&key, id, place.as_ref());
                }
            }
            Change::SetType {
                column,
                ty,
                using,
                turn,
            } => {
                self.refuse_retype(&key, column);
                self.set_type(&key, column, ty, using.as_ref(), *turn);
            }
            Change::SetNotNull(column) => self.set_not_null(&key, column, true),
            Change::DropNotNull(column) => self.set_not_null(&key, column, false),
            Change::SetDefault { column, default } => {
                self.with_column(&key, column, |c| c.default.clone_from(default))
            }
            Change::DropExpression(column) => self.drop_expression(&key, column),
            Change::Identity { column, on } => self.with_column(&key, column, |c| c.identity = *on),
            Change::AddConstraint(constraint) => self.add_constraint(&key, constraint),
            Change::DropConstraint {
                name,
                cascade,
                if_exists,
            } => {
                if !if_exists {
                    self.missing_constraint(&key, name);
                }
                self.let_go();
                self.drop_constraint(&key, name, *cascade);
            }
            Change::DropForeignKey(name) => {
                self.let_go();
                self.drop_constraint(&key, name, false);
            }
            Change::DropIndex(name) => {
                self.drop_key(&key, name);
            }
            Change::DropPrimaryKey => {
                self.tear_primary_key(&key);
                if let Some(table) = self.schema.table_mut(&key) {
                    let primary = |c: &Constraint| matches!(c.rule, Restriction::PrimaryKey(_));
                    table.retain_constraints(|c| !primary(c));
                }
            }
            // Which one it is does not matter: a join along any of them may leave rows out from here on.
            Change::AlterConstraint => self.leave_unproven(&key),
            Change::RenameConstraint { from, to } => self.rename_constraint(&key, from, to),
            Change::RenameIndex { from, to } => {
                let (old, new) = (self.index_key(&key, from), self.index_key(&key, to));
                self.rename_index(&old, new, from, to);
            }
            Change::SetSchema(schema) => {
                let shown = Name {
                    schema: Some(schema.clone()),
                    name: name.name.clone(),
                };
                let target = Key::of(self.dialect, &shown);
                self.move_table(&key, target, &shown);
            }
            Change::AttachPartition(child) => self.set_parent(&key, child, true, true),
            Change::DetachPartition(child) => self.set_parent(&key, child, false, true),
            Change::Inherit { parent, on } => {
                if let Some(parent) = self.meet_if_exists(parent) {
                    let own = name.clone();
                    self.set_parent(&parent, &own, *on, false);
                }
            }
            Change::DropPartitions(names) => {
                self.empty_partitions(&key, names, LossKind::DropPartition);
                self.remove_partitions(&key, names);
            }
            Change::TruncatePartitions(names) => {
                self.empty_partitions(&key, names, LossKind::Truncate);
            }
            Change::ConvertCharset(charset) => self.convert(&key, charset),
            Change::Triggers { name, fires } => self.set_firing(&key, name.as_deref(), *fires),
            Change::Of(of) => {
                if let Some(table) = self.schema.table_mut(&key) {
                    table.of.clone_from(of);
                }
            }
            Change::RowSecurity(on) => {
                if let Some(table) = self.schema.table_mut(&key) {
                    let rule = (Decoration::RowSecurity, String::new());
                    if *on {
                        table.decorations.insert(rule, String::new());
                    } else {
                        table.decorations.remove(&rule);
                    }
                }
                self.schema.guarded |= self.hides_rows(&key);
            }
            Change::ForceRowSecurity(on) => {
                self.schema.guarded |= *on;
                if let Some(table) = self.schema.table_mut(&key) {
                    table.forced = *on;
                }
            }
            Change::OwnerTo { other } => {
                let lent = *other || self.settings.acts_as_other;
                if let Some(table) = self.schema.table_mut(&key) {
                    table.lent = lent;
                    self.schema.guarded |= self.hides_rows(&key);
                }
            }
            Change::Engine(engine) => self.set_engine(&key, *engine),
            Change::DefaultCharset(charset) => self.set_default_charset(&key, charset),
            Change::SetHidden { column, hidden } => {
                self.with_column(&key, column, |c| c.hidden = *hidden);
            }
            Change::AddHistory => self.add_history(&key),
            Change::DropHistory => {
                self.delete_history(&key);
                if let Some(table) = self.schema.table_mut(&key) {
                    table.history = None;
                }
            }
            Change::DeleteHistory => self.delete_history(&key),
            Change::Members(members) => {
                if let Some(table) = self.schema.table_mut(&key) {
                    table.members.clone_from(members);
                }
            }
        }
    }

    /// What happens to a table's columns happens to those of its partitions, and of the tables that inherit from it.
    fn change_offspring(&mut self, key: &Key, change: &Change) {
        if !concerns_offspring(change) {
            return;
        }
        let mut todo = self.offspring_at(key);
        while let Some(child) = todo.pop() {
            let width = self.schema.table(&child).map_or(0, |t| t.columns.len());
            self.spend(STEP + width / 16);
            if self.is_exhausted() {
                return;
            }
            self.register(&child);
            let hits = self.ledger.hits.len();
            match change {
                Change::AddColumn { column, .. } => self.add_column(&child, column, true, None),
                // An heir keeps it, as a column of its own.
                Change::DropColumn { .. } if self.only => return,
                Change::DropColumn { name, .. } => {
                    self.drop_column(&child, name, true, LossKind::DropColumn);
                }
                Change::RenameColumn { from, to } => self.rename_column(&child, from, to),
                Change::SetType {
                    column,
                    ty,
                    using,
                    turn,
                } => {
                    self.set_type(&child, column, ty, using.as_ref(), *turn);
                }
                Change::DropExpression(column) => self.drop_expression(&child, column),
                Change::SetNotNull(column) => self.set_not_null(&child, column, true),
                Change::DropNotNull(column) => self.set_not_null(&child, column, false),
                Change::SetDefault { column, default } => {
                    self.with_column(&child, column, |c| c.default.clone_from(default));
                }
                _ => {}
            }
            // The rows of a partition are its parent's.
            if self
                .schema
                .table(&child)
                .is_some_and(|table| table.partition)
            {
                self.ledger.hits.truncate(hits);
            }
            todo.extend(self.offspring_at(&child));
        }
    }

    /// The partitions and heirs of the table at `key`, the last one first.
    fn offspring_at(&self, key: &Key) -> Vec<Key> {
        let id = self.schema.table(key).map(|table| table.id);
        let mut found = id.map_or_else(Vec::new, |id| self.offspring(id));
        found.reverse();
        found
    }

    /// What was computed stands there from here on, and nothing computes it again.
    fn drop_expression(&mut self, key: &Key, column: &str) {
        self.fix(key, column);
        self.with_column(key, column, |c| c.generated = None);
    }

    fn add_column(
        &mut self,
        key: &Key,
        column: &Written,
        if_not_exists: bool,
        place: Option<&Place>,
    ) {
        let dialect = self.dialect;
        if if_not_exists && dialect == Dialect::Sqlite {
            self.refuse_always("SQLite knows no `ADD COLUMN IF NOT EXISTS`".to_owned());
        }
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let (id, open) = (table.id, table.open);
        self.spend(table.columns.len() / 32);
        if table.column(dialect, &column.name).is_some() {
            if !if_not_exists {
                let object = self.object_of_column(key, &column.name);
                self.note(Noted::Exists { object });
            }
            return;
        }
        if dialect != Dialect::Sqlite && column.ty.as_deref().is_none_or(is_option) {
            let name = &column.name;
            self.refuse_always(format!("the new column `{name}` has no type"));
        }
        self.refuse_no_value(key, column);
        let mut column = column.clone();
        for constraint in &mut column.constraints {
            self.find_referred(constraint);
        }
        for constraint in &column.constraints {
            self.miss_parent(key, constraint);
        }
        let fresh = self.schema.fresh_column(id);
        self.ledger.created.add(fresh);
        if if_not_exists && open {
            self.ledger.perhaps.add(fresh);
        }
        self.ledger.except(id, fold(dialect, &column.name));
        self.meet_type(&column);
        let is = self.placed(Arc::new(column.clone()));
        if let Some(table) = self.schema.table_mut(key) {
            table.columns.push(Column::new(fresh, is));
        }
        self.fill_by_default(key, fresh);
        self.put(key, fresh, place);
        for constraint in &column.constraints {
            self.schema.has_new_key(key, constraint);
        }
    }

    /// A column goes where the statement puts it.
    fn put(&mut self, key: &Key, column: Id, place: Option<&Place>) {
        let (Some(place), Some(table)) = (place, self.schema.table_mut(key)) else {
            return;
        };
        if !table.put(self.dialect, column, place)
            && !table.open
            && let Place::After(before) = place
        {
            self.unknown(format!(
                "there is no column `{before}` for the column to stand after"
            ));
        }
    }

    pub(crate) fn drop_column(&mut self, key: &Key, name: &str, if_exists: bool, kind: LossKind) {
        if if_exists && self.dialect == Dialect::Sqlite {
            self.refuse_always("SQLite knows no `DROP COLUMN IF EXISTS`".to_owned());
        }
        let Some(column) = self.column(key, name) else {
            if !if_exists {
                let object = self.object_of_column(key, name);
                self.note(Noted::Missing { object });
            }
            return;
        };
        let dialect = self.dialect;
        let cause = self.cause(kind);
        let Some(id) = self.schema.table(key).map(|table| table.id) else {
            return;
        };
        self.ledger.hit_column(id, column, cause);
        if let Some(table) = self.schema.table(key) {
            self.drops.push(crate::judge::refuse::notes::Dropped {
                id: column,
                table: table.name.clone(),
                column: Some(name.to_owned()),
                span: self.span,
            });
        }
        self.ledger.except(id, fold(dialect, name));
        let has = |column: &String| crate::schema::same(dialect, column, name);
        // An index goes with any of its columns, PostgreSQL's with any that its expressions read; MySQL's with the last.
        let indexes = self.schema.indexes_of(id);
        self.spend(2 * indexes.len());
        for (key, index) in indexes {
            let goes = match dialect {
                Dialect::MySql => !index.columns.is_empty() && index.columns.iter().all(has),
                Dialect::Postgres => index.columns.iter().any(has) || index.computes_of(name),
                Dialect::Sqlite => index.columns.iter().any(has),
            };
            if goes {
                self.schema.remove_index(&key);
            }
        }
        self.drop_own_sequence(key, name);
        self.drop_part_of_rows(key);
        if let Some(table) = self.schema.table_mut(key) {
            table.columns.remove(column);
            table
                .decorations
                .remove(&(Decoration::Comment, name.to_owned()));
            let stays = |constraint: &Constraint| match &constraint.rule {
                Restriction::PrimaryKey(columns)
                | Restriction::Unique(columns)
                | Restriction::Index(columns)
                | Restriction::ForeignKey { columns, .. } => !columns
                    .iter()
                    .any(|c| crate::schema::same(dialect, c, name)),
                // PostgreSQL's go with any column that they name.
                Restriction::Check | Restriction::Exclude => {
                    dialect != Dialect::Postgres || !constraint.reads(name)
                }
                _ => true,
            };
            for column in table.columns.iter_mut() {
                if !column.is.constraints.iter().all(stays) {
                    Arc::make_mut(&mut column.is).constraints.retain(stays);
                }
            }
            if !table.constraints.iter().all(stays) {
                Arc::make_mut(&mut table.constraints).retain(stays);
            }
        }
    }

    /// The sequence that PostgreSQL made for a serial column, by its name.
    pub(crate) fn drop_own_sequence(&mut self, table: &Key, column: &str) {
        if self.schema.sequences.is_empty() {
            return;
        }
        let sequence = Key {
            schema: table.schema.clone(),
            name: format!("{}_{column}_seq", table.name).into(),
        };
        if self.schema.sequences.contains_key(&sequence) {
            self.schema.sequences.remove(&sequence);
        }
    }

    pub(in crate::judge) fn with_column(
        &mut self,
        key: &Key,
        name: &str,
        change: impl FnOnce(&mut Written),
    ) {
        let dialect = self.dialect;
        if self.column(key, name).is_some()
            && let Some(table) = self.schema.table_mut(key)
        {
            table.with_column(dialect, name, |column| {
                let look = |c: &Written| (c.ty.clone(), c.not_null, c.default.clone(), c.hidden);
                let was = look(column);
                change(column);
                if was != look(column) {
                    // As it was written it is no more.
                    column.text.clear();
                }
            });
        }
    }

    fn set_parent(&mut self, parent: &Key, child: &Name, on: bool, partition: bool) {
        let Some((parent, open)) = self.schema.table(parent).map(|t| (t.id, t.open)) else {
            return;
        };
        let Some(child) = self.meet_if_exists(child) else {
            return;
        };
        if let Some(table) = self.schema.table_mut(&child) {
            table.parents.retain(|id| *id != parent);
            table.partition = false;
            table.attached = on && partition;
            if on {
                table.parents.push(parent);
            }
            // What was copied into the parent stands in its partitions, so that a partition which leaves takes some along.
            let table = table.id;
            let copied = |rows: &crate::judge::ledger::cuts::Rows| rows.table != parent;
            if partition
                && (on
                    || self.ledger.rows(parent).iter().any(copied)
                    || self.ledger.has_part_at(parent))
            {
                let partitioned = &mut self.ledger.partitioned;
                let mut parents = partitioned.get(&table).cloned().unwrap_or_default();
                if !parents.contains(&parent) {
                    parents.push(parent);
                    partitioned.insert(table, parents);
                }
            }
        }
        if on {
            self.schema.has_new_kin(&child);
        }
        self.schema.unsettled |= on && partition;
        if !on && partition && !open && self.offspring(parent).is_empty() {
            // The rows of a partitioned table stand in its partitions.
            let mut rows = self.ledger.rows(parent);
            rows.retain(|rows| rows.table != parent);
            self.ledger.set_rows(parent, rows);
        }
    }

    fn set_engine(&mut self, key: &Key, engine: Engine) {
        let volatile = engine.is_transient();
        if volatile && let Some(table) = self.schema.tables.get(key).cloned() {
            let cause = self.cause(LossKind::DropOther);
            self.ledger.hit_table(&table, cause);
        }
        if let Some(table) = self.schema.table_mut(key) {
            table.transient = volatile || table.temporary;
            table.engine = engine;
            if engine != Engine::Merge {
                table.members.clear();
            }
            if engine != Engine::Transactional {
                // Others keep no foreign keys. (<https://mariadb.com/kb/en/foreign-keys/>)
                let is_kept = |c: &Constraint| !matches!(c.rule, Restriction::ForeignKey { .. });
                Arc::make_mut(&mut table.constraints).retain(is_kept);
            }
        }
    }

    pub(in crate::judge) fn object_of_column(&self, key: &Key, name: &str) -> Object {
        let table = self.schema.table(key).map(|table| table.name.clone());
        let table = table.unwrap_or_else(|| Name::plain(&*key.name));
        Object {
            column: Some(name.to_owned()),
            ..self.object_at(key, &table)
        }
    }

    /// What the column is called now.
    pub(crate) fn name_now(&self, key: &Key, column: Id) -> Option<Object> {
        let name = self.written(key, column)?.name.clone();
        Some(self.object_of_column(key, &name))
    }

    /// The name that PostgreSQL gives to an index that has none: <https://www.postgresql.org/docs/15/sql-createindex.html>.
    pub(crate) fn unnamed_index(&mut self, table: &Key, columns: &[String]) -> Key {
        let name = crate::judge::objects::given::index_name(&table.name, columns);
        let (key, tried) = self.schema.free_index(self.index_key(table, &name));
        self.spend(tried);
        key
    }

    /// The key of an index: MySQL's live in their table, the others' in the schema.
    pub(crate) fn index_key(&self, table: &Key, name: &str) -> Key {
        let named = Key::of(self.dialect, &Name::plain(name));
        match self.dialect {
            Dialect::MySql => Key {
                schema: Some(table.name.clone()),
                name: named.name,
            },
            _ => Key {
                schema: table.schema.clone(),
                name: named.name,
            },
        }
    }
}

/// Whether what stands in a type's place begins what follows one: the parser takes any word there.
fn is_option(word: &str) -> bool {
    let options = [
        "NOT",
        "NULL",
        "DEFAULT",
        "PRIMARY",
        "UNIQUE",
        "REFERENCES",
        "CHECK",
    ];
    options
        .iter()
        .any(|option| word.eq_ignore_ascii_case(option))
}

fn concerns_offspring(change: &Change) -> bool {
    matches!(
        change,
        Change::AddColumn { .. }
            | Change::DropColumn { .. }
            | Change::RenameColumn { .. }
            | Change::SetType { .. }
            | Change::DropExpression(_)
            | Change::SetNotNull(_)
            | Change::DropNotNull(_)
            | Change::SetDefault { .. }
    )
}

pub(in crate::judge) fn fold(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => name.to_owned(),
        Dialect::MySql | Dialect::Sqlite => name.to_lowercase(),
    }
}
