//! Where does a migration's SQL come from, and where does each part of it stand?

use std::path::{Path, PathBuf};

use onward_analysis::snippet::{Location, line_column};
use proc_macro2::Span;

use crate::literal::Text;
use crate::project::{Project, shown};

/// One direction's SQL.
pub(crate) struct Sql {
    /// The SQL.
    pub(crate) text: String,
    /// Where the compiler's error stands.
    pub(crate) span: Span,
    /// What it was read from.
    origin: Origin,
}

enum Origin {
    Literal(Text),
    File(PathBuf),
}

impl Sql {
    /// SQL that stands in the attribute.
    pub(crate) fn inline(literal: Text) -> Sql {
        Sql {
            text: literal.value.clone(),
            span: literal.span,
            origin: Origin::Literal(literal),
        }
    }

    /// SQL of a file that was read already, as `directory!` does.
    pub(crate) fn of_file(path: PathBuf, text: String, span: Span) -> Sql {
        Sql {
            text,
            span,
            origin: Origin::File(path),
        }
    }

    /// Reads the file that `literal` names, from the crate's manifest.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(crate) fn read(literal: &Text, project: &Project) -> Result<Sql, String> {
        let path = project.dir.join(&literal.value);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Sql::of_file(path, text, literal.span)),
            Err(e) => Err(unreadable(&path, &e)),
        }
    }

    /// The file, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Literal(_) => None,
            Origin::File(path) => Some(path),
        }
    }

    /// Where the byte `offset` stands, where that is known.
    pub(crate) fn location(&self, offset: usize) -> Option<Location> {
        match &self.origin {
            Origin::Literal(text) => text.location(offset),
            Origin::File(path) => {
                let (line, column) = line_column(&self.text, offset);
                Some(Location {
                    file: shown(path),
                    line,
                    column,
                })
            }
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    let path = path.display();
    match error.kind() {
        std::io::ErrorKind::NotFound => format!(
            "there is no file `{path}`: create it, or correct the path, which begins at the crate's Cargo.toml"
        ),
        std::io::ErrorKind::InvalidData => {
            format!("the file `{path}` is not UTF-8: save it as UTF-8")
        }
        _ => format!("the file `{path}` cannot be read: {error}"),
    }
}
