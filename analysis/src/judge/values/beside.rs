//! Is what an UPDATE overwrites told by the constants of new columns beside it?
//!
//! `SET status = 'present', is_late = true WHERE status = 'late'`, where `is_late` was false in each row, merges two kinds of
//! rows that the flag tells apart. Followed is what stands in the columns for each value that a statement has asked for: as long as
//! no two of them come to the same, nothing of the column is lost while all of them are there.

use std::collections::BTreeMap;

use super::by_case::Version;
use super::tags::{all_differ, differ};
use crate::act::{NULL, Update, Value};
use crate::judge::run::Run;
use crate::schema::{self, Id, Key, Table};
use crate::types::{Affinity, Type};

/// For how many values of a column this is followed.
const MOST: usize = 64;

/// What has become of the values of a column.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Beside {
    /// The column, those beside it, and the table, as they were left.
    left: Vec<Version>,
    /// What the column carried, and by what that was told then.
    carried: Vec<(Id, Vec<Id>)>,
    /// What stands beside each value that no statement has asked for.
    rest: BTreeMap<Id, String>,
    /// What stands where for the others; in the column itself what was there, where nothing is said.
    asked: BTreeMap<String, BTreeMap<Id, String>>,
}

impl Beside {
    pub(super) fn left(&self) -> &[Version] {
        &self.left
    }

    /// What the column carried.
    fn values(&self) -> Vec<Id> {
        self.carried.iter().map(|(value, _)| *value).collect()
    }

    fn columns(&self) -> impl Iterator<Item = Id> {
        self.rest.keys().copied()
    }

    /// The constants of which a column beside the one holds one in each row.
    pub(super) fn constants(&self, column: Id) -> Option<Vec<String>> {
        let rest = self.rest.get(&column)?.clone();
        let asked = self.asked.values().filter_map(|row| row.get(&column));
        Some(asked.cloned().chain([rest]).collect())
    }

    /// What stands in a column, be it `own` or one beside it, for a value that `own` held at first.
    fn at<'b>(&'b self, own: Id, column: Id, value: &'b str) -> Option<&'b str> {
        let said = self.asked.get(value).and_then(|row| row.get(&column));
        match said {
            Some(said) => Some(said),
            None if column == own => Some(value),
            None => self.rest.get(&column).map(String::as_str),
        }
    }

    /// Which of the values that `own` held at first stand there as `value`.
    fn before(&self, own: Id, value: &str) -> Vec<String> {
        let mut before: Vec<String> = Vec::new();
        if self.at(own, own, value) == Some(value) {
            before.push(value.to_owned());
        }
        let asked = self.asked.keys();
        let moved =
            asked.filter(|first| *first != value && self.at(own, own, first) == Some(value));
        before.extend(moved.cloned());
        before
    }

    /// Whether what stands in `own` and in the columns is another for each of the values.
    fn tells(&self, run: &Run<'_>, own: Id, columns: &[Id]) -> bool {
        let values: Vec<&String> = self.asked.keys().collect();
        run.spend(values.len() * values.len() * (1 + columns.len()) / 8);
        let apart = |one: &str, other: &str| {
            let mut columns = [own].into_iter().chain(columns.iter().copied());
            columns.any(|column| {
                let pair = [one, other].map(|value| self.at(own, column, value));
                match pair {
                    [Some(one), Some(other)] => {
                        all_differ(run.dialect, &[one.to_owned(), other.to_owned()])
                    }
                    _ => false,
                }
            })
        };
        let mut pairs = values.iter().enumerate();
        pairs.all(|(at, one)| values[at + 1..].iter().all(|other| apart(one, other)))
    }
}

