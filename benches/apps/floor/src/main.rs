//! What does the same work cost through sqlx alone?
//!
//! `floor start URL` opens the database and reads one row. `floor apply URL FILE` runs each statement of the file in a
//! transaction with one insert into a history. `floor reset URL NAME` gives PostgreSQL a fresh database.

use sqlx::{Connection, Executor};

#[cfg(feature = "postgres")]
type Pool = sqlx::PgPool;
#[cfg(not(feature = "postgres"))]
type Pool = sqlx::SqlitePool;

#[cfg(feature = "postgres")]
const INSERT: &str = "INSERT INTO floor_history VALUES ($1, $2)";
#[cfg(not(feature = "postgres"))]
const INSERT: &str = "INSERT INTO floor_history VALUES (?1, ?2)";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["start", url] => start(&Pool::connect(url).await?).await?,
        ["apply", url, file] => {
            apply(&Pool::connect(url).await?, &std::fs::read_to_string(file)?).await?;
        }
        ["reset", url, name] => reset(&Pool::connect(url).await?, name).await?,
        _ => return Err("start URL, apply URL FILE, or reset URL NAME".into()),
    }
    Ok(())
}

async fn start(pool: &Pool) -> sqlx::Result<()> {
    let (digest,): (String,) = sqlx::query_as("SELECT digest FROM floor_head")
        .fetch_one(pool)
        .await?;
    assert_eq!(digest.len(), 64);
    Ok(())
}

/// One connection for all, as every migration tool has it; the statements stand one migration a line.
async fn apply(pool: &Pool, file: &str) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    connection
        .execute("CREATE TABLE floor_head (digest text NOT NULL)")
        .await?;
    connection
        .execute("CREATE TABLE floor_history (version bigint PRIMARY KEY, sql text NOT NULL)")
        .await?;
    for (version, sql) in (1_i64..).zip(file.lines()) {
        let mut transaction = connection.begin().await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&mut *transaction)
            .await?;
        sqlx::query(INSERT)
            .bind(version)
            .bind(sql)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    let digest = "0".repeat(64);
    connection
        .execute(sqlx::AssertSqlSafe(format!(
            "INSERT INTO floor_head VALUES ('{digest}')"
        )))
        .await?;
    Ok(())
}

async fn reset(pool: &Pool, name: &str) -> sqlx::Result<()> {
    for statement in [
        format!("DROP DATABASE IF EXISTS {name}"),
        format!("CREATE DATABASE {name}"),
    ] {
        pool.execute(sqlx::AssertSqlSafe(statement)).await?;
    }
    Ok(())
}
