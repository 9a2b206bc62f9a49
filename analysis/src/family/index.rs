//! Which index is created, where the grammar rejects what it is over?

use super::cursor::Cursor;
use crate::act::{Act, Index, Step};

/// What follows `CREATE`.
pub(super) fn create(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let unique = cursor.eat("UNIQUE");
    cursor.eat_any(&["FULLTEXT", "SPATIAL", "ONLINE", "OFFLINE"]);
    cursor.eat("INDEX").then_some(())?;
    let if_not_exists = cursor.if_not_exists();
    let name = cursor.name()?;
    cursor.skip_to(&["ON"]);
    cursor.eat("ON").then_some(())?;
    let table = cursor.name()?;
    Some(cursor.step(Act::CreateIndex(Index {
        name: Some(name),
        table,
        columns: Vec::new(),
        unique,
        if_not_exists,
        text: cursor.text(),
    })))
}
