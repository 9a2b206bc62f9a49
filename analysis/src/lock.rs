//! Which migrations does a crate have, and which of them are released? The lock file, `migrations.lock`.
//!
//! ```text
//! # Written by `cargo onward lock`. Commit it: it is how a missing or edited migration is noticed.
//! onward 1
//! 2026112201 released 5d1c…  add_phone_number
//! 2026112202 draft    09ab…  drop_sessions
//! ```
//!
//! One line a migration, in version order, so that two branches which each add one conflict in git.

use crate::{Digest, Object, Record, Version};

/// The contents of a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// The entries, in version order.
    pub entries: Vec<Entry>,
}

/// One migration in a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// What it runs in both directions.
    pub digest: Digest,
    /// Whether it may no longer be edited.
    pub released: bool,
    /// The reason of its `assert_lossless`, kept where reviewers see it.
    pub asserted: Option<String>,
    /// What its `takes` names, likewise: a shorter list is an edit that a reviewer sees.
    pub takes: Option<String>,
    /// What its `changes` names.
    pub changes: Option<String>,
}

/// A lock file that cannot be read: the line, from 1, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for LockError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "migrations.lock line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for LockError {}

const HEAD: &str = "# Written by `cargo onward lock`. Commit it: it is how a missing or edited migration is noticed.\nonward 1\n";

impl Lock {
    /// The lock file's name, beside `Cargo.toml`.
    pub const FILE: &'static str = "migrations.lock";
    /// What the test of a catalog says of a build that is older than a file in its folder: then it is built again.
    pub const STALE: &'static str = "was compiled before its folder changed";
    /// By this variable `cargo onward` tells that test that it reads what is printed: why nothing was done, too.
    pub const READ: &'static str = "ONWARD_LOCK_READ";
    /// The line before that reason.
    pub const REFUSED: &'static str = "onward: refused";

    /// Reads a lock file's text. Empty text is an empty lock.
    ///
    /// # Errors
    /// The first line that is not understood: a merge conflict, a hand-made edit, a newer format.
    pub fn parse(text: &str) -> Result<Lock, LockError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut format_seen = false;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_end();
            let wrong = |what: String| LockError {
                line: index + 1,
                what,
            };
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with("<<<<<<<")
                || line.starts_with("=======")
                || line.starts_with(">>>>>>>")
            {
                return Err(wrong(
                    "two branches changed it; keep the lines of both, then run `cargo onward lock`"
                        .into(),
                ));
            }
            if let Some(format) = line.strip_prefix("onward ") {
                if format != "1" {
                    return Err(wrong(format!(
                        "format {format} is newer than this Onward; update the crate `onward`"
                    )));
                }
                format_seen = true;
                continue;
            }
            if !format_seen {
                return Err(wrong(
                    "the line `onward 1` must come first; run `cargo onward lock`".into(),
                ));
            }
            let entry = Entry::parse(line).map_err(wrong)?;
            if entries
                .last()
                .is_some_and(|last| last.version >= entry.version)
            {
                return Err(wrong(format!(
                    "version {} is out of order; run `cargo onward lock`",
                    entry.version
                )));
            }
            entries.push(entry);
        }
        Ok(Lock { entries })
    }

    /// The text of the lock file.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = HEAD.to_owned();
        for entry in &self.entries {
            let state = if entry.released {
                "released"
            } else {
                "draft   "
            };
            text.push_str(&format!(
                "{} {state} {} {}",
                entry.version, entry.digest, entry.name
            ));
            let marks = [
                (TAKES, &entry.takes),
                (CHANGES, &entry.changes),
                (ASSERTED, &entry.asserted),
            ];
            for (mark, said) in marks {
                if let Some(said) = said {
                    text.push_str(&format!("{mark}{said:?}"));
                }
            }
            text.push('\n');
        }
        text
    }

    /// The entry of `version`.
    #[must_use]
    pub fn entry(&self, version: Version) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.version == version)
    }

    /// The digest of all entries together.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.entries
            .iter()
            .fold(Digest::EMPTY, |sum, entry| sum.plus(entry.digest))
    }

    /// A sentence for each draft that is older than a released migration: it compiles and runs in development, and production, where
    /// the other one has run, refuses it.
    #[must_use]
    pub fn late(&self) -> Vec<String> {
        let mut released = self.entries.iter().rev().filter(|entry| entry.released);
        let Some(newest) = released.next() else {
            return Vec::new();
        };
        let late = self
            .entries
            .iter()
            .filter(|entry| !entry.released && entry.version < newest.version);
        late.map(|entry| {
            format!(
                "{} {} is older than {} {}, which is released: production refuses it where that one has run. Give it a version above {}; \
                 or, where the order does not matter, allow it: `Migrator::out_of_order(true)`.",
                entry.version, entry.name, newest.version, newest.name, newest.version
            )
        })
        .collect()
    }

    /// The lock that `records` call for: entries follow drafts, released ones stay as they are.
    ///
    /// # Errors
    /// A sentence for each released entry that was edited or is gone.
    pub fn follow(&self, records: &[Record]) -> Result<Lock, Vec<String>> {
        let mut problems = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.released) {
            match records.iter().find(|record| record.version == entry.version) {
                None => problems.push(self.gone(entry, records)),
                Some(record) if record.digest() != entry.digest => problems.push(format!(
                    "released migration {} ({}) was edited: put its SQL back and write a new migration instead",
                    entry.version, entry.name
                )),
                Some(_) => {}
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut entries: Vec<Entry> = records
            .iter()
            .map(|record| Entry {
                version: record.version,
                name: record.name.clone(),
                digest: record.digest(),
                released: self
                    .entry(record.version)
                    .is_some_and(|entry| entry.released),
                asserted: record.marks.assert_lossless.clone(),
                takes: listed(&record.marks.takes),
                changes: listed(&record.marks.changes),
            })
            .collect();
        entries.sort_by_key(|entry| entry.version);
        Ok(Lock { entries })
    }

    /// What is said of a released migration that is not among `records`: whether it was only numbered anew.
    fn gone(&self, entry: &Entry, records: &[Record]) -> String {
        let mut new = records
            .iter()
            .filter(|record| self.entry(record.version).is_none());
        let is = format!("released migration {} ({})", entry.version, entry.name);
        match new.find(|record| record.digest_at(entry.version) == entry.digest) {
            Some(record) => format!(
                "{is} was given another version, {}: databases that ran it would run it a second time. Give it its version back",
                record.version
            ),
            None => format!(
                "{is} is gone, and databases that ran it would not know it: bring it back (`git log --stat` shows where it went)"
            ),
        }
    }
}

