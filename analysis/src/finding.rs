//! What is wrong with a migration, and what should be written instead?

use crate::Span;

/// One rule hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's stable name, such as `unmarked_destructive_down`.
    pub rule: &'static str,
    /// Whether it refuses to compile.
    pub severity: Severity,
    /// Which direction it is about.
    pub side: Side,
    /// The part of that direction's SQL to point at; none where it is about the migration as a whole.
    pub span: Option<Span>,
    /// A whole sentence that stands alone: what is wrong, naming the object.
    pub message: String,
    /// What to write instead; each line stands alone, code between backticks.
    pub help: Vec<String>,
}

/// How bad it is. An error loses data or breaks the down; nothing else is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the levels of the machine interface"
)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Likely to hurt.
    Warning,
    /// Does not compile; `cargo onward check` exits 1.
    Error,
}

impl Severity {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A direction of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are two ways to go")]
pub enum Side {
    /// Forward.
    Up,
    /// Backward.
    Down,
}
