//! Has another tool migrated this database, and with which of these migrations?

use onward_analysis::{Dialect, Record, Version};

use super::HistoryError;
use crate::Result;
use crate::session::Session;

/// A tool, and the table in which it keeps its history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Other {
    /// The table's name in small letters.
    pub(crate) table: &'static str,
    /// Who makes it.
    pub(crate) tool: &'static str,
    /// How it names a migration; none where no folder of it is taken as it is.
    key: Option<Key>,
}

/// The columns by which a migration is known.
#[derive(Debug, Clone, Copy)]
struct Key {
    version: &'static str,
    name: Option<&'static str>,
}

const OTHERS: [Other; 11] = [
    Other::named("_sqlx_migrations", "sqlx", "version", "description"),
    Other::numbered("__diesel_schema_migrations", "diesel", "version"),
    Other::named("refinery_schema_history", "refinery", "version", "name"),
    Other::numbered(
        "schema_migrations",
        "golang-migrate, or dbmate or Rails",
        "version",
    ),
    Other::unread("seaql_migrations", "SeaORM"),
    Other::numbered("goose_db_version", "goose", "version_id"),
    Other::named("flyway_schema_history", "Flyway", "version", "description"),
    Other::unread("databasechangelog", "Liquibase"),
    Other::unread("_prisma_migrations", "Prisma"),
    Other::unread("django_migrations", "Django"),
    Other::unread("alembic_version", "Alembic"),
];

impl Other {
    const fn unread(table: &'static str, tool: &'static str) -> Other {
        let key = None;
        Other { table, tool, key }
    }

    const fn numbered(table: &'static str, tool: &'static str, version: &'static str) -> Other {
        let key = Some(Key {
            version,
            name: None,
        });
        Other { table, tool, key }
    }

    const fn named(
        table: &'static str,
        tool: &'static str,
        version: &'static str,
        name: &'static str,
    ) -> Other {
        let key = Some(Key {
            version,
            name: Some(name),
        });
        Other { table, tool, key }
    }

    /// Those of `records` that its history has too: of one version, and of one name where it keeps names.
    async fn has_run(
        self,
        session: &mut dyn Session,
        records: &[&Record],
    ) -> sqlx::Result<Vec<(Version, String)>> {
        let Some(key) = self.key else {
            return Ok(Vec::new());
        };
        let text = match session.dialect() {
            Dialect::Sqlite | Dialect::Postgres => "text",
            Dialect::MySql => "char",
        };
        let name = key.name.unwrap_or("NULL");
        let sql = format!(
            "SELECT CAST({} AS {text}), CAST({name} AS {text}) FROM {}",
            key.version, self.table
        );
        let rows = match session.rows(&sql, &[]).await {
            Err(error) if is_of_another_form(&error) => Vec::new(),
            rows => rows?,
        };
        let ran = |record: &&&Record| {
            rows.iter().any(|row| {
                let version = row.text(0).map(|text| text.replace('-', ""));
                let same_name = row
                    .text(1)
                    .is_none_or(|name| bare(name) == bare(&record.name));
                same_name && version.and_then(|text| text.parse().ok()) == Some(record.version)
            })
        };
        let both = records.iter().filter(ran);
        Ok(both
            .map(|record| (record.version, record.name.clone()))
            .collect())
    }
}

impl std::fmt::Display for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (`{}`)", self.tool, self.table)
    }
}

/// Whether a table is another than its name says, or this user may not read it, who is then told nothing of it. Whoever only holds it for
/// a moment is no reason to take it for empty.
fn is_of_another_form(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    // SQLITE_ERROR, and the SQLSTATE of names that are not there and of rights.
    code.is_some_and(|code| code == "1" || code.starts_with("42"))
}

/// A name without what the tools write differently: `add phone`, `add_phone`.
fn bare(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The tables of other tools that are here.
pub(crate) async fn here(session: &mut dyn Session) -> sqlx::Result<Vec<Other>> {
    let names = OTHERS.map(|other| format!("'{}'", other.table)).join(", ");
    let sql = match session.dialect() {
        Dialect::Sqlite => {
            format!("SELECT lower(name) FROM sqlite_master WHERE lower(name) IN ({names})")
        }
        Dialect::Postgres => format!(
            "SELECT c.relname::text FROM pg_catalog.pg_class c WHERE c.relname IN ({names}) AND pg_catalog.pg_table_is_visible(c.oid)"
        ),
        Dialect::MySql => format!(
            "SELECT lower(table_name) FROM information_schema.tables WHERE table_schema = database() AND lower(table_name) IN ({names})"
        ),
    };
    let rows = session.query(&sql, &[]).await?;
    let there = |other: &Other| rows.iter().any(|row| row.text(0) == Some(other.table));
    Ok(OTHERS.into_iter().filter(there).collect())
}

/// Whether none of `records` has run here already by the hand of another tool: what makes a table only where there is none would
/// run once more, and its down would take what it did not make.
pub(crate) async fn ran_none(
    session: &mut dyn Session,
    database: &str,
    records: &[&Record],
) -> Result<()> {
    for other in here(session).await? {
        let migrations = other.has_run(session, records).await?;
        if !migrations.is_empty() {
            return Err(HistoryError::RunByAnother {
                database: database.to_owned(),
                tool: other.tool.to_owned(),
                table: other.table.to_owned(),
                migrations,
                by_name: other.key.is_some_and(|key| key.name.is_some()),
            }
            .into());
        }
    }
    Ok(())
}
