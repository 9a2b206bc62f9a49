//! In which order do the actions of one `ALTER TABLE` work, whatever the order in which they are written?
//!
//! MySQL and MariaDB look for what is dropped, changed or renamed among the columns that the table had when the statement began,
//! so that `RENAME COLUMN a TO b, RENAME COLUMN b TO a` swaps two names
//! (<https://dev.mysql.com/doc/refman/8.4/en/alter-table.html#alter-table-redefine-column>). PostgreSQL drops before it adds (the
//! passes in its `tablecmds.c`). SQLite has one action in a statement. Whoever reads the steps takes one after the other, each as
//! if it stood alone.

use std::collections::{HashMap, HashSet};

use super::{Act, Change, Place, Step, Turn};
use crate::Dialect;

/// Puts the actions of one `ALTER TABLE` into an order in which each comes to the same as a statement of its own.
pub(crate) fn in_order(dialect: Dialect, steps: &mut Vec<Step>) {
    if steps.len() < 2 {
        return;
    }
    taken_before_made(dialect, steps);
    behind_its_column(steps);
    if dialect == Dialect::Postgres {
        nullable_first(steps);
        constrained_last(steps);
        take_turns(steps);
    }
}

/// PostgreSQL computes what each column becomes of the rows as they were.
/// (`ATRewriteTable` in its `tablecmds.c`)
fn take_turns(steps: &mut [Step]) {
    let turns = steps.iter_mut().filter_map(|step| match &mut step.act {
        Act::AlterTable {
            change: Change::SetType { turn, .. },
            ..
        } => Some(turn),
        _ => None,
    });
    let turns: Vec<&mut Turn> = turns.collect();
    if turns.len() < 2 {
        return;
    }
    for (at, turn) in turns.into_iter().enumerate() {
        *turn = if at == 0 { Turn::First } else { Turn::Later };
    }
}

/// PostgreSQL lets NULL in before it computes what a column becomes, wherever the two stand.
/// (<https://www.postgresql.org/docs/15/sql-altertable.html>; `AT_PASS_DROP` comes before `AT_PASS_ALTER_TYPE`)
fn nullable_first(steps: &mut [Step]) {
    let is = |step: &Step, own: fn(&Change) -> bool| match &step.act {
        Act::AlterTable { change, .. } => own(change),
        _ => false,
    };
    let lets = |change: &Change| matches!(change, Change::DropNotNull(_));
    let retypes = |change: &Change| matches!(change, Change::SetType { .. });
    if steps.iter().any(|step| is(step, lets)) && steps.iter().any(|step| is(step, retypes)) {
        steps.sort_by_key(|step| !is(step, lets));
    }
}

/// PostgreSQL adds its columns before what constrains them, wherever the two stand.
/// (`AT_PASS_ADD_COL` comes before `AT_PASS_ADD_CONSTR` and `AT_PASS_ADD_INDEX`)
fn constrained_last(steps: &mut [Step]) {
    let adds = |step: &Step| {
        let action = step.action();
        action.is_some_and(|change| matches!(change, Change::AddColumn { .. }))
    };
    let constrains = |step: &Step| {
        let action = step.action();
        action.is_some_and(|change| matches!(change, Change::AddConstraint(_)))
    };
    let Some(first) = steps.iter().position(constrains) else {
        return;
    };
    if steps[first..].iter().any(adds) {
        steps[first..].sort_by_key(constrains);
    }
}

/// What an action names.
#[derive(PartialEq, Eq, Hash)]
enum Thing {
    Column(String),
    Index(String),
}

/// What the action looks for in the table as it was, in small letters: MySQL does not tell names apart by case.
fn taken(change: &Change) -> Option<Thing> {
    match change {
        Change::DropColumn { name, .. }
        | Change::RenameColumn { from: name, .. }
        | Change::Redefine { from: name, .. } => Some(Thing::Column(name.to_lowercase())),
        Change::DropIndex { name, .. } | Change::DropConstraint { name, .. } => {
            Some(Thing::Index(name.to_lowercase()))
        }
        _ => None,
    }
}

/// What there is only once the action is done.
fn made(change: &Change) -> Option<Thing> {
    match change {
        Change::AddColumn { column, .. } => Some(Thing::Column(column.name.to_lowercase())),
        Change::AddConstraint(constraint) => {
            let name = constraint.name.as_ref()?;
            Some(Thing::Index(name.to_lowercase()))
        }
        _ => renamed(change).map(|(_, to)| Thing::Column(to)),
    }
}

/// The old name and the new one, where they are not the same.
fn renamed(change: &Change) -> Option<(String, String)> {
    let (from, to) = match change {
        Change::RenameColumn { from, to } => (from, to),
        Change::Redefine { from, column, .. } => (from, &column.name),
        _ => return None,
    };
    let (from, to) = (from.to_lowercase(), to.to_lowercase());
    (from != to).then_some((from, to))
}

