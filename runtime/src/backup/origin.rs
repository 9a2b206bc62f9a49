//! Is a dump of this database, and from when it is said to be?

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::BackupError;
use super::dump::Seal;
use crate::{Journal, JournalEntry};

/// What the journal in a dump shows of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// When it was begun, at the earliest: a time is given to the second.
    pub(crate) taken: SystemTime,
    /// What is to be said of it beside how it was restored.
    pub(crate) said: &'static str,
}

/// Holds the end of the journal in a dump against this database's; `taken` is when the dump is said to be begun.
///
/// The journal is a chain: an entry of the same number and seal is of the same database, and all before it are in both. The dump
/// was begun after its last entry was written, and before the next one.
///
/// # Errors
/// Where the dump is of another database, or was begun at another time than `taken`.
pub(crate) fn held(
    file: &Path,
    taken: SystemTime,
    seals: &[Seal],
    journal: &Journal,
) -> Result<Origin, BackupError> {
    let foreign = || BackupError::Foreign(file.to_owned());
    let written = |entry: &JournalEntry| humantime::parse_rfc3339(&entry.at).ok();
    let first = journal.entries.first().and_then(written);
    let mut begun = seals.iter().filter(|seal| seal.seq > 0).peekable();
    if begun.peek().is_none() {
        let said = "from before Onward's journal began, so nothing shows of which database it is";
        return match first.is_some_and(|first| first < taken) {
            true => Err(foreign()),
            false => Ok(Origin { taken, said }),
        };
    }
    let numbered = |seq: i64| journal.entries.iter().find(|entry| entry.seq == seq);
    let own = |seal: &Seal| numbered(seal.seq).filter(|entry| entry.hash == seal.hash);
    let last = begun.find_map(own).ok_or_else(foreign)?;
    let next = numbered(last.seq + 1).and_then(written);
    let last = written(last).ok_or_else(foreign)?;
    // Within the second that was named it was begun after that entry.
    let same_second = last <= taken + Duration::from_secs(1);
    if !same_second || next.is_some_and(|next| next < taken) {
        return Err(BackupError::Misdated {
            file: file.to_owned(),
            taken,
            after: last,
            before: next,
        });
    }
    Ok(Origin {
        taken: taken.max(last),
        said: "its journal is this database's",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn journal() -> Journal {
        let entry = |seq: i64, second: u64| JournalEntry {
            seq,
            at: humantime::format_rfc3339_millis(at(second)).to_string(),
            action: "applied".to_owned(),
            version: None,
            actor: String::new(),
            host: String::new(),
            environment: String::new(),
            plan: String::new(),
            evidence: String::new(),
            prev: String::new(),
            hash: format!("seal {seq}"),
        };
        Journal {
            entries: vec![entry(1, 100), entry(2, 200), entry(3, 300)],
            flaws: Vec::new(),
        }
    }

    fn of(seal: Option<(i64, &str)>, taken: u64) -> Result<u64, BackupError> {
        let seal = seal.map(|(seq, hash)| Seal {
            seq,
            hash: hash.to_owned(),
        });
        let seals: Vec<Seal> = seal.into_iter().collect();
        let origin = held(Path::new("dump"), at(taken), &seals, &journal())?;
        let since = origin.taken.duration_since(SystemTime::UNIX_EPOCH);
        Ok(since.unwrap().as_secs())
    }

    #[test]
    fn a_dump_is_known_by_its_last_entry() {
        for taken in [200, 250, 300] {
            assert_eq!(of(Some((2, "seal 2")), taken), Ok(taken));
        }
        assert!(of(Some((3, "seal 3")), 9_000).is_ok());
        let misdated = |found| matches!(found, Err(BackupError::Misdated { .. }));
        // What was named to the second may be the second of that entry.
        assert_eq!(of(Some((2, "seal 2")), 199), Ok(200));
        assert!(misdated(of(Some((2, "seal 2")), 198)));
        assert!(misdated(of(Some((2, "seal 2")), 301)));
        let foreign = Err(BackupError::Foreign("dump".into()));
        assert_eq!(of(Some((2, "seal 9")), 250), foreign);
        assert_eq!(of(Some((4, "seal 4")), 450), foreign);
    }

    #[test]
    fn without_a_journal_only_an_old_one_may_be_of_this_database() {
        assert!(of(None, 99).is_ok());
        assert!(of(Some((0, "")), 99).is_ok());
        assert_eq!(of(None, 101), Err(BackupError::Foreign("dump".into())));
    }
}
