//! Where among the columns of a table does one stand?

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::{Id, same};
use crate::Dialect;
use crate::act::Column as Written;

/// Among no more columns than this one is looked for by going through them.
const FEW: usize = 32;

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) id: Id,
    /// It is changed by [`ColumnList`] alone, which knows its name and whether it is constrained.
    pub(crate) is: Arc<Written>,
    /// Of its name, so that most others are told from it without a look at that.
    hash: u64,
}

impl Column {
    pub(crate) fn new(id: Id, is: Arc<Written>) -> Column {
        let hash = hash(&is.name);
        Column { id, is, hash }
    }

    fn is_constrained(&self) -> bool {
        !self.is.constraints.is_empty()
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Column) -> bool {
        self.id == other.id && (Arc::ptr_eq(&self.is, &other.is) || self.is == other.is)
    }
}

/// The same for names that differ only in case.
fn hash(name: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    match name.is_ascii() {
        true => name
            .bytes()
            .map(|byte| byte.to_ascii_lowercase())
            .fold(0xcbf2_9ce4_8422_2325, fold),
        false => name
            .to_lowercase()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, fold),
    }
}

/// The columns of a table in their order. Where they are many, it is kept which of them has which name.
#[derive(Debug, Clone)]
pub(crate) struct ColumnList {
    list: Vec<Column>,
    /// Whether they stand as they were made, so that one is found by its id.
    ascends: bool,
    /// Where each stands, if they do not.
    places: OnceLock<HashMap<Id, usize>>,
    named: OnceLock<Named>,
    /// The places of those that constraints are written at: mostly few, and asked for again and again.
    constrained: OnceLock<Vec<usize>>,
}

/// The columns by the hashes of their names.
#[derive(Debug, Clone, Default)]
struct Named {
    ids: HashMap<u64, Id>,
    /// Whether a name was there already, perhaps in other letters: then some stand under no hash.
    several: bool,
}

impl Named {
    fn add(&mut self, column: &Column) {
        self.several |= self.ids.insert(column.hash, column.id).is_some();
    }
}

impl Default for ColumnList {
    fn default() -> ColumnList {
        Vec::new().into()
    }
}

impl From<Vec<Column>> for ColumnList {
    fn from(list: Vec<Column>) -> ColumnList {
        ColumnList {
            ascends: list.is_sorted_by(|a, b| a.id < b.id),
            list,
            places: OnceLock::new(),
            named: OnceLock::new(),
            constrained: OnceLock::new(),
        }
    }
}

impl Deref for ColumnList {
    type Target = [Column];

    fn deref(&self) -> &[Column] {
        &self.list
    }
}

impl<'c> IntoIterator for &'c ColumnList {
    type Item = &'c Column;
    type IntoIter = std::slice::Iter<'c, Column>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl ColumnList {
    pub(crate) fn of_id(&self, id: Id) -> Option<&Column> {
        self.list.get(self.place_of(id)?)
    }

    fn place_of(&self, id: Id) -> Option<usize> {
        if self.ascends {
            return self.list.binary_search_by_key(&id, |column| column.id).ok();
        }
        if self.list.len() <= FEW {
            return self.list.iter().position(|column| column.id == id);
        }
        let ids = || self.list.iter().map(|column| column.id);
        let places = self.places.get_or_init(|| ids().zip(0..).collect());
        places.get(&id).copied()
    }

    pub(crate) fn place(&self, dialect: Dialect, name: &str) -> Option<usize> {
        let hash = hash(name);
        if self.list.len() > FEW {
            let named = self.named.get_or_init(|| self.names());
            let found = named.ids.get(&hash).and_then(|id| self.place_of(*id));
            let is_it = |at: &usize| same(dialect, &self.list[*at].is.name, name);
            if !named.several {
                return found.filter(is_it);
            }
        }
        self.list
            .iter()
            .position(|column| column.hash == hash && same(dialect, &column.is.name, name))
    }

    fn names(&self) -> Named {
        let mut named = Named::default();
        self.list.iter().for_each(|column| named.add(column));
        named
    }

    /// Those that constraints are written at.
    pub(super) fn constrained(&self) -> impl Iterator<Item = &Column> {
        let places = self.constrained.get_or_init(|| {
            let columns = self.list.iter().enumerate();
            let constrained = columns.filter(|(_, column)| column.is_constrained());
            constrained.map(|(at, _)| at).collect()
        });
        places.iter().filter_map(|at| self.list.get(*at))
    }

