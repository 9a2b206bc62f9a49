//! What does each tool cost while compiling, and in the binary?

use std::path::PathBuf;

use crate::Result;
use crate::apps::{App, Database, Workspace, succeed};
use crate::made::{self, Made};
use crate::table;
use crate::timing::{interleave, time};

const MANY: usize = 1_000;
const TOUCHED: usize = 500;
const PEERS: [App; 5] = [
    App::Sqlx,
    App::Onward,
    App::Derive,
    App::Refinery,
    App::Diesel,
];

/// The release binary's size at 1,000 migrations.
pub(crate) fn size(workspace: &Workspace, databases: &[Database]) -> Result<()> {
    let migrations = made::migrations(MANY);
    for database in databases {
        let feature = database.feature();
        let mut sizes = Vec::new();
        for app in workspace.apps(&PEERS) {
            if !database.admits(app) {
                continue;
            }
            workspace.equip(app, feature, &migrations)?;
            let binary = workspace.release(app, feature, MANY)?;
            sizes.push((app.name(), std::fs::metadata(binary)?.len()));
        }
        table::sizes(
            &format!("release binary, {MANY} migrations, {feature}"),
            &sizes,
        );
    }
    Ok(())
}

/// `cargo check` after touching one of 1,000 migrations.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let apps = workspace.apps(&PEERS);
    let migrations = made::migrations(MANY);
    for app in apps.iter().copied() {
        workspace.equip(app, "sqlite", &migrations)?;
        succeed(&mut workspace.cargo("check", app, "sqlite"))?;
    }
    let rounds = 7;
    let taken = interleave(&apps, rounds, |app, round| {
        touch_one(workspace, app, &migrations, round)?;
        time(|| succeed(&mut workspace.cargo("check", app, "sqlite")))
    })?;
    let names: Vec<&str> = apps.iter().map(|app| app.name()).collect();
    let title =
        format!("cargo check after touching one of {MANY} migrations, sqlite, median of {rounds}");
    table::times(&title, &names, &taken);
    Ok(())
}

fn touch_one(workspace: &Workspace, app: App, migrations: &[Made], round: usize) -> Result<()> {
    let folder = workspace.folder(app);
    let Made { version, up, .. } = &migrations[TOUCHED];
    let file: PathBuf = match app {
        App::Derive => {
            let text = made::items(migrations, Some((TOUCHED, round)));
            return Ok(std::fs::write(folder.join("migrations/made.rs"), text)?);
        }
        App::Refinery => folder.join(format!("migrations/V{version}__made.sql")),
        App::Diesel => folder.join(format!("migrations/{version:05}_made/up.sql")),
        App::Floor | App::Onward | App::Sqlx => {
            folder.join(format!("migrations/{version:05}_made.up.sql"))
        }
    };
    Ok(std::fs::write(file, format!("{up}\n-- touched {round}\n"))?)
}

/// The clean development build of an application with ten migrations.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let apps = workspace.apps(&PEERS);
    for app in apps.iter().copied() {
        workspace.equip(app, "sqlite", &made::migrations(10))?;
    }
    let rounds = 3;
    let taken = interleave(&apps, rounds, |app, _| {
        let empty = tempfile::tempdir()?;
        time(|| {
            let mut cargo = workspace.cargo("build", app, "sqlite");
            succeed(cargo.env("CARGO_TARGET_DIR", empty.path()))
        })
    })?;
    let names: Vec<&str> = apps.iter().map(|app| app.name()).collect();
    let title = format!("clean cargo build of an application, sqlite, median of {rounds}");
    table::times(&title, &names, &taken);
    Ok(())
}
