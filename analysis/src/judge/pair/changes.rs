//! Which tables, columns and views are not what they were, for whoever was written against the schema before?

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::act::{Act, Name};
use crate::judge::ledger::Met;
use crate::judge::run::Run;
use crate::schema::{Column, Id, Key, Table};
use crate::{Changed, Dialect, How, Object};

/// What a direction leaves changed, by the names that it found. What it made itself, or put back as it was, is not among it.
pub(crate) fn changes(run: &Run<'_>) -> Vec<Changed> {
    let mut found: BTreeMap<Object, How> = BTreeMap::new();
    let living = LazyCell::new(|| -> HashSet<Id> {
        // One that lives under another name was put there by the direction itself.
        let tables = run.tables.apart(&run.schema.tables);
        tables.filter_map(|(_, _, now)| Some(now?.id)).collect()
    });
    // The columns of tables of which little was known, named by the script.
    let named = LazyCell::new(|| {
        let mut named: HashMap<Id, Vec<(Id, &str)>> = HashMap::new();
        for (column, object) in run.ledger.names.iter() {
            if let Some(name) = &object.column {
                named
                    .entry(column.home())
                    .or_default()
                    .push((*column, name));
            }
        }
        named
    });
    for (
        id,
        Met {
            key: at,
            table: start,
        },
    ) in run.ledger.met.iter()
    {
        let untouched = run
            .schema
            .tables
            .get(at)
            .is_some_and(|now| Arc::ptr_eq(now, start));
        if untouched && run.types_stand() {
            continue;
        }
        let Some(object) = run.ledger.names.get(id) else {
            continue;
        };
        if start.temporary {
            continue;
        }
        match run.schema.tables.get(&key(run, object)) {
            Some(now) => {
                if now.id != *id {
                    found.insert(object.clone(), How::Replace);
                }
                let same_kinds = run.types_stand() && start.charset == now.charset;
                let untouched = |(at, was): &(usize, &Column)| {
                    let is = |is: &&Column| is.id == was.id && Arc::ptr_eq(&is.is, &was.is);
                    let here = || now.columns.get(*at).filter(is);
                    same_kinds
                        && here()
                            .or_else(|| now.columns.of_id(was.id).filter(is))
                            .is_some()
                };
                let known = start.columns.iter().enumerate();
                let known = known.filter(|column| !untouched(column));
                let known = known.map(|(_, c)| (c.id, c.is.name.as_str(), Some(c)));
                let named = named.get(id).into_iter().flatten();
                let named = named.map(|(id, name)| (*id, *name, None));
                for (column, name, written) in known.chain(named) {
                    if let Some(how) = column_now(run, *id, now, (column, name, written)) {
                        let name = Some(name.to_owned());
                        let object = object.clone();
                        found.insert(
                            Object {
                                column: name,
                                ..object
                            },
                            how,
                        );
                    }
                }
                for name in required(run, start, now) {
                    let column = Some(name.to_owned());
                    let object = object.clone();
                    found.insert(Object { column, ..object }, How::Require);
                }
            }
            None => {
                found.insert(object.clone(), how(living.contains(id)));
            }
        }
    }
    for (object, renamed) in &run.views {
        let stands = run.schema.views.contains_key(&key(run, object));
        let how = if stands { How::Replace } else { how(*renamed) };
        found.insert(object.clone(), how);
    }
    found
        .into_iter()
        .map(|(object, how)| Changed { object, how })
        .collect()
}

/// The columns that a direction adds to tables that it found, by the names of those.
pub(crate) fn adds(run: &Run<'_>) -> Vec<Object> {
    let mut found = Vec::new();
    for (id, Met { table: start, .. }) in run.ledger.met.iter() {
        let Some(object) = run.ledger.names.get(id).filter(|_| !start.temporary) else {
            continue;
        };
        let Some(now) = run.schema.tables.get(&key(run, object)) else {
            continue;
        };
        found.extend(added(run, start, now).map(|column| Object {
            column: Some(column.is.name.clone()),
            ..object.clone()
        }));
    }
    found.sort();
    found
}

/// The routines that a direction found and that no one of their names stands for in the end.
pub(crate) fn routines(run: &Run<'_>) -> Vec<Changed> {
    let gone = run.routines.iter();
    let gone = gone.filter(|(object, _)| !run.schema.routines.contains_key(&key(run, object)));
    gone.map(|(object, gone)| Changed {
        object: object.clone(),
        how: how(gone.renamed),
    })
    .collect()
}

