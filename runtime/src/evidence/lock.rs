//! How is it made sure that what was found out is still so when the step runs?

use onward_analysis::Dialect;

use super::ask::word;
use crate::session::Session;
use crate::{Error, LockError, Result, Step};

/// Keeps others from writing to what `step` loses, until the open transaction ends.
///
/// PostgreSQL takes the lock that the step needs anyway, waiting no longer than the session's `lock_timeout`, or 5 s
/// where it has none: whoever waits for this lock stops everybody who comes after. SQLite's transaction keeps others from
/// writing from its beginning. MySQL ends the transaction, and so a lock, with each DDL statement, which the decision says.
///
/// # Errors
/// [`LockError::Table`] where the lock is not given in time, and where the connection is lost.
pub(crate) async fn lock(session: &mut dyn Session, step: &Step) -> Result<()> {
    if session.dialect() != Dialect::Postgres || step.losses().is_empty() {
        return Ok(());
    }
    // What is counted after the lock must be what was committed while it was waited for. A snapshot that the application's
    // `default_transaction_isolation` takes with the first query would be older than that.
    session
        .execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        .await?;
    const PATIENCE: &str = "SELECT set_config('lock_timeout', \
        CASE current_setting('lock_timeout') WHEN '0' THEN '5s' ELSE current_setting('lock_timeout') END, true)";
    session.query(PATIENCE, &[]).await?;
    let mut locked: Vec<String> = Vec::new();
    for loss in step.losses() {
        let table = super::table(Dialect::Postgres, &loss.object);
        if locked.contains(&table) {
            continue;
        }
        let is_table = format!(
            "SELECT count(*) FROM pg_class WHERE oid = to_regclass({}) AND relkind IN ('r', 'p')",
            word(Dialect::Postgres, &table)
        );
        let rows = session.query(&is_table, &[]).await?;
        if rows.first().and_then(|row| row.int(0)) == Some(1) {
            let sql = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
            let locked = session.execute(&sql).await;
            locked.map_err(|error| match error.as_database_error() {
                // lock_not_available
                Some(refused) if refused.code().as_deref() == Some("55P03") => LockError::Table {
                    table: table.clone(),
                    migration: step.name(),
                }
                .into(),
                _ => Error::from(error),
            })?;
        }
        locked.push(table);
    }
    Ok(())
}
