//! What do other schemas of the same database say that it is?
//!
//! Onward's tables stand where `search_path` leads, and a path that somebody gives in a URL leads to an empty schema, as to a new
//! database. A migration reaches each schema by its name all the same. So a database of PostgreSQL is as careful a place as any of its
//! schemas says that it is.

use onward_analysis::{Dialect, Tier};

use super::Tables;
use crate::Environment;
use crate::session::Session;

/// How many schemas are asked at once: there may be a thousand tenants.
const AT_ONCE: usize = 200;

/// `environment` as it counts here: with the most careful tier of all.
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
         AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY n.oid",
        tables.literal(tables.home())
    );
    let rows = session.query(&sql, &[]).await?;
    let labels = rows.iter().filter_map(|row| {
        let schema = Dialect::Postgres.quote(row.text(0)?);
        Some(format!(
            "SELECT tier FROM {schema}._onward_head WHERE id = 1"
        ))
    });
    let labels: Vec<String> = labels.collect();
    let mut careful = None;
    for labels in labels.chunks(AT_ONCE) {
        // Nothing is more careful.
        if careful == Some(Tier::Production) {
            break;
        }
        let together = most_careful(session, &labels.join(" UNION ALL ")).await?;
        careful = careful.max(match together {
            Some(tier) => tier,
            None => one_by_one(session, labels).await?,
        });
    }
    Ok(careful)
}

async fn one_by_one(session: &mut dyn Session, labels: &[String]) -> sqlx::Result<Option<Tier>> {
    let mut careful = None;
    for label in labels {
        careful = careful.max(most_careful(session, label).await?.flatten());
    }
    Ok(careful)
}

/// The most careful of the tiers that come back; nothing where a table was dropped meanwhile, or is another one of that name.
async fn most_careful(session: &mut dyn Session, sql: &str) -> sqlx::Result<Option<Option<Tier>>> {
    match session.query(sql, &[]).await {
        Ok(rows) => {
            let tiers = rows.iter().filter_map(|row| Tier::named(row.text(0)?));
            Ok(Some(tiers.max()))
        }
        Err(sqlx::Error::Database(_)) => Ok(None),
        Err(lost) => Err(lost),
    }
}
