//! How is a block undone, whose statements may or may not run?

use super::{Answer, Invert};
use crate::act::{Act, Change, Step};

impl Invert<'_> {
    /// The statements of a block, where it is certain that each of them does its work: what it makes is not there yet, and
    /// what it takes away is.
    pub(super) fn block(&self, steps: &[Step]) -> Answer {
        let mut all: Vec<String> = Vec::new();
        for step in steps.iter().rev() {
            if !self.run.schema.is_complete() || !self.is_certain(&step.act) {
                return None;
            }
            all.extend(self.act(&step.act)?);
        }
        Some(all)
    }

    fn is_certain(&self, act: &Act) -> bool {
        let schema = &self.run.schema;
        match act {
            Act::Inert | Act::Assign(_) | Act::Select(_) => true,
            Act::Block { .. } => true,
            Act::CreateTable(new) => {
                let name = new.name.as_ref();
                name.is_some_and(|name| self.table(name).is_none())
            }
            Act::CreateType { name, .. } => !schema.types.contains_key(&self.run.key(name)),
            Act::AlterTable { table, change, .. } => {
                let known = |column: &str| self.known(table, column).is_some();
                self.table(table).is_some()
                    && match change {
                        Change::AddColumn { column, .. } => !known(&column.name),
                        Change::DropColumn { name, .. } => known(name),
                        Change::RenameColumn { from, .. } => known(from),
                        _ => false,
                    }
            }
            _ => false,
        }
    }
}
