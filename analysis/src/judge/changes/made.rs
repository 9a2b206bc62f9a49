//! Which columns does a direction add to what it found, and what of its own does it write to?

use super::{column_of, key};
use crate::Object;
use crate::judge::ledger::Met;
use crate::judge::run::Run;
use crate::schema::{Column, Id, Table};

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
        let added = added(run, start, now);
        found.extend(added.map(|column| column_of(object, &column.is.name)));
    }
    found.sort();
    found
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
        let made = table.columns.iter().filter(made);
        let of = || run.object_at(key, &table.name);
        found.extend(made.map(|column| column_of(&of(), &column.is.name)));
    }
    found
}

/// The columns that were added to a table that stood there, and that whoever inserts a row must give a value.
pub(super) fn required<'t>(run: &Run<'_>, start: &Table, now: &'t Table) -> Vec<&'t str> {
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

#[cfg(test)]
mod tests {
    use crate::judge::judge;
    use crate::{Dialect, Schema};

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
}
