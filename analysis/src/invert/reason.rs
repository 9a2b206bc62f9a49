//! Why does nothing undo it?

use super::Invert;
use crate::act::{Act, Change};
use crate::family::REJECTED;

impl Invert<'_> {
    /// The reason, as a clause.
    pub(super) fn reason(&self, act: &Act) -> String {
        match act {
            Act::Unknown(reason) => not_understood(reason),
            Act::Block { .. } => {
                "whether each of its statements does anything depends on what stands there"
                    .to_owned()
            }
            Act::Delete(_) | Act::Truncate { .. } => "the rows that it takes are gone".to_owned(),
            Act::Update(_) => "what it overwrites stands nowhere else".to_owned(),
            Act::Insert(_) => {
                "the rows that it writes cannot be told from others by a key".to_owned()
            }
            Act::SearchPath(_) => "it changes halfway where names are looked up".to_owned(),
            Act::CallRoutine(name) | Act::CallProcedure { name, .. } => {
                format!("what `{}` does is not known", name.name)
            }
            Act::AlterTable { table, change, .. } => self.of_change(table, change),
            Act::DropTable {
                name,
                cascade: true,
                ..
            } if self.table(name).is_some_and(|table| !table.open) => {
                "foreign keys of other tables go with it".to_owned()
            }
            Act::DropTable { name, .. }
            | Act::DropView { name, .. }
            | Act::DropSequence { name, .. }
            | Act::DropType { name, .. }
            | Act::DropIndex { name, .. }
            | Act::DropTrigger { name, .. }
            | Act::DropRoutine { name, .. } => unknown(&name.name),
            Act::CreateTable(_) => {
                "whether it makes a table depends on what stands there".to_owned()
            }
            Act::AddLabel { .. } => "a label goes only with its type, which is not known or which views or routines depend on".to_owned(),
            Act::DropSchema { .. } | Act::DropDatabase { .. } => {
                "what stood in it is not known".to_owned()
            }
            _ => "no statement undoes it".to_owned(),
        }
    }

    fn of_change(&self, table: &crate::act::Name, change: &Change) -> String {
        let of = |column: &String| format!("{}.{column}", table.name);
        match change {
            Change::Unknown(reason) => not_understood(reason),
            Change::DropColumn { name, .. } if self.known(table, name).is_some() => format!(
                "`{}` is required and has no default, so rows that stand would have nothing to put there",
                of(name)
            ),
            Change::DropColumn { name, .. }
            | Change::SetNotNull(name)
            | Change::DropNotNull(name)
            | Change::SetDefault { column: name, .. }
            | Change::Redefine { from: name, .. } => unknown(&of(name)),
            Change::SetType {
                using: Some(_),
                column,
                ..
            } => {
                format!(
                    "`{}` is computed anew, and no cast computes it back",
                    of(column)
                )
            }
            Change::SetType { column, .. } => unknown(&of(column)),
            Change::DropConstraint { name, .. }
            | Change::DropForeignKey(name)
            | Change::DropIndex { name, .. } => unknown(name),
            Change::DropPrimaryKey => unknown(&table.name),
            Change::DropPartitions(_) | Change::TruncatePartitions(_) => {
                "the rows that it takes are gone".to_owned()
            }
            _ => "no statement undoes it".to_owned(),
        }
    }
}

fn unknown(name: &str) -> String {
    format!("what `{name}` was like before is not known")
}

/// What the grammar does not know says so already.
fn not_understood(reason: &str) -> String {
    match reason.starts_with(REJECTED) {
        true => reason.to_owned(),
        false => format!("it is not understood: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::not_understood;

    #[test]
    fn what_is_not_understood_is_said_once() {
        let rejected = "it is not understood (did you mean `SELECT`?)";
        assert_eq!(not_understood(rejected), rejected);
        let sql = "it runs SQL that is made up as it runs";
        assert_eq!(not_understood(sql), format!("it is not understood: {sql}"));
    }
}
