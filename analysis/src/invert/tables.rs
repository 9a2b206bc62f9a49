//! How are changes of tables and rows undone?

use super::{Answer, Invert};
use crate::Dialect;
use crate::act::{
    Change, Column, Conflict, Constraint, Insert, Name, NewTable, Restriction, Rows, Update, Value,
};
use crate::schema::{Key, Table};

impl Invert<'_> {
    pub(super) fn create_table(&self, new: &NewTable) -> Answer {
        let name = new.name.as_ref()?;
        if new.temporary {
            return Some(Vec::new());
        }
        let exists = self.table(name).is_some();
        match (exists, new.if_not_exists, new.or_replace) {
            (true, true, _) => Some(Vec::new()),
            (true, false, _) | (false, _, true) => None,
            (false, _, false) => Some(vec![format!("DROP TABLE {}", self.name(name))]),
        }
    }

    pub(super) fn drop_table(&self, name: &Name) -> Answer {
        let Some(table) = self.table(name) else {
            // It was not there: nothing happened.
            return self.schema.is_complete().then(Vec::new);
        };
        if self.created.contains(&table.id) || table.temporary {
            return None;
        }
        let mut again = vec![self.definition(table)?];
        let indexes = self
            .schema
            .indexes
            .values()
            .filter(|index| index.table == table.id);
        again.extend(indexes.map(|index| index.text.clone()));
        let triggers = self
            .schema
            .triggers
            .iter()
            .filter(|((of, _), _)| *of == Some(table.id));
        again.extend(triggers.map(|(_, trigger)| trigger.text.clone()));
        Some(again)
    }

    fn definition(&self, table: &Table) -> Option<String> {
        if let Some(text) = &table.text {
            return Some(text.trim().to_owned());
        }
        if table.open || !table.parents.is_empty() || table.columns.is_empty() {
            return None;
        }
        let mut parts: Vec<String> = Vec::new();
        for column in &table.columns {
            parts.push(self.column(&column.is)?);
        }
        parts.extend(
            table
                .constraints
                .iter()
                .map(|constraint| constraint.text.clone()),
        );
        Some(format!(
            "CREATE TABLE {} (\n    {}\n)",
            self.name(&table.name),
            parts.join(",\n    ")
        ))
    }

    /// A column's definition.
    fn column(&self, column: &Column) -> Option<String> {
        if !column.text.is_empty() {
            return Some(column.text.clone());
        }
        if column.identity || column.on_update || column.generated.is_some() {
            return None;
        }
        let mut text = self.ident(&column.name);
        if let Some(ty) = &column.ty {
            text.push(' ');
            text.push_str(ty);
        }
        if let Some(charset) = &column.charset {
            text.push_str(" CHARACTER SET ");
            text.push_str(charset);
        }
        if column.not_null {
            text.push_str(" NOT NULL");
        }
        if let Some(default) = &column.default {
            text.push_str(" DEFAULT ");
            text.push_str(default);
        }
        for constraint in &column.constraints {
            text.push(' ');
            text.push_str(&constraint.text);
        }
        Some(text)
    }

    pub(super) fn alter(&self, name: &Name, change: &Change) -> Answer {
        let own = self.is_own(name);
        let table = self.name(name);
        let alter = |rest: String| Some(vec![format!("ALTER TABLE {table} {rest}")]);
        match change {
            // What the table is called must be undone even where the up made it: DROP looks for the old name.
            Change::Rename(to) => {
                let now = Name {
                    schema: name.schema.clone(),
                    name: to.name.clone(),
                };
                Some(vec![format!(
                    "ALTER TABLE {} RENAME TO {}",
                    self.name(&now),
                    self.ident(&name.name)
                )])
            }
            Change::SetSchema(schema) => {
                let now = Name {
                    schema: Some(schema.clone()),
                    name: name.name.clone(),
                };
                let back = name.schema.clone().unwrap_or_else(|| "public".to_owned());
                Some(vec![format!(
                    "ALTER TABLE {} SET SCHEMA {}",
                    self.name(&now),
                    self.ident(&back)
                )])
            }
            _ if own => Some(Vec::new()),
            Change::AddColumn {
                column,
                if_not_exists,
            } => {
                if *if_not_exists && self.known(name, &column.name).is_some() {
                    return Some(Vec::new());
                }
                let refused = self.dialect == Dialect::Sqlite
                    && column
                        .constraints
                        .iter()
                        .any(|c| !matches!(c.rule, Restriction::Check));
                if refused {
                    return None;
                }
                alter(format!("DROP COLUMN {}", self.ident(&column.name)))
            }
            Change::DropColumn { name: column, .. } => {
                let column = self.known(name, column)?;
                // Rows would have nothing to put there.
                if column.not_null
                    && column.default.is_none()
                    && column.generated.is_none()
                    && !column.identity
                {
                    return None;
                }
                alter(format!("ADD COLUMN {}", self.column(column)?))
            }
            Change::RenameColumn { from, to } => alter(format!(
                "RENAME COLUMN {} TO {}",
                self.ident(to),
                self.ident(from)
            )),
            Change::Redefine { from, column, .. } => {
                let before = self.known(name, from)?;
                alter(format!(
                    "CHANGE COLUMN {} {}",
                    self.ident(&column.name),
                    self.column(before)?
                ))
            }
            _ if self.is_own_column(name, change) => Some(Vec::new()),
            Change::SetType { column, using, .. } => {
                // Values that were computed anew do not come back by a cast.
                if !using.as_ref().is_none_or(is_cast) {
                    return None;
                }
                let before = self.known(name, column)?.ty.clone()?;
                let column = self.ident(column);
                alter(format!(
                    "ALTER COLUMN {column} TYPE {before} USING {column}::{before}"
                ))
            }
            Change::SetNotNull(column) => match self.known(name, column) {
                Some(known) if known.not_null => Some(Vec::new()),
                _ => alter(format!("ALTER COLUMN {} DROP NOT NULL", self.ident(column))),
            },
            Change::DropNotNull(column) => {
                alter(format!("ALTER COLUMN {} SET NOT NULL", self.ident(column)))
            }
            Change::SetDefault { column, .. } => match &self.known(name, column)?.default {
                Some(default) => alter(format!(
                    "ALTER COLUMN {} SET DEFAULT {default}",
                    self.ident(column)
                )),
                None => alter(format!("ALTER COLUMN {} DROP DEFAULT", self.ident(column))),
            },
            Change::AddConstraint(constraint) => alter(self.drop_of(name, constraint)?),
            Change::DropConstraint {
                name: constraint, ..
            }
            | Change::DropForeignKey(constraint) => {
                let known = self.table(name)?;
                let found = known
                    .all_constraints()
                    .find(|c| c.name.as_deref() == Some(constraint.as_str()))?;
                alter(format!(
                    "ADD {}",
                    named(found, constraint, self.ident(constraint))
                ))
            }
            Change::DropIndex(index) => {
                let key = Key {
                    schema: Some(Key::of(self.dialect, name).name),
                    name: index.to_lowercase(),
                };
                Some(vec![self.schema.indexes.get(&key)?.text.clone()])
            }
            Change::RenameConstraint { from, to } => alter(format!(
                "RENAME CONSTRAINT {} TO {}",
                self.ident(to),
                self.ident(from)
            )),
            Change::RenameIndex { from, to } => alter(format!(
                "RENAME INDEX {} TO {}",
                self.ident(to),
                self.ident(from)
            )),
            Change::RowSecurity(true) => alter("DISABLE ROW LEVEL SECURITY".to_owned()),
            Change::RowSecurity(false) => alter("ENABLE ROW LEVEL SECURITY".to_owned()),
            Change::AttachPartition(partition) => {
                alter(format!("DETACH PARTITION {}", self.name(partition)))
            }
            Change::Identity { column, on: true } => {
                alter(format!("ALTER COLUMN {} DROP IDENTITY", self.ident(column)))
            }
            _ => None,
        }
    }

    /// Whether a change concerns only a column that the up itself has made.
    fn is_own_column(&self, table: &Name, change: &Change) -> bool {
        let (Change::SetType { column, .. }
        | Change::SetNotNull(column)
        | Change::DropNotNull(column)
        | Change::SetDefault { column, .. }
        | Change::DropExpression(column)
        | Change::Identity { column, .. }) = change
        else {
            return false;
        };
        self.table(table)
            .and_then(|table| table.column(self.dialect, column))
            .is_some_and(|column| self.created.contains(&column.id))
    }

    fn known(&self, table: &Name, column: &str) -> Option<&Column> {
        self.table(table)?
            .column(self.dialect, column)
            .map(|column| &*column.is)
    }

    fn drop_of(&self, table: &Name, constraint: &Constraint) -> Option<String> {
        let name = match (&constraint.name, &constraint.rule) {
            (Some(name), _) => Some(self.ident(name)),
            (None, Restriction::PrimaryKey(_)) if self.dialect == Dialect::Postgres => {
                Some(self.ident(&format!("{}_pkey", table.name)))
            }
            (None, Restriction::Unique(columns)) if self.dialect == Dialect::Postgres => {
                Some(self.ident(&format!("{}_{}_key", table.name, columns.join("_"))))
            }
            (None, Restriction::ForeignKey { columns, .. })
                if self.dialect == Dialect::Postgres =>
            {
                Some(self.ident(&format!("{}_{}_fkey", table.name, columns.join("_"))))
            }
            _ => None,
        };
        match (self.dialect, &constraint.rule) {
            (Dialect::MySql, Restriction::PrimaryKey(_)) => Some("DROP PRIMARY KEY".to_owned()),
            (Dialect::MySql, Restriction::ForeignKey { .. }) => {
                Some(format!("DROP FOREIGN KEY {}", name?))
            }
            (Dialect::MySql, Restriction::Unique(_) | Restriction::Index(_)) => {
                Some(format!("DROP INDEX {}", name?))
            }
            (Dialect::Sqlite, _) => None,
            _ => Some(format!("DROP CONSTRAINT {}", name?)),
        }
    }

    /// Rows with constant keys go by their keys.
    pub(super) fn insert(&self, insert: &Insert) -> Answer {
        if self.is_own(&insert.table) {
            return Some(Vec::new());
        }
        let (Rows::Values(rows), Conflict::Fail, Some(table)) =
            (&insert.rows, &insert.conflict, self.table(&insert.table))
        else {
            return None;
        };
        let columns: Vec<String> = if insert.columns.is_empty() {
            table
                .columns
                .iter()
                .map(|column| column.is.name.clone())
                .collect()
        } else {
            insert.columns.clone()
        };
        let place = |name: &String| {
            columns
                .iter()
                .position(|c| crate::schema::same(self.dialect, c, name))
        };
        let constant = |row: &Vec<Value>, at: usize| match row.get(at) {
            Some(Value::Constant(text)) => Some(text.clone()),
            _ => None,
        };
        for key in table.keys() {
            let [column] = key else { continue };
            let Some(at) = place(column) else { continue };
            let keys: Option<Vec<String>> = rows.iter().map(|row| constant(row, at)).collect();
            if let Some(keys) = keys {
                let condition = match keys.as_slice() {
                    [one] => format!("{} = {one}", self.ident(column)),
                    several => format!("{} IN ({})", self.ident(column), several.join(", ")),
                };
                return Some(vec![format!(
                    "DELETE FROM {} WHERE {condition}",
                    self.name(&insert.table)
                )]);
            }
        }
        None
    }

    /// Only what the up itself has made may have been filled.
    pub(super) fn update(&self, update: &Update) -> Answer {
        let table = self.table(&update.table)?;
        let own = |name: &String| {
            table
                .column(self.dialect, name)
                .is_some_and(|column| self.created.contains(&column.id))
        };
        let all = self.created.contains(&table.id) || update.sets.iter().all(|(name, _)| own(name));
        all.then(Vec::new)
    }
}

/// The constraint with its name.
fn named(constraint: &Constraint, name: &str, shown: String) -> String {
    let text = &constraint.text;
    if text.to_ascii_lowercase().starts_with("constraint") || text.contains(name) {
        text.clone()
    } else {
        format!("CONSTRAINT {shown} {text}")
    }
}

/// Whether a value is a column's own, in another type.
fn is_cast(value: &Value) -> bool {
    match value {
        Value::Column(..) => true,
        Value::Cast(inner, _) => is_cast(inner),
        _ => false,
    }
}
