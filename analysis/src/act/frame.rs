//! Which columns does a statement name, and of which tables may they be?

use super::Name;
use crate::Span;

/// A query, or another statement that asks for rows: what it names, and what it sees.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub(crate) sees: Vec<Seen>,
    pub(crate) reads: Vec<Read>,
    /// What it calls its own columns: some of its clauses may name them.
    pub(crate) outputs: Vec<String>,
    /// The queries that `WITH` gives a name.
    pub(crate) with: Vec<String>,
    /// Its sub-queries, which may see what it sees.
    pub(crate) inner: Vec<Frame>,
}

/// What a statement reads rows of, and the name that it goes by there.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) name: Option<String>,
    /// None where its columns are not known: a function, a sub-query.
    pub(crate) table: Option<Name>,
    /// Whether the statement writes it.
    pub(crate) target: bool,
    pub(crate) span: Span,
}

/// A column that is named.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) of: Option<String>,
    pub(crate) name: String,
    pub(crate) span: Span,
}
