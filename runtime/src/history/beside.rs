//! What do other schemas of the same database say that it is?
//!
//! Onward's tables stand where `search_path` leads, and a path that somebody gives in a URL leads to an empty schema, as to a new
//! database. A migration reaches each schema by its name all the same. So a database of PostgreSQL is as careful a place as any of its
//! schemas says that it is.

use onward_analysis::{Dialect, Tier};

use super::Tables;
use crate::Environment;
use crate::session::Session;

/// How many schemas are asked at most: of a thousand tenants each has the same label.
const ENOUGH: usize = 100;

/// `environment` as it counts in a new database: with the more careful tier of the two.
///
/// # Errors
/// Where the connection is lost.
pub(crate) async fn counted(
    session: &mut dyn Session,
    tables: &Tables,
    environment: Environment,
) -> sqlx::Result<Environment> {
    Ok(match tier(session, tables).await? {
        Some(tier) => {
            let beside = Environment::new(environment.name(), tier);
            environment.labelled(&beside)
        }
        None => environment,
    })
}

/// The most careful tier that Onward's tables in another schema give, as far as this role may read them.
async fn tier(session: &mut dyn Session, tables: &Tables) -> sqlx::Result<Option<Tier>> {
    if tables.dialect() != Dialect::Postgres {
        return Ok(None);
    }
    let sql = format!(
        "SELECT n.nspname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname = '_onward_head' AND c.relkind = 'r' AND n.nspname <> {} \
         AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') ORDER BY n.oid LIMIT {ENOUGH}",
        tables.literal(tables.home())
    );
    let mut careful = None;
    for row in session.query(&sql, &[]).await? {
        let schema = Dialect::Postgres.quote(row.text(0).unwrap_or_default());
        let label = format!("SELECT tier FROM {schema}._onward_head WHERE id = 1");
        let said = match session.query(&label, &[]).await {
            // Dropped meanwhile, or another table of that name.
            Err(sqlx::Error::Database(_)) => continue,
            said => said?,
        };
        let tier = said.first().and_then(|row| Tier::named(row.text(0)?));
        careful = careful.max(tier);
    }
    Ok(careful)
}
