//! What does a crate say in its `onward.toml`?

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Dialect, Tier};

/// `onward.toml`, beside the crate's `Cargo.toml`. Every key may be left out, and so may the file.
///
/// ```toml
/// dialects = ["postgres"]      # what to check; else the enabled drivers
///
/// [environments]               # names beside development, staging and production
/// preview = "staging"
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
}

impl Config {
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

    /// Reads `onward.toml` in `folder`; the default where there is none.
    ///
    /// # Errors
    /// A sentence naming the file, the place in it and what is wrong, where it cannot be read or understood.
    #[cfg(feature = "parse")]
    pub fn read(folder: &std::path::Path) -> Result<Config, String> {
        let path = folder.join("onward.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|e| format!("{} is not understood: {e}", path.display())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Config::default()),
            Err(e) => Err(format!("{} cannot be read: {e}", path.display())),
        }
    }
}
