//! Which migrations are asked about, and in which SQL?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use onward_analysis::check::{Checked, Code, Style};
use onward_analysis::header::{self, Header};
use onward_analysis::sequence::{Member, Sequence, Text};
use onward_analysis::{
    Analysis, Config, Dialect, Down, Finding, Record, Script, Side, Subject, Version, at_levels,
    folder, rules,
};

use crate::Failure;
use crate::args::DialectArg;
use crate::lines::Lines;

/// What stands in a folder.
pub(crate) struct Folder {
    /// In version order.
    pub(crate) migrations: Vec<Source>,
    /// Downs whose up is not there, which nothing runs.
    pub(crate) orphans: Vec<Source>,
    /// A sentence for all SQL in it that is no migration by its name; none where there is none.
    pub(crate) left_out: Option<String>,
}

/// One migration as it stands in files. At least one of the two is there.
pub(crate) struct Source {
    pub(crate) version: Version,
    pub(crate) name: String,
    pub(crate) up: Option<File>,
    pub(crate) down: Option<File>,
    /// Whether its up is missing; else it was only not asked about.
    pub(crate) orphan: bool,
    /// What its crate says of it, where it is an item; a file says it in its head.
    pub(crate) item: Option<Box<Record>>,
    /// What must hold for its crate to have it.
    pub(crate) conditions: BTreeSet<String>,
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
    /// The Rust file that it is a literal in.
    rust: Option<Rust>,
}

struct Rust {
    text: String,
    /// Where in it the SQL begins; none where the literal writes it otherwise, with escapes.
    begin: Option<usize>,
    /// Where the item stands.
    line: u32,
}

impl File {
    /// The file at `path`, called `label`, with `text` in it.
    pub(crate) fn new(path: PathBuf, label: String, text: String) -> File {
        File {
            path,
            label,
            text,
            lines: Lines::default(),
            rust: None,
        }
    }

    /// SQL in a literal of an item that stands in `line` of a file of Rust.
    pub(crate) fn inside(
        path: PathBuf,
        label: String,
        text: String,
        rust: String,
        line: u32,
    ) -> File {
        let lines = rust.split_inclusive('\n').map(str::len);
        // Its keys stand in front of its name, at which the compiler says that it is.
        let item: usize = lines.take(line as usize).sum();
        let begin = rust[..item]
            .rfind(&format!("\"{text}\""))
            .map(|quote| quote + 1);
        let rust = Some(Rust {
            text: rust,
            begin,
            line,
        });
        File {
            rust,
            ..File::new(path, label, text)
        }
    }

    /// Where it begins, for what is said of it as a whole.
    pub(crate) fn head(&self) -> (u32, u32) {
        self.rust.as_ref().map_or((1, 1), |rust| (rust.line, 1))
    }

    /// The line and column of the byte `offset`, both from 1 and in characters.
    pub(crate) fn place(&self, offset: usize) -> (u32, u32) {
        match &self.rust {
            None => self.lines.place(&self.text, offset),
            Some(Rust {
                text,
                begin: Some(begin),
                ..
            }) => self.lines.place(text, begin + offset),
            Some(_) => self.head(),
        }
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

    /// The migration as it is written, to be judged for `dialects`.
    pub(crate) fn member(&self, dialects: &[Dialect]) -> Member {
        let header = self.header();
        let sql = |file: &File| Text::Sql(file.text.clone());
        let item = self.item.as_ref();
        let is_rust = |script: &Script| script.sql.is_none();
        let rust_up = item.is_some_and(|record| is_rust(&record.up));
        let rust_down = item.is_some_and(|record| match &record.down {
            Down::Script(script) => is_rust(script),
            Down::Irreversible { .. } => false,
        });
        let up = match &self.up {
            None if rust_up => Text::Rust,
            file => file.as_ref().map_or(Text::Sql(String::new()), sql),
        };
        Member {
            version: self.version,
            name: self.name.clone(),
            up,
            down: self
                .down
                .as_ref()
                .map(sql)
                .or(rust_down.then_some(Text::Rust)),
            marks: header.marks,
            style: match item {
                Some(_) => Style::Attribute,
                None => Style::Header,
            },
            dialects: dialects.to_vec(),
            only: header.only,
            conditions: self.conditions.clone(),
            file: self
                .up
                .as_ref()
                .map_or_else(String::new, |up| up.label.clone()),
        }
    }

    fn header(&self) -> Header {
        if let Some(record) = &self.item {
            return Header {
                marks: record.marks.clone(),
                only: record.only.clone(),
                down_in: record.down_in.clone(),
                ..Header::default()
            };
        }
        let read = |side| Some(header::read(&self.file(side)?.text).0);
        Header::of_pair(read(Side::Up).unwrap_or_default(), read(Side::Down))
    }

    /// Checks it on what those before it in `sequence` built; the findings name the mistakes in its headers too.
    pub(crate) fn check(
        &self,
        dialects: &[Dialect],
        sequence: &mut Sequence,
        config: &Config,
    ) -> Checked {
        let own = self.member(dialects);
        let header = self.header();
        let alone = || Sequence::open(vec![own.clone()]).check(&own);
        let mut checked = match sequence.check(&own).filter(|_| !self.orphan) {
            Some(checked) if self.is_as_compiled(&checked) => checked,
            Some(checked) => alone()
                .filter(|alone| self.is_as_compiled(alone))
                .unwrap_or(checked),
            None => check_orphan(&own),
        };
        checked.findings.extend(strangers(&header, config));
        checked.findings = at_levels(checked.findings, &config.rules);
        checked
            .findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        checked
    }
}

impl Source {
    /// Whether it is judged for `dialect`, as far as its crate says; Rust is judged for none.
    pub(crate) fn is_for(&self, dialect: Dialect) -> bool {
        self.item
            .as_ref()
            .is_none_or(|record| record.up.sql.is_none() || record.up.analysis(dialect).is_some())
    }

