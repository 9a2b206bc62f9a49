//! `forward`: which migration undoes an earlier one, and where does it stand in the project?

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use onward_analysis::check::{Code, Style};
use onward_analysis::forward::{Forward, Past, forward};
use onward_analysis::newer::{Item, following};
use onward_analysis::{Dialect, Down, Marks, Record, Script, Version, header, literal};

use crate::add::{camel, digits_of, new_files};
use crate::args::ForwardArgs;
use crate::lock::{self, Writing};
use crate::package::{self, folder_of};
use crate::{Answer, Failure, source};

/// Writes it, has the crate compiled with it, and its entry written into the lock file.
pub(crate) fn run(args: &ForwardArgs) -> Result<Answer, Failure> {
    let (edits, forward) = match &args.dir {
        Some(dir) => in_folder(args, dir)?,
        None => in_crate(args)?,
    };
    // What a person must see to first would not compile, or not run.
    let writes = !args.dry_run && forward.problems.is_empty();
    let mut text = String::new();
    for edit in &edits {
        let verb = if writes { "written" } else { "not written" };
        let what = if edit.appended {
            "behind the items of "
        } else {
            ""
        };
        text.push_str(&format!(
            "{what}{} ({verb}):\n{}\n",
            edit.path.display(),
            edit.text
        ));
    }
    for sentence in forward.instead.iter().chain(&forward.unreversed) {
        text.push_str(&format!("note: {sentence}\n"));
    }
    for sentence in &forward.problems {
        text.push_str(&format!("to be seen to by hand: {sentence}\n"));
    }
    if writes {
        for edit in &edits {
            edit.write()?;
        }
        if args.dir.is_none() {
            // Compiled by the macro that checks every other migration too, which knows the entry for the lock file.
            let packages: Vec<String> = args.package.package.iter().cloned().collect();
            text.push_str(&lock::told(
                &packages,
                &args.package.cargo,
                Writing::Drafts,
            )?);
        }
    }
    Ok(Answer {
        text,
        clean: forward.problems.is_empty(),
    })
}

/// A text that is new.
struct Edit {
    path: PathBuf,
    text: String,
    /// Whether it goes into a file that is there, behind its items.
    appended: bool,
}

impl Edit {
    fn new(path: PathBuf, text: String) -> Edit {
        Edit {
            path,
            text,
            appended: false,
        }
    }

    fn write(&self) -> Result<(), Failure> {
        use std::io::Write as _;
        let failed = |e| Failure(format!("{} cannot be written: {e}", self.path.display()));
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        if self.appended {
            let mut whole = std::fs::read_to_string(&self.path).map_err(failed)?;
            whole.insert_str(end_of_items(&whole), &self.text);
            return std::fs::write(&self.path, whole).map_err(failed);
        }
        std::fs::File::create_new(&self.path)
            .and_then(|mut file| file.write_all(self.text.as_bytes()))
            .map_err(failed)
    }
}

/// Where the items of a file of Rust end: in front of its tests, where those stand last.
fn end_of_items(rust: &str) -> usize {
    let tests = rust.rfind("\n\n#[cfg(test)]\nmod ").map(|at| at + 1);
    let is_last = |tests: &usize| {
        let module = rust[*tests..].trim_end();
        match module.find("\n}") {
            Some(end) => end + 2 == module.len(),
            None => module.ends_with(';'),
        }
    };
    tests.filter(is_last).unwrap_or(rust.len())
}

fn in_folder(args: &ForwardArgs, dir: &Path) -> Result<(Vec<Edit>, Forward), Failure> {
    let sources = source::folder(dir)?.migrations;
    let config = source::config(dir)?;
    let dialects = source::dialects(&args.dialect, &config, dir)?;
    let history: Vec<Past<'_>> = sources
        .iter()
        .map(|source| Past {
            version: source.version,
            name: &source.name,
            up: Code::Sql(source.up.as_ref().map_or("", |file| &file.text)),
            down: source.down.as_ref().map(|file| Code::Sql(&file.text)),
            only: &[],
            style: Style::Header,
        })
        .collect();
    let forward = forward(&history, args.version, &dialects).map_err(Failure)?;
    let edits = files(dir, &forward)?;
    Ok((edits, forward))
}

/// The files of `forward` in `dir`, named as the last ones there.
fn files(dir: &Path, forward: &Forward) -> Result<Vec<Edit>, Failure> {
    let now = digits_of(SystemTime::now());
    let paths = new_files(dir, &forward.name, &now)?;
    let (up, down) = match (paths.as_slice(), &forward.down) {
        ([_], Some(_)) => halves(&one_way(forward)),
        _ => halves(forward),
    };
    let mut edits = Vec::new();
    for (path, text) in paths.into_iter().zip([Some(up), down]) {
        edits.extend(text.map(|text| Edit::new(path, text)));
    }
    Ok(edits)
}

/// As it stands in a folder of single files, which has no place for its down.
fn one_way(forward: &Forward) -> Forward {
    Forward {
        down: None,
        marks: Marks {
            destructive: None,
            irreversible: Some("this folder holds no downs".to_owned()),
            ..forward.marks.clone()
        },
        ..forward.clone()
    }
}

