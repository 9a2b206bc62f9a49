//! A data migration in Rust: what SQL cannot say is an `async fn`, run in one transaction with its history row.
//!
//! `cargo run -p data` fills a database in memory at version 2, applies the two Rust migrations, and takes one back.

use onward::{Environment, Goal, Migration, Migrator, Revert, Version, migration};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqlitePoolOptions;

onward::catalog!();

/// People, as a form once asked for them.
#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE people (id integer PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL)",
    down = "DROP TABLE people",
    destructive
)]
struct CreatePeople;

/// A name is one text; how many words it has is nobody's business. A short form of it goes into addresses.
#[derive(Migration)]
#[migration(
    version = 2,
    up = "ALTER TABLE people ADD COLUMN full_name text; ALTER TABLE people ADD COLUMN slug text",
    down = "ALTER TABLE people DROP COLUMN slug; ALTER TABLE people DROP COLUMN full_name",
    destructive
)]
struct AddNames;

/// Merges the two names. No down can tell them apart again.
#[migration(version = 3, irreversible = "the two names cannot be told apart again")]
async fn merge_names(db: &mut SqliteConnection) -> onward::Result<()> {
    sqlx::query("UPDATE people SET full_name = trim(first_name || ' ' || last_name)")
        .execute(db)
        .await?;
    Ok(())
}

/// Works out the short forms: no SQL function knows how.
#[migration(
    version = 4,
    down(clear_slugs),
    assert_lossless = "it writes only the new column slug, which can be worked out again"
)]
async fn fill_slugs(db: &mut SqliteConnection) -> onward::Result<()> {
    let people: Vec<(i64, String)> = sqlx::query_as("SELECT id, full_name FROM people")
        .fetch_all(&mut *db)
        .await?;
    for (id, name) in people {
        sqlx::query("UPDATE people SET slug = ? WHERE id = ?")
            .bind(slug(&name))
            .bind(id)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// The way back of `fill_slugs`.
async fn clear_slugs(db: &mut SqliteConnection) -> onward::Result<()> {
    sqlx::query("UPDATE people SET slug = NULL")
        .execute(db)
        .await?;
    Ok(())
}

/// Lower-case words joined by `-`.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A database in memory is one connection's own.
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect("sqlite::memory:")
        .await?;
    let migrator = Migrator::new(MIGRATIONS).environment(Environment::development());

    println!("{}\n", migrator.up(&pool, Goal::To(Version::new(2))).await?);
    sqlx::query(
        "INSERT INTO people (first_name, last_name) VALUES ('Ada', 'Lovelace'), ('Plato', '')",
    )
    .execute(&pool)
    .await?;

    println!("{}\n", migrator.run(&pool).await?);
    let people: Vec<(String, String)> =
        sqlx::query_as("SELECT full_name, slug FROM people ORDER BY id")
            .fetch_all(&pool)
            .await?;
    for (name, slug) in people {
        println!("  {name} is found at /{slug}");
    }

    println!("\n{}", migrator.revert(&pool, Revert::Last).await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    /// Rust migrations run too, and what is only asserted of them is put to the proof.
    #[tokio::test]
    async fn migrations_go_there_and_back() -> onward::Result<()> {
        let trip = onward::testing::round_trip(super::MIGRATIONS);
        let why = "the slugs that go are worked out again from the names";
        println!("{}", trip.let_pass(4, why).await?);
        Ok(())
    }
}
