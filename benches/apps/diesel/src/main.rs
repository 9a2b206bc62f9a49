//! Migrate with diesel_migrations and exit. SQLite only: its PostgreSQL driver needs libpq's C headers on the machine.

// Links the SQLite that the other tools use.
use libsqlite3_sys as _;

use diesel::Connection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let url = std::env::args().nth(1).ok_or("URL")?;
    let path = url.strip_prefix("sqlite://").unwrap_or(&url);
    let path = path.split('?').next().unwrap_or(path);
    diesel::SqliteConnection::establish(path)?.run_pending_migrations(MIGRATIONS)?;
    Ok(())
}
