//! How does a test get a database that is its own?

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use onward::Dialect;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, MySqlPool, PgConnection,
    PgPool, Row as _, SqlitePool,
};
use tempfile::TempDir;

/// An empty database that nobody else knows of.
#[derive(Debug)]
pub struct Database {
    /// A pool of connections to it.
    pub pool: Pool,
    /// Its URL, for another process.
    pub url: String,
    /// Its name, as the gate knows it.
    pub name: String,
    /// What goes when the test is over.
    _place: Place,
}

/// Where a database is kept, and removed when this is dropped.
#[derive(Debug)]
enum Place {
    /// SQLite's file stands in it.
    Folder { _folder: TempDir },
    /// A server has it among others.
    Server { server: String, name: String },
}

/// A pool of one of the three drivers.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "there are three databases")]
pub enum Pool {
    /// SQLite's.
    Sqlite(SqlitePool),
    /// PostgreSQL's.
    Postgres(PgPool),
    /// MySQL's and MariaDB's.
    MySql(MySqlPool),
}

/// Evaluates an expression over a pool, whichever it is.
#[macro_export]
macro_rules! with_pool {
    ($either:expr, $pool:ident => $expression:expr) => {
        match &$either {
            $crate::Pool::Sqlite($pool) => $expression,
            $crate::Pool::Postgres($pool) => $expression,
            $crate::Pool::MySql($pool) => $expression,
        }
    };
}

impl Pool {
    /// Connects as an application would.
    pub async fn connect(url: &str) -> Pool {
        let pool = match url.split_once(':') {
            Some(("sqlite", _)) => SqlitePool::connect(url).await.map(Pool::Sqlite),
            Some(("postgres", _)) => PgPool::connect(url).await.map(Pool::Postgres),
            _ => MySqlPool::connect(url).await.map(Pool::MySql),
        };
        pool.unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    /// Whether somebody answers there.
    ///
    /// # Errors
    /// What the driver says where nobody does.
    pub async fn reached(url: &str) -> sqlx::Result<()> {
        match url.split_once(':') {
            Some(("postgres", _)) => PgConnection::connect(url).await?.close().await,
            _ => MySqlConnection::connect(url).await?.close().await,
        }
    }

    /// Connects as an application that introduces each of its connections.
    pub async fn introduced(url: &str) -> Pool {
        macro_rules! pool {
            ($variant:ident, $options:ty) => {
                <$options>::new()
                    .after_connect(|connection, _| Box::pin(onward::introduce(connection)))
                    .connect(url)
                    .await
                    .map(Pool::$variant)
            };
        }
        let pool = match url.split_once(':') {
            Some(("sqlite", _)) => pool!(Sqlite, sqlx::sqlite::SqlitePoolOptions),
            Some(("postgres", _)) => pool!(Postgres, sqlx::postgres::PgPoolOptions),
            _ => pool!(MySql, sqlx::mysql::MySqlPoolOptions),
        };
        pool.unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    /// Connects when somebody asks something.
    ///
    /// # Errors
    /// Where the URL is none.
    pub fn connect_lazy(url: &str) -> sqlx::Result<Pool> {
        match url.split_once(':') {
            Some(("sqlite", _)) => SqlitePool::connect_lazy(url).map(Pool::Sqlite),
            Some(("postgres", _)) => PgPool::connect_lazy(url).map(Pool::Postgres),
            _ => MySqlPool::connect_lazy(url).map(Pool::MySql),
        }
    }

    /// Runs statements.
    pub async fn execute(&self, sql: &str) {
        let statements = sqlx::raw_sql(AssertSqlSafe(sql));
        let done = with_pool!(*self, pool => statements.execute(pool).await.map(|_| ()));
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

impl Database {
    /// A file.
    pub async fn on_sqlite() -> Database {
        let folder = TempDir::with_prefix("onward-").expect("a temporary folder");
        let file = folder.path().join("test.db");
        let url = format!("sqlite://{}?mode=rwc", file.display());
        Database {
            pool: Pool::connect(&url).await,
            name: "test.db".to_owned(),
            url,
            _place: Place::Folder { _folder: folder },
        }
    }

    /// A database on the server that `ONWARD_TEST_POSTGRES` names.
    pub async fn on_postgres() -> Database {
        Database::on_server(&server("ONWARD_TEST_POSTGRES")).await
    }

    /// A database on the server that `ONWARD_TEST_MYSQL` names.
    pub async fn on_mysql() -> Database {
        Database::on_server(&server("ONWARD_TEST_MYSQL")).await
    }

    /// A pool that may only read the tables that are there now.
    pub async fn reader(&self) -> Pool {
        let name = format!("{}_r", self.name);
        match self.dialect() {
            Dialect::Sqlite => Pool::connect(&self.url.replace("mode=rwc", "mode=ro")).await,
            Dialect::Postgres => {
                self.execute(&format!(
                    "DO $$ BEGIN CREATE ROLE {name} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
                     GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"
                ))
                .await;
                Pool::connect(&self.url.replace("//postgres@", &format!("//{name}@"))).await
            }
            Dialect::MySql => {
                self.execute(&format!(
                    "CREATE USER IF NOT EXISTS {name}@localhost; GRANT SELECT ON {}.* TO {name}@localhost",
                    self.name
                ))
                .await;
                Pool::connect(&self.url.replace("//root@", &format!("//{name}@"))).await
            }
        }
    }

    /// Another empty database, of the same kind.
    pub async fn another(&self) -> Database {
        match self.dialect() {
            Dialect::Sqlite => Database::on_sqlite().await,
            Dialect::Postgres => Database::on_postgres().await,
            Dialect::MySql => Database::on_mysql().await,
        }
    }

    /// A connection of its own, on which a transaction can be left open.
    pub async fn another_connection(&self) -> Pool {
        let url = &self.url;
        let one = match self.dialect() {
            Dialect::Sqlite => SqlitePoolOptions::new()
                .max_connections(1)
                .connect(url)
                .await
                .map(Pool::Sqlite),
            Dialect::Postgres => PgPoolOptions::new()
                .max_connections(1)
                .connect(url)
                .await
                .map(Pool::Postgres),
            Dialect::MySql => MySqlPoolOptions::new()
                .max_connections(1)
                .connect(url)
                .await
                .map(Pool::MySql),
        };
        one.unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    /// The versions in the history and, to be the same, those that the journal says were applied and not reverted.
    pub async fn applied(&self) -> Vec<String> {
        let history = self
            .column("SELECT version FROM _onward_history ORDER BY version")
            .await;
        let mut journal: Vec<String> = Vec::new();
        for row in self
            .rows("SELECT action, version FROM _onward_journal ORDER BY seq")
            .await
        {
            match row[0].as_str() {
                "applied" => journal.push(row[1].clone()),
                "reverted" => journal.retain(|version| *version != row[1]),
                _ => {}
            }
        }
        journal.sort();
        assert_eq!(journal, history, "the journal and the history");
        history
    }

    pub(crate) async fn on_server(server: &str) -> Database {
        let name = fresh_name();
        let admin = Pool::connect(server).await;
        admin.execute(&format!("CREATE DATABASE {name}")).await;
        let url = named(server, &name);
        Database {
            pool: Pool::connect(&url).await,
            url,
            _place: Place::Server {
                server: server.to_owned(),
                name: name.clone(),
            },
            name,
        }
    }

    /// Whose SQL it speaks.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.pool {
            Pool::Sqlite(_) => Dialect::Sqlite,
            Pool::Postgres(_) => Dialect::Postgres,
            Pool::MySql(_) => Dialect::MySql,
        }
    }

    /// Runs statements.
    pub async fn execute(&self, sql: &str) {
        self.pool.execute(sql).await;
    }

    /// The rows of a query that selects only text and NULL; NULL is shown as `NULL`.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        with_pool!(self.pool, pool => {
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(pool).await;
            let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
            rows.iter()
                .map(|row| (0..row.len()).map(|column| {
                    // Unchecked, because MySQL calls the text of its own catalog binary.
                    let text: Option<String> = row.try_get_unchecked(column).expect("text");
                    text.unwrap_or_else(|| "NULL".to_owned())
                }).collect())
                .collect()
        })
    }

