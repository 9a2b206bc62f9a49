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
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, SqlitePool};

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
    // Running, it is on the list of instances: nobody takes a column away from under it.
    let migrator = Migrator::new(MIGRATIONS)
        .environment(Environment::from_env()?)
        .application("notes")
        .kind("web");
    println!("{}", migrator.run(&pool).await?);

    let app = Router::new()
        .route("/", get(notes))
        .route("/newest", get(newest))
        .route("/health", get(health))
        .with_state(App {
            pool,
            migrator: Arc::new(migrator.clone()),
        });
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let stopped = async {
        // Where the signal cannot be listened to, the process is stopped without it.
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(stopped)
        .await?;
    migrator.leave().await?;
    Ok(())
}

/// The notes that are not put away. What a literal uses is found when this is compiled.
async fn notes(State(app): State<App>) -> Result<Json<Vec<String>>, (StatusCode, String)> {
    let found = sqlx::query_scalar("SELECT text FROM notes WHERE NOT archived ORDER BY id")
        .fetch_all(&app.pool)
        .await;
    answered(found)
}

/// The same, the other way round. What SQL uses that is put together at run time must be said.
async fn newest(State(app): State<App>) -> Result<Json<Vec<String>>, (StatusCode, String)> {
    onward::declare::uses!("notes.text", "notes.archived", "notes.id");
    let order = "id DESC";
    let sql = format!("SELECT text FROM notes WHERE NOT archived ORDER BY {order}");
    let found = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(&app.pool)
        .await;
    answered(found)
}

fn answered(found: sqlx::Result<Vec<String>>) -> Result<Json<Vec<String>>, (StatusCode, String)> {
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
