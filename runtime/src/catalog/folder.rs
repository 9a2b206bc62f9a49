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

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use crate::CatalogError;
    use crate::registration::{Folder, Registration};

    #[test]
    fn a_new_file_and_a_lost_one_are_noticed_in_a_debug_build() {
        let folder = tempfile::tempdir().unwrap();
        let path: &'static str = Box::leak(folder.path().to_str().unwrap().into());
        let read = |listing: &'static str, debug| Registration {
            folder: Some(Folder {
                path,
                listing,
                debug,
            }),
            records: "[]",
            ..*crate::migrator::tests::registration(&[], Vec::new())
        };
        let catalog = crate::migrator::tests::catalog(&[]);
        let fresh = |listing, debug| super::fresh(&catalog, &read(listing, debug));
        std::fs::write(folder.path().join("1.up.sql"), "").unwrap();
        fresh("1.up.sql", true).unwrap();
        let change = |found: Result<(), CatalogError>| match found.unwrap_err() {
            CatalogError::Stale { file, added, .. } => (file, added),
            other => panic!("{other}"),
        };
        assert_eq!(change(fresh("", true)), ("1.up.sql".to_owned(), true));
        assert_eq!(
            change(fresh("0.up.sql\n1.up.sql", true)),
            ("0.up.sql".to_owned(), false)
        );
        fresh("", false).unwrap();
    }
}
