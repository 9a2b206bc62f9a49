//! Does the lock file list the migrations that are there, and what must be done where it does not?

use std::path::Path;

use onward_analysis::{Lock, Record, Version};

use crate::registration::{Catalog, Registration};
use crate::text::counted;

/// What a lock file says otherwise than the migrations that registered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// In the lock, not registered: version, name and whether it is released.
    missing: Vec<(Version, String, bool)>,
    /// Registered, not in the lock.
    added: Vec<(Version, String)>,
    /// Registered with other SQL than was released.
    edited: Vec<(Version, String)>,
    /// Drafts whose SQL has moved on.
    drafts: Vec<(Version, String)>,
}

impl Difference {
    /// Whether nothing but drafts differs: their entries follow where the lock is next written.
    pub(super) fn is_tolerable(&self) -> bool {
        self.missing.is_empty() && self.added.is_empty() && self.edited.is_empty()
    }
}

/// Compares a lock file with the migrations that registered.
pub(super) fn difference(lock: &Lock, records: &[Record]) -> Difference {
    let mut difference = Difference::default();
    for entry in &lock.entries {
        let name = || (entry.version, entry.name.clone());
        match records.iter().find(|r| r.version == entry.version) {
            None => difference
                .missing
                .push((entry.version, entry.name.clone(), entry.released)),
            Some(record) if record.digest() == entry.digest => {}
            Some(_) if entry.released => difference.edited.push(name()),
            Some(_) => difference.drafts.push(name()),
        }
    }
    for record in records {
        if lock.entry(record.version).is_none() {
            difference.added.push((record.version, record.name.clone()));
        }
    }
    difference
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut lines = Vec::new();
        for (version, name, released) in &self.missing {
            lines.push(if *released {
                format!(
                    "- missing: {version} {name} is in the lock and not in this program. Is its module declared (`mod …;`), \
                     and switched on (`cfg`, features)? It is released, so it must come back."
                )
            } else {
                format!(
                    "- missing: {version} {name} is in the lock and not in this program. Is its module declared (`mod …;`), \
                     and switched on (`cfg`, features)? If it was deleted on purpose, run `cargo onward lock`."
                )
            });
        }
        for (version, name) in &self.added {
            lines.push(format!(
                "- added: {version} {name} is not in the lock. Run `cargo onward lock`."
            ));
        }
        for (version, name) in &self.edited {
            lines.push(format!(
                "- edited: {version} {name} was released and has other SQL now. Put it back, and write the change as a new migration."
            ));
        }
        for (version, name) in &self.drafts {
            lines.push(format!(
                "- draft edited: the entry of {version} {name} follows. Run `cargo onward lock`."
            ));
        }
        f.write_str(&lines.join("\n"))
    }
}

/// The check behind the test `migrations_lock_is_current` of every catalog; with `ONWARD_LOCK=write` (or `release`) in
/// the environment it writes the lock file instead. A build that is older than a file in its folder answers nothing: it is made
/// to be built again, which `cargo onward` then does.
///
/// # Errors
/// What is wrong, and what to type.
pub fn lock_is_current(catalog: &Catalog) -> Result<(), String> {
    let done = asked(catalog);
    match &done {
        // Whoever reads that needs no failed test, nor a panic's lines.
        Err(why) if std::env::var_os(Lock::READ).is_some() => {
            println!("{}\n{why}", Lock::REFUSED);
            Ok(())
        }
        _ => done,
    }
}

fn asked(catalog: &Catalog) -> Result<(), String> {
    let mut records = Vec::new();
    let mut folders = Vec::new();
    for registration in Registration::all() {
        if registration.catalog == catalog.name {
            if let Err(stale) = super::folder::fresh(catalog, registration) {
                rebuild(catalog);
                return Err(stale.to_string());
            }
            folders.extend(registration.folder.map(|folder| folder.path));
            records.extend(super::decode(registration).map_err(|error| error.to_string())?);
        }
    }
    match std::env::var("ONWARD_LOCK").as_deref() {
        Ok("write") => write(catalog, &records, false),
        Ok("release") => write(catalog, &records, true),
        Ok("list") => list(catalog, &folders, &records),
        _ => compare(catalog, &records),
    }
}

/// Prints the migrations as one line of JSON, for those commands of `cargo onward` that need no lock file.
fn list(catalog: &Catalog, folders: &[&str], records: &[Record]) -> Result<(), String> {
    let listed = Listed {
        manifest_dir: catalog.manifest_dir,
        folders,
        records,
    };
    let json = serde_json::to_string(&listed).map_err(|error| error.to_string())?;
    println!("{json}");
    Ok(())
}

