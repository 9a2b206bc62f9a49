//! What does the other direction of a pair take away, so that it is not there where this one begins?

use crate::act::{Act, Change, Name};

/// The tables and columns that a direction drops, or calls otherwise.
#[derive(Debug, Clone, Default)]
pub(super) struct Freed {
    pub(super) tables: Vec<Name>,
    /// Each with its table.
    pub(super) columns: Vec<(Name, String)>,
}

impl Freed {
    /// By what the other direction does.
    pub(super) fn by<'a>(acts: impl Iterator<Item = &'a Act>) -> Freed {
        let mut freed = Freed::default();
        for act in acts {
            freed.free(act);
        }
        freed
    }

    fn free(&mut self, act: &Act) {
        match act {
            Act::DropTable { name, .. } => self.tables.push(name.clone()),
            Act::RenameTables(pairs) => {
                let names = pairs.iter().map(|(from, _)| from.clone());
                self.tables.extend(names);
            }
            Act::AlterTable { table, change, .. } => match change {
                Change::Rename(_) => self.tables.push(table.clone()),
                Change::DropColumn { name, .. } | Change::RenameColumn { from: name, .. } => {
                    self.columns.push((table.clone(), name.clone()));
                }
                _ => {}
            },
            _ => {}
        }
    }
}