/// The sequences, types and extensions that a direction found and that no one of their names stands for in the end.
pub(crate) fn named(run: &Run<'_>) -> Vec<Changed> {
    let stands = |object: &Object| {
        let key = key(run, object);
        run.schema.sequences.contains_key(&key)
            || run.schema.types.contains_key(&key)
            || object.schema.is_none() && run.schema.extensions.contains_key(&object.table)
    };
    let gone = run.other_names.iter().filter(|(object, _)| !stands(object));
    gone.map(|(object, renamed)| Changed {
        object: object.clone(),
        how: how(*renamed),
    })
    .collect()
}

/// The tables, and the columns of other tables, that a direction made and wrote to, by the names that they have in the end.
pub(crate) fn fills(run: &Run<'_>) -> Vec<Object> {
    let mut found = Vec::new();
    if run.filled.is_empty() && !run.ledger.has_copies() {
        return found;
    }
    // What the direction made stands in tables that it did not find so.
    for (key, _, table) in run.tables.apart(&run.schema.tables) {
        let Some(table) = table.filter(|table| !table.temporary) else {
            continue;
        };
        let wrote = |id: &Id| run.filled.contains(id) || !run.ledger.rows(*id).is_empty();
        if run.ledger.created.contains(&table.id) {
            let object = || run.object_at(key, &table.name);
            found.extend(wrote(&table.id).then(object));
            continue;
        }
        let made = |column: &&Column| {
            run.ledger.created.contains(&column.id) && run.filled.contains(&column.id)
        };
        found.extend(table.columns.iter().filter(made).map(|column| Object {
            column: Some(column.is.name.clone()),
            ..run.object_at(key, &table.name)
        }));
    }
    found
}

impl Run<'_> {
    /// Notes a sequence, type or extension that stood before and does not under its name from here on.
    pub(in crate::judge) fn note_named(&mut self, act: &Act) {
        let of_extension = |name: &String| Name {
            schema: None,
            name: name.clone(),
        };
        let (name, renamed) = match act {
            Act::CreateSequence { name, .. } | Act::CreateType { name, .. } => {
                return self.note_own_named(name);
            }
            Act::CreateExtension { name, .. } => return self.note_own_named(&of_extension(name)),
            Act::DropSequence { name, .. } | Act::DropType { name, .. } => (name.clone(), false),
            Act::RenameSequence { name, .. } | Act::RenameType { name, .. } => (name.clone(), true),
            Act::DropExtension { name, .. } => (of_extension(name), false),
            _ => return,
        };
        let key = self.key(&name);
        if !self.own_names.contains(&key) {
            let object = self.object_at(&key, &name);
            self.other_names.entry(object).or_insert(renamed);
        }
    }

    fn note_own_named(&mut self, name: &Name) {
        let key = self.key(name);
        let known =
            self.schema.sequences.contains_key(&key) || self.schema.types.contains_key(&key);
        if !known && !self.schema.extensions.contains_key(&name.name) {
            self.own_names.insert(key);
        }
    }

    /// Notes what is done to a view that stood before.
    pub(in crate::judge) fn note_view(&mut self, act: &Act) {
        let (name, renamed) = match act {
            Act::CreateView { name, .. } if !self.schema.views.contains_key(&self.key(name)) => {
                let key = self.key(name);
                self.own_views.insert(key);
                return;
            }
            Act::CreateView {
                if_not_exists: true,
                ..
            } => return,
            Act::CreateView { name, .. } | Act::DropView { name, .. } => (name, false),
            Act::RenameView { name, .. } => (name, true),
            _ => return,
        };
        let key = self.key(name);
        if !self.own_views.contains(&key) {
            let object = self.object_at(&key, name);
            self.views.entry(object).or_insert(renamed);
        }
    }
}

