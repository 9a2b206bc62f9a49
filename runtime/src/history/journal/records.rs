//! Is what the history keeps of a migration what was written there?

use std::collections::BTreeMap;
use std::time::SystemTime;

use onward_analysis::{Record, Version};
use serde::Deserialize;

use super::read::{self, JournalEntry};
use super::{Action, digest};
use crate::history::state::legible;
use crate::history::{HistoryError, Stored, Tables, Tail};
use crate::session::Session;
use crate::{Name, Result};

/// What an entry says of the record that it was written with.
#[derive(Deserialize)]
struct Sealed {
    record: String,
}

/// `evidence`, a JSON object or nothing, with the digest of the text that the history keeps from then on.
pub(crate) fn sealing(evidence: &str, record: &str) -> String {
    let digest = digest(record);
    match evidence.strip_suffix('}') {
        Some(rest) if rest != "{" => format!("{rest},\"record\":\"{digest}\"}}"),
        _ => format!("{{\"record\":\"{digest}\"}}"),
    }
}

/// The digest that `entry` seals; none where it seals none.
pub(super) fn sealed(entry: &JournalEntry) -> Option<String> {
    let sealed: Option<Sealed> = serde_json::from_str(&entry.evidence).ok();
    sealed.map(|sealed| sealed.record)
}

/// Refuses what the history keeps where it is not what the journal seals: the verdict and the marks decide what is asked.
///
/// # Errors
/// Where one differs, where its entry is gone or was altered, and where the journal cannot be read.
pub(crate) async fn check(
    session: &mut dyn Session,
    tables: &Tables,
    stored: &[&Stored],
) -> Result<()> {
    if stored.is_empty() {
        return Ok(());
    }
    let versions: Vec<String> = stored
        .iter()
        .map(|s| s.record.version.to_string())
        .collect();
    let of_them = format!(
        "version IN ({}) AND action IN ('{}', '{}')",
        versions.join(", "),
        Action::Applied.name(),
        Action::DownReplaced.name(),
    );
    let mut newest: BTreeMap<Version, JournalEntry> = BTreeMap::new();
    for entry in read::entries(session, tables, &of_them).await? {
        if let Some(version) = entry.version {
            newest.insert(version, entry);
        }
    }
    for Stored { record, digest } in stored {
        let entry = newest.get(&record.version);
        let whole = entry.filter(|entry| entry.is_as_sealed());
        if whole.and_then(sealed).as_ref() != Some(digest) {
            let migration = Name::of(record);
            return Err(HistoryError::Rewritten { migration }.into());
        }
    }
    Ok(())
}

/// Refuses what would run a second time: of which the journal says last that it was applied. What was appended behind `tail` is left
/// out, since the history was read before.
///
/// # Errors
/// Where that is so of one of `pending`, and where the journal cannot be read.
pub(crate) async fn are_new(
    session: &mut dyn Session,
    tables: &Tables,
    pending: &[Name],
    tail: &Tail,
) -> Result<()> {
    if pending.is_empty() {
        return Ok(());
    }
    let last = |action: Action, until: &str| {
        let action = action.name();
        format!("max(CASE WHEN action = '{action}'{until} THEN seq ELSE 0 END)")
    };
    let sql = format!(
        "SELECT version, applied FROM (SELECT version, {} AS applied, {} AS reverted FROM {} GROUP BY version) AS last \
         WHERE applied > reverted AND version NOT IN (SELECT version FROM {}) ORDER BY applied",
        last(Action::Applied, &format!(" AND seq <= {}", tail.seq)),
        last(Action::Reverted, ""),
        tables.journal(),
        tables.history(),
    );
    let rows = legible(session.query(&sql, &[]).await, "_onward_journal")?;
    let forgotten = rows.iter().find_map(|row| {
        let version = Version::new(row.int(0)?);
        let migration = pending.iter().find(|one| one.version == version)?.clone();
        let entry = row.int(1)?;
        Some(HistoryError::Forgotten { migration, entry })
    });
    forgotten.map_or(Ok(()), |error| Err(error.into()))
}

/// What the history keeps of an applied migration.
pub(super) struct Kept {
    /// Of its record.
    pub(super) digest: String,
    /// When it was applied, as it stands there.
    pub(super) at: String,
    /// Whether what stands beside the record is what the record says.
    pub(super) agrees: bool,
}

/// What the history keeps of each applied migration.
pub(super) async fn kept(
    session: &mut dyn Session,
    tables: &Tables,
) -> Result<BTreeMap<Version, Kept>> {
    let sql = format!(
        "SELECT version, record, catalog, name, up_hash, digest, at FROM {}",
        tables.history()
    );
    let rows = session.rows(&sql, &[]).await?;
    let kept = rows.iter().map(|row| {
        let version = Version::new(row.int(0).unwrap_or_default());
        let text = |column| row.shown(column);
        let record = serde_json::from_str::<Record>(text(1));
        let kept = Kept {
            digest: digest(text(1)),
            at: text(6).to_owned(),
            agrees: record.is_ok_and(|record| {
                let said = record.digest().to_string();
                [&record.catalog, &record.name, &record.up.hash, &said]
                    == [text(2), text(3), text(4), text(5)]
            }),
        };
        (version, kept)
    });
    Ok(kept.collect())
}

/// When each migration was applied, or that one alone, by what the journal seals; without those whose entry is gone or was altered.
pub(crate) async fn applied_at(
    session: &mut dyn Session,
    tables: &Tables,
    alone: Option<Version>,
) -> Result<BTreeMap<Version, SystemTime>> {
    let alone = alone.map_or_else(String::new, |version| format!(" AND j.version = {version}"));
    let sql = format!(
        "SELECT j.seq, j.at, j.action, j.version, j.actor, j.host, j.environment, j.plan, j.evidence, j.prev, j.hash, \
         COALESCE(n.prev, h.hash) FROM {journal} j LEFT JOIN {journal} n ON n.seq = j.seq + 1 LEFT JOIN {} h ON h.seq = j.seq \
         WHERE j.action = '{}'{alone} ORDER BY j.seq",
        tables.head(),
        Action::Applied.name(),
        journal = tables.journal(),
    );
    let mut applied = BTreeMap::new();
    for row in session.rows(&sql, &[]).await? {
        let entry = JournalEntry::of(&row);
        let Some(version) = entry.version else {
            continue;
        };
        // The newest one counts, and none before it in its place.
        applied.remove(&version);
        let follows = row.text(11) == Some(&*entry.hash);
        if follows
            && entry.is_as_sealed()
            && let Ok(at) = humantime::parse_rfc3339(&entry.at)
        {
            applied.insert(version, at);
        }
    }
    Ok(applied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_stands_beside_what_is_there() {
        // `printf %s text | sha256sum`
        let digest = "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1";
        let alone = format!("{{\"record\":\"{digest}\"}}");
        assert_eq!(sealing("", "text"), alone);
        assert_eq!(sealing("{}", "text"), alone);
        let beside = format!("{{\"gave_way\":2,\"record\":\"{digest}\"}}");
        assert_eq!(sealing("{\"gave_way\":2}", "text"), beside);
    }
}
