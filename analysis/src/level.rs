//! How strictly is a rule held?

use serde::{Deserialize, Serialize};

/// How strictly a rule is held, in the words of rustc and Clippy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "the words of onward.toml")]
pub enum Level {
    /// Nothing is said.
    Allow,
    /// `cargo onward check` says it, as good to know.
    Note,
    /// `cargo onward check` says it, as likely to hurt.
    Warn,
    /// It does not compile, and `cargo onward check` exits 1.
    Deny,
}

impl Level {
    /// All of them.
    pub const ALL: [Level; 4] = [Level::Allow, Level::Note, Level::Warn, Level::Deny];

    /// The word for it in `onward.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Note => "note",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
}
