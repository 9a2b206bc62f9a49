//! How is a generated case run on a real database, and what stands there afterwards?

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use onward_analysis::Dialect;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};

/// A column: its name and its declared type, in lower case.
pub(crate) type Columns = Vec<(String, String)>;

/// A connection to a database of the test's own.
pub(crate) enum Database {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
    /// With the name of its database, which it makes anew for each case.
    MySql(sqlx::MySqlConnection, String),
}

/// The name of a database that no other run has, and no other test of this one.
fn name() -> String {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let number = GIVEN.fetch_add(1, Ordering::Relaxed);
    format!("onward_differential_{}_{number}", std::process::id())
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
                *connection = sqlx::SqliteConnection::connect("sqlite::memory:").await.expect("SQLite opens in memory");
                // As Onward's runner does, and as the verdict assumes.
                "PRAGMA foreign_keys = OFF".to_owned()
            }
            Database::Postgres(_) => "ROLLBACK; DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET client_min_messages = error".to_owned(),
            // Not strict, as MySQL's types are judged.
            Database::MySql(_, name) => format!(
                "ROLLBACK; DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}; USE {name}; SET sql_mode = ''"
            ),
        };
        self.run(&sql).await.expect("an empty database");
    }

    pub(crate) async fn run(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        each!(self, connection => connection.execute(sqlx::raw_sql(sql)).await.map(|_| ()))
    }

    pub(crate) async fn rows(&mut self, sql: String) -> Vec<Vec<Option<String>>> {
        each!(self, connection => {
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await.expect("a query of the test's own");
            rows.iter()
                .map(|row| (0..row.columns().len()).map(|at| text(row.try_get(at), row.try_get::<Option<Vec<u8>>, _>(at).ok())).collect())
                .collect()
        })
    }

    /// The tables that keep data, with their columns.
    pub(crate) async fn tables(&mut self) -> BTreeMap<String, Columns> {
        let sql = match self.dialect() {
            Dialect::Sqlite => {
                "SELECT m.name, c.name, lower(c.type) FROM sqlite_master m, pragma_table_info(m.name) c \
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY c.cid"
            }
            Dialect::Postgres => {
                "SELECT c.table_name::text, c.column_name::text, c.data_type::text FROM information_schema.columns c \
                 JOIN information_schema.tables t USING (table_schema, table_name) \
                 WHERE t.table_type = 'BASE TABLE' AND t.table_schema = 'public' ORDER BY c.ordinal_position"
            }
            Dialect::MySql => {
                "SELECT c.table_name, c.column_name, lower(c.column_type) FROM information_schema.columns c \
                 JOIN information_schema.tables t USING (table_schema, table_name) \
                 WHERE t.table_type = 'BASE TABLE' AND t.table_schema = DATABASE() ORDER BY c.ordinal_position"
            }
        };
        let mut tables = BTreeMap::<String, Columns>::new();
        for row in self.rows(sql.to_owned()).await {
            let mut cells = row.into_iter().map(Option::unwrap_or_default);
            let table = cells.next().expect("three cells");
            tables.entry(table).or_default().push((
                cells.next().expect("three cells"),
                cells.next().expect("three cells"),
            ));
        }
        tables
    }

    /// Every row of a table, its values as text.
    pub(crate) async fn cells(
        &mut self,
        table: &str,
        columns: &Columns,
    ) -> Vec<Vec<Option<String>>> {
        let dialect = self.dialect();
        let kind = if dialect == Dialect::MySql {
            "char"
        } else {
            "text"
        };
        let casts: Vec<String> = columns
            .iter()
            .map(|(name, _)| format!("CAST({} AS {kind})", dialect.quote(name)))
            .collect();
        let (casts, table) = (casts.join(", "), dialect.quote(table));
        self.rows(format!("SELECT {casts} FROM {table}")).await
    }
}

/// MySQL calls some of its own names binary; they are text all the same.
fn text(
    plain: Result<Option<String>, sqlx::Error>,
    bytes: Option<Option<Vec<u8>>>,
) -> Option<String> {
    plain.unwrap_or_else(|_| {
        bytes
            .flatten()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    })
}
