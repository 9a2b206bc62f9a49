//! Which files make up a crate, and which migrations stand in them?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use onward_analysis::sequence::Member;
use proc_macro2::TokenStream;

use super::items::Reader;
use crate::project::{Project, Stamp, stamp};

/// The roots that the crate which is being compiled may have: the one that its compiler was given, else (in an editor) those
/// that cargo would look for.
pub(super) fn roots(dir: &Path) -> Vec<PathBuf> {
    let given = std::env::args().find(|word| word.ends_with(".rs") && !word.starts_with('-'));
    if let Some(root) = given.map(PathBuf::from).filter(|root| root.is_file()) {
        return vec![root];
    }
    let mut roots = vec![dir.join("src/lib.rs"), dir.join("src/main.rs")];
    for folder in ["src/bin", "tests", "examples"] {
        let entries = std::fs::read_dir(dir.join(folder)).into_iter().flatten();
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        roots.extend(paths.filter(|path| is_rust(path)));
    }
    roots.retain(|root| root.is_file());
    roots
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// What was found from a root on.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) members: Vec<Member>,
    /// Whether there is a migration that cannot be read where it stands.
    pub(super) hides: bool,
    /// Every file that was read.
    pub(super) files: Vec<(PathBuf, Stamp)>,
}

/// Where a piece of a crate stands.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    /// Where the files of its modules are.
    pub(super) modules: PathBuf,
    /// Whether it is in a module that has no file of its own.
    pub(super) is_inline: bool,
    /// Whether migrations may stand in it, and not just modules.
    pub(super) has_migrations: bool,
}

impl Tree {
    pub(super) fn read(root: &Path, project: &Project) -> Tree {
        let mut reader = Reader {
            project,
            tree: Tree::default(),
        };
        let modules = root.parent().unwrap_or(Path::new("")).to_owned();
        reader.file(root, modules, &BTreeSet::new());
        reader.tree
    }
}

impl Reader<'_> {
    /// Reads a file whose modules stand in the folder `modules`; false where there is none.
    fn file(&mut self, path: &Path, modules: PathBuf, conditions: &BTreeSet<String>) -> bool {
        let stamp = stamp(path);
        let Some(text) = stamp.and_then(|_| std::fs::read_to_string(path).ok()) else {
            return false;
        };
        // A module that two lines lead to, or one that leads to itself.
        if self.tree.files.iter().any(|(known, _)| known == path) {
            self.tree.hides |= text.contains(MIGRATION);
            return true;
        }
        self.tree.files.push((path.to_owned(), stamp));
        let has_migrations = text.contains(MIGRATION) || text.contains("directory!");
        if !has_migrations && !text.contains("include!") && !declares_modules(&text) {
            return true;
        }
        let place = Place {
            file: path.to_owned(),
            modules,
            is_inline: false,
            has_migrations,
        };
        match text.parse::<TokenStream>() {
            Ok(tokens) => self.scope(tokens, &place, conditions),
            Err(_) => self.tree.hides |= has_migrations,
        }
        true
    }

    /// `mod name;`
    pub(super) fn module(
        &mut self,
        name: &str,
        path: Option<&str>,
        place: &Place,
        conditions: &BTreeSet<String>,
    ) {
        if let Some(path) = path {
            let from = match place.is_inline {
                true => Some(place.modules.as_path()),
                false => place.file.parent(),
            };
            let file = from.unwrap_or(Path::new("")).join(path);
            let modules = file.parent().unwrap_or(Path::new("")).to_owned();
            self.file(&file, modules, conditions);
            return;
        }
        let modules = place.modules.join(name);
        let beside = place.modules.join(format!("{name}.rs"));
        if !self.file(&beside, modules.clone(), conditions) {
            self.file(&modules.join("mod.rs"), modules.clone(), conditions);
        }
    }

    /// `include!("file")`
    pub(super) fn include(&mut self, path: &str, place: &Place, conditions: &BTreeSet<String>) {
        let file = place.file.parent().unwrap_or(Path::new("")).join(path);
        self.file(&file, place.modules.clone(), conditions);
    }
}

/// What the text of every item says somewhere.
const MIGRATION: &str = "migration";

/// Whether there may be a `mod name;`.
fn declares_modules(text: &str) -> bool {
    text.split("mod ").skip(1).any(|rest| {
        let name = |c: char| c.is_alphanumeric() || c == '_' || c == '#';
        rest.trim_start()
            .trim_start_matches(name)
            .trim_start()
            .starts_with(';')
    })
}
