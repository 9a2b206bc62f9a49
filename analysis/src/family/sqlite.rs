//! What do the statements of SQLite ask for that the grammar rejects?

use super::cursor::Cursor;
use crate::act::{Act, Step};

pub(super) fn family(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    if cursor.eat("PRAGMA") {
        return pragma(cursor);
    }
    let inert = ["VACUUM", "REINDEX", "ANALYZE", "DETACH"];
    // `VACUUM INTO` writes a file of its own.
    cursor.sees_any(&inert).then(|| cursor.step(Act::Inert))
}

fn pragma(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let name = cursor.name()?.name.to_lowercase();
    cursor.eat_symbol("=");
    cursor.eat_symbol("(");
    let value = cursor.peek().map_or("", |token| token.text(cursor.sql));
    let value = value.trim_matches(['\'', '"', '`']).to_lowercase();
    let on = ["1", "on", "true", "yes"].contains(&value.as_str());
    let act = match name.as_str() {
        "foreign_keys" if !value.is_empty() => Act::ForeignKeys(on),
        "writable_schema" if on => Act::Unknown("the schema is written to as a table".to_owned()),
        _ => Act::Inert,
    };
    Some(cursor.step(act))
}
