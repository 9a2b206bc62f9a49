//! Whose open transaction stands in the way, and since when?

use onward_analysis::{Dialect, Object};

use crate::evidence::ask::{Asked, Asking, Trouble, word};
use crate::evidence::table;
use crate::{Evidence, Policy, State};

/// The longest open transaction that holds one of `objects`; none on SQLite, which keeps no list.
pub(super) async fn longest(
    asking: &mut Asking<'_>,
    policy: &Policy,
    objects: &[&Object],
) -> sqlx::Result<Option<Evidence>> {
    // A transaction that is open for longer is not about to end by itself.
    let patience = i64::try_from(policy.patience.as_secs()).unwrap_or(i64::MAX);
    let dialect = asking.dialect();
    let query = match dialect {
        Dialect::Postgres => {
            let tables: Vec<String> = objects
                .iter()
                .map(|object| {
                    format!(
                        "to_regclass({})::oid",
                        word(dialect, &table(dialect, object))
                    )
                })
                .collect();
            format!(
                "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0)::bigint, \
                 count(*) FILTER (WHERE a.xact_start IS NULL), count(*), \
                 (pg_catalog.array_agg(pg_catalog.concat('server process ', a.pid, ' (', nullif(a.application_name, ''), ', ', a.state, ')') \
                 ORDER BY a.xact_start))[1] FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid) \
                 WHERE l.granted AND l.relation IN ({}) AND l.pid IS DISTINCT FROM pg_backend_pid() \
                 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                tables.join(", ")
            )
        }
        Dialect::MySql => {
            // It began by the clock of the server's machine, whatever zone this session is in.
            "SELECT CAST(coalesce(max(timestampdiff(SECOND, trx_started, convert_tz(utc_timestamp(), '+00:00', 'SYSTEM'))), 0) AS SIGNED), 0, count(*), \
             concat('connection ', substring_index(group_concat(trx_mysql_thread_id ORDER BY trx_started), ',', 1)) \
             FROM information_schema.innodb_trx WHERE trx_mysql_thread_id <> CONNECTION_ID()"
                .to_owned()
        }
        Dialect::Sqlite => return Ok(None),
    };
    let Asked { query, rows } = asking.ask(&query).await?;
    let row = rows.map(|rows| {
        rows.first().and_then(|row| {
            let who = row.text(3).unwrap_or("nobody that is shown");
            Some((row.int(0)?, row.int(1)?, row.int(2)?, who.to_owned()))
        })
    });
    let holds = match dialect {
        Dialect::MySql => "on this server may hold what it locks",
        Dialect::Postgres | Dialect::Sqlite => "holds what it locks",
    };
    let (state, sentence) = match row {
        Ok(Some((_, _, 0, _))) => (
            State::Clear,
            "No open transaction stands in its way.".to_owned(),
        ),
        Ok(Some((age, _, _, who))) if age > patience => (
            State::Blocked,
            format!(
                "A transaction that is open for {age} s {holds}: {who}. It would wait for it, and everybody else behind it."
            ),
        ),
        Ok(Some((_, 0, _, _))) => (
            State::Clear,
            format!("The oldest transaction that {holds} is not older than {patience} s."),
        ),
        Ok(Some(_)) => (
            State::Unknown,
            "This role may not see how old the transactions are that hold what it locks: grant it pg_monitor."
                .to_owned(),
        ),
        Ok(None) => (
            State::Unknown,
            "The database tells nothing of its transactions.".to_owned(),
        ),
        Err(Trouble::Missing) => (
            State::Unknown,
            "This server has no list of its transactions.".to_owned(),
        ),
        Err(Trouble::Because(why)) => (
            State::Unknown,
            format!("Which transactions are open is not known: {why}."),
        ),
    };
    Ok(Some(Evidence {
        query: Some(query),
        ..Evidence::said(state, sentence)
    }))
}
