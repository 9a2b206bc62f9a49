//! How is an application of each tool built?

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::Result;
use crate::made::{self, Made};

/// An application that migrates and exits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum App {
    /// The bare work through sqlx.
    Floor,
    /// Onward over the folder that sqlx reads.
    Onward,
    /// Onward with one Rust item for each migration.
    Derive,
    /// `sqlx::migrate!`.
    Sqlx,
    /// refinery's `embed_migrations!`.
    Refinery,
    /// diesel_migrations, on SQLite.
    Diesel,
}

impl App {
    pub(crate) fn name(self) -> &'static str {
        match self {
            App::Floor => "floor",
            App::Onward => "onward",
            App::Derive => "derive",
            App::Sqlx => "sqlx",
            App::Refinery => "refinery",
            App::Diesel => "diesel",
        }
    }

    fn is_onward(self) -> bool {
        matches!(self, App::Onward | App::Derive)
    }
}

/// A database and how to reach it.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    Sqlite,
    Postgres { folder: String },
}

impl Database {
    /// The server behind a URL that ends in `?host=FOLDER`.
    pub(crate) fn postgres(url: &str) -> Result<Database> {
        let (_, folder) = url
            .split_once("host=")
            .ok_or("the PostgreSQL URL must say `host=FOLDER`")?;
        Ok(Database::Postgres {
            folder: folder.to_owned(),
        })
    }

    pub(crate) fn feature(&self) -> &'static str {
        match self {
            Database::Sqlite => "sqlite",
            Database::Postgres { .. } => "postgres",
        }
    }

    /// Whether `app` can talk to it.
    pub(crate) fn admits(&self, app: App) -> bool {
        matches!(self, Database::Sqlite) || app != App::Diesel
    }
}

/// Where the applications stand and where they are built.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    apps: Vec<App>,
}

impl Workspace {
    pub(crate) fn new(apps: Vec<App>) -> Result<Workspace> {
        let driver = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = driver.parent().ok_or("the driver stands in benches/")?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => PathBuf::from(folder).join("bench-apps"),
            None => root.join("target").join("bench-apps"),
        };
        Ok(Workspace {
            root: root.to_owned(),
            target,
            apps,
        })
    }

    /// Those of `asked` that are to be measured.
    pub(crate) fn apps(&self, asked: &[App]) -> Vec<App> {
        let wanted = |app: &App| self.apps.is_empty() || self.apps.contains(app);
        asked.iter().copied().filter(wanted).collect()
    }

    /// The folder of an application.
    pub(crate) fn folder(&self, app: App) -> PathBuf {
        self.root.join("apps").join(app.name())
    }

    /// Gives `app` these migrations, as its users would: lock file included.
    pub(crate) fn equip(&self, app: App, feature: &str, migrations: &[Made]) -> Result<()> {
        let folder = self.folder(app);
        made::write(app, &folder, migrations)?;
        touch(&folder.join("src/main.rs"))?;
        if app.is_onward() {
            let lock = folder.join("migrations.lock");
            if lock.exists() {
                std::fs::remove_file(&lock)?;
            }
            let mut command = self.cargo("test", app, feature);
            command.arg("migrations_lock").env("ONWARD_LOCK", "write");
            succeed(&mut command)?;
        }
        Ok(())
    }

    /// `cargo COMMAND` for one application and one database; nothing is fetched.
    pub(crate) fn cargo(&self, command: &str, app: App, feature: &str) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(&self.root)
            .args([command, "--quiet", "--no-default-features"])
            .args(["--package", &format!("bench-{}", app.name())])
            .args(["--features", feature])
            .env("CARGO_TARGET_DIR", &self.target);
        cargo
    }

    /// The release binary of `app` with the migrations that it was equipped with, kept under a name of its own.
    pub(crate) fn release(&self, app: App, feature: &str, number: usize) -> Result<PathBuf> {
        succeed(self.cargo("build", app, feature).arg("--release"))?;
        let built = self
            .target
            .join("release")
            .join(format!("bench-{}", app.name()));
        let kept = self.target.join("kept");
        std::fs::create_dir_all(&kept)?;
        let kept = kept.join(format!("{}-{feature}-{number}", app.name()));
        std::fs::copy(built, &kept)?;
        Ok(kept)
    }
}

/// Marks a source file as changed, so that its macros look at their folder again.
pub(crate) fn touch(file: &Path) -> Result<()> {
    let file = std::fs::File::options().append(true).open(file)?;
    file.set_modified(std::time::SystemTime::now())?;
    Ok(())
}

/// Runs `command`; an error with its output unless it succeeds.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} failed ({}):\n{said}", output.status).into())
}
