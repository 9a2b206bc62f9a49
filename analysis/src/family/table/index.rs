//! Which index is created, where the grammar rejects what it is over?

use crate::Dialect;
use crate::act::{Act, Index, Step};
use crate::family::cursor::{Cursor, whole};
use crate::family::significant;
use crate::lex::Token;

/// What follows `CREATE`.
pub(in crate::family) fn create(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
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

/// What the statement makes an index of: the columns and expressions, and the condition on the rows in it. None where it orders
/// them in a way of its own, which may take different values for the same.
pub(crate) fn parts(dialect: Dialect, text: &str) -> Option<(Vec<String>, Option<String>)> {
    let tokens = significant(dialect, text);
    let mut cursor = Cursor::new(dialect, text, &tokens);
    cursor.skip_to(&["ON"]);
    cursor.eat("ON").then_some(())?;
    cursor.eat("ONLY");
    cursor.name()?;
    if cursor.eat("USING") {
        cursor.ident()?;
    }
    let within = cursor.parentheses()?;
    let keys = Cursor::new(dialect, text, within).list();
    let keys = keys.into_iter().map(|key| part(dialect, text, key));
    let keys: Vec<String> = keys.collect::<Option<_>>()?;
    if cursor.is_done() {
        return Some((keys, None));
    }
    cursor.eat("WHERE").then_some(())?;
    Some((keys, Some(whole(cursor.rest()).of(text).to_owned())))
}

/// One column or expression of an index.
fn part(dialect: Dialect, text: &str, tokens: &[Token]) -> Option<String> {
    let mut cursor = Cursor::new(dialect, text, tokens);
    let start = cursor.at;
    cursor.ident();
    let named = cursor.at;
    let within = cursor.parentheses();
    let of = whole(tokens.get(start..cursor.at)?).of(text);
    if !cursor.eat("ASC") {
        cursor.eat("DESC");
    }
    cursor.is_done().then_some(())?;
    let length = within.map(|within| whole(within).of(text));
    let prefix = length.filter(|_| named > start && dialect == Dialect::MySql);
    Some(match prefix {
        Some(length) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!(
                "left({}, {length})",
                whole(tokens.get(start..named)?).of(text)
            )
        }
        _ => of.to_owned(),
    })
}
