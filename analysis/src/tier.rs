//! How much can be hurt where a migration runs?

use serde::{Deserialize, Serialize};

/// What an environment stands for: how careful Onward is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(
    clippy::exhaustive_enums,
    reason = "the three tiers are the product; a policy must answer for each"
)]
pub enum Tier {
    /// A down is an undo: free.
    Development,
    /// A lossy down needs consent that names what is lost.
    Staging,
    /// A down is refused unless evidence says that nobody is hurt.
    Production,
}

impl Tier {
    /// Every tier, the most careless first.
    pub const ALL: [Tier; 3] = [Tier::Development, Tier::Staging, Tier::Production];

    /// The tier's name as written in attributes and `onward.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Tier::Development => "development",
            Tier::Staging => "staging",
            Tier::Production => "production",
        }
    }

    /// The tier of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Tier> {
        Tier::ALL.into_iter().find(|tier| tier.name() == name)
    }
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
