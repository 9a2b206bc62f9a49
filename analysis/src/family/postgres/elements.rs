//! What does a CREATE SCHEMA of PostgreSQL make besides the schema?
//!
//! `CREATE SCHEMA app CREATE TABLE t (…) CREATE VIEW v AS …` puts what it makes into the schema.
//! (<https://www.postgresql.org/docs/15/sql-createschema.html>)

use super::super::cursor::{Cursor, whole};
use super::super::read_again;
use crate::act::{Act, Step};
use crate::family::place;
use crate::lex::Token;

/// The schema, and what is made in it by the same statement; none where that is nothing.
pub(super) fn schema_elements(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.eat("CREATE SCHEMA").then_some(())?;
    let if_not_exists = cursor.if_not_exists();
    let named = (!cursor.sees("AUTHORIZATION"))
        .then(|| cursor.ident())
        .flatten();
    let owner = cursor
        .eat("AUTHORIZATION")
        .then(|| cursor.ident())
        .flatten();
    let name = named.or(owner)?;
    let rest = cursor.rest();
    if !cursor.sees_any(&["CREATE", "GRANT"]) {
        return None;
    }
    let mut made = Vec::new();
    for element in elements(cursor.sql, rest) {
        made.extend(read_again(cursor.dialect, whole(element).of(cursor.sql)));
    }
    place(&mut made, cursor.whole());
    let schema = Act::CreateSchema {
        name: name.clone(),
        if_not_exists,
    };
    let mut steps = cursor.step(schema);
    steps.extend(cursor.step(Act::UnderPath(vec![name], made)));
    Some(steps)
}

/// The tokens from each CREATE or GRANT that stands in no parentheses to the next.
fn elements<'t>(sql: &str, tokens: &'t [Token]) -> Vec<&'t [Token]> {
    let (mut depth, mut starts) = (0_usize, Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        match token.text(sql) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth == 0 && (token.is_word(sql, "CREATE") || token.is_word(sql, "GRANT")) => {
                starts.push(at);
            }
            _ => {}
        }
    }
    let ends = starts.iter().skip(1).copied().chain([tokens.len()]);
    let ranges = starts.iter().zip(ends);
    ranges
        .filter_map(|(from, to)| tokens.get(*from..to))
        .collect()
}
