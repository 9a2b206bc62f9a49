//! What does this process run?

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use onward_analysis::{Lock, Uses, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::registration::{Catalog, CodeUses};
use crate::session::Source;

/// As whom this process registers.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// The application: `shop-web`.
    pub(crate) application: String,
    /// What it does there: `web`, `job`, `pipeline`.
    pub(crate) kind: String,
    /// Which build of it.
    pub(crate) build: String,
    /// How often it says that it is there.
    pub(crate) every: Duration,
}

/// This process as the gate judges it.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    /// As whom.
    pub(crate) identity: Identity,
    /// What it was compiled with.
    pub(crate) program: Program,
    /// What the server sees of it.
    pub(crate) pool: OwnPool,
}

/// The pool of the program that asks, of which the gate knows each connection.
#[derive(Clone, Default)]
pub(crate) struct OwnPool {
    /// None where the migrator was given one connection.
    pub(crate) source: Option<Arc<dyn Source>>,
    /// Whether the connection that asks is one of it: one that was taken out is not counted any more.
    pub(crate) asks: bool,
}

impl OwnPool {
    /// How many connections it has open now but for the one that asks.
    pub(crate) fn others(&self) -> i64 {
        let size = self.source.as_ref().map_or(0, |source| source.size());
        i64::from(size.saturating_sub(u32::from(self.asks)))
    }
}

impl std::fmt::Debug for OwnPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnPool")
            .field("others", &self.others())
            .finish()
    }
}

/// What a process was compiled with, as its row holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Program {
    /// The migrations of each catalog, by its name.
    pub(crate) catalogs: BTreeMap<String, Versions>,
    /// What the code uses, crate by crate; empty where no crate says.
    pub(crate) code: Vec<Code>,
    /// The crates that the application names as those whose code it runs; empty where it names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) crates: Vec<String>,
}

/// What the code of one crate uses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Code {
    /// The crate.
    pub(crate) package: String,
    /// What it uses.
    pub(crate) uses: Uses,
}

/// The versions of a catalog: the newest, and whether there are older ones that are not listed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Versions {
    newest: Vec<Version>,
    older: bool,
}

impl Versions {
    /// So many are listed, that a row stays small; what is older than all of them counts as contained.
    const LISTED: usize = 256;

    /// Of these, in any order.
    pub(crate) fn of(mut versions: Vec<Version>) -> Versions {
        versions.sort_unstable();
        let older = versions.len() > Versions::LISTED;
        let newest = versions.split_off(versions.len().saturating_sub(Versions::LISTED));
        Versions { newest, older }
    }

    /// Whether `version` is among them.
    pub(crate) fn contain(&self, version: Version) -> bool {
        let before = self.newest.first().is_none_or(|oldest| version < *oldest);
        self.newest.binary_search(&version).is_ok() || (self.older && before)
    }
}

impl Program {
    /// This process's, as it was compiled.
    pub(crate) fn compiled(catalogs: &[Catalog], crates: &[String]) -> Program {
        let mut code: Vec<Code> = inventory::iter::<CodeUses>
            .into_iter()
            .map(Code::read)
            .collect();
        code.sort_by(|a, b| a.package.cmp(&b.package));
        let catalogs = catalogs.iter().map(|catalog| {
            let lock = catalog.lock.and_then(|text| Lock::parse(text).ok());
            let entries = lock.map(|lock| lock.entries.iter().map(|entry| entry.version).collect());
            (
                catalog.name.to_owned(),
                Versions::of(entries.unwrap_or_default()),
            )
        });
        Program {
            catalogs: catalogs.collect(),
            code,
            crates: crates.to_vec(),
        }
    }

    /// The crates that the application names and that say nothing of what they use. A crate with a catalog has been looked
    /// through for queries when it was compiled.
    pub(crate) fn silent(&self) -> Vec<&str> {
        let same = |one: &str, other: &str| one.replace('-', "_") == other.replace('-', "_");
        let speaks = |name: &str| {
            self.code.iter().any(|code| same(&code.package, name))
                || self.catalogs.keys().any(|catalog| same(catalog, name))
        };
        let crates = self.crates.iter().map(String::as_str);
        crates.filter(|name| !speaks(name)).collect()
    }
}

impl Code {
    fn read(registered: &CodeUses) -> Code {
        Code {
            package: registered.package.to_owned(),
            // The macro wrote it.
            uses: serde_json::from_str(registered.uses).unwrap_or_default(),
        }
    }
}

/// What tells this process from every other.
pub(crate) fn process() -> &'static str {
    static PROCESS: OnceLock<String> = OnceLock::new();
    PROCESS.get_or_init(|| {
        // Seeded by the operating system, differently in every process.
        let random = || RandomState::new().build_hasher().finish();
        format!("{:016x}{:016x}", random(), random())
    })
}

impl Identity {
    /// The key of the row: this process, and the part that it plays.
    pub(crate) fn id(&self) -> String {
        let process = process();
        let part = Sha256::digest(format!(
            "{}\0{}\0{}",
            self.application, self.kind, self.build
        ));
        let part: String = part[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{process}-{part}")
    }

    /// After how long without a word nobody can tell whether it runs.
    pub(crate) fn lasts(&self) -> Duration {
        self.every * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_listed_versions_counts_as_contained() {
        let few = Versions::of(vec![Version::new(30), Version::new(10)]);
        assert!(few.contain(Version::new(10)) && few.contain(Version::new(30)));
        assert!(!few.contain(Version::new(5)) && !few.contain(Version::new(20)));
        let many = Versions::of((1..=300).map(|n| Version::new(n * 10)).collect());
        assert!(many.contain(Version::new(10)) && many.contain(Version::new(5)));
        assert!(many.contain(Version::new(3000)) && !many.contain(Version::new(2995)));
        assert!(!Versions::default().contain(Version::new(1)));
    }
}
