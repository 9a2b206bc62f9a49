//! What is known of backups when question 5 is asked?

use std::collections::BTreeSet;

use super::Errand;
use crate::backup::trouble;
use crate::evidence::Backups;
use crate::history::{State, Tables};
use crate::redact::redacted;
use crate::{Direction, Plan, Policy, Question, Result, Step};

impl Errand<'_> {
    /// What is known of backups that `plan` can rely on.
    pub(super) async fn backups(
        &mut self,
        plan: &Plan,
        policy: &Policy,
        state: &State,
    ) -> Result<Backups> {
        let now = self.clock().await?.now();
        let mut backups = Backups {
            now: Some(now),
            ..Backups::default()
        };
        if self.look.head.is_some() {
            let tables = Tables::find(self.session.as_mut()).await?;
            backups.read(self.session.as_mut(), &tables, now).await?;
            backups.home = tables.home().to_owned();
        }
        for verifier in &self.migrator.verifiers {
            match verifier.backups().await {
                Ok(known) => backups
                    .told
                    .extend(known.iter().map(crate::Backup::redacted)),
                Err(error) => backups.troubles.push(redacted(&error.to_string())),
            }
        }
        // Of what a crash left halfway none is made: it would not be from before.
        if plan.direction() == Direction::Up && state.progress.is_none() {
            let folder = self.backup_folder(policy).await?;
            backups.folder = folder.map(|folder| folder.path().display().to_string());
        }
        looked_at(&mut backups, plan, policy).await;
        Ok(backups)
    }
}

/// Looks at the copies that Onward made, up to the first of each step that can be relied on.
async fn looked_at(backups: &mut Backups, plan: &Plan, policy: &Policy) {
    let mut whole = BTreeSet::new();
    let asked = |step: &&Step| policy.asks(step, Question::Backup);
    for step in plan.steps().iter().filter(asked) {
        for backup in backups.candidates(step, policy.backup_age) {
            if whole.contains(&backup.location) {
                break;
            }
            if backups.spoiled.contains_key(&backup.location) {
                continue;
            }
            match trouble(&backup).await {
                Some(trouble) => backups.spoiled.insert(backup.location, trouble),
                None => {
                    whole.insert(backup.location);
                    break;
                }
            };
        }
    }
}
