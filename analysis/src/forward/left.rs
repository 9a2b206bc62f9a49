//! What does the way back leave, or not bring again, that no rule on pairs tells: extensions and rows?
//!
//! An extension may be anybody's by now, and a row that an INSERT wrote stands beside others. So a pair is not blamed for
//! them; but who undoes a migration is told.

use crate::act::{Act, Name, Step};
use crate::schema::same;
use crate::split::split;
use crate::{Dialect, Schema, Version, family};

/// One database's: the schema before a migration, the one that it left, and the one after what undoes it today.
pub(super) struct Course<'a> {
    pub(super) dialect: Dialect,
    pub(super) before: &'a Schema,
    pub(super) then: &'a Schema,
    pub(super) after: &'a Schema,
}

/// What stays of migration `version`, whose up was `made`, after `undoes`: a sentence each.
pub(super) fn stays(
    version: Version,
    made: &str,
    undoes: &str,
    course: &Course<'_>,
) -> Vec<String> {
    let made_there = |name: &&String| {
        let is_in = |schema: &Schema| schema.extensions.contains_key(*name);
        !is_in(course.before) && is_in(course.then) && is_in(course.after)
    };
    let extensions = course.after.extensions.keys().filter(made_there);
    let extensions =
        extensions.map(|name| format!("the extension {name}, which {version} made, stays"));
    let (inserts, takes) = (
        tables(course.dialect, made, inserted),
        tables(course.dialect, undoes, cleared),
    );
    let rows = inserts.into_iter().filter(|table| {
        let is_there = |schema| stands(course.dialect, schema, table);
        is_there(course.before)
            && is_there(course.after)
            && !takes
                .iter()
                .any(|other| is_one(course.dialect, table, other))
    });
    let rows = rows.map(|table| format!("the rows that {version} put into {} stay", table.name));
    extensions.chain(rows).collect()
}

/// The tables that migration `version` filled, that are gone after what undoes it, and that `down` makes again without rows:
/// a sentence each.
pub(super) fn unfilled(
    version: Version,
    made: &str,
    down: &str,
    course: &Course<'_>,
) -> Vec<String> {
    let again = tables(course.dialect, down, inserted);
    let lost = tables(course.dialect, made, inserted)
        .into_iter()
        .filter(|table| {
            let is_there = |schema| stands(course.dialect, schema, table);
            is_there(course.then)
                && !is_there(course.after)
                && !again
                    .iter()
                    .any(|other| is_one(course.dialect, table, other))
        });
    lost.map(|table| {
        format!(
            "the rows that {version} put into {} do not come back",
            table.name
        )
    })
    .collect()
}

/// The tables that a script does something with, each once.
fn tables(dialect: Dialect, sql: &str, of: fn(&Act) -> Option<&Name>) -> Vec<Name> {
    fn add(steps: &[Step], of: fn(&Act) -> Option<&Name>, found: &mut Vec<Name>) {
        for step in steps {
            let act = match &step.act {
                Act::With(_, step) => &step.act,
                Act::Only(act) => act,
                act => act,
            };
            match act {
                Act::Block { steps, .. } | Act::UnderPath(_, steps) => add(steps, of, found),
                act => found.extend(of(act).filter(|name| !found.contains(name)).cloned()),
            }
        }
    }
    let mut found = Vec::new();
    for steps in family::steps(dialect, sql, &split(sql, dialect)) {
        add(&steps, of, &mut found);
    }
    found
}

fn inserted(act: &Act) -> Option<&Name> {
    match act {
        Act::Insert(insert) => Some(&insert.table),
        _ => None,
    }
}

fn cleared(act: &Act) -> Option<&Name> {
    match act {
        Act::Delete(delete) => Some(&delete.table),
        Act::Truncate { table, .. } | Act::DropTable { name: table, .. } => Some(table),
        _ => None,
    }
}

fn stands(dialect: Dialect, schema: &Schema, name: &Name) -> bool {
    let mut tables = schema.tables.values();
    tables.any(|table| !table.temporary && is_one(dialect, &table.name, name))
}

/// Whether both names may be one table's.
fn is_one(dialect: Dialect, one: &Name, other: &Name) -> bool {
    let schemas = one.schema.as_ref().zip(other.schema.as_ref());
    same(dialect, &one.name, &other.name) && schemas.is_none_or(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use crate::forward::tests::{of, past};

    const KINDS: &str = "CREATE TABLE kinds (id int PRIMARY KEY)";

    /// Run on PostgreSQL 15.
    #[test]
    fn an_extension_that_stays_is_said() {
        let table = "CREATE TABLE t (id uuid)";
        for there in ["", "IF NOT EXISTS "] {
            let up = format!("CREATE EXTENSION {there}pgcrypto; {table};");
            let forward = of(&[past(1, &up, Some("DROP TABLE t;"))], 1).unwrap();
            assert_eq!(
                forward.unreversed,
                ["the extension pgcrypto, which 1 made, stays"]
            );
            // One that is there cannot be made again.
            let down = forward.down.unwrap();
            assert_eq!(down.contains("EXTENSION"), !there.is_empty(), "{down}");
        }
        let up = format!("CREATE EXTENSION pgcrypto; {table};");
        let both = "DROP TABLE t; DROP EXTENSION pgcrypto;";
        let forward = of(&[past(1, &up, Some(both))], 1).unwrap();
        assert!(forward.unreversed.is_empty(), "{forward:?}");
        assert_eq!(forward.down.as_deref(), Some(&*up));
    }

    #[test]
    fn rows_that_stay_are_said() {
        let up = "CREATE TABLE t (id int); INSERT INTO t VALUES (1); INSERT INTO kinds VALUES (7);";
        let unreversed = |down| {
            let history = [past(1, KINDS, None), past(2, up, Some(down))];
            of(&history, 2).unwrap().unreversed
        };
        assert_eq!(
            unreversed("DROP TABLE t;"),
            ["the rows that 2 put into kinds stay"]
        );
        let both = "DELETE FROM kinds WHERE id = 7; DROP TABLE t;";
        assert!(unreversed(both).is_empty());
    }

    #[test]
    fn rows_that_do_not_come_back_are_said() {
        let (up, down) = (
            "CREATE TABLE t (id int); INSERT INTO t VALUES (1);",
            "DROP TABLE t;",
        );
        let later = past(2, "ALTER TABLE t ADD COLUMN a int", None);
        let forward = of(&[past(1, up, Some(down)), later], 1).unwrap();
        let said = "of its own down: the rows that 1 put into t do not come back";
        assert!(
            forward.unreversed.iter().any(|one| one == said),
            "{forward:?}"
        );
        let forward = of(&[past(1, up, Some(down))], 1).unwrap();
        assert_eq!(forward.down.as_deref(), Some(up));
        assert!(forward.unreversed.is_empty(), "{forward:?}");
    }
}
