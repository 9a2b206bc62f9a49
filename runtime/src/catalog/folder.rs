//! Is the folder that `directory!` read still as it was?
//!
//! Cargo notices edits to the files that were read, but not a new file. A developer who adds one and runs would start
//! the old set without a word; so a debug build looks, where the folder is there.

use std::collections::BTreeSet;
use std::path::Path;

use super::CatalogError;
use crate::registration::{Catalog, Registration};

/// Whether the folder of `registration` still lists what it listed when it was compiled.
pub(super) fn fresh(catalog: &Catalog, registration: &Registration) -> Result<(), CatalogError> {
    let Some(folder) = registration.folder.filter(|folder| folder.debug) else {
        return Ok(());
    };
    let Some(now) = listing(Path::new(folder.path)) else {
        return Ok(());
    };
    let then: BTreeSet<&str> = folder.listing.lines().collect();
    let added = now.iter().find(|name| !then.contains(name.as_str()));
    let gone = || then.iter().find(|name| !now.contains(**name));
    let (file, is_new) = match (added, gone()) {
        (Some(name), _) => (name.clone(), true),
        (None, Some(name)) => ((*name).to_owned(), false),
        (None, None) => return Ok(()),
    };
    Err(CatalogError::Stale {
        name: catalog.name.to_owned(),
        folder: folder.path.to_owned(),
        file,
        added: is_new,
        source: catalog.source.to_owned(),
    })
}

/// The names in the folder; none where it is not there, as on the machine that the program was copied to.
fn listing(folder: &Path) -> Option<BTreeSet<String>> {
    let entries = std::fs::read_dir(folder).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Some(names.collect())
}
