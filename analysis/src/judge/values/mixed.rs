//! Two columns of the same rows come into one: can it be told which value is of which?
//!
//! It can where something beside them differs in each row, a constant, or a column that has no value in the rows of one of
//! them, and a key of the rows says which belong together; as long as those are there.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::manner::{Made, are_alike};
use super::tags::{NULL, differ};
use super::ties::Tied;
use crate::Dialect;
use crate::act::Choice;
use crate::judge::flow::targets::Targets;
use crate::judge::flow::{Flow, Relation};
use crate::judge::ledger::Ledger;
use crate::judge::run::Run;
use crate::schema::{Column, Id, Table};
use crate::types::{Cast, Fit};

/// Rows that came into a table, by what each of its columns got.
#[derive(Debug, Clone)]
pub(crate) struct Pouring {
    at: Id,
    /// The tables whose rows they are.
    homes: BTreeSet<Id>,
    columns: Vec<(Id, Got)>,
    /// The columns of the table that hold a key of the rows.
    key: Vec<Id>,
}

impl Pouring {
    /// The column holds something else than what came into it.
    pub(in crate::judge) fn lose(&mut self, column: Id) {
        let own = self.columns.iter_mut().filter(|(id, _)| *id == column);
        own.for_each(|(_, got)| {
            got.constants.clear();
            got.not_null = false;
        });
    }

    /// What came into the column was made something else.
    pub(in crate::judge) fn change(&mut self, column: Id) {
        let own = self.columns.iter_mut().filter(|(id, _)| *id == column);
        own.for_each(|(_, got)| {
            got.picked = None;
            got.made = vec![Made::Unsaid];
        });
    }
}

/// What a column got in all of the rows.
#[derive(Debug, Clone, Default)]
struct Got {
    /// One of these.
    constants: Vec<String>,
    not_null: bool,
    values: Vec<Id>,
    /// What was done to those.
    made: Vec<Made>,
    /// What it was computed of besides.
    of: Vec<Id>,
    /// By what the rows were picked, which reads nothing else.
    picked: Option<Arc<Choice>>,
}

impl Got {
    fn of(flow: &Flow) -> Got {
        Got {
            constants: flow.constants.clone(),
            // A cast may yield NULL for what is none.
            not_null: flow.not_null && (flow.plain || !flow.constants.is_empty()),
            values: flow.values.clone(),
            made: flow.made.clone(),
            of: flow.of.clone(),
            picked: flow.picked.clone().filter(|_| flow.plain),
        }
    }

    /// Whether no row of the one is a row of the other.
    fn differs(&self, other: &Got, dialect: Dialect) -> bool {
        let null = |got: &Got| got.constants == [NULL];
        differ(dialect, &self.constants, &other.constants)
            || (null(self) && other.not_null)
            || (null(other) && self.not_null)
    }

    /// Whether what picked the one rows leaves the others out, by what stands in the column of both.
    fn is_picked_apart(&self, other: &Got) -> bool {
        let (Some(own), Some(more)) = (&self.picked, &other.picked) else {
            return false;
        };
        // Where there is no NULL, each is said to hold for it.
        let told = match self.not_null && other.not_null {
            true => 2,
            false => 3,
        };
        let mut holds = own.holds.iter().zip(more.holds).take(told);
        own.atom == more.atom
            && !self.values.is_empty()
            && self.values == other.values
            && self.made.is_empty()
            && other.made.is_empty()
            && holds.all(|(own, more)| !(*own && more))
    }
}

/// Which values of the tables `homes` are in only one of them, where both have some.
fn mixed(own: &[Id], more: &[Id], homes: &BTreeSet<Id>) -> Vec<Id> {
    let of = |values: &[Id]| -> BTreeSet<Id> {
        let values = values.iter().copied();
        values
            .filter(|value| homes.contains(&value.home()))
            .collect()
    };
    let (own, more) = (of(own), of(more));
    match own.is_empty() || more.is_empty() {
        true => Vec::new(),
        false => own.symmetric_difference(&more).copied().collect(),
    }
}