/// The two files, each with the marks that belong at its head.
fn halves(forward: &Forward) -> (String, Option<String>) {
    let marks = &forward.marks;
    let down_rules = [
        "cannot_run",
        "not_restored",
        "leaves_behind",
        "takes_more",
        "would_fail",
        "comes_back_empty",
    ];
    let allow = |of_down: bool| {
        let all = marks.allow.iter();
        all.filter(|(rule, _)| down_rules.contains(&rule.as_str()) == of_down)
            .map(|(rule, why)| (rule.clone(), why.clone()))
            .collect()
    };
    let of_up = Marks {
        lossy: marks.lossy.clone(),
        irreversible: marks.irreversible.clone(),
        allow: allow(false),
        ..Marks::default()
    };
    let of_down = Marks {
        destructive: marks.destructive.clone(),
        allow: allow(true),
        ..Marks::default()
    };
    let mut head = format!("-- {}\n", forward.doc);
    if let Some(sentence) = &forward.instead {
        head.push_str(&format!("-- Note: {sentence}.\n"));
    }
    for sentence in &forward.unreversed {
        head.push_str(&format!("-- Not reversed: {sentence}.\n"));
    }
    let up = head + &header::write(&ended(&forward.up), &of_up);
    let down = forward.down.as_ref();
    (up, down.map(|down| header::write(&ended(down), &of_down)))
}

fn ended(sql: &str) -> String {
    format!("{};\n", sql.trim_end().trim_end_matches(';'))
}

fn in_crate(args: &ForwardArgs) -> Result<(Vec<Edit>, Forward), Failure> {
    let package = package::ask(&args.package)?;
    let records = &package.records;
    let history: Vec<Past<'_>> = records
        .iter()
        .map(|record| Past {
            version: record.version,
            name: &record.name,
            up: code(&record.up),
            down: match &record.down {
                Down::Script(script) => Some(code(script)),
                Down::Irreversible { .. } => None,
            },
            only: &record.only,
            style: package.style(record),
        })
        .collect();
    let past = records.iter().find(|record| record.version == args.version);
    let dialects = dialects(args, past);
    let forward = forward(&history, args.version, &dialects).map_err(Failure)?;
    let Some(past) = past else {
        return Err(Failure(format!("there is no migration {}", args.version)));
    };
    let newest = records.last().map_or(past.version, |record| record.version);
    let edits = match package.folder(past) {
        Some(folder) => files(&folder, &forward)?,
        None => item(&package.manifest_dir, past, newest, &forward),
    };
    Ok((edits, forward))
}

fn code(script: &Script) -> Code<'_> {
    script.sql.as_deref().map_or(Code::Rust, Code::Sql)
}

/// The databases that it was checked for.
fn dialects(args: &ForwardArgs, past: Option<&Record>) -> Vec<Dialect> {
    match args.dialect.given {
        Some(dialect) => vec![dialect],
        None => past.map_or_else(Vec::new, |record| {
            record.up.analyses.iter().map(|one| one.dialect).collect()
        }),
    }
}

/// An item behind the one that it undoes, with its SQL inline or in files as that one has it.
fn item(manifest_dir: &Path, past: &Record, newest: Version, forward: &Forward) -> Vec<Edit> {
    let now = digits_of(SystemTime::now());
    let version = following(&newest.to_string(), &now);
    let mut edits = Vec::new();
    let mut sql = |key: &str, text: &str| match folder_of(past) {
        Some(folder) => {
            let file = folder.join(format!("{version}_{}.{key}.sql", forward.name));
            edits.push(Edit::new(manifest_dir.join(&file), ended(text)));
            format!("{key}_file = {}", literal(&file.to_string_lossy()))
        }
        None => format!("{key} = {}", literal(text)),
    };
    let (up, down) = (sql("up", &forward.up), &forward.down);
    let down = down.as_ref().map(|text| sql("down", text));
    let instead = forward.instead.iter().map(|why| format!("Note: {why}."));
    let unreversed = forward.unreversed.iter();
    let unreversed = unreversed.map(|why| format!("Not reversed: {why}."));
    let written = Item {
        doc: &forward.doc,
        remarks: instead.chain(unreversed).collect(),
        version: &version,
        up,
        down,
        marks: &forward.marks,
        name: camel(&forward.name),
    };
    let text = format!("\n{written}\n");
    edits.push(Edit {
        path: manifest_dir.join(&past.place.file),
        text,
        appended: true,
    });
    edits
}

#[cfg(test)]
mod tests {
    use super::end_of_items;

    #[test]
    fn tests_stay_last() {
        let items = "struct A;\n";
        for tests in [
            "\n#[cfg(test)]\nmod tests {\n    fn f() {\n    }\n}\n",
            "\n#[cfg(test)]\nmod tests;\n",
        ] {
            assert_eq!(end_of_items(&format!("{items}{tests}")), items.len());
        }
        for whole in [
            items.to_owned(),
            format!("{items}\n#[cfg(test)]\nmod tests {{\n}}\n\nstruct B;\n"),
            format!("{items}\n/// Of A.\n#[cfg(test)]\nmod tests {{\n}}\n"),
        ] {
            assert_eq!(end_of_items(&whole), whole.len(), "{whole}");
        }
    }
}
