//! Which statement did not run, and what did the database say?

use std::fmt;

use crate::Error;
use crate::text::indented;

/// A direction that did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// The database's words, without the advice for a database that is not thrown away.
    pub(super) words: String,
    /// Where the statement stands: `migrations/2_add.down.sql:3:1`.
    place: String,
    /// The text around it, with a caret.
    snippet: String,
}

impl Failed {
    pub(super) fn of(error: &Error) -> Failed {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        let words = match line.split_once(" failed: ") {
            Some((_, reason)) => reason.to_owned(),
            None => line.to_owned(),
        };
        let (place, snippet) = match error {
            Error::Migration(error) => (error.place.clone(), error.snippet().to_owned()),
            _ => (String::new(), String::new()),
        };
        Failed {
            words,
            place,
            snippet,
        }
    }
}

/// Where it is, as the compiler shows it.
impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            writeln!(f, "   --> {}", self.place)?;
        }
        if !self.snippet.is_empty() {
            writeln!(f, "{}", indented(&self.snippet, "   "))?;
        }
        Ok(())
    }
}