/// What came into a column: the values, what was done to them, and what they were computed of where that is not told.
type Came<'a> = (&'a [Id], &'a [Made], &'a [Id]);

/// Which values of the tables `homes` are in both, where something else was made of them.
fn reshaped(
    (own, made, of): Came<'_>,
    (more, otherwise, of_more): Came<'_>,
    homes: &BTreeSet<Id>,
) -> Vec<Id> {
    let differ = !are_alike(made, otherwise);
    let is_other = |value: &Id| (differ && more.contains(value)) || of_more.contains(value);
    let ours = own.iter().filter(|value| is_other(value));
    let theirs = more.iter().filter(|value| of.contains(value));
    let both = ours.chain(theirs).copied();
    both.filter(|value| homes.contains(&value.home())).collect()
}

fn came(flow: &Flow) -> Came<'_> {
    (&flow.values, &flow.made, &flow.of)
}

/// Columns that hold a key of the rows, by position.
fn key_of(relation: &Relation, dialect: Dialect) -> Vec<usize> {
    let tells = |at: &usize| {
        let flow = relation.columns.get(*at);
        // SQLite lets NULL into primary keys, where nobody puts it.
        flow.is_some_and(|flow| flow.not_null || (flow.primary && dialect == Dialect::Sqlite))
    };
    let mut keys = relation.keys.iter();
    match relation.whose.is_empty() {
        true => keys.find(|key| key.iter().all(tells)).cloned(),
        false => Some(relation.whose.clone()),
    }
    .unwrap_or_default()
}

/// The rows of both become one relation: values that nobody can tell apart there are in neither, and those that can be
/// told apart are tied to what tells them.
pub(in crate::judge) fn bring_together(
    one: &mut Relation,
    other: &mut Relation,
    dialect: Dialect,
    tags: &mut impl FnMut() -> Id,
) {
    let origins = other.origins();
    let homes: BTreeSet<Id> = one.origins().intersection(&origins).copied().collect();
    let pairs = || one.columns.iter().zip(&other.columns);
    let mixed: Vec<Vec<Id>> = pairs()
        .map(|(own, more)| mixed(&own.values, &more.values, &homes))
        .collect();
    let reshaped: Vec<Vec<Id>> = pairs()
        .map(|(own, more)| reshaped(came(own), came(more), &homes))
        .collect();
    let some = |values: &[Vec<Id>]| values.iter().any(|values| !values.is_empty());
    let apart = pairs().position(|(own, more)| Got::of(own).differs(&Got::of(more), dialect));
    let picked = || pairs().position(|(own, more)| Got::of(own).is_picked_apart(&Got::of(more)));
    let mut by = key_of(one, dialect);
    let told = !by.is_empty() && by == key_of(other, dialect) && some(&mixed);
    let tag = some(&reshaped).then(|| apart.or_else(picked)).flatten();
    let apart = apart.filter(|_| told);
    one.whose = apart.map_or_else(Vec::new, |_| by.clone());
    by.extend(apart);
    let is_tag = |at: usize| (apart.is_some() && by.contains(&at)) || tag == Some(at);
    let (mut tagged, mut told_by) = (Vec::new(), Vec::new());
    for (at, flow) in one.columns.iter_mut().enumerate() {
        // A column's own tag says something of its table only.
        flow.tag = flow.tag.filter(|tag| tag.home() == *tag);
        if is_tag(at) {
            let own = *flow.tag.get_or_insert_with(&mut *tags);
            if apart.is_some() && by.contains(&at) {
                tagged.push(own);
            }
            if tag == Some(at) {
                told_by.push(own);
            }
        }
    }
    let apart = mixed.into_iter().map(|mixed| (mixed, &tagged));
    let alike = reshaped.into_iter().map(|values| (values, &told_by));
    for (at, (values, by)) in apart.enumerate().chain(alike.enumerate()) {
        let sides = [&mut one.columns, &mut other.columns].into_iter();
        for flow in sides.filter_map(|columns| columns.get_mut(at)) {
            if by.is_empty() {
                flow.values.retain(|value| !values.contains(value));
            } else {
                let here = values.iter().filter(|value| flow.values.contains(value));
                let tied: Vec<Tied> = here.map(|value| Tied::to(*value, by)).collect();
                flow.tied.extend(tied);
            }
        }
    }
}

