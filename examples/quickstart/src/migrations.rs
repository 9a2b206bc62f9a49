//! What has happened to the schema of this application?

use onward::Migration;

onward::catalog!();

/// Everything begins with somebody.
#[derive(Migration)]
#[migration(
    version = 20261122_01,
    up = "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL UNIQUE)",
    down = "DROP TABLE users",
    destructive
)]
struct CreateUsers;

/// People stay signed in.
#[derive(Migration)]
#[migration(
    version = 20261122_02,
    up = "CREATE TABLE sessions (token text PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id))",
    down = "DROP TABLE sessions",
    destructive
)]
struct CreateSessions;

/// Signing out everywhere looks for a user's sessions.
#[derive(Migration)]
#[migration(
    version = 20261122_03,
    up = "CREATE INDEX sessions_by_user ON sessions (user_id)",
    down = "DROP INDEX sessions_by_user"
)]
struct IndexSessions;

/// Sessions moved into signed cookies.
#[derive(Migration)]
#[migration(
    version = 20261122_04,
    up = "DROP TABLE sessions",
    irreversible = "sessions expire anyway"
)]
struct DropSessions;

/// Support wants to call people back.
#[derive(Migration)]
#[migration(
    version = 20261122_05,
    up = "ALTER TABLE users ADD COLUMN phone_number varchar(20)",
    down = "ALTER TABLE users DROP COLUMN phone_number",
    destructive = "numbers typed in since the up are lost"
)]
struct AddPhoneNumber;

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn migrations_go_there_and_back() -> onward::Result<()> {
        println!("{}", onward::testing::round_trip(super::MIGRATIONS).await?);
        Ok(())
    }
}
