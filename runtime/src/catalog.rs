//! Which migrations was this process compiled with, and are they all there?
//!
//! The linker drops what nobody names, and a `cfg` hides what it is told to. So the migrations that registered are held
//! against the lock file of each catalog before any SQL runs. Where all is well this adds up digests and reads nothing.

mod error;
mod folder;
mod lock_file;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use onward_analysis::{Config, Digest, Lock, Record, Version, admits};

pub use error::CatalogError;
pub use lock_file::lock_is_current;

use crate::registration::{Catalog, Code, Registration};
use crate::{Environment, Result};

/// The catalogs that the application named, complete as far as their digests tell.
#[derive(Debug)]
pub(crate) struct Compiled {
    named: Vec<Catalog>,
    registrations: Vec<&'static Registration>,
}

impl Compiled {
    /// Collects what is registered and holds it against the catalogs that were named.
    pub(crate) fn collect(named: &[Catalog]) -> Result<Compiled> {
        Compiled::check(named, Registration::all().collect())
    }

    /// The same of what is given.
    pub(crate) fn check(named: &[Catalog], all: Vec<&'static Registration>) -> Result<Compiled> {
        let mut catalogs: BTreeMap<&str, Vec<&'static Registration>> = BTreeMap::new();
        for registration in &all {
            catalogs
                .entry(registration.catalog)
                .or_default()
                .push(registration);
        }
        for (&name, registrations) in &catalogs {
            if !named.iter().any(|catalog| catalog.name == name) {
                return Err(CatalogError::NotNamed {
                    name: name.to_owned(),
                    count: registrations.iter().map(|r| r.count).sum(),
                }
                .into());
            }
        }
        for catalog in named {
            let registered = catalogs.get(catalog.name).map_or(&[][..], Vec::as_slice);
            complete(catalog, registered)?;
            for registration in registered {
                folder::fresh(catalog, registration)?;
            }
        }
        Ok(Compiled {
            named: named.to_vec(),
            registrations: all,
        })
    }

    /// What each catalog's `onward.toml` says.
    pub(crate) fn configs(&self) -> Result<Vec<Config>> {
        let written = self
            .named
            .iter()
            .filter(|catalog| !catalog.config.is_empty());
        written
            .map(|catalog| {
                serde_json::from_str(catalog.config).map_err(|error| {
                    CatalogError::Garbled {
                        name: catalog.name.to_owned(),
                        what: error.to_string(),
                    }
                    .into()
                })
            })
            .collect()
    }

    /// The digest of all migrations that run in `environment`.
    pub(crate) fn digest(&self, environment: &Environment) -> Digest {
        self.registrations
            .iter()
            .filter(|registration| {
                let only: Vec<String> = registration.only.iter().map(|s| (*s).to_owned()).collect();
                admits(&only, environment.name(), environment.tier())
            })
            .fold(Digest::EMPTY, |sum, registration| {
                sum.plus(registration.digest)
            })
    }

    /// Reads the migrations, in version order.
    pub(crate) fn records(&self) -> Result<Vec<Arc<Record>>> {
        let mut records: Vec<Arc<Record>> = Vec::new();
        for registration in &self.registrations {
            records.extend(decode(registration)?.into_iter().map(Arc::new));
        }
        records.sort_by_key(|record| record.version);
        let twins = records
            .windows(2)
            .filter(|pair| pair[0].version == pair[1].version);
        if let Some(pair) = twins.into_iter().next() {
            return Err(CatalogError::Duplicate {
                version: pair[0].version,
                one: declared(&pair[0]),
                other: declared(&pair[1]),
            }
            .into());
        }
        Ok(records)
    }

    /// The functions of the migrations written in Rust.
    pub(crate) fn code(&self) -> HashMap<Version, &'static Code> {
        let code = self.registrations.iter().flat_map(|r| r.code);
        code.map(|code| (Version::new(code.version), code))
            .collect()
    }

    /// The names of the catalogs.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.named.iter().map(|catalog| catalog.name)
    }
}

/// Whether what `catalog` registered is what its lock file lists.
fn complete(catalog: &Catalog, registered: &[&'static Registration]) -> Result<()> {
    let Some(text) = catalog.lock else {
        return Err(CatalogError::NoLock {
            name: catalog.name.to_owned(),
            folder: catalog.manifest_dir.to_owned(),
        }
        .into());
    };
    let sum = registered
        .iter()
        .fold(Digest::EMPTY, |sum, r| sum.plus(r.digest));
    if sum == catalog.digest {
        return Ok(());
    }
    let lock = Lock::parse(text).map_err(|error| CatalogError::Garbled {
        name: catalog.name.to_owned(),
        what: error.to_string(),
    })?;
    let mut records = Vec::new();
    for registration in registered {
        records.extend(decode(registration)?);
    }
    let difference = lock_file::difference(&lock, &records);
    if difference.is_tolerable() {
        return Ok(());
    }
    Err(CatalogError::Differs {
        name: catalog.name.to_owned(),
        difference,
    }
    .into())
}

fn decode(registration: &Registration) -> Result<Vec<Record>> {
    serde_json::from_str(registration.records).map_err(|error| {
        CatalogError::Garbled {
            name: registration.catalog.to_owned(),
            what: error.to_string(),
        }
        .into()
    })
}

/// `add_users in crate shop (src/migrations.rs:12)`.
fn declared(record: &Record) -> String {
    let place = &record.place;
    let at = match place.line {
        0 => place.file.clone(),
        line => format!("{}:{line}", place.file),
    };
    format!("{} in crate {} ({at})", record.name, record.catalog)
}
