//! How much is followed of a script before it is too much?
//!
//! What one statement sets off may be as large as the schema: the triggers of a table, the children of a parent, the
//! columns of a table of thousands. Many such statements on such a schema would take the square of a script's length, so
//! the work is counted. Nothing that a person writes comes near the bound, and beyond it the rest is unknown.

use std::cell::Cell;

use super::run::Run;

/// What any script may take.
const BASE: usize = 2_000_000;

/// What each of its statements may take besides.
const PER_STATEMENT: usize = 200;

/// What a step takes before it looks at anything.
pub(super) const STEP: usize = 50;

/// The work that is left to be done; none once it was too much.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    given: usize,
    left: Cell<Option<usize>>,
    /// What was done before as much again was given.
    done: Cell<usize>,
}

impl Work {
    pub(super) fn of(statements: usize) -> Work {
        let given = BASE + PER_STATEMENT * statements;
        Work {
            given,
            left: Cell::new(Some(given)),
            done: Cell::new(0),
        }
    }

    /// No more than so much may be done.
    pub(super) fn limit(&mut self, most: usize) {
        self.given = self.given.min(most);
        self.left.set(Some(self.given));
    }

    /// As much again may be done.
    pub(super) fn renew(&self) {
        self.done.set(self.spent());
        self.left.set(Some(self.given));
    }

    /// How much may be done at a time.
    pub(super) fn given(&self) -> usize {
        self.given
    }

    /// How much was done so far.
    pub(super) fn spent(&self) -> usize {
        self.done.get() + self.given - self.left.get().unwrap_or_default()
    }
}

impl Run<'_> {
    /// Looks at `parts` parts of the schema.
    pub(crate) fn spend(&self, parts: usize) {
        let left = self.work.left.get();
        let left = left.and_then(|left| left.checked_sub(parts));
        self.work.left.set(left);
    }

    /// The parts one by one, each of which is worth as much as `cost` parts of the schema; no more once that was too much.
    pub(crate) fn each<T>(
        &self,
        cost: usize,
        parts: impl Iterator<Item = T>,
    ) -> impl Iterator<Item = T> {
        parts.take_while(move |_| {
            self.spend(cost);
            !self.is_exhausted()
        })
    }

    /// Whether it was too much, so that what follows is not.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.work.left.get().is_none()
    }
}
