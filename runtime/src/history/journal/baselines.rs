//! What did migrations write themselves when they were applied?

use onward_analysis::Version;

use super::read::chained;
use super::{Action, Entry};
use crate::Result;
use crate::evidence::Baseline;
use crate::history::{Author, Tables, Tail};
use crate::session::Session;

/// The statement that notes `baselines` of the migration `version` behind `tail`, and the tail after it.
///
/// # Errors
/// Where they cannot be written as JSON.
pub(crate) fn note(
    tables: &Tables,
    author: &Author,
    version: Version,
    baselines: &[Baseline],
    tail: &Tail,
) -> Result<(String, Tail)> {
    let evidence =
        serde_json::to_string(baselines).map_err(|error| crate::HistoryError::Garbled {
            what: format!("what version {version} wrote cannot be stored ({error})"),
        })?;
    let entry = Entry {
        action: Action::Baseline,
        version: Some(version),
        plan: "",
        evidence: &evidence,
    };
    Ok(entry.append(tables, tail, author))
}

/// What is noted of `versions`, each since it was last applied.
///
/// # Errors
/// Where the connection is lost or the journal cannot be read.
pub(crate) async fn read(
    session: &mut dyn Session,
    tables: &Tables,
    versions: &[Version],
) -> Result<Vec<(Version, Baseline)>> {
    let actions = [Action::Applied.name(), Action::Baseline.name()];
    let mut found: Vec<(Version, Baseline)> = Vec::new();
    for (entry, believed) in chained(session, tables).await? {
        let asked = entry.version.filter(|version| versions.contains(version));
        let Some(version) = asked.filter(|_| actions.contains(&entry.action.as_str())) else {
            continue;
        };
        found.retain(|(known, _)| *known != version);
        // What was put in or altered, or is not understood, is no baseline: all that is there then counts as users'.
        if entry.action == Action::Baseline.name() && believed {
            let noted: Vec<Baseline> = serde_json::from_str(&entry.evidence).unwrap_or_default();
            found.extend(noted.into_iter().map(|baseline| (version, baseline)));
        }
    }
    Ok(found)
}