/// Where a name is both taken and made: what is dropped goes first, and then all get their new names.
fn taken_before_made(dialect: Dialect, steps: &mut Vec<Step>) {
    let actions = || steps.iter().filter_map(Step::action);
    let is_taken: HashSet<Thing> = actions().filter_map(taken).collect();
    if is_taken.is_empty() {
        return;
    }
    let is_made: HashSet<Thing> = actions().filter_map(made).collect();
    if is_taken.is_disjoint(&is_made) {
        return;
    }
    // MySQL does not add what is there, even where it is dropped.
    let drops =
        |change: &&Change| matches!(change, Change::DropColumn { if_exists, .. } if !if_exists);
    let dropped: HashSet<Thing> = actions().filter(drops).filter_map(taken).collect();
    let is_there = |change: &Change| {
        dialect == Dialect::MySql
            && matches!(
                change,
                Change::AddColumn {
                    if_not_exists: true,
                    ..
                }
            )
            && made(change).is_some_and(|thing| dropped.contains(&thing))
    };
    // A constraint goes before its column, which would take it along.
    let makes_way = |change: &Change| match change {
        Change::DropColumn { .. } => taken(change).is_some_and(|thing| is_made.contains(&thing)),
        Change::DropIndex { .. }
        | Change::DropConstraint { .. }
        | Change::DropForeignKey(_)
        | Change::DropPrimaryKey => true,
        _ => false,
    };
    let pass = |step: &Step| match step.action() {
        Some(change) if is_there(change) => 0,
        Some(change) if makes_way(change) => 1,
        Some(change) if renamed(change).is_some() => 2,
        _ => 3,
    };
    let mut passes: [Vec<Step>; 4] = Default::default();
    for step in std::mem::take(steps).into_iter().flat_map(named_first) {
        passes[pass(&step)].push(step);
    }
    let [there, gone, renames, rest] = passes;
    steps.extend(there);
    steps.extend(gone);
    steps.extend(without_clash(renames));
    steps.extend(rest);
}

/// A CHANGE that gives a column another name and puts it elsewhere: the place is told by names that columns have afterwards.
fn named_first(mut step: Step) -> Vec<Step> {
    let (from, to) = match step.action() {
        Some(Change::Redefine {
            from,
            column,
            place: Some(_),
            ..
        }) => (from.clone(), column.name.clone()),
        _ => return vec![step],
    };
    if from.to_lowercase() == to.to_lowercase() {
        return vec![step];
    }
    let mut rename = step.clone();
    step.name_column(to.clone());
    rename.set_action(Change::RenameColumn { from, to });
    vec![rename, step]
}

/// Renames of columns, such that no column gets a name that another one still has. Where they go round in a circle, the first
/// column is called something else in between.
fn without_clash(renames: Vec<Step>) -> Vec<Step> {
    let name = |step: &Step| step.action().and_then(renamed);
    let olds = renames.iter().map(|step| name(step).map(|(from, _)| from));
    let by_old: HashMap<String, usize> = olds.flatten().zip(0..).collect();
    let nexts = renames
        .iter()
        .map(|step| name(step).and_then(|(_, to)| by_old.get(&to).copied()));
    let nexts: Vec<Option<usize>> = nexts.collect();
    let mut left: Vec<Option<Step>> = renames.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(left.len());
    for start in 0..left.len() {
        let (mut chain, mut at) = (Vec::new(), Some(start));
        while let Some((now, step)) = at.and_then(|at| Some((at, left.get_mut(at)?.take()?))) {
            chain.push(step);
            at = nexts[now];
        }
        if at == Some(start)
            && let Some(first) = chain.first_mut()
        {
            ordered.extend(first.detour(start));
        }
        ordered.extend(chain.into_iter().rev());
    }
    ordered
}

impl Step {
    fn set_action(&mut self, to: Change) {
        if let Act::AlterTable { change, .. } = &mut self.act {
            *change = to;
        }
    }

    /// The column that it renames or writes anew is called otherwise by now.
    fn name_column(&mut self, name: String) {
        if let Act::AlterTable {
            change: Change::RenameColumn { from, .. } | Change::Redefine { from, .. },
            ..
        } = &mut self.act
        {
            *from = name;
        }
    }

    /// The step that makes way: from here on this one finds its column under a name that nobody else uses.
    fn detour(&mut self, number: usize) -> Option<Step> {
        let (Change::RenameColumn { from, .. } | Change::Redefine { from, .. }) = self.action()?
        else {
            return None;
        };
        let (from, to) = (from.clone(), format!("onward_swap_{number}"));
        let mut aside = self.clone();
        self.name_column(to.clone());
        aside.set_action(Change::RenameColumn { from, to });
        Some(aside)
    }
}

/// Every action names the table as it was called before, wherever its rename stands, and MySQL puts a column behind another by the
/// name that this one is given.
fn behind_its_column(steps: &mut Vec<Step>) {
    let named = |(at, step): (usize, &Step)| {
        let (_, to) = renamed(step.action()?)?;
        Some((to, at))
    };
    let named: HashMap<String, usize> = steps.iter().enumerate().filter_map(named).collect();
    let place = |(own, step): (usize, &Step)| {
        let place = match step.action() {
            Some(Change::AddColumn { place, .. } | Change::Redefine { place, .. }) => {
                place.as_ref()
            }
            _ => None,
        };
        let behind = match place {
            Some(Place::After(name)) => named.get(&name.to_lowercase()),
            _ => None,
        };
        let behind = behind.filter(|behind| **behind > own);
        let renames_table = matches!(step.action(), Some(Change::Rename(_)));
        (renames_table, *behind.unwrap_or(&own), behind.is_some())
    };
    let places: Vec<_> = steps.iter().enumerate().map(place).collect();
    if !places.is_sorted() {
        let mut placed: Vec<_> = places.into_iter().zip(std::mem::take(steps)).collect();
        placed.sort_by_key(|(place, _)| *place);
        steps.extend(placed.into_iter().map(|(_, step)| step));
    }
}
