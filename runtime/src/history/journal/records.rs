//! Is what the history keeps of a migration what was written there?

use std::collections::BTreeMap;

use onward_analysis::Version;
use serde::Deserialize;

use super::read::JournalEntry;
use super::{Action, digest};
use crate::history::{HistoryError, Stored, Tables};
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
    let sql = format!(
        "SELECT seq, at, action, version, actor, host, environment, plan, evidence, prev, hash FROM {} \
         WHERE version IN ({}) AND action IN ('{}', '{}') ORDER BY seq",
        tables.journal(),
        versions.join(", "),
        Action::Applied.name(),
        Action::DownReplaced.name(),
    );
    let mut newest: BTreeMap<Version, JournalEntry> = BTreeMap::new();
    for entry in session.query(&sql, &[]).await?.iter().map(JournalEntry::of) {
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

/// The digest of what the history keeps of each applied migration.
pub(super) async fn digests(
    session: &mut dyn Session,
    tables: &Tables,
) -> Result<BTreeMap<Version, String>> {
    let sql = format!("SELECT version, record FROM {}", tables.history());
    let rows = session.query(&sql, &[]).await?;
    let kept = rows.iter().map(|row| {
        let version = Version::new(row.int(0).unwrap_or_default());
        (version, digest(row.text(1).unwrap_or_default()))
    });
    Ok(kept.collect())
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
