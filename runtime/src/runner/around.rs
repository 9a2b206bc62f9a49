//! What stood in the database before the migration that failed?

use onward_analysis::Dialect;

use crate::history::State;
use crate::session::Session;
use crate::{Direction, Step};

/// What a person should know of the database beside the failure.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// Whether migrations before it are applied.
    pub(super) follows: bool,
    /// The tables in which other tools keep their history, each with its tool, where what the first migration makes is there.
    others: Vec<(&'static str, &'static str)>,
}

/// Where other tools keep their history.
const HISTORIES: [(&str, &str); 11] = [
    ("_sqlx_migrations", "sqlx"),
    ("__diesel_schema_migrations", "diesel"),
    ("refinery_schema_history", "refinery"),
    ("schema_migrations", "golang-migrate, or dbmate or Rails"),
    ("seaql_migrations", "SeaORM"),
    ("goose_db_version", "goose"),
    ("flyway_schema_history", "Flyway"),
    ("databasechangelog", "Liquibase"),
    ("_prisma_migrations", "Prisma"),
    ("django_migrations", "Django"),
    ("alembic_version", "Alembic"),
];

impl Around {
    /// Looks around where `step` failed with `error`. What cannot be asked any more is left out.
    pub(super) async fn of(
        session: &mut dyn Session,
        step: &Step,
        state: &State,
        error: Option<&sqlx::Error>,
    ) -> Around {
        let follows = step.direction() == Direction::Up && !state.applied.is_empty();
        let is_first = step.direction() == Direction::Up && state.applied.is_empty();
        let others = match is_first && error.is_some_and(is_there_already) {
            true => others(session).await,
            false => Vec::new(),
        };
        Around { follows, others }
    }

    /// Whether it is said already what is to be done.
    pub(super) fn says_what_to_do(&self) -> bool {
        !self.others.is_empty()
    }
}

/// Whether what was to be made is there.
fn is_there_already(error: &sqlx::Error) -> bool {
    let message = error.as_database_error().map(|error| error.message());
    message.is_some_and(|said| {
        let said = said.to_ascii_lowercase();
        said.contains("already exists") || said.contains("duplicate column")
    })
}

async fn others(session: &mut dyn Session) -> Vec<(&'static str, &'static str)> {
    let names = HISTORIES.map(|(table, _)| format!("'{table}'")).join(", ");
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
    let rows = session.query(&sql, &[]).await.unwrap_or_default();
    let there = |table: &str| rows.iter().any(|row| row.text(0) == Some(table));
    let found = HISTORIES.into_iter().filter(|(table, _)| there(table));
    found.collect()
}

impl std::fmt::Display for Around {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (table, tool) in &self.others {
            writeln!(
                f,
                "The table `{table}` is here: {tool} has migrated this database, and made what is there already. Onward takes over \
                 no other tool's history: give it an empty database, or leave to that tool what it has made and give Onward only \
                 what comes after."
            )?;
        }
        Ok(())
    }
}
