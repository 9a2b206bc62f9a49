//! What is told by values that were computed of columns which hold only so many?
//!
//! Below `CHECK (status IN ('new', 'paid', 'sent'))` the two columns `is_paid = (status = 'paid')` and `is_sent = (status = 'sent')`
//! tell the status together, and of two flags `a::int + 2 * b::int` tells both: each formula is computed for all that may stand there.

use std::collections::HashMap;
use std::sync::Arc;

use super::by_case::Version;
use super::tags::classes;
use super::ties::Tied;
use crate::Dialect;
use crate::act::Datum;
use crate::judge::flow::{Flow, Relation};
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};

/// What a value is for each of those that the columns have which it is computed of.
#[derive(Debug, Clone)]
pub(crate) struct Outcomes {
    pub(super) columns: Vec<Told>,
    /// The values of those columns, and what comes of them.
    pub(super) points: Vec<(Vec<Datum>, Datum)>,
}

/// A column of which something was computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) column: Version,
    /// What it carried.
    pub(super) values: Vec<Id>,
}

impl Run<'_> {
    /// What the columns of a query tell only together is told by them, beside each other.
    pub(in crate::judge) fn tell_together(&mut self, relation: &mut Relation) {
        let known = |flow: &Flow| flow.outcomes.is_some() && !flow.plain;
        if relation.columns.iter().filter(|flow| known(flow)).count() < 2 {
            return;
        }
        let columns = relation.columns.iter().enumerate();
        let columns = columns.filter(|(_, flow)| known(flow));
        let columns: Vec<(usize, Arc<Outcomes>)> = columns
            .filter_map(|(at, flow)| Some((at, flow.outcomes.clone()?)))
            .collect();
        for (values, places) in told_together(self.dialect, &columns) {
            let held = |value: &Id| {
                let mut columns = relation.columns.iter();
                columns.any(|flow| flow.values.contains(value))
            };
            let values: Vec<Id> = values.into_iter().filter(|value| !held(value)).collect();
            let Some((first, others)) = places.split_first().filter(|_| !values.is_empty()) else {
                continue;
            };
            let mut by = Vec::new();
            for at in others {
                // The tag of a column says what stands in that one.
                let tag = &mut relation.columns[*at].tag;
                *tag = tag.filter(|tag| tag.home() == *tag);
                by.push(*tag.get_or_insert_with(|| self.schema.fresh()));
            }
            let holder = &mut relation.columns[*first];
            holder
                .tied
                .extend(values.iter().map(|value| Tied::to(*value, &by)));
            holder.values.extend(values);
        }
    }

    /// The same of columns of a table that were set.
    pub(super) fn settle_outcomes(&mut self, table: &Table, set: Vec<(Id, Arc<Outcomes>)>) {
        if set.is_empty() {
            return;
        }
        for (column, outcomes) in &set {
            self.ledger
                .cases
                .set_outcomes(*column, Arc::clone(outcomes));
        }
        let known = table.columns.iter().map(|column| column.id);
        let known: Vec<(Id, Arc<Outcomes>)> = known
            .filter_map(|column| Some((column, self.ledger.cases.outcomes(column)?)))
            .collect();
        for (values, places) in told_together(self.dialect, &known) {
            let held = |value: &Id| {
                let mut others = table.columns.iter().filter(|own| own.id != *value);
                others.any(|own| self.ledger.values(own.id).contains(value))
            };
            let own = |value: &Id| places.contains(value);
            let values = values
                .into_iter()
                .filter(|value| !held(value) && !own(value));
            let values: Vec<Id> = values.collect();
            let Some((holder, by)) = places.split_first().filter(|_| !values.is_empty()) else {
                continue;
            };
            self.ledger.hold_together(*holder, &values, by);
        }
    }

    /// The column holds nothing but what was computed so.
    pub(in crate::judge) fn note_outcomes(&mut self, key: &Key, column: Id, flow: &Flow) {
        if let Some(outcomes) = &flow.outcomes
            && self.takes_outcomes(key, column, flow)
        {
            let outcomes = Arc::clone(outcomes);
            self.ledger.cases.set_outcomes(column, outcomes);
        }
    }

    /// Whether a column holds what was computed as it is.
    pub(super) fn takes_outcomes(&self, key: &Key, column: Id, flow: &Flow) -> bool {
        let written = self.schema.table(key).zip(self.written(key, column));
        let outcomes = flow.outcomes.as_ref().filter(|_| !flow.plain);
        outcomes
            .zip(written)
            .is_some_and(
                |(outcomes, (table, own))| match outcomes.yields(&Datum::Moment) {
                    true => !table.required(self.dialect)(own),
                    false => self.takes(table, own, &flow.constants),
                },
            )
    }
}

