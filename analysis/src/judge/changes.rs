//! Which tables, columns and views are not what they were, for whoever was written against the schema before?

mod column;
mod made;
mod named;

pub(crate) use made::{adds, fills};
pub(crate) use named::{named, routines};

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::ledger::Met;
use super::run::Run;
use crate::schema::{Id, Key};
use crate::{Changed, How, Object};

/// What a direction leaves changed, by the names that it found. What it made itself, or put back as it was, is not among it.
pub(crate) fn changes(run: &Run<'_>) -> Vec<Changed> {
    let mut found: BTreeMap<Object, How> = BTreeMap::new();
    let living = LazyCell::new(|| -> HashSet<Id> {
        // One that lives under another name was put there by the direction itself.
        let tables = run.tables.apart(&run.schema.tables);
        tables.filter_map(|(_, _, now)| Some(now?.id)).collect()
    });
    let named = LazyCell::new(|| named_columns(run));
    for (id, met) in run.ledger.met.iter() {
        let Some(object) = run.ledger.names.get(id).filter(|_| !is_untouched(run, met)) else {
            continue;
        };
        let Some(now) = run.schema.tables.get(&key(run, object)) else {
            found.insert(object.clone(), how(living.contains(id)));
            continue;
        };
        if now.id != *id {
            found.insert(object.clone(), How::Replace);
        }
        let named = named.get(id).map_or(&[][..], Vec::as_slice);
        let columns = column::changes(run, *id, &met.table, now, named);
        found.extend(columns.map(|(name, how)| (column_of(object, name), how)));
    }
    found.extend(run.views.iter().map(|(object, renamed)| {
        let stands = run.schema.views.contains_key(&key(run, object));
        let how = if stands { How::Replace } else { how(*renamed) };
        (object.clone(), how)
    }));
    found
        .into_iter()
        .map(|(object, how)| Changed { object, how })
        .collect()
}

/// Whether the table that it met is nobody else's, or stands as it was met.
fn is_untouched(run: &Run<'_>, met: &Met) -> bool {
    let stands = || {
        let now = run.schema.tables.get(&met.key);
        now.is_some_and(|now| Arc::ptr_eq(now, &met.table))
    };
    met.table.temporary || run.types_stand() && stands()
}

/// The columns that the script named, by their tables, of which little may be known.
fn named_columns<'r>(run: &'r Run<'_>) -> HashMap<Id, Vec<(Id, &'r str)>> {
    let mut named: HashMap<Id, Vec<(Id, &str)>> = HashMap::new();
    for (column, object) in run.ledger.names.iter() {
        if let Some(name) = &object.column {
            let of_table = named.entry(column.home()).or_default();
            of_table.push((*column, name));
        }
    }
    named
}

/// The column `name` of `table`.
fn column_of(table: &Object, name: &str) -> Object {
    Object {
        column: Some(name.to_owned()),
        ..table.clone()
    }
}

fn how(lives: bool) -> How {
    if lives { How::Rename } else { How::Drop }
}

fn key(run: &Run<'_>, object: &Object) -> Key {
    Key::at(run.dialect, object.schema.as_deref(), &object.table)
}

#[cfg(test)]
mod tests {
    use crate::judge::judge;
    use crate::{Dialect, Schema};

    /// What the down changes, as `users.phone drop`, after `before` and `up`.
    fn changed(dialect: Dialect, before: &str, up: &str, down: &str) -> Vec<String> {
        let schema = match before {
            "" => Schema::unknown(),
            before => judge(dialect, &Schema::empty(), Some(before), None).after,
        };
        let judged = judge(dialect, &schema, Some(up), Some(down));
        let changes = judged.down.map(|down| down.changes).unwrap_or_default();
        changes
            .iter()
            .map(|change| format!("{} {}", change.object, change.how.name()))
            .collect()
    }

