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

    /// The names of the tables that it drops, in small letters.
    pub(super) fn dropped_tables(&self) -> impl Iterator<Item = String> {
        self.dropped.keys().map(|name| name.name.to_lowercase())
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

#[cfg(test)]
mod tests {
    use crate::Dialect::Postgres;
    use crate::judge::{inverse, judge};
    use crate::{Schema, rules::pairs::told};

    fn down(before: &str, up: &str) -> String {
        let before = judge(Postgres, &Schema::empty(), Some(before), None).after;
        inverse(Postgres, &before, up).unwrap().0
    }

    /// Run on PostgreSQL 15, which reads the body of a function in SQL when it is made.
    #[test]
    fn a_function_that_is_read_when_it_is_made_comes_back_behind_its_table() {
        let before = |language: &str| {
            format!(
                "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS bigint LANGUAGE {language} AS 'SELECT count(*) FROM t';"
            )
        };
        let up = "DROP TABLE t; DROP FUNCTION f();";
        let made = down(&before("sql"), up);
        assert!(made.starts_with("CREATE TABLE t"), "{made}");
        assert!(down(&before("plpgsql"), up).starts_with("CREATE FUNCTION f"));
    }

    #[test]
    fn a_comment_comes_back_when_its_column_is_called_as_it_was() {
        let before = "CREATE TABLE t (a int); COMMENT ON COLUMN t.a IS 'old';";
        let made = down(
            before,
            "ALTER TABLE t RENAME COLUMN a TO b; COMMENT ON COLUMN t.b IS 'new';",
        );
        let place = |text: &str| made.find(text);
        assert!(place("RENAME") < place("'old'"), "{made}");
    }

    #[test]
    fn row_security_for_the_owner_is_told() {
        let before = "CREATE TABLE t (a int);";
        let up = "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;";
        let half = "ALTER TABLE t DISABLE ROW LEVEL SECURITY;";
        assert_eq!(
            told(Postgres, before, up, half),
            [
                "leaves_behind: the down leaves the row security for the owner of `t` behind, which the up made"
            ]
        );
        let whole = format!("{half} ALTER TABLE t NO FORCE ROW LEVEL SECURITY;");
        assert!(told(Postgres, before, up, &whole).is_empty());
    }
}
