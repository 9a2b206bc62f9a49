//! What do the statements of PostgreSQL ask for that the grammar rejects?

mod alter;
mod create;

use super::cursor::Cursor;
use crate::act::{Act, Decoration, Name, Step};

pub(super) fn family(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let act = inert(&cursor)
        .or_else(|| create::create(cursor))
        .or_else(|| alter::alter(cursor))
        .or_else(|| decorate(cursor))
        .or_else(|| other(cursor))?;
    Some(cursor.step(act))
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
        "PREPARE TRANSACTION",
        "COMMIT PREPARED",
        "ROLLBACK PREPARED",
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
        "ALTER EXTENSION",
        "ALTER FUNCTION",
        "ALTER PROCEDURE",
        "ALTER ROUTINE",
        "ALTER AGGREGATE",
        "ALTER OPERATOR",
        "ALTER COLLATION",
        "ALTER CONVERSION",
        "ALTER POLICY",
        "ALTER RULE",
        "ALTER TRIGGER",
        "ALTER EVENT TRIGGER",
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
        "IMPORT FOREIGN SCHEMA",
        "REASSIGN OWNED",
        "SECURITY LABEL",
        "REVOKE",
        "DROP CAST",
        "DROP OPERATOR",
        "DROP LANGUAGE",
        "DROP TABLESPACE",
    ];
    let cascades = cursor.sees("DROP") && cursor.holds("CASCADE");
    (cursor.sees_any(&outside) && !cascades).then_some(Act::Outside)
}

fn decorate(mut cursor: Cursor<'_>) -> Option<Act> {
    if cursor.eat("COMMENT ON") {
        let column = cursor.sees("COLUMN");
        if !cursor.eat_any(&["TABLE", "COLUMN"]) {
            return Some(Act::Outside);
        }
        let mut on = cursor.name()?;
        if column {
            // The table is what qualifies the column.
            on = Name::plain(on.schema?);
        }
        return Some(Act::Decorate {
            kind: Decoration::Comment,
            on,
        });
    }
    if cursor.sees("GRANT") {
        cursor.skip_to(&["ON"]);
        if !cursor.eat("ON") {
            return Some(Act::Outside);
        }
        cursor.eat("TABLE");
        let other = [
            "ALL",
            "SCHEMA",
            "FUNCTION",
            "SEQUENCE",
            "DATABASE",
            "TYPE",
            "DOMAIN",
            "PROCEDURE",
            "ROUTINE",
            "LANGUAGE",
        ];
        if cursor.sees_any(&other) {
            return Some(Act::Outside);
        }
        return Some(Act::Decorate {
            kind: Decoration::Grant,
            on: cursor.name()?,
        });
    }
    None
}

fn other(mut cursor: Cursor<'_>) -> Option<Act> {
    if cursor.eat("REFRESH MATERIALIZED VIEW") {
        cursor.eat("CONCURRENTLY");
        return Some(Act::RefreshView(cursor.name()?));
    }
    if cursor.eat("CALL") {
        return Some(Act::CallRoutine(cursor.name()?));
    }
    None
}
