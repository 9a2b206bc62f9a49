//! What is wrong with the migrations that this process was compiled with?

use onward_analysis::{Lock, Version};

use super::lock_file::Difference;

/// The migrations compiled in are not what their lock files say. No SQL has run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatalogError {
    /// A crate is linked that has migrations, and its catalog was not given to the migrator.
    NotNamed {
        /// The crate.
        name: String,
        /// How many migrations it has.
        count: usize,
    },
    /// The crate was compiled before it had a lock file.
    NoLock {
        /// The crate.
        name: String,
        /// Its folder.
        folder: String,
    },
    /// The lock file lists other migrations.
    Differs {
        /// The crate.
        name: String,
        /// Which, and how they differ.
        difference: Difference,
    },
    /// Two migrations have one version.
    Duplicate {
        /// The version.
        version: Version,
        /// Where the one is declared.
        one: String,
        /// Where the other is.
        other: String,
    },
    /// The folder that `directory!` read has changed since.
    Stale {
        /// The crate.
        name: String,
        /// The folder.
        folder: String,
        /// The first file or folder in it that is new or gone.
        file: String,
        /// Whether it is new.
        added: bool,
        /// The source file that holds the catalog.
        source: String,
    },
    /// What was compiled in is not understood.
    Garbled {
        /// The crate.
        name: String,
        /// Why.
        what: String,
    },
}

impl std::fmt::Display for CatalogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CatalogError::NotNamed { name, count } => {
                let ident = name.replace('-', "_");
                let migrations = if *count == 1 {
                    "migration"
                } else {
                    "migrations"
                };
                write!(
                    f,
                    "Crate {name} has {count} {migrations}, but its catalog was not given to the Migrator.\n\
                     Nothing has run. Add it: `Migrator::new(…).and({ident}::MIGRATIONS)`; \
                     where it has no MIGRATIONS, write `onward::catalog!();` in its lib.rs."
                )
            }
            CatalogError::NoLock { name, folder } => write!(
                f,
                "Crate {name} has no migrations.lock, so nobody could tell a missing migration from none.\n\
                 Nothing has run. In {folder}, run `cargo onward lock`, commit the file, and build again."
            ),
            CatalogError::Differs { name, difference } => {
                write!(
                    f,
                    "The migrations compiled into crate {name} are not those of its migrations.lock.\n{difference}\n\
                     Nothing has run."
                )
            }
            CatalogError::Duplicate {
                version,
                one,
                other,
            } => write!(
                f,
                "Version {version} is declared twice: {one}, and {other}.\n\
                 Nothing has run. Give the newer one another version, then run `cargo onward lock`."
            ),
            CatalogError::Stale {
                name,
                folder,
                file,
                added,
                source,
            } => {
                let change = if *added { "has a new file" } else { "has lost" };
                write!(
                    f,
                    "Crate {name} {}: {folder} {change} {file}.\n\
                     Nothing has run. Build again after `touch {source}`; a build.rs with \
                     `cargo::rerun-if-changed=<the folder>` does it by itself.",
                    Lock::STALE
                )
            }
            CatalogError::Garbled { name, what } => write!(
                f,
                "What was compiled into crate {name} is not understood: {what}.\n\
                 Nothing has run. Use one version of `onward` throughout, and build again."
            ),
        }
    }
}

impl std::error::Error for CatalogError {}