    #[test]
    fn what_is_dropped_renamed_or_retyped_is_changed() {
        let users = "CREATE TABLE users (id int, phone varchar(40), note text);";
        for dialect in [Dialect::Postgres, Dialect::MySql] {
            let down = |sql| changed(dialect, users, "SELECT 1", sql);
            assert_eq!(down("DROP TABLE users"), ["users drop"]);
            assert_eq!(
                down("ALTER TABLE users DROP COLUMN phone"),
                ["users.phone drop"]
            );
            assert_eq!(
                down("ALTER TABLE users RENAME COLUMN phone TO tel"),
                ["users.phone rename"]
            );
            assert_eq!(down("ALTER TABLE users RENAME TO people"), ["users rename"]);
            assert_eq!(down("CREATE INDEX i ON users (phone)"), [""; 0]);
            assert_eq!(down("ALTER TABLE users ADD COLUMN x int"), [""; 0]);
        }
        let postgres = "ALTER TABLE users ALTER COLUMN phone TYPE varchar(20)";
        let mysql = "ALTER TABLE users MODIFY phone varchar(20)";
        for (dialect, sql) in [(Dialect::Postgres, postgres), (Dialect::MySql, mysql)] {
            let found = changed(dialect, users, "SELECT 1", sql);
            assert_eq!(found, ["users.phone retype"]);
        }
        let same = "ALTER TABLE users ALTER COLUMN phone TYPE character varying(40)";
        assert_eq!(
            changed(Dialect::Postgres, users, "SELECT 1", same),
            [""; 0],
            "the same type in other words"
        );
    }

    #[test]
    fn it_is_found_in_tables_that_nothing_is_known_of() {
        for dialect in Dialect::ALL {
            let down = |up, down| changed(dialect, "", up, down);
            assert_eq!(
                down(
                    "ALTER TABLE users ADD COLUMN phone text",
                    "ALTER TABLE users DROP COLUMN phone"
                ),
                ["users.phone drop"]
            );
            assert_eq!(
                down(
                    "ALTER TABLE users RENAME COLUMN phone TO tel",
                    "ALTER TABLE users RENAME COLUMN tel TO phone"
                ),
                ["users.tel rename"]
            );
            assert_eq!(
                down("CREATE TABLE notes (id int)", "DROP TABLE notes"),
                ["notes drop"]
            );
        }
        let wider = "ALTER TABLE users ALTER COLUMN visits TYPE bigint";
        let back = "ALTER TABLE users ALTER COLUMN visits TYPE int";
        let found = changed(Dialect::Postgres, "", wider, back);
        assert_eq!(found, ["users.visits retype"]);
    }

