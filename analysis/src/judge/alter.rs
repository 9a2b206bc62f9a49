//! What becomes of a table and its data when it is altered?

use super::flow::Placed;
use super::run::{Noted, Run};
use crate::act::{Change, Column as Written, Constraint, Name, Restriction, Value};
use crate::schema::{Column, Id, Key};
use crate::types::{Cast, Fit, Type};
use crate::{Access, Dialect, LossKind, Object};

impl Run<'_> {
    pub(crate) fn alter_table(&mut self, name: &Name, if_exists: bool, change: &Change) {
        if let Change::Rename(to) = change {
            self.rename_table(name, to, if_exists);
            return;
        }
        let Some(key) = self.meet(name, if_exists) else {
            let known = if_exists || self.schema.views.contains_key(&self.key(name));
            if !known {
                let object = Object {
                    schema: name.schema.clone(),
                    table: name.name.clone(),
                    column: None,
                };
                self.note(Noted::Missing { object });
            }
            return;
        };
        self.touch(&key, access(change));
        if !matches!(change, Change::Inert)
            && let Some(table) = self.schema.table_mut(&key)
        {
            table.text = None;
        }
        match change {
            Change::Inert
            | Change::Rename(_)
            | Change::ReorganizePartitions
            | Change::AddPartitions(_) => {}
            Change::ExchangePartition { with, .. } => {
                self.meet_if_exists(with);
            }
            Change::Unknown(reason) => self.unknown(reason.clone()),
            Change::AddColumn {
                column,
                if_not_exists,
            } => self.add_column(&key, column, *if_not_exists),
            Change::DropColumn {
                name, if_exists, ..
            } => self.drop_column(&key, name, *if_exists, LossKind::DropColumn),
            Change::RenameColumn { from, to } => self.rename_column(&key, from, to),
            Change::Redefine {
                from,
                column,
                if_exists,
            } => self.redefine(&key, from, column, *if_exists),
            Change::SetType { column, ty, using } => {
                self.set_type(&key, column, ty, using.as_ref())
            }
            Change::SetNotNull(column) => self.set_not_null(&key, column, true),
            Change::DropNotNull(column) => self.set_not_null(&key, column, false),
            Change::SetDefault { column, default } => {
                self.with_column(&key, column, |c| c.default.clone_from(default))
            }
            Change::DropExpression(column) => {
                self.with_column(&key, column, |c| c.generated = None)
            }
            Change::Identity { column, on } => self.with_column(&key, column, |c| c.identity = *on),
            Change::AddConstraint(constraint) => self.add_constraint(&key, constraint),
            Change::DropConstraint { name, .. } | Change::DropForeignKey(name) => {
                self.drop_constraint(&key, name)
            }
            Change::DropIndex(name) => {
                self.drop_constraint(&key, name);
                let index = self.index_key(&key, name);
                self.schema.indexes.remove(&index);
            }
            Change::DropPrimaryKey => {
                if let Some(table) = self.schema.table_mut(&key) {
                    let primary = |c: &Constraint| matches!(c.rule, Restriction::PrimaryKey(_));
                    table.constraints.retain(|c| !primary(c));
                    for column in &mut table.columns {
                        column.is.constraints.retain(|c| !primary(c));
                    }
                }
            }
            Change::RenameConstraint { from, to } => {
                if let Some(table) = self.schema.table_mut(&key) {
                    for constraint in &mut table.constraints {
                        if constraint.name.as_ref() == Some(from) {
                            constraint.name = Some(to.clone());
                        }
                    }
                }
            }
            Change::RenameIndex { from, to } => {
                let (from, to) = (self.index_key(&key, from), self.index_key(&key, to));
                if let Some(index) = self.schema.indexes.remove(&from) {
                    self.schema.indexes.insert(to, index);
                }
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
            Change::DropPartitions(_) => self.drop_partition(&key, LossKind::DropPartition),
            Change::TruncatePartitions(_) => self.drop_partition(&key, LossKind::Truncate),
            Change::ConvertCharset(charset) => self.convert(&key, charset),
            Change::RowSecurity(on) => {
                if let Some(table) = self.schema.table_mut(&key) {
                    let rule = crate::act::Decoration::RowSecurity;
                    if *on {
                        table.decorations.insert(rule);
                    } else {
                        table.decorations.remove(&rule);
                    }
                }
            }
            Change::Volatile(on) => self.set_volatile(&key, *on),
        }
    }

    fn add_column(&mut self, key: &Key, column: &Written, if_not_exists: bool) {
        let dialect = self.dialect;
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let (id, open) = (table.id, table.open);
        if table.column(dialect, &column.name).is_some() {
            if !if_not_exists {
                let object = self.object_of_column(key, &column.name);
                self.note(Noted::Missing { object });
            }
            return;
        }
        let fresh = self.schema.fresh();
        self.ledger.created.insert(fresh);
        if if_not_exists && open {
            self.ledger.perhaps.insert(fresh);
        }
        self.ledger.except(id, fold(dialect, &column.name));
        if let Some(table) = self.schema.table_mut(key) {
            table.columns.push(Column {
                id: fresh,
                is: column.clone(),
            });
        }
    }

    pub(crate) fn drop_column(&mut self, key: &Key, name: &str, if_exists: bool, kind: LossKind) {
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
            self.drops.push(super::run::Dropped {
                id: column,
                table: table.name.clone(),
                column: Some(name.to_owned()),
                span: self.span,
            });
        }
        self.ledger.except(id, fold(dialect, name));
        let has = |column: &String| crate::schema::same(dialect, column, name);
        // An index goes with any of its columns; MySQL's with the last.
        self.schema.indexes.retain(|_, index| {
            let hit = if dialect == Dialect::MySql {
                !index.columns.is_empty() && index.columns.iter().all(has)
            } else {
                index.columns.iter().any(has)
            };
            index.table != id || !hit
        });
        self.drop_own_sequence(key, name);
        if let Some(table) = self.schema.table_mut(key) {
            table.columns.retain(|c| c.id != column);
            table
                .constraints
                .retain(|constraint| match &constraint.rule {
                    Restriction::PrimaryKey(columns)
                    | Restriction::Unique(columns)
                    | Restriction::Index(columns)
                    | Restriction::ForeignKey { columns, .. } => !columns
                        .iter()
                        .any(|c| crate::schema::same(dialect, c, name)),
                    _ => true,
                });
        }
    }

    /// The sequence that PostgreSQL made for a serial column, by its name.
    pub(crate) fn drop_own_sequence(&mut self, table: &Key, column: &str) {
        let sequence = Key {
            schema: table.schema.clone(),
            name: format!("{}_{column}_seq", table.name),
        };
        self.schema.sequences.remove(&sequence);
    }

    fn rename_column(&mut self, key: &Key, from: &str, to: &str) {
        let dialect = self.dialect;
        let Some(column) = self.column(key, from) else {
            let object = self.object_of_column(key, from);
            self.note(Noted::Missing { object });
            return;
        };
        if let Some(table) = self.schema.table_mut(key) {
            for constraint in &mut table.constraints {
                if let Restriction::PrimaryKey(columns)
                | Restriction::Unique(columns)
                | Restriction::ForeignKey { columns, .. } = &mut constraint.rule
                {
                    for name in columns
                        .iter_mut()
                        .filter(|c| crate::schema::same(dialect, c, from))
                    {
                        to.clone_into(name);
                    }
                }
            }
            if let Some(column) = table.columns.iter_mut().find(|c| c.id == column) {
                to.clone_into(&mut column.is.name);
            }
            let id = table.id;
            self.ledger.except(id, fold(dialect, to));
        }
    }

    /// MySQL's MODIFY and CHANGE.
    fn redefine(&mut self, key: &Key, from: &str, new: &Written, if_exists: bool) {
        let Some(column) = self.column(key, from) else {
            if !if_exists {
                let object = self.object_of_column(key, from);
                self.note(Noted::Missing { object });
            }
            return;
        };
        let Some(old) = self.written(key, column).cloned() else {
            return;
        };
        if !self.same(from, &new.name) {
            self.rename_column(key, from, &new.name);
        }
        let charset = self
            .schema
            .table(key)
            .and_then(|table| table.charset.clone());
        let fit = match (&old.ty, &new.ty) {
            (Some(was), Some(is)) => {
                let was = self
                    .type_of(was)
                    .with_charset(old.charset.as_deref().or(charset.as_deref()));
                let is = self
                    .type_of(is)
                    .with_charset(new.charset.as_deref().or(charset.as_deref()));
                crate::types::fit(self.dialect, &was, &is, Cast::Assigned)
            }
            _ => Fit::Unknown,
        };
        let restored = new.ty.as_deref().map(|ty| {
            let charset = new.charset.as_deref().or(charset.as_deref());
            self.type_of(ty).with_charset(charset)
        });
        // A server that is not strict puts the type's zero where NULL is no longer allowed.
        let fills = new.not_null && !old.not_null && old.ty.is_some() && !self.is_key(key, column);
        let fit = if fills { Fit::Cuts } else { fit };
        self.apply_fit(
            key,
            column,
            fit,
            old.ty.as_deref(),
            new.ty.as_deref().unwrap_or_default(),
            restored.as_ref().filter(|_| !fills),
        );
        if let Some(table) = self.schema.table_mut(key)
            && let Some(column) = table.columns.iter_mut().find(|c| c.id == column)
        {
            let constraints = std::mem::take(&mut column.is.constraints);
            column.is = new.clone();
            column.is.constraints.extend(constraints);
        }
    }

    fn is_key(&self, key: &Key, column: Id) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let Some(name) = table
            .columns
            .iter()
            .find(|c| c.id == column)
            .map(|c| &c.is.name)
        else {
            return false;
        };
        table.all_constraints().any(|constraint| {
            matches!(&constraint.rule, Restriction::PrimaryKey(columns) if columns.iter().any(|c| self.same(c, name)))
        })
    }

    fn set_type(&mut self, key: &Key, name: &str, ty: &str, using: Option<&Value>) {
        let Some(column) = self.column(key, name) else {
            let object = self.object_of_column(key, name);
            self.note(Noted::Missing { object });
            return;
        };
        let was = self
            .written(key, column)
            .and_then(|written| written.ty.clone());
        let fit = match using {
            None => match &was {
                Some(was) => self.fits(was, ty, Cast::Assigned),
                None => Fit::Unknown,
            },
            Some(value) => self.fit_using(key, column, value, ty),
        };
        let restored = using.is_none().then(|| self.type_of(ty));
        self.apply_fit(key, column, fit, was.as_deref(), ty, restored.as_ref());
        self.with_column(key, name, |c| c.ty = Some(ty.to_owned()));
    }

    /// What `USING value` makes of the column's own values.
    fn fit_using(&mut self, key: &Key, column: Id, value: &Value, ty: &str) -> Fit {
        let own = self.ledger.values(column);
        // Whatever the column is, what does not come out of it at all is lost.
        if !reads_column(value) {
            return Fit::Cuts;
        }
        let was = self
            .written(key, column)
            .and_then(|written| written.ty.clone());
        if was.is_none() && matches!(value, Value::Cast(..)) {
            return Fit::Unknown;
        }
        let relation = self.relation_of(key);
        let placed = Placed {
            name: Some(key.name.clone()),
            key: Some(key.clone()),
            relation,
        };
        // The column's values may already be gone: what matters here is the way that they take.
        let marker = if own.is_empty() { vec![column] } else { own };
        self.ledger.set_values(column, marker.clone());
        let relation = self.relation_of(key);
        let flow = self.flow(value, &[Placed { relation, ..placed }]);
        let kept = marker.iter().all(|value| flow.values.contains(value));
        if !kept {
            return Fit::Cuts;
        }
        match (&flow.ty, flow.plain) {
            (Some(from), _) => self.fits(from, ty, Cast::Assigned),
            (None, _) => Fit::Keeps,
        }
    }

    fn apply_fit(
        &mut self,
        key: &Key,
        column: Id,
        fit: Fit,
        was: Option<&str>,
        ty: &str,
        restored: Option<&Type>,
    ) {
        let Some(table) = self.schema.table(key).map(|table| table.id) else {
            return;
        };
        match fit {
            Fit::Keeps => {}
            Fit::Refuses => {
                if let Some(object) = self.name_now(key, column) {
                    self.note(Noted::Refuses {
                        object,
                        why: format!("a value does not fit into {}", ty.to_ascii_lowercase()),
                    });
                }
            }
            Fit::Cuts => {
                let cause = self.cause(LossKind::NarrowType);
                // What fitted there at the start still does.
                let fits = |value: &Id| {
                    let (first, held) = (self.ledger.types.get(value)?, restored?);
                    Some(crate::types::fit(self.dialect, first, held, Cast::Assigned) == Fit::Keeps)
                };
                let (kept, cut): (Vec<Id>, Vec<Id>) = self
                    .ledger
                    .values(column)
                    .into_iter()
                    .partition(|value| fits(value).unwrap_or(false));
                for value in cut {
                    self.ledger.hit_value(table, value, cause);
                }
                self.ledger.set_values(column, kept);
            }
            Fit::Unknown => {
                if self.ledger.values(column).is_empty() && self.ledger.created.contains(&column) {
                    return;
                }
                let reason = match was {
                    Some(was) => format!("whether {ty} can hold every value of {was} is not known"),
                    None => format!("the type that becomes {ty} is not known"),
                };
                self.unknown(reason);
            }
        }
    }

    fn set_not_null(&mut self, key: &Key, name: &str, on: bool) {
        let Some(column) = self.column(key, name) else {
            return;
        };
        let nullable = self
            .written(key, column)
            .is_some_and(|written| !written.not_null);
        if on
            && nullable
            && let Some(object) = self.name_now(key, column)
        {
            self.note(Noted::Refuses {
                object,
                why: "a row has no value there".to_owned(),
            });
        }
        self.with_column(key, name, |c| c.not_null = on);
    }

    fn with_column(&mut self, key: &Key, name: &str, change: impl FnOnce(&mut Written)) {
        let dialect = self.dialect;
        if self.column(key, name).is_some()
            && let Some(table) = self.schema.table_mut(key)
            && let Some(column) = table.column_mut(dialect, name)
        {
            change(&mut column.is);
        }
    }

    fn add_constraint(&mut self, key: &Key, constraint: &Constraint) {
        if let Some(table) = self.schema.table_mut(key)
            && !matches!(constraint.rule, Restriction::Index(_))
        {
            table.constraints.push(constraint.clone());
        }
    }

    fn drop_constraint(&mut self, key: &Key, name: &str) {
        let dialect = self.dialect;
        if let Some(table) = self.schema.table_mut(key) {
            let called = |c: &Constraint| {
                c.name
                    .as_deref()
                    .is_some_and(|own| crate::schema::same(dialect, own, name))
            };
            // PostgreSQL names what nobody named: t_pkey, t_a_key, t_a_fkey.
            let table_name = table.name.name.clone();
            let implied = |c: &Constraint| {
                dialect == Dialect::Postgres
                    && c.name.is_none()
                    && implied_name(&table_name, c).as_deref() == Some(name)
            };
            table.constraints.retain(|c| !called(c) && !implied(c));
            for column in &mut table.columns {
                column.is.constraints.retain(|c| !called(c) && !implied(c));
            }
        }
    }

    fn set_parent(&mut self, parent: &Key, child: &Name, on: bool, partition: bool) {
        let Some(parent) = self.schema.table(parent).map(|table| table.id) else {
            return;
        };
        let Some(child) = self.meet_if_exists(child) else {
            return;
        };
        self.schema.parents.insert(parent);
        if let Some(table) = self.schema.table_mut(&child) {
            table.parents.retain(|id| *id != parent);
            table.partition = on && partition;
            if on {
                table.parents.push(parent);
            }
        }
    }

    fn drop_partition(&mut self, key: &Key, kind: LossKind) {
        if let Some(table) = self.schema.table(key).cloned() {
            let cause = self.cause(kind);
            self.ledger.hit_rows(&table, false, cause, None);
            self.orphan_views(key);
        }
    }

    fn convert(&mut self, key: &Key, charset: &str) {
        let Some(table) = self.schema.table(key).cloned() else {
            return;
        };
        for column in &table.columns {
            let Some(ty) = &column.is.ty else { continue };
            let was = column.is.charset.as_deref().or(table.charset.as_deref());
            let from = self.type_of(ty).with_charset(was);
            let to = self.type_of(ty).with_charset(Some(charset));
            let fit = crate::types::fit(self.dialect, &from, &to, Cast::Assigned);
            self.apply_fit(
                key,
                column.id,
                fit,
                Some(ty),
                &format!("{ty} in {charset}"),
                Some(&to),
            );
        }
        if table.open && table.columns.is_empty() && !holds_all_characters(charset) {
            self.unknown(format!(
                "whether {charset} can hold every text is not known"
            ));
        }
        if let Some(table) = self.schema.table_mut(key) {
            table.charset = Some(charset.to_owned());
            for column in &mut table.columns {
                column.is.charset = None;
            }
        }
    }

    fn set_volatile(&mut self, key: &Key, on: bool) {
        if on && let Some(table) = self.schema.table(key).cloned() {
            let cause = self.cause(LossKind::DropOther);
            self.ledger.hit_table(&table, cause);
        }
        if let Some(table) = self.schema.table_mut(key) {
            table.transient = on || table.temporary;
        }
    }

    /// The type as `types` understands it: enums with their labels, domains by what is under them.
    pub(crate) fn type_of(&self, text: &str) -> Type {
        let mut at = text.to_owned();
        for _ in 0..8 {
            let Some(defined) = self.type_named(&at) else {
                break;
            };
            match (&defined.labels, &defined.base) {
                (Some(labels), _) => return Type::Enum(labels.clone()),
                (None, Some(base)) => at.clone_from(base),
                (None, None) => break,
            }
        }
        Type::parse(self.dialect, &at)
    }

    fn object_of_column(&self, key: &Key, name: &str) -> Object {
        let table = self.schema.table(key).map(|table| table.name.clone());
        let table = table.unwrap_or_else(|| Name::plain(key.name.clone()));
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

fn implied_name(table: &str, constraint: &Constraint) -> Option<String> {
    match &constraint.rule {
        Restriction::PrimaryKey(_) => Some(format!("{table}_pkey")),
        Restriction::Unique(columns) => Some(format!("{table}_{}_key", columns.join("_"))),
        Restriction::ForeignKey { columns, .. } => {
            Some(format!("{table}_{}_fkey", columns.join("_")))
        }
        _ => None,
    }
}

/// Whether the value comes out of a column at all.
fn reads_column(value: &Value) -> bool {
    match value {
        Value::Column(..) => true,
        Value::OneToOne(inner)
        | Value::OfIntegers(inner)
        | Value::OfFlags(inner)
        | Value::Cast(inner, _) => reads_column(inner),
        _ => false,
    }
}

fn holds_all_characters(charset: &str) -> bool {
    matches!(
        charset.to_ascii_lowercase().as_str(),
        "utf8mb4" | "utf16" | "utf32"
    )
}

fn fold(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => name.to_owned(),
        Dialect::MySql | Dialect::Sqlite => name.to_lowercase(),
    }
}

fn access(change: &Change) -> Access {
    match change {
        Change::SetType { .. }
        | Change::Redefine { .. }
        | Change::ConvertCharset(_)
        | Change::Volatile(_) => Access::Rewrite,
        _ => Access::Alter,
    }
}
