//! Which migrations are applied, and where does the journal stand?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use onward_analysis::{Digest, Record, Version};

use super::journal::digest;
use super::{HistoryError, Tables};
use crate::session::{Row, Session};
use crate::text::glance;
use crate::{Direction, Result, Step};

/// The history at one moment, or older: what was appended to the journal since makes the next append fail.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// The journal's end.
    pub(crate) tail: Tail,
    /// The applied migrations.
    pub(crate) applied: BTreeMap<Version, Applied>,
    /// The migration that a crash left halfway.
    pub(crate) progress: Option<Progress>,
    /// Whether the head is known to say that the set is changing.
    pub(crate) head_is_cleared: bool,
}

/// The journal's last entry; 0 and no hash where it is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Its number.
    pub(crate) seq: i64,
    /// Its hash.
    pub(crate) hash: String,
}

/// An applied migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Its name.
    pub(crate) name: String,
    /// The crate that declared it.
    pub(crate) catalog: String,
    /// The hash of what ran.
    pub(crate) up_hash: String,
    /// The digest of both directions.
    pub(crate) digest: Digest,
    /// When.
    pub(crate) at: SystemTime,
}

/// What is kept of an applied migration, as it stands in the history.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// The migration.
    pub(crate) record: Arc<Record>,
    /// The digest of its text.
    pub(crate) digest: String,
}

/// How far a migration came that no transaction holds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The migration.
    pub(crate) version: Version,
    /// `up` or `down`.
    pub(crate) direction: String,
    /// How many of its statements are done.
    pub(crate) done: usize,
    /// The hash of those: the rest may be corrected where it failed.
    pub(crate) done_hash: String,
    /// How many were begun.
    pub(crate) started: usize,
    /// The hash of the one that was begun and not done.
    pub(crate) started_hash: Option<String>,
    /// What the schema looked like before the one that was begun and not done.
    pub(crate) fingerprint: Option<String>,
}

impl Progress {
    /// The error that nobody knows whether the statement that was begun, `sql`, is done.
    pub(crate) fn in_doubt(&self, sql: &str) -> HistoryError {
        HistoryError::InDoubt {
            version: self.version,
            direction: self.direction.clone(),
            number: self.started,
            statement: glance(sql),
        }
    }

    /// The error that the program does not have what was begun.
    pub(crate) fn not_here(&self) -> HistoryError {
        HistoryError::InterruptedOther {
            version: self.version,
            direction: self.direction.clone(),
            done: self.done,
        }
    }
}

impl State {
    /// Reads the history. The journal's end first: what is appended while the rest is read is then noticed.
    pub(crate) async fn read(session: &mut dyn Session, tables: &Tables) -> Result<State> {
        let tail = State::tail(session, tables).await?;
        let sql = format!(
            "SELECT version, name, catalog, up_hash, digest, at FROM {}",
            tables.history()
        );
        let mut applied = BTreeMap::new();
        let rows = session.query(&sql, &[]).await;
        for row in legible(rows, "_onward_history")? {
            let text = |column| row.text(column).unwrap_or_default();
            let version = row.int(0).map(Version::new);
            let digest = text(4).parse();
            let at = humantime::parse_rfc3339(text(5));
            let (Some(version), Ok(digest), Ok(at)) = (version, digest, at) else {
                return Err(HistoryError::Garbled {
                    what: format!(
                        "the row of version {} in _onward_history is damaged",
                        row.int(0).unwrap_or_default()
                    ),
                }
                .into());
            };
            let migration = Applied {
                name: text(1).to_owned(),
                catalog: text(2).to_owned(),
                up_hash: text(3).to_owned(),
                digest,
                at,
            };
            applied.insert(version, migration);
        }
        let sql = format!(
            "SELECT version, direction, done, done_hash, started, started_hash, fingerprint FROM {}",
            tables.progress()
        );
        let rows = legible(session.query(&sql, &[]).await, "_onward_progress")?;
        let count = |number: Option<i64>| usize::try_from(number.unwrap_or_default()).unwrap_or(0);
        let progress = rows.first().map(|row| Progress {
            version: Version::new(row.int(0).unwrap_or_default()),
            direction: row.text(1).unwrap_or_default().to_owned(),
            done: count(row.int(2)),
            done_hash: row.text(3).unwrap_or_default().to_owned(),
            started: count(row.int(4)),
            started_hash: row.text(5).map(str::to_owned),
            fingerprint: row.text(6).map(str::to_owned),
        });
        Ok(State {
            tail,
            applied,
            progress,
            head_is_cleared: false,
        })
    }

