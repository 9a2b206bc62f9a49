//! A web application that migrates before it serves, and says on `/health` how its database stands.
//!
//! `ONWARD_ENV=development cargo run -p web -- notes.db` listens on 127.0.0.1:3000; a second argument is another address.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use onward::{Environment, Migration, Migrator};
use serde_json::{Value, json};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

onward::catalog!();

/// The notes themselves.
#[derive(Migration)]
#[migration(
    version = 1,
    up = "CREATE TABLE notes (id integer PRIMARY KEY, text text NOT NULL)",
    down = "DROP TABLE notes",
    destructive
)]
struct CreateNotes;

/// A note can be put away without being deleted.
#[derive(Migration)]
#[migration(
    version = 2,
    up = "ALTER TABLE notes ADD COLUMN archived boolean NOT NULL DEFAULT false",
    down = "ALTER TABLE notes DROP COLUMN archived",
    destructive
)]
struct ArchiveNotes;

#[derive(Clone)]
struct App {
    pool: SqlitePool,
    migrator: Arc<Migrator>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "notes.db".to_owned());
    let address = arguments
        .next()
        .unwrap_or_else(|| "127.0.0.1:3000".to_owned());

    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await?;
    let migrator = Migrator::new(MIGRATIONS).environment(Environment::from_env()?);
    println!("{}", migrator.run(&pool).await?);

    let app = Router::new()
        .route("/", get(notes))
        .route("/health", get(health))
        .with_state(App {
            pool,
            migrator: Arc::new(migrator),
        });
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// The notes that are not put away.
async fn notes(State(app): State<App>) -> Result<Json<Vec<String>>, (StatusCode, String)> {
    let found = sqlx::query_scalar("SELECT text FROM notes WHERE NOT archived ORDER BY id")
        .fetch_all(&app.pool)
        .await;
    found
        .map(Json)
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// Ready where every migration of this program is applied: 200, else 503; each time with the whole status.
async fn health(State(app): State<App>) -> (StatusCode, Json<Value>) {
    match app.migrator.status(&app.pool).await {
        Ok(status) => {
            let ready = status.pending().next().is_none();
            let code = if ready {
                StatusCode::OK
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            };
            (code, Json(json!({ "ready": ready, "migrations": status })))
        }
        Err(error) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "ready": false, "error": error.to_string() })),
        ),
    }
}