impl Run<'_> {
    /// What an UPDATE makes of a column that constants beside it tell, where they do.
    pub(in crate::judge) fn told_beside(&self, key: &Key, update: &Update) -> Option<(Id, Beside)> {
        let filter = update.filter.as_ref()?;
        if self.ledger.cases.is_empty() {
            return None;
        }
        if !update
            .sets
            .iter()
            .all(|(_, value)| constant(value).is_some())
        {
            return None;
        }
        let table = self.schema.table(key)?;
        self.is_by_itself(key, table, update).then_some(())?;
        let (source, values) = self.decided(key, table, filter)?;
        let own = self.overwritten_column(table, update, source)?;
        let mut beside = self.beside(table, own)?;
        for (name, _) in &update.sets {
            let column = table.column(self.dialect, name)?;
            let known = self.ledger.cases.known(column.id);
            if let Some(case) = known.filter(|case| column.id != own.id && case.of().is_none()) {
                beside.rest.insert(column.id, case.rest().to_owned());
            }
        }
        let met = self.met_values(&beside, own, source, &values)?;
        for (name, value) in &update.sets {
            let column = table.column(self.dialect, name)?;
            let constant = constant(value)?;
            let follows = column.id == own.id || beside.rest.contains_key(&column.id);
            let holds = self.takes(table, &column.is, std::slice::from_ref(&constant));
            (follows && holds).then_some(())?;
            for value in &met {
                let row = beside.asked.entry(value.clone()).or_default();
                row.insert(column.id, constant.clone());
            }
            if column.id == own.id {
                // Whoever had that before is not told from those who get it now.
                beside.asked.entry(constant).or_default();
            }
        }
        let columns: Vec<Id> = beside.columns().collect();
        let told = beside.asked.len() <= MOST && beside.tells(self, own.id, &columns);
        told.then_some((own.id, beside))
    }

    /// The column that is overwritten, whose values decide, or one beside it.
    fn overwritten_column<'t>(
        &self,
        table: &'t Table,
        update: &Update,
        source: &'t schema::Column,
    ) -> Option<&'t schema::Column> {
        let sets = |column: &schema::Column| {
            let mut names = update.sets.iter().map(|(name, _)| name);
            names.any(|name| self.same(name, &column.is.name))
        };
        if sets(source) && source.is.generated.is_none() {
            return Some(source);
        }
        update.sets.iter().find_map(|(name, _)| {
            let own = table.column(self.dialect, name)?;
            let version = self.ledger.cases.version(own.id);
            let case = self.ledger.cases.known(source.id);
            let by_case = case.is_some_and(|case| case.of() == Some(version));
            let followed = self.ledger.cases.beside(own.id);
            let is_beside = followed.is_some_and(|told| told.rest.contains_key(&source.id));
            ((by_case || is_beside) && own.is.generated.is_none()).then_some(own)
        })
    }

    /// What is known of a column and those beside it before the UPDATE.
    fn beside(&self, table: &Table, own: &schema::Column) -> Option<Beside> {
        let mut beside = match self.ledger.cases.beside(own.id) {
            Some(beside) => beside.clone(),
            None => {
                let ties = self.ledger.ties.of(own.id);
                let told = |value: Id| {
                    let own = ties.iter().filter(|tied| tied.value() == value);
                    let told = own.clone().all(|tied| !tied.by().is_empty());
                    told.then(|| (value, own.flat_map(|tied| tied.by().to_vec()).collect()))
                };
                let carried = self.ledger.values(own.id).into_iter();
                Beside {
                    left: Vec::new(),
                    carried: carried.filter_map(told).collect(),
                    rest: BTreeMap::new(),
                    asked: BTreeMap::new(),
                }
            }
        };
        let version = self.ledger.cases.version(own.id);
        for column in &table.columns {
            let known = self.ledger.cases.known(column.id);
            let Some(case) = known.filter(|case| case.of() == Some(version)) else {
                continue;
            };
            beside.rest.insert(column.id, case.rest().to_owned());
            for (value, constant) in case.pairs() {
                for before in beside.before(own.id, value) {
                    let row = beside.asked.entry(before).or_default();
                    row.insert(column.id, constant.clone());
                }
            }
        }
        (!beside.carried.is_empty()).then_some(beside)
    }

    /// Which of the values that the column held at first the rows had that are met.
    fn met_values(
        &self,
        beside: &Beside,
        own: &schema::Column,
        source: &schema::Column,
        values: &[String],
    ) -> Option<Vec<String>> {
        if source.id == own.id {
            let before = values.iter().flat_map(|value| beside.before(own.id, value));
            return Some(before.collect());
        }
        let rest = beside.rest.get(&source.id)?;
        if !differ(self.dialect, values, std::slice::from_ref(rest)) {
            return None;
        }
        let asked = beside.asked.keys();
        let stands = |value: &&String| {
            let at = beside.at(own.id, source.id, value);
            at.is_some_and(|at| values.iter().any(|met| met == at))
        };
        Some(asked.filter(stands).cloned().collect())
    }

    /// The UPDATE is about to change what told a column so far.
    pub(in crate::judge) fn release_beside(&mut self, (_, beside): &(Id, Beside)) {
        for column in beside.columns() {
            self.ledger.ties.release(column, &beside.values());
        }
    }

    /// The UPDATE is over: the columns tell together what stood in the one.
    ///
    /// What they told by themselves before they tell so no more.
    pub(in crate::judge) fn tell_beside(&mut self, table: Id, (own, mut beside): (Id, Beside)) {
        let mut by: Vec<Id> = beside.columns().collect();
        let mut at = 0;
        while at < by.len() {
            let mut fewer = by.clone();
            fewer.remove(at);
            match beside.tells(self, own, &fewer) {
                true => by = fewer,
                false => at += 1,
            }
        }
        for column in beside.columns().chain([own]) {
            self.ledger.hold_no_more(column, &beside.values());
        }
        let holder = by.pop();
        // What stands there is not what came.
        holder
            .into_iter()
            .for_each(|holder| self.ledger.grown.add(holder));
        let with: Vec<Id> = holder.map_or_else(Vec::new, |_| [&[own], by.as_slice()].concat());
        for (value, told_by) in &beside.carried {
            let by = [with.as_slice(), told_by].concat();
            let holder = holder.unwrap_or(own);
            self.ledger.hold_together(holder, &[*value], &by);
        }
        let columns = beside.columns().chain([own, table]);
        let cases = &self.ledger.cases;
        beside.left = columns.map(|column| cases.version(column)).collect();
        self.ledger.cases.follow_beside(own, beside);
    }

    /// Whether a condition that asks a column for the constant meets none but what stands there as that.
    pub(super) fn is_met_exactly(&self, key: &Key, column: &schema::Column, value: &str) -> bool {
        let quoted = value.starts_with('\'');
        let relation = self.relation_of(key);
        let mut flows = relation.columns.iter();
        let Some(flow) = flows.find(|flow| flow.tag == Some(column.id)) else {
            return false;
        };
        match flow.ty.as_deref().map(|ty| self.type_of(ty)) {
            Some(Type::Text { fixed: false, .. } | Type::Affinity(Affinity::Text)) => {
                quoted && self.compares_exactly(flow)
            }
            Some(Type::Int { .. } | Type::Affinity(Affinity::Integer)) => {
                value.parse::<i64>().is_ok()
            }
            _ => false,
        }
    }
}

/// What is put into each row that is met, where that is said.
fn constant(value: &Value) -> Option<String> {
    match value {
        Value::Constant(constant) => Some(constant.clone()),
        Value::Null => Some(NULL.to_owned()),
        _ => None,
    }
}
