//! What does a write to a MERGE table of MySQL do to the tables whose rows it shows?

use crate::Dialect;
use crate::act::{Act, Conflict, Name};
use crate::judge::run::Run;

impl Run<'_> {
    /// The same statement for each of these tables; none where it touches no row of theirs.
    /// (<https://mariadb.com/kb/en/merge/>)
    pub(in crate::judge) fn of_members(&self, act: &Act) -> Vec<Act> {
        let table = match act {
            _ if self.dialect != Dialect::MySql => return Vec::new(),
            // A new row is refused, or left out, where one is in its way.
            Act::Insert(insert) if matches!(insert.conflict, Conflict::Fail | Conflict::Skip) => {
                return Vec::new();
            }
            Act::Insert(insert) => &insert.table,
            Act::Update(update) => &update.table,
            Act::Delete(delete) => &delete.table,
            Act::Truncate { table, .. } => table,
            _ => return Vec::new(),
        };
        let merged = self.schema.table(&self.key(table));
        let members = merged.map_or(&[][..], |merged| &merged.members);
        members.iter().map(|member| on(act, member)).collect()
    }
}

fn on(act: &Act, member: &Name) -> Act {
    let mut act = act.clone();
    let table = match &mut act {
        Act::Insert(insert) => &mut insert.table,
        Act::Update(update) => &mut update.table,
        Act::Delete(delete) => &mut delete.table,
        Act::Truncate { table, .. } => table,
        _ => return act,
    };
    member.clone_into(table);
    act
}
