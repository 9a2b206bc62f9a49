//! What does a view compute?

use super::cursor::Cursor;
use super::grammar;
use super::mend;
use super::significant;
use crate::Dialect;
use crate::act::{Act, Query};

/// What the statement `text` makes a view compute; none where that cannot be read.
pub(crate) fn query_of_view(dialect: Dialect, text: &str) -> Option<Query> {
    let tokens = significant(dialect, text);
    let cursor = Cursor::new(dialect, text, &tokens);
    let steps = grammar(cursor).or_else(|| mend::mend(cursor))?;
    steps.into_iter().find_map(|step| match step.act {
        Act::CreateView { query, .. } => query.get().cloned().flatten(),
        _ => None,
    })
}
