//! How does SQLite's transaction differ?
//!
//! Foreign keys can be switched outside of it only, and are checked before the commit; and readers can be in its way.

use super::foreign_keys::{self, Orphans};
use super::script::Script;
use super::{MigrationError, Notes, Runner, settings, undo};
use crate::history::Tail;
use crate::lock::{Patience, is_busy};
use crate::session::Session;
use crate::{Result, Step};

/// What came of a transaction on SQLite.
enum Sqlite {
    Done(Tail),
    Stale,
    /// A reader was in the way of what the transaction had to write out, and it was undone.
    Busy(sqlx::Error),
    /// Rows refer to nothing, and it was undone.
    Orphans(Orphans),
}

impl Runner<'_> {
    /// SQLite's transaction, in which foreign keys are as the script wants them, and checked.
    pub(super) async fn on_sqlite(
        &self,
        session: &mut dyn Session,
        step: &Step,
        script: &Script<'_>,
        notes: &Notes,
        sql: &str,
    ) -> Result<Option<Tail>> {
        let mut known = Orphans::new();
        let mut patience = Patience::of(self.patience);
        loop {
            if script.foreign_keys {
                session.execute(settings::ON).await?;
            }
            let done = self
                .in_transaction(session, step, script, notes, sql, &known)
                .await;
            if script.foreign_keys {
                session.execute(settings::OFF).await?;
            }
            match done? {
                Sqlite::Done(tail) => return Ok(Some(tail)),
                Sqlite::Stale => return Ok(None),
                Sqlite::Busy(error) if patience.bears(&error).await => {}
                Sqlite::Busy(error) => return Err(error.into()),
                Sqlite::Orphans(after) => {
                    // Rows that referred to nothing before are not this migration's doing.
                    let before = foreign_keys::orphans(session, step, script).await?;
                    let added = foreign_keys::added(&before, &after);
                    if !added.is_empty() {
                        return Err(MigrationError::orphans(step, added).into());
                    }
                    known = after;
                }
            }
        }
    }

    async fn in_transaction(
        &self,
        session: &mut dyn Session,
        step: &Step,
        script: &Script<'_>,
        notes: &Notes,
        sql: &str,
        known: &Orphans,
    ) -> Result<Sqlite> {
        self.begin_guarded(session, step).await?;
        session.limit(Some(self.manners.longest)).await?;
        let ran = session.script(sql).await;
        session.limit(None).await?;
        if let Err(broken) = ran {
            undo(session).await;
            if is_busy(&broken.error) {
                return Ok(Sqlite::Busy(broken.error));
            }
            let before = notes.script();
            let went_on = self.explain(step, script, notes, &before, broken)?;
            return Ok(went_on.map_or(Sqlite::Stale, Sqlite::Done));
        }
        let orphans = match foreign_keys::orphans(session, step, script).await {
            Ok(orphans) => orphans,
            Err(error) => {
                undo(session).await;
                return Err(error);
            }
        };
        if !foreign_keys::added(known, &orphans).is_empty() {
            undo(session).await;
            return Ok(Sqlite::Orphans(orphans));
        }
        let tail = self.baselined(session, step, &notes.tail).await?;
        self.commit(session).await?;
        Ok(Sqlite::Done(tail))
    }
}
