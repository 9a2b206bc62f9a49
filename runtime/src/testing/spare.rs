//! From what is another database made, so that not every migration before it is run once more?
//!
//! A database stands by, in which migrations have run and no row was generated. It is brought up to where the next one is to begin, and
//! copied there: `CREATE DATABASE … TEMPLATE` (<https://www.postgresql.org/docs/current/manage-ag-templatedbs.html>).

use std::collections::HashMap;
use std::sync::Arc;

use onward_analysis::{Record, Version};

use super::database::{Database, Server};
use super::engine::Engine;
use crate::registration::Code;
use crate::{Direction, Result};

/// The database that stands by, and how many migrations have run in it; none where it was not asked for yet.
#[derive(Debug, Default)]
pub(super) struct Spare(Option<(Database, usize)>);

impl Spare {
    /// A database with these migrations, which are the first of all; never fewer than were asked for before.
    pub(super) async fn copy<'c>(
        &mut self,
        server: &Server,
        on_connect: &str,
        code: &'c HashMap<Version, &'static Code>,
        records: &[Arc<Record>],
    ) -> Result<Engine<'c>> {
        let (mut engine, done) = match self.0.take() {
            Some((database, done)) if done <= records.len() => {
                (Engine::resume(database, on_connect, code).await?, done)
            }
            other => {
                self.0 = other;
                self.end().await?;
                (Engine::start(server, on_connect, code).await?, 0)
            }
        };
        if let Err(error) = up(&mut engine, &records[done..]).await {
            // The first error is the one to tell.
            let _ = engine.end().await;
            return Err(error);
        }
        // What is set for a database by its name stays with it.
        if has_settings(&mut engine).await? {
            return Ok(engine);
        }
        let database = engine.leave().await;
        let copied = database.copy().await;
        self.0 = Some((database, records.len()));
        match copied {
            Ok(copy) => Engine::resume(copy, on_connect, code).await,
            // Somebody looks into the one that stands by: a session of a tool is enough.
            Err(_) => {
                let mut engine = Engine::start(server, on_connect, code).await?;
                match up(&mut engine, records).await {
                    Ok(()) => Ok(engine),
                    Err(error) => {
                        // The first error is the one to tell.
                        let _ = engine.end().await;
                        Err(error)
                    }
                }
            }
        }
    }

    /// Removes it.
    pub(super) async fn end(&mut self) -> Result<()> {
        match self.0.take() {
            Some((database, _)) => database.remove().await,
            None => Ok(()),
        }
    }
}

/// Takes the migrations up.
pub(super) async fn up(engine: &mut Engine<'_>, records: &[Arc<Record>]) -> Result<()> {
    for record in records {
        engine.run(record, Direction::Up).await?;
    }
    Ok(())
}

async fn has_settings(engine: &mut Engine<'_>) -> Result<bool> {
    let sql = "SELECT 1::int8 FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase \
               WHERE d.datname = current_database()";
    Ok(!engine.session.query(sql, &[]).await?.is_empty())
}
