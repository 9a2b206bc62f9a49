//! Do the keys make a migration?

mod keys;
mod names;

use std::collections::BTreeSet;
use std::path::Path;

use onward_analysis::check::Style;
use onward_analysis::sequence::{self, Member};
use onward_analysis::{Dialect, Marks, Version};
use proc_macro2::{Span, TokenStream};

use crate::attribute::Entry;
use crate::errors::Errors;
use crate::item::{Item, Kind};
use crate::project::Project;
use crate::source::Sql;
use keys::{Found, Keys};
use names::snake_case;
pub(crate) use names::{NO_DIALECT, dialect, unknown_environment};

/// A migration whose keys fit together.
pub(crate) struct Migration {
    pub(crate) version: Version,
    /// Where the version is written.
    pub(crate) version_span: Span,
    pub(crate) name: String,
    pub(crate) doc: String,
    /// Where the item is named.
    pub(crate) span: Span,
    pub(crate) up: Direction,
    pub(crate) down: Option<Direction>,
    pub(crate) marks: Marks,
    /// How marks are written where it stands.
    pub(crate) style: Style,
    pub(crate) only: Vec<String>,
    pub(crate) down_in: Vec<String>,
    pub(crate) dialects: Vec<Dialect>,
    pub(crate) transaction: Option<bool>,
    /// Where each key is written.
    pub(crate) keys: Vec<(String, Span)>,
}

/// One direction.
pub(crate) enum Direction {
    Sql(Sql),
    Rust(Function),
}

/// A function over a connection.
pub(crate) struct Function {
    /// How it is called.
    pub(crate) path: TokenStream,
    /// The connection's type, as the up's signature writes it.
    pub(crate) connection: TokenStream,
    /// The hash of what is visible of it.
    pub(crate) hash: String,
}

impl Direction {
    fn text(&self) -> sequence::Text {
        match self {
            Direction::Sql(sql) => sequence::Text::Sql(sql.text.clone()),
            Direction::Rust(_) => sequence::Text::Rust,
        }
    }

    pub(crate) fn sql(&self) -> Option<&Sql> {
        match self {
            Direction::Sql(sql) => Some(sql),
            Direction::Rust(_) => None,
        }
    }

    pub(crate) fn function(&self) -> Option<&Function> {
        match self {
            Direction::Sql(_) => None,
            Direction::Rust(function) => Some(function),
        }
    }
}

impl Migration {
    /// The migration without its places in the source, which belong to one expansion.
    pub(crate) fn member(&self) -> Member {
        Member {
            version: self.version,
            name: self.name.clone(),
            up: self.up.text(),
            down: self.down.as_ref().map(Direction::text),
            marks: self.marks.clone(),
            style: self.style,
            dialects: self.dialects.clone(),
            only: self.only.clone(),
            conditions: BTreeSet::new(),
            file: String::new(),
        }
    }

    /// The files that its SQL was read from.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let directions = std::iter::once(&self.up).chain(&self.down);
        directions.filter_map(|direction| direction.sql()?.file())
    }

    /// Whether `mark` is written, as far as can be told: what a file's header says has no key here.
    pub(crate) fn writes(&self, mark: &str) -> bool {
        self.style == Style::Header || self.keys.iter().any(|(name, _)| name == mark)
    }

    /// Where `key` is written; the item's name where it is not.
    pub(crate) fn key(&self, key: &str) -> Span {
        self.keys
            .iter()
            .find(|(name, _)| name == key)
            .map_or(self.span, |(_, span)| *span)
    }
}

/// Fits the keys of `item` together; none where too much is missing for a verdict, which is reported.
pub(crate) fn migration(
    item: &Item,
    entries: Vec<Entry>,
    project: &Project,
    errors: &mut Errors,
) -> Option<Migration> {
    let mut keys = Keys {
        spans: entries
            .iter()
            .map(|entry| (entry.key.to_string(), entry.key.span()))
            .collect(),
        entries,
        item,
        transaction: None,
        errors,
    };
    let rust = match &item.kind {
        Kind::UnitStruct => None,
        Kind::AsyncFn {
            connection,
            connection_name,
            body,
        } => Some((connection, connection_name, body)),
        Kind::Other { span, message, .. } => {
            keys.errors.push(*span, message.clone());
            None
        }
    };
    let version = keys.version();
    let dialects = match rust {
        None => keys.dialects(project),
        Some((_, connection, _)) => keys.dialect_of(connection),
    };
    let up = match rust {
        None if matches!(
            item.kind,
            Kind::Other {
                is_function: true,
                ..
            }
        ) =>
        {
            None
        }
        None => keys.up(project),
        Some((connection, _, body)) => keys.function(connection, body.stream()),
    };
    let irreversible = keys.spans.iter().any(|(key, _)| key == "irreversible");
    let down = keys.down(rust.map(|(connection, ..)| &**connection), project);
    let mut marks = keys.marks();
    if irreversible && !matches!(down, Found::Absent) {
        keys.wrong(
            "irreversible",
            "a migration is irreversible or has a down, not both: remove one of the two",
        );
        marks.irreversible = None;
    }
    let only = keys.environments("only", project);
    let down_in = keys.environments("down_in", project);
    let transaction = keys.switch("transaction").or(keys.transaction);
    let spans = std::mem::take(&mut keys.spans);

    let (version, version_span) = version?;
    Some(Migration {
        version,
        version_span,
        name: snake_case(&item.name),
        doc: item.doc.clone(),
        span: item.name.span(),
        up: up?,
        down: match down {
            Found::Absent => None,
            Found::Wrong => return None,
            Found::Direction(direction) => Some(direction),
        },
        marks,
        style: Style::Attribute,
        only,
        down_in,
        dialects: dialects?,
        transaction,
        keys: spans,
    })
}
