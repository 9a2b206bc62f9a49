//! Which words of a statement does only another database know, and what is written here instead?
//!
//! One grammar reads all three dialects and lets them pass. What is told here the servers were seen to refuse, whatever stands in the
//! database: PostgreSQL 15, MariaDB 10.11, SQLite 3.51.

mod alter;
mod items;
mod whole_statement;

use crate::family::cursor::{Cursor, whole};
use crate::lex::Token;
use crate::{Dialect, Span};

/// Words that the database refuses.
#[derive(Debug)]
pub(crate) struct Foreign {
    /// What it does not know, as a clause.
    pub(crate) why: String,
    /// What to do.
    pub(crate) instead: String,
    pub(crate) span: Span,
}

/// The first words of a statement that `dialect` refuses.
pub(crate) fn foreign(dialect: Dialect, sql: &str, tokens: &[Token]) -> Option<Foreign> {
    let cursor = Cursor::new(dialect, sql, tokens);
    let found = match () {
        () if cursor.sees("ALTER TABLE") => alter::table(cursor),
        () if cursor.sees_any(&["CREATE", "DROP"]) => items::made(cursor),
        () => None,
    };
    found.or_else(|| whole_statement::refused(cursor))
}

/// `words` are told of at `tokens`; they are of the database `of`, or of none.
fn knows_no(
    cursor: Cursor<'_>,
    words: &str,
    of: Option<Dialect>,
    instead: impl Into<String>,
    tokens: &[Token],
) -> Foreign {
    let dialect = cursor.dialect;
    let of = of.map_or_else(String::new, |of| format!(", which is of {of}"));
    Foreign {
        why: format!("{dialect} knows no `{words}`{of}"),
        instead: instead.into(),
        span: whole(tokens),
    }
}

/// The next token as it is written, or a stand-in.
fn written<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.next().map_or("…", |token| token.text(cursor.sql))
}

#[cfg(test)]
mod tests;
