//! What does the up do before and after the act at hand?

use std::collections::{HashMap, HashSet};

use crate::act::{Act, Change, Control, Name, Step};

/// The acts of an up, and where those stand that are asked for time and again.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub(super) steps: Vec<&'a Step>,
    /// Where a table of that name is dropped last.
    dropped: HashMap<&'a Name, usize>,
    /// The tables that are made, and then renamed to what was dropped before, as SQLite tells names.
    taking_over: HashSet<&'a Name>,
    /// Where a table is renamed to that name, in small letters.
    renamed_to: HashMap<String, Vec<usize>>,
    /// Where columns of a table of that name, in small letters, change last.
    changed: HashMap<String, usize>,
    /// Whether tables, columns or types get other names, or may.
    pub(super) renames: bool,
    /// Whether a part of it is taken back at once.
    pub(super) goes_back: bool,
}

impl<'a> Course<'a> {
    pub(super) fn of(steps: &'a [Vec<Step>]) -> Course<'a> {
        let mut course = Course {
            steps: steps.iter().flatten().collect(),
            dropped: HashMap::new(),
            taking_over: HashSet::new(),
            renamed_to: HashMap::new(),
            changed: HashMap::new(),
            renames: false,
            goes_back: false,
        };
        let (mut made, mut gone) = (HashSet::new(), HashSet::new());
        let mut renamed = HashSet::new();
        for (at, step) in course.steps.iter().enumerate() {
            course.renames |= may_rename(&step.act);
            match &step.act {
                Act::CreateTable(new) => made.extend(new.name.as_ref()),
                Act::DropTable { name, .. } => {
                    course.dropped.insert(name, at);
                    gone.insert(name.name.to_lowercase());
                }
                Act::AlterTable { table, change, .. } => {
                    if let Change::Rename(to) = change {
                        let to = to.name.to_lowercase();
                        // Only the first name that it is given counts.
                        if made.contains(table) && renamed.insert(table) && gone.contains(&to) {
                            course.taking_over.insert(table);
                        }
                        course.renamed_to.entry(to).or_default().push(at);
                    } else if !keeps_columns(change) {
                        course.changed.insert(table.name.to_lowercase(), at);
                    }
                }
                Act::Transaction(Control::Rollback { .. } | Control::RollbackTo(_)) => {
                    course.goes_back = true;
                }
                _ => {}
            }
        }
        course
    }

    /// Whether a table is dropped after `at`.
    pub(super) fn drops_after(&self, at: usize, table: &Name) -> bool {
        self.dropped.get(table).is_some_and(|last| *last > at)
    }

    /// Whether a table that it makes gets the name of one that it dropped.
    pub(super) fn takes_over(&self, own: &Name) -> bool {
        self.taking_over.contains(own)
    }

    /// Where a table is renamed to `name` after `at`.
    pub(super) fn renames_after(&self, at: usize, name: &Name) -> impl Iterator<Item = &'a Step> {
        let places = self.renamed_to.get(&name.name.to_lowercase());
        let places = places.into_iter().flatten().copied();
        let steps = places.filter(move |place| *place > at);
        steps.filter_map(|place| self.steps.get(place).copied())
    }

    /// Whether columns of a table of that name change after `at`.
    pub(super) fn changes_after(&self, at: usize, table: &Name) -> bool {
        let last = self.changed.get(&table.name.to_lowercase());
        last.is_some_and(|last| *last > at)
    }
}

fn keeps_columns(change: &Change) -> bool {
    matches!(
        change,
        Change::Rename(_)
            | Change::AddColumn { .. }
            | Change::AddConstraint(_)
            | Change::AlterConstraint
            | Change::OwnerTo { .. }
            | Change::Inert
    )
}

/// Whether a table, column or type is called otherwise afterwards.
fn may_rename(act: &Act) -> bool {
    match act {
        Act::AlterTable { change, .. } => match change {
            Change::Rename(_) | Change::RenameColumn { .. } | Change::SetSchema(_) => true,
            Change::Redefine { from, column, .. } => *from != column.name,
            _ => false,
        },
        Act::RenameTables(_)
        | Act::RenameSchema { .. }
        | Act::RenameType { .. }
        | Act::RenameView { .. }
        | Act::Block { .. } => true,
        _ => false,
    }
}
