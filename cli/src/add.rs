//! `add`: where does the next migration go, and what does it look like there?

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use onward_analysis::Lock;
use onward_analysis::newer::{following, grouped};

use crate::args::AddArgs;
use crate::{Answer, Failure, source};

/// Writes new files in the folder's own style, or prints a Rust item where there is no folder.
pub(crate) fn run(args: &AddArgs) -> Result<Answer, Failure> {
    let name = snake_case(&args.name)?;
    let now = digits_of(SystemTime::now());
    let usual = PathBuf::from("migrations");
    let dir = args
        .dir
        .clone()
        .or_else(|| Some(usual).filter(|dir| dir.is_dir()));
    let text = match dir {
        None => item(&name, &next_in_lock(&now)?),
        Some(dir) => {
            let mut text = String::new();
            for path in new_files(&dir, &name, &now)? {
                create(&path)?;
                text.push_str(&format!("{}\n", path.display()));
            }
            text
        }
    };
    Ok(Answer { text, clean: true })
}

/// The files of the migration that follows the last one of `dir`, named as that one is.
pub(crate) fn new_files(dir: &Path, name: &str, now: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut entries = std::fs::read_dir(dir)
        .map_err(|e| Failure(format!("{} cannot be read: {e}", dir.display())))?;
    if entries.next().is_none() {
        return Ok(pair(dir, &format!("{now}_{name}")));
    }
    let sources = source::folder(dir)?.migrations;
    let last = sources.last().and_then(|last| last.up.as_ref());
    let label = last.map_or("", |file| file.label.as_str());
    let next = following(prefix(label), now);
    Ok(if label.contains('/') {
        let folder = dir.join(format!("{next}_{name}"));
        vec![folder.join("up.sql"), folder.join("down.sql")]
    } else if let Some(rest) = label.strip_prefix('V') {
        let file = format!("{}__{name}.sql", following(prefix(rest), now));
        // Flyway's way back stands beside it.
        let back = sources.iter().any(|source| source.down.is_some());
        let both = ["V", "U"].into_iter().take(1 + usize::from(back));
        both.map(|kind| dir.join(format!("{kind}{file}"))).collect()
    } else if label.ends_with(".up.sql") {
        pair(dir, &format!("{next}_{name}"))
    } else {
        vec![dir.join(format!("{next}_{name}.sql"))]
    })
}

fn pair(dir: &Path, stem: &str) -> Vec<PathBuf> {
    vec![
        dir.join(format!("{stem}.up.sql")),
        dir.join(format!("{stem}.down.sql")),
    ]
}

/// The digits that a file's or folder's name begins with, grouped as they are there.
fn prefix(name: &str) -> &str {
    let end = name
        .find(|c: char| !c.is_ascii_digit() && c != '-')
        .unwrap_or(name.len());
    &name[..end]
}

/// The version after the last one in this folder's lock file; today's first where there is none.
fn next_in_lock(now: &str) -> Result<String, Failure> {
    let first = format!("{}01", &now[..8]);
    let text = match std::fs::read_to_string(Lock::FILE) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(first),
        Err(e) => return Err(Failure(format!("{} cannot be read: {e}", Lock::FILE))),
    };
    let lock = Lock::parse(&text).map_err(|e| Failure(e.to_string()))?;
    Ok(lock
        .entries
        .last()
        .map_or(first, |entry| following(&entry.version.to_string(), now)))
}

fn item(name: &str, version: &str) -> String {
    let version = grouped(version);
    let type_name = camel(name);
    format!(
        "/// Why is it needed?\n#[derive(Migration)]\n#[migration(\n    version = {version},\n    up = \"\",\n    \
         down = \"\",\n)]\nstruct {type_name};\n"
    )
}

/// `add_phone_number` as `AddPhoneNumber`.
pub(crate) fn camel(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

fn create(path: &Path) -> Result<(), Failure> {
    let failed = |e| Failure(format!("{} cannot be created: {e}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::File::create_new(path)
        .and_then(|mut file| file.flush())
        .map_err(failed)
}

/// `Add phone-number` as `add_phone_number`.
fn snake_case(name: &str) -> Result<String, Failure> {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let starts_with_a_letter = words
        .first()
        .is_some_and(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    if !starts_with_a_letter {
        return Err(Failure(format!(
            "`{name}` is no name: write what the migration does, such as add_phone_number"
        )));
    }
    Ok(words.join("_"))
}

/// A time in UTC as fourteen digits, such as 20261122083000.
pub(crate) fn digits_of(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time)
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_words() {
        assert_eq!(
            snake_case("Add phone-number").ok().as_deref(),
            Some("add_phone_number")
        );
        assert!(snake_case("../x").is_ok_and(|name| name == "x"));
        assert!(snake_case("1st").is_err());
        assert!(snake_case("--").is_err());
    }
}
