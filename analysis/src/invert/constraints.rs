//! How do constraints and indexes go, and come back?

use std::sync::Arc;

use super::{Answer, Invert};
use crate::Dialect;
use crate::act::{Constraint, Name, Restriction};
use crate::judge::objects::given;
use crate::judge::renaming::text::may_name;
use crate::schema::{Index, Origin};

impl Invert<'_> {
    /// An index that is dropped, unless it speaks of what is called something else since.
    pub(super) fn index(&self, name: &str, index: &Index) -> Answer {
        let table = self.tables().find(|table| table.id == index.table)?;
        if index.origin == Origin::ForeignKey {
            return Some(vec![self.made_for_key(&table.name, name, index)]);
        }
        let text = index.text.to_lowercase();
        let speaks = text.contains(&table.name.name.to_lowercase())
            && index
                .columns
                .iter()
                .all(|column| text.contains(&column.to_lowercase()));
        speaks.then(|| vec![index.text.clone()])
    }

    /// An index that was written inside of its table.
    pub(super) fn inline_index(&self, table: &Name, name: &str) -> Answer {
        let mut constraints = self.table(table)?.all_constraints();
        let found = constraints.find(|constraint| {
            matches!(
                constraint.rule,
                Restriction::Index(_) | Restriction::Unique(_)
            ) && constraint
                .name
                .as_deref()
                .is_some_and(|own| own.eq_ignore_ascii_case(name))
        })?;
        Some(vec![format!(
            "ALTER TABLE {} ADD {}",
            self.name(table),
            found.text
        )])
    }

    /// The constraint of that name, be it the one that PostgreSQL gives.
    pub(super) fn constraint(&self, table: &Name, name: &str) -> Option<&Constraint> {
        let table = self.table(table)?;
        let mut constraints = table.all_constraints();
        let named = constraints.find(|c| c.name.as_deref() == Some(name));
        if named.is_some() || self.dialect != Dialect::Postgres {
            return named;
        }
        let names = given::names(table).into_iter();
        let mut given = names.zip(table.all_constraints());
        let found = given.find(|(own, _)| own.as_deref() == Some(name));
        found.map(|(_, constraint)| constraint)
    }

    /// What takes a constraint away that the up adds.
    pub(super) fn drop_of(&self, table: &Name, constraint: &Constraint) -> Option<String> {
        let name = match (&constraint.name, &constraint.rule) {
            (Some(name), _) => Some(self.ident(name)),
            (None, _) if self.dialect == Dialect::Postgres && self.table(table).is_some() => self
                .given_name(table, constraint)
                .map(|name| self.ident(&name)),
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
            // What nobody named is called like its first column.
            (Dialect::MySql, Restriction::Unique(columns) | Restriction::Index(columns)) => {
                let name = name.or_else(|| Some(self.ident(columns.first()?)));
                Some(format!("DROP INDEX {}", name?))
            }
            (Dialect::Sqlite, _) => None,
            _ => Some(format!("DROP CONSTRAINT {}", name?)),
        }
    }
}

