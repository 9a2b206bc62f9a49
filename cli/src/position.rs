//! Where in a file does a span stand?

use onward_analysis::{Analysis, Span};

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
            span.map_or_else(|| file.head(), |span| file.place(span.start as usize));
        Position {
            file,
            span,
            line,
            column,
        }
    }

    /// The place of the whole statement that this one is in; this one where it is in none.
    pub(crate) fn of_statement(self, analysis: Option<&Analysis>) -> Position<'a> {
        let around = self.span.and_then(|span| {
            // They stand in order, and a long file has many.
            let statements = &analysis?.statements;
            let after = statements.partition_point(|one| one.span.start <= span.start);
            let around = statements[..after].last()?.span;
            (span.start < around.end).then_some(around)
        });
        match around {
            Some(_) => Position::new(self.file, around),
            None => self,
        }
    }

    /// The text at the place.
    pub(crate) fn text(&self) -> &'a str {
        self.span.map_or("", |span| span.of(&self.file.text))
    }

    /// The line and column one past the end.
    pub(crate) fn end(&self) -> (u32, u32) {
        self.span.map_or((self.line, self.column), |span| {
            self.file.place(span.end as usize)
        })
    }
}
