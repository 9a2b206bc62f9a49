//! Two columns of the same rows come into one: can it be told which value is of which?
//!
//! It can where something beside them differs in each row: a constant, or a column that has no value in the rows of one of them.

use std::collections::BTreeSet;

use super::flow::{Flow, Relation};
use super::ledger::Ledger;
use crate::schema::{Id, Table};

/// Rows that came into a table, by what each of its columns got.
#[derive(Debug, Clone)]
pub(crate) struct Pouring {
    at: Id,
    /// The tables whose rows they are.
    homes: BTreeSet<Id>,
    columns: Vec<(Id, Got)>,
}

/// What a column got in all of the rows.
#[derive(Debug, Clone, Default)]
struct Got {
    /// One of these.
    constants: Vec<String>,
    not_null: bool,
    values: Vec<Id>,
}

/// How NULL is written among constants.
pub(super) const NULL: &str = "null";

impl Got {
    fn of(flow: &Flow) -> Got {
        Got {
            constants: flow.constants.clone(),
            not_null: flow.not_null,
            values: flow.values.clone(),
        }
    }

    /// What a column gets that the statement does not name.
    fn by_default(default: Option<&str>) -> Got {
        let default = default.map_or(NULL, str::trim);
        let constant = default.starts_with('\'') || default.eq_ignore_ascii_case(NULL);
        let number = !default.is_empty() && default.bytes().all(|byte| byte.is_ascii_digit());
        let word = ["true", "false"].contains(&default.to_ascii_lowercase().as_str());
        let constants = match constant || number || word {
            true => vec![default.to_owned()],
            false => Vec::new(),
        };
        Got {
            constants,
            ..Got::default()
        }
    }

    /// Whether no row of the one is a row of the other.
    fn differs(&self, other: &Got) -> bool {
        let null = |got: &Got| got.constants == [NULL];
        // Numbers with a fraction may be rounded where they are stored.
        let exact = |text: &String| text.starts_with('\'') || !text.contains('.');
        let (own, more) = (&self.constants, &other.constants);
        let told = !own.is_empty()
            && !more.is_empty()
            && own.iter().chain(more).all(exact)
            && !own.iter().any(|constant| more.contains(constant));
        told || (null(self) && other.not_null) || (null(other) && self.not_null)
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

/// The values that nobody can tell apart once the rows of both are one relation, by column.
pub(super) fn between(one: &Relation, other: &Relation) -> Vec<Vec<Id>> {
    let homes: BTreeSet<Id> = one
        .sources()
        .intersection(&other.sources())
        .copied()
        .collect();
    let pairs = || one.columns.iter().zip(&other.columns);
    if homes.is_empty() || pairs().any(|(own, more)| Got::of(own).differs(&Got::of(more))) {
        return Vec::new();
    }
    pairs()
        .map(|(own, more)| mixed(&own.values, &more.values, &homes))
        .collect()
}

impl Ledger {
    /// Rows of `relation` have come into the table, whose columns held the values `before`: what is mixed up is there no longer.
    pub(super) fn mix(
        &mut self,
        table: &Table,
        before: &[Vec<Id>],
        targets: &[Option<Id>],
        relation: &Relation,
    ) {
        let homes = relation.sources();
        if homes.is_empty() {
            return;
        }
        let got = |column: &crate::schema::Column| {
            let at = targets.iter().position(|to| *to == Some(column.id));
            match at.and_then(|at| relation.columns.get(at)) {
                Some(flow) => Got::of(flow),
                None if column.is.identity || column.is.generated.is_some() => Got::default(),
                None => Got::by_default(column.is.default.as_deref()),
            }
        };
        let columns = table.columns.iter().map(|column| (column.id, got(column)));
        let poured = Pouring {
            at: table.id,
            homes,
            columns: columns.collect(),
        };
        let mut lost: Vec<(Id, Vec<Id>)> = Vec::new();
        for earlier in self.poured.iter().filter(|earlier| earlier.at == table.id) {
            let homes = earlier.homes.intersection(&poured.homes).copied().collect();
            let find = |id: Id| earlier.columns.iter().find(|(own, _)| *own == id);
            let pairs = || {
                let columns = poured.columns.iter();
                columns.filter_map(|(id, got)| Some((*id, got, &find(*id)?.1)))
            };
            if pairs().any(|(_, got, earlier)| got.differs(earlier)) {
                continue;
            }
            for (id, got, earlier) in pairs() {
                let at = table.columns.iter().position(|column| column.id == id);
                let held = at.and_then(|at| before.get(at));
                // What went since is not mixed up with anything.
                let there = |value: &&Id| held.is_some_and(|held| held.contains(value));
                let earlier: Vec<Id> = earlier.values.iter().filter(there).copied().collect();
                lost.push((id, mixed(&earlier, &got.values, &homes)));
            }
        }
        for (column, lost) in lost.into_iter().filter(|(_, lost)| !lost.is_empty()) {
            let mut values = self.values(column);
            values.retain(|value| !lost.contains(value));
            self.set_values(column, values);
        }
        if poured.columns.iter().any(|(_, got)| !got.values.is_empty()) {
            self.poured.push(poured);
        }
    }
}
