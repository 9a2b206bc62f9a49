//! The main job, in one file of SQLite: declare, migrate at start, go back in development, be refused in production.
//!
//! `cargo run -p quickstart` needs no server and no configuration, and leaves nothing behind.

mod migrations;

use onward::{Environment, Error, Migrator, Revert};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

use migrations::MIGRATIONS;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let open = |name: &str| {
        let file = folder.path().join(name);
        SqlitePool::connect_with(
            SqliteConnectOptions::new()
                .filename(file)
                .create_if_missing(true),
        )
    };

    println!("1. On a developer's machine the application starts, and migrates.\n");
    let laptop = open("laptop.db").await?;
    let developer = Migrator::new(MIGRATIONS).environment(Environment::development());
    println!("{}\n", developer.run(&laptop).await?);

    println!("2. It starts again.\n");
    println!("{}\n", developer.run(&laptop).await?);

    println!("3. In development a down is an undo, even one that loses data.\n");
    sign_up(&laptop).await?;
    println!("{}\n", developer.revert(&laptop, Revert::Last).await?);

    println!(
        "4. In production the same program migrates too, and somebody types in a phone number.\n"
    );
    let server = open("shop.db").await?;
    let production = Migrator::new(MIGRATIONS).environment(Environment::production());
    println!("{}\n", production.run(&server).await?);
    sign_up(&server).await?;

    println!("5. There the same down is refused.\n");
    match production.revert(&server, Revert::Last).await {
        Err(refused @ Error::Refused(_)) => println!("{refused}"),
        Err(other) => return Err(other.into()),
        Ok(report) => return Err(format!("the down ran: {report}").into()),
    }

    let (number,): (String,) = sqlx::query_as("SELECT phone_number FROM users")
        .fetch_one(&server)
        .await?;
    println!("6. The phone number is still there: {number}");
    Ok(())
}

/// What happens between an up and its down: somebody uses the application.
async fn sign_up(pool: &SqlitePool) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO users (email, phone_number) VALUES ('ada@example.org', '+44 20 7946 0018')",
    )
    .execute(pool)
    .await?;
    Ok(())
}
