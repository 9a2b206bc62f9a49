//! Where does this process run, and how careful does that make Onward?

use onward_analysis::{Config, Tier, admits};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// An environment: its name, and the tier that says how careful Onward is in it.
///
/// Anything that is not known is production: no variable, a misspelt name, a name of another application. A database that has no
/// label yet gets none by such a name: nothing runs on it ([`Error::UnknownEnvironment`](crate::Error::UnknownEnvironment)).
///
/// ```
/// use onward::{Environment, Tier};
/// assert_eq!(Environment::named("staging").tier(), Tier::Staging);
/// assert_eq!(Environment::named("stagign").tier(), Tier::Production);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    name: String,
    /// None where only a name was given that is no tier's: `onward.toml` may know it, or the database's label.
    #[serde(serialize_with = "careful")]
    tier: Option<Tier>,
}

impl Environment {
    /// The variable that [`Environment::from_env`] reads.
    pub const VARIABLE: &'static str = "ONWARD_ENV";

    /// The environment that `ONWARD_ENV` names; production where it is not set.
    ///
    /// # Errors
    /// Where the variable holds something that is not text.
    pub fn from_env() -> Result<Environment> {
        match std::env::var(Environment::VARIABLE) {
            Ok(name) => Ok(Environment::named(&name)),
            Err(std::env::VarError::NotPresent) => Ok(Environment::production()),
            Err(std::env::VarError::NotUnicode(_)) => Err(Error::EnvironmentNotText),
        }
    }

    /// The environment of that name: a tier's, or one that the catalog's `onward.toml` declares. Any other name is
    /// taken for production. An empty one too.
    #[must_use]
    pub fn named(name: &str) -> Environment {
        let name = name.trim();
        let tier = Tier::named(name);
        match name {
            "" => Environment::production(),
            name => Environment::of(name, tier),
        }
    }

    /// An environment of your own, with its tier.
    ///
    /// Where an `onward.toml` declares the same name, the more careful of the two tiers counts.
    #[must_use]
    pub fn new(name: &str, tier: Tier) -> Environment {
        Environment::of(name, Some(tier))
    }

    /// A database that only its developer uses.
    #[must_use]
    pub fn development() -> Environment {
        Environment::new(Tier::Development.name(), Tier::Development)
    }

    /// A database that others work with, and that could be filled again.
    #[must_use]
    pub fn staging() -> Environment {
        Environment::new(Tier::Staging.name(), Tier::Staging)
    }

    /// A database whose data cannot be replaced.
    #[must_use]
    pub fn production() -> Environment {
        Environment::new(Tier::Production.name(), Tier::Production)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its tier; production where the name is not known.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.tier.unwrap_or(Tier::Production)
    }

    /// Whether anybody has said which tier the name is of.
    pub(crate) fn is_known(&self) -> bool {
        self.tier.is_some()
    }

    /// What a first run in it has done to the database for good, where it may not have been meant.
    pub(crate) fn first_label(&self) -> Option<String> {
        (self.tier() == Tier::Production).then(|| {
            format!(
                "This was its first run: from now on the database is labelled {self}, as always where {variable} is not set. A label is never\n\
                 weakened: a database to try things out is made anew, and gets `{variable}=development` before its first run.",
                variable = Environment::VARIABLE
            )
        })
    }

    /// Whether a list of environments (`only`, `down_in`) names it; an empty list names all.
    #[must_use]
    pub fn is_in(&self, list: &[String]) -> bool {
        admits(list, &self.name, self.tier())
    }

    /// The environment as the catalogs' `onward.toml` files know it: the most careful tier that any of them gives.
    pub(crate) fn among(self, configs: &[Config]) -> Environment {
        let declared = configs
            .iter()
            .filter_map(|config| config.tier(&self.name))
            .chain(Tier::named(&self.name))
            .chain(self.tier)
            .max();
        if declared.is_none() {
            tracing::warn!(
                name = self.name,
                "no environment has this name, so it is taken for production"
            );
        }
        Environment {
            tier: declared,
            ..self
        }
    }

