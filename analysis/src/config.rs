//! What does a crate say in its `onward.toml`?

mod consumer;
mod policy;
#[cfg(feature = "parse")]
mod read;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use consumer::Consumer;
pub use policy::{Need, PolicyConfig};

use crate::{Dialect, Level, Tier};

/// `onward.toml`, beside the crate's `Cargo.toml`. Every key may be left out, and so may the file.
///
/// ```toml
/// dialects = ["postgres"]      # what to check; else the enabled drivers
///
/// # Who reads the database and is no part of any program that Onward knows.
/// consumers = ["nightly billing export reads users.phone_number"]
///
/// [environments]               # names beside development, staging and production
/// preview = "staging"
///
/// [policy.staging]             # what a tier, or one environment, asks before anything runs
/// lossy_down = "answers"
///
/// [rules]                      # how strictly rules are held, where not as by default
/// leaves_behind = "deny"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The dialects to check, where it is not every enabled driver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dialects: Vec<Dialect>,
    /// Further environments and the tier that each belongs to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, Tier>,
    /// What is asked before anything runs, by the name of a tier or of an environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policy: BTreeMap<String, PolicyConfig>,
    /// Jobs, exports and pipelines that use the database.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consumers: Vec<Consumer>,
    /// How strictly rules are held, by name. Only the compiler and the command line ask, so it is not written for the
    /// binary.
    #[serde(default, skip_serializing)]
    pub rules: BTreeMap<String, Level>,
}

impl Config {
    /// The name of the file.
    pub const FILE: &'static str = "onward.toml";

    /// The tier of the environment `name`, if it is one.
    #[must_use]
    pub fn tier(&self, name: &str) -> Option<Tier> {
        Tier::named(name).or_else(|| self.environments.get(name).copied())
    }

    /// Every name that an environment can be called by.
    #[must_use]
    pub fn environment_names(&self) -> Vec<&str> {
        let own = self.environments.keys().map(String::as_str);
        Tier::ALL
            .iter()
            .map(|tier| tier.name())
            .chain(own)
            .collect()
    }
}