    #[test]
    fn what_must_have_a_value_from_then_on_is_changed_for_whoever_writes() {
        let users = "CREATE TABLE users (id int, phone varchar(40));";
        for before in [users, ""] {
            let postgres = |down| changed(Dialect::Postgres, before, "SELECT 1", down);
            assert_eq!(
                postgres("ALTER TABLE users ALTER COLUMN phone SET NOT NULL"),
                ["users.phone require"]
            );
            assert_eq!(
                postgres("ALTER TABLE users ADD COLUMN fax text NOT NULL"),
                ["users.fax require"]
            );
            for given in ["text NOT NULL DEFAULT ''", "text", "bigserial NOT NULL"] {
                let down = format!("ALTER TABLE users ADD COLUMN fax {given}");
                let found = changed(Dialect::Postgres, before, "SELECT 1", &down);
                assert_eq!(found, [""; 0], "{given}");
            }
        }
        let mysql = "ALTER TABLE users MODIFY phone varchar(40) NOT NULL";
        let found = changed(Dialect::MySql, users, "SELECT 1", mysql);
        assert_eq!(found, ["users.phone require"]);
        let twice = "ALTER TABLE users ALTER COLUMN phone SET NOT NULL;
                     ALTER TABLE users ALTER COLUMN phone DROP NOT NULL;";
        let found = changed(Dialect::Postgres, users, "SELECT 1", twice);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn what_is_put_back_as_it_was_is_not_changed() {
        let users = "CREATE TABLE users (id int, phone text, note text);";
        let rebuild = "CREATE TABLE new (id int, phone text);
                       INSERT INTO new SELECT id, phone FROM users;
                       DROP TABLE users; ALTER TABLE new RENAME TO users;";
        assert_eq!(
            changed(Dialect::Sqlite, users, "SELECT 1", rebuild),
            ["users replace", "users.note drop"]
        );
        let twice = "ALTER TABLE users RENAME COLUMN phone TO tel;
                     ALTER TABLE users RENAME COLUMN tel TO phone;";
        assert_eq!(
            changed(Dialect::Postgres, users, "SELECT 1", twice),
            [""; 0]
        );
        let own = "CREATE TABLE scratch (id int); DROP TABLE scratch; \
                   CREATE VIEW v AS SELECT 1; DROP VIEW v;";
        assert_eq!(changed(Dialect::Postgres, users, "SELECT 1", own), [""; 0]);
    }

    #[test]
    fn a_column_is_placed_by_the_act_and_by_no_word() {
        for (alter, placed) in [
            ("ADD COLUMN mail text FIRST", true),
            ("ADD mail text AFTER id", true),
            ("MODIFY phone varchar(40) FIRST", true),
            ("ADD COLUMN mail text", false),
            ("ADD COLUMN first text", false),
            (
                "ADD COLUMN `after` text DEFAULT NULL COMMENT 'first'",
                false,
            ),
            ("ADD COLUMN first text AFTER id", true),
        ] {
            for before in ["", "CREATE TABLE users (id int, phone varchar(40));"] {
                let schema = match before {
                    "" => Schema::unknown(),
                    before => judge(Dialect::MySql, &Schema::empty(), Some(before), None).after,
                };
                let up = format!("ALTER TABLE users {alter}");
                let judged = judge(Dialect::MySql, &schema, Some(&up), Some("SELECT 1"));
                assert_eq!(judged.up.is_some_and(|up| up.places), placed, "{alter}");
            }
        }
    }

    /// Which names the down gives, as `users > people at 0`, on tables of which something or nothing is known.
    fn renamed(dialect: Dialect, before: &str, down: &str) -> Vec<String> {
        let schema = match before {
            "" => Schema::unknown(),
            before => judge(dialect, &Schema::empty(), Some(before), None).after,
        };
        let judged = judge(dialect, &schema, Some("SELECT 1"), Some(down));
        let renames = judged.down.map(|down| down.renames).unwrap_or_default();
        let said = renames
            .iter()
            .map(|r| format!("{} > {} at {}", r.object, r.to, r.statement));
        said.collect()
    }

    #[test]
    fn each_name_that_something_gets_is_told_with_its_statement() {
        let users = "CREATE TABLE users (id int, phone text);";
        for before in [users, ""] {
            for dialect in Dialect::ALL {
                let twice = "ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME COLUMN phone TO tel;
                             ALTER TABLE people RENAME TO persons; ALTER TABLE persons DROP COLUMN tel;";
                assert_eq!(
                    renamed(dialect, before, twice),
                    [
                        "users > people at 0",
                        "users.phone > people.tel at 1",
                        "users > persons at 2"
                    ]
                );
                // What it made itself, nobody finds.
                let own = "CREATE TABLE scratch (id int); ALTER TABLE scratch RENAME TO other; DROP TABLE other;";
                assert_eq!(renamed(dialect, before, own), [""; 0]);
            }
            let mysql = |down| renamed(Dialect::MySql, before, down);
            assert_eq!(
                mysql("RENAME TABLE users TO old, fresh TO users"),
                ["users > old at 0", "fresh > users at 0"]
            );
            assert_eq!(
                mysql("SELECT 1; ALTER TABLE users CHANGE phone tel varchar(20)"),
                ["users.phone > users.tel at 1"]
            );
        }
    }

    #[test]
    fn a_view_is_changed_like_a_table() {
        let before = "CREATE TABLE users (id int); CREATE VIEW adults AS SELECT id FROM users;";
        for dialect in Dialect::ALL {
            let down = |sql| changed(dialect, before, "SELECT 1", sql);
            assert_eq!(down("DROP VIEW adults"), ["adults drop"]);
            assert_eq!(
                down("DROP VIEW adults; CREATE VIEW adults AS SELECT 1"),
                ["adults replace"]
            );
        }
        let found = changed(
            Dialect::Postgres,
            "",
            "CREATE VIEW v AS SELECT 1",
            "DROP VIEW v",
        );
        assert_eq!(found, ["v drop"]);
    }
}