/// What became of a column of the table `home`, in whose place the table `now` stands; none where it is as it was.
fn column_now(
    run: &Run<'_>,
    home: Id,
    now: &Table,
    (id, name, start): (Id, &str, Option<&Column>),
) -> Option<How> {
    let Some(same) = now.column(run.dialect, name) else {
        // A table made anew of one that nothing is known of may hold the columns that nobody named.
        let hidden = now.id != home && now.open && start.is_none();
        let lives = now.columns.of_id(id).is_some();
        return (!hidden).then(|| how(lives));
    };
    if is_retyped(run, home, now, (id, same), start) {
        return Some(How::Retype);
    }
    let could_be_null = start.map_or(same.id == id, |start| !start.is.not_null);
    (same.is.not_null && could_be_null).then_some(How::Require)
}

fn is_retyped(
    run: &Run<'_>,
    home: Id,
    now: &Table,
    (id, same): (Id, &Column),
    start: Option<&Column>,
) -> bool {
    let Some(ty) = same.is.ty.as_deref() else {
        return false;
    };
    if start.is_some_and(|start| Arc::ptr_eq(&start.is, &same.is)) && run.types_stand() {
        let before = run.ledger.met.get(&home);
        if before.is_none_or(|before| before.table.charset == now.charset) {
            return false;
        }
    }
    let charset = same.is.charset.as_deref().or(now.charset.as_deref());
    if let Some(start) = start
        && start.is.ty == same.is.ty
        && run.types_stand()
        && run.dialect != Dialect::Sqlite
    {
        let table = run.ledger.met.get(&home).map(|met| &met.table);
        let of_table = table.and_then(|table| table.charset.as_deref());
        if start.is.charset.as_deref().or(of_table) == charset {
            return false;
        }
    }
    let ty = run.type_of(ty).with_charset(charset);
    match run.first_type(id) {
        Some(first) => first != ty,
        // Nobody knows what it was, and now it was said.
        None => same.id == id,
    }
}

/// The columns that were added to a table that stood there, and that whoever inserts a row must give a value.
fn required<'t>(run: &Run<'_>, start: &Table, now: &'t Table) -> Vec<&'t str> {
    let added = added(run, start, now).filter(|column| {
        let is = &column.is;
        let given = is.default.is_some() || is.generated.is_some() || is.identity;
        is.not_null && !given
    });
    added.map(|column| column.is.name.as_str()).collect()
}

