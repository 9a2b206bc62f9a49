//! What does a whole migration, both directions and its marks, have to answer for?

use crate::{Analysis, Dialect, Finding, Marks, Schema};

/// A migration to be checked.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The way forward.
    pub up: Code<'a>,
    /// The way back; none where there is none.
    pub down: Option<Code<'a>>,
    /// What the author admits.
    pub marks: &'a Marks,
    /// How marks are written here, for the texts that are offered.
    pub style: Style,
}

/// What one direction consists of.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::exhaustive_enums, reason = "a migration is SQL or Rust")]
pub enum Code<'a> {
    /// A script.
    Sql(&'a str),
    /// A Rust function, which no analysis can follow.
    Rust,
}

/// How a mark is written where the migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "attribute or header comment")]
pub enum Style {
    /// `destructive = "why"` in the attribute.
    Attribute,
    /// `-- onward: destructive = "why"` at the head of the file.
    Header,
}

/// What the check of one migration found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// One analysis of the up for each dialect, in the order asked; none for Rust.
    pub up: Vec<Analysis>,
    /// The same for the down; none where there is no down, or it is Rust.
    pub down: Vec<Analysis>,
    /// Everything that is wrong, errors first.
    pub findings: Vec<Finding>,
    /// The marks that would satisfy every mark rule, beginning with those that stand.
    pub marks: Marks,
    /// The down that would undo the up, where it can be worked out and none is written.
    pub inverse: Option<String>,
}

/// Checks a migration for each of `dialects`; `schemas` are what its predecessors built, one for each dialect, and
/// are moved on to what stands after its up.
///
/// # Panics
/// Where `schemas` and `dialects` differ in length.
#[must_use]
pub fn check(subject: &Subject<'_>, dialects: &[Dialect], schemas: &mut [Schema]) -> Checked {
    assert_eq!(dialects.len(), schemas.len(), "one schema for each dialect");
    Checked {
        up: Vec::new(),
        down: Vec::new(),
        findings: Vec::new(),
        marks: subject.marks.clone(),
        inverse: None,
    }
}
