//! What does the journal say, and has anybody changed it?

use std::collections::{BTreeMap, BTreeSet};

use onward_analysis::{Tier, Version};
use serde::{Deserialize, Serialize};

use super::records::{self, Kept};
use super::{Action, seal};
use crate::history::head::is_no_table;
use crate::history::{Tables, Tail};
use crate::session::{Row, Session};
use crate::{Environment, Result};

/// The journal: who did what to the database, where, and on which evidence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Journal {
    /// The entries, the oldest first.
    pub entries: Vec<JournalEntry>,
    /// What shows that somebody changed it by hand; empty where nothing does.
    pub flaws: Vec<JournalFlaw>,
}

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its number, from 1.
    pub seq: i64,
    /// When, as RFC 3339 in UTC.
    pub at: String,
    /// What was done: `stamped`, `applied`, `reverted`, `baseline`, `down_replaced`, `refused`, `consented`, `waived` or
    /// `backup`.
    pub action: String,
    /// To which migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// By whom.
    pub actor: String,
    /// On which machine.
    pub host: String,
    /// In which environment.
    pub environment: String,
    /// By which plan: its hash.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub plan: String,
    /// On which evidence, as JSON: the decision of the gate, where it had something to decide; as `record` the SHA-256 of what the
    /// history keeps of the migration from then on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    #[serde(skip)]
    pub(crate) prev: String,
    /// The seal over this entry and, by it, over all before. Whoever keeps it elsewhere can tell later that nobody changed them.
    pub hash: String,
}

/// A sign that the journal is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "flaw", rename_all = "snake_case")]
#[non_exhaustive]
pub enum JournalFlaw {
    /// The entry is not what was sealed.
    Altered {
        /// Its number.
        seq: i64,
    },
    /// Entries before this one are gone, or this one was put in.
    Broken {
        /// The number of the first entry that does not follow from the one before.
        seq: i64,
    },
    /// The journal does not end where the head says: entries at the end are gone or were put there.
    Cut {
        /// The number of the last entry that there is; 0 where there is none.
        last: i64,
        /// The number that the last entry should have.
        expected: i64,
    },
    /// The head is gone, which says where the journal ends.
    Headless,
    /// The head has another label than the database was given.
    Relabelled {
        /// The one that it was given, whose tier counts where it is the more careful one.
        stamped: Environment,
    },
    /// The history and the journal disagree on whether the migration is applied: entries at the end are gone, or a row
    /// of the history was changed.
    Disagrees {
        /// The migration.
        version: Version,
    },
    /// What the history keeps of an applied migration is not what was written there: its way back, its verdict or its marks
    /// were changed.
    Rewritten {
        /// The migration.
        version: Version,
    },
}

impl Journal {
    /// Reads the journal and holds it against itself, the head and the history.
    pub(crate) async fn read(session: &mut dyn Session, tables: &Tables) -> Result<Journal> {
        let (entries, head) = all(session, tables).await?;
        let history = records::kept(session, tables).await?;
        let flaws = flaws(&entries, head.as_ref(), &history);
        Ok(Journal { entries, flaws })
    }
}

/// What the head says: where the journal ends, and as what the database is labelled; none where that is no label.
struct Ending {
    tail: Tail,
    label: Option<Environment>,
}

/// Every entry, the oldest first, and what the head says.
async fn all(
    session: &mut dyn Session,
    tables: &Tables,
) -> Result<(Vec<JournalEntry>, Option<Ending>)> {
    // One statement, so that an entry which is appended meanwhile is in both or in neither.
    let sql = |head: &str| {
        format!(
            "SELECT {}, h.seq, h.hash, h.environment, h.tier FROM (SELECT 1 AS one) o LEFT JOIN {head} h ON 1 = 1 \
             LEFT JOIN {} j ON 1 = 1 ORDER BY j.seq",
            JournalEntry::COLUMNS,
            tables.journal()
        )
    };
    let rows = match session.rows(&sql(&tables.head()), &[]).await {
        // The whole table is gone.
        Err(error) if is_no_table(&error) => {
            let none = "(SELECT NULL AS seq, NULL AS hash, NULL AS environment, NULL AS tier)";
            session.rows(&sql(none), &[]).await?
        }
        rows => rows?,
    };
    let head = rows.first().and_then(|row| {
        let tail = Tail {
            seq: row.int(11)?,
            hash: row.shown(12).to_owned(),
        };
        let label = Tier::named(row.text(14)?).map(|tier| (row.text(13), tier));
        let label = label.and_then(|(name, tier)| Some(Environment::new(name?, tier)));
        Some(Ending { tail, label })
    });
    let entries = rows.iter().filter(|row| row.int(0).is_some());
    Ok((entries.map(JournalEntry::of).collect(), head))
}

/// Every entry, the oldest first, each with whether it is to be believed: the chain of seals reaches from the head back to it. Who
/// puts an entry in, or alters one, can seal it anew, but not the next.
///
/// # Errors
/// Where the connection is lost or the journal cannot be read.
pub(super) async fn chained(
    session: &mut dyn Session,
    tables: &Tables,
) -> Result<Vec<(JournalEntry, bool)>> {
    let (entries, head) = all(session, tables).await?;
    let mut next = head.map(|head| head.tail);
    let mut chained = Vec::with_capacity(entries.len());
    for entry in entries.into_iter().rev() {
        next = next
            .filter(|next| (entry.seq, &entry.hash) == (next.seq, &next.hash))
            .filter(|_| entry.is_as_sealed())
            .map(|_| Tail {
                seq: entry.seq - 1,
                hash: entry.prev.clone(),
            });
        chained.push((entry, next.is_some()));
    }
    chained.reverse();
    Ok(chained)
}

