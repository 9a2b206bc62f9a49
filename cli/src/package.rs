//! Which migrations does a package say that it has? Only its own build knows: the macros read items, and `#[cfg]` chooses among
//! them.

use std::path::{Path, PathBuf};

use onward_analysis::check::Style;
use onward_analysis::{Dialect, Down, Lock, Record, Script};

use crate::Failure;
use crate::args::{DialectArg, PackageArgs};
use crate::lock::{self, Writing};
use crate::source::{File, Source};

/// What a package says of itself.
#[derive(serde::Deserialize)]
pub(crate) struct Package {
    pub(crate) manifest_dir: PathBuf,
    /// Those that `directory!` read.
    pub(crate) folders: Vec<PathBuf>,
    /// In version order.
    pub(crate) records: Vec<Record>,
}

/// Builds the package and asks it.
pub(crate) fn ask(args: &PackageArgs) -> Result<Package, Failure> {
    let packages: Vec<String> = args.package.iter().cloned().collect();
    let said = lock::told(&packages, &args.cargo, Writing::List)?;
    let listed = said.lines().find(|line| line.starts_with('{'));
    let mut package: Package = listed
        .and_then(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| {
            Failure(
                "the crate did not list its migrations: use one version of `onward` and `cargo onward`"
                    .to_owned(),
            )
        })?;
    package.records.sort_by_key(|record| record.version);
    Ok(package)
}

impl Package {
    /// The folder of `directory!` that a migration stands in; none for an item.
    pub(crate) fn folder(&self, record: &Record) -> Option<PathBuf> {
        let folder = self.manifest_dir.join(folder_of(record)?);
        self.folders.contains(&folder).then_some(folder)
    }

    /// Holds the migrations against the lock file: one that is gone, or was edited, has run somewhere as it was.
    /// Says what is older than what was released.
    pub(crate) fn keeps_what_was_released(&self) -> Result<Vec<String>, Failure> {
        let path = self.manifest_dir.join(Lock::FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !path.is_symlink() => {
                return Ok(Vec::new());
            }
            text => text.map_err(|e| Failure(format!("{} cannot be read: {e}", path.display())))?,
        };
        let lock = Lock::parse(&text).map_err(|e| Failure(e.to_string()))?;
        let kept = lock.follow(&self.records);
        kept.map(|lock| lock.late())
            .map_err(|problems| Failure(problems.join("\n")))
    }

    /// How marks are written where it stands.
    pub(crate) fn style(&self, record: &Record) -> Style {
        match self.folder(record) {
            Some(_) => Style::Header,
            None => Style::Attribute,
        }
    }

    /// The dialect to judge by: the one that was typed, else the only one that the migrations were checked for.
    pub(crate) fn dialect(&self, typed: &DialectArg) -> Result<Dialect, Failure> {
        let analyses = self.records.iter().flat_map(|record| &record.up.analyses);
        let mut dialects: Vec<Dialect> = analyses.map(|one| one.dialect).collect();
        dialects.dedup();
        let names = Dialect::ALL.iter().filter(|one| dialects.contains(one));
        let names: Vec<&str> = names.map(|dialect| dialect.name()).collect();
        match (typed.given, names.as_slice()) {
            (Some(dialect), _) => Ok(dialect),
            (None, [only]) => Ok(Dialect::named(only).unwrap_or(dialects[0])),
            (None, []) => Err(Failure(
                "which database's SQL is it? Say `--dialect postgres` (or mysql, sqlite)"
                    .to_owned(),
            )),
            (None, [first, ..]) => Err(Failure(format!(
                "the migrations were checked for {}: say which one is meant with `--dialect {first}`",
                names.join(" and ")
            ))),
        }
    }

    /// The migrations as sources to be judged.
    pub(crate) fn sources(self) -> Vec<Source> {
        let dir = self.manifest_dir.clone();
        let sources = self.records.iter().map(|record| {
            let down = match &record.down {
                Down::Script(script) => script_of(&dir, script, record),
                Down::Irreversible { .. } => None,
            };
            Source {
                version: record.version,
                name: record.name.clone(),
                up: script_of(&dir, &record.up, record),
                down,
                orphan: false,
                item: match self.style(record) {
                    Style::Attribute => Some(Box::new(record.clone())),
                    Style::Header => None,
                },
                conditions: record.conditions.clone(),
            }
        });
        sources.collect()
    }
}

/// The folder that its files stand in: diesel gives each migration one of its own.
pub(crate) fn folder_of(record: &Record) -> Option<PathBuf> {
    let file = Path::new(record.up.file.as_deref()?);
    let folder = file.parent()?;
    match file.file_name()?.to_str()? {
        "up.sql" | "down.sql" => folder.parent().map(Path::to_owned),
        _ => Some(folder.to_owned()),
    }
}

/// The SQL and where it stands; none for Rust.
fn script_of(dir: &Path, script: &Script, record: &Record) -> Option<File> {
    let sql = script.sql.clone()?;
    let label = script.file.as_ref().unwrap_or(&record.place.file).clone();
    let path = dir.join(&label);
    let here = std::env::current_dir().unwrap_or_default();
    let shown = path.strip_prefix(&here).unwrap_or(&path).to_owned();
    Some(match script.file {
        Some(_) => File::new(shown, label, sql),
        None => {
            let rust = std::fs::read_to_string(&path).unwrap_or_default();
            File::inside(shown, label, sql, rust, record.place.line)
        }
    })
}
