//! Has a migration run on this consent already?

use super::Action;
use crate::history::Tables;
use crate::history::state::legible;
use crate::session::Session;
use crate::{Consent, PlanHash, Result, Spent};

/// The first entry of a migration that ran on `consent` by `plan`; none where none has finished.
///
/// # Errors
/// Where the connection is lost or the journal cannot be read.
pub(crate) async fn by(
    session: &mut dyn Session,
    tables: &Tables,
    plan: &PlanHash,
    consent: &Consent,
) -> Result<Option<Spent>> {
    let sql = format!(
        "SELECT seq, at, evidence FROM {} WHERE plan = {} AND action IN ('{}', '{}') ORDER BY seq",
        tables.journal(),
        tables.literal(plan.as_str()),
        Action::Applied.name(),
        Action::Reverted.name(),
    );
    let rows = legible(session.query(&sql, &[]).await, "_onward_journal")?;
    // Looked for in the text: who alters the rest of an entry gives nobody a second run.
    let mut used = rows.iter().filter(|row| {
        let evidence = row.text(2);
        evidence.is_some_and(|evidence| evidence.contains(consent.id()))
    });
    Ok(used.next().map(|row| Spent {
        entry: row.int(0).unwrap_or_default(),
        at: row.text(1).unwrap_or_default().to_owned(),
    }))
}
