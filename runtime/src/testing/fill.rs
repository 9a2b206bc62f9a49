//! How does every table get rows that it lets in?
//!
//! Values are proposed, and the database disposes: what it refuses is tried again with others, as many times as is worth
//! it. A table that lets nothing in is named, with the database's words.

pub(super) mod freed;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use onward_analysis::Dialect;

use super::rows::Contents;
use super::schema::{Column, Reference, Table};
use crate::Result;
use crate::session::Session;
use freed::Freed;

/// How many rows a table gets.
const ROWS: usize = 4;
/// How many more when its columns have changed.
const MORE: usize = 2;
/// How many rows are enough, whatever changes.
const ENOUGH: usize = 16;
/// How many combinations of values are proposed for one row.
const PROPOSALS: usize = 80;

/// What makes the values, and remembers for whom.
#[derive(Debug, Default)]
pub(super) struct Filler {
    /// The number behind the last generated value: each is like no other.
    number: u64,
    /// Each table as it was when it was filled.
    filled: BTreeMap<String, Table>,
    /// How many rows were written.
    pub(super) rows: usize,
    /// The tables that have taken some.
    taken: BTreeSet<String>,
    /// The tables that let nothing in, and what the database said.
    pub(super) refused: BTreeMap<String, String>,
}

impl Filler {
    /// Writes rows into every table that has few, or has changed; and, where `freed`, those that it let in at no earlier
    /// filling. Returns how many of these there are.
    pub(super) async fn fill(
        &mut self,
        session: &mut dyn Session,
        tables: &[Table],
        contents: &Contents,
        freed: bool,
    ) -> Result<usize> {
        let mut let_in = 0;
        // Each insertion by itself, but for MySQL, where each would wait for the disk.
        let together = session.dialect() == Dialect::MySql;
        if together {
            session.begin().await?;
        }
        let mut held: BTreeMap<&str, usize> = BTreeMap::new();
        for table in tables {
            let rows = contents.tables.get(&table.name);
            held.insert(&table.quoted, rows.map_or(0, |rows| rows.count));
        }
        for table in in_order(tables) {
            let count = held.get(table.quoted.as_str()).copied().unwrap_or(0);
            let wanted = self.wanted(table, count);
            let mut refusal = None;
            let mut written = 0;
            for row in 0..wanted {
                match self.row(session, table, count + row, &Freed::Any).await? {
                    Ok(()) => written += 1,
                    Err(words) => refusal = refusal.or(Some(words)),
                }
            }
            let before = self.filled.get(&table.name).filter(|_| freed);
            let kinds = before.map(|before| Freed::between(before, table));
            for (at, kind) in kinds.iter().flatten().enumerate() {
                let place = count + wanted + at;
                // Another key or condition may forbid it.
                if self.row(session, table, place, kind).await?.is_ok() {
                    let_in += 1;
                }
            }
            self.rows += written;
            if written > 0 {
                self.taken.insert(table.name.clone());
            }
            if count + written > 0 {
                self.refused.remove(&table.name);
            } else if let Some(words) = refusal {
                self.refused.insert(table.name.clone(), words);
            }
            self.filled.insert(table.name.clone(), table.clone());
        }
        if together {
            session.commit().await?;
        }
        self.rows += let_in;
        Ok(let_in)
    }

    /// How many tables have taken rows.
    pub(super) fn tables(&self) -> usize {
        self.taken.len()
    }

    fn wanted(&self, table: &Table, count: usize) -> usize {
        let before = self.filled.get(&table.name);
        let same = before.is_some_and(|before| before.columns == table.columns);
        let more = if same || count >= ENOUGH { 0 } else { MORE };
        ROWS.saturating_sub(count).max(more)
    }

    /// Writes one row; the database's words where it lets none in.
    async fn row(
        &mut self,
        session: &mut dyn Session,
        table: &Table,
        place: usize,
        kind: &Freed,
    ) -> Result<Result<(), String>> {
        let mut refusal = None;
        for choice in choices(table, place) {
            let sql = self.insertion(session.dialect(), table, place, &choice, kind);
            match session.execute(&sql).await {
                Ok(_) => return Ok(Ok(())),
                Err(error) => match error.as_database_error() {
                    Some(said) => {
                        refusal.get_or_insert_with(|| said.message().to_owned());
                    }
                    None => return Err(error.into()),
                },
            }
        }
        Ok(Err(refusal.unwrap_or_default()))
    }

