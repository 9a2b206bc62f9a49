//! Which statements begin a transaction, end it or go back in it?

use crate::Dialect;
use crate::act::{Act, Control, Step};
use crate::family::cursor::Cursor;

/// What the statement does to the transaction around it; none if it does nothing to it.
pub(in crate::family) fn control(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let control = read(cursor)?;
    Some(cursor.step(Act::Transaction(control)))
}

fn read(cursor: Cursor<'_>) -> Option<Control> {
    let chain = || cursor.holds("CHAIN") && !cursor.holds("NO");
    let mut cursor = cursor;
    if cursor.eat("SAVEPOINT") {
        return Some(Control::Savepoint(name(cursor)?));
    }
    if cursor.eat_any(&["RELEASE SAVEPOINT", "RELEASE"]) {
        return Some(Control::Release(name(cursor)?));
    }
    // What comes after it is no part of the transaction, which stands until it is committed by its name.
    // (<https://www.postgresql.org/docs/15/sql-prepare-transaction.html>)
    if cursor.dialect == Dialect::Postgres && cursor.eat("PREPARE TRANSACTION") {
        return Some(Control::Commit { chain: false });
    }
    if cursor.eat_any(&["ROLLBACK", "ABORT"]) {
        if cursor.sees("PREPARED") {
            return None;
        }
        cursor.eat_any(&["WORK", "TRANSACTION"]);
        if cursor.eat("TO") {
            cursor.eat("SAVEPOINT");
            return Some(Control::RollbackTo(name(cursor)?));
        }
        return Some(Control::Rollback { chain: chain() });
    }
    let ends = match cursor.dialect {
        Dialect::Sqlite | Dialect::Postgres => cursor.eat_any(&["COMMIT", "END"]),
        Dialect::MySql => cursor.eat("COMMIT"),
    };
    if ends {
        return (!cursor.sees("PREPARED")).then(|| Control::Commit { chain: chain() });
    }
    let begins =
        cursor.eat("START TRANSACTION") || (cursor.eat("BEGIN") && !cursor.sees("NOT ATOMIC"));
    begins.then_some(Control::Begin)
}

/// A savepoint's name: no dialect tells upper from lower case in it unless it is quoted.
fn name(mut cursor: Cursor<'_>) -> Option<String> {
    Some(cursor.ident()?.to_lowercase())
}
