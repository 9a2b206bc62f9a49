//! How is it made sure that what was found out is still so when the step runs?

use onward_analysis::{Dialect, Loss, LossKind, Object};

use super::BOUND;
use super::ask::{may_name_public, word};
use super::path::CATALOGS_FIRST;
use crate::lock::is_taken;
use crate::session::Session;
use crate::{Error, LockError, Result, Step};

/// Keeps others from writing to what `step` loses, until the open transaction ends.
///
/// PostgreSQL takes the lock that the step needs anyway, waiting no longer than the session's `lock_timeout`, or 5 s
/// where it has none: whoever waits for this lock stops everybody who comes after. On MySQL the transaction must be
/// serializable: then InnoDB locks what it reads, and the place behind the last row. SQLite's transaction keeps others from
/// writing from its beginning.
///
/// # Errors
/// [`LockError::Table`] where the lock is not given in time, and where the connection is lost.
pub(crate) async fn lock(session: &mut dyn Session, step: &Step) -> Result<()> {
    if step.losses().is_empty() {
        return Ok(());
    }
    match session.dialect() {
        Dialect::Sqlite => Ok(()),
        Dialect::Postgres => postgres(session, step).await,
        Dialect::MySql => mysql(session, step).await,
    }
}

async fn postgres(session: &mut dyn Session, step: &Step) -> Result<()> {
    const PATIENCE: &str = "SELECT pg_catalog.set_config('lock_timeout', \
        CASE pg_catalog.current_setting('lock_timeout') WHEN '0' THEN '5s' ELSE pg_catalog.current_setting('lock_timeout') END, true)";
    session.query(PATIENCE, &[]).await?;
    let before = format!("SAVEPOINT onward_locks; {CATALOGS_FIRST}");
    session.execute(&before).await?;
    let tables = lockable(session, step).await?;
    let after = "ROLLBACK TO SAVEPOINT onward_locks; RELEASE SAVEPOINT onward_locks";
    session.execute(after).await?;
    for table in tables {
        let sql = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        let locked = session.execute(&sql).await;
        locked.map_err(|error| in_the_way(error, &table, step))?;
    }
    Ok(())
}

/// The tables that `step` takes something of, those of a schema that goes among them. What this role may not lock it may not
/// count either, so the question says that it is unknown.
async fn lockable(session: &mut dyn Session, step: &Step) -> Result<Vec<String>> {
    let mut lockable = Vec::new();
    let named = tables(step, Dialect::Postgres).into_iter();
    let named = named.map(|table| (table, ""));
    // The analysis writes `public.users` and `users` alike, and this connection may find another one first.
    let public = match may_name_public(step) {
        true => in_public(step),
        false => Vec::new(),
    };
    let may = " AND has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE')";
    for (table, among) in named.chain(public.into_iter().map(|table| (table, may))) {
        let is_table = format!(
            "SELECT count(*) FROM pg_class WHERE oid = to_regclass({})::oid AND relkind IN ('r', 'p'){among}",
            word(Dialect::Postgres, &table)
        );
        let rows = session.query(&is_table, &[]).await?;
        if rows.first().and_then(|row| row.int(0)) == Some(1) {
            lockable.push(table);
        }
    }
    let schemas = step.losses().iter();
    for loss in schemas.filter(|loss| loss.kind == LossKind::DropSchema) {
        let inside = format!(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = {} AND c.relkind IN ('r', 'p') \
             AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') ORDER BY c.oid",
            word(Dialect::Postgres, &loss.object.table)
        );
        let rows = session.query(&inside, &[]).await?;
        lockable.extend(rows.iter().filter_map(|row| row.text(0).map(str::to_owned)));
    }
    Ok(lockable)
}

/// Reads what will be counted once more, without the short time-out of a question: whoever is writing there is waited for
/// like for any lock.
async fn mysql(session: &mut dyn Session, step: &Step) -> Result<()> {
    for table in tables(step, Dialect::MySql) {
        // Of the rows themselves: the lock on an index's entry keeps nobody from changing another column.
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {table} USE INDEX () LIMIT {}) AS held",
            BOUND + 1
        );
        match session.query(&sql, &[]).await {
            Ok(_) => {}
            Err(error) if is_taken(&error) => return Err(in_the_way(error, &table, step)),
            // What is not there, or may not be read, is told by the question.
            Err(sqlx::Error::Database(_)) => {}
            Err(lost) => return Err(lost.into()),
        }
    }
    Ok(())
}

/// What it loses without saying of which schema, as if `public` had been said.
fn in_public(step: &Step) -> Vec<String> {
    let losses = step.losses().iter();
    let bare = losses.filter(|loss| loss.object.schema.is_none());
    let tables = bare.map(|loss| {
        let public = Object {
            schema: Some("public".to_owned()),
            ..loss.object.clone()
        };
        super::table(Dialect::Postgres, &public)
    });
    tables.collect()
}

/// The tables of what `step` loses, each once.
fn tables(step: &Step, dialect: Dialect) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    for Loss { object, .. } in step.losses() {
        let table = super::table(dialect, object);
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    tables
}

/// The first table that `step` takes something of, for a message.
pub(crate) fn table_of(step: &Step) -> String {
    let first = step.losses().first();
    first.map_or_else(String::new, |loss| {
        super::table(step.dialect(), &loss.object)
    })
}

/// Where a lock was not given in time: which table's.
pub(crate) fn in_the_way(error: sqlx::Error, table: &str, step: &Step) -> Error {
    match is_taken(&error) {
        true => is_held(table, step),
        false => error.into(),
    }
}

/// That others hold `table`, which `step` needs.
pub(crate) fn is_held(table: &str, step: &Step) -> Error {
    LockError::Table {
        table: table.to_owned(),
        migration: step.name(),
        direction: step.direction(),
        dialect: step.dialect(),
    }
    .into()
}
