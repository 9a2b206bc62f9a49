//! Were rows copied in pieces that together are all of them?

use std::collections::{BTreeSet, HashMap};

use super::census::Census;
use super::hits::Picked;
use crate::judge::flow::among::are_all_of_domain;
use crate::judge::flow::portion::Portion;
use crate::judge::ledger::cuts::Rows;
use crate::judge::ledger::{Met, Part};
use crate::schema::{Id, Table};

impl Census<'_> {
    /// Whether the rows were copied in parts that together are all of them, each with these values.
    pub(crate) fn has_pieces(&self, rows: Rows, values: &[Id]) -> bool {
        self.pieces(rows, |part, _| {
            let mut values = values.iter();
            values.all(|value| self.is_in(part, *value))
        })
    }

    /// What such pieces hold of the rows together: beside each other, or beside one of the keys.
    pub(in crate::judge) fn in_pieces(
        &self,
        rows: Rows,
        values: &[Id],
        keys: &[Vec<Id>],
    ) -> Vec<BTreeSet<Id>> {
        if self.ledger.parts.is_empty() {
            return Vec::new();
        }
        let beside = |key: &[Id]| -> BTreeSet<Id> {
            let with = |value: &Id| self.has_pieces(rows, &[key, &[*value]].concat());
            let values = self.run.each(1, values.iter().copied());
            values.filter(|value| with(value)).collect()
        };
        let alone = beside(&[]);
        let together: Vec<Id> = alone.iter().copied().collect();
        let alone = self.has_pieces(rows, &together).then_some(alone);
        let keys = keys.iter().map(|key| beside(key));
        let sets = alone.into_iter().chain(keys);
        sets.filter(|set| !set.is_empty()).collect()
    }

    /// Whether such pieces tell of which row a value is that went with all of `mates`.
    pub(crate) fn has_told_pieces(&self, rows: Rows, value: Id, mates: &[Id]) -> bool {
        let has = |values: &[Id]| self.has_pieces(rows, values);
        self.stands_beside(value, mates, has)
    }

    /// Whether a copy of the rows that went tells of which row a value is that went with all of `mates`.
    pub(crate) fn keeps_apart(&self, rows: Rows, picked: &Picked, value: Id, mates: &[Id]) -> bool {
        let has = |values: &[Id]| {
            let mut copies = self.copies(rows, picked);
            copies.any(|part| values.iter().all(|value| self.is_in(part, *value)))
        };
        self.stands_beside(value, mates, has)
    }

    /// Whether a value stands beside a key of its rows, or beside all of its `mates` that are kept at all.
    fn stands_beside(&self, value: Id, mates: &[Id], has: impl Fn(&[Id]) -> bool) -> bool {
        if !has(&[value]) {
            return false;
        }
        let Some(keys) = self.keys_of(value.home()) else {
            return true;
        };
        let mut by_key = keys.iter().map(|key| {
            let mut beside = key.clone();
            beside.push(value);
            beside
        });
        by_key.any(|beside| has(&beside)) || {
            let kept = mates.iter().copied().filter(|mate| has(&[*mate]));
            has(&kept.collect::<Vec<_>>())
        }
    }

    /// Whether parts that together are all of the rows hold the unnamed columns of `origin` too.
    pub(crate) fn has_rest_in_pieces(&self, origin: Id, rows: Rows) -> bool {
        self.pieces(rows, |part, table| {
            part.rest && self.ledger.rests(table).contains(&origin)
        })
    }

    /// Whether the parts that will do are together all of the rows.
    fn pieces(&self, rows: Rows, will_do: impl Fn(&Part, &Table) -> bool) -> bool {
        let parts = self.parts().filter(|part| {
            let table = self.table(part.at);
            part.of == rows && table.is_some_and(|table| will_do(part, table))
        });
        are_all(parts.map(|part| &part.portion))
    }

    /// Whether the rows that went were copied by the same condition, and the copy is there.
    pub(crate) fn kept_apart(&self, rows: Rows, picked: &Picked) -> bool {
        self.copies(rows, picked).any(|_| true)
    }

    /// Whether the values that were overwritten were copied by the same condition, beside a key of their rows.
    pub(crate) fn kept_beside_key(&self, rows: Rows, picked: &Picked) -> bool {
        let Some(Met { table: start, .. }) = self.ledger.met.get(&rows.table) else {
            return false;
        };
        let whole = |part: &&Part| picked.values.iter().all(|value| self.is_in(part, *value));
        self.copies(rows, picked).filter(whole).any(|part| {
            start.plain_keys().any(|key| {
                key.iter().all(|name| {
                    let own = start
                        .columns
                        .iter()
                        .find(|c| c.is.name.eq_ignore_ascii_case(name));
                    own.is_some_and(|own| part.has(own.id))
                })
            })
        })
    }

    /// The copies that are there of the rows that a condition picked.
    fn copies(&self, rows: Rows, picked: &Picked) -> impl Iterator<Item = &Part> {
        self.parts().filter(move |part| {
            let same =
                part.portion.from == Some(picked.from) && part.portion.filter == picked.filter;
            part.of == rows
                && (same || picked.copies.contains(&part.number))
                && (!picked.rest || self.has_unnamed_of(part))
                && self.table(part.at).is_some()
        })
    }

    /// Whether a copy has all columns that nobody had named when it was made, and what stood in them.
    fn has_unnamed_of(&self, part: &Part) -> bool {
        let is_there = |(value, (origin, name)): (&Id, &(Id, String))| {
            *origin != part.of.table
                || !self.ledger.is_excepted(part.at, name)
                || self.holds_value(part.at, *value)
        };
        let table = self.table(part.at);
        let rests = table.is_some_and(|at| self.ledger.rests(at).contains(&part.of.table));
        let mut named = self.run.each(1, self.ledger.unnamed_before());
        part.rest && rests && named.all(is_there)
    }
}

/// Whether conditions picked the parts that leave nothing between them.
pub(in crate::judge) fn are_all<'p>(parts: impl IntoIterator<Item = &'p Portion>) -> bool {
    let parts: Vec<&Portion> = parts.into_iter().collect();
    if are_all_of_domain(parts.iter().copied()) {
        return true;
    }
    let mut atoms: HashMap<&str, ([bool; 3], Option<&str>)> = HashMap::new();
    let mut nulls: Vec<&str> = Vec::new();
    for part in parts {
        if part.from.is_none() {
            continue;
        }
        let choice = &part.choice;
        let column = choice.column.as_deref();
        let (picked, _) = atoms.entry(&choice.atom).or_insert(([false; 3], column));
        for (picked, more) in picked.iter_mut().zip(choice.holds) {
            *picked |= more;
        }
        nulls.extend(column.filter(|_| choice.holds[2]));
    }
    atoms.values().any(|(picked, column)| {
        let null = picked[2] || column.is_some_and(|column| nulls.contains(&column));
        picked[0] && picked[1] && null
    })
}
