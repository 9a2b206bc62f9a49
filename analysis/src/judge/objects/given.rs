//! What does PostgreSQL call a constraint that nobody named?
//!
//! The table, the columns and what it is, cut to 63 bytes, with a number where that is taken: `makeObjectName` and
//! `ChooseConstraintName` in PostgreSQL's `src/backend/commands/indexcmds.c` and `src/backend/catalog/pg_constraint.c`. It
//! keeps that name when table and columns get others.

use std::collections::HashSet;
use std::sync::Arc;

use crate::Dialect;
use crate::act::{Constraint, Restriction};
use crate::judge::pair::wording::reads;
use crate::judge::run::Run;
use crate::schema::{Key, Table};

/// The longest name that PostgreSQL keeps.
pub(in crate::judge) const LONGEST: usize = 63;

/// The names of a table's constraints, in the order of [`Table::all_constraints`].
pub(crate) fn names(table: &Table) -> Vec<Option<String>> {
    let own = table
        .constraints
        .iter()
        .map(|constraint| (constraint, None));
    let columns = table.columns.iter().flat_map(|column| {
        let constraints = column.is.constraints.iter();
        constraints.map(|constraint| (constraint, Some(column.is.name.as_str())))
    });
    let mut names: Vec<Option<String>> = Vec::new();
    let mut taken: HashSet<String> = table
        .all_constraints()
        .filter_map(|c| c.name.clone())
        .collect();
    for (constraint, column) in own.chain(columns) {
        let name = match &constraint.name {
            Some(name) => Some(name.clone()),
            None => given(table, constraint, column).map(|(of, end)| {
                let numbered = |number: usize| match number {
                    0 => joined(&table.name.name, &of, end),
                    _ => joined(&table.name.name, &of, &format!("{end}{number}")),
                };
                let mut tried = (0..=taken.len()).map(numbered);
                tried.find(|name| !taken.contains(name)).unwrap_or_default()
            }),
        };
        taken.extend(name.clone());
        names.push(name);
    }
    names
}

/// The constraint of a table that goes by a name which `is_it`: the names that nobody wrote are worked out only where none is
/// written.
pub(in crate::judge) fn called(table: &Table, is_it: impl Fn(&str) -> bool) -> Option<&Constraint> {
    let is_called = |name: Option<&str>| name.is_some_and(&is_it);
    let mut all = table.all_constraints();
    let written = all.find(|constraint| is_called(constraint.name.as_deref()));
    if written.is_some() || table.all_constraints().all(|one| one.name.is_some()) {
        return written;
    }
    let mut named = names(table).into_iter().zip(table.all_constraints());
    let found = named.find(|(name, _)| is_called(name.as_deref()));
    found.map(|(_, constraint)| constraint)
}

/// The name of an index of these columns that nobody named, where that is not taken.
pub(crate) fn index_name(table: &str, columns: &[String]) -> String {
    joined(table, &columns.join("_"), "idx")
}

/// The columns in the name of a constraint, and its end.
fn given(
    table: &Table,
    constraint: &Constraint,
    column: Option<&str>,
) -> Option<(String, &'static str)> {
    Some(match &constraint.rule {
        Restriction::PrimaryKey(_) => (String::new(), "pkey"),
        Restriction::Unique(columns) => (columns.join("_"), "key"),
        Restriction::ForeignKey { columns, .. } => (columns.join("_"), "fkey"),
        Restriction::Check => {
            let mut read = table.columns.iter().filter(|column| {
                column.is.name != "check"
                    && reads(Dialect::Postgres, &constraint.text, &column.is.name)
            });
            let of = match (column, read.next(), read.next()) {
                (Some(column), ..) => column.to_owned(),
                (None, Some(only), None) => only.is.name.clone(),
                (None, ..) => String::new(),
            };
            (of, "check")
        }
        Restriction::Exclude | Restriction::Index(_) | Restriction::UsingIndex(_) => return None,
    })
}

/// `table_columns_end`, of which the longer of the first two gives way.
fn joined(table: &str, columns: &str, end: &str) -> String {
    let (mut table, mut columns) = (table, columns);
    let between = if columns.is_empty() { 1 } else { 2 };
    while table.len() + columns.len() + end.len() + between > LONGEST {
        let longer = match table.len() > columns.len() {
            true => &mut table,
            false => &mut columns,
        };
        let Some((last, _)) = longer.char_indices().next_back() else {
            break;
        };
        *longer = &longer[..last];
    }
    match columns {
        "" => format!("{table}_{end}"),
        _ => format!("{table}_{columns}_{end}"),
    }
}

impl Run<'_> {
    /// The table or one of its columns is about to get another name: its constraints keep theirs.
    pub(crate) fn keep_names(&mut self, key: &Key) {
        if self.dialect != Dialect::Postgres {
            return;
        }
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let nameless = table.all_constraints().filter(|c| c.name.is_none());
        let cost: usize = nameless
            .map(|c| table.columns.len() + crate::judge::renaming::text::cost(&c.text))
            .sum();
        self.spend(cost);
        if cost == 0 || self.is_exhausted() {
            return;
        }
        let Some(table) = self.schema.table_mut(key) else {
            return;
        };
        let mut names = names(table).into_iter();
        let mut name = |constraint: &mut Constraint| constraint.name = names.next().flatten();
        if !table.constraints.is_empty() {
            Arc::make_mut(&mut table.constraints)
                .iter_mut()
                .for_each(&mut name);
        }
        for column in table.columns.iter_mut() {
            if !column.is.constraints.is_empty() {
                Arc::make_mut(&mut column.is)
                    .constraints
                    .iter_mut()
                    .for_each(&mut name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_part_gives_way() {
        assert_eq!(joined("t", "a", "fkey"), "t_a_fkey");
        assert_eq!(joined("t", "", "pkey"), "t_pkey");
        let long = "x".repeat(60);
        assert_eq!(
            joined(&long, "abc", "key"),
            format!("{}_abc_key", "x".repeat(55))
        );
        assert_eq!(
            joined(&long, "", "pkey"),
            format!("{}_pkey", "x".repeat(58))
        );
    }
}
