//! Which names does the database take that were probably meant otherwise?
//!
//! SQLite takes any word for a type, and looks for what a foreign key refers to when a row is written. Everybody's types have
//! names that a typing mistake makes those of others, which may exist.

use super::stops::meant;
use crate::act::{Column, Constraint, NewTable, Restriction};
use crate::judge::pair::Fact;
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::nearest::slip_of;
use crate::schema::{Key, Table};
use crate::types::{Affinity, Type};
use crate::{Dialect, Object, Side, Span};

/// The types that people write, wherever they have them from.
const COMMON: [&str; 41] = [
    "bigint",
    "bigserial",
    "blob",
    "bool",
    "boolean",
    "bytea",
    "char",
    "character",
    "date",
    "datetime",
    "decimal",
    "double",
    "float",
    "int",
    "integer",
    "interval",
    "json",
    "jsonb",
    "longblob",
    "longtext",
    "mediumblob",
    "mediumint",
    "mediumtext",
    "numeric",
    "nvarchar",
    "real",
    "serial",
    "smallint",
    "smallserial",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "tinyint",
    "tinytext",
    "ulid",
    "uuid",
    "varbinary",
    "varchar",
    "xml",
    "year",
];

/// Types of other languages and databases, and what they are called here.
const ELSEWHERE: [(Dialect, &str, &str); 21] = [
    (Dialect::Sqlite, "string", "text"),
    (Dialect::Sqlite, "serial", "integer PRIMARY KEY"),
    (Dialect::Sqlite, "bigserial", "integer PRIMARY KEY"),
    (Dialect::Postgres, "string", "text"),
    (Dialect::Postgres, "datetime", "timestamptz"),
    (Dialect::Postgres, "blob", "bytea"),
    (Dialect::Postgres, "longblob", "bytea"),
    (Dialect::Postgres, "mediumblob", "bytea"),
    (Dialect::Postgres, "varbinary", "bytea"),
    (Dialect::Postgres, "longtext", "text"),
    (Dialect::Postgres, "mediumtext", "text"),
    (Dialect::Postgres, "tinytext", "text"),
    (Dialect::Postgres, "nvarchar", "varchar"),
    (Dialect::Postgres, "tinyint", "smallint"),
    (Dialect::Postgres, "mediumint", "integer"),
    (Dialect::Postgres, "year", "smallint"),
    (Dialect::MySql, "string", "text"),
    (Dialect::MySql, "bigserial", "serial"),
    (Dialect::MySql, "jsonb", "json"),
    (Dialect::MySql, "timestamptz", "timestamp"),
    (Dialect::MySql, "bytea", "blob"),
];

