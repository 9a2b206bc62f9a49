//! Which statements does the grammar accept once a detail is blanked that means nothing here?

mod mysql;
mod postgres;
mod sqlite;

use super::cursor::{Cursor, whole};
use super::grammar;
use super::is_unknown;
use super::table::like;
use crate::act::{Act, Step};
use crate::lex::Token;
use crate::{Dialect, read};

/// What the statement asks for once it is mended; none where that does not help.
pub(super) fn mend(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let kept = blanked(cursor);
    if kept.len() < cursor.tokens.len() {
        let mended = Cursor::new(cursor.dialect, cursor.sql, &kept);
        if let Some(mut steps) = grammar(mended).filter(|steps| !steps.iter().any(is_unknown)) {
            let ignores = mysql::ignores(cursor);
            for step in &mut steps {
                if let Act::Delete(delete) = &mut step.act {
                    delete.limited |= ignores;
                }
                // It is made again as it is written, with what it hands to its function.
                if let Act::CreateTrigger(trigger) = &mut step.act {
                    trigger.text = cursor.text();
                }
            }
            return Some(like::include(cursor, steps));
        }
    }
    match cursor.dialect {
        Dialect::Sqlite => sqlite::table(cursor).or_else(|| sqlite::in_table(cursor)),
        Dialect::MySql => inserted_table(cursor)
            .or_else(|| mysql::joined_update(cursor))
            .or_else(|| mysql::intervals(cursor)),
        Dialect::Postgres => inserted_table(cursor).or_else(|| postgres::null_tests(cursor)),
    }
}

/// The tokens without the details.
fn blanked(cursor: Cursor<'_>) -> Vec<Token> {
    match cursor.dialect {
        Dialect::Sqlite => sqlite::blanked(cursor),
        Dialect::Postgres => postgres::blanked(cursor),
        Dialect::MySql => mysql::blanked(cursor),
    }
}

/// `INSERT INTO a TABLE b` inserts all of `b`, also behind a WITH; the grammar does not know the word there.
fn inserted_table(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.sees_any(&["INSERT", "WITH"]).then_some(())?;
    let tokens = cursor.tokens;
    let at = tokens
        .iter()
        .position(|token| token.is_word(cursor.sql, "TABLE"))?;
    let head = super::plain(cursor.sql, tokens.get(..at)?);
    let rest = super::plain(cursor.sql, tokens.get(at + 1..)?);
    let mut steps = read::read(cursor.dialect, &format!("{head} SELECT * FROM {rest}"), 0)?;
    super::place(&mut steps, whole(tokens));
    Some(steps)
}
