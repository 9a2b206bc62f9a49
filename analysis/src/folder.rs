//! Which migrations stand in a folder of sqlx, golang-migrate, diesel or refinery?

mod name;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::Version;
use name::{Name, Role};

/// What stands in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its migrations, in version order.
    pub migrations: Vec<Files>,
    /// Downs of versions that have no up. They can never run; golang-migrate suffers them, and real folders have some.
    pub orphans: Vec<Orphan>,
    /// Files of SQL, and folders with some, that are no migrations by their names. Nothing runs them.
    pub left_out: Vec<PathBuf>,
}

/// One migration of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Its version.
    pub version: Version,
    /// Its name, as in the file's name.
    pub name: String,
    /// The way forward.
    pub up: File,
    /// The way back, where there is a file for it.
    pub down: Option<File>,
    /// Whether the layout's own metadata says to run it in a transaction (diesel's `metadata.toml`).
    pub transaction: Option<bool>,
}

/// A down of a version that has no up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// Its version.
    pub version: Version,
    /// Its name, as in the file's name.
    pub name: String,
    /// The way back of nothing.
    pub down: File,
}

/// A file of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, beginning with the folder's as it was given.
    pub path: PathBuf,
    /// Its contents.
    pub text: String,
}

/// Something in a folder that cannot be a migration, or not beside another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderError {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong and what to do.
    pub message: String,
}

/// Reads the migrations of `folder`, in version order, whatever tool laid it out.
///
/// Read are `1_name.sql`, `1_name.up.sql` and `1_name.down.sql` (sqlx, golang-migrate), `1_name/up.sql` and its
/// `down.sql` and `metadata.toml` (diesel), `V1__name.sql` and `U1__name.sql` (refinery, in subfolders too). Hidden
/// files, files that are not `.sql`, and `.sql` files of a single word such as `schema.sql` are none of them; of these, the last are
/// listed as left out, and so are subfolders of SQL that no tool would take for migrations.
///
/// # Errors
/// Everything that is wrong with the folder: unreadable, no migration in it, two of one version.
pub fn read(folder: &Path) -> Result<Folder, Vec<FolderError>> {
    let mut found = Found::default();
    found.folder(folder);
    if found.diesel {
        let beside = found.unversioned.drain(..).map(|mistake| mistake.path);
        found.left_out.extend(beside);
        found.errors.append(&mut found.hollow);
    } else {
        found.errors.append(&mut found.unversioned);
    }
    found.left_out.sort();
    if found.scripts.is_empty() && found.errors.is_empty() {
        let message = empty(&found.subfolders);
        found.mistake(folder, message);
    }
    if !found.errors.is_empty() {
        found.errors.sort_by(|a, b| a.path.cmp(&b.path));
        return Err(found.errors);
    }
    let (mut migrations, mut orphans) = (Vec::new(), Vec::new());
    for (version, scripts) in found.scripts {
        match scripts.into_files(version) {
            Whole::Migration(files) => migrations.push(files),
            Whole::Orphan(orphan) => orphans.push(orphan),
            Whole::Nothing => {}
        }
    }
    Ok(Folder {
        migrations,
        orphans,
        left_out: found.left_out,
    })
}

/// The text of a file of SQL.
///
/// # Errors
/// Why it cannot be read, as a clause without the file's name: `line 2 is not UTF-8: save the file as UTF-8`.
pub fn text(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("the file is UTF-16: save it as UTF-8".to_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not UTF-8: save the file as UTF-8")
    })
}

/// What to say of a folder without migrations, some of whose subfolders may be the one that was meant.
fn empty(subfolders: &[PathBuf]) -> String {
    let mut message =
        "there is no migration in this folder: expected are files such as 1_add_phone.up.sql or \
                       V1__add_phone.sql, or folders such as 1_add_phone with an up.sql in them"
            .to_owned();
    let full = subfolders.iter().filter(|path| {
        let mut found = Found::default();
        found.folder(path);
        !found.scripts.is_empty()
    });
    let meant: Vec<String> = full.map(|path| path.display().to_string()).collect();
    if !meant.is_empty() {
        message.push_str(&format!("; did you mean {}?", meant.join(" or ")));
    }
    message
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    scripts: BTreeMap<Version, Scripts>,
    errors: Vec<FolderError>,
    /// Files of SQL whose names say no version.
    unversioned: Vec<FolderError>,
    /// Folders of SQL whose names say a version, as diesel's do, and that have none of diesel's files.
    hollow: Vec<FolderError>,
    /// What holds SQL and is left out.
    left_out: Vec<PathBuf>,
    /// Whether there is a folder of diesel's, which has no eye for files beside it.
    diesel: bool,
    /// Folders that are no migrations themselves.
    subfolders: Vec<PathBuf>,
}