    /// Reads the journal's end: where the head says that it goes on, that one. What was taken from its end stays missing then,
    /// instead of being forgotten with the next entry.
    pub(crate) async fn tail(session: &mut dyn Session, tables: &Tables) -> Result<Tail> {
        let sql = format!(
            "SELECT seq, hash FROM (SELECT seq, hash FROM {} ORDER BY seq DESC LIMIT 1) AS newest \
             UNION ALL SELECT seq, hash FROM {} WHERE id = 1",
            tables.journal(),
            tables.head()
        );
        let rows = session.query(&sql, &[]).await;
        let rows = legible(rows, "the end of the journal")?;
        let ends = rows.iter().map(|row| Tail {
            seq: row.int(0).unwrap_or_default(),
            hash: row.text(1).unwrap_or_default().to_owned(),
        });
        // Of two that are equally far, the last is taken: the head's.
        Ok(ends.max_by_key(|tail| tail.seq).unwrap_or_default())
    }

    /// The history after the way back of `record` was replaced.
    pub(crate) fn replaced(&mut self, record: &Record, tail: Tail) {
        if let Some(applied) = self.applied.get_mut(&record.version) {
            applied.digest = record.digest();
        }
        self.tail = tail;
        self.head_is_cleared = true;
    }

    /// The history after `step`, which ended the journal at `tail` at that time.
    pub(crate) fn moved(&mut self, step: &Step, tail: Tail, at: SystemTime) {
        let record = step.record();
        match step.direction() {
            Direction::Up => {
                let applied = Applied {
                    name: record.name.clone(),
                    catalog: record.catalog.clone(),
                    up_hash: record.up.hash.clone(),
                    digest: record.digest(),
                    at,
                };
                self.applied.insert(record.version, applied);
            }
            Direction::Down => {
                self.applied.remove(&record.version);
            }
        }
        self.tail = tail;
        self.progress = None;
        self.head_is_cleared = true;
    }

    /// Reads what was stored of applied migrations when they were applied, in version order.
    pub(crate) async fn records(session: &mut dyn Session, tables: &Tables) -> Result<Vec<Stored>> {
        let sql = format!("SELECT version, record FROM {}", tables.history());
        let rows = legible(session.query(&sql, &[]).await, "_onward_history")?;
        let mut records = rows
            .iter()
            .map(|row| {
                let (version, text) = (
                    row.int(0).unwrap_or_default(),
                    row.text(1).unwrap_or_default(),
                );
                let garbled = |what: String| HistoryError::Garbled { what };
                let record: Record = serde_json::from_str(text).map_err(|error| {
                    garbled(format!(
                        "what is stored of version {version} is not understood ({error})"
                    ))
                })?;
                if record.version != Version::new(version) {
                    return Err(garbled(format!(
                        "what is stored of version {version} is version {}",
                        record.version
                    ))
                    .into());
                }
                Ok(Stored {
                    record: Arc::new(record),
                    digest: digest(text),
                })
            })
            .collect::<Result<Vec<Stored>>>()?;
        records.sort_by_key(|stored| stored.record.version);
        Ok(records)
    }
}

/// The rows; where one cannot be read, that `what` was changed.
///
/// # Errors
/// Where something in them is no text, and where the connection is lost.
pub(super) fn legible(rows: sqlx::Result<Vec<Row>>, what: &str) -> Result<Vec<Row>> {
    match rows {
        Err(sqlx::Error::ColumnDecode { .. }) => Err(HistoryError::Garbled {
            what: format!("{what} holds bytes that are no text"),
        }
        .into()),
        rows => Ok(rows?),
    }
}