impl Ledger {
    /// Whether rows have come into the table.
    pub(in crate::judge) fn has_poured(&self, table: Id) -> bool {
        self.poured.iter().any(|poured| poured.at == table)
    }
}

impl Run<'_> {
    /// What a column gets of `flow`, or by its default.
    fn got(&self, table: &Table, column: &Column, flow: Option<&Flow>) -> Got {
        let is = &column.is;
        let mut got = match flow {
            Some(flow) => Got::of(flow),
            None => Got {
                constants: self.by_default(table, is),
                ..Got::default()
            },
        };
        if is.identity || is.generated.is_some() || !self.takes(table, is, &got.constants) {
            got.constants.clear();
        }
        if got.picked.is_some() {
            let held = self.ledger.values(column.id);
            got.picked
                .take_if(|_| got.values.iter().any(|value| !held.contains(value)));
        }
        got
    }

    /// Rows of `relation` have come into the table, whose columns held the values `before`: what is mixed up is there no longer.
    /// Triggers have set the columns `set`.
    pub(in crate::judge) fn mix(
        &mut self,
        table: &Table,
        before: &[Vec<Id>],
        targets: &Targets,
        set: &[Id],
        relation: &Relation,
    ) {
        let columns = table.columns.iter().map(|column| {
            let at = targets.place(column.id);
            let flow = at.and_then(|at| relation.columns.get(at));
            let got = match set.contains(&column.id) {
                true => Got::default(),
                false => self.got(table, column, flow),
            };
            (column.id, got)
        });
        let poured = Pouring {
            at: table.id,
            homes: relation.origins(),
            columns: columns.collect(),
            key: self.kept_key(targets, set, relation),
        };
        self.carry_ties(table, targets, &poured, relation);
        if poured.homes.is_empty() {
            return;
        }
        let own = poured.homes.contains(&table.id).then(|| {
            let columns = table.columns.iter().zip(before);
            let got = |(column, held): (&Column, &Vec<Id>)| {
                let values = held.clone();
                let got = Got {
                    values,
                    ..Got::default()
                };
                (column.id, got)
            };
            Pouring {
                at: table.id,
                homes: [table.id].into(),
                columns: columns.map(got).collect(),
                key: Vec::new(),
            }
        });
        let held_before = table.columns.iter().zip(before);
        let held_before: HashMap<Id, &Vec<Id>> = held_before
            .map(|(column, held)| (column.id, held))
            .collect();
        let mut lost: Vec<(Id, Vec<Id>)> = Vec::new();
        let mut ties: Vec<(Id, Tied)> = Vec::new();
        let here = self.ledger.poured.iter();
        for earlier in here.filter(|earlier| earlier.at == table.id).chain(&own) {
            self.spend(2 * earlier.columns.len());
            if self.is_exhausted() {
                break;
            }
            let homes = earlier.homes.intersection(&poured.homes).copied().collect();
            let of_earlier = earlier.columns.iter().map(|(own, got)| (*own, got));
            let of_earlier: HashMap<Id, &Got> = of_earlier.collect();
            let pairs = || {
                let columns = poured.columns.iter();
                columns.filter_map(|(id, got)| Some((*id, got, *of_earlier.get(id)?)))
            };
            let mut told = pairs().filter(|(_, got, earlier)| got.differs(earlier, self.dialect));
            let keyed = !poured.key.is_empty() && poured.key == earlier.key;
            let tag = told.next().map(|(id, ..)| id);
            let apart = tag.filter(|_| keyed);
            let tag = tag.or_else(|| {
                let mut picked = pairs().filter(|(_, got, earlier)| got.is_picked_apart(earlier));
                picked.next().map(|(id, ..)| id)
            });
            for (id, got, earlier_got) in pairs() {
                let held = held_before.get(&id);
                // What went since is not mixed up with anything.
                let there = |value: &&Id| held.is_some_and(|held| held.contains(value));
                let earlier: Vec<Id> = earlier_got.values.iter().filter(there).copied().collect();
                let mixed = mixed(&earlier, &got.values, &homes);
                let by = apart.map(|apart| [poured.key.as_slice(), &[apart]].concat());
                let there = (
                    earlier.as_slice(),
                    earlier_got.made.as_slice(),
                    earlier_got.of.as_slice(),
                );
                let reshaped = reshaped(there, (&got.values, &got.made, &got.of), &homes);
                for (values, by) in [(mixed, by), (reshaped, tag.map(|tag| vec![tag]))] {
                    if let Some(by) = by {
                        ties.extend(values.iter().map(|value| (id, Tied::to(*value, &by))));
                        continue;
                    }
                    // What stood in the column at the start is destroyed with it, but no copy of it tells whose it was.
                    let own = values.contains(&id).then(|| (id, Tied::to(id, &[])));
                    ties.extend(own);
                    lost.push((
                        id,
                        values.into_iter().filter(|value| *value != id).collect(),
                    ));
                }
            }
        }
        for (column, lost) in lost.into_iter().filter(|(_, lost)| !lost.is_empty()) {
            let mut values = self.ledger.values(column);
            values.retain(|value| !lost.contains(value));
            self.ledger.set_values(column, values);
        }
        self.ledger.ties.extend(ties);
        if poured.columns.iter().any(|(_, got)| !got.values.is_empty()) {
            self.ledger.poured.push(poured);
        }
    }

    /// The columns that hold a key of the rows which came.
    fn kept_key(&self, targets: &Targets, set: &[Id], relation: &Relation) -> Vec<Id> {
        let kept = |at: usize| {
            let to = targets.get(at).copied().flatten()?;
            let flow = relation.columns.get(at)?;
            let held = self.ledger.values(to);
            let whole = !flow.values.is_empty() && flow.values.iter().all(|v| held.contains(v));
            (whole && !set.contains(&to)).then_some(to)
        };
        let key: Option<Vec<Id>> = key_of(relation, self.dialect)
            .into_iter()
            .map(kept)
            .collect();
        key.unwrap_or_default()
    }

    /// What is told by columns that came along is told by them here.
    fn carry_ties(
        &mut self,
        table: &Table,
        targets: &Targets,
        poured: &Pouring,
        relation: &Relation,
    ) {
        let came = |tag: &Id| {
            self.spend(relation.columns.len() / 8);
            let at = relation
                .columns
                .iter()
                .position(|flow| flow.tag == Some(*tag))?;
            let (to, flow) = (targets.get(at).copied().flatten()?, &relation.columns[at]);
            let column = table.columns.of_id(to)?;
            let got = poured.columns.iter().find(|(id, _)| *id == to);
            let constant = got.is_some_and(|(_, got)| !got.constants.is_empty());
            let (from, into) = (flow.ty.as_ref(), self.declared(table, &column.is));
            let fits = flow.plain
                && match (from, &into) {
                    (Some(from), Some(into)) => {
                        matches!(
                            self.fits(from, into, Cast::Assigned),
                            Fit::Keeps | Fit::Refuses
                        )
                    }
                    (from, into) => from.is_none() && into.is_none(),
                };
            let kept = constant || poured.key.contains(&to) || (fits && flow.constants.is_empty());
            kept.then_some(to)
        };
        let mut ties = Vec::new();
        for (to, flow) in targets.iter().zip(&relation.columns) {
            let Some(to) = *to else { continue };
            for tied in &flow.tied {
                let by: Option<Vec<Id>> = tied.by().iter().map(came).collect();
                ties.push((to, Tied::to(tied.value(), &by.unwrap_or_default())));
            }
        }
        self.ledger.ties.extend(ties);
    }
}