    fn insertion(
        &mut self,
        dialect: Dialect,
        table: &Table,
        place: usize,
        choice: &Choice,
        kind: &Freed,
    ) -> String {
        let mut columns = Vec::new();
        let mut values = Vec::new();
        for column in table.stored() {
            let reference = reference(table, &column.name, choice.attempt);
            let bound = table
                .checks
                .iter()
                .any(|c| value::speaks_of(c, &column.name));
            let freed = kind.value(dialect, table, &column.name);
            if column.given && reference.is_none() && !bound && freed.is_none() {
                continue;
            }
            self.number += 1;
            columns.push(dialect.quote(&column.name));
            let skipped = choice.skipped.get(&column.name).copied().unwrap_or(0);
            values.push(match (freed, reference) {
                (Some(value), _) => value,
                (None, Some((reference, at))) => {
                    parent(dialect, table, column, reference, at, choice)
                }
                (None, None) => value::proposal(
                    dialect,
                    column,
                    &table.checks,
                    value::Place {
                        number: self.number,
                        row: place + choice.attempt,
                        skipped,
                    },
                ),
            });
        }
        let quoted = &table.quoted;
        match (columns.is_empty(), dialect) {
            (true, Dialect::MySql) => format!("INSERT INTO {quoted} () VALUES ()"),
            (true, _) => format!("INSERT INTO {quoted} DEFAULT VALUES"),
            (false, _) => format!(
                "INSERT INTO {quoted} ({}) VALUES ({})",
                columns.join(", "),
                values.join(", ")
            ),
        }
    }
}

/// One combination of values to propose.
#[derive(Debug, Clone, Default)]
struct Choice {
    /// Its number.
    attempt: usize,
    /// How many proposals to pass over, for each column that a condition speaks of.
    skipped: BTreeMap<String, usize>,
    /// Which row of a parent to refer to.
    parent: usize,
}

/// The combinations, the likeliest first: conditions are tried by the values that they name.
fn choices(table: &Table, place: usize) -> Vec<Choice> {
    let bound: Vec<&Column> = table
        .stored()
        .filter(|column| {
            table
                .checks
                .iter()
                .any(|c| value::speaks_of(c, &column.name))
        })
        .collect();
    let mut skips: Vec<Vec<usize>> = vec![vec![0; bound.len()]];
    let mut seen: BTreeSet<Vec<usize>> = skips.iter().cloned().collect();
    let mut at = 0;
    while at < skips.len() && skips.len() < PROPOSALS {
        for column in 0..bound.len() {
            let mut next = skips[at].clone();
            next[column] += 1;
            if seen.insert(next.clone()) {
                skips.push(next);
            }
        }
        at += 1;
    }
    // Without any condition a few rows of other kinds are tried.
    while skips.len() < ROWS + 2 {
        skips.push(skips[0].clone());
    }
    let choice = |(attempt, skips): (usize, Vec<usize>)| Choice {
        attempt,
        parent: place + attempt,
        skipped: bound
            .iter()
            .map(|column| column.name.clone())
            .zip(skips)
            .collect(),
    };
    skips.into_iter().enumerate().map(choice).collect()
}

/// The foreign key that a column is in, and its place in it: by turns the longest and the shortest.
fn reference<'t>(table: &'t Table, column: &str, attempt: usize) -> Option<(&'t Reference, usize)> {
    let place = |reference: &'t Reference| {
        let at = reference.columns.iter().position(|own| own == column)?;
        Some((reference, at))
    };
    let mut references = table.references.iter();
    match attempt % 2 {
        0 => references.find_map(place),
        _ => references.rev().find_map(place),
    }
}

/// A value that some row of the parent has.
fn parent(
    dialect: Dialect,
    table: &Table,
    column: &Column,
    reference: &Reference,
    at: usize,
    choice: &Choice,
) -> String {
    let own = reference.parent == table.quoted;
    if column.nullable && (own || choice.attempt % 3 == 2) {
        return "NULL".to_owned();
    }
    let Some(key) = reference.parent_columns.get(at) else {
        return "NULL".to_owned();
    };
    let names = &reference.parent_columns;
    stored(dialect, &reference.parent, names, key, choice.parent % ROWS)
}

/// What a row of a table has in one of the columns `names`, all of which hold a value there.
fn stored(dialect: Dialect, table: &str, names: &[String], column: &str, row: usize) -> String {
    let names: Vec<String> = names.iter().map(|name| dialect.quote(name)).collect();
    let known: Vec<String> = names
        .iter()
        .map(|name| format!("{name} IS NOT NULL"))
        .collect();
    // MySQL wants a table of its own in between.
    let (all, column) = (names.join(", "), dialect.quote(column));
    format!(
        "(SELECT {column} FROM (SELECT {all} FROM {table} WHERE {} ORDER BY {all} LIMIT 1 OFFSET {row}) AS stored)",
        known.join(" AND "),
    )
}

/// Parents before children, as far as that can be.
fn in_order(tables: &[Table]) -> Vec<&Table> {
    let mut ordered: Vec<&Table> = Vec::new();
    let mut left: Vec<&Table> = tables.iter().collect();
    while !left.is_empty() {
        let waiting = |table: &&Table, soft: bool| {
            table.references.iter().any(|reference| {
                let must = soft
                    || reference
                        .columns
                        .iter()
                        .any(|name| table.columns.iter().any(|c| c.name == *name && !c.nullable));
                must && reference.parent != table.quoted
                    && left.iter().any(|other| other.quoted == reference.parent)
            })
        };
        let next = left
            .iter()
            .position(|table| !waiting(table, true))
            .or_else(|| left.iter().position(|table| !waiting(table, false)))
            .unwrap_or(0);
        ordered.push(left.remove(next));
    }
    ordered
}
