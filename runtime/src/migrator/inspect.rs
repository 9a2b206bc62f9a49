//! Does the database's history fit this program, and what follows from it? Decided without touching either.

use std::collections::BTreeSet;
use std::sync::Arc;

use onward_analysis::{Dialect, Record, Version};

use crate::history::{Applied, HistoryError, State, Stored};
use crate::{Direction, Environment, Plan, PlanError, Redo, Revert};

/// The first applied migration whose SQL was edited since.
pub(super) fn edited<'r>(records: &'r [Arc<Record>], state: &State) -> Option<&'r Record> {
    let edited = records.iter().find(|record| {
        let applied = state.applied.get(&record.version);
        applied.is_some_and(|applied| is_edited(record, applied))
    });
    edited.map(AsRef::as_ref)
}

/// Whether the migrations of `applied` from `version` on can be taken back, to be applied anew.
pub(super) fn redo(
    version: Version,
    applied: &[Arc<Record>],
    environment: &Environment,
    dialect: Dialect,
) -> Option<Redo> {
    let steps = applied.iter().filter(|one| one.version >= version).count();
    match Plan::back(applied, Revert::Steps(steps), environment, dialect) {
        Ok(_) => Some(Redo::Steps(steps)),
        Err(
            PlanError::Irreversible { migration, .. }
            | PlanError::NotHere { migration, .. }
            | PlanError::NotChecked { migration, .. },
        ) => Some(Redo::Blocked(migration)),
        Err(_) => None,
    }
}

/// Whether the SQL of `record` is another one than what was applied.
pub(super) fn is_edited(record: &Record, applied: &Applied) -> bool {
    applied.up_hash != record.up.hash
}

/// Whether a migration that was interrupted going the other way keeps this one from going.
pub(super) fn free(direction: Direction, state: &State) -> Result<(), HistoryError> {
    match &state.progress {
        Some(begun) if begun.direction != direction.to_string() => Err(HistoryError::Interrupted {
            version: begun.version,
            direction: begun.direction.clone(),
            done: begun.done,
        }),
        _ => Ok(()),
    }
}

/// The pending migrations that are older than an applied one of their crate.
pub(super) fn late<'r>(
    pending: impl Iterator<Item = &'r Record>,
    state: &State,
) -> Option<HistoryError> {
    let mut late = Vec::new();
    let mut newest = None;
    for record in pending {
        let above = newest_of(&record.catalog, state).filter(|newest| *newest > record.version);
        if above.is_some() {
            late.push((record.version, record.name.clone()));
            newest = newest.max(above);
        }
    }
    newest.map(|newest| HistoryError::OutOfOrder {
        pending: late,
        newest,
    })
}

/// What `own` has of the crates that `plan` begins: nothing of them is applied yet. What the plan leaves for later counts too, since a tool
/// may keep its newest version alone.
pub(super) fn of_crates_begun<'r>(
    plan: &Plan,
    own: &'r [Arc<Record>],
    environment: &Environment,
    state: &State,
) -> Vec<&'r Record> {
    let begins = |catalog: &str| {
        let mut steps = plan.steps().iter();
        newest_of(catalog, state).is_none() && steps.any(|step| step.record().catalog == catalog)
    };
    let own = own.iter().map(AsRef::as_ref);
    own.filter(|record: &&Record| begins(&record.catalog) && environment.is_in(&record.only))
        .collect()
}

/// The newest applied migration of a crate.
pub(super) fn newest_of(catalog: &str, state: &State) -> Option<Version> {
    let mut newest_first = state.applied.iter().rev();
    newest_first
        .find(|(_, applied)| applied.catalog == catalog)
        .map(|(version, _)| *version)
}

/// The applied migrations that this program's crates should have and do not.
pub(super) fn foreign<'s>(
    records: &[Arc<Record>],
    catalogs: &BTreeSet<&str>,
    state: &'s State,
) -> Vec<(Version, &'s Applied)> {
    let known: BTreeSet<Version> = records.iter().map(|record| record.version).collect();
    let foreign = state.applied.iter().filter(|(version, applied)| {
        catalogs.contains(applied.catalog.as_str()) && !known.contains(version)
    });
    foreign
        .map(|(version, applied)| (*version, applied))
        .collect()
}

/// The applied migrations whose way back has changed since: what is stored of them is replaced.
pub(super) fn new_downs<'r>(records: &'r [Arc<Record>], state: &State) -> Vec<&'r Arc<Record>> {
    records
        .iter()
        .filter(|record| {
            let applied = state.applied.get(&record.version);
            applied.is_some_and(|applied| applied.digest != record.digest())
        })
        .collect()
}

/// The applied migrations as they were stored; where the program has the same up, with the program's way back.
pub(super) fn own_or_stored(own: &[Arc<Record>], stored: &[Stored]) -> Vec<Arc<Record>> {
    let chosen = stored.iter().map(|Stored { record, .. }| {
        let same = own.binary_search_by_key(&record.version, |own| own.version);
        let same = same.ok().map(|index| &own[index]);
        Arc::clone(
            same.filter(|own| own.up.hash == record.up.hash)
                .unwrap_or(record),
        )
    });
    chosen.collect()
}

/// Whether a step of `plan` is taken from `stored`, and not from the program.
pub(super) fn goes_back_by(plan: &Plan, stored: &Stored) -> bool {
    let mut steps = plan.steps().iter();
    steps.any(|step| std::ptr::eq(step.record(), Arc::as_ptr(&stored.record)))
}
