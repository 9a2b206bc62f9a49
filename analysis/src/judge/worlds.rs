//! What else is lost where a condition in the script turns out the other way?
//!
//! A direction is played once with every block run that stands behind a condition: that is where most is destroyed. A
//! block that also copies may save what a later statement destroys, so each such block is tried left out as well, with
//! every choice of the others.

use std::collections::{BTreeSet, HashSet};

use super::ledger::losses;
use super::ledger::mark::Mark;
use super::run::Run;
use super::session::settings::Settings;
use crate::schema::{Id, Schema};
use crate::{Loss, Object};

/// More choices than this are not tried one by one.
const MOST: usize = 32;

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
    /// Whether one of those did something else than to write rows, so that what follows meets other things.
    rearranges: bool,
}

/// What stands around the rows when a block begins.
pub(super) struct BlockStart {
    schema: Schema,
    switches: Switches,
    counts: Counts,
    rows: Mark,
}

impl BlockStart {
    pub(super) fn of(run: &Run<'_>) -> BlockStart {
        BlockStart {
            schema: run.schema.clone(),
            switches: Switches::of(run),
            counts: Counts::of(run),
            rows: run.ledger.mark(),
        }
    }

    /// Whether nothing was changed since but rows.
    fn stands(&self, run: &Run<'_>) -> bool {
        self.switches == Switches::of(run)
            && self.counts == Counts::of(run)
            && self.schema.is_same(&run.schema)
    }
}

/// What a session has switched on or off.
#[derive(PartialEq, Eq)]
struct Switches {
    foreign_keys: bool,
    unchecked_keys: bool,
    keeps_zeros: bool,
    recursive_triggers: bool,
    settings: Settings,
}

impl Switches {
    fn of(run: &Run<'_>) -> Switches {
        Switches {
            foreign_keys: run.foreign_keys,
            unchecked_keys: run.unchecked_keys,
            keeps_zeros: run.keeps_zeros,
            recursive_triggers: run.recursive,
            settings: run.settings.clone(),
        }
    }
}

/// How often something has happened that what follows may depend on.
#[derive(PartialEq, Eq)]
struct Counts {
    /// Variables were given a constant.
    constants: u32,
    /// Points were saved.
    saves: u32,
    /// Transactions have ended.
    ended: u32,
    /// The saved points that the script may go back to.
    open: usize,
}

impl Counts {
    fn of(run: &Run<'_>) -> Counts {
        Counts {
            constants: run.constants,
            saves: run.saves,
            ended: run.transactions,
            open: run.saved.len(),
        }
    }
}

impl World {
    /// The one where no copy behind a condition is relied on.
    fn distrusting() -> World {
        World {
            distrusts: true,
            ..World::default()
        }
    }

    /// Whether something was copied that a condition may have kept from being copied.
    pub(super) fn saves_perhaps(&self) -> bool {
        !self.decisive.is_empty()
    }

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

impl Run<'_> {
    /// The block of that number has run.
    pub(super) fn has_run(&mut self, at: usize, before: &BlockStart) {
        self.set_perhaps(&before.switches.settings);
        if self.world.distrusts {
            self.ledger.take_back_copies(&before.rows);
        } else if at >= self.world.choices.len() {
            let copied = self.ledger.copied_since(&before.rows);
            if !copied.is_empty() {
                self.world.rearranges |= !before.stands(self);
                self.world.decisive.push((at, copied));
            }
        }
    }
}

/// What is lost in other worlds than the first.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    pub(super) losses: Vec<Loss>,
    /// Whether they set off more than can be followed.
    pub(super) is_too_much: bool,
    /// How much was done there.
    pub(super) spent: usize,
}

/// Plays the direction in every other world that matters after it has been played in the first, where `known` was lost; `play`
/// plays it once, with so much work at the most.
///
/// The worst is tried first: nothing that a condition saves is relied on. Mostly no more is lost there than is known, and then
/// it is in no other world: what a block does not copy it can only destroy.
pub(super) fn others<'a>(
    first: &Run<'a>,
    known: &HashSet<Object>,
    play: impl Fn(World, usize) -> Run<'a>,
) -> Elsewhere {
    let mut elsewhere = Elsewhere::default();
    if first.ledger.hits.is_empty() || !first.world.saves_perhaps() {
        return elsewhere;
    }
    let mut todo: Vec<World> = first.world.neighbours(&first.ledger.destroyed()).collect();
    if todo.is_empty() {
        return elsewhere;
    }
    let most = first.work.given();
    let lost_in = |run: &Run<'_>| {
        run.work.renew();
        let mut losses = losses::losses(run);
        losses.retain(|loss| !known.contains(&loss.object));
        losses
    };
    let worst = play(World::distrusting(), most);
    let is_too_much = worst.is_exhausted();
    let worst_losses = lost_in(&worst);
    elsewhere.is_too_much = is_too_much || worst.is_exhausted();
    elsewhere.spent = worst.work.spent();
    if worst_losses.is_empty() && !first.world.rearranges {
        return elsewhere;
    }
    let mut left = Some(most);
    let mut tried = 0;
    while let Some(world) = todo.pop() {
        tried += 1;
        let run = left.map(|left| play(world, left));
        let run = run.filter(|run| tried <= MOST && !run.is_exhausted());
        let Some(run) = run else {
            elsewhere.losses.extend(worst_losses);
            break;
        };
        elsewhere.losses.extend(lost_in(&run));
        todo.extend(run.world.neighbours(&run.ledger.destroyed()));
        elsewhere.spent += run.work.spent();
        left = left.and_then(|left| left.checked_sub(run.work.spent()));
    }
    elsewhere
}