impl Flow {
    /// A column in which nothing else stands than what was computed holds one of the outcomes.
    pub(in crate::judge) fn tell_by_outcomes(&mut self) {
        let Some(outcomes) = &self.outcomes else {
            return;
        };
        self.not_null |= !outcomes.yields(&Datum::Null);
        if self.constants.is_empty() {
            self.constants = outcomes.constants();
        }
    }
}

impl Outcomes {
    /// All that comes of it, as it is written; nothing where that is not known.
    pub(super) fn constants(&self) -> Vec<String> {
        let mut constants: Vec<String> = Vec::new();
        for (_, outcome) in &self.points {
            let spelled = outcome.spelled();
            if *outcome == Datum::Moment {
                return Vec::new();
            } else if !constants.contains(&spelled) {
                constants.push(spelled);
            }
        }
        constants
    }

    /// Whether that comes of some row.
    pub(super) fn yields(&self, datum: &Datum) -> bool {
        self.points.iter().any(|(_, outcome)| outcome == datum)
    }

    /// Whether both were computed of the same columns.
    pub(super) fn is_of(&self, other: &Outcomes) -> bool {
        let rows = || self.points.iter().zip(&other.points);
        self.columns == other.columns
            && self.points.len() == other.points.len()
            && rows().all(|((own, _), (other, _))| own == other)
    }

    /// The columns of which `all`, which are of the same ones, tell what stood there.
    pub(super) fn told_by(&self, dialect: Dialect, all: &[&Outcomes]) -> Vec<&Told> {
        let of = |outcomes: &&Outcomes| {
            let plain = |datum: &Datum| match datum {
                Datum::Moment => Datum::Truth(true).spelled(),
                datum => datum.spelled(),
            };
            let results = outcomes.points.iter().map(|(_, result)| plain(result));
            classes(dialect, &results.collect::<Vec<_>>())
        };
        let Some(classes) = all.iter().map(of).collect::<Option<Vec<_>>>() else {
            return Vec::new();
        };
        let is_told = |at: &usize| {
            let mut met: HashMap<Vec<usize>, &Datum> = HashMap::new();
            let mut rows = self.points.iter().enumerate();
            rows.all(|(row, (point, _))| {
                let result = classes.iter().map(|class| class[row]).collect();
                *met.entry(result).or_insert(&point[*at]) == &point[*at]
            })
        };
        let told = (0..self.columns.len()).filter(is_told);
        told.map(|at| &self.columns[at]).collect()
    }
}

/// What several values tell together of the columns that they were computed of: the values of one such column, and where they stand.
fn told_together<P: Copy>(
    dialect: Dialect,
    known: &[(P, Arc<Outcomes>)],
) -> Vec<(Vec<Id>, Vec<P>)> {
    let mut told = Vec::new();
    for (at, (place, first)) in known.iter().enumerate() {
        let is_first = !known[..at].iter().any(|(_, before)| before.is_of(first));
        let others = known[at + 1..].iter().filter(|(_, more)| more.is_of(first));
        let (mut places, mut all) = (vec![*place], vec![first.as_ref()]);
        for (place, more) in others {
            places.push(*place);
            all.push(more);
        }
        if is_first && all.len() > 1 {
            for column in first.told_by(dialect, &all) {
                told.push((column.values.clone(), places.clone()));
            }
        }
    }
    told
}
