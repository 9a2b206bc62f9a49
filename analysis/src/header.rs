//! Which marks stand at the head of a SQL file?
//!
//! A mark is a comment line before the first statement: `-- onward: destructive = "why"`. Several may share a line,
//! separated by commas, or stand on lines of their own.

use crate::{Marks, Span};

/// What the header of one file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// The marks.
    pub marks: Marks,
    /// `only(…)`.
    pub only: Vec<String>,
    /// `down_in(…)`.
    pub down_in: Vec<String>,
    /// `transaction = false`.
    pub transaction: Option<bool>,
}

/// A mistake in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderError {
    /// The part of the file to point at.
    pub span: Span,
    /// What is wrong and what to write.
    pub message: String,
}

/// Reads the marks at the head of `sql`, reporting every mistake.
#[must_use]
pub fn read(sql: &str) -> (Header, Vec<HeaderError>) {
    let _ = sql;
    (Header::default(), Vec::new())
}

/// `sql` without its mark lines: what is hashed, so that marking a released migration does not edit it.
#[must_use]
pub fn strip(sql: &str) -> String {
    sql.to_owned()
}

/// `sql` with mark lines for `marks` added at its head; byte for byte `sql` where none is missing.
///
/// A first line that another tool must find there (sqlx's `-- no-transaction`) stays the first.
#[must_use]
pub fn write(sql: &str, marks: &Marks) -> String {
    let _ = marks;
    sql.to_owned()
}
