//! Which column does each value of the rows go into that come into a table?

use std::collections::HashMap;
use std::ops::Deref;

use crate::schema::Id;

/// Up to so many are gone through.
const FEW: usize = 16;

/// The columns in the order of the values; none for a column that is not there.
pub(in crate::judge) struct Targets {
    columns: Vec<Option<Id>>,
    /// Where each of them stands first, if they are many.
    places: HashMap<Id, usize>,
}

impl Targets {
    pub(in crate::judge) fn of(columns: Vec<Option<Id>>) -> Targets {
        let mut places = HashMap::new();
        if columns.len() > FEW {
            for (at, column) in columns.iter().enumerate() {
                column.map(|column| places.entry(column).or_insert(at));
            }
        }
        Targets { columns, places }
    }

    /// Which value a column gets, if any.
    pub(in crate::judge) fn place(&self, column: Id) -> Option<usize> {
        match self.columns.len() > FEW {
            true => self.places.get(&column).copied(),
            false => self.columns.iter().position(|to| *to == Some(column)),
        }
    }
}

impl Deref for Targets {
    type Target = [Option<Id>];

    fn deref(&self) -> &[Option<Id>] {
        &self.columns
    }
}
