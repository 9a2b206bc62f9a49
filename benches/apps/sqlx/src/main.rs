//! Migrate with sqlx and exit.

#[cfg(feature = "postgres")]
type Pool = sqlx::PgPool;
#[cfg(not(feature = "postgres"))]
type Pool = sqlx::SqlitePool;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL")?;
    let pool = Pool::connect(&url).await?;
    sqlx::migrate!("./migrations").run(&pool).await?;
    Ok(())
}
