//! What did round trips leave behind that were killed?
//!
//! A database's name begins with that of the run which made it, and for as long as a run goes on one connection says so: by its
//! application's name on PostgreSQL, by a lock on MySQL. The server ends both with the connection, however the process ended.

use onward_analysis::Dialect;

use super::database::Server;
use crate::Result;
use crate::session::{Session, literal};

/// What the names of runs begin with.
pub(super) const RUN: &str = "onward_round_trip_r";

/// What says that a run goes on, until it is dropped; none where databases are in memory.
pub(super) struct Watch(Option<Box<dyn Session>>);

impl Watch {
    /// Begins the run, and removes what others left that go on no more.
    pub(super) async fn begin(server: &Server) -> Result<Watch> {
        let Some(mut session) = server.connect().await? else {
            return Ok(Watch(None));
        };
        let run = literal(session.dialect(), server.run());
        let (says, asks) = match session.dialect() {
            Dialect::MySql => (
                format!("SET SESSION wait_timeout = 86400; DO GET_LOCK({run}, 0)"),
                format!(
                    "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata \
                     WHERE LEFT(schema_name, {}) = '{RUN}' AND IS_FREE_LOCK(SUBSTRING_INDEX(schema_name, '_', 5)) = 1",
                    RUN.len()
                ),
            ),
            Dialect::Postgres | Dialect::Sqlite => (
                format!("SET application_name = {run}"),
                format!(
                    "SELECT d.datname::text FROM pg_catalog.pg_database d \
                     WHERE starts_with(d.datname::text, '{RUN}') AND pg_catalog.pg_get_userbyid(d.datdba) = current_user \
                     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity a \
                     WHERE d.datname::text LIKE replace(a.application_name, '_', '\\_') || '\\_%' AND a.application_name <> '')"
                ),
            ),
        };
        session.execute(&says).await?;
        // Whatever keeps the leftovers there keeps no test from running.
        for row in session.query(&asks, &[]).await.unwrap_or_default() {
            let Some(name) = row.text(0) else { continue };
            if let Err(error) = server.remove(name).await {
                tracing::debug!(%error, name, "a database that a test left behind could not be removed");
            }
        }
        Ok(Watch(Some(session)))
    }

    /// The run is over.
    pub(super) async fn end(self) {
        if let Some(session) = self.0 {
            session.close().await;
        }
    }
}
