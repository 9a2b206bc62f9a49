//! What does SQLite take that the grammar does not know?

use crate::act::Step;
use crate::family::cursor::{Cursor, whole};
use crate::family::table::column::after_type_of_sqlite;
use crate::family::{place, plain};
use crate::lex::Token;
use crate::read;

/// Without the word on which index is to be used.
pub(super) fn blanked(mut cursor: Cursor<'_>) -> Vec<Token> {
    let mut kept = Vec::new();
    while let Some(token) = cursor.peek() {
        if cursor.eat("NOT INDEXED") {
            continue;
        }
        if cursor.eat("INDEXED BY") {
            cursor.next();
            continue;
        }
        kept.push(token);
        cursor.pass(1);
    }
    kept
}

/// SQLite takes a missing comma before a table's constraint, and types of any words.
pub(super) fn table(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.eat("CREATE").then_some(())?;
    cursor.eat_any(&["TEMPORARY", "TEMP"]);
    cursor.eat("TABLE").then_some(())?;
    cursor.if_not_exists();
    cursor.name()?;
    let open = cursor.at;
    cursor.parentheses()?;
    let close = cursor.at.checked_sub(1)?;
    let span = whole(cursor.tokens);
    let mut text = plain(cursor.sql, cursor.tokens).into_bytes();
    let blank = |text: &mut Vec<u8>, from: u32, to: u32, with: u8| {
        let (from, to) = ((from - span.start) as usize, (to - span.start) as usize);
        if let Some(bytes) = text.get_mut(from..to) {
            bytes.fill(with);
        }
    };
    let mut inner = Cursor::new(cursor.dialect, cursor.sql, cursor.tokens.get(..close)?);
    inner.at = open + 1;
    let mut begins = true;
    while !inner.is_done() {
        if inner.eat_symbol(",") {
            begins = true;
            continue;
        }
        if !begins && is_table_constraint(inner) {
            let before = inner.tokens[inner.at - 1].span.end;
            let here = inner.tokens[inner.at].span.start;
            (before < here).then(|| blank(&mut text, before, before + 1, b','))?;
            begins = true;
        }
        if begins && !is_table_constraint(inner) {
            inner.next();
            for token in surplus_type_words(&mut inner) {
                blank(&mut text, token.span.start, token.span.end, b' ');
            }
        } else {
            if inner.eat("CONSTRAINT") {
                inner.next();
            }
            inner.skip();
        }
        begins = false;
    }
    read::read(cursor.dialect, &String::from_utf8(text).ok()?, span.start)
}

pub(super) fn is_table_constraint(mut cursor: Cursor<'_>) -> bool {
    if cursor.eat("CONSTRAINT") {
        cursor.next();
    }
    let words = ["UNIQUE", "PRIMARY KEY", "FOREIGN KEY"];
    cursor.eat_any(&words) && cursor.sees_symbol("(")
}

/// The words of a column's type but for the one that decides on its affinity.
pub(super) fn surplus_type_words(cursor: &mut Cursor<'_>) -> Vec<Token> {
    let ends = after_type_of_sqlite();
    let start = cursor.at;
    while cursor
        .peek()
        .is_some_and(|token| matches!(token.kind, crate::lex::Kind::Word))
        && !cursor.sees_any(ends)
    {
        cursor.pass(1);
    }
    let words = &cursor.tokens[start..cursor.at];
    let decides = [
        "INT", "CHAR", "CLOB", "TEXT", "BLOB", "REAL", "FLOA", "DOUB",
    ];
    let position = |part: &&str| {
        words
            .iter()
            .position(|word| word.text(cursor.sql).to_uppercase().contains(*part))
    };
    let kept = decides.iter().find_map(position).unwrap_or(0);
    words
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != kept)
        .map(|(_, word)| *word)
        .collect()
}

/// `x IN t` of SQLite asks for the rows of `t`: <https://sqlite.org/lang_expr.html#the_in_and_not_in_operators>.
pub(super) fn in_table(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let mut rest = cursor;
    let (mut text, mut end) = (String::new(), 0);
    while !rest.is_done() {
        if !rest.eat("IN") {
            rest.pass(1);
            continue;
        }
        let start = rest.at;
        if rest.sees_symbol("(") || rest.name().is_none() {
            continue;
        }
        text += &plain(cursor.sql, cursor.tokens.get(end..start)?);
        let table = plain(cursor.sql, cursor.tokens.get(start..rest.at)?);
        text += &format!(" (SELECT * FROM {table}) ");
        end = rest.at;
    }
    text += &plain(cursor.sql, cursor.tokens.get(end..)?);
    let mut steps = read::read(cursor.dialect, &text, 0).filter(|_| end > 0)?;
    place(&mut steps, whole(cursor.tokens));
    Some(steps)
}
