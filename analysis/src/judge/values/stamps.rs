//! Which constant tells the rows that came into a table by one statement from those that came by another?
//!
//! Into `entries` came all of `notes` with `'note'` and all of `links` with `'link'`: `WHERE kind = 'note'` picks the notes whole.

use std::collections::BTreeSet;

use super::tags::differ;
use crate::act::Filter;
use crate::judge::flow::Relation;
use crate::judge::flow::source::Placed;
use crate::judge::flow::targets::Targets;
use crate::judge::ledger::Ledger;
use crate::judge::ledger::cuts::Rows;
use crate::judge::run::Run;
use crate::schema::{Id, Table};

/// Rows that come together, and the constants of which each column of theirs is one.
#[derive(Debug, Clone)]
pub(crate) struct Coming {
    homes: BTreeSet<Id>,
    constants: Vec<Vec<String>>,
}

/// Rows that came into a table, and what constants they brought.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    at: Id,
    /// The statement that brought them: one of several branches may bring several.
    filling: u32,
    homes: BTreeSet<Id>,
    columns: Vec<(Id, Vec<String>)>,
}

impl Stamp {
    /// The column holds something else than what came into it.
    pub(in crate::judge) fn lose(&mut self, column: Id) {
        self.columns.retain(|(own, _)| *own != column);
    }

    fn of(&self, column: Id) -> &[String] {
        let mut columns = self.columns.iter();
        let own = columns.find(|(own, _)| *own == column);
        own.map_or(&[], |(_, constants)| constants)
    }
}

impl Relation {
    /// Its rows as they come: those of each branch by themselves.
    fn comings(&self) -> Vec<Coming> {
        match self.branches.is_empty() {
            true => self.coming(),
            false => self.branches.clone(),
        }
    }

    /// The same, taken out of it.
    pub(in crate::judge) fn come(&mut self) -> Vec<Coming> {
        match self.branches.is_empty() {
            true => self.coming(),
            false => std::mem::take(&mut self.branches),
        }
    }

    /// Its rows, which are those of one branch.
    fn coming(&self) -> Vec<Coming> {
        let constants = self.columns.iter().map(|flow| flow.constants.clone());
        vec![Coming {
            homes: self.sources(),
            constants: constants.collect(),
        }]
    }
}

impl Run<'_> {
    /// Rows of `relation` have come into the columns `targets` of a table; triggers have set the columns `set`.
    pub(in crate::judge) fn stamp_rows(
        &mut self,
        table: &Table,
        targets: &Targets,
        set: &[Id],
        relation: &Relation,
    ) {
        let filling = self.fillings.get(&table.id).copied().unwrap_or_default();
        for coming in relation.comings() {
            let mut columns = Vec::new();
            for column in &table.columns {
                let is = &column.is;
                let constants = match targets.place(column.id) {
                    Some(at) => coming.constants.get(at).cloned().unwrap_or_default(),
                    None => self.by_default(table, is),
                };
                let told = !is.identity && is.generated.is_none() && !set.contains(&column.id);
                if told && !constants.is_empty() && self.takes(table, is, &constants) {
                    columns.push((column.id, constants));
                }
            }
            self.ledger.stamps.push(Stamp {
                at: table.id,
                filling,
                homes: coming.homes,
                columns,
            });
        }
    }

    /// The rows of the source of which the condition leaves none out: all came with the constants that it asks for.
    pub(in crate::judge) fn met_whole(&self, placed: &Placed, filter: &Filter) -> Vec<Rows> {
        let (Some(table), Some(keys)) = (placed.relation.table, &filter.keys) else {
            return Vec::new();
        };
        let known = placed.key.as_ref().and_then(|key| self.schema.table(key));
        let alone = known.is_some_and(|known| {
            let whole = known.parents.is_empty() && !known.attached;
            known.id == table && whole && self.offspring(table).is_empty()
        });
        if !alone || !filter.whole.is_empty() || !self.ledger.created.contains(&table) {
            return Vec::new();
        }
        let column = |name: &String| {
            let mut columns = placed.relation.columns.iter();
            let flow = columns.find(|flow| flow.name.as_ref().is_some_and(|n| self.same(n, name)));
            flow.filter(|flow| flow.plain)?.tag
        };
        let is_met = |stamp: &Stamp| {
            keys.iter().any(|alternative| {
                alternative.iter().all(|(name, asked)| {
                    let own = column(name).map(|column| stamp.of(column));
                    own.is_some_and(|own| matches!(own, [one] if one == asked))
                })
            })
        };
        let rows = placed.relation.rows.iter().copied();
        rows.filter(|rows| {
            let stamps = self.each(1, self.ledger.stamps.iter());
            let mut own = stamps
                .filter(|stamp| stamp.at == table && stamp.homes.contains(&rows.table))
                .peekable();
            own.peek().is_some() && own.all(is_met)
        })
        .collect()
    }

    /// Whether all rows of a table that the direction made came by queries, and a column that is still there differs between any
    /// two of them.
    pub(in crate::judge) fn is_told_apart(&self, table: &Table) -> bool {
        let stamps: Vec<&Stamp> = self.ledger.stamps_at(table.id).collect();
        let fillings: BTreeSet<u32> = stamps.iter().map(|stamp| stamp.filling).collect();
        let told = |one: &Stamp, other: &Stamp| {
            table.columns.iter().any(|column| {
                let (one, other) = (one.of(column.id), other.of(column.id));
                let known = !one.is_empty() && !other.is_empty();
                known && differ(self.dialect, one, other)
            })
        };
        self.spend(stamps.len() * stamps.len());
        !self.is_exhausted()
            && self.ledger.created.contains(&table.id)
            && self.fillings.get(&table.id).copied() == u32::try_from(fillings.len()).ok()
            && stamps.iter().enumerate().all(|(at, one)| {
                let mut others = stamps[at + 1..].iter();
                others.all(|other| told(one, other))
            })
    }
}

impl Ledger {
    fn stamps_at(&self, table: Id) -> impl Iterator<Item = &Stamp> {
        self.stamps.iter().filter(move |stamp| stamp.at == table)
    }
}
