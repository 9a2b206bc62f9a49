//! What stands after an up, and what does its way back do then?

use super::Asked;
use super::Judged;
use super::Script;
use super::ledger::born::born;
use super::nothing;
use super::pair;
use super::pair::{slips, stops};
use super::rows::seeds::Seeds;
use super::run::Run;
use crate::schema::{Id, Schema, Shared};
use crate::{Analysis, Dialect};
use std::cell::{Cell, LazyCell};

/// An up that has run.
pub(super) struct Played {
    pub(super) before: Schema,
    pub(super) analysis: Analysis,
    pub(super) done: Run<'static>,
    /// The schema that stands after it.
    pub(super) after: Schema,
    /// What it made that holds nothing from before.
    pub(super) born: Shared<Id, ()>,
    /// How much its ways back took of the work that all scripts may take together.
    pub(super) taken: Cell<usize>,
}

impl Played {
    pub(super) fn of(dialect: Dialect, before: &Schema, up: &Script, asked: Asked) -> Played {
        let (analysis, done) = up.run(|| Run {
            extent: asked,
            first: before.is_blank(),
            ..Run::new(dialect, before.clone(), nothing())
        });
        let mut after = done.schema.clone();
        after.settle();
        after.taken += done.work.beyond();
        Played {
            taken: Cell::new(0),
            before: before.clone(),
            born: born(&done, &analysis.losses),
            analysis,
            done,
            after,
        }
    }

    /// Runs the way back.
    pub(super) fn undo(&self, down: &Script, asked: Asked) -> (Analysis, Vec<pair::Fact>, bool) {
        let lost = LazyCell::new(|| self.there_and_back(down));
        let (mut analysis, undone) = down.run(|| Run {
            extent: asked,
            first: self.before.is_blank(),
            given: self.done.ledger.given.clone(),
            earlier: Some((&self.before, &self.done.ledger)),
            looked_up: self.done.looks_up(),
            brought_back: self.brought_back(|| &lost),
            seeds: Seeds::of_up(&self.done.seeds.planted),
            ..Run::new(down.dialect, self.after.clone(), &self.born)
        });
        self.tell_age(&mut analysis.losses, &undone, || &lost);
        let facts = match asked {
            Asked::Verdicts => Vec::new(),
            Asked::Pair => pair::facts(&self.before, &self.done, &undone),
        };
        self.take(undone.work.beyond());
        (analysis, facts, undone.active)
    }

    pub(super) fn take(&self, work: usize) {
        self.taken.set(self.taken.get() + work);
    }

    pub(super) fn judged(
        mut self,
        undone: Option<(Analysis, Vec<pair::Fact>, bool)>,
        asked: Asked,
    ) -> Judged {
        let (down, of_down, active) = match undone {
            Some((analysis, facts, active)) => (Some(analysis), facts, active),
            None => (None, Vec::new(), false),
        };
        self.after.taken += self.taken.get();
        let (of_up, unmet) = match asked {
            Asked::Verdicts => (Vec::new(), Vec::new()),
            Asked::Pair => {
                let mut facts = slips::of_up(&self.done);
                facts.extend(stops::of_up(&self.before, &self.done));
                (facts, stops::unmet(&self.done))
            }
        };
        let facts = of_up.into_iter().chain(of_down).collect();
        Judged {
            up: Some(self.analysis),
            down,
            after: self.after,
            up_does_something: self.done.active,
            down_does_something: active,
            facts,
            unmet,
        }
    }
}

/// What the pair itself says about tables that nothing is known of: a down mostly restores what the up found. None
/// where it says nothing, or the up met no such table.
pub(super) fn guess(played: &Played, down: &Script) -> Option<Schema> {
    let (before, after_up) = (&played.before, &played.done);
    let made = &after_up.ledger.created;
    let met = before.strangers(down.dialect, &after_up.ledger.names);
    if met.is_empty() {
        return None;
    }
    let mut between = after_up.schema.clone();
    between.settle();
    // What the up says of a column is how it leaves it, not how it found it.
    between.unsay(before, made);
    let start = || Run::new(down.dialect, between.clone(), nothing());
    let (_, after_down) = down.run(start);
    before.guess(&after_down.schema, made, &met)
}
