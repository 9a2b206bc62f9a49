//! Under which names does the table stand now that a step of the plan will find under another?
//!
//! The steps before it give tables other names, and the verdict says which: not what they are called from then on. So a name that such
//! a step has in its SQL may be that of each table that it renames.

use onward_analysis::{Access, How, Object};

use crate::Step;
use crate::evidence::brings::may_bring;
use crate::evidence::consumers::Names;

/// What is known of a table that a step will find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// What it may be called now.
    pub(super) names: Vec<Object>,
    /// What it means where the database has none of these names.
    pub(super) missing: Missing,
}

/// Why a table is not there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nothing that runs before could make it.
    Nowhere,
    /// An earlier step of the plan makes it.
    Made,
    /// Nobody can tell what an earlier step leaves under that name.
    Unknown,
}

/// What `object` is, which a step finds after `earlier` have run, in this order.
pub(super) fn of(earlier: &[&Step], object: &Object) -> Standing {
    let mut names = vec![object.clone()];
    let mut made = false;
    for step in earlier.iter().rev() {
        let renamed = renamed(step);
        let mut before: Vec<Object> = Vec::new();
        for name in names {
            if makes(step, &name) {
                made = true;
                continue;
            }
            let changed = step.changes().iter().find(|change| change.object == name);
            let gone = changed.is_some_and(|change| matches!(change.how, How::Drop | How::Rename));
            let other = changed.is_some() || !finds(step, &name) && mentions(step, &name);
            if !(gone && renamed.iter().any(|other| *other != name)) {
                before.push(name);
            }
            if other {
                before.extend(renamed.iter().cloned());
            }
        }
        before.sort_unstable();
        before.dedup();
        names = before;
    }
    let missing = match made {
        true => Missing::Made,
        false if may_bring(earlier, object) => Missing::Unknown,
        false => Missing::Nowhere,
    };
    Standing { names, missing }
}

/// Whether some of `steps` give a table or a column another name.
pub(super) fn rename(steps: &[&Step]) -> bool {
    let mut changes = steps.iter().flat_map(|step| step.changes());
    changes.any(|change| change.how == How::Rename)
}

/// The tables that `step` gives other names.
fn renamed(step: &Step) -> Vec<Object> {
    let changes = step.changes().iter();
    changes
        .filter(|change| change.how == How::Rename && change.object.column.is_none())
        .map(|change| change.object.clone())
        .collect()
}

fn makes(step: &Step, name: &Object) -> bool {
    touched(step, name).is_some_and(|access| access == Access::Create)
}

/// Whether it stands under that name before `step`.
fn finds(step: &Step, name: &Object) -> bool {
    touched(step, name).is_some_and(|access| access != Access::Create)
}

fn touched(step: &Step, name: &Object) -> Option<Access> {
    let mut touches = step.analysis()?.touches.iter();
    let touch = touches.find(|touch| touch.object == *name)?;
    Some(touch.access)
}

/// Whether the SQL of `step` has that name; Rust may.
fn mentions(step: &Step, name: &Object) -> bool {
    step.sql()
        .is_none_or(|sql| Names::of(step.dialect(), sql).has(&name.table))
}

#[cfg(test)]
mod tests {
    use onward_analysis::Dialect;

    use super::*;
    use crate::fixture::{forward, judged, object};

    /// What `users` is after these ups.
    fn users(ups: &[&str]) -> (Vec<String>, Missing) {
        let records = ups.iter().zip(1..);
        let records =
            records.map(|(up, version)| judged(version, Dialect::Postgres, up, "SELECT 1"));
        // The last one is the step that asks.
        let last = judged(99, Dialect::Postgres, "SELECT 1", "SELECT 1");
        let plan = forward(records.chain([last]).collect());
        let steps: Vec<&Step> = plan.steps().iter().collect();
        let standing = of(&steps[..ups.len()], &object("users"));
        let names = standing.names.iter().map(Object::to_string);
        (names.collect(), standing.missing)
    }

    #[test]
    fn a_rename_is_followed_back_to_the_name_that_stands_now() {
        let name = |name: &str| vec![name.to_owned()];
        assert_eq!(users(&[]), (name("users"), Missing::Nowhere));
        let other = "ALTER TABLE bills ADD COLUMN note text";
        assert_eq!(users(&[other]), (name("users"), Missing::Nowhere));
        let (names, missing) = users(&["ALTER TABLE people RENAME TO users"]);
        assert!(names.contains(&"people".to_owned()), "{names:?}");
        assert_eq!(missing, Missing::Unknown);
        let (names, _) = users(&[
            "ALTER TABLE people RENAME TO persons",
            "ALTER TABLE persons RENAME TO users",
        ]);
        assert!(names.contains(&"people".to_owned()), "{names:?}");
        // What else is renamed is not it.
        let other = "ALTER TABLE bills RENAME TO invoices";
        assert_eq!(users(&[other]).0, ["users"]);
        // Another table has its name now.
        let swap = "ALTER TABLE users RENAME TO old; ALTER TABLE people RENAME TO users";
        assert!(users(&[swap]).0.contains(&"people".to_owned()));
    }

    #[test]
    fn what_an_earlier_step_makes_is_not_there_now() {
        let create = "CREATE TABLE users (id int)";
        assert_eq!(users(&[create]), (Vec::new(), Missing::Made));
        let rename = "ALTER TABLE fresh RENAME TO users";
        let (_, missing) = users(&["CREATE TABLE fresh (id int)", rename]);
        assert_eq!(missing, Missing::Made);
    }
}