    /// The same environment, as careful as the `label` of the database that carries its name: whoever makes an
    /// environment's tier milder does not make the databases milder that were labelled before. Nor does whoever takes its name
    /// out of `onward.toml`: it is production's then.
    pub(crate) fn labelled(self, label: &Environment) -> Environment {
        if label.name != self.name {
            return self;
        }
        if label.tier() > self.tier() {
            tracing::warn!(
                name = self.name,
                label = label.tier().name(),
                process = self.tier().name(),
                "the database is labelled with a more careful tier, which counts"
            );
        }
        Environment {
            tier: Some(self.tier().max(label.tier())),
            ..self
        }
    }

    fn of(name: &str, tier: Option<Tier>) -> Environment {
        Environment {
            name: name.to_owned(),
            tier,
        }
    }
}

/// A tier as it counts: production where nobody has said one.
fn careful<S: serde::Serializer>(tier: &Option<Tier>, serializer: S) -> Result<S::Ok, S::Error> {
    tier.unwrap_or(Tier::Production).serialize(serializer)
}

impl std::fmt::Display for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.name.as_str(), self.tier) {
            (name, None) => write!(f, "{name}, taken for {}", self.tier()),
            (name, Some(tier)) if name == tier.name() => f.write_str(name),
            (name, Some(tier)) => write!(f, "{name}, {tier}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(environments: &[(&str, Tier)]) -> Config {
        Config {
            environments: environments
                .iter()
                .map(|(name, tier)| ((*name).to_owned(), *tier))
                .collect(),
            ..Config::default()
        }
    }

    #[test]
    fn what_is_not_known_is_production() {
        for name in ["", "  ", "prod", "stagign", "Development", "dev", "preview"] {
            let environment = Environment::named(name).among(&[Config::default()]);
            assert_eq!(environment.tier(), Tier::Production, "{name:?}");
            assert_eq!(environment.is_known(), name.trim().is_empty(), "{name:?}");
            let value = serde_json::to_value(&environment).unwrap();
            assert_eq!(value["tier"], "production", "{name:?}");
        }
    }

    #[test]
    fn a_tier_is_known_by_its_name() {
        for tier in Tier::ALL {
            let environment = Environment::named(tier.name());
            assert_eq!(environment.tier(), tier);
            assert_eq!(environment.among(&[]).tier(), tier);
        }
    }

    #[test]
    fn a_declared_name_has_its_tier() {
        let preview = Environment::named("preview").among(&[config(&[("preview", Tier::Staging)])]);
        assert_eq!(preview.tier(), Tier::Staging);
        assert_eq!(preview.to_string(), "preview, staging");
    }

    #[test]
    fn of_two_declarations_the_more_careful_counts() {
        let shop = config(&[("preview", Tier::Development)]);
        let audit = config(&[("preview", Tier::Staging)]);
        let preview = Environment::named("preview").among(&[shop.clone(), audit]);
        assert_eq!(preview.tier(), Tier::Staging);
        let explicit = Environment::new("preview", Tier::Production).among(&[shop]);
        assert_eq!(explicit.tier(), Tier::Production);
    }

    #[test]
    fn no_file_can_weaken_a_tier_by_its_own_name() {
        let config = config(&[("production", Tier::Development)]);
        for environment in [
            Environment::production(),
            Environment::new("production", Tier::Development),
        ] {
            assert_eq!(environment.clone().among(&[]).tier(), Tier::Production);
            let among = environment.among(std::slice::from_ref(&config));
            assert_eq!(among.tier(), Tier::Production);
        }
    }

    #[test]
    fn the_label_of_a_database_is_never_weakened() {
        let label = Environment::new("preview", Tier::Staging);
        for (name, tier, expected) in [
            ("preview", Tier::Development, Tier::Staging),
            ("preview", Tier::Staging, Tier::Staging),
            ("preview", Tier::Production, Tier::Production),
            ("sandbox", Tier::Development, Tier::Development),
        ] {
            let process = Environment::new(name, tier).labelled(&label);
            assert_eq!((process.name(), process.tier()), (name, expected));
        }
        let undeclared = Environment::named("preview").among(&[]);
        assert!(!undeclared.is_known());
        let undeclared = undeclared.labelled(&label);
        assert!(undeclared.is_known());
        assert_eq!(undeclared.tier(), Tier::Production);
    }
}
