//! Which rows does a table let in that it did not let in before?
//!
//! A migration that drops a NOT NULL, a key or a foreign key lets such rows in, and its down meets them.

use onward_analysis::Dialect;

use super::super::schema::Table;

/// One kind of such rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::testing) enum Freed {
    /// Without a value in these columns.
    Nulls(Vec<String>),
    /// With what another row has in these columns.
    Alike(Vec<String>),
    /// Whatever is let in: a foreign key or a condition went.
    Any,
}

impl Freed {
    /// The kinds that `now` lets in and `before` did not.
    pub(super) fn between(before: &Table, now: &Table) -> Vec<Freed> {
        let is_there = |name: &String| now.columns.iter().any(|column| column.name == *name);
        let mut freed = Vec::new();
        let nulls = now.stored().filter(|column| {
            let mut before = before.columns.iter();
            let was = before.find(|was| was.name == column.name);
            column.nullable && was.is_some_and(|was| !was.nullable)
        });
        let nulls: Vec<String> = nulls.map(|column| column.name.clone()).collect();
        if !nulls.is_empty() {
            freed.push(Freed::Nulls(nulls));
        }
        for key in &before.keys {
            let within = |other: &Vec<String>| other.iter().all(|name| key.contains(name));
            if key.iter().all(is_there) && !now.keys.iter().any(within) {
                freed.push(Freed::Alike(key.clone()));
            }
        }
        let gone = before
            .references
            .iter()
            .any(|one| one.columns.iter().all(is_there) && !now.references.contains(one));
        if gone
            || before
                .checks
                .iter()
                .any(|check| !now.checks.contains(check))
        {
            freed.push(Freed::Any);
        }
        freed
    }

    /// `now` with what `before` asked of rows: whatever it lets in with that stood before the change, too.
    pub(in crate::testing) fn none(before: &Table, now: &Table) -> Table {
        let mut strict = now.clone();
        for column in &mut strict.columns {
            let mut was = before.columns.iter();
            let was = was.find(|was| was.name == column.name);
            column.nullable &= was.is_none_or(|was| was.nullable);
        }
        let is_there = |name: &String| now.columns.iter().any(|column| column.name == *name);
        for reference in &before.references {
            if reference.columns.iter().all(is_there) && !strict.references.contains(reference) {
                strict.references.push(reference.clone());
            }
        }
        for check in &before.checks {
            if !strict.checks.contains(check) {
                strict.checks.push(check.clone());
            }
        }
        strict
    }

    /// SQL for the value of a column where it is not any value.
    pub(super) fn value(&self, dialect: Dialect, table: &Table, column: &str) -> Option<String> {
        let is_it = |names: &[String]| names.iter().any(|name| name == column);
        match self {
            Freed::Nulls(columns) => is_it(columns).then(|| "NULL".to_owned()),
            Freed::Alike(columns) => {
                is_it(columns).then(|| super::stored(dialect, &table.quoted, columns, column, 0))
            }
            Freed::Any => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::schema::{Column, Reference};

    fn table(nullable: bool, keys: &[&[&str]]) -> Table {
        let mut table = Table::new(Dialect::Sqlite, None, "t");
        for name in ["a", "b"] {
            table.columns.push(Column {
                name: name.to_owned(),
                ty: "text".to_owned(),
                nullable,
                given: false,
                generated: false,
                labels: Vec::new(),
            });
        }
        let names = |key: &&[&str]| key.iter().map(|name| (*name).to_owned()).collect();
        table.keys = keys.iter().map(names).collect();
        table
    }

    #[test]
    fn what_went_lets_rows_in() {
        let (ab, a): (&[&str], &[&str]) = (&["a", "b"], &["a"]);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let freed = |before: &Table, now: &Table| Freed::between(before, now);
        assert_eq!(
            freed(&table(false, &[a]), &table(true, &[])),
            [Freed::Nulls(names(ab)), Freed::Alike(names(a))]
        );
        // Where `a` is a key no two rows have the same `a` and `b`.
        assert!(freed(&table(true, &[ab]), &table(true, &[a])).is_empty());
        assert!(freed(&table(true, &[a]), &table(false, &[a, ab])).is_empty());
        let mut referring = table(true, &[]);
        referring.references.push(Reference {
            columns: names(a),
            parent: "p".to_owned(),
            parent_columns: names(a),
        });
        assert_eq!(freed(&referring, &table(true, &[])), [Freed::Any]);
    }

    #[test]
    fn what_stood_before_is_asked_for_again() {
        let strict = Freed::none(&table(false, &[]), &table(true, &[]));
        assert!(strict.columns.iter().all(|column| !column.nullable));
        assert!(Freed::between(&strict, &table(false, &[])).is_empty());
    }

    #[test]
    fn a_row_is_like_another_one() {
        let names = vec!["a".to_owned(), "b".to_owned()];
        let value = Freed::Alike(names).value(Dialect::Sqlite, &table(true, &[]), "b");
        assert_eq!(
            value.as_deref(),
            Some(
                "(SELECT \"b\" FROM (SELECT \"a\", \"b\" FROM \"t\" WHERE \"a\" IS NOT NULL AND \"b\" IS NOT NULL \
                 ORDER BY \"a\", \"b\" LIMIT 1 OFFSET 0) AS stored)"
            )
        );
    }
}