/// What `cargo onward` is told of a crate.
#[derive(serde::Serialize)]
struct Listed<'c> {
    manifest_dir: &'c str,
    folders: &'c [&'c str],
    records: &'c [Record],
}

fn compare(catalog: &Catalog, records: &[Record]) -> Result<(), String> {
    let lock = read(catalog)?.ok_or_else(|| {
        format!(
            "Crate {} has no migrations.lock yet. Run `cargo onward lock` and commit the file.",
            catalog.name
        )
    })?;
    let difference = difference(&lock, records);
    if difference == Difference::default() {
        return Ok(());
    }
    Err(format!(
        "migrations.lock of crate {} is not current.\n{difference}",
        catalog.name
    ))
}

fn write(catalog: &Catalog, records: &[Record], release: bool) -> Result<(), String> {
    let before = read(catalog)?;
    let mut lock = before
        .clone()
        .unwrap_or_default()
        .follow(records)
        .map_err(|problems| problems.join("\n"))?;
    let late = lock.late();
    for entry in &mut lock.entries {
        entry.released |= release;
    }
    let released = lock.entries.iter().filter(|entry| entry.released).count();
    let stands = format!(
        "migrations.lock of crate {}: {}, {released} released",
        catalog.name,
        counted(lock.entries.len() - released, "draft", "drafts")
    );
    if before.as_ref() == Some(&lock) {
        // `cargo onward lock` passes on what the test prints.
        println!("{stands}; it was current.");
        late.iter().for_each(|late| println!("warning: {late}"));
        return Ok(());
    }
    let path = Path::new(catalog.manifest_dir).join(Lock::FILE);
    let cannot = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    // Beside it and over it, so that a killed test leaves no half of a lock.
    let draft = path.with_extension("lock.new");
    std::fs::write(&draft, lock.render()).map_err(cannot)?;
    std::fs::rename(&draft, &path).map_err(cannot)?;
    if before.is_none() {
        rebuild(catalog);
    }
    println!("{stands}; written.");
    late.iter().for_each(|late| println!("warning: {late}"));
    Ok(())
}

/// Marks the source file of `catalog!()` as changed: it was compiled without a lock file, or before a file came into its folder,
/// so cargo does not know of either.
/// Where the file is not found (compiled in another place), cargo learns of it at the next edit.
fn rebuild(catalog: &Catalog) {
    // The compiler names it relative to the workspace, which is the crate's folder or one above it.
    let source = Path::new(catalog.manifest_dir)
        .ancestors()
        .map(|folder| folder.join(catalog.source))
        .find(|file| file.is_file());
    let opened = source.map(|path| std::fs::File::options().append(true).open(path));
    if let Some(Ok(file)) = opened {
        // The lock is written; that it is seen a build later is no failure.
        let _ = file.set_modified(std::time::SystemTime::now());
    }
}

/// The lock file as it stands on the disk now, which may be newer than the one compiled in.
fn read(catalog: &Catalog) -> Result<Option<Lock>, String> {
    let path = Path::new(catalog.manifest_dir).join(Lock::FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Lock::parse(&text)
            .map(Some)
            .map_err(|error| error.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !path.is_symlink() => {
            Ok(None)
        }
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use onward_analysis::{Dialect, Lock};

    use crate::migrator::tests::migration;

    #[test]
    fn each_difference_says_what_to_do() {
        let old: Vec<_> = (1..=4)
            .map(|n| migration(Dialect::Sqlite, n, "SELECT 1", None))
            .collect();
        let mut lock = Lock::default().follow(&old).unwrap();
        lock.entries[0].released = true;
        let new = [
            migration(Dialect::Sqlite, 1, "SELECT 2", None),
            migration(Dialect::Sqlite, 3, "SELECT 2", None),
            migration(Dialect::Sqlite, 4, "SELECT 1", None),
            migration(Dialect::Sqlite, 5, "SELECT 1", None),
        ];
        let shown = super::difference(&lock, &new).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].starts_with("- missing: 2 m2"), "{shown}");
        assert!(lines[1].starts_with("- added: 5 m5"), "{shown}");
        assert!(
            lines[2].starts_with("- edited: 1 m1 was released"),
            "{shown}"
        );
        assert!(
            lines[3].starts_with("- draft edited: the entry of 3 m3"),
            "{shown}"
        );
        assert!(!super::difference(&lock, &new).is_tolerable());
        assert!(super::difference(&lock, &old).is_tolerable());
    }
}
