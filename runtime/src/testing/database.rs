//! Where does the throw-away database come from, and how does it go?
//!
//! Whatever the URL names, that database is only asked to make another one, under a name that nobody has; on SQLite it
//! is in memory, and the URL's file is not looked at.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use onward_analysis::Dialect;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use sqlx::AssertSqlSafe;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
use sqlx::Connection as _;

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
use crate::session::Own as _;
use crate::session::Session;
use crate::{Error, Result};

/// Where databases can be made.
#[derive(Debug, Clone)]
pub(super) enum Server {
    #[cfg(feature = "sqlite")]
    Memory,
    #[cfg(feature = "postgres")]
    Postgres(Box<sqlx::postgres::PgConnectOptions>),
    #[cfg(feature = "mysql")]
    MySql(Box<sqlx::mysql::MySqlConnectOptions>),
}

/// The dialect that a URL's scheme names.
pub(super) fn dialect(url: &str) -> Option<Dialect> {
    Dialect::named(url.split(':').next()?)
}

impl Server {
    /// The server of a URL.
    pub(super) fn parse(url: &str) -> Result<Server> {
        match dialect(url) {
            #[cfg(feature = "sqlite")]
            Some(Dialect::Sqlite) => Ok(Server::Memory),
            #[cfg(feature = "postgres")]
            Some(Dialect::Postgres) => Ok(Server::Postgres(Box::new(url.parse()?))),
            #[cfg(feature = "mysql")]
            Some(Dialect::MySql) => Ok(Server::MySql(Box::new(url.parse()?))),
            #[allow(unreachable_patterns, reason = "where every driver is there")]
            Some(dialect) => Err(refusal(format!(
                "Onward's feature `{dialect}` is off, and the URL names such a database.\n\
                 Enable it in Cargo.toml, or name another database."
            ))),
            None => Err(refusal(
                "The URL of the test's server names no database that Onward knows.\n\
                 It begins with `sqlite:`, `postgres:`, `mysql:` or `mariadb:`."
                    .to_owned(),
            )),
        }
    }

    /// Whether one database can be made as a copy of another.
    pub(super) fn copies(&self) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Server::Postgres(_) => true,
            #[allow(unreachable_patterns, reason = "where no other driver is there")]
            _ => false,
        }
    }

    /// Makes an empty database that is nobody else's.
    pub(super) async fn create(&self) -> Result<Database> {
        let database = Database {
            server: self.clone(),
            name: fresh_name(),
        };
        database.administer("CREATE DATABASE").await?;
        Ok(database)
    }
}

/// A database of the test's own.
#[derive(Debug)]
pub(super) struct Database {
    server: Server,
    name: String,
}

impl Database {
    /// A connection to it.
    pub(super) async fn connect(&self) -> Result<Box<dyn Session>> {
        match &self.server {
            #[cfg(feature = "sqlite")]
            Server::Memory => {
                let connection = sqlx::SqliteConnection::connect("sqlite::memory:").await?;
                Ok(connection.own())
            }
            #[cfg(feature = "postgres")]
            Server::Postgres(options) => {
                let options = options.as_ref().clone().database(&self.name);
                let mut session = sqlx::PgConnection::connect_with(&options).await?.own();
                self.is_here(session.as_mut(), "SELECT current_database()::text")
                    .await?;
                // A crash of the server would take nothing that anybody needs.
                session.execute("SET synchronous_commit = off").await?;
                Ok(session)
            }
            #[cfg(feature = "mysql")]
            Server::MySql(options) => {
                let options = options.as_ref().clone().database(&self.name);
                let mut session = sqlx::MySqlConnection::connect_with(&options).await?.own();
                self.is_here(session.as_mut(), "SELECT CAST(DATABASE() AS CHAR)")
                    .await?;
                Ok(session)
            }
        }
    }

    /// Another one that is the same, where the server makes such: on PostgreSQL, while nobody is connected to this one.
    pub(super) async fn copy(&self) -> Result<Database> {
        let copy = Database {
            server: self.server.clone(),
            name: fresh_name(),
        };
        let template = Dialect::Postgres.quote(&self.name);
        copy.administer_with("CREATE DATABASE", &format!(" TEMPLATE {template}"))
            .await?;
        Ok(copy)
    }

    /// Removes it.
    pub(super) async fn remove(&self) -> Result<()> {
        self.administer("DROP DATABASE").await
    }

    /// A pooler may lead elsewhere than it was told.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    async fn is_here(&self, session: &mut dyn Session, question: &str) -> Result<()> {
        let rows = session.query(question, &[]).await?;
        let here = rows.first().and_then(|row| row.text(0));
        if here == Some(self.name.as_str()) {
            return Ok(());
        }
        Err(refusal(format!(
            "The connection leads to the database {}, not to {}, which the test has made. Nothing was changed.\n\
             Give the server's own URL, not a pooler's.",
            here.unwrap_or("without a name"),
            self.name
        )))
    }

    async fn administer(&self, what: &str) -> Result<()> {
        self.administer_with(what, "").await
    }

    async fn administer_with(&self, what: &str, how: &str) -> Result<()> {
        match &self.server {
            #[cfg(feature = "sqlite")]
            Server::Memory => {
                let _ = (what, how, &self.name);
                Ok(())
            }
            #[cfg(feature = "postgres")]
            Server::Postgres(options) => {
                let mut server = sqlx::PgConnection::connect_with(options).await?;
                let sql = format!("{what} {}{how}", Dialect::Postgres.quote(&self.name));
                sqlx::raw_sql(AssertSqlSafe(sql))
                    .execute(&mut server)
                    .await?;
                Ok(server.close().await?)
            }
            #[cfg(feature = "mysql")]
            Server::MySql(options) => {
                let mut server = sqlx::MySqlConnection::connect_with(options).await?;
                let sql = format!("{what} {}{how}", Dialect::MySql.quote(&self.name));
                sqlx::raw_sql(AssertSqlSafe(sql))
                    .execute(&mut server)
                    .await?;
                Ok(server.close().await?)
            }
        }
    }
}

/// A name that no other test of this or another process has: ids of processes come again, the time does not.
fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = now.map_or(0, |now| now.as_millis());
    format!(
        "onward_round_trip_{millis:x}_{}_{count}",
        std::process::id()
    )
}

/// What was asked for cannot be done.
pub(super) fn refusal(message: String) -> Error {
    Error::Other(message.into())
}
