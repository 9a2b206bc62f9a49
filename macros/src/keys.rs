//! Which keys does `#[migration(…)]` have, and what does each of them take?

use Shape::{FlagOrText, List, Reasons, Switch, Text, TextOrFunction, Version};

/// What stands behind a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `version = 20261122_01`
    Version,
    /// `up = "…"`
    Text,
    /// `down = "…"` or `down(function)`
    TextOrFunction,
    /// `destructive` or `destructive = "why"`
    FlagOrText,
    /// `only(staging, production)`
    List,
    /// `allow(rule = "why")`
    Reasons,
    /// `transaction = false`
    Switch,
}

/// Every key. The editors' descriptions of them stand in `onward::__private::keys`, under the same names.
pub(crate) const KEYS: [(&str, Shape); 16] = [
    ("version", Version),
    ("up", Text),
    ("up_file", Text),
    ("down", TextOrFunction),
    ("down_file", Text),
    ("destructive", FlagOrText),
    ("lossy", Text),
    ("irreversible", Text),
    ("assert_lossless", Text),
    ("takes", List),
    ("changes", List),
    ("allow", Reasons),
    ("only", List),
    ("down_in", List),
    ("dialect", List),
    ("transaction", Switch),
];
