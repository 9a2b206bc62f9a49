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
const MOST_WORK: usize = 3_000_000;

/// How the conditions of a direction turn out, in the order in which they are met.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// What was chosen beforehand; whatever is met after that runs.
    choices: Vec<bool>,
    /// No copy behind a condition is relied on.
    distrusts: bool,
    /// For each block met so far whether it ran, and the choice that it is a branch of.
    met: Vec<(bool, Option<usize>)>,
    /// Those that ran and copied, and what they copied.
    decisive: Vec<(usize, BTreeSet<Id>)>,
}

impl World {
    /// A choice between blocks that are met from here on, of which one runs.
    pub(super) fn choice(&self) -> usize {
        self.met.len()
    }

    /// Whether the next block runs, and its number.
    pub(super) fn meet(&mut self, choice: Option<usize>) -> (bool, usize) {
        let at = self.met.len();
        let runs = self.choices.get(at).copied().unwrap_or(true);
        self.met.push((runs, choice));
        (runs, at)
    }

    /// Whether no other branch of the same choice would run if the block of that number did not.
    fn is_last_of_choice(&self, at: usize) -> bool {
        let Some((_, Some(choice))) = self.met.get(at) else {
            return false;
        };
        // Whatever is met after it would run.
        let others = self
            .met
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at);
        let mut others = others.filter(|(_, (_, of))| *of == Some(*choice));
        !others.any(|(other, (runs, _))| *runs || other > at)
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
            .filter(move |(at, copied)| saves(copied) && !self.is_last_of_choice(*at));
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
