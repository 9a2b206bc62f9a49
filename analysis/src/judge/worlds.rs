//! What else is lost where a condition in the script turns out the other way?
//!
//! A direction is played once with every block run that stands behind a condition: that is where most is destroyed. A
//! block that also copies may save what a later statement destroys, so each such block is tried left out as well, with
//! every choice of the others.

use std::collections::BTreeSet;

use super::ledger::{Ledger, Mark};
use super::run::Run;
use crate::schema::Id;

/// More choices than this are not tried one by one.
const MOST: usize = 32;

/// Nor is more looked at than this in all of them.
const MOST_WORK: usize = 500_000;

/// How the conditions of a direction turn out, in the order in which they are met.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// What was chosen beforehand; whatever is met after that runs.
    choices: Vec<bool>,
    /// No copy behind a condition is relied on.
    distrusts: bool,
    met: usize,
    /// Those that ran and copied, and what they copied.
    decisive: Vec<(usize, BTreeSet<Id>)>,
}

impl World {
    /// Whether the next block runs, and its number.
    pub(super) fn meet(&mut self) -> (bool, usize) {
        let at = self.met;
        self.met += 1;
        (self.choices.get(at).copied().unwrap_or(true), at)
    }

    /// The block of that number has run.
    pub(super) fn ran(&mut self, at: usize, before: &Mark, after: &mut Ledger) {
        if self.distrusts {
            after.take_back_copies(before);
        } else if at >= self.choices.len() {
            let copied = after.copied_since(before);
            if !copied.is_empty() {
                self.decisive.push((at, copied));
            }
        }
    }

    /// The worlds that differ from this one in that one more block does not run that copied something of `destroyed`.
    fn neighbours(&self, destroyed: &BTreeSet<Id>) -> impl Iterator<Item = World> {
        let saves = |copied: &BTreeSet<Id>| !copied.is_disjoint(destroyed);
        let decisive = self
            .decisive
            .iter()
            .filter(move |(_, copied)| saves(copied));
        decisive.map(|(at, _)| {
            let mut choices = self.choices.clone();
            choices.resize(*at, true);
            choices.push(false);
            World {
                choices,
                ..World::default()
            }
        })
    }
}

/// Plays the direction in every other world that matters after it has been played in the first; `play` plays it once.
pub(super) fn others<'a>(first: &Run<'a>, mut play: impl FnMut(World) -> Run<'a>) {
    if first.ledger.hits.is_empty() {
        return;
    }
    let mut todo: Vec<World> = first.world.neighbours(&first.ledger.destroyed()).collect();
    let mut tried = 0;
    while let Some(world) = todo.pop() {
        tried += 1;
        if tried > MOST || (tried - 1) * first.spent() > MOST_WORK {
            play(World {
                distrusts: true,
                ..World::default()
            });
            return;
        }
        let run = play(world);
        todo.extend(run.world.neighbours(&run.ledger.destroyed()));
    }
}
