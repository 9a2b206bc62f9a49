//! What do the statements of MySQL and MariaDB ask for that the grammar rejects?

use super::cursor::Cursor;
use super::table::index;
use crate::act::{Act, Change, Conflict, Insert, Rows, Step, at_hand};
use crate::read;

pub(super) fn family(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let inert = [
        // `ANALYZE DELETE …` of MariaDB runs what it analyses.
        "ANALYZE TABLE",
        "ANALYZE LOCAL TABLE",
        "ANALYZE NO_WRITE_TO_BINLOG TABLE",
        "CHECK TABLE",
        "CHECKSUM TABLE",
        "REPAIR",
        "OPTIMIZE",
        "FLUSH",
        "SHOW",
        "DESCRIBE",
        "DESC",
        "EXPLAIN",
        "KILL",
        "LOCK",
        "UNLOCK",
        "RESET",
        "XA RECOVER",
        "HANDLER",
        "CACHE INDEX",
        "LOAD INDEX",
        "SIGNAL",
        "GET DIAGNOSTICS",
        "SET",
    ];
    let outside = [
        "GRANT",
        "REVOKE",
        "CREATE USER",
        "ALTER USER",
        "RENAME USER",
        "DROP USER",
        "DROP ROLE",
        "CREATE ROLE",
        "CREATE OR REPLACE USER",
        "CREATE SERVER",
        "ALTER SERVER",
        "ALTER DATABASE",
        "ALTER SCHEMA",
        "ALTER FUNCTION",
        "ALTER PROCEDURE",
        "INSTALL",
        "UNINSTALL",
        "PURGE",
        "CHANGE",
        "START",
        "STOP",
    ];
    // So does MySQL's `EXPLAIN ANALYZE`.
    if cursor.sees_any(&inert) && !cursor.sees("EXPLAIN ANALYZE") {
        return Some(cursor.step(Act::Inert));
    }
    if cursor.eat("DO") {
        return value(cursor);
    }
    if cursor.sees_any(&outside) {
        return Some(cursor.step(Act::Outside));
    }
    if cursor.eat("ALTER SEQUENCE") {
        cursor.if_exists();
        let name = cursor.name()?;
        return Some(cursor.step(Act::MoveSequence(name)));
    }
    if cursor.eat("CALL") {
        let name = cursor.name()?;
        let text = cursor.text();
        return Some(cursor.step(Act::CallProcedure { name, text }));
    }
    if cursor.eat("RENAME TABLE") || cursor.eat("RENAME TABLES") {
        return rename(cursor);
    }
    if cursor.eat_any(&["LOAD DATA", "LOAD XML"]) {
        return load(cursor);
    }
    create(cursor)
}

/// MariaDB's `DELETE HISTORY FROM t`, which the grammar takes for rows of a table called HISTORY.
pub(super) fn history(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.eat("DELETE HISTORY FROM").then_some(())?;
    let table = cursor.name()?;
    // `DELETE history FROM history JOIN …` is a deletion of several tables.
    let alone = cursor.is_done() || cursor.sees_any(&["BEFORE", "PARTITION"]);
    let if_exists = false;
    let change = Change::DeleteHistory;
    alone.then(|| {
        cursor.step(Act::AlterTable {
            table,
            if_exists,
            change,
        })
    })
}

/// `DO expression`: a query whose rows nobody sees.
fn value(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let text = format!("SELECT {}", super::plain(cursor.sql, cursor.rest()));
    let mut steps = read::read(cursor.dialect, &text, 0)?;
    super::place(&mut steps, cursor.whole());
    Some(steps)
}

fn rename(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.if_exists();
    let mut pairs = Vec::new();
    loop {
        let from = cursor.name()?;
        cursor.eat("TO").then_some(())?;
        pairs.push((from, cursor.name()?));
        if !cursor.eat_symbol(",") {
            break;
        }
    }
    Some(cursor.step(Act::RenameTables(pairs)))
}

fn load(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let replaces = cursor.holds("REPLACE");
    cursor.skip_to(&["INTO TABLE"]);
    cursor.eat("INTO TABLE").then_some(())?;
    let insert = Insert {
        table: cursor.name()?,
        columns: Vec::new(),
        rows: Rows::Outside,
        conflict: if replaces {
            Conflict::Replace
        } else {
            Conflict::Skip
        },
        returning: Vec::new(),
    };
    Some(cursor.step(Act::Insert(Box::new(insert))))
}

fn create(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    if !cursor.eat("CREATE") {
        return None;
    }
    let or_replace = cursor.eat("OR REPLACE");
    let mut sequence = cursor;
    sequence.eat("TEMPORARY");
    if sequence.eat("SEQUENCE") {
        let if_not_exists = sequence.if_not_exists() || or_replace;
        return Some(cursor.step(Act::CreateSequence {
            name: sequence.name()?,
            if_not_exists,
            text: cursor.text(),
        }));
    }
    let mut view = cursor;
    if view.skip_to(&["VIEW", "TABLE", "INDEX"]) && view.eat("VIEW") {
        let if_not_exists = view.if_not_exists();
        return Some(cursor.step(Act::CreateView {
            name: view.name()?,
            materialized: false,
            or_replace,
            if_not_exists,
            temporary: false,
            query: at_hand(None),
            text: cursor.text(),
        }));
    }
    index::create(cursor)
}