impl Entry {
    fn parse(line: &str) -> Result<Entry, String> {
        // A reason may hold any words, so it stands last and is cut off first.
        let (line, asserted) = cut(line, ASSERTED)?;
        let (line, changes) = cut(line, CHANGES)?;
        let (line, takes) = cut(line, TAKES)?;
        let mut words = line.split_whitespace();
        let (Some(version), Some(state), Some(digest), Some(name), None) = (
            words.next(),
            words.next(),
            words.next(),
            words.next(),
            words.next(),
        ) else {
            return Err("an entry is `version state digest name`; run `cargo onward lock`".into());
        };
        let released = match state {
            "released" => true,
            "draft" => false,
            other => return Err(format!("`{other}` is neither `draft` nor `released`")),
        };
        Ok(Entry {
            version: version.parse().map_err(|e| format!("{e}"))?,
            name: name.to_owned(),
            digest: digest.parse()?,
            released,
            asserted,
            takes,
            changes,
        })
    }
}

/// What begins each of the marks that an entry keeps.
const TAKES: &str = " takes ";
const CHANGES: &str = " changes ";
const ASSERTED: &str = " asserted ";

/// The line before `mark`, and what the mark says.
fn cut<'l>(line: &'l str, mark: &str) -> Result<(&'l str, Option<String>), String> {
    Ok(match line.split_once(mark) {
        Some((line, said)) => (line, Some(unquote(said)?)),
        None => (line, None),
    })
}

/// `users.fax, sessions`; none where nothing is listed.
fn listed(objects: &[Object]) -> Option<String> {
    let names: Vec<String> = objects.iter().map(Object::to_string).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The inverse of `{:?}` on the strings that are written here.
fn unquote(text: &str) -> Result<String, String> {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .ok_or_else(|| format!("`{text}` must stand in double quotes"))?;
    let mut plain = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, false) => plain.push(c),
            _ => match chars.next() {
                Some('n') => plain.push('\n'),
                Some('t') => plain.push('\t'),
                Some('r') => plain.push('\r'),
                Some(other) => plain.push(other),
                None => return Err("a `\\` stands at the end".into()),
            },
        }
    }
    Ok(plain)
}

#[cfg(all(test, feature = "parse"))]
mod tests {
    use super::*;

    #[test]
    fn a_draft_below_a_released_one_is_told_and_no_other() {
        let entry = |version, released| Entry {
            version: Version::new(version),
            name: format!("m{version}"),
            digest: Digest::EMPTY,
            released,
            asserted: None,
            takes: None,
            changes: None,
        };
        let late = |entries: &[(i64, bool)]| {
            let entries = entries
                .iter()
                .map(|(version, released)| entry(*version, *released));
            Lock {
                entries: entries.collect(),
            }
            .late()
        };
        let told = late(&[(1, true), (2, false), (3, true), (4, false)]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("2 m2 is older than 3 m3, which is released"),
            "{told:?}"
        );
        assert!(late(&[(1, false), (2, false)]).is_empty());
        assert!(late(&[(1, true), (2, true), (3, false)]).is_empty());
    }

    #[test]
    fn what_a_mark_says_is_read_back_as_it_was_written() {
        let entry = Entry {
            version: Version::new(1),
            name: "tidy_up".to_owned(),
            digest: Digest::EMPTY,
            released: true,
            asserted: Some("it takes \"all\" changes ".to_owned()),
            takes: listed(&[
                Object::named("users.fax").unwrap(),
                Object::named("sessions").unwrap(),
            ]),
            changes: listed(&[Object::named("app.users.fax").unwrap()]),
        };
        let bare = Entry {
            version: Version::new(2),
            asserted: None,
            takes: listed(&[]),
            changes: None,
            ..entry.clone()
        };
        let lock = Lock {
            entries: vec![entry, bare],
        };
        let text = lock.render();
        assert!(
            text.contains(
                "tidy_up takes \"users.fax, sessions\" changes \"app.users.fax\" asserted \"it"
            ),
            "{text}"
        );
        assert_eq!(Lock::parse(&text), Ok(lock));
    }
}
