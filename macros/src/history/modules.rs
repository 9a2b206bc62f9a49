//! Which files make up a crate, and which migrations stand in them?

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use onward_analysis::sequence::Member;
use proc_macro2::TokenStream;

use super::items::Reader;
use crate::project::{Project, Stamp, shown, stamp};
use crate::valid::Migration;

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
    /// The first file with a migration that cannot be read where it stands.
    pub(super) hides: Option<PathBuf>,
    /// Every file that was read, and what it looked like.
    pub(super) files: HashMap<PathBuf, Stamp>,
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
        if self.tree.files.contains_key(path) {
            if text.contains(MIGRATION) {
                self.hide(path);
            }
            return true;
        }
        self.tree.files.insert(path.to_owned(), stamp);
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
            Err(_) if has_migrations => self.hide(path),
            Err(_) => {}
        }
        true
    }

    /// Notes a migration that is compiled under `conditions`.
    pub(super) fn found(
        &mut self,
        migration: &Migration,
        place: &Place,
        conditions: BTreeSet<String>,
    ) {
        for file in migration.files() {
            self.tree.files.insert(file.to_owned(), stamp(file));
        }
        let file = migration.files().next().unwrap_or(&place.file);
        self.tree.members.push(Member {
            conditions,
            file: shown(file),
            ..migration.member()
        });
    }

    /// Notes that a migration in `file` cannot be read.
    pub(super) fn hide(&mut self, file: &Path) {
        self.tree.hides.get_or_insert_with(|| file.to_owned());
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::project::Files;

    /// What is read of a crate with these files, whose root is `lib.rs`: version and conditions of each migration, and whether one
    /// is hidden.
    fn read(files: &[(&str, &str)]) -> (Vec<String>, bool) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let project = Project {
            dir: folder.path().to_owned(),
            name: "shop".to_owned(),
            files: Arc::new(Files {
                config: Ok(onward_analysis::Config::default()),
                has_config: false,
                lock: Ok(None),
            }),
        };
        let tree = Tree::read(&folder.path().join("lib.rs"), &project);
        let shown = |member: &Member| {
            let conditions: Vec<&str> =
                member.conditions.iter().map(|one| one.trim_end()).collect();
            format!("{}{conditions:?}", member.version)
        };
        (
            tree.members.iter().map(shown).collect(),
            tree.hides.is_some(),
        )
    }

    fn item(version: i64) -> String {
        format!(
            "#[derive(onward::Migration)] #[migration(version = {version}, up = \"SELECT 1\", dialect(postgres))] pub struct A;"
        )
    }

    #[test]
    fn modules_are_followed_to_where_they_stand() {
        let lib = format!(
            "mod a; mod b {{ mod c; #[path = \"e.rs\"] mod d; }} #[path = \"x/y.rs\"] mod f; include!(\"g.rs\"); mod absent; {}",
            item(1)
        );
        let files = [
            ("lib.rs", lib),
            ("a.rs", format!("mod deep; {}", item(2))),
            ("a/deep/mod.rs", item(3)),
            ("b/c.rs", item(4)),
            ("b/e.rs", item(5)),
            ("x/y.rs", "mod z;".to_owned()),
            ("x/z.rs", item(6)),
            ("g.rs", item(7)),
            ("not_a_module.rs", item(8)),
        ];
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        let (mut members, hides) = read(&files);
        members.sort();
        assert_eq!(members, ["1[]", "2[]", "3[]", "4[]", "5[]", "6[]", "7[]"]);
        assert!(!hides);
    }

    #[test]
    fn conditions_are_those_of_everything_around() {
        let inner = format!(
            "#![cfg(a)] fn f() {{ #[cfg(b)] const _: () = {{ {} }}; }} {}",
            item(1),
            item(2)
        );
        let lib = format!("#[cfg(feature = \"x\")] mod inner; {}", item(3));
        let (members, hides) = read(&[("lib.rs", &lib), ("inner.rs", &inner)]);
        assert_eq!(
            members,
            [
                r#"1["a", "b", "feature = \"x\""]"#,
                r#"2["a", "feature = \"x\""]"#,
                "3[]"
            ]
        );
        assert!(!hides);
    }

    #[test]
    fn folders_are_read() {
        let lib = "#[cfg(unix)] onward::directory!(\"sql\", dialect(postgres));";
        let (members, hides) = read(&[("lib.rs", lib), ("sql/2_b.up.sql", "SELECT 1")]);
        assert_eq!(members, [r#"2["unix"]"#]);
        assert!(!hides);
    }

    #[test]
    #[cfg(feature = "sqlite")]
    fn functions_are_read() {
        let lib = "#[onward::migration(version = 1)] async fn a(db: &mut SqliteConnection) -> onward::Result<()> { Ok(()) }";
        assert_eq!(read(&[("lib.rs", lib)]), (vec!["1[]".to_owned()], false));
    }

    #[test]
    fn what_cannot_be_read_is_not_overlooked() {
        let item = item(1);
        for hidden in [
            format!("macro_rules! m {{ () => {{ {item} }} }}"),
            format!("make! {{ {item} }}"),
            "cfg_if::cfg_if! { if #[cfg(unix)] { mod a; } else { mod b; } }".to_owned(),
            format!("#[cfg_attr(unix, derive(onward::Migration))] {item}"),
            "#[derive(onward::Migration)] #[migration(version = 1, up = concat!(\"a\", \"b\"))] struct A;".to_owned(),
            "#[derive(onward::Migration)] #[migration(up = \"SELECT 1\")] struct A;".to_owned(),
            "use onward::{migration as step}; #[step(version = 1)] async fn a() {}".to_owned(),
            "onward::directory!(\"nowhere\");".to_owned(),
            format!("mod a; #[path = \"a.rs\"] mod b; {item}"),
        ] {
            let a = "#[derive(onward::Migration)] #[migration(version = 2, up = \"\", dialect(postgres))] struct A;";
            assert!(read(&[("lib.rs", &hidden), ("a.rs", a)]).1, "{hidden}");
        }
        for plain in [
            "//! A migration.\nfn f() { println!(\"migration {}\", 1); let migration = vec![1]; }",
            "#[derive(Debug)] struct Migration; impl Migration { fn directory() {} }",
            "make! { mod b { fn f() {} } mod c {} } quote!(a.mod, b);",
            "mod a; // the migration stands there, and `use x as y` here",
        ] {
            assert!(
                !read(&[("lib.rs", plain), ("a.rs", "struct A;")]).1,
                "{plain}"
            );
        }
    }
}
