//! How are changes of tables undone?

use super::constraints::{columns, may_be_given, named};
use super::{Answer, Invert};
use crate::Dialect;
use crate::act::{Act, Change, Column, Constraint, Name, NewTable, Restriction, Step, Value};
use crate::schema::{Id, Table};
use crate::types::Type;

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
            (false, _, false) if self.takes_over(name) => Some(Vec::new()),
            (false, _, false) if new.foreign && new.module.is_none() => {
                Some(vec![format!("DROP FOREIGN TABLE {}", self.name(name))])
            }
            (false, _, false) => Some(vec![format!("DROP TABLE {}", self.name(name))]),
        }
    }

    pub(super) fn drop_table(&self, name: &Name, cascade: bool) -> Answer {
        let Some(table) = self.table(name) else {
            // It was not there: nothing happened.
            return self.run.schema.is_complete().then(Vec::new);
        };
        if table.temporary {
            return Some(Vec::new());
        }
        if self.is_made(table) || (cascade && self.is_referred_to(table)) {
            return None;
        }
        if let Some(new) = self.successor(name) {
            return self.rebuild_from(table, name, new);
        }
        let mut sql = vec![self.definition(table, name)?];
        for (column, sequence) in self.own_sequences(table) {
            sql.insert(0, format!("CREATE SEQUENCE IF NOT EXISTS {sequence}"));
            sql.push(format!(
                "ALTER SEQUENCE {sequence} OWNED BY {}.{column}",
                self.name(name)
            ));
        }
        sql.extend(self.decorations(table, None));
        Some(sql)
    }

    /// The columns that PostgreSQL numbers by a sequence of their own, which goes with the table, where the definition only
    /// speaks of it.
    fn own_sequences(&self, table: &Table) -> Vec<(String, String)> {
        if table.text.is_some() {
            return Vec::new();
        }
        let owned = table.columns.iter().filter_map(|column| {
            let sequence = self.own_sequence(table, &column.is)?;
            Some((self.ident(&column.is.name), sequence))
        });
        owned.collect()
    }

    /// The sequence that PostgreSQL made for a serial column of the table, which its default speaks of.
    pub(super) fn own_sequence(&self, table: &Table, column: &Column) -> Option<String> {
        let sequence = format!("{}_{}_seq", table.name.name, column.name);
        let default = column.default.as_deref()?;
        let numbered = default.contains("nextval") && default.contains(&sequence);
        let sequence = Name {
            schema: table.name.schema.clone(),
            name: sequence,
        };
        (self.dialect == Dialect::Postgres && numbered).then(|| self.name(&sequence))
    }

    /// Whether a foreign key of another table, which stays, goes with the table.
    fn is_referred_to(&self, table: &Table) -> bool {
        let key = self.run.key(&table.name);
        let tables = self.run.each(4, self.run.schema.may_refer_to(&key.name));
        let tables = tables.filter_map(|other| self.run.schema.table(other));
        let mut others = tables.filter(|other| other.id != table.id && !self.goes(&other.name));
        others.any(|other| {
            let mut keys = other.foreign_keys();
            keys.any(|(_, referred, _)| self.run.key(referred) == key)
        })
    }

    /// What goes along with a table that is dropped, but for what the up itself has put there.
    pub(super) fn goes_along(&self, act: &Act) -> Vec<String> {
        let (name, cascade, mut texts) = match act {
            Act::DropTable { name, cascade, .. } => {
                let table = self.table(name).filter(|table| !self.is_made(table));
                let Some(table) = table else {
                    return Vec::new();
                };
                (name, *cascade, self.around(table))
            }
            Act::DropView { name, cascade, .. } => (name, *cascade, Vec::new()),
            _ => return Vec::new(),
        };
        if cascade && self.dialect == Dialect::Postgres {
            texts.extend(self.views_taken(name));
        }
        texts.retain(|text| {
            !self.behind().any(|step| match &step.act {
                Act::CreateIndex(index) => index.text == *text,
                Act::CreateTrigger(trigger) => trigger.text == *text,
                Act::CreateView { text: made, .. } => made == text,
                _ => false,
            })
        });
        texts
    }

    /// Whether a table that was there before is dropped later in the up.
    pub(super) fn table_goes(&self, id: Id) -> bool {
        let table = self.tables().find(|table| table.id == id);
        table.is_some_and(|table| self.goes(&table.name) && !self.is_made(table))
    }

    pub(super) fn alter(&self, name: &Name, change: &Change) -> Answer {
        let own = self.is_own(name);
        let table = self.name(name);
        let alter = |rest: String| Some(vec![format!("ALTER TABLE {table} {rest}")]);
        match change {
            // What the table is called must be undone even where the up made it: DROP looks for the old name.
            Change::Rename(_) if self.takes_over(name) => Some(Vec::new()),
            Change::Rename(to) => {
                let now = Name {
                    schema: name.schema.clone(),
                    name: to.name.clone(),
                };
                let rename = format!(
                    "ALTER TABLE {} RENAME TO {}",
                    self.name(&now),
                    self.ident(&name.name)
                );
                // References that wait for a table of that name must not be taken along when it loses it again.
                if self.dialect == Dialect::Sqlite && self.is_awaited(to) {
                    return Some(vec![
                        "PRAGMA legacy_alter_table = ON".to_owned(),
                        rename,
                        "PRAGMA legacy_alter_table = OFF".to_owned(),
                    ]);
                }
                Some(vec![rename])
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
            // Of two tables that refer to each other neither can be dropped, nor a function that a table's condition calls.
            Change::AddConstraint(constraint)
                if own && (self.holds_another(name, constraint) || self.calls_own(constraint)) =>
            {
                alter(self.drop_of(name, constraint)?)
            }
            Change::AddConstraint(constraint) if self.goes_with_column(name, constraint) => {
                Some(Vec::new())
            }
            _ if own => Some(Vec::new()),
            Change::AddColumn {
                column,
                if_not_exists,
                ..
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
                    return self.rebuild(self.table(name)?, None);
                }
                alter(format!("DROP COLUMN {}", self.ident(&column.name)))
            }
            Change::DropColumn {
                name: column,
                if_exists,
                cascade,
            } => match self.known(name, column) {
                None if *if_exists && self.run.schema.is_complete() => Some(Vec::new()),
                known => {
                    let mut sql = self.add_again(name, known?)?;
                    if *cascade {
                        sql.extend(self.fell_with(name, column)?);
                    }
                    Some(sql)
                }
            },
            Change::RenameColumn { from, to } => alter(format!(
                "RENAME COLUMN {} TO {}",
                self.ident(to),
                self.ident(from)
            )),
            Change::Redefine {
                from,
                column,
                place,
                ..
            } => {
                let before = self.known(name, from)?;
                let place = place.as_ref().and_then(|_| self.place(name, from));
                alter(format!(
                    "CHANGE COLUMN {} {}{}",
                    self.ident(&column.name),
                    self.column_as_it_stands(before)?,
                    place.unwrap_or_default()
                ))
            }
            _ if self.is_own_column(name, change) => Some(Vec::new()),
            Change::SetType {
                column, using, ty, ..
            } => {
                // Values that were computed anew do not come back by a cast.
                if !using.as_ref().is_none_or(is_cast) {
                    return None;
                }
                let before = self.known(name, column)?.ty.clone()?;
                // No column can be altered to what only says how it is made.
                let before = match before.to_ascii_lowercase().as_str() {
                    "smallserial" | "serial2" => "smallint".to_owned(),
                    "serial" | "serial4" => "integer".to_owned(),
                    "bigserial" | "serial8" => "bigint".to_owned(),
                    _ => before,
                };
                let column = self.ident(column);
                let retype = format!("ALTER COLUMN {column} TYPE {before}");
                // Without a cast a text that is too long is refused; with one it is cut.
                let is_enum = |ty: &str| matches!(self.run.type_of(ty), Type::Enum(_));
                alter(
                    match (
                        is_text(&before) && is_text(ty),
                        is_enum(&before) && is_enum(ty),
                    ) {
                        (true, _) => retype,
                        // There is no cast from one to another.
                        (_, true) => format!("{retype} USING {column}::text::{before}"),
                        _ => format!("{retype} USING {column}::{before}"),
                    },
                )
            }
            Change::SetNotNull(column) => match self.known(name, column) {
                Some(known) if known.not_null => Some(Vec::new()),
                _ => alter(format!("ALTER COLUMN {} DROP NOT NULL", self.ident(column))),
            },
            Change::DropNotNull(column) => match self.known(name, column) {
                Some(known) if !known.not_null => Some(Vec::new()),
                _ => alter(format!("ALTER COLUMN {} SET NOT NULL", self.ident(column))),
            },
            Change::SetDefault { column, .. } => match &self.known(name, column)?.default {
                None if self.known(name, column)?.identity => {
                    let sequence = format!("{}_{column}_seq", name.name);
                    alter(format!(
                        "ALTER COLUMN {} SET DEFAULT nextval('{}')",
                        self.ident(column),
                        self.name(&Name {
                            schema: name.schema.clone(),
                            name: sequence
                        })
                        .replace('\'', "''")
                    ))
                }
                Some(default) => alter(format!(
                    "ALTER COLUMN {} SET DEFAULT {default}",
                    self.ident(column)
                )),
                None => alter(format!("ALTER COLUMN {} DROP DEFAULT", self.ident(column))),
            },
            Change::AddConstraint(constraint) => {
                let mut sql = self.given_way(name, columns(constraint));
                sql.extend(alter(self.drop_of(name, constraint)?)?);
                sql.extend(self.left_by(name, constraint));
                // A primary key makes its columns required, and leaves them so.
                if let (Dialect::Postgres, Restriction::PrimaryKey(columns)) =
                    (self.dialect, &constraint.rule)
                {
                    let nullable = columns.iter().filter(|column| {
                        self.known(name, column)
                            .is_some_and(|column| !column.not_null)
                    });
                    sql.extend(nullable.map(|column| {
                        format!(
                            "ALTER TABLE {table} ALTER COLUMN {} DROP NOT NULL",
                            self.ident(column)
                        )
                    }));
                }
                Some(sql)
            }
            Change::DropConstraint {
                name: constraint,
                if_exists,
                ..
            } => match self.constraint(name, constraint) {
                Some(found) => alter(format!("ADD {}", named(self, found, constraint))),
                None if *if_exists
                    && self.run.schema.is_complete()
                    && !may_be_given(constraint) =>
                {
                    Some(Vec::new())
                }
                None => None,
            },
            Change::DropForeignKey(constraint) => {
                let found = self.constraint(name, constraint)?;
                alter(format!("ADD {}", named(self, found, constraint)))
            }
            Change::DropPrimaryKey => {
                let mut constraints = self.table(name)?.all_constraints();
                let columns = constraints.find_map(|constraint| match &constraint.rule {
                    Restriction::PrimaryKey(columns) => Some(columns),
                    _ => None,
                })?;
                let columns: Vec<String> = columns.iter().map(|c| self.ident(c)).collect();
                alter(format!("ADD PRIMARY KEY ({})", columns.join(", ")))
            }
            Change::DropIndex { name: index, .. } => {
                let key = self.run.index_key(&self.run.key(name), index);
                match self.run.schema.indexes.get(&key) {
                    Some(known) => self.index(index, known),
                    None => self.inline_index(name, index),
                }
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
            Change::ForceRowSecurity(true) => alter("NO FORCE ROW LEVEL SECURITY".to_owned()),
            Change::ForceRowSecurity(false) => alter("FORCE ROW LEVEL SECURITY".to_owned()),
            Change::RowSecurity(true) => alter("DISABLE ROW LEVEL SECURITY".to_owned()),
            Change::RowSecurity(false) => alter("ENABLE ROW LEVEL SECURITY".to_owned()),
            Change::AttachPartition(partition) => {
                alter(format!("DETACH PARTITION {}", self.name(partition)))
            }
            Change::Identity { column, on: true } => {
                alter(format!("ALTER COLUMN {} DROP IDENTITY", self.ident(column)))
            }
            Change::Triggers { name: which, fires }
                if self.rests_for_the_up(name, which.as_deref(), *fires) =>
            {
                Some(Vec::new())
            }
            _ => None,
        }
    }

    /// Whether foreign keys refer to a table of that name, and there is none.
    fn is_awaited(&self, name: &Name) -> bool {
        let referring = self.run.schema.may_refer_to(&name.name);
        let tables = self.run.each(4, referring);
        let mut tables = tables.filter_map(|key| self.run.schema.table(key));
        self.table(name).is_none()
            && tables.any(|table| {
                let mut keys = table.foreign_keys();
                keys.any(|(_, referred, _)| referred.name.eq_ignore_ascii_case(&name.name))
            })
    }

    /// Whether a foreign key of a table of the up's own keeps another one of them from being dropped.
    fn holds_another(&self, name: &Name, constraint: &Constraint) -> bool {
        let Restriction::ForeignKey { table, .. } = &constraint.rule else {
            return false;
        };
        self.dialect != Dialect::Sqlite
            && self.is_own(table)
            && self.run.key(table) != self.run.key(name)
    }

    /// Whether the condition calls a function that the up has made before.
    fn calls_own(&self, constraint: &Constraint) -> bool {
        let calls = |step: &Step| match &step.act {
            Act::CreateRoutine(made) => constraint.reads(&made.name.name),
            _ => false,
        };
        self.dialect == Dialect::Postgres
            && constraint.rule == Restriction::Check
            && self.behind().any(calls)
    }

    /// Whether it is on a column that the same ALTER of PostgreSQL adds behind it, and that takes it along when it goes.
    fn goes_with_column(&self, name: &Name, constraint: &Constraint) -> bool {
        let is_on = |column: &str| match &constraint.rule {
            Restriction::Check => constraint.reads(column),
            Restriction::Unique(columns)
            | Restriction::PrimaryKey(columns)
            | Restriction::ForeignKey { columns, .. } => columns.iter().any(|own| own == column),
            _ => false,
        };
        let adds = |step: &Step| match &step.act {
            Act::AlterTable { table, change, .. } => {
                let adds =
                    matches!(change, Change::AddColumn { column, .. } if is_on(&column.name));
                adds && table == name
            }
            _ => false,
        };
        self.dialect == Dialect::Postgres && self.ahead().take(self.beside).any(adds)
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
            .is_some_and(|column| self.run.ledger.created.contains_key(&column.id))
    }

    pub(super) fn known(&self, table: &Name, column: &str) -> Option<&Column> {
        self.table(table)?
            .column(self.dialect, column)
            .map(|column| &*column.is)
    }
}

/// Whether a type of PostgreSQL holds texts, so that one becomes the other without a cast.
fn is_text(ty: &str) -> bool {
    let name = ty.split('(').next().unwrap_or_default().trim();
    let names = [
        "text",
        "varchar",
        "character varying",
        "char",
        "character",
        "bpchar",
    ];
    names.iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// Whether a value is a column's own, in another type.
fn is_cast(value: &Value) -> bool {
    match value {
        Value::Column(..) => true,
        Value::Cast(inner, _) => is_cast(inner),
        _ => false,
    }
}
