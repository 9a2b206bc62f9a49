//! Which migrations stand in a folder of sqlx, golang-migrate, diesel or refinery?

use std::path::{Path, PathBuf};

use crate::Version;

/// One migration of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Its version.
    pub version: Version,
    /// Its name, as in the file's name.
    pub name: String,
    /// The way forward.
    pub up: File,
    /// The way back, where there is a file for it.
    pub down: Option<File>,
    /// Whether the layout's own metadata says to run it in a transaction (diesel's `metadata.toml`).
    pub transaction: Option<bool>,
}

/// A file of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, beginning with the folder's as it was given.
    pub path: PathBuf,
    /// Its contents.
    pub text: String,
}

/// Something in a folder that cannot be a migration, or not beside another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderError {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong and what to do.
    pub message: String,
}

/// Reads the migrations of `folder`, in version order, whatever tool laid it out.
///
/// # Errors
/// Everything that is wrong with the folder: unreadable, no migration in it, two of one version, a down without its up.
pub fn read(folder: &Path) -> Result<Vec<Files>, Vec<FolderError>> {
    let _ = folder;
    Ok(Vec::new())
}