impl Invert<'_> {
    /// What PostgreSQL calls a constraint that is put on the table without a name, beside those that have theirs.
    fn given_name(&self, table: &Name, constraint: &Constraint) -> Option<String> {
        let mut with = self.table(table)?.clone();
        let at = with.constraints.len();
        Arc::make_mut(&mut with.constraints).push(constraint.clone());
        given::names(&with).into_iter().nth(at)?
    }

    /// An index that the up did not name goes by the name that PostgreSQL gives it, where that is made of columns alone and
    /// is not taken.
    pub(super) fn given_index(&self, index: &crate::act::Index) -> Answer {
        let table = self.table(&index.table).filter(|table| !table.open)?;
        let (_, list) = index.text.split_once('(')?;
        let listed = list.split(',').count();
        let plain = !list.to_ascii_lowercase().contains("include");
        if self.dialect != Dialect::Postgres || !plain || listed != index.columns.len() {
            return None;
        }
        let called = Name {
            schema: table.name.schema.clone(),
            name: given::index_name(&table.name.name, &index.columns),
        };
        let key = self.run.key(&called);
        let schema = &self.run.schema;
        let taken = schema.indexes.contains_key(&key) || schema.tables.contains_key(&key);
        (!taken).then(|| vec![format!("DROP INDEX {}", self.name(&called))])
    }

    /// The indexes that MySQL made for foreign keys and takes away for another one over `columns`, to be there before that goes.
    pub(super) fn given_way(&self, table: &Name, columns: &[String]) -> Vec<String> {
        if self.dialect != Dialect::MySql {
            return Vec::new();
        }
        let Some(table) = self.table(table) else {
            return Vec::new();
        };
        let indexes = self.run.giving_way(table.id, columns);
        indexes
            .iter()
            .map(|(key, index)| self.made_for_key(&table.name, &key.name, index))
            .collect()
    }

    /// The index that MySQL made for a foreign key, written as a person would.
    fn made_for_key(&self, table: &Name, name: &str, index: &Index) -> String {
        let columns: Vec<String> = index.columns.iter().map(|c| self.ident(c)).collect();
        format!(
            "CREATE INDEX {} ON {} ({})",
            self.ident(name),
            self.name(table),
            columns.join(", ")
        )
    }

    /// What takes away the index that MySQL makes for a foreign key and leaves when that goes.
    pub(super) fn left_by(&self, name: &Name, constraint: &Constraint) -> Option<String> {
        let Restriction::ForeignKey { columns, .. } = &constraint.rule else {
            return None;
        };
        let table = self.table(name)?;
        if self.dialect != Dialect::MySql || self.run.is_served(table, columns) {
            return None;
        }
        let called = constraint.name.as_ref().or(columns.first())?;
        Some(format!(
            "ALTER TABLE {} DROP INDEX {}",
            self.name(name),
            self.ident(called)
        ))
    }
}

/// Whether a constraint of that name may be there, which the model does not know by it.
pub(super) fn may_be_given(name: &str) -> bool {
    [
        "_pkey",
        "_key",
        "_fkey",
        "_check",
        "_excl",
        "_key1",
        "_check1",
        "_not_null",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

/// The constraint with its name, as it is written outside of a column.
pub(super) fn named(invert: &Invert<'_>, constraint: &Constraint, name: &str) -> String {
    let text = constraint.text.trim();
    let shown = invert.ident(name);
    let list = |columns: &[String]| -> String {
        let columns: Vec<String> = columns.iter().map(|column| invert.ident(column)).collect();
        columns.join(", ")
    };
    let upper = text.to_ascii_uppercase();
    let at_column = !text.contains('(') || upper.starts_with("REFERENCES");
    match &constraint.rule {
        Restriction::PrimaryKey(columns) if at_column => {
            format!("CONSTRAINT {shown} PRIMARY KEY ({})", list(columns))
        }
        Restriction::Unique(columns) if at_column => {
            format!("CONSTRAINT {shown} UNIQUE ({})", list(columns))
        }
        Restriction::ForeignKey { columns, .. } if !upper.contains("FOREIGN KEY") => {
            let references = upper.find("REFERENCES").map_or(text, |at| &text[at..]);
            format!(
                "CONSTRAINT {shown} FOREIGN KEY ({}) {references}",
                list(columns)
            )
        }
        _ if upper.starts_with("CONSTRAINT") || text.contains(name) => text.to_owned(),
        _ => format!("CONSTRAINT {shown} {text}"),
    }
}

/// The columns that a constraint names.
pub(super) fn columns(constraint: &Constraint) -> &[String] {
    match &constraint.rule {
        Restriction::PrimaryKey(columns)
        | Restriction::Unique(columns)
        | Restriction::Index(columns)
        | Restriction::ForeignKey { columns, .. } => columns,
        Restriction::Check | Restriction::Exclude | Restriction::UsingIndex(_) => &[],
    }
}

/// A constraint's text, unless it speaks of a column that is called something else since.
pub(super) fn current(invert: &Invert<'_>, constraint: &Constraint) -> Option<String> {
    let text = constraint.text.to_lowercase();
    let speaks = |column: &String| text.contains(&column.to_lowercase());
    columns(constraint)
        .iter()
        .all(speaks)
        .then(|| match &constraint.name {
            Some(name) if !may_name(&constraint.text, name) => named(invert, constraint, name),
            _ => constraint.text.clone(),
        })
}
