//! What does a column's definition say that is no part of its type, its default or its constraints?

use crate::Dialect;
use crate::lex::{Token, Words};

/// Those parts of `text` in their order; none where there are none.
pub(super) fn besides(dialect: Dialect, text: &str) -> Option<Box<str>> {
    let clauses: &[&str] = match dialect {
        Dialect::MySql => &["comment", "on"],
        Dialect::Postgres | Dialect::Sqlite => &["collate"],
    };
    let words = Words::of(dialect, text);
    let end = |at: usize| -> Option<usize> {
        let at = match words.is(at, "on") {
            // A foreign key says what becomes of its columns by the same words.
            true => {
                (words.is(at + 1, "update") && is_now(&words.word(at + 2))).then_some(at + 2)?
            }
            false => at + 1,
        };
        let shown = |at: usize| words.tokens.get(at).map(|token| token.text(text));
        Some(match shown(at + 1) {
            // With its digits: `CURRENT_TIMESTAMP(3)`.
            Some("(") if shown(at + 2) == Some(")") => at + 2,
            Some("(") => at + 3,
            // With its schema.
            Some(".") => at + 2,
            _ => at,
        })
    };
    let (mut depth, mut found) = (0_usize, Vec::new());
    for (at, token) in words.tokens.iter().enumerate() {
        match token.text(text) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 0 || at == 0 || !clauses.iter().any(|clause| words.is(at, clause)) {
            continue;
        }
        let last = end(at).and_then(|last| words.tokens.get(last));
        let until = |last: &Token| text.get(token.span.start as usize..last.span.end as usize);
        found.extend(last.and_then(until));
    }
    (!found.is_empty()).then(|| found.join(" ").into())
}

/// Whether it is the time of the statement.
fn is_now(word: &str) -> bool {
    ["current_timestamp", "localtime", "localtimestamp", "now"].contains(&word)
}
