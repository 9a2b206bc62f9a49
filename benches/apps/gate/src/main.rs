//! How long does the gate take for question 1 on a table of ten million rows?
//!
//! `cargo run --release -p bench-gate -- URL [ROWS]` on an empty database. Three columns are looked at: one with a value in each
//! row, one of nothing but NULL, and one of nothing but its default, which is the worst case: no row ends the search.

use std::time::{Duration, Instant};

use onward::{Answer, Environment, Migrator, Question, Revert};
use sqlx::{AssertSqlSafe, MySqlPool, PgPool, SqlitePool};

mod migrations {
    use onward::Migration;

    onward::catalog!();

    /// Whom we sell to.
    #[derive(Migration)]
    #[migration(
        version = 1,
        up = "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY)",
        irreversible = "a bench"
    )]
    #[allow(dead_code, reason = "only its attribute counts")]
    struct CreateUsers;

    /// A value in each row.
    #[derive(Migration)]
    #[migration(
        version = 2,
        up = "ALTER TABLE users ADD COLUMN filled varchar(20)",
        down = "ALTER TABLE users DROP COLUMN filled",
        destructive
    )]
    #[allow(dead_code, reason = "only its attribute counts")]
    struct AddFilled;

    /// Nothing but NULL.
    #[derive(Migration)]
    #[migration(
        version = 3,
        up = "ALTER TABLE users ADD COLUMN empty varchar(20)",
        down = "ALTER TABLE users DROP COLUMN empty",
        destructive
    )]
    #[allow(dead_code, reason = "only its attribute counts")]
    struct AddEmpty;

    /// Nothing but its default.
    #[derive(Migration)]
    #[migration(
        version = 4,
        up = "ALTER TABLE users ADD COLUMN usual varchar(20) NOT NULL DEFAULT 'free'",
        down = "ALTER TABLE users DROP COLUMN usual",
        destructive
    )]
    #[allow(dead_code, reason = "only its attribute counts")]
    struct AddUsual;
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How often each query is timed.
const ROUNDS: usize = 7;

/// Fills the table and asks.
macro_rules! bench {
    ($pool:ident, $rows:ident, $fill:expr) => {{
        let migrator = Migrator::new(migrations::MIGRATIONS).environment(Environment::production());
        migrator.run(&$pool).await?;
        let begun = Instant::now();
        sqlx::raw_sql(AssertSqlSafe($fill)).execute(&$pool).await?;
        println!("{} rows, written in {:.0?}", $rows, begun.elapsed());

        let begun = Instant::now();
        let decision = migrator.judge(&$pool, Revert::Steps(3)).await?;
        println!("all questions on three columns: {:.1?}", begun.elapsed());
        for (sentence, sql) in asked(&decision.answers) {
            let mut times = Vec::new();
            for _ in 0..ROUNDS {
                let begun = Instant::now();
                sqlx::raw_sql(AssertSqlSafe(sql.clone()))
                    .execute(&$pool)
                    .await?;
                times.push(begun.elapsed());
            }
            println!("{:>10.2?}  {sentence}", median(times));
        }
        Ok(())
    }};
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("the URL of an empty database is missing")?;
    let rows: u64 = arguments
        .next()
        .map_or(Ok(10_000_000), |rows| rows.parse())?;
    match url.split(':').next() {
        Some("sqlite") => {
            let pool = SqlitePool::connect(&url).await?;
            bench!(
                pool,
                rows,
                format!(
                    "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
                 INSERT INTO users (id, filled) SELECT i, '030 ' || i FROM n"
                )
            )
        }
        Some("postgres") => {
            let pool = PgPool::connect(&url).await?;
            bench!(
                pool,
                rows,
                format!(
                    "INSERT INTO users (id, filled) SELECT i, '030 ' || i FROM generate_series(1, {rows}) AS n (i)"
                )
            )
        }
        _ => {
            let pool = MySqlPool::connect(&url).await?;
            // MariaDB's own sequence; MySQL has none as fast.
            bench!(
                pool,
                rows,
                format!(
                    "INSERT INTO users (id, filled) SELECT seq, concat('030 ', seq) FROM seq_1_to_{rows}"
                )
            )
        }
    }
}

/// What question 1 found, and by which query.
fn asked(answers: &[Answer]) -> Vec<(String, String)> {
    let data = answers
        .iter()
        .filter(|answer| answer.question == Question::UserData);
    data.flat_map(|answer| &answer.evidence)
        .filter_map(|one| Some((one.sentence.clone(), one.query.as_ref()?.sql.clone())))
        .collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
