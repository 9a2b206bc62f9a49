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

use super::leftovers::RUN;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
use crate::session::Own as _;
use crate::session::Session;
use crate::{Error, Result};

/// Where one run of the tests makes its databases.
#[derive(Debug, Clone)]
pub(super) struct Server {
    place: Place,
    /// The run's name, with which those of its databases begin.
    run: String,
}

#[derive(Debug, Clone)]
enum Place {
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
        Ok(Server {
            place: Place::parse(url)?,
            run: fresh_run(),
        })
    }

    /// The name of this run.
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    /// Whether one database can be made as a copy of another.
    pub(super) fn copies(&self) -> bool {
        match &self.place {
            #[cfg(feature = "postgres")]
            Place::Postgres(_) => true,
            #[allow(unreachable_patterns, reason = "where no other driver is there")]
            _ => false,
        }
    }

    /// Makes an empty database that is nobody else's.
    pub(super) async fn create(&self) -> Result<Database> {
        let database = self.another();
        database.administer("CREATE DATABASE", "").await?;
        Ok(database)
    }

    /// A connection to the database that the URL names; none where there is no server.
    pub(super) async fn connect(&self) -> Result<Option<Box<dyn Session>>> {
        Ok(match &self.place {
            #[cfg(feature = "sqlite")]
            Place::Memory => None,
            #[cfg(feature = "postgres")]
            Place::Postgres(options) => {
                Some(sqlx::PgConnection::connect_with(options).await?.own())
            }
            #[cfg(feature = "mysql")]
            Place::MySql(options) => {
                Some(sqlx::MySqlConnection::connect_with(options).await?.own())
            }
        })
    }

    /// Removes the database of that name.
    pub(super) async fn remove(&self, name: &str) -> Result<()> {
        let database = Database {
            server: self.clone(),
            name: name.to_owned(),
        };
        database.remove().await
    }

    /// One that is not there yet, under a name that nobody has.
    fn another(&self) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Database {
            server: self.clone(),
            name: format!("{}_{count}", self.run),
        }
    }
}

impl Place {
    fn parse(url: &str) -> Result<Place> {
        match dialect(url) {
            #[cfg(feature = "sqlite")]
            Some(Dialect::Sqlite) => Ok(Place::Memory),
            #[cfg(feature = "postgres")]
            Some(Dialect::Postgres) => Ok(Place::Postgres(Box::new(url.parse()?))),
            #[cfg(feature = "mysql")]
            Some(Dialect::MySql) => Ok(Place::MySql(Box::new(url.parse()?))),
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
        match &self.server.place {
            #[cfg(feature = "sqlite")]
            Place::Memory => {
                let connection = sqlx::SqliteConnection::connect("sqlite::memory:").await?;
                Ok(connection.own())
            }
            #[cfg(feature = "postgres")]
            Place::Postgres(options) => {
                let options = options.as_ref().clone().database(&self.name);
                let mut session = sqlx::PgConnection::connect_with(&options).await?.own();
                self.is_here(session.as_mut(), "SELECT current_database()::text")
                    .await?;
                // A crash of the server would take nothing that anybody needs.
                session.execute("SET synchronous_commit = off").await?;
                Ok(session)
            }
            #[cfg(feature = "mysql")]
            Place::MySql(options) => {
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
        let copy = self.server.another();
        let template = Dialect::Postgres.quote(&self.name);
        copy.administer("CREATE DATABASE", &format!(" TEMPLATE {template}"))
            .await?;
        Ok(copy)
    }

    /// Removes it, whoever else looks into it.
    pub(super) async fn remove(&self) -> Result<()> {
        #[cfg(feature = "postgres")]
        if matches!(self.server.place, Place::Postgres(_)) {
            match self.administer("DROP DATABASE", " WITH (FORCE)").await {
                // Before version 13.
                Err(Error::Database(error)) if is_syntax(&error) => {}
                done => return done,
            }
        }
        self.administer("DROP DATABASE", "").await
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

    async fn administer(&self, what: &str, how: &str) -> Result<()> {
        match &self.server.place {
            #[cfg(feature = "sqlite")]
            Place::Memory => {
                let _ = (what, how, &self.name);
                Ok(())
            }
            #[cfg(feature = "postgres")]
            Place::Postgres(options) => {
                let mut server = sqlx::PgConnection::connect_with(options).await?;
                let sql = format!("{what} {}{how}", Dialect::Postgres.quote(&self.name));
                sqlx::raw_sql(AssertSqlSafe(sql))
                    .execute(&mut server)
                    .await?;
                Ok(server.close().await?)
            }
            #[cfg(feature = "mysql")]
            Place::MySql(options) => {
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

/// The name of a run, that no other one of this or another process has: ids of processes come again, the time does not.
fn fresh_run() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = now.map_or(0, |now| now.as_millis());
    format!("{RUN}{millis:x}c{count}_{}", std::process::id())
}

#[cfg(feature = "postgres")]
fn is_syntax(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some("42601")
}

/// What was asked for cannot be done.
pub(super) fn refusal(message: String) -> Error {
    Error::Other(message.into())
}
