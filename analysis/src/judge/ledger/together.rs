//! Can it still be told which values stood in one row?
//!
//! `INSERT INTO x SELECT a FROM t; INSERT INTO y SELECT b FROM t; DROP TABLE t` keeps every value, and loses which `b` stood beside which
//! `a`. A table that holds them all tells it, and so do several that each hold the same key of the rows.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use super::census::Census;
use super::hits::{Datum, Hit};
use crate::judge::ledger::Ledger;
use crate::judge::ledger::cuts::Rows;
use crate::schema::Id;

/// The rows that were destroyed, and where the statement stands that did it.
type At = (Rows, u32, u32);

/// The values that went with the same rows.
pub(in crate::judge) struct Rowmates(HashMap<At, Mates>);

#[derive(Default)]
struct Mates {
    values: Vec<Id>,
    /// Those of them that are told of one row.
    told: OnceCell<BTreeSet<Id>>,
}

impl Rowmates {
    pub(in crate::judge) fn of(ledger: &Ledger) -> Rowmates {
        let mut mates: HashMap<At, Mates> = HashMap::new();
        let all = ledger.hits.iter().flat_map(|hit| {
            let parts = hit.parts.iter();
            std::iter::once(hit).chain(parts)
        });
        for hit in all.filter(|hit| hit.with_rows) {
            if let Some((at, value)) = place(hit) {
                mates.entry(at).or_default().values.push(value);
            }
        }
        Rowmates(mates)
    }

    /// What went with the value that was hit, itself included.
    pub(in crate::judge) fn with(&self, hit: &Hit) -> &[Id] {
        let found = place(hit).and_then(|(at, _)| self.0.get(&at));
        found.map_or(&[], |mates| &mates.values)
    }

    /// Whether the value that was hit is told of the same row as most that went with it.
    pub(in crate::judge) fn is_told(&self, census: &Census<'_>, hit: &Hit) -> bool {
        let Some((at, value)) = place(hit) else {
            return true;
        };
        let Some(mates) = self.0.get(&at).filter(|mates| mates.values.len() > 1) else {
            return true;
        };
        let told = || told(&mates.values, census, at.0);
        mates.told.get_or_init(told).contains(&value)
    }
}

fn place(hit: &Hit) -> Option<(At, Id)> {
    match hit.datum {
        Datum::Value {
            column,
            within: Some(within),
        } => Some(((within, hit.cause.statement, hit.cause.span.start), column)),
        _ => None,
    }
}

/// The largest set of the values that one table holds, or several by the same key; all, where the rows' columns are not all known.
fn told(values: &[Id], census: &Census<'_>, rows: Rows) -> BTreeSet<Id> {
    let all: BTreeSet<Id> = values.iter().copied().collect();
    let Some(keys) = census.keys_of(rows.table) else {
        return all;
    };
    let mut holders = census.holders(rows, values);
    holders.extend(census.in_pieces(rows, values, &keys));
    let own = |held: &BTreeSet<Id>| -> BTreeSet<Id> { held & &all };
    let alone = holders.iter().map(own);
    // Each key may lead to all others.
    let keys_linked = census.each(keys.len() * holders.len(), keys.iter());
    let by_key = keys_linked.map(|key| own(&linked(key, &keys, &holders)));
    let sets = alone.chain(by_key);
    sets.reduce(|best, next| match next.len() > best.len() {
        true => next,
        false => best,
    })
    .unwrap_or_default()
}

/// What stands beside a key, or beside another one that stands beside it.
fn linked(key: &[Id], keys: &[Vec<Id>], holders: &[BTreeSet<Id>]) -> BTreeSet<Id> {
    let has = |held: &BTreeSet<Id>, key: &[Id]| key.iter().all(|id| held.contains(id));
    let (mut linked, mut todo) = (BTreeSet::new(), vec![key]);
    let mut met = todo.clone();
    while let Some(key) = todo.pop() {
        for held in holders.iter().filter(|held| has(held, key)) {
            linked.extend(held);
            let others = keys.iter().filter(|other| has(held, other));
            for other in others {
                if !met.contains(&other.as_slice()) {
                    met.push(other);
                    todo.push(other);
                }
            }
        }
    }
    linked
}