    /// The same of the first column; none where the query cannot be answered yet.
    pub async fn asked(&self, sql: &str) -> Vec<String> {
        with_pool!(self.pool, pool => {
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(pool).await;
            let rows = rows.unwrap_or_default();
            rows.iter()
                .filter_map(|row| row.try_get_unchecked(0).ok())
                .collect()
        })
    }

    /// The first column of a query's rows.
    pub async fn column(&self, sql: &str) -> Vec<String> {
        let rows = self.rows(sql).await;
        rows.into_iter()
            .filter_map(|row| row.into_iter().next())
            .collect()
    }
}

impl Drop for Place {
    /// Hundreds of tests make a database of PostgreSQL each, of 7 MB: together they fill a small disk.
    fn drop(&mut self) {
        let Place::Server { server, name } = self else {
            return;
        };
        let (server, name) = (server.clone(), name.clone());
        // A runtime cannot be started inside another. Whatever keeps the database is the end of the server's business.
        let _ = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(remove(&server, &name))
        })
        .join();
    }
}

async fn remove(server: &str, name: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if server.starts_with("postgres") {
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        let mut connection = PgConnection::connect(server).await?;
        connection.execute(AssertSqlSafe(drop)).await?;
    } else {
        // A transaction that the test left open would be waited for.
        let drop = format!("SET lock_wait_timeout = 1; DROP DATABASE {name}");
        let mut connection = MySqlConnection::connect(server).await?;
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(drop)))
            .await?;
    }
    Ok(())
}

fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set: run `cargo xtask test`, which starts the servers, or \
             `cargo xtask test --databases sqlite`, which needs none"
        )
    })
}

/// A name that no other test of this or another process has: ids of processes come again, the time does not.
fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = now.expect("a clock past 1970").as_millis();
    format!("onward_{millis:x}_{}_{count}", std::process::id())
}

/// The server's URL with the database `name` in place of its own.
fn named(server: &str, name: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = address.rsplit_once('/').unwrap_or((address, ""));
    format!("{host}/{name}?{query}")
}
