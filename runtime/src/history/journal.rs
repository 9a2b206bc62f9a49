//! Who did what, where, on which evidence? A log that only grows, each entry sealed over the one before.

pub(crate) mod backups;
pub(crate) mod baselines;
mod read;
pub(crate) mod records;
mod show;
pub(crate) mod spent;

use std::time::SystemTime;

use onward_analysis::Version;
use sha2::{Digest as _, Sha256};

pub use read::{Journal, JournalEntry, JournalFlaw};

use super::{Tables, Tail};
use crate::clock::Clock;

/// What an entry says was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// The tables were made and the label stamped.
    Stamped,
    /// A migration was applied.
    Applied,
    /// A migration was reverted.
    Reverted,
    /// What a migration wrote itself when it was applied.
    Baseline,
    /// An applied migration's way back was replaced by the one compiled in now.
    DownReplaced,
    /// The gate did not open.
    Refused,
    /// A person consented to a loss, and the gate opened for it.
    Consented,
    /// Somebody wrote down a backup.
    Backup,
    /// A copy that Onward had made was removed, since it had been kept long enough.
    BackupRemoved,
    /// A person took a question upon themselves, and the gate opened for it.
    Waived,
}

impl Action {
    /// The name in the journal.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Action::Stamped => "stamped",
            Action::Applied => "applied",
            Action::Reverted => "reverted",
            Action::Baseline => "baseline",
            Action::DownReplaced => "down_replaced",
            Action::Refused => "refused",
            Action::Consented => "consented",
            Action::Waived => "waived",
            Action::Backup => "backup",
            Action::BackupRemoved => "backup_removed",
        }
    }
}

/// Whose doing it is, the same for all entries of a run.
#[derive(Debug, Clone)]
pub(crate) struct Author {
    /// Who: the user that the process runs as.
    pub(crate) actor: String,
    /// On which machine.
    pub(crate) host: String,
    /// In which environment.
    pub(crate) environment: String,
    /// By which clock.
    pub(crate) clock: Clock,
}

const UNKNOWN: &str = "unknown";

impl Author {
    /// This process, in that environment, by the clock of that database.
    pub(crate) fn here(environment: &str, clock: Clock) -> Author {
        Author {
            actor: Author::actor(),
            host: Author::host(),
            environment: environment.to_owned(),
            clock,
        }
    }

    /// The user that this process runs as.
    pub(crate) fn actor() -> String {
        let actor = whoami::username();
        actor.unwrap_or_else(|_| UNKNOWN.to_owned())
    }

    /// This machine.
    pub(crate) fn host() -> String {
        let host = whoami::hostname();
        host.unwrap_or_else(|_| UNKNOWN.to_owned())
    }
}

/// One entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    /// What was done.
    pub(crate) action: Action,
    /// To which migration.
    pub(crate) version: Option<Version>,
    /// By which plan: its hash; empty where none was needed.
    pub(crate) plan: &'a str,
    /// On which evidence, as JSON.
    pub(crate) evidence: &'a str,
}

impl Entry<'_> {
    /// The statements that append the entry behind `tail` and note in the head that it is the last, and the tail after it. They
    /// fail with a unique violation where somebody else has appended since.
    pub(crate) fn append(&self, tables: &Tables, tail: &Tail, author: &Author) -> (String, Tail) {
        let (insert, tail) = self.insert(tables, tail, author, author.clock.now());
        (format!("{insert};\n{}", tables.end_at(&tail)), tail)
    }

    /// The first of those statements alone: the head must be told with another.
    pub(crate) fn insert(
        &self,
        tables: &Tables,
        tail: &Tail,
        author: &Author,
        now: SystemTime,
    ) -> (String, Tail) {
        let seq = tail.seq + 1;
        let at = humantime::format_rfc3339_millis(now).to_string();
        let version = self.version.map(Version::number);
        let hash = seal(&[
            &seq.to_string(),
            &at,
            self.action.name(),
            &version.map_or_else(String::new, |version| version.to_string()),
            &author.actor,
            &author.host,
            &author.environment,
            self.plan,
            self.evidence,
            &tail.hash,
        ]);
        let text = |text: &str| tables.literal(text);
        let sql = format!(
            "INSERT INTO {} (seq, at, action, version, actor, host, environment, plan, evidence, prev, hash) \
             VALUES ({seq}, '{at}', '{}', {}, {}, {}, {}, {}, {}, {}, '{hash}')",
            tables.journal(),
            self.action.name(),
            version.map_or_else(|| "NULL".to_owned(), |version| version.to_string()),
            text(&author.actor),
            text(&author.host),
            text(&author.environment),
            text(self.plan),
            text(self.evidence),
            text(&tail.hash),
        );
        (sql, Tail { seq, hash })
    }
}

/// The hash of an entry: over its fields, each with its length in front, so that none can lend to its neighbour.
pub(crate) fn seal(fields: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for field in fields {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    }
    hex(hasher)
}

/// SHA-256 of `text` alone, as `sha256sum` gives it.
pub(crate) fn digest(text: &str) -> String {
    hex(Sha256::new().chain_update(text))
}

fn hex(hasher: Sha256) -> String {
    let digits = hasher.finalize();
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Author, Clock};

    #[test]
    fn whoever_writes_is_named() {
        let here = Author::here("production", Clock::own());
        // What `whoami` says of everybody when it is built without `std`.
        assert_ne!(
            (here.actor.as_str(), here.host.as_str()),
            ("anonymous", "localhost")
        );
    }
}
