//! Migrate with Onward and exit; each migration is an item.

use onward::{Environment, Migrator};

onward::catalog!();
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/made.rs"));

#[cfg(feature = "postgres")]
type Pool = sqlx::PgPool;
#[cfg(not(feature = "postgres"))]
type Pool = sqlx::SqlitePool;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL")?;
    let pool = Pool::connect(&url).await?;
    Migrator::new(MIGRATIONS)
        .environment(Environment::from_env()?)
        .run(&pool)
        .await?;
    Ok(())
}