/// The entries of which `condition` holds, the oldest first.
///
/// # Errors
/// Where the connection is lost or the journal cannot be read.
pub(super) async fn entries(
    session: &mut dyn Session,
    tables: &Tables,
    condition: &str,
) -> Result<Vec<JournalEntry>> {
    let sql = format!(
        "SELECT seq, at, action, version, actor, host, environment, plan, evidence, prev, hash FROM {} WHERE {condition} ORDER BY seq",
        tables.journal()
    );
    let rows = session.rows(&sql, &[]).await?;
    Ok(rows.iter().map(JournalEntry::of).collect())
}

/// What an entry says of the label that was given by it.
#[derive(Deserialize)]
struct Stamp {
    tier: String,
}

impl JournalEntry {
    /// What [`JournalEntry::at`] reads of the journal `j`.
    pub(crate) const COLUMNS: &str = "j.seq, j.at, j.action, j.version, j.actor, j.host, j.environment, j.plan, j.evidence, j.prev, j.hash";

    /// The entry that begins a row.
    pub(super) fn of(row: &Row) -> JournalEntry {
        JournalEntry::at(row, 0)
    }

    /// The entry that stands in a row from that column on.
    pub(crate) fn at(row: &Row, from: usize) -> JournalEntry {
        // What cannot be read is not what was sealed.
        let text = |column| row.shown(from + column).to_owned();
        let number = |column| row.int(from + column);
        JournalEntry {
            seq: number(0).unwrap_or_default(),
            at: text(1),
            action: text(2),
            version: number(3).map(Version::new),
            actor: text(4),
            host: text(5),
            environment: text(6),
            plan: text(7),
            evidence: text(8),
            prev: text(9),
            hash: text(10),
        }
    }

    /// The label that was given by this entry; none where it gave none, or was altered.
    pub(crate) fn stamped(&self) -> Option<Environment> {
        let is_stamp = self.action == Action::Stamped.name() && self.is_as_sealed();
        let evidence: Stamp = serde_json::from_str(&self.evidence).ok()?;
        let tier = Tier::named(&evidence.tier)?;
        is_stamp.then(|| Environment::new(&self.environment, tier))
    }

    /// Whether it is what was sealed.
    pub(super) fn is_as_sealed(&self) -> bool {
        self.seal() == self.hash
    }

    /// The seal that fits what it says.
    pub(crate) fn seal(&self) -> String {
        let version = self.version.map_or_else(String::new, |v| v.to_string());
        seal(&[
            &self.seq.to_string(),
            &self.at,
            &self.action,
            &version,
            &self.actor,
            &self.host,
            &self.environment,
            &self.plan,
            &self.evidence,
            &self.prev,
        ])
    }
}

fn flaws(
    entries: &[JournalEntry],
    head: Option<&Ending>,
    history: &BTreeMap<Version, Kept>,
) -> Vec<JournalFlaw> {
    let mut flaws = Vec::new();
    let mut applied = BTreeMap::new();
    let (mut seq, mut hash) = (0, "");
    for entry in entries {
        if entry.seq != seq + 1 || entry.prev != hash {
            flaws.push(JournalFlaw::Broken { seq: entry.seq });
        }
        if !entry.is_as_sealed() {
            flaws.push(JournalFlaw::Altered { seq: entry.seq });
        }
        (seq, hash) = (entry.seq, &entry.hash);
        match (entry.action.as_str(), entry.version) {
            ("applied", Some(version)) => {
                applied.insert(version, (records::sealed(entry), &entry.at));
            }
            ("down_replaced", Some(version)) => {
                if let Some((sealed, _)) = applied.get_mut(&version) {
                    *sealed = records::sealed(entry);
                }
            }
            ("reverted", Some(version)) => _ = applied.remove(&version),
            _ => {}
        }
    }
    match head {
        None => flaws.push(JournalFlaw::Headless),
        Some(Ending { tail, label }) => {
            if (seq, hash) != (tail.seq, tail.hash.as_str()) {
                flaws.push(JournalFlaw::Cut {
                    last: seq,
                    expected: tail.seq,
                });
            }
            let stamped = entries.first().and_then(JournalEntry::stamped);
            flaws.extend(
                stamped
                    .filter(|stamped| label.as_ref() != Some(stamped))
                    .map(|stamped| JournalFlaw::Relabelled { stamped }),
            );
        }
    }
    let versions: BTreeSet<Version> = applied.keys().chain(history.keys()).copied().collect();
    for version in versions {
        match (applied.get(&version), history.get(&version)) {
            (Some((sealed, at)), Some(kept))
                if sealed.as_ref() == Some(&kept.digest) && **at == kept.at && kept.agrees => {}
            (Some(_), Some(_)) => flaws.push(JournalFlaw::Rewritten { version }),
            _ => flaws.push(JournalFlaw::Disagrees { version }),
        }
    }
    flaws
}