/// The columns of `now` that were not there at the `start`.
fn added<'t>(run: &Run<'_>, start: &Table, now: &'t Table) -> impl Iterator<Item = &'t Column> {
    now.columns.iter().filter(move |column| {
        run.ledger.created.contains(&column.id)
            && start.column(run.dialect, &column.is.name).is_none()
            && (now.id == start.id || !start.open)
    })
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
    fn a_routine_that_code_can_call_is_missed() {
        let routines_of = |dialect, up, down| {
            let judged = judge(dialect, &Schema::unknown(), Some(up), Some(down));
            let routines = judged.down.map(|down| down.routines).unwrap_or_default();
            let shown = routines
                .iter()
                .map(|c| format!("{} {}", c.object, c.how.name()));
            shown.collect::<Vec<_>>()
        };
        let routines = |up, down| routines_of(Dialect::Postgres, up, down);
        let made = "CREATE FUNCTION next() RETURNS int LANGUAGE sql AS 'SELECT 1'";
        assert_eq!(routines(made, "DROP FUNCTION next()"), ["next drop"]);
        assert_eq!(
            routines(made, "ALTER FUNCTION next() RENAME TO following"),
            ["next rename"]
        );
        assert_eq!(
            routines("SELECT 1", "DROP FUNCTION IF EXISTS shop.next()"),
            ["shop.next drop"]
        );
        let anew = format!("DROP FUNCTION next(); {made}");
        assert_eq!(routines(made, &anew), [""; 0]);
        let own = format!("{}; DROP FUNCTION other()", made.replace("next", "other"));
        assert_eq!(routines(made, &own), [""; 0]);
        let fires = "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$";
        assert_eq!(routines(fires, "DROP FUNCTION stamp()"), [""; 0]);
        let help =
            "DROP PROCEDURE IF EXISTS help; CREATE PROCEDURE help() SELECT 1; DROP PROCEDURE help";
        let found = |up, down| routines_of(Dialect::MySql, up, down);
        assert_eq!(
            found("SELECT 1", help),
            [""; 0],
            "it was there for a moment"
        );
        assert_eq!(
            found("CREATE PROCEDURE help() SELECT 2", help),
            ["help drop"]
        );
    }

    #[test]
    fn a_sequence_type_or_extension_that_queries_name_is_missed() {
        let named = |up: &str, down: &str| {
            let judged = judge(Dialect::Postgres, &Schema::unknown(), Some(up), Some(down));
            let named = judged.down.map(|down| down.named).unwrap_or_default();
            let shown = named
                .iter()
                .map(|c| format!("{} {}", c.object, c.how.name()));
            shown.collect::<Vec<_>>()
        };
        for (made, down, missed) in [
            ("CREATE SEQUENCE bills", "DROP SEQUENCE bills", "bills drop"),
            (
                "CREATE SEQUENCE bills",
                "ALTER SEQUENCE bills RENAME TO notes",
                "bills rename",
            ),
            (
                "CREATE TYPE mood AS ENUM ('calm')",
                "DROP TYPE mood",
                "mood drop",
            ),
            (
                "CREATE TYPE mood AS ENUM ('calm')",
                "ALTER TYPE mood RENAME TO temper",
                "mood rename",
            ),
            (
                "CREATE DOMAIN mail AS text",
                "DROP DOMAIN mail",
                "mail drop",
            ),
            (
                "CREATE EXTENSION hstore",
                "DROP EXTENSION hstore",
                "hstore drop",
            ),
        ] {
            assert_eq!(named(made, down), [missed], "{down}");
            assert_eq!(named("SELECT 1", down), [missed], "{down}");
            assert_eq!(
                named("SELECT 1", &format!("{made}; {down}")),
                [""; 0],
                "{down}"
            );
            if missed.ends_with("drop") {
                assert_eq!(named(made, &format!("{down}; {made}")), [""; 0], "{down}");
            }
        }
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
    fn a_column_that_a_table_gets_is_told() {
        let users = "CREATE TABLE users (id int, phone varchar(40));";
        for dialect in Dialect::ALL {
            for before in ["", users] {
                let added = |down: &str| {
                    let schema = match before {
                        "" => Schema::unknown(),
                        before => judge(dialect, &Schema::empty(), Some(before), None).after,
                    };
                    let judged = judge(dialect, &schema, Some("SELECT 1"), Some(down));
                    let adds = judged.down.map(|down| down.adds).unwrap_or_default();
                    adds.iter().map(ToString::to_string).collect::<Vec<_>>()
                };
                assert_eq!(
                    added("ALTER TABLE users ADD COLUMN mail text"),
                    ["users.mail"]
                );
                let own = "CREATE TABLE notes (id int); ALTER TABLE notes ADD COLUMN by_whom int";
                assert_eq!(added(own), [""; 0]);
                let again =
                    "ALTER TABLE users ADD COLUMN mail text; ALTER TABLE users DROP COLUMN mail";
                assert_eq!(added(again), [""; 0]);
            }
        }
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

    /// What the up makes and writes to.
    fn filled(before: &str, up: &str) -> Vec<String> {
        let schema = match before {
            "" => Schema::unknown(),
            before => judge(Dialect::Postgres, &Schema::empty(), Some(before), None).after,
        };
        let judged = judge(Dialect::Postgres, &schema, Some(up), None);
        let fills = judged.up.map(|up| up.fills).unwrap_or_default();
        fills.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn seeds_and_backfills_are_the_migrations_own() {
        let users = "CREATE TABLE users (id int, first text, last text);";
        let plans = "CREATE TABLE plans (id int PRIMARY KEY, name text);";
        for before in ["", users] {
            let filled = |up| filled(before, up);
            assert_eq!(filled(plans), [""; 0]);
            let seeds = format!("{plans} INSERT INTO plans VALUES (1, 'free')");
            assert_eq!(filled(&seeds), ["plans"]);
            let add = "ALTER TABLE users ADD COLUMN name text;";
            assert_eq!(filled(add), [""; 0]);
            let backfill = format!("{add} UPDATE users SET name = first || last");
            assert_eq!(filled(&backfill), ["users.name"]);
            assert_eq!(filled("UPDATE users SET first = last"), [""; 0]);
            assert_eq!(filled("INSERT INTO users (id) VALUES (1)"), [""; 0]);
        }
        let copied = "CREATE TABLE names AS SELECT first FROM users";
        assert_eq!(filled(users, copied), ["names"]);
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
