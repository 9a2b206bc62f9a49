//! Before which migrations does Onward copy the database by itself, and what becomes of the copy?

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use onward_analysis::{Dialect, Down, Verdict, Version};

use super::{Errand, Wish};
use crate::backup::{Folder, copy};
use crate::history::{Author, State, Tables, backups};
use crate::lock::Patience;
use crate::migrator::Event;
use crate::{Backup, BackupError, Direction, Error, Policy, Question, Result, Step};

/// What is there before a step runs.
pub(super) enum Before {
    /// A copy, where one is wanted.
    Safe(Option<Copied>),
    /// Somebody else was faster: the plan is old.
    Stale,
}

/// A copy from right before a step, and the turn that nobody else has while it lives.
pub(super) struct Copied {
    file: PathBuf,
    _turn: File,
}

impl Errand<'_> {
    /// Whether a folder for copies is named only where Onward can copy.
    pub(super) fn fits_the_folder(&self, wish: Wish) -> Result<()> {
        let elsewhere = self.session.dialect() != Dialect::Sqlite;
        match self.standing_policy().backup_folder {
            Some(folder) if elsewhere && matches!(wish, Wish::Up(_)) => {
                Err(BackupError::FolderElsewhere(folder).into())
            }
            _ => Ok(()),
        }
    }

    /// The folder that `policy` names; none where it names none.
    pub(super) async fn backup_folder(&mut self, policy: &Policy) -> Result<Option<Folder>> {
        let Some(said) = &policy.backup_folder else {
            return Ok(None);
        };
        if self.session.dialect() != Dialect::Sqlite {
            return Err(BackupError::FolderElsewhere(said.clone()).into());
        }
        let file = "SELECT file FROM pragma_database_list WHERE name = 'main'";
        let rows = self.session.query(file, &[]).await?;
        let database = rows.first().and_then(|row| row.text(0)).unwrap_or_default();
        Ok(Some(Folder::of(Path::new(database), said)?))
    }

    /// Copies the database where `step` wants it, and writes the copy down.
    pub(super) async fn copied_before(&mut self, step: &Step, state: &mut State) -> Result<Before> {
        let policy = self.standing_policy();
        // What a crash left halfway is finished: the database is not what it was before.
        if self.bare || state.progress.is_some() || !is_copied_before(step, &policy) {
            return Ok(Before::Safe(None));
        }
        let Some(folder) = self.backup_folder(&policy).await? else {
            return Ok(Before::Safe(None));
        };
        let turn = folder
            .turn(Patience::of(self.migrator.lock_timeout))
            .await?;
        let tables = Tables::find(self.session.as_mut()).await?;
        if State::tail(self.session.as_mut(), &tables).await? != state.tail {
            return Ok(Before::Stale);
        }
        let file = folder.file(step.version(), SystemTime::now());
        let by = format!("Onward, run by {}", Author::actor());
        let backup = copy(self.session.as_mut(), &file, &by).await;
        let backup = backup.map_err(|error| match error {
            Error::Backup(BackupError::File(file, why)) => BackupError::Folder(file, why).into(),
            other => other,
        })?;
        let backup = Backup {
            before: Some(folder.before(step.version())),
            ..backup
        };
        let end = self.backed_up(&backup).await?;
        self.migrator.tell(&Event::BackedUp {
            version: step.version(),
            location: backup.location,
        });
        // A process that has no such folder does not wait for its turn.
        let next = end.seq == state.tail.seq + 1;
        state.tail = end;
        Ok(match next {
            true => Before::Safe(Some(Copied { file, _turn: turn })),
            false => Before::Stale,
        })
    }

    /// Removes the copies that the policy does not keep any longer. They are in nobody's way: where that fails, the next run tries again.
    pub(super) async fn outdated(&mut self, state: &mut State) {
        if let Err(error) = self.remove_outdated(state).await {
            tracing::warn!(%error, "old copies of the database could not be removed");
        }
    }

    async fn remove_outdated(&mut self, state: &mut State) -> Result<()> {
        let policy = self.standing_policy();
        let kept = policy.backup_kept;
        let until = kept.and_then(|kept| SystemTime::now().checked_sub(kept));
        let (Some(until), Some(folder)) = (until, self.backup_folder(&policy).await?) else {
            return Ok(());
        };
        let _turn = folder
            .turn(Patience::of(self.migrator.lock_timeout))
            .await?;
        let (Some(tables), now) = self.history().await? else {
            return Ok(());
        };
        let asked = self.clock().await?.now();
        let known = backups::read(self.session.as_mut(), &tables, asked)
            .await?
            .backups;
        // What the next way back would rely on.
        let last = now.applied.keys().next_back().copied();
        let begun = now.progress.map(|progress| progress.version);
        let needed: Vec<Version> = last.into_iter().chain(begun).collect();
        let mut outdated = folder.outdated(&known, &needed, until);
        outdated.retain(|backup| Path::new(&backup.location).exists());
        // The journal tells what is gone: one that cannot be removed is none of it, and keeps no other one.
        outdated.retain(|backup| match std::fs::remove_file(&backup.location) {
            Ok(()) => true,
            Err(error) => {
                let location = &backup.location;
                tracing::warn!(%error, %location, "an old copy of the database could not be removed");
                false
            }
        });
        if outdated.is_empty() {
            return Ok(());
        }
        let end = self.removing(&outdated).await?;
        // Where somebody else has written meanwhile, the next step finds that out by itself.
        if end.seq == state.tail.seq + i64::try_from(outdated.len()).unwrap_or(i64::MAX) {
            state.tail = end;
        }
        for backup in outdated {
            self.migrator.tell(&Event::CopyRemoved {
                location: backup.location.clone(),
            });
        }
        Ok(())
    }

    /// Removes the copy from before `step`, which failed, where the database is as it was: a process that is started over and over
    /// would fill the disk.
    pub(super) async fn discarded(&mut self, copied: Copied, step: &Step) {
        let Ok((_, state)) = self.history().await else {
            return;
        };
        let begun = state.progress.is_some() || state.applied.contains_key(&step.version());
        // Rust that ends its transactions itself leaves no trace of how far it came.
        if begun || step.record().transaction == Some(false) {
            return;
        }
        if let Err(error) = std::fs::remove_file(&copied.file) {
            tracing::warn!(%error, file = %copied.file.display(), "the copy from before what failed could not be removed");
        }
    }
}

/// Whether the way back of `step` may lose something, or the way forward must answer question 5.
fn is_copied_before(step: &Step, policy: &Policy) -> bool {
    let back = match &step.record().down {
        Down::Script(script) => {
            let analysis = script.analysis(Dialect::Sqlite);
            analysis.is_none_or(|analysis| analysis.verdict != Verdict::Lossless)
        }
        Down::Irreversible { .. } => false,
    };
    step.direction() == Direction::Up && (back || policy.asks(step, Question::Backup))
}
