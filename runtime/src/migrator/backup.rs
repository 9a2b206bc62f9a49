//! How does a backup come into the journal, so that question 5 can be answered?

use std::path::Path;
use std::time::SystemTime;

use super::Migrator;
use super::errand::Errand;
use crate::backup::copy;
use crate::backup::origin::held;
use crate::{Backup, BackupError, Dialect, Dump, Result, Target};

impl Migrator {
    /// Writes down a backup that was restored and looked at.
    ///
    /// # Errors
    /// [`Error::Backup`](crate::Error::Backup) where it says too little, and where Onward has no tables in the database; as
    /// [`Migrator::run`].
    pub async fn record_backup<'t>(&self, target: impl Target + 't, backup: &Backup) -> Result<()> {
        let mut errand = Errand::begin(self, target).await?;
        errand.backed_up(backup).await.map(|_| ())
    }

    /// Copies an SQLite database into `file`, checks the copy page by page, counts each table's rows in both, and writes it
    /// down as a backup that `by` has verified.
    ///
    /// # Errors
    /// [`Error::Backup`](crate::Error::Backup) where the file is there already, the copy is damaged, others keep writing, or
    /// the database is no SQLite; as [`Migrator::run`].
    pub async fn make_backup<'t>(
        &self,
        target: impl Target + 't,
        file: &Path,
        by: &str,
    ) -> Result<Backup> {
        let mut errand = Errand::begin(self, target).await?;
        errand.has_journal()?;
        if errand.session.dialect() != Dialect::Sqlite {
            return Err(BackupError::NotSqlite.into());
        }
        let backup = copy(errand.session.as_mut(), file, by).await?;
        errand.backed_up(&backup).await?;
        Ok(backup)
    }

    /// Restores a dump into a scratch database, counts it, holds the journal in it against the database's own, and writes it
    /// down as a backup that was begun at `taken` and that `by` has verified.
    ///
    /// It blocks while the tools run, and keeps no connection meanwhile.
    ///
    /// # Errors
    /// [`Error::Backup`](crate::Error::Backup) where the dump does not come back, is of another database or was begun at another
    /// time; as [`Migrator::run`].
    pub async fn verify_backup<'t>(
        &self,
        target: impl Target + Copy + 't,
        dump: &Dump,
        taken: SystemTime,
        by: &str,
    ) -> Result<Backup> {
        let restored = dump.restored().map_err(BackupError::from)?;
        let journal = self.journal(target).await?;
        let origin = held(dump.file(), taken, &restored.seals, &journal)?;
        let what = match dump.dialect() {
            Dialect::Postgres => "pg_dump",
            Dialect::MySql | Dialect::Sqlite => "mariadb-dump",
        };
        let rows: u64 = restored.tables.values().sum();
        let restore = format!(
            "restored into a scratch database, {} tables with {rows} rows, {}",
            restored.tables.len(),
            origin.said
        );
        let backup = Backup::new(what, origin.taken, &dump.file().to_string_lossy())
            .verified(by, &restore)
            .holding(restored.tables);
        self.record_backup(target, &backup).await?;
        Ok(backup)
    }

    /// Whose SQL the database speaks.
    #[cfg(feature = "cli")]
    pub(crate) async fn dialect<'t>(&self, target: impl Target + 't) -> Result<Dialect> {
        Ok(Errand::begin(self, target).await?.session.dialect())
    }
}
