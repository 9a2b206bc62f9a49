//! What is wrong with a migration, and what should be written instead?

use std::collections::BTreeMap;

use crate::{Level, Span};

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
    /// The mark, or the rule of an `allow`, that it is about, where it is about one that is written.
    pub about: Option<&'static str>,
    /// A whole sentence that stands alone: what is wrong, naming the object.
    pub message: String,
    /// What to write instead; each line stands alone, code between backticks.
    pub help: Vec<String>,
}

impl Finding {
    /// The finding as strict as [`Config::rules`](crate::Config::rules) want it; none where they do not want it.
    #[must_use]
    pub fn at(mut self, rules: &BTreeMap<String, Level>) -> Option<Finding> {
        if let Some(level) = rules.get(self.rule) {
            self.severity = Severity::of(*level)?;
        }
        Some(self)
    }
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
    /// What a rule of `level` reports; none where it reports nothing.
    #[must_use]
    pub fn of(level: Level) -> Option<Severity> {
        match level {
            Level::Allow => None,
            Level::Note => Some(Severity::Note),
            Level::Warn => Some(Severity::Warning),
            Level::Deny => Some(Severity::Error),
        }
    }

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
