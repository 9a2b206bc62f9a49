//! Which migrations are asked about, and in which SQL?

use std::path::{Path, PathBuf};

use onward_analysis::check::{Checked, Code, Style};
use onward_analysis::header::{self, Header};
use onward_analysis::{Config, Dialect, Finding, Schema, Side, Subject, Version, folder, rules};

use crate::Failure;
use crate::args::DialectArg;
use crate::lines::Lines;

/// What stands in a folder.
pub(crate) struct Folder {
    /// In version order.
    pub(crate) migrations: Vec<Source>,
    /// Downs whose up is not there, which nothing runs.
    pub(crate) orphans: Vec<Source>,
}

/// One migration as it stands in files. At least one of the two is there.
pub(crate) struct Source {
    pub(crate) version: Version,
    pub(crate) name: String,
    pub(crate) up: Option<File>,
    pub(crate) down: Option<File>,
    /// Whether its up is missing; else it was only not asked about.
    pub(crate) orphan: bool,
}

/// A file of SQL.
pub(crate) struct File {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What the machine interface calls it.
    pub(crate) label: String,
    /// Its contents.
    pub(crate) text: String,
    /// Where its lines begin.
    lines: Lines,
}

impl File {
    /// The file at `path`, called `label`, with `text` in it.
    pub(crate) fn new(path: PathBuf, label: String, text: String) -> File {
        File {
            path,
            label,
            text,
            lines: Lines::default(),
        }
    }

    /// The line and column of the byte `offset`, both from 1 and in characters.
    pub(crate) fn place(&self, offset: usize) -> (u32, u32) {
        self.lines.place(&self.text, offset)
    }
}

impl Source {
    /// The file of `side`, where there is one.
    pub(crate) fn file(&self, side: Side) -> Option<&File> {
        match side {
            Side::Up => self.up.as_ref(),
            Side::Down => self.down.as_ref(),
        }
    }

    /// Checks it on what stands in `schemas`, one for each dialect, and moves them on; the findings name the mistakes in
    /// its headers too.
    pub(crate) fn check(
        &self,
        dialects: &[Dialect],
        schemas: &mut [Schema],
        config: &Config,
    ) -> Checked {
        let read = |side| Some(header::read(&self.file(side)?.text).0);
        let up = read(Side::Up).unwrap_or_default();
        let header = Header::of_pair(up, read(Side::Down));
        let up = self.up.as_ref().map_or("", |file| &file.text);
        let subject = Subject {
            up: if self.orphan {
                Code::Missing
            } else {
                Code::Sql(up)
            },
            down: self.down.as_ref().map(|file| Code::Sql(&file.text)),
            marks: &header.marks,
            style: Style::Header,
        };
        let mut checked = onward_analysis::check(&subject, dialects, schemas);
        checked.findings.extend(strangers(&header, config));
        let levels = &config.rules;
        checked.findings = checked
            .findings
            .into_iter()
            .filter_map(|finding| finding.at(levels))
            .collect();
        checked
            .findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        checked
    }
}

/// The environments in a header that nobody knows.
fn strangers(header: &Header, config: &Config) -> Vec<Finding> {
    let known = config.environment_names();
    let named = header.only.iter().chain(&header.down_in);
    named
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| rules::unknown_environment(name, &known))
        .collect()
}

/// Reads the migrations of a folder, in version order.
pub(crate) fn folder(dir: &Path) -> Result<Folder, Failure> {
    let folder = folder::read(dir).map_err(|errors| {
        let lines: Vec<String> = errors
            .iter()
            .map(|error| format!("{}: {}", error.path.display(), error.message))
            .collect();
        Failure(lines.join("\nerror: "))
    })?;
    let file = |file: folder::File| {
        let label = label(file.path.strip_prefix(dir).unwrap_or(&file.path));
        File::new(file.path, label, file.text)
    };
    let migrations = folder.migrations.into_iter().map(|files| Source {
        version: files.version,
        name: files.name,
        up: Some(file(files.up)),
        down: files.down.map(file),
        orphan: false,
    });
    let orphans = folder.orphans.into_iter().map(|orphan| Source {
        version: orphan.version,
        name: orphan.name,
        up: None,
        down: Some(file(orphan.down)),
        orphan: true,
    });
    Ok(Folder {
        migrations: migrations.collect(),
        orphans: orphans.collect(),
    })
}