    /// Whether the macro came to the same verdicts. It may have seen more: what a `#[cfg]` left out is not told here.
    fn is_as_compiled(&self, checked: &Checked) -> bool {
        self.item.as_ref().is_none_or(|record| {
            let down = match &record.down {
                Down::Script(script) => Some(script),
                Down::Irreversible { .. } => None,
            };
            let same = |script: &Script, one: &Analysis| {
                script.analysis(one.dialect).is_none_or(|then| then == one)
            };
            let up_is = checked.up.iter().all(|one| same(&record.up, one));
            up_is && down.is_none_or(|down| checked.down.iter().all(|one| same(down, one)))
        })
    }
}

/// The migrations of a folder or a crate one after the other, as the macro sees them: a folder has its database for itself.
pub(crate) fn sequence(sources: &[Source], dialects: &[Dialect]) -> Sequence {
    sequence_before(sources, dialects, Vec::new())
}

/// The same, and behind them what else is asked.
pub(crate) fn sequence_before(
    sources: &[Source],
    dialects: &[Dialect],
    asked: Vec<Member>,
) -> Sequence {
    let run = sources.iter().filter(|source| !source.orphan);
    let members = run.map(|source| {
        let of_item = source.item.as_ref().map(|record| record.up.analyses.iter());
        let of_item = of_item.map(|analyses| analyses.map(|one| one.dialect).collect::<Vec<_>>());
        source.member(of_item.as_deref().unwrap_or(dialects))
    });
    let members = members.chain(asked).collect();
    match sources.iter().any(|source| source.item.is_some()) {
        true => Sequence::open(members),
        false => Sequence::closed(members),
    }
}

/// What is said of a down that nothing ever runs.
fn check_orphan(own: &Member) -> Checked {
    let subject = Subject {
        up: Code::Missing,
        down: own.down.as_ref().map(Text::code),
        marks: &own.marks,
        style: own.style,
    };
    onward_analysis::check(&subject, &[], &mut [])
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
        item: None,
        conditions: BTreeSet::new(),
    });
    let orphans = folder.orphans.into_iter().map(|orphan| Source {
        version: orphan.version,
        name: orphan.name,
        up: None,
        down: Some(file(orphan.down)),
        orphan: true,
        item: None,
        conditions: BTreeSet::new(),
    });
    Ok(Folder {
        migrations: migrations.collect(),
        orphans: orphans.collect(),
        left_out: left_out(&folder.left_out),
    })
}

/// What is said of SQL that nothing runs.
fn left_out(paths: &[PathBuf]) -> Option<String> {
    let names = paths.iter().map(|path| path.display().to_string());
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| {
        format!(
            "nothing runs {}: a migration is a file with a version in front of its name, such as 20261122_01_add_phone.sql",
            names.join(", ")
        )
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
        item: None,
        conditions: BTreeSet::new(),
    })
}

/// What the nearest `onward.toml` above `path` says; the default where there is none.
pub(crate) fn config(path: &Path) -> Result<Config, Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|e| Failure(format!("{} cannot be found: {e}", path.display())))?;
    let home = absolute.ancestors().find(|folder| {
        let file = folder.join(Config::FILE);
        file.is_file() || file.is_symlink()
    });
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
        std::fs::metadata(path)
            .map_err(|e| Failure(format!("{} cannot be read: {e}", path.display())))?;
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