impl Run<'_> {
    /// The columns that the keys and foreign keys of the new table at `key` are made of are its own.
    pub(in crate::judge) fn name_own_columns(&mut self, key: &Key, new: &NewTable) {
        let grown = new.source.is_some() || new.of.is_some() || new.partition_of.is_some();
        let table = self.schema.table(key);
        if grown || table.is_none_or(|table| !table.parents.is_empty()) {
            return;
        }
        for constraint in &new.constraints {
            self.name_columns_of(key, constraint);
        }
    }

    /// The columns that a key or foreign key of the table at `key` is made of are there.
    pub(in crate::judge) fn name_columns_of(&mut self, key: &Key, constraint: &Constraint) {
        if let Restriction::PrimaryKey(columns)
        | Restriction::Unique(columns)
        | Restriction::ForeignKey { columns, .. } = &constraint.rule
        {
            self.named_columns(key, columns.iter());
        }
    }

    /// A column gets the type `ty`, which the database may not know.
    pub(in crate::judge) fn meet_odd_type(&mut self, ty: &str) {
        let bare = ty.split(['(', ' ', '[']).next().unwrap_or_default();
        let is_word = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let mut elsewhere = ELSEWHERE.iter();
        let meant = elsewhere
            .find(|(dialect, name, _)| *dialect == self.dialect && name.eq_ignore_ascii_case(bare))
            .map(|(_, _, meant)| *meant);
        let is_common = || COMMON.iter().any(|name| name.eq_ignore_ascii_case(bare));
        let has_none = !is_word || (meant.is_none() && is_common());
        if has_none || !is_unknown(&Type::parse(self.dialect, ty)) {
            return;
        }
        let word = bare.to_ascii_lowercase();
        let own = |key: &Key| key.name.eq_ignore_ascii_case(&word);
        if self.schema.types.keys().any(own) || self.schema.tables.keys().any(own) {
            return;
        }
        let Some(meant) = meant.or_else(|| slip(&word)) else {
            return;
        };
        let what = match self.dialect {
            Dialect::Sqlite => {
                format!("`{bare}` is no type, and SQLite takes it for one that prefers numbers")
            }
            _ => format!("`{bare}` is no type of {}", self.dialect),
        };
        self.note(Noted::Slip {
            what,
            meant: meant.to_owned(),
        });
    }

    /// `ADD COLUM phone varchar(20)` adds a column `COLUM` of the type `phone varchar(20)` on SQLite.
    pub(in crate::judge) fn meet_odd_name(&mut self, column: &Column) {
        let ty = column.ty.as_deref().unwrap_or_default();
        let bare = ty.split(['(', ' ']).next().unwrap_or_default();
        if self.dialect != Dialect::Sqlite
            || bare.is_empty()
            || COMMON.contains(&bare.to_ascii_lowercase().as_str())
            || slip_of(&column.name.to_ascii_lowercase(), ["column"].into_iter()).is_none()
        {
            return;
        }
        self.note(Noted::Slip {
            what: format!(
                "SQLite adds a column that is called `{}`, of a type `{ty}`",
                column.name
            ),
            meant: format!("ADD COLUMN {ty}"),
        });
    }

    /// SQLite: a foreign key of the table at `own` refers to what may be made until the end.
    pub(in crate::judge) fn refer_later(&mut self, own: &Key, constraint: &Constraint) {
        if self.dialect == Dialect::Sqlite
            && let Restriction::ForeignKey {
                table, referred, ..
            } = &constraint.rule
        {
            self.note(Noted::Refers {
                child: own.clone(),
                parent: table.clone(),
                referred: referred.clone(),
            });
        }
    }
}

/// For how many names of what is not there it is sought what else was meant: each is compared with all that is there, and
/// whoever refers to that many tables of others has not misspelt them.
const SOUGHT: usize = 20;

/// What the up that ran so leaves with a name that was probably meant otherwise.
pub(in crate::judge) fn of_up(up: &Run<'_>) -> Vec<Fact> {
    let mut sought = 0;
    let told = up.notes.iter().filter_map(|note| match &note.what {
        Noted::Slip { what, meant } => {
            let offered = format!("did you mean `{meant}`?");
            Some(slip_at(what.clone(), offered, note.span))
        }
        Noted::Refers {
            child,
            parent,
            referred,
        } => {
            up.schema.table(child)?;
            let to = up.schema.table(&up.key(parent));
            if to.is_some_and(|table| table.open) {
                return None;
            }
            let gone = |table: &Table| {
                let mut referred = referred.iter();
                referred
                    .find(|name| table.column(up.dialect, name).is_none())
                    .cloned()
            };
            let object = Object {
                schema: None,
                table: parent.name.clone(),
                column: to.and_then(gone),
            };
            let is_there = to.is_some() && object.column.is_none();
            if is_there || sought == SOUGHT {
                return None;
            }
            sought += 1;
            let slip = meant(&up.schema, up.dialect, &object);
            let offered = match (to, slip) {
                (None, None) => return None,
                (_, Some(meant)) => format!("did you mean `{meant}`?"),
                (Some(table), None) => {
                    let names = table.columns.iter().map(|column| column.is.name.as_str());
                    let names: Vec<&str> = names.collect();
                    format!("`{}` has `{}`", parent.name, names.join("`, `"))
                }
            };
            let what = format!(
                "`{}` refers to `{object}`, which is not there: SQLite takes that, and refuses rows that are written to it",
                child.name
            );
            Some(slip_at(what, offered, note.span))
        }
        _ => None,
    });
    told.collect()
}

fn slip_at(what: String, offered: String, span: Span) -> Fact {
    Fact::Slip {
        side: Side::Up,
        what,
        offered,
        span,
    }
}

fn is_unknown(ty: &Type) -> bool {
    match ty {
        Type::Named(_) | Type::Affinity(Affinity::Other | Affinity::Foreign) => true,
        Type::Array(of) => is_unknown(of),
        _ => false,
    }
}

/// The common type that `word` is a slip of; none where it is one itself.
fn slip(word: &str) -> Option<&'static str> {
    match COMMON.contains(&word) {
        true => None,
        false => slip_of(word, COMMON.into_iter()),
    }
}