/// Reads a single migration from its two files, of which either may be missing.
pub(crate) fn pair(up: Option<&Path>, down: Option<&Path>) -> Result<Source, Failure> {
    let read = |path: &Path| -> Result<File, Failure> {
        let text = folder::text(path)
            .map_err(|message| Failure(format!("{}: {message}", path.display())))?;
        Ok(File::new(path.to_owned(), label(path), text))
    };
    let (version, name) = up.or(down).map(identity).unwrap_or_default();
    Ok(Source {
        version: Version::new(version),
        name,
        up: up.map(read).transpose()?,
        down: down.map(read).transpose()?,
        orphan: false,
    })
}

/// What the nearest `onward.toml` above `path` says; the default where there is none.
pub(crate) fn config(path: &Path) -> Result<Config, Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|e| Failure(format!("{} cannot be found: {e}", path.display())))?;
    let home = absolute
        .ancestors()
        .find(|folder| folder.join(Config::FILE).is_file());
    home.map_or_else(|| Ok(Config::default()), Config::read)
        .map_err(|mistakes| Failure(mistakes.join("\n\n")))
}

/// The dialects to judge the SQL at `path` by: the one that was typed, else those of `config`.
pub(crate) fn dialects(
    typed: &DialectArg,
    config: &Config,
    path: &Path,
) -> Result<Vec<Dialect>, Failure> {
    if let Some(dialect) = typed.given {
        return Ok(vec![dialect]);
    }
    if config.dialects.is_empty() {
        return Err(Failure(format!(
            "which database's SQL is in {}? Say `--dialect postgres` (or mysql, sqlite), or write \
             `dialects = [\"postgres\"]` into onward.toml",
            path.display()
        )));
    }
    Ok(config.dialects.clone())
}

/// The same, where a single dialect can be answered for.
pub(crate) fn dialect(
    typed: &DialectArg,
    config: &Config,
    path: &Path,
) -> Result<Dialect, Failure> {
    match dialects(typed, config, path)?.as_slice() {
        [one] => Ok(*one),
        several => {
            let names: Vec<&str> = several.iter().map(|dialect| dialect.name()).collect();
            Err(Failure(format!(
                "onward.toml names {}: say which one is meant with `--dialect {}`",
                names.join(" and "),
                several[0]
            )))
        }
    }
}

/// A path as reports write it, the same on every machine.
fn label(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The version and name of `2_add_phone.up.sql`, `V2__add_phone.sql` or `2_add_phone/up.sql`; 0 where there is none.
fn identity(path: &Path) -> (i64, String) {
    let stem = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let file = stem(path);
    let own = ["up.sql", "down.sql"].contains(&file.as_str());
    let parent = path.parent().map(stem).filter(|name| !name.is_empty());
    let full = parent.filter(|_| own).unwrap_or(file);
    let bare = [".sql", ".up", ".down"]
        .iter()
        .fold(full.as_str(), |name, end| {
            name.strip_suffix(end).unwrap_or(name)
        });
    let numbered = bare.strip_prefix('V').unwrap_or(bare);
    let (number, name) = numbered.split_once('_').unwrap_or((numbered, bare));
    match number.replace('-', "").parse() {
        Ok(version) => (version, name.trim_start_matches('_').to_owned()),
        Err(_) => (0, bare.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_named_after_its_files() {
        let of = |path: &str| identity(Path::new(path));
        assert_eq!(of("m/2_add_phone.up.sql"), (2, "add_phone".into()));
        assert_eq!(of("000012_x.down.sql"), (12, "x".into()));
        assert_eq!(of("m/V3__add_x.sql"), (3, "add_x".into()));
        assert_eq!(
            of("m/2023-02-17-022106_create_order/up.sql"),
            (20230217022106, "create_order".into())
        );
        assert_eq!(of("up.sql"), (0, "up".into()));
        assert_eq!(of("change.sql"), (0, "change".into()));
    }
}
