//! How is a generated case run on a real database, and what stands there afterwards?

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use onward_analysis::Dialect;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};

/// A connection to a database of the test's own.
pub(crate) enum Database {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
    /// With the name of its database, which it makes anew for each case.
    MySql(sqlx::MySqlConnection, String),
}

/// How long a case may run: some that are made by chance never end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the test itself sets in a session, and nothing else: on MySQL no strictness, as its types are judged.
const POSTGRES_SESSION: &str =
    "RESET ALL; SET client_min_messages = error; SET statement_timeout = '10s'";
const MYSQL_SESSION: &str = "SET sql_mode = ''/*M!, max_statement_time = 10 */";

/// Schemas that the case before made go too.
const NO_SCHEMAS: &str = "DISCARD TEMP; DO $$ DECLARE s text; BEGIN FOR s IN SELECT nspname FROM pg_namespace \
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' \
    LOOP EXECUTE format('DROP SCHEMA %I CASCADE', s); END LOOP; END $$; CREATE SCHEMA public";

/// The name of a database that no other run has, and no other test of this one.
fn name() -> String {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let number = GIVEN.fetch_add(1, Ordering::Relaxed);
    format!("onward_differential_{}_{number}", std::process::id())
}

async fn another_session() -> sqlx::MySqlConnection {
    let url = std::env::var("ONWARD_TEST_MYSQL").expect("a session was begun by it");
    let connection = sqlx::MySqlConnection::connect(&url).await;
    connection.expect("the server named by ONWARD_TEST_MYSQL")
}

/// Runs `$body` on whichever connection it is.
macro_rules! each {
    ($database:expr, $connection:ident => $body:expr) => {
        match $database {
            Database::Sqlite($connection) => $body,
            Database::Postgres($connection) => $body,
            Database::MySql($connection, _) => $body,
        }
    };
}

impl Database {
    pub(crate) async fn sqlite() -> Database {
        let connection = sqlx::SqliteConnection::connect("sqlite::memory:").await;
        Database::Sqlite(connection.expect("SQLite opens in memory"))
    }

    pub(crate) async fn postgres() -> Option<Database> {
        let url = std::env::var("ONWARD_TEST_POSTGRES").ok()?;
        let name = name();
        let mut server = sqlx::PgConnection::connect(&url)
            .await
            .expect("the server named by ONWARD_TEST_POSTGRES");
        for sql in [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}"),
        ] {
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut server)
                .await
                .expect("a database of our own");
        }
        let options: sqlx::postgres::PgConnectOptions = url.parse().expect("a URL");
        let connection = sqlx::PgConnection::connect_with(&options.database(&name)).await;
        Some(Database::Postgres(
            connection.expect("the database just made"),
        ))
    }

    pub(crate) async fn mysql() -> Option<Database> {
        let url = std::env::var("ONWARD_TEST_MYSQL").ok()?;
        let connection = sqlx::MySqlConnection::connect(&url).await;
        Some(Database::MySql(
            connection.expect("the server named by ONWARD_TEST_MYSQL"),
            name(),
        ))
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Database::Sqlite(_) => Dialect::Sqlite,
            Database::Postgres(_) => Dialect::Postgres,
            Database::MySql(..) => Dialect::MySql,
        }
    }

    /// Leaves nothing of the case before.
    pub(crate) async fn empty(&mut self) {
        let sql = match self {
            Database::Sqlite(connection) => {
                *connection = sqlx::SqliteConnection::connect("sqlite::memory:")
                    .await
                    .expect("SQLite opens in memory");
                let begun = Instant::now();
                let mut handle = connection.lock_handle().await.expect("it is open");
                handle.set_progress_handler(10_000, move || begun.elapsed() < PATIENCE);
                drop(handle);
                // As Onward's runner does, and as the verdict assumes.
                "PRAGMA foreign_keys = OFF".to_owned()
            }
            Database::Postgres(_) => format!("ROLLBACK; {POSTGRES_SESSION}; {NO_SCHEMAS}"),
            Database::MySql(connection, name) => {
                *connection = another_session().await;
                format!(
                    "DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4; USE {name}; {MYSQL_SESSION}"
                )
            }
        };
        self.run(&sql).await.expect("an empty database");
    }

    /// The next migration runs in a session of its own: what the script made or set for its own alone is not there.
    pub(crate) async fn end_session(&mut self, script: &str) {
        let script = script.to_ascii_uppercase();
        if !["TEMP", "SET", "PRAGMA"]
            .iter()
            .any(|word| script.contains(word))
        {
            return;
        }
        let sql = match self {
            Database::Sqlite(_) => {
                let names = "SELECT name FROM temp.sqlite_master WHERE type = 'table'".to_owned();
                let names = self.rows(names).await.into_iter().flatten().flatten();
                let drops = names.map(|name| format!("DROP TABLE temp.\"{name}\"; "));
                drops
                    .chain(["PRAGMA foreign_keys = OFF".to_owned()])
                    .collect()
            }
            Database::Postgres(_) => format!("DISCARD TEMP; {POSTGRES_SESSION}"),
            Database::MySql(connection, name) => {
                *connection = another_session().await;
                format!("USE {name}; {MYSQL_SESSION}")
            }
        };
        // In a transaction that failed nothing is left to end.
        let _ = self.run(&sql).await;
    }

    pub(crate) async fn run(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        each!(self, connection => connection.execute(sqlx::raw_sql(sql)).await.map(|_| ()))
    }

    /// The rows of a query of the test's own that selects only text; unprepared, since the tables are others each time.
    pub(crate) async fn rows(&mut self, sql: String) -> Vec<Vec<Option<String>>> {
        let rows = self.try_rows(&sql).await;
        rows.unwrap_or_else(|error| panic!("{error}: {sql}"))
    }

    /// The same, where the database may refuse it.
    pub(crate) async fn try_rows(
        &mut self,
        sql: &str,
    ) -> Result<Vec<Vec<Option<String>>>, sqlx::Error> {
        each!(self, connection => {
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(connection).await?;
            // Unchecked, because MySQL calls the text of its own catalog binary.
            rows.iter()
                .map(|row| (0..row.len()).map(|at| row.try_get_unchecked(at)).collect())
                .collect()
        })
    }

    /// Drops the database of its own.
    pub(crate) async fn close(mut self) {
        match &mut self {
            Database::Sqlite(_) => {}
            Database::MySql(_, name) => {
                let sql = format!("ROLLBACK; DROP DATABASE IF EXISTS {name}");
                self.run(&sql).await.expect("it is our own");
            }
            Database::Postgres(_) => {
                let named = self
                    .rows("SELECT current_database()::text".to_owned())
                    .await;
                let Some(Some(name)) = named.into_iter().flatten().next() else {
                    return;
                };
                let url = std::env::var("ONWARD_TEST_POSTGRES").expect("it was connected by it");
                let server = sqlx::PgConnection::connect(&url).await;
                drop(self);
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                let dropped = sqlx::raw_sql(AssertSqlSafe(sql));
                dropped
                    .execute(&mut server.expect("the server"))
                    .await
                    .expect("it is our own");
            }
        }
    }
}
