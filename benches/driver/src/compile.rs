//! What does each tool cost while compiling, and in the binary?

use std::path::PathBuf;
use std::time::Duration;

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

/// What a thousand derived items cost `cargo check`, beside a crate without any and one with a thousand bare registrations.
pub(crate) fn derive(workspace: &Workspace) -> Result<()> {
    let migrations = made::migrations(MANY);
    workspace.equip(App::Derive, "sqlite", &migrations)?;
    let file = workspace.folder(App::Derive).join("migrations/made.rs");
    let rounds = 5;
    let texts = [
        ("empty", String::new()),
        ("bare inventory", made::bare(&migrations)),
        ("derived", made::items(&migrations, None)),
    ];
    let mut least = [Duration::MAX; 3];
    for round in 0..=rounds {
        for ((_, text), least) in texts.iter().zip(&mut least) {
            std::fs::write(&file, format!("{text}\n// {round}\n"))?;
            let taken = time(|| succeed(&mut workspace.cargo("check", App::Derive, "sqlite")))?;
            // The first round builds what all of them need.
            if round > 0 {
                *least = taken.cpu.min(*least);
            }
        }
    }
    let names: Vec<&str> = texts.iter().map(|(name, _)| *name).collect();
    let title = format!("cargo check with {MANY} items, CPU, least of {rounds}");
    table::beyond(&title, &names, &least);
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
