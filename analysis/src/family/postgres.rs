//! What do the statements of PostgreSQL ask for that the grammar rejects?

mod alter;
mod create;
mod decorate;
mod elements;
mod event;

use super::cursor::Cursor;
use crate::act::{Act, Step};

pub(super) fn family(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    if let Some(steps) = elements::schema_elements(cursor) {
        return Some(steps);
    }
    let act = schema(cursor)
        .or_else(|| unprepared(cursor))
        .or_else(|| reassigned(cursor))
        .or_else(|| inert(&cursor))
        .or_else(|| create::create(cursor))
        .or_else(|| alter::alter(cursor))
        .or_else(|| event::event_trigger(cursor))
        .or_else(|| decorate::decorate(cursor))
        .or_else(|| other(cursor))?;
    let mut steps = cursor.step(act);
    if cursor.sees("CREATE STATISTICS") {
        // Its expressions are computed with each ANALYZE, which the server runs by itself.
        let called = super::called_in(cursor.dialect, &cursor.text());
        steps.extend(cursor.step(Act::Evaluate(called)));
    }
    Some(steps)
}

/// What is said of a routine that is there.
pub(super) fn altered_routine(cursor: Cursor<'_>) -> Option<Act> {
    alter::routine(cursor)
}

/// What a statement does to the comments, privileges and policies of a table.
pub(super) fn decoration(cursor: Cursor<'_>) -> Option<Act> {
    decorate::decorate(cursor)
}

/// `SET SCHEMA 's'`, which is another word for a search path of one schema.
/// (<https://www.postgresql.org/docs/15/sql-set.html>)
fn schema(mut cursor: Cursor<'_>) -> Option<Act> {
    cursor.eat("SET").then_some(())?;
    let local = cursor.eat("LOCAL");
    cursor.eat("SESSION");
    cursor.eat("SCHEMA").then_some(())?;
    let token = cursor.next().filter(|_| cursor.is_done())?;
    let schema = super::literal::string(cursor.dialect, cursor.sql, token)?;
    let path = Act::SearchPath(vec![schema]);
    Some(if local { path.locally() } else { path })
}

/// What was prepared is undone, perhaps after what comes behind it was done.
fn unprepared(cursor: Cursor<'_>) -> Option<Act> {
    let reason = "what a prepared transaction did is undone";
    let undone = cursor.sees("ROLLBACK PREPARED");
    undone.then(|| Act::Unknown(reason.to_owned()))
}

/// Whose the things of a role are from here on.
fn reassigned(mut cursor: Cursor<'_>) -> Option<Act> {
    cursor.eat("REASSIGN OWNED").then_some(())?;
    cursor.skip_to(&["TO"]).then_some(())?;
    cursor.eat("TO");
    Some(match super::session::is_own_role(cursor) {
        true => Act::Outside,
        false => Act::LendAll,
    })
}

fn inert(cursor: &Cursor<'_>) -> Option<Act> {
    let inert = [
        "ANALYZE",
        "VACUUM",
        "REINDEX",
        "CLUSTER",
        "CHECKPOINT",
        "LOCK",
        "LISTEN",
        "UNLISTEN",
        "NOTIFY",
        "SHOW",
        "RESET",
        "DISCARD",
        "COMMIT PREPARED",
        "LOAD",
        "DECLARE",
        "FETCH",
        "MOVE",
        "CLOSE",
        "SET CONSTRAINTS",
        "SET LOCAL",
        "SET SESSION",
        "SET ROLE",
        "SET TRANSACTION",
    ];
    // A query of nothing is one.
    let nothing = cursor.sees("SELECT") && cursor.tokens.len() == 1;
    if nothing || cursor.sees_any(&inert) {
        return Some(Act::Inert);
    }
    let outside = [
        "ALTER DEFAULT PRIVILEGES",
        "ALTER SYSTEM",
        "ALTER ROLE",
        "ALTER USER",
        "ALTER GROUP",
        "ALTER DATABASE",
        "ALTER AGGREGATE",
        "ALTER OPERATOR",
        "ALTER COLLATION",
        "ALTER CONVERSION",
        "ALTER POLICY",
        "ALTER RULE",
        "ALTER PUBLICATION",
        "ALTER SUBSCRIPTION",
        "ALTER SERVER",
        "ALTER STATISTICS",
        "ALTER TABLESPACE",
        "ALTER TEXT SEARCH",
        "ALTER FOREIGN",
        "ALTER LARGE OBJECT",
        "ALTER LANGUAGE",
        "ALTER USER MAPPING",
        "CREATE ROLE",
        "CREATE USER",
        "CREATE GROUP",
        "CREATE COLLATION",
        "CREATE CONVERSION",
        "CREATE OPERATOR",
        "CREATE TEXT SEARCH",
        "CREATE LANGUAGE",
        "CREATE TRUSTED LANGUAGE",
        "CREATE SERVER",
        "CREATE FOREIGN",
        "CREATE PUBLICATION",
        "CREATE SUBSCRIPTION",
        "CREATE STATISTICS",
        "CREATE TABLESPACE",
        "CREATE ACCESS METHOD",
        "CREATE TRANSFORM",
        "CREATE AGGREGATE",
        "CREATE OR REPLACE AGGREGATE",
        "SECURITY LABEL",
        "DROP CAST",
        "DROP OPERATOR",
        "DROP LANGUAGE",
        "DROP TABLESPACE",
    ];
    let cascades = cursor.sees("DROP") && cursor.holds("CASCADE");
    (cursor.sees_any(&outside) && !cascades).then_some(Act::Outside)
}

fn other(mut cursor: Cursor<'_>) -> Option<Act> {
    if cursor.eat("REFRESH MATERIALIZED VIEW") {
        cursor.eat("CONCURRENTLY");
        return Some(Act::RefreshView(cursor.name()?));
    }
    if cursor.eat("ALTER EXTENSION") {
        let name = cursor.ident()?;
        return Some(match cursor.sees("ADD") {
            true => Act::GrowExtension(name),
            false if cursor.eat("SET SCHEMA") => Act::MoveExtension {
                name,
                schema: cursor.ident()?,
            },
            false => Act::Outside,
        });
    }
    if cursor.eat("IMPORT FOREIGN SCHEMA") {
        cursor.skip_to(&["INTO"]);
        cursor.eat("INTO").then_some(())?;
        return Some(Act::ImportForeign(cursor.ident()?));
    }
    if cursor.eat("CALL") {
        return Some(Act::CallRoutine(cursor.name()?));
    }
    None
}
