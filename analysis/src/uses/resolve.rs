//! To which table does a column belong?

use std::collections::BTreeSet;

use super::Found;
use crate::Dialect;

/// One query among those of a text: its index.
pub(super) type Scope = usize;

/// What a name in a query stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// A table, by its index.
    Table(usize),
    /// A query whose own words are noted already.
    Derived,
}

/// The queries of a text, each within another or within none.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    scopes: Vec<Inside>,
    tables: Vec<Found>,
    functions: Vec<Found>,
}

#[derive(Debug, Default)]
struct Inside {
    parent: Option<Scope>,
    /// By what the tables and sub-queries here are called.
    names: Vec<(String, Target)>,
    /// The names that a `WITH` gives here.
    with: Vec<String>,
    /// What was read last, and may get an alias.
    last: Option<Target>,
    columns: Vec<(Option<String>, String)>,
    stars: Vec<Option<String>>,
}

impl Scopes {
    /// A query within `parent`.
    pub(super) fn open(&mut self, parent: Option<Scope>) -> Scope {
        self.scopes.push(Inside {
            parent,
            ..Inside::default()
        });
        self.scopes.len() - 1
    }

    /// Notes a table, unless a `WITH` gives its name to a query: one that is named with its schema is none of those.
    pub(super) fn table(&mut self, scope: Scope, found: Found, qualified: bool) {
        let target = if !qualified && self.is_with(scope, &found.table) {
            Target::Derived
        } else {
            self.tables.push(found.clone());
            Target::Table(self.tables.len() - 1)
        };
        self.name(scope, found.table, target);
        self.scopes[scope].last = Some(target);
    }

    /// Notes a sub-query or function in the place of a table.
    pub(super) fn derived(&mut self, scope: Scope) {
        self.scopes[scope].last = Some(Target::Derived);
    }

    /// Gives a name of a `WITH`, known from here on.
    pub(super) fn with(&mut self, base: Scope, name: String) {
        self.scopes[base].with.push(name);
    }

    fn is_with(&self, scope: Scope, name: &str) -> bool {
        let mut at = Some(scope);
        while let Some(scope) = at {
            let inside = &self.scopes[scope];
            if inside.with.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                return true;
            }
            at = inside.parent;
        }
        false
    }

    fn name(&mut self, scope: Scope, name: String, target: Target) {
        self.scopes[scope].names.push((name, target));
    }

    /// Gives a name to the table that was read last.
    pub(super) fn alias(&mut self, scope: Scope, name: String) {
        let target = self.scopes[scope].last.take().unwrap_or(Target::Derived);
        self.name(scope, name, target);
    }

    /// Notes a function, or what is named like one.
    pub(super) fn function(&mut self, mut parts: Vec<String>) {
        let table = parts.pop().unwrap_or_default();
        self.functions.push(Found {
            schema: parts.pop(),
            table,
            ..Found::default()
        });
    }

    /// Notes a column, with the name of its table where that is said.
    pub(super) fn column(&mut self, scope: Scope, of: Option<String>, column: String) {
        self.scopes[scope].columns.push((of, column));
    }

    /// Notes `*`, or `t.*`.
    pub(super) fn star(&mut self, scope: Scope, of: Option<String>) {
        self.scopes[scope].stars.push(of);
    }

    /// What all of them use.
    pub(super) fn found(mut self, dialect: Dialect) -> Vec<Found> {
        for scope in 0..self.scopes.len() {
            let columns = std::mem::take(&mut self.scopes[scope].columns);
            for (of, column) in columns {
                for table in self.owners(scope, of.as_deref()) {
                    self.tables[table].columns.insert(column.clone());
                }
                // PostgreSQL takes a table's name in the place of a column for the whole row.
                if dialect == Dialect::Postgres
                    && of.is_none()
                    && let Some(Target::Table(table)) = self.named(scope, &column)
                {
                    self.tables[table].every = true;
                }
            }
            for of in std::mem::take(&mut self.scopes[scope].stars) {
                let tables = match &of {
                    Some(_) => self.owners(scope, of.as_deref()),
                    None => self.own(scope),
                };
                for table in tables {
                    self.tables[table].every = true;
                }
            }
        }
        self.tables.append(&mut self.functions);
        self.tables
    }

    /// The tables that a column may belong to: the one that is named, or each that can be seen from there.
    fn owners(&self, scope: Scope, of: Option<&str>) -> Vec<usize> {
        match of.and_then(|name| self.named(scope, name)) {
            Some(Target::Table(table)) => vec![table],
            Some(Target::Derived) => Vec::new(),
            None => {
                let mut seen = BTreeSet::new();
                let mut at = Some(scope);
                while let Some(scope) = at {
                    seen.extend(self.own(scope));
                    at = self.scopes[scope].parent;
                }
                seen.into_iter().collect()
            }
        }
    }

    fn own(&self, scope: Scope) -> Vec<usize> {
        let names = self.scopes[scope].names.iter();
        let tables = names.filter_map(|(_, target)| match target {
            Target::Table(table) => Some(*table),
            Target::Derived => None,
        });
        tables.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What is called so where `scope` stands, the nearest first.
    fn named(&self, scope: Scope, name: &str) -> Option<Target> {
        let mut at = Some(scope);
        while let Some(scope) = at {
            let names = &self.scopes[scope].names;
            let found = names
                .iter()
                .rev()
                .find(|(own, _)| own.eq_ignore_ascii_case(name));
            if let Some((_, target)) = found {
                return Some(*target);
            }
            at = self.scopes[scope].parent;
        }
        None
    }
}
