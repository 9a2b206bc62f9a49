//! What stands beside the crate that is being compiled: `onward.toml`, `migrations.lock`, its files of SQL?

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use onward_analysis::{Config, Dialect, Lock};

/// The crate that is being compiled.
pub(crate) struct Project {
    /// Its `CARGO_MANIFEST_DIR`.
    pub(crate) dir: PathBuf,
    /// Its `CARGO_PKG_NAME`.
    pub(crate) name: String,
    /// What the two files say.
    pub(crate) files: Arc<Files>,
}

/// The files beside a crate's manifest that every migration is held against.
#[derive(Debug)]
pub(crate) struct Files {
    /// `onward.toml`, or everything that is wrong with it.
    pub(crate) config: Result<Config, Vec<String>>,
    /// Whether there is an `onward.toml`.
    pub(crate) has_config: bool,
    /// `migrations.lock`; none where there is none; or what is wrong with it.
    pub(crate) lock: Result<Option<Lock>, String>,
}

impl Project {
    /// The crate whose compiler runs this.
    pub(crate) fn current() -> Project {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let dir = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
        Project {
            files: files(&dir),
            name: variable("CARGO_PKG_NAME"),
            dir,
        }
    }

    /// What `onward.toml` says; the default where it is not understood, which `catalog!()` reports.
    pub(crate) fn config(&self) -> &Config {
        static DEFAULT: LazyLock<Config> = LazyLock::new(Config::default);
        self.files.config.as_ref().unwrap_or(&DEFAULT)
    }

    /// The dialects that are checked where an item does not name its own.
    pub(crate) fn dialects(&self) -> Vec<Dialect> {
        let config = self.config();
        if !config.dialects.is_empty() {
            return config.dialects.clone();
        }
        Dialect::ALL
            .into_iter()
            .filter(|dialect| enabled(*dialect))
            .collect()
    }

    /// `path`, relative to the manifest where it lies below it, with forward slashes.
    pub(crate) fn relative(&self, path: &Path) -> String {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let shown = absolute.strip_prefix(&self.dir).unwrap_or(&absolute);
        shown.to_string_lossy().replace('\\', "/")
    }
}

/// Whether the driver of `dialect` is compiled in.
pub(crate) fn enabled(dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite => cfg!(feature = "sqlite"),
        Dialect::Postgres => cfg!(feature = "postgres"),
        Dialect::MySql => cfg!(feature = "mysql"),
    }
}

/// `path` as the compiler shows paths: relative to where it runs, where it lies below it.
pub(crate) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here)
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}

/// What a file looked like when it was read: a long-lived editor must see that it changed.
pub(crate) type Stamp = Option<(SystemTime, u64)>;

/// The files of the crates that this process has compiled, so that a thousand migrations do not read them a thousand
/// times.
static READ: Mutex<Option<Read>> = Mutex::new(None);

/// What was read, by the manifest's folder, and what the two files looked like then.
type Read = HashMap<PathBuf, ([Stamp; 2], Arc<Files>)>;

fn files(dir: &Path) -> Arc<Files> {
    let stamps = [Config::FILE, Lock::FILE].map(|name| stamp(&dir.join(name)));
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let read = read.get_or_insert_default();
    if let Some((then, files)) = read.get(dir)
        && *then == stamps
    {
        return Arc::clone(files);
    }
    let files = Arc::new(Files {
        config: Config::read(dir),
        has_config: stamps[0].is_some(),
        lock: read_lock(&dir.join(Lock::FILE)),
    });
    read.insert(dir.to_owned(), (stamps, Arc::clone(&files)));
    files
}

pub(crate) fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read_lock(path: &Path) -> Result<Option<Lock>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Lock::parse(&text).map(Some).map_err(|e| e.to_string()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && !path.is_symlink() => Ok(None),
        Err(e) => Err(format!("{} cannot be read: {e}", path.display())),
    }
}
