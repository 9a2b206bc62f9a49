//! What is a table or column called once some of the statements of its step have run?
//!
//! A verdict names everything as it stood before its direction. MySQL commits at each statement, so that what a later one takes is
//! looked at, and what is left after a crash is asked about, under the names that earlier statements gave.

use onward_analysis::{Analysis, Object, Renamed};

use crate::Step;

/// What is called otherwise than before its direction began.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// The name of before, and the one of now.
    moved: Vec<(Object, Object)>,
}

impl Names {
    /// Those after `begun` statements of what `analysis` is about. Of the last of them nobody may know whether it has run (`in_doubt`):
    /// then what it renames is called both.
    pub(super) fn after(analysis: &Analysis, begun: usize, in_doubt: bool) -> Names {
        let given = |until: usize| -> Vec<&Renamed> {
            let given = analysis.renames.iter();
            given
                .filter(|renamed| (renamed.statement as usize) < until)
                .collect()
        };
        let mut moved = Vec::new();
        let readings = if in_doubt {
            begun.saturating_sub(1)
        } else {
            begun
        };
        for until in readings..=begun {
            let given = given(until);
            for object in objects(analysis) {
                let now = (object.clone(), now(&given, object));
                if !moved.contains(&now) {
                    moved.push(now);
                }
            }
        }
        // What kept its one name in every reading needs none.
        let several: Vec<Object> = moved
            .iter()
            .filter(|(before, now)| before != now)
            .map(|(before, _)| before.clone())
            .collect();
        moved.retain(|(before, _)| several.contains(before));
        Names { moved }
    }

    /// What `object` may be called now.
    fn of(&self, object: &Object) -> Vec<Object> {
        let found = self.moved.iter().filter(|(before, _)| before == object);
        let found: Vec<Object> = found.map(|(_, now)| now.clone()).collect();
        if found.is_empty() {
            return vec![object.clone()];
        }
        found
    }

    /// Names everything in `analysis` as it is called now. What code was written against, it still calls as before.
    pub(super) fn give(&self, analysis: &mut Analysis) {
        if self.moved.is_empty() {
            return;
        }
        named(&mut analysis.losses, |loss| &mut loss.object, self);
        named(&mut analysis.touches, |touch| &mut touch.object, self);
        named(&mut analysis.bounds, |bound| &mut bound.object, self);
        let mut known = analysis.changes.clone();
        named(&mut analysis.changes, |change| &mut change.object, self);
        analysis.changes.retain(|change| !known.contains(change));
        known.append(&mut analysis.changes);
        analysis.changes = known;
    }

    /// What is called `name` now, as the plan calls it.
    pub(super) fn planned(&self, name: &Object) -> Option<&Object> {
        let found = self.moved.iter().find(|(_, now)| now == name);
        found
            .map(|(before, _)| before)
            .filter(|before| *before != name)
    }
}

impl Step {
    /// Whether what stands under that name now was given it by this step.
    pub(crate) fn has_renamed(&self, now: &Object) -> bool {
        self.names.planned(now).is_some()
    }

    /// What the plan calls the object that is called `now` when this is asked.
    pub(crate) fn planned<'o>(&'o self, now: &'o Object) -> &'o Object {
        self.names.planned(now).unwrap_or(now)
    }
}

/// Each of `all` under each name that it may have.
fn named<T: Clone>(all: &mut Vec<T>, object: impl Fn(&mut T) -> &mut Object, names: &Names) {
    *all = all
        .iter_mut()
        .flat_map(|one| {
            let now = names.of(object(one));
            now.into_iter()
                .map(|name| {
                    let mut other = one.clone();
                    *object(&mut other) = name;
                    other
                })
                .collect::<Vec<T>>()
        })
        .collect();
}

/// Everything that `analysis` names as it was before.
fn objects(analysis: &Analysis) -> impl Iterator<Item = &Object> {
    let losses = analysis.losses.iter().map(|loss| &loss.object);
    let touches = analysis.touches.iter().map(|touch| &touch.object);
    let bounds = analysis.bounds.iter().map(|bound| &bound.object);
    let changes = analysis.changes.iter().map(|change| &change.object);
    losses.chain(touches).chain(bounds).chain(changes)
}

/// What `object` is called after these renames.
fn now(given: &[&Renamed], object: &Object) -> Object {
    let same_table = |renamed: &&&Renamed| {
        let of = &renamed.object;
        of.column.is_none() && (&of.schema, &of.table) == (&object.schema, &object.table)
    };
    let table = given.iter().rev().find(same_table).map(|r| &r.to);
    let column = given.iter().rev().find(|renamed| renamed.object == *object);
    let table = table.unwrap_or(object);
    Object {
        schema: table.schema.clone(),
        table: table.table.clone(),
        column: column
            .map_or(&object.column, |renamed| &renamed.to.column)
            .clone(),
    }
}

#[cfg(test)]
mod tests {
    use onward_analysis::Dialect;

    use super::*;
    use crate::Revert;
    use crate::fixture::{back, judged};

    const DOWN: &str = "RENAME TABLE users TO people; ALTER TABLE people CHANGE phone tel varchar(20); ALTER TABLE people DROP COLUMN tel";

    fn down() -> Step {
        let up = "ALTER TABLE users ADD COLUMN phone varchar(20)";
        let plan = back(vec![judged(3, Dialect::MySql, up, DOWN)], Revert::Last);
        plan.steps()[0].clone()
    }

    fn lost(step: &Step) -> Vec<String> {
        let losses = step.losses().iter();
        losses.map(|loss| loss.object.to_string()).collect()
    }

    #[test]
    fn what_a_statement_takes_is_called_as_the_ones_before_it_left_it() {
        let step = down();
        assert_eq!(lost(&step), ["users.phone"]);
        let only = step.only(2..3).unwrap();
        assert_eq!(lost(&only), ["people.tel"]);
        let loss = &only.losses()[0].object;
        assert!(only.has_renamed(loss));
        assert_eq!(only.planned(loss).to_string(), "users.phone");
        let touched: Vec<String> = only
            .analysis()
            .unwrap()
            .touches
            .iter()
            .map(|t| t.object.to_string())
            .collect();
        assert_eq!(touched, ["people"]);
    }

    #[test]
    fn of_a_statement_that_may_have_run_both_names_are_asked_about() {
        let step = down();
        assert_eq!(lost(&step.rest(1)), ["users.phone", "people.phone"]);
        assert_eq!(lost(&step.rest(2)), ["people.phone", "people.tel"]);
    }
}