/// The scripts of one version: at least one.
#[derive(Default)]
struct Scripts {
    up: Option<Script>,
    down: Option<Script>,
    unordered: Option<Script>,
    transaction: Option<bool>,
}

impl Scripts {
    fn into_files(self, version: Version) -> Whole {
        let (up, down) = match (self.up, self.unordered) {
            (Some(up), unordered) => (Some(up), self.down.or(unordered)),
            (None, unordered) => (unordered, self.down),
        };
        match (up, down) {
            (Some(up), down) => Whole::Migration(Files {
                version,
                name: up.name,
                up: up.file,
                down: down.map(|script| script.file),
                transaction: self.transaction,
            }),
            (None, Some(down)) => Whole::Orphan(Orphan {
                version,
                name: down.name,
                down: down.file,
            }),
            (None, None) => Whole::Nothing,
        }
    }
}

/// What the scripts of a version are together.
enum Whole {
    Migration(Files),
    Orphan(Orphan),
    /// A folder of diesel's whose files could not be read.
    Nothing,
}

struct Script {
    name: String,
    file: File,
}

/// How deep subfolders are looked into for refinery's files; a link that leads back up ends here.
const DEEPEST: usize = 8;

impl Found {
    fn mistake(&mut self, path: &Path, message: String) {
        let path = path.to_owned();
        self.errors.push(FolderError { path, message });
    }

    /// The entries of `folder` by name, in order.
    fn entries(&mut self, folder: &Path) -> Vec<(String, PathBuf)> {
        let names = std::fs::read_dir(folder).and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.file_name()))
                .collect::<Result<Vec<_>, _>>()
        });
        let mut entries = Vec::new();
        match names {
            Err(error) => self.mistake(folder, format!("the folder cannot be read: {error}")),
            Ok(names) => {
                for name in names {
                    let path = folder.join(&name);
                    entries.push((name.to_string_lossy().into_owned(), path));
                }
            }
        }
        entries.sort();
        entries
    }

    fn folder(&mut self, folder: &Path) {
        for (name, path) in self.entries(folder) {
            if !path.is_dir() {
                self.file(path, name::file(&name));
            } else if !name.starts_with('.') {
                self.subfolder(&name, path);
            }
        }
    }

    fn file(&mut self, path: PathBuf, name: Name) {
        match name {
            Name::Stray => {}
            Name::Word => self.left_out.push(path),
            Name::Wrong(message) => self.unversioned.push(FolderError { path, message }),
            Name::Rust => self.mistake(
                &path,
                "this migration is written in Rust, which a folder cannot hold: declare it with `#[migration]` on its \
                 function and move it out of the folder"
                    .to_owned(),
            ),
            Name::Script { version, name, role } => self.script(version, name, role, path),
        }
    }

    fn script(&mut self, version: Version, name: String, role: Role, path: PathBuf) {
        let Some(text) = self.text(&path) else {
            return;
        };
        let scripts = self.scripts.entry(version).or_default();
        let slot = match role {
            Role::Up => &mut scripts.up,
            Role::Down => &mut scripts.down,
            Role::Unordered => &mut scripts.unordered,
        };
        if let Some(other) = slot {
            let other = beside(&other.file.path, &path).display();
            let message = format!(
                "version {version} stands in {other} too: give one of them another version"
            );
            return self.mistake(&path, message);
        }
        let file = File { path, text };
        *slot = Some(Script { name, file });
    }

    fn text(&mut self, path: &Path) -> Option<String> {
        // To read a pipe is to wait for whoever writes into it.
        if path.metadata().is_ok_and(|found| !found.is_file()) {
            self.mistake(path, "it is no regular file: move it elsewhere".to_owned());
            return None;
        }
        match text(path) {
            Ok(text) => Some(text),
            Err(message) => {
                self.mistake(path, message);
                None
            }
        }
    }

    /// A folder of diesel's, or one to look into for refinery's files.
    fn subfolder(&mut self, name: &str, path: PathBuf) {
        let (up, down) = (path.join("up.sql"), path.join("down.sql"));
        if !up.exists() && !down.exists() {
            if self.refinery(&path, 0) {
                self.left_out.push(path.clone());
                if name::diesel(name).is_some() {
                    let message = "there is no up.sql in it: name its file so, or move the folder elsewhere if it is no migration";
                    self.hollow.push(FolderError {
                        path: path.clone(),
                        message: message.to_owned(),
                    });
                }
            }
            return self.subfolders.push(path);
        }
        let Some((version, name)) = name::diesel(name) else {
            let message = "its name does not begin with a version and `_`: name it such as 2026-11-22-010000_add_phone";
            return self.mistake(&path, message.to_owned());
        };
        self.diesel = true;
        if down.exists() {
            self.script(version, name.clone(), Role::Down, down);
        }
        if up.exists() {
            self.script(version, name, Role::Up, up);
        }
        let metadata = path.join("metadata.toml");
        if metadata.exists() {
            let transaction = self.metadata(&metadata);
            self.scripts.entry(version).or_default().transaction = transaction;
        }
    }

    /// What diesel's `metadata.toml` says of transactions. Where it does not say, diesel takes it for false.
    fn metadata(&mut self, path: &Path) -> Option<bool> {
        let text = self.text(path)?;
        match text.parse::<toml::Table>() {
            Err(error) => {
                self.mistake(path, format!("it is no TOML: {}", error.message()));
                None
            }
            Ok(table) => match table.get("run_in_transaction") {
                None => Some(false),
                Some(toml::Value::Boolean(transaction)) => Some(*transaction),
                Some(_) => {
                    self.mistake(path, "`run_in_transaction` is true or false".to_owned());
                    None
                }
            },
        }
    }

    /// Reads what refinery would; whether other SQL lies there too.
    fn refinery(&mut self, folder: &Path, depth: usize) -> bool {
        let mut others = false;
        for (name, path) in self.entries(folder) {
            if !path.is_dir() {
                match name::refinery(&name) {
                    Some(name) => self.file(path, name),
                    None => others |= name::file(&name) != Name::Stray,
                }
            } else if depth < DEEPEST && !name.starts_with('.') {
                others |= self.refinery(&path, depth + 1);
            }
        }
        others
    }
}

