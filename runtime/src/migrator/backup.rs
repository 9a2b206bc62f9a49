//! How does a backup come into the journal, so that question 5 can be answered?

use std::path::Path;

use super::Migrator;
use super::errand::Errand;
use crate::{Backup, BackupError, Result, Target};

impl Migrator {
    /// Writes down a backup that was restored and looked at.
    ///
    /// # Errors
    /// [`Error::Backup`](crate::Error::Backup) where it says too little, and where Onward has no tables in the database; as
    /// [`Migrator::run`].
    pub async fn record_backup<'t>(&self, target: impl Target + 't, backup: &Backup) -> Result<()> {
        Errand::begin(self, target).await?.backed_up(backup).await
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
        let errand = Errand::begin(self, target).await?;
        errand.has_journal()?;
        copied(errand, file, by).await
    }

    /// Whose SQL the database speaks.
    #[cfg(feature = "cli")]
    pub(crate) async fn dialect<'t>(&self, target: impl Target + 't) -> Result<crate::Dialect> {
        Ok(Errand::begin(self, target).await?.session.dialect())
    }
}

#[cfg(feature = "sqlite")]
async fn copied(mut errand: Errand<'_>, file: &Path, by: &str) -> Result<Backup> {
    if errand.session.dialect() != crate::Dialect::Sqlite {
        return Err(BackupError::NotSqlite.into());
    }
    let backup = crate::backup::copy(errand.session.as_mut(), file, by).await?;
    errand.backed_up(&backup).await?;
    Ok(backup)
}

#[cfg(not(feature = "sqlite"))]
async fn copied(_: Errand<'_>, _: &Path, _: &str) -> Result<Backup> {
    Err(BackupError::NotSqlite.into())
}
