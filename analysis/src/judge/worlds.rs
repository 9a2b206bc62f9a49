//! What else is lost where a condition in the script turns out the other way?
//!
//! A direction is played once with every block run that stands behind a condition: that is where most is destroyed. A
//! block that also copies may save what a later statement destroys, so each such block is tried left out as well, with
//! every choice of the others.

use super::ledger::{Ledger, Mark};
use super::run::Run;

/// More choices than this are not tried one by one.
const MOST: usize = 32;

/// How the conditions of a direction turn out, in the order in which they are met.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// What was chosen beforehand; whatever is met after that runs.
    choices: Vec<bool>,
    /// No copy behind a condition is relied on.
    distrusts: bool,
    met: usize,
    /// Those that ran and copied.
    decisive: Vec<usize>,
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
        } else if at >= self.choices.len() && after.has_copied_since(before) {
            self.decisive.push(at);
        }
    }

    /// The worlds that differ from this one in that one more block does not run.
    fn neighbours(&self) -> impl Iterator<Item = World> {
        self.decisive.iter().map(|at| {
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
    let mut todo: Vec<World> = first.world.neighbours().collect();
    let mut tried = 0;
    while let Some(world) = todo.pop() {
        tried += 1;
        if tried > MOST {
            play(World {
                distrusts: true,
                ..World::default()
            });
            return;
        }
        todo.extend(play(world).world.neighbours());
    }
}
