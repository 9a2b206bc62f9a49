//! How does the database stand to this program?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use onward_analysis::{Record, Tier, Version};

use super::errand::Errand;
use super::inspect;
use crate::gate::{since, undoing};
use crate::history::{HistoryError, Journal, Progress, State, Stored, Tables, records};
use crate::{Name, PlanError, Result, Standing, Standpoint, Status};

impl Errand<'_> {
    /// Each migration that either side knows.
    pub(super) async fn status(&mut self) -> Result<Status> {
        let records = self.compiled.records()?;
        let (_, state) = self.history().await?;
        let mut migrations: BTreeMap<Version, Standing> = BTreeMap::new();
        for record in &records {
            let begun = state.progress.as_ref().map(|progress| progress.version);
            let newest = inspect::newest_of(&record.catalog, &state);
            let place = match state.applied.get(&record.version) {
                _ if begun == Some(record.version) => Standpoint::Interrupted,
                Some(applied) if inspect::is_edited(record, applied) => {
                    Standpoint::Edited { at: applied.at }
                }
                Some(applied) => Standpoint::Applied { at: applied.at },
                None if !self.environment.is_in(&record.only) => Standpoint::NotHere,
                None if newest.is_some_and(|newest| newest > record.version) => Standpoint::Late,
                None => Standpoint::Pending,
            };
            let standing = Standing {
                version: record.version,
                name: record.name.clone(),
                catalog: record.catalog.clone(),
                place,
            };
            migrations.insert(record.version, standing);
        }
        if let Some(begun) = &state.progress
            && !migrations.contains_key(&begun.version)
        {
            migrations.insert(begun.version, interrupted(begun, &state));
        }
        for (version, applied) in inspect::foreign(&records, &self.catalogs(), &state) {
            let standing = Standing {
                version,
                name: applied.name.clone(),
                catalog: applied.catalog.clone(),
                place: Standpoint::Foreign { at: applied.at },
            };
            migrations.entry(version).or_insert(standing);
        }
        Ok(Status {
            database: self.look.database.clone(),
            dialect: self.session.dialect(),
            environment: self.environment.clone(),
            label: self.look.head.as_ref().map(|head| head.environment.clone()),
            known_environments: match self.environment.is_known() {
                true => Vec::new(),
                false => self.known_environments(),
            },
            migrations: migrations.into_values().collect(),
        })
    }

    /// The migration that undoes `version`, ready to paste.
    pub(super) async fn forward(&mut self, version: Version) -> Result<String> {
        let mut records = self.compiled.records()?;
        let (tables, state) = self.history().await?;
        if let Some(tables) = &tables {
            let own: BTreeSet<Version> = records.iter().map(|record| record.version).collect();
            let mut stored = State::records(self.session.as_mut(), tables).await?;
            stored.retain(|stored| !own.contains(&stored.record.version));
            let wanted = |stored: &&Stored| stored.record.version == version;
            let read: Vec<&Stored> = stored.iter().filter(wanted).collect();
            records::check(self.session.as_mut(), tables, &read).await?;
            records.extend(stored.into_iter().map(|stored| stored.record));
        }
        let newest = records.iter().map(|record| record.version).max();
        let found = records.iter().find(|record| record.version == version);
        let (Some(record), Some(newest)) = (found, newest) else {
            return Err(PlanError::NoSuchVersion { version, newest }.into());
        };
        let notes = self.notes(record, &records, &state);
        let now = self.clock().await?.now();
        undoing(record, self.session.dialect(), newest, &notes, now).ok_or_else(|| {
            let migration = Name::of(record);
            PlanError::NoWayForward { migration }.into()
        })
    }

    /// What whoever undoes `record` forward must know of this database.
    fn notes(&self, record: &Record, records: &[Arc<Record>], state: &State) -> Vec<String> {
        let applied_at = |version| state.applied.get(&version).map(|applied| applied.at);
        let Some(at) = applied_at(record.version) else {
            return vec![self.not_there(record)];
        };
        let is_later = |one: &&Record| {
            let then = applied_at(one.version);
            then.is_some_and(|then| then > at || one.version > record.version)
                && one.version != record.version
        };
        let later: Vec<&Record> = records.iter().map(AsRef::as_ref).filter(is_later).collect();
        since(record, &later, self.session.dialect())
    }

    fn not_there(&self, record: &Record) -> String {
        let (name, database) = (Name::of(record), &self.look.database);
        match self.environment.is_in(&record.only) {
            true => format!(
                "{name} is pending: it has not run on database `{database}`, so there is nothing to undo."
            ),
            false => format!(
                "{name} does not run in {}, so on database `{database}` there is nothing to undo.",
                self.environment
            ),
        }
    }

    /// The journal; empty where Onward never ran.
    pub(super) async fn journal(&mut self) -> Result<Journal> {
        if self.look.head.is_none() && !self.look.headless {
            return Ok(Journal::default());
        }
        let tables = Tables::find(self.session.as_mut()).await?;
        Journal::read(self.session.as_mut(), &tables).await
    }

    /// Whether no applied migration was edited since. In development it is said whether it can be taken back.
    pub(super) async fn fits(
        &mut self,
        own: &[Arc<Record>],
        tables: Option<&Tables>,
        state: &State,
    ) -> Result<()> {
        let Some(edited) = inspect::edited(own, state) else {
            return Ok(());
        };
        let redo = match (self.environment.tier(), tables) {
            (Tier::Development, Some(tables)) => {
                let stored = State::records(self.session.as_mut(), tables).await?;
                let applied = inspect::own_or_stored(own, &stored);
                let dialect = self.session.dialect();
                inspect::redo(edited.version, &applied, &self.environment, dialect)
            }
            _ => None,
        };
        Err(HistoryError::Edited {
            version: edited.version,
            name: edited.name.clone(),
            redo,
        }
        .into())
    }

    /// Whether the database has exactly what this program has.
    pub(super) async fn verify(&mut self) -> Result<()> {
        let records = self.compiled.records()?;
        let (tables, state) = self.history().await?;
        self.fits(&records, tables.as_ref(), &state).await?;
        let database = self.look.database.clone();
        let pending: Vec<(Version, String)> = records
            .iter()
            .filter(|record| self.environment.is_in(&record.only))
            .filter(|record| !state.applied.contains_key(&record.version))
            .map(|record| (record.version, record.name.clone()))
            .collect();
        if !pending.is_empty() {
            return Err(HistoryError::Behind { database, pending }.into());
        }
        let foreign = inspect::foreign(&records, &self.catalogs(), &state);
        if foreign.is_empty() {
            return Ok(());
        }
        let foreign = foreign
            .into_iter()
            .map(|(version, applied)| (version, applied.name.clone()))
            .collect();
        Err(HistoryError::Ahead { database, foreign }.into())
    }
}

/// A migration that this program does not contain, and that was begun and not finished. Its name stands in the history where it was
/// applied before, and else nowhere.
fn interrupted(begun: &Progress, state: &State) -> Standing {
    let applied = state.applied.get(&begun.version);
    Standing {
        version: begun.version,
        name: applied.map_or_else(|| "?".to_owned(), |applied| applied.name.clone()),
        catalog: applied.map_or_else(String::new, |applied| applied.catalog.clone()),
        place: Standpoint::InterruptedForeign,
    }
}
