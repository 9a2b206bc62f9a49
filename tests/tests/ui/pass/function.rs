#![deny(warnings)]
#![forbid(unsafe_code)]
//! Migrations in Rust, on each database.

use onward::migration;
use sqlx::{MySqlConnection, PgConnection, SqliteConnection};

/// One name is enough.
#[migration(version = 1, irreversible = "the two names cannot be told apart again")]
async fn merge_names(db: &mut PgConnection) -> onward::Result<()> {
    sqlx::query("UPDATE users SET name = first || ' ' || last")
        .execute(db)
        .await?;
    Ok(())
}

#[migration(
    version = 2,
    down(self::back::split_names),
    lossy = "the two names cannot be told apart again",
    destructive = "the name that was typed in since is split at its first space"
)]
pub async fn merge_again(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT 1").execute(db).await.map(|_| ())
}

mod back {
    pub async fn split_names(_: &mut sqlx::SqliteConnection) -> onward::Result<()> {
        Ok(())
    }
}

#[onward::migration(
    version = 3,
    down = "DELETE FROM users",
    assert_lossless = "it only counts",
    destructive = "the users are imported each night"
)]
async fn count(_db: &mut MySqlConnection) -> onward::Result<()> {
    Ok(())
}

/// What its author names is asked about.
#[migration(
    version = 4,
    irreversible = "nobody is faxed any more",
    lossy = "the numbers are gone",
    takes("users.fax", "sessions"),
    changes("app.users.fax")
)]
async fn clear_faxes(_db: &mut PgConnection) -> onward::Result<()> {
    Ok(())
}

fn main() {}
