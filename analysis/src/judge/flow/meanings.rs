//! After what does a condition ask for something else than the same words did before it?
//!
//! Rows that were copied `WHERE v < 'b'` are no longer those that are deleted by it once `v` has another type or collation, its
//! labels have other names, or a function of that name stands before the server's own.

use crate::act::{Act, Assigned, Change, SETTINGS};
use crate::judge::run::Run;
use crate::{Dialect, read};

/// What stands before the name of a column that gets another type: no variable has such a name.
const RETYPED: &str = "\0type of ";

/// What is called so where a condition reads a column of that name.
pub(in crate::judge) fn retyped(column: &str) -> String {
    format!("{RETYPED}{}", column.to_lowercase())
}

impl Run<'_> {
    /// Something is changed by which conditions may mean another thing from here on.
    pub(in crate::judge) fn mind_meaning(&mut self, act: &Act) {
        let own =
            |name: &str| self.dialect == Dialect::Postgres && read::is_harmless(self.dialect, name);
        let changed = match act {
            Act::RenameLabel { .. } | Act::CreateOperator { .. } | Act::CreateCast { .. } => {
                SETTINGS.to_owned()
            }
            Act::CreateRoutine(routine) if own(&routine.name.name) => SETTINGS.to_owned(),
            Act::DropRoutine { name, .. } | Act::RenameRoutine { name, .. } if own(&name.name) => {
                SETTINGS.to_owned()
            }
            Act::AlterTable { change, .. } => match change {
                Change::SetType { column, .. } | Change::Redefine { from: column, .. } => {
                    retyped(column)
                }
                Change::ConvertCharset(_) => SETTINGS.to_owned(),
                _ => return,
            },
            _ => return,
        };
        self.assign(&[Assigned::anew(changed)]);
    }
}
