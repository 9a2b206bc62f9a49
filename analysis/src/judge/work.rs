//! How much is followed of a script before it is too much?
//!
//! What one statement sets off may be as large as the schema: the triggers of a table, the children of a parent, the
//! columns of a table of thousands. Many such statements on such a schema would take the square of a script's length, so
//! the work is counted. Nothing that a person writes comes near the bound, and beyond it the rest is unknown.
//!
//! The scripts of a folder share what any script may take: each of two hundred that sets off as much as it may would take as
//! long as a script that is two hundred times as long.

use std::cell::Cell;

use super::run::Run;

/// What a script may take.
const BASE: usize = 2_000_000;

/// What all scripts of a folder may take together. Hundreds of them, with views and triggers, come to half of it.
const ALL: usize = 4_000_000;

/// What a script may take whatever those before it took.
const LEAST: usize = 1_000;

/// What each of its statements may take besides.
const PER_STATEMENT: usize = 200;

/// A table with no more columns costs nothing when it is first met: each script looks at all of them several times.
const USUAL_WIDTH: usize = 64;

/// What a table with so many columns costs when it is first met.
pub(super) fn width(columns: usize) -> usize {
    4 * columns.saturating_sub(USUAL_WIDTH)
}

/// What a step takes before it looks at anything.
pub(super) const STEP: usize = 50;

/// The work that is left to be done; none once it was too much.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    given: usize,
    /// What its statements may take, which does not count against the scripts after it.
    own: usize,
    left: Cell<Option<usize>>,
    /// What was done before as much again was given.
    done: Cell<usize>,
}

impl Work {
    /// Of a script of so many statements, behind scripts that took so much of what all may take together.
    pub(super) fn of(statements: usize, taken: usize) -> Work {
        let own = PER_STATEMENT * statements;
        let left = ALL.saturating_sub(taken).min(BASE);
        let given = left.max(LEAST) + own;
        Work {
            given,
            own,
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

    /// So much was done elsewhere.
    pub(super) fn count(&self, work: usize) {
        self.done.set(self.done.get() + work);
    }

    /// How much may be done at a time.
    pub(super) fn given(&self) -> usize {
        self.given
    }

    /// How much was done so far.
    pub(super) fn spent(&self) -> usize {
        self.done.get() + self.given - self.left.get().unwrap_or_default()
    }

    /// How much was done so far beyond what its statements may take.
    pub(super) fn beyond(&self) -> usize {
        self.spent().saturating_sub(self.own)
    }
}

/// Whether all that the scripts of a folder may take together is gone.
pub(super) fn is_gone(taken: usize) -> bool {
    taken >= ALL
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
