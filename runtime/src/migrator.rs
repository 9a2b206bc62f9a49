//! How does an application bring its database up to date, or start only where it is?

mod backup;
mod builder;
mod errand;
mod inspect;
mod standing;
#[cfg(test)]
#[cfg(feature = "sqlite")]
pub(crate) mod tests;

pub use builder::{Event, Migrator};

use std::sync::PoisonError;
use std::time::Duration;

use onward_analysis::Version;

use crate::history::Journal;
use crate::{Decision, Goal, Plan, Result, Revert, RunReport, Status, Target};
use errand::{Errand, Wish};

impl Migrator {
    /// Applies everything that is pending, or refuses with a message that a person can act on.
    ///
    /// Call it when the application starts. However many processes do so at once, each migration is applied once. Where
    /// there is nothing to do, it costs one round trip and takes no lock.
    ///
    /// A database that is newer than the program is left alone: after a rollback of the code the older program starts.
    /// Use [`Migrator::verify`] where it should not.
    ///
    /// Given a pool, it also puts this process on the list of running instances, in the background: a migration that takes
    /// what the process's code uses is then refused while it runs. A small task on the async runtime renews the entry
    /// until the pool is closed, the runtime ends, or [`Migrator::leave`] is called. Where the database cannot be written
    /// to, that is told ([`Event::Unregistered`]), and the process starts all the same.
    ///
    /// # Errors
    /// Where the catalogs are not complete, the database is labelled as another environment, an applied migration was
    /// edited, a migration fails, or the lock cannot be had in time. What was applied before stays applied.
    /// [`Error::Refused`](crate::Error::Refused) where a migration does more than add and the gate is closed: its text says what is to be done.
    pub async fn run<'t>(&self, target: impl Target + 't) -> Result<RunReport> {
        let errand = Errand::begin(self, target).await?;
        let source = errand.source();
        let early = errand.register_to_wait();
        let ended = errand.latest().await;
        if ended.is_err() {
            self.withdraw(early).await;
        }
        let report = ended?;
        self.register(source);
        Ok(report)
    }

    /// Takes this process off the list of running instances: for the end of an application that stops in good order.
    ///
    /// It is not needed: a process that is gone is taken for gone after forty beats, ten minutes, and closing the pool or ending the
    /// runtime takes it off the list where that can be done in passing.
    ///
    /// # Errors
    /// Where the database cannot be reached. The entry then ends by itself.
    pub async fn leave(&self) -> Result<()> {
        let presences: Vec<_> = {
            let mut presences = self
                .presences
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            presences.drain(..).collect()
        };
        for presence in presences {
            presence.leave().await?;
        }
        Ok(())
    }

    /// Applies what is pending, as far as `goal`.
    ///
    /// # Errors
    /// As [`Migrator::run`], and where the goal cannot be reached.
    pub async fn up<'t>(&self, target: impl Target + 't, goal: Goal) -> Result<RunReport> {
        let errand = Errand::begin(self, target).await?;
        match goal {
            Goal::Latest => errand.latest().await,
            goal => errand.carry_out(Wish::Up(goal)).await,
        }
    }

    /// Reverts as far as `goal`, where the gate opens.
    ///
    /// What was stored when a migration was applied is enough to judge and revert it: the program need not contain it.
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) with the questions, their evidence and the way out, where the gate is closed;
    /// [`Error::Plan`](crate::Error::Plan) where there is no way back; and as [`Migrator::run`].
    pub async fn revert<'t>(&self, target: impl Target + 't, goal: Revert) -> Result<RunReport> {
        let errand = Errand::begin(self, target).await?;
        errand.carry_out(Wish::Down(goal)).await
    }

    /// What [`Migrator::up`] would run. Nothing is changed, no lock is taken.
    ///
    /// # Errors
    /// As [`Migrator::up`], up to the point where it would begin.
    pub async fn plan<'t>(&self, target: impl Target + 't, goal: Goal) -> Result<Plan> {
        let mut errand = Errand::begin(self, target).await?;
        errand.plan(Wish::Up(goal)).await
    }

    /// What [`Migrator::revert`] would run if the gate opened. Nothing is changed, no lock is taken.
    ///
    /// # Errors
    /// As [`Migrator::revert`], up to the gate.
    pub async fn plan_back<'t>(&self, target: impl Target + 't, goal: Revert) -> Result<Plan> {
        let mut errand = Errand::begin(self, target).await?;
        errand.plan(Wish::Down(goal)).await
    }

    /// Whether [`Migrator::revert`] would be let through, on which evidence. Nothing is changed, no lock is taken.
    ///
    /// # Errors
    /// As [`Migrator::plan_back`]. A gate that is closed is no error here: the decision says so.
    pub async fn judge<'t>(&self, target: impl Target + 't, goal: Revert) -> Result<Decision> {
        let mut errand = Errand::begin(self, target).await?;
        errand.judge(Wish::Down(goal)).await
    }

    /// The same of [`Migrator::up`]: an up that takes data goes through the same gate.
    ///
    /// # Errors
    /// As [`Migrator::plan`].
    pub async fn judge_up<'t>(&self, target: impl Target + 't, goal: Goal) -> Result<Decision> {
        let mut errand = Errand::begin(self, target).await?;
        errand.judge(Wish::Up(goal)).await
    }

    /// The migration that undoes `version` as the next one, ready to paste: what it does is the down of that one. It need not be in
    /// this program, if it is applied. Nothing is changed. Where it is not applied, or where a migration that was applied later has
    /// removed or renamed what this one would take, the first lines say so.
    ///
    /// A program has no parser. So the marks are what the verdicts call for that were made when `version` was compiled, and its first
    /// lines say so: a later migration may have changed what is lost. The macro that compiles it judges it on the schema of its crate.
    ///
    /// Where the sources are, `cargo onward forward VERSION` does more: it works out a down where none is written, judges both
    /// directions on the schema as it stands, and writes migration and lock file.
    ///
    /// # Errors
    /// [`PlanError`](crate::PlanError) where neither knows the version, or it has no down. [`HistoryError`](crate::HistoryError) where
    /// it is taken from the database, and what is stored of it there is not what was sealed when it was applied.
    pub async fn forward<'t>(&self, target: impl Target + 't, version: Version) -> Result<String> {
        let mut errand = Errand::begin(self, target).await?;
        errand.forward(version).await
    }

    /// How the database stands to this program, migration by migration. Nothing is changed.
    ///
    /// # Errors
    /// Where the catalogs are not complete or the database cannot be read.
    pub async fn status<'t>(&self, target: impl Target + 't) -> Result<Status> {
        let mut errand = Errand::look(self, target).await?;
        errand.status().await
    }

    /// Who did what to the database, and whether anybody has changed the record of it. Nothing is changed.
    ///
    /// # Errors
    /// Where the catalogs are not complete or the database cannot be read.
    pub async fn journal<'t>(&self, target: impl Target + 't) -> Result<Journal> {
        Errand::look(self, target).await?.journal().await
    }

    /// Succeeds only where the database has exactly the migrations of this program. Nothing is migrated.
    ///
    /// A process that starts by it is put on the list of running instances, as by [`Migrator::run`].
    ///
    /// # Errors
    /// [`HistoryError::Behind`](crate::HistoryError::Behind) where some are pending, [`HistoryError::Ahead`](crate::HistoryError::Ahead) where the database is newer.
    pub async fn verify<'t>(&self, target: impl Target + 't) -> Result<()> {
        let mut errand = Errand::begin(self, target).await?;
        if !errand.is_complete() {
            errand.verify().await?;
        }
        self.register(errand.source());
        Ok(())
    }

    /// Waits until somebody else has applied every migration of this program, for `limit` at most. Nothing is migrated.
    ///
    /// A process that starts by it is put on the list of running instances, as by [`Migrator::run`].
    ///
    /// # Errors
    /// [`HistoryError::Behind`](crate::HistoryError::Behind) when the time is over.
    pub async fn wait<'t>(&self, target: impl Target + 't, limit: Duration) -> Result<()> {
        let errand = Errand::begin(self, target).await?;
        let source = errand.source();
        let early = errand.register_to_wait();
        let ended = errand.wait(limit).await;
        if ended.is_err() {
            self.withdraw(early).await;
        }
        ended?;
        self.register(source);
        Ok(())
    }
}
