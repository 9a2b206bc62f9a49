//! What runs only where a condition holds?

use super::objects::given;
use super::run::Run;
use super::worlds::BlockStart;
use crate::act::{Act, Change, Restriction, Step};

impl Run<'_> {
    /// Blocks of which one runs.
    pub(super) fn one_of(&mut self, blocks: &[Step]) {
        let choice = self.world.choice();
        for block in blocks {
            self.span = block.span;
            if let Act::Block { steps, .. } = &block.act {
                self.maybe_as(Some(choice), |run| run.nested(steps));
            }
        }
    }

    /// What happens only if a condition holds, where it does so in the world at hand.
    pub(super) fn maybe(&mut self, run: impl FnOnce(&mut Self)) {
        self.maybe_as(None, run);
    }

    /// Whether the statements only add a foreign key by a name that no constraint of its table has.
    pub(super) fn is_free(&self, steps: &[Step]) -> bool {
        let [step] = steps else { return false };
        let Act::AlterTable {
            table,
            if_exists: false,
            change: Change::AddConstraint(constraint),
        } = &step.act
        else {
            return false;
        };
        let added = constraint.name.as_deref();
        let added = added.filter(|_| matches!(constraint.rule, Restriction::ForeignKey { .. }));
        let known = self.schema.table(&self.key(table));
        added
            .zip(known.filter(|table| !table.open))
            .is_some_and(|(added, table)| {
                let mut names = given::names(table).into_iter();
                names.all(|name| name.is_some_and(|name| !self.same(&name, added)))
            })
    }

    /// The same, where it is one of the branches of a choice.
    fn maybe_as(&mut self, choice: Option<usize>, run: impl FnOnce(&mut Self)) {
        let (runs, at) = self.world.meet(choice);
        if !runs {
            return;
        }
        // What is changed in it is copied before.
        self.spend(self.schema.tables.size() / 16);
        let before = BlockStart::of(self);
        self.perhaps += 1;
        run(self);
        self.perhaps -= 1;
        self.has_run(at, &before);
    }
}
