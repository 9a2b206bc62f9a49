//! Which database is this, of all that have its name?
//!
//! Two servers can each have a `shop` in production. A server that was restored from a copy has the same journal, and one that was
//! made anew under the same address has another. So both are told: what the server says of itself, and how the journal begins.

use onward_analysis::Dialect;

use super::Tables;
use crate::session::{Row, Session};

/// What the server says of itself and of this database; none where it says nothing. A Galera cluster is one server. A standby of
/// PostgreSQL is not: a copy that was restored elsewhere has the same identifier, and only the address tells it.
///
/// # Errors
/// Where the connection is lost.
pub(crate) async fn server(session: &mut dyn Session) -> sqlx::Result<Option<String>> {
    let said = match session.dialect() {
        Dialect::Sqlite => {
            let file = "SELECT file FROM pragma_database_list WHERE name = 'main'";
            first(session, file).await?
        }
        // Who may connect may read these; CockroachDB has no such function.
        Dialect::Postgres => {
            let system =
                "SELECT 'system ' || system_identifier::text FROM pg_catalog.pg_control_system()";
            let place = "SELECT 'database ' || (SELECT oid::text FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
                         || coalesce(', ' || pg_catalog.host(pg_catalog.inet_server_addr()) || ':' || pg_catalog.inet_server_port(), '')";
            let system = first(session, system).await?;
            let place = first(session, place).await?;
            let said: Vec<String> = system.into_iter().chain(place).collect();
            (!said.is_empty()).then(|| said.join(", "))
        }
        Dialect::MySql => {
            // Whichever node of a Galera cluster answers, it is the same database.
            let cluster = "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_state_uuid'";
            let cluster = rows(session, cluster).await?;
            let uuid = cluster.first().and_then(|row| row.text(1));
            if let Some(uuid) = uuid.filter(|uuid| uuid.chars().any(|c| !matches!(c, '0' | '-'))) {
                return Ok(Some(format!("cluster {uuid}")));
            }
            let sql = "SHOW GLOBAL VARIABLES WHERE variable_name IN \
                       ('datadir', 'hostname', 'port', 'server_id', 'server_uid', 'server_uuid')";
            let said: Vec<String> = rows(session, sql).await?.iter().map(named).collect();
            (!said.is_empty()).then(|| said.join(", "))
        }
    };
    Ok(said.filter(|said| !said.is_empty()))
}

/// The seal of the journal's first entry, which no other database has but a copy of this one; none where the journal is empty.
///
/// # Errors
/// Where the connection is lost.
pub(crate) async fn ledger(
    session: &mut dyn Session,
    tables: &Tables,
) -> sqlx::Result<Option<String>> {
    let sql = format!("SELECT hash FROM {} WHERE seq = 1", tables.journal());
    first(session, &sql).await
}

fn named(row: &Row) -> String {
    let text = |column| row.text(column).unwrap_or_default();
    format!("{} {}", text(0), text(1))
}

async fn first(session: &mut dyn Session, sql: &str) -> sqlx::Result<Option<String>> {
    let rows = rows(session, sql).await?;
    Ok(rows.first().and_then(|row| row.text(0)).map(str::to_owned))
}

/// The rows; none where the server refuses to tell.
async fn rows(session: &mut dyn Session, sql: &str) -> sqlx::Result<Vec<Row>> {
    match session.query(sql, &[]).await {
        Err(sqlx::Error::Database(_)) => Ok(Vec::new()),
        rows => rows,
    }
}