/// A path as it is called from the folder that both stand in.
fn beside<'p>(path: &'p Path, other: &Path) -> &'p Path {
    let mut shared = other.ancestors().skip(1);
    shared
        .find_map(|folder| path.strip_prefix(folder).ok())
        .unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    /// Version, name, up, down and transaction of each migration.
    fn shown(files: &[(&str, &str)]) -> Vec<String> {
        let folder = folder(files);
        let migrations = read(folder.path()).unwrap().migrations;
        let show = |files: Files| {
            let down = files.down.map(|down| down.text);
            format!(
                "{} {} {} {down:?} {:?}",
                files.version, files.name, files.up.text, files.transaction
            )
        };
        migrations.into_iter().map(show).collect()
    }

    /// File and message of each mistake.
    fn mistakes(files: &[(&str, &str)]) -> Vec<String> {
        let folder = folder(files);
        let root = format!("{}/", folder.path().display());
        let errors = read(folder.path()).unwrap_err();
        let show = |error: FolderError| {
            let path = error.path.strip_prefix(folder.path()).unwrap();
            format!("{}: {}", path.display(), error.message.replace(&root, ""))
        };
        errors.into_iter().map(show).collect()
    }

    #[test]
    fn files_are_paired_by_version() {
        let files = [
            ("10_later.sql", "C"),
            ("0002_add b.up.sql", "B"),
            ("0002_added_b.down.sql", "b"),
            ("1_a.sql", "A"),
            ("README.md", ""),
            (".gitkeep", ""),
            ("schema.sql", "?"),
        ];
        assert_eq!(
            shown(&files),
            [
                "1 a A None None",
                "2 add_b B Some(\"b\") None",
                "10 later C None None"
            ]
        );
    }

    #[test]
    fn folders_of_diesel_are_read() {
        let files = [
            ("2023-01-02-030405_a/up.sql", "A"),
            ("2023-01-02-030405_a/down.sql", "a"),
            ("00000000000000_diesel_initial_setup/up.sql", "S"),
            ("2023-01-03-030405_b/up.sql", "B"),
            (
                "2023-01-03-030405_b/metadata.toml",
                "run_in_transaction = false",
            ),
            (".diesel_lock", ""),
        ];
        assert_eq!(
            shown(&files),
            [
                "0 diesel_initial_setup S None None",
                "20230102030405 a A Some(\"a\") None",
                "20230103030405 b B None Some(false)",
            ]
        );
    }

    #[test]
    fn files_of_refinery_are_read_in_subfolders_too() {
        let files = [
            ("V1__a.sql", "A"),
            ("U1__a.sql", "a"),
            ("new/V2__b.sql", "B"),
            ("new/U3__c.sql", "C"),
            ("new/mod.rs", ""),
        ];
        assert_eq!(
            shown(&files),
            [
                "1 a A Some(\"a\") None",
                "2 b B None None",
                "3 c C None None"
            ]
        );
    }

    #[test]
    fn every_mistake_is_reported() {
        let files = [
            ("1_a.sql", ""),
            ("01_b.up.sql", ""),
            ("later_e/up.sql", ""),
            ("V4__g.rs", ""),
            ("5_h/up.sql", ""),
            ("beside.sql", ""),
            ("an_example.sql", ""),
            ("5_h/metadata.toml", "run_in_transaction = 1"),
        ];
        let no_version = "its name does not begin with a version and `_`: name it such as";
        assert_eq!(
            mistakes(&files),
            [
                "1_a.sql: version 1 stands in 01_b.up.sql too: give one of them another version",
                "5_h/metadata.toml: `run_in_transaction` is true or false",
                "V4__g.rs: this migration is written in Rust, which a folder cannot hold: declare it with `#[migration]` \
                 on its function and move it out of the folder",
                &format!("later_e: {no_version} 2026-11-22-010000_add_phone"),
            ]
        );
    }

    #[test]
    fn a_file_without_a_version_is_not_lost_in_silence() {
        assert_eq!(
            mistakes(&[("1_a.sql", ""), ("add_b.sql", "")]),
            [
                "add_b.sql: its name does not begin with a version and `_`: name it such as \
                 20261122_01_add_phone.sql, or move it elsewhere if it is no migration"
            ]
        );
    }

    #[test]
    fn sql_that_is_no_migration_by_its_name_is_left_out_and_told() {
        let left_out = |files: &[(&str, &str)]| {
            let folder = folder(files);
            let left_out = read(folder.path()).unwrap().left_out.into_iter();
            let shown = left_out.map(|path| {
                let path = path.strip_prefix(folder.path()).unwrap();
                path.display().to_string()
            });
            shown.collect::<Vec<_>>()
        };
        assert_eq!(
            left_out(&[
                ("1_a.sql", ""),
                ("seed.sql", ""),
                ("README.md", ""),
                (".gitkeep", ""),
                ("old/2_b.sql", ""),
                ("docs/x.md", ""),
                ("new/V3__c.sql", ""),
            ]),
            ["old", "seed.sql"]
        );
        let of_diesel = [
            ("2023-01-02-030405_a/up.sql", ""),
            ("1-b.sql", ""),
            ("README.md", ""),
        ];
        assert_eq!(left_out(&of_diesel), ["1-b.sql"]);
    }

    #[test]
    fn a_folder_of_diesel_s_without_its_files_is_a_mistake() {
        let files = [
            ("2023-01-02-030405_a/up.sql", "A"),
            ("2023-01-03-030405_b/Up.txt.sql", "B"),
            ("2023-01-04-030405_c/notes.md", ""),
        ];
        assert_eq!(
            mistakes(&files),
            [
                "2023-01-03-030405_b: there is no up.sql in it: name its file so, or move the folder elsewhere if it is no migration"
            ]
        );
    }

    #[test]
    fn a_down_without_its_up_is_left_out_and_told() {
        let folder = folder(&[("1_a.sql", ""), ("2_b.down.sql", ""), ("3_c/down.sql", "")]);
        let read = read(folder.path()).unwrap();
        let orphans = read.orphans.into_iter();
        let orphans: Vec<_> = orphans
            .map(|orphan| (orphan.version.number(), orphan.name, orphan.down.path))
            .collect();
        let expected = [(2, "b", "2_b.down.sql"), (3, "c", "3_c/down.sql")];
        let expected = expected
            .map(|(version, name, path)| (version, name.to_owned(), folder.path().join(path)));
        assert_eq!((read.migrations.len(), orphans), (1, expected.to_vec()));
    }

    #[test]
    fn a_folder_without_migrations_is_an_error() {
        let none = mistakes(&[("README.md", "")]);
        assert!(
            none[0].starts_with(": there is no migration in this folder"),
            "{none:?}"
        );
        let nested = mistakes(&[
            ("mysql/1_a.sql", ""),
            ("postgres/1_a/up.sql", ""),
            ("docs/x.md", ""),
        ]);
        assert!(
            nested[0].ends_with("; did you mean mysql or postgres?"),
            "{nested:?}"
        );
        let errors = read(Path::new("no/such/folder")).unwrap_err();
        assert!(
            errors[0].message.starts_with("the folder cannot be read: "),
            "{errors:?}"
        );
    }

    #[test]
    fn a_file_that_is_not_utf8_is_an_error() {
        let folder = folder(&[("1_a.sql", "")]);
        std::fs::write(folder.path().join("2_b.sql"), b"-- ok\n-- \xff").unwrap();
        let errors = read(folder.path()).unwrap_err();
        assert_eq!(
            errors[0].message,
            "line 2 is not UTF-8: save the file as UTF-8"
        );
        std::fs::write(folder.path().join("2_b.sql"), b"\xff\xfeS\0E\0").unwrap();
        let errors = read(folder.path()).unwrap_err();
        assert_eq!(errors[0].message, "the file is UTF-16: save it as UTF-8");
    }
}
