//! Where in a file does a span stand?

use onward_analysis::Span;
use onward_analysis::snippet::line_column;

use crate::source::File;

/// A place in a file of SQL.
pub(crate) struct Position<'a> {
    pub(crate) file: &'a File,
    /// The part to point at; none for the file as a whole.
    pub(crate) span: Option<Span>,
    /// From 1.
    pub(crate) line: u32,
    /// In characters, from 1.
    pub(crate) column: u32,
}

impl<'a> Position<'a> {
    /// The place of `span` in `file`.
    pub(crate) fn new(file: &'a File, span: Option<Span>) -> Position<'a> {
        let (line, column) =
            span.map_or((1, 1), |span| line_column(&file.text, span.start as usize));
        Position {
            file,
            span,
            line,
            column,
        }
    }

    /// The line and column one past the end.
    pub(crate) fn end(&self) -> (u32, u32) {
        self.span.map_or((self.line, self.column), |span| {
            line_column(&self.file.text, span.end as usize)
        })
    }
}
