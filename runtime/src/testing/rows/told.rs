//! Does a new column tell what stood in one that went?

use std::collections::{BTreeSet, HashMap};

use super::{Rows, Stored};

/// Whether a column that the table got since has one value where this one had one, and another where it had another, as `NOT flag`
/// has. Values that are all different tell nothing of that: beside them any others would.
pub(super) fn is_told(rows: &Rows, now: &Rows, values: &[Stored]) -> bool {
    let distinct: BTreeSet<&Stored> = values.iter().collect();
    let few = distinct.len() > 1 && distinct.len() < values.len();
    let fresh = now
        .columns
        .iter()
        .filter(|(name, _)| rows.column(name).is_none());
    let places = match few {
        true => places(rows, now),
        false => None,
    };
    places.is_some_and(|places| {
        fresh.into_iter().any(|(_, others)| {
            let pairs: BTreeSet<(&Stored, &Stored)> = values
                .iter()
                .zip(&places)
                .map(|(value, at)| (value, &others[*at]))
                .collect();
            let others: BTreeSet<&Stored> = pairs.iter().map(|(_, other)| *other).collect();
            pairs.len() == distinct.len() && others.len() == distinct.len()
        })
    })
}

/// Where each row stands now, if what stayed of the rows tells each from the others.
fn places(rows: &Rows, now: &Rows) -> Option<Vec<usize>> {
    let stayed = rows.columns.iter().filter_map(|(name, values)| {
        let later = now.column(name)?;
        Some((values, later))
    });
    let (then, later): (Vec<&Vec<Stored>>, Vec<&Vec<Stored>>) = stayed.unzip();
    let row = |columns: &[&Vec<Stored>], at: usize| -> Vec<Stored> {
        columns.iter().map(|values| values[at].clone()).collect()
    };
    let mut at_now: HashMap<Vec<Stored>, usize> = HashMap::new();
    for at in 0..now.count {
        if at_now.insert(row(&later, at), at).is_some() {
            return None;
        }
    }
    let places = (0..rows.count).map(|at| at_now.remove(&row(&then, at)));
    places.collect()
}
