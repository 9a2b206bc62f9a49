//! Which values are told only by what stands beside them, and does that stand there yet?

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::flow::Flow;
use crate::judge::run::Run;
use crate::schema::Id;

/// A value that is told only by the columns `by`.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Tied {
    value: Id,
    by: Vec<Id>,
}

impl Tied {
    /// The columns that tell it.
    pub(in crate::judge) fn by(&self) -> &[Id] {
        &self.by
    }

    pub(super) fn to(value: Id, by: &[Id]) -> Tied {
        Tied {
            value,
            by: by.to_vec(),
        }
    }

    pub(in crate::judge) fn value(&self) -> Id {
        self.value
    }

    /// Whether one of these tells it.
    pub(in crate::judge) fn is_by(&self, tags: &BTreeSet<Id>) -> bool {
        self.by.iter().any(|tag| tags.contains(tag))
    }
}

/// What is told only by what stands beside it, by the column that holds it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ties {
    held: Vec<(Id, Tied)>,
    /// Those that the direction has left, or the one before it.
    left: Vec<(Id, Tied)>,
    /// The columns that tell nothing any more.
    lost: BTreeSet<Id>,
}

impl Ties {
    /// What is tied in the column.
    pub(in crate::judge) fn of(&self, column: Id) -> Vec<Tied> {
        let all = self.held.iter().chain(&self.left);
        let held = all.filter(|(at, _)| *at == column);
        held.map(|(_, tied)| tied.clone()).collect()
    }

    /// The same of several columns.
    pub(super) fn extend(&mut self, tied: Vec<(Id, Tied)>) {
        self.held.extend(tied);
    }

    /// The values are told by the column only beside these.
    pub(in crate::judge) fn tie(&mut self, column: Id, values: &[Id], by: &[Id]) {
        let tied = values.iter().map(|value| (column, Tied::to(*value, by)));
        self.held.extend(tied);
    }

    /// The values are no longer told by the column.
    pub(in crate::judge) fn release(&mut self, column: Id, values: &[Id]) {
        self.held
            .retain(|(at, tied)| *at != column || !values.contains(&tied.value));
    }

    /// The values that the column tells beside others, as the direction has left it.
    pub(in crate::judge) fn told_by(&self, column: Id) -> impl Iterator<Item = Id> {
        let left = self.left.iter();
        let told = left.filter(move |(_, tied)| tied.by.contains(&column));
        told.map(|(_, tied)| tied.value)
    }

    /// Where values are told only by columns beside them, as the direction has left it.
    pub(in crate::judge) fn left(&self) -> &[(Id, Tied)] {
        &self.left
    }

    /// The column holds something else.
    pub(in crate::judge) fn lose_column(&mut self, column: Id) {
        let mut ties = self.held.iter().chain(&self.left);
        if ties.any(|(_, tied)| tied.by.contains(&column)) {
            self.lost.insert(column);
        }
    }
}

/// The values of it that are told only by what stands beside them.
pub(in crate::judge) fn told(flow: &Flow) -> impl Iterator<Item = Id> {
    flow.tied.iter().map(|tied| tied.value)
}

impl Run<'_> {
    /// Values are told no more where what told them did not come along, or is no longer what it was.
    pub(in crate::judge) fn forget_untied(&mut self) {
        let ties = std::mem::take(&mut self.ledger.ties);
        if ties.held.is_empty() && ties.left.is_empty() {
            return;
        }
        let tables = self.each(1, self.schema.tables.values());
        let columns = tables.flat_map(|table| &table.columns);
        let there: BTreeSet<Id> = columns.map(|column| column.id).collect();
        let stands = |column: &Id| there.contains(column) && !ties.lost.contains(column);
        let mut told: BTreeMap<(Id, Id), bool> = BTreeMap::new();
        let is_told = |tied: &Tied| !tied.by.is_empty() && tied.by.iter().all(stands);
        for (at, tied) in &ties.held {
            *told.entry((*at, tied.value)).or_insert(true) &= is_told(tied);
        }
        let values: BTreeSet<Id> = told.keys().map(|(_, value)| *value).collect();
        for (at, tied) in &ties.left {
            *told.entry((*at, tied.value)).or_insert(true) &= is_told(tied);
        }
        for (column, held) in self.ledger.held() {
            let kept = |value: &Id| match told.get(&(column, *value)) {
                _ if *value == column => true,
                Some(told) => *told,
                // Nobody knows where it was copied from.
                None => !values.contains(value),
            };
            if !held.iter().all(kept) {
                let left = held.into_iter().filter(kept).collect();
                self.ledger.set_values(column, left);
            }
        }
        let all = ties.held.into_iter().chain(ties.left);
        let left = all.filter(|(at, tied)| told.get(&(*at, tied.value)) == Some(&true));
        self.ledger.ties.left = left.collect();
    }
}