    /// The columns, whose definitions may be changed but for their names.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Column> {
        self.constrained = OnceLock::new();
        self.list.iter_mut()
    }

    /// Changes the definition of the column at that place, but for its name.
    pub(super) fn change(&mut self, place: usize, change: impl FnOnce(&mut Written)) {
        let Some(column) = self.list.get_mut(place) else {
            return;
        };
        let before = column.is_constrained();
        change(Arc::make_mut(&mut column.is));
        if before || column.is_constrained() {
            self.constrained = OnceLock::new();
        }
    }

    pub(crate) fn push(&mut self, column: Column) {
        self.ascends &= self.list.last().is_none_or(|last| last.id < column.id);
        self.places = OnceLock::new();
        if let Some(named) = self.named.get_mut() {
            named.add(&column);
        }
        if let Some(places) = self.constrained.get_mut()
            && column.is_constrained()
        {
            places.push(self.list.len());
        }
        self.list.push(column);
    }

    pub(crate) fn remove(&mut self, id: Id) {
        if let Some(at) = self.place_of(id) {
            let column = self.list.remove(at);
            (self.places, self.constrained) = (OnceLock::new(), OnceLock::new());
            self.unname(&column);
        }
    }

    /// The column is written anew, under the same name or another.
    pub(crate) fn rewrite(&mut self, id: Id, is: Written) {
        if let Some(at) = self.place_of(id) {
            let column = Column::new(id, Arc::new(is));
            let constrained = column.is_constrained();
            let old = std::mem::replace(&mut self.list[at], column);
            if constrained || old.is_constrained() {
                self.constrained = OnceLock::new();
            }
            if old.hash != self.list[at].hash {
                self.unname(&old);
                if let Some(named) = self.named.get_mut() {
                    named.add(&self.list[at]);
                }
            }
        }
    }

    /// A column has that name no longer.
    fn unname(&mut self, column: &Column) {
        match self.named.get_mut() {
            Some(named) if named.several => self.named = OnceLock::new(),
            Some(named) => {
                named.ids.remove(&column.hash);
            }
            None => {}
        }
    }

    /// Puts the column behind the one at that place, or first; false where it stands nowhere, or there already.
    pub(super) fn put(&mut self, id: Id, before: Option<usize>) -> bool {
        let Some(from) = self.place_of(id) else {
            return false;
        };
        match before {
            Some(before) if before == from => return false,
            Some(before) if before > from => self.list[from..=before].rotate_left(1),
            before => {
                let to = before.map_or(0, |before| before + 1);
                self.list[to..=from].rotate_right(1);
            }
        }
        self.ascends = self.list.is_sorted_by(|a, b| a.id < b.id);
        (self.places, self.constrained) = (OnceLock::new(), OnceLock::new());
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::act::{Constraint, Restriction};
    use crate::schema::Schema;

    #[derive(Debug, Clone)]
    enum Step {
        Push(u8, bool),
        Remove(u8),
        Rename(u8, u8),
        Constrain(u8, bool),
        Put(u8, u8),
        ConstrainAll(bool),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            12 => any::<(u8, bool)>().prop_map(|(name, on)| Step::Push(name, on)),
            2 => any::<u8>().prop_map(Step::Remove),
            3 => any::<(u8, u8)>().prop_map(|(at, to)| Step::Rename(at, to)),
            3 => any::<(u8, bool)>().prop_map(|(at, on)| Step::Constrain(at, on)),
            2 => any::<(u8, u8)>().prop_map(|(at, to)| Step::Put(at, to)),
            1 => any::<bool>().prop_map(Step::ConstrainAll),
        ]
    }

    /// Some names differ only in case, and some not at all.
    fn name(number: u8) -> String {
        let letter = if number < 8 { 'C' } else { 'c' };
        format!("{letter}{}", number % 100)
    }

    fn constraints(on: bool) -> Vec<Constraint> {
        let constraint = Constraint {
            name: None,
            rule: Restriction::Check,
            text: String::new(),
        };
        Vec::from_iter(on.then_some(constraint))
    }

    fn written(number: u8, on: bool) -> Written {
        Written {
            name: name(number),
            constraints: constraints(on),
            ..Written::default()
        }
    }

    proptest! {
        /// Whatever was changed, each column is found where a look at all of them finds it.
        #[test]
        fn what_is_kept_is_what_stands_there(steps in prop::collection::vec(step(), 0..150)) {
            let mut schema = Schema::empty();
            let table = schema.fresh();
            let mut columns = ColumnList::default();
            for step in steps {
                let at = |number: u8| columns.get(usize::from(number) % columns.len().max(1));
                match step {
                    Step::Push(number, on) => {
                        let id = schema.fresh_column(table);
                        columns.push(Column::new(id, Arc::new(written(number, on))));
                    }
                    Step::Remove(number) => {
                        let id = at(number).map(|column| column.id);
                        id.into_iter().for_each(|id| columns.remove(id));
                    }
                    Step::Rename(number, to) => {
                        let known = at(number).map(|column| (column.id, column.is_constrained()));
                        if let Some((id, on)) = known {
                            columns.rewrite(id, written(to, on));
                        }
                    }
                    Step::Constrain(number, on) => {
                        let place = usize::from(number) % columns.len().max(1);
                        columns.change(place, |column| column.constraints = constraints(on));
                    }
                    Step::Put(number, to) => {
                        let before = usize::from(to).checked_rem(columns.len());
                        let id = at(number).map(|column| column.id);
                        id.into_iter().for_each(|id| _ = columns.put(id, before.filter(|at| *at > 0)));
                    }
                    Step::ConstrainAll(on) => columns
                        .iter_mut()
                        .for_each(|column| Arc::make_mut(&mut column.is).constraints = constraints(on)),
                }
                // What is kept is made here at the latest, so that the next step has to keep it.
                let _ = columns.place(Dialect::Postgres, "c1");
                let constrained: Vec<Id> = columns.constrained().map(|column| column.id).collect();
                let expected = columns.iter().filter(|column| column.is_constrained());
                prop_assert_eq!(constrained, expected.map(|column| column.id).collect::<Vec<_>>());
            }
            for column in &columns {
                prop_assert_eq!(columns.of_id(column.id).map(|found| found.id), Some(column.id));
            }
            for number in 0..110 {
                let name = name(number);
                for dialect in [Dialect::Postgres, Dialect::Sqlite] {
                    let expected = columns.iter().position(|column| same(dialect, &column.is.name, &name));
                    prop_assert_eq!(columns.place(dialect, &name), expected);
                }
            }
        }
    }
}
