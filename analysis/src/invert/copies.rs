//! Which of several copies of a table's rows go back into it?
//!
//! A table that was cut into two has its rows in both of them: each row is copied back once, with all of its columns, or nobody
//! knows how.

use super::Invert;
use crate::act::{Act, From, Insert, Name, Query, Rows};

impl Invert<'_> {
    /// Whether the rows of `from` that `insert` copied are to be copied back from there; none where no copy has all of a row.
    pub(super) fn is_the_copy(&self, insert: &Insert, from: &Name) -> Option<bool> {
        let inserts = self.run.each(1, self.course.steps.iter());
        let inserts = inserts.filter_map(|step| match &step.act {
            Act::Insert(other) if self.copies(other, from) => Some(&**other),
            _ => None,
        });
        let copies: Vec<&Insert> = inserts.collect();
        // Those that take some rows each may have parted them.
        if copies.len() < 2 || copies.iter().all(|copy| takes_some(copy)) {
            return Some(true);
        }
        let is_all = |copy: &&&Insert| {
            let targets = self.targets(copy).unwrap_or_default();
            let mut stored = targets
                .iter()
                .filter(|(column, _)| column.generated.is_none());
            !takes_some(copy) && !targets.is_empty() && stored.all(|(_, target)| target.is_some())
        };
        let chosen = copies.iter().find(is_all)?;
        Some(std::ptr::eq(*chosen, insert))
    }

    fn copies(&self, insert: &Insert, from: &Name) -> bool {
        let Rows::Query(query) = &insert.rows else {
            return false;
        };
        let mut sources = query.branches.iter().flat_map(|branch| &branch.from);
        let is_it = |name: &Name| self.run.key(name) == self.run.key(from);
        sources.any(|source| matches!(&source.what, From::Table(name) if is_it(name)))
    }
}

/// Whether rows may be left out.
fn takes_some(insert: &Insert) -> bool {
    let some = |query: &Query| {
        let mut branches = query.branches.iter();
        query.limited || branches.any(|branch| branch.filter.is_some() || branch.from.len() > 1)
    };
    match &insert.rows {
        Rows::Query(query) => some(query),
        _ => true,
    }
}
