//! What do the generated migrations look like, in each tool's layout?

use std::fmt::Write as _;
use std::path::Path;

use crate::Result;
use crate::apps::App;

/// One migration: both directions on one line each, and whether the down loses data.
pub(crate) struct Made {
    pub(crate) version: usize,
    pub(crate) up: String,
    pub(crate) down: String,
    pub(crate) destructive: bool,
}

/// Ten kinds in turn, of the statements that real folders consist of; each about 100 bytes.
pub(crate) fn migrations(number: usize) -> Vec<Made> {
    (0..number).map(|index| made(index / 10, index)).collect()
}

fn made(k: usize, index: usize) -> Made {
    let (up, down, destructive) = match index % 10 {
        0 => (
            format!(
                "CREATE TABLE item_{k} (id bigint PRIMARY KEY, name text NOT NULL, state text NOT NULL DEFAULT 'new', \
                 created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)"
            ),
            format!("DROP TABLE item_{k}"),
            true,
        ),
        1 => index_on(&format!("item_{k}"), "name"),
        2 => (
            format!("ALTER TABLE item_{k} ADD COLUMN note text"),
            format!("ALTER TABLE item_{k} DROP COLUMN note"),
            true,
        ),
        3 => (
            format!(
                "CREATE TABLE line_{k} (id bigint PRIMARY KEY, item_id bigint NOT NULL REFERENCES item_{k} (id), \
                 quantity integer NOT NULL DEFAULT 1, price bigint NOT NULL DEFAULT 0)"
            ),
            format!("DROP TABLE line_{k}"),
            true,
        ),
        4 => index_on(&format!("line_{k}"), "item_id"),
        5 => index_on(&format!("item_{k}"), "state"),
        6 => (
            format!(
                "CREATE VIEW open_item_{k} AS SELECT id, name, created_at FROM item_{k} WHERE state <> 'closed'"
            ),
            format!("DROP VIEW open_item_{k}"),
            false,
        ),
        7 => (
            format!(
                "CREATE TABLE tag_{k} (item_id bigint NOT NULL, tag text NOT NULL, PRIMARY KEY (item_id, tag))"
            ),
            format!("DROP TABLE tag_{k}"),
            true,
        ),
        8 => index_on(&format!("tag_{k}"), "tag"),
        _ => index_on(&format!("line_{k}"), "price"),
    };
    Made {
        version: index + 1,
        up,
        down,
        destructive,
    }
}

fn index_on(table: &str, column: &str) -> (String, String, bool) {
    (
        format!("CREATE INDEX {table}_by_{column} ON {table} ({column})"),
        format!("DROP INDEX {table}_by_{column}"),
        false,
    )
}

/// Puts `migrations` where the application of `app`, which stands in `folder`, looks for them.
pub(crate) fn write(app: App, folder: &Path, migrations: &[Made]) -> Result<()> {
    let target = folder.join("migrations");
    if target.exists() {
        std::fs::remove_dir_all(&target)?;
    }
    std::fs::create_dir(&target)?;
    for made in migrations {
        write_one(app, &target, made)?;
    }
    match app {
        App::Derive => std::fs::write(target.join("made.rs"), items(migrations, None))?,
        App::Floor => {
            let lines: String = migrations.iter().map(|m| format!("{}\n", m.up)).collect();
            std::fs::write(target.join("all.sql"), lines)?;
        }
        _ => {}
    }
    Ok(())
}

fn write_one(app: App, target: &Path, made: &Made) -> Result<()> {
    let Made {
        version, up, down, ..
    } = made;
    let mark = if made.destructive {
        "-- onward: destructive\n"
    } else {
        ""
    };
    match app {
        App::Floor | App::Derive => {}
        App::Refinery => std::fs::write(target.join(format!("V{version}__made.sql")), up)?,
        App::Diesel => {
            let folder = target.join(format!("{version:05}_made"));
            std::fs::create_dir(&folder)?;
            std::fs::write(folder.join("up.sql"), up)?;
            std::fs::write(folder.join("down.sql"), down)?;
        }
        App::Onward | App::Sqlx => {
            let file = |side| target.join(format!("{version:05}_made.{side}.sql"));
            std::fs::write(file("up"), format!("{up}\n"))?;
            std::fs::write(file("down"), format!("{mark}{down}\n"))?;
        }
    }
    Ok(())
}

/// The same texts, each of which is registered and nothing more.
pub(crate) fn bare(migrations: &[Made]) -> String {
    let mut text = String::from(
        "struct Bare(#[allow(dead_code)] &'static str);\nonward::__private::inventory::collect!(Bare);\n",
    );
    for made in migrations {
        let Made { up, down, .. } = made;
        let _ = writeln!(
            text,
            "onward::__private::inventory::submit! {{ Bare(\"{up} {down}\") }}"
        );
    }
    text
}

/// The same migrations as Rust items; `touched` gets another doc comment.
pub(crate) fn items(migrations: &[Made], touched: Option<(usize, usize)>) -> String {
    let mut text = String::new();
    for made in migrations {
        let Made {
            version, up, down, ..
        } = made;
        let mark = if made.destructive {
            ", destructive"
        } else {
            ""
        };
        let round = touched.filter(|(index, _)| index + 1 == *version);
        let doc = round.map_or(String::new(), |(_, round)| format!("/// Touched {round}\n"));
        let _ = write!(
            text,
            "\n{doc}#[derive(onward::Migration)]\n\
             #[migration(version = {version}, up = \"{up}\", down = \"{down}\"{mark})]\n\
             struct Made{version};\n"
        );
    }
    text
}
