//! What can a crate ask of an environment before anything runs in it?

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::Tier;

/// One table `[policy.NAME]` of an `onward.toml`. What is left out is as the tier has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyConfig {
    /// What a lossless down needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lossless_down: Option<Need>,
    /// What a lossy down needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lossy_down: Option<Need>,
    /// What a down needs that is not understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_down: Option<Need>,
    /// What an up needs that loses nothing, but changes what code may name or write. One that only adds needs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lossless_up: Option<Need>,
    /// What an up needs that loses data, or that is marked `lossy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lossy_up: Option<Need>,
    /// What an up needs that is not understood, and of which its author does not assert that it loses nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_up: Option<Need>,
    /// The numbers of the questions that may be waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waivable: Option<Vec<u8>>,
    /// The rows of the largest table that may be rewritten or read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The bytes of the largest table that may be rewritten or read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How many seconds others may be kept waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// How many seconds one statement of a migration may take before it is cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_seconds: Option<u64>,
    /// How many hours old a backup may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_hours: Option<u64>,
    /// The folder that Onward copies an SQLite database into by itself, before a migration whose down may lose something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_folder: Option<String>,
    /// How many days Onward keeps the copies that it put there itself; for ever where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_days: Option<u64>,
}

/// What must be given before a migration may run, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums, reason = "the gate must answer for each")]
pub enum Need {
    /// Nothing.
    Free,
    /// A person's consent that names what is lost.
    Consent,
    /// A clear answer to each question that the verdict raises.
    Answers,
}

impl Need {
    /// Every one, the least first.
    pub const ALL: [Need; 3] = [Need::Free, Need::Consent, Need::Answers];

    /// The name as written in `onward.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Need::Free => "free",
            Need::Consent => "consent",
            Need::Answers => "answers",
        }
    }
}

impl PolicyConfig {
    /// The least that a tier accepts for what a migration needs: no file turns production's gate off.
    #[must_use]
    pub fn floor(tier: Tier) -> Need {
        match tier {
            Tier::Development | Tier::Staging => Need::Free,
            Tier::Production => Need::Answers,
        }
    }

    /// The values that the threshold of that name can have, from the least to the largest; none where it is no threshold. What
    /// lies beyond is a slip of the pen: a wait of a day, a backup of ten years ago.
    #[must_use]
    pub fn range(key: &str) -> Option<RangeInclusive<u64>> {
        match key {
            // Of no table at all may be asked.
            "rows" => Some(0..=1_000_000_000_000),
            "bytes" => Some(0..=1 << 50),
            "seconds" => Some(1..=3_600),
            "statement_seconds" => Some(1..=604_800),
            "backup_hours" => Some(1..=8_760),
            "backup_days" => Some(1..=36_500),
            _ => None,
        }
    }

    /// The numbers of the questions that can be waived at all. What is asked for others is an error.
    pub const WAIVABLE: [u8; 3] = [4, 5, 6];
}
