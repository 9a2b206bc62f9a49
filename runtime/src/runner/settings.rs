//! Which settings does a migration run under, and what if it changes them?
//!
//! The application's time-outs are made for short queries and would kill a long migration, so the run has its own: how long a
//! statement may wait for a table (see [`super::queue`]), and how long it may take then. A migration that sets `search_path`, a
//! role, a database or a time-out must not decide how the next one runs, so what was set is put back after each. And a script is read
//! as it was when it was judged: a server, role or database may be set to take a backslash or a double quote for something else.

use std::time::Duration;

use onward_analysis::Dialect;

use super::Manners;
use crate::Result;
use crate::session::{Row, Session, literal};

/// The session's settings as they were found.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    dialect: Dialect,
    /// What puts the settings of the run back.
    run: String,
    /// What puts back those of the application.
    application: String,
}

impl Settings {
    /// Notes the session's settings and sets those of the run.
    pub(crate) async fn adopt(session: &mut dyn Session, manners: Manners) -> Result<Settings> {
        let settings = match session.dialect() {
            Dialect::Sqlite => sqlite(session, manners).await?,
            Dialect::Postgres => postgres(session, manners).await?,
            Dialect::MySql => mysql(session, manners).await?,
        };
        if let Err(error) = session.execute(&settings.run).await {
            // Some of them may be set. The first error counts.
            let _ = settings.give_back(session).await;
            return Err(error.into());
        }
        Ok(settings)
    }

    /// What must run after a script so that the next one finds the settings of the run; empty where it sets nothing.
    pub(super) fn after(&self, script: &str) -> &str {
        const SETTING: [&str; 5] = ["set", "set_config", "reset", "discard", "use"];
        let mut words = script.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let sets = |word: &str| SETTING.iter().any(|set| word.eq_ignore_ascii_case(set));
        match self.dialect {
            Dialect::Postgres | Dialect::MySql if words.any(sets) => &self.run,
            Dialect::Sqlite | Dialect::Postgres | Dialect::MySql => "",
        }
    }

    /// What puts the settings of the run back, whatever ran.
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    /// What puts back the settings of the application.
    pub(super) fn application(&self) -> &str {
        &self.application
    }

    /// Gives the session back to the application.
    pub(crate) async fn give_back(&self, session: &mut dyn Session) -> Result<()> {
        if self.dialect == Dialect::MySql {
            // What a script locked and did not come to unlock: nothing else could be written, not even why it was refused.
            session.execute("UNLOCK TABLES").await?;
        }
        session.execute(&self.application).await?;
        session.on_drop(None);
        Ok(())
    }
}

/// SQLite has no time-out for statements that a session could set: [`Session::limit`] interrupts them.
async fn sqlite(session: &mut dyn Session, manners: Manners) -> Result<Settings> {
    let sql = "SELECT (SELECT foreign_keys FROM pragma_foreign_keys), (SELECT timeout FROM pragma_busy_timeout)";
    let rows = session.query(sql, &[]).await?;
    let found = |column| rows.first().and_then(|row| row.int(column));
    let keys = if found(0) == Some(1) { ON } else { OFF };
    let busy = found(1).unwrap_or_default();
    let application = format!("{keys}; PRAGMA busy_timeout = {busy}");
    session.on_drop(Some(application.clone()));
    let turn = milliseconds(manners.turn).unwrap_or(i32::MAX);
    Ok(Settings {
        dialect: Dialect::Sqlite,
        run: format!("{OFF}; PRAGMA busy_timeout = {turn}"),
        application,
    })
}

/// Foreign keys enforced.
pub(super) const ON: &str = "PRAGMA foreign_keys = ON";
/// Foreign keys ignored: a rebuilt table leaves its children alone.
pub(super) const OFF: &str = "PRAGMA foreign_keys = OFF";

async fn postgres(session: &mut dyn Session, manners: Manners) -> Result<Settings> {
    let text = |text: &str| literal(Dialect::Postgres, text);
    // Who speaks comes first, for another role may not be allowed to set the rest. Not `RESET ALL`: it would take the
    // application's own variables (`app.user`), which no catalog lists, along.
    let who = "SELECT 'session_authorization', pg_catalog.current_setting('session_authorization') \
               UNION ALL SELECT 'role', pg_catalog.current_setting('role')";
    let what = format!(
        "SELECT name::text, setting::text FROM pg_catalog.pg_settings WHERE {OF_THE_SESSION} \
         UNION SELECT 'search_path', pg_catalog.current_setting('search_path')"
    );
    let set = |rows: Vec<Row>| -> String {
        let pairs = rows
            .iter()
            .filter_map(|row| Some((row.text(0)?, row.text(1)?)));
        pairs
            .map(|(name, value)| {
                let (name, value) = (text(name), text(value));
                format!("SELECT pg_catalog.set_config({name}, {value}, false);")
            })
            .collect()
    };
    let who = set(session.query(who, &[]).await?);
    let what = set(session.query(&what, &[]).await?);
    let reset = format!(
        "SELECT pg_catalog.set_config(name, reset_val, false) FROM pg_catalog.pg_settings WHERE {OF_THE_SESSION};"
    );
    let application = format!("{who} {reset} {what}");
    let run = format!(
        "{application} SET statement_timeout = {}; SET lock_timeout = {}; \
         SET idle_in_transaction_session_timeout = 0; SET client_min_messages = warning; \
         SET default_transaction_isolation = 'read committed'; {AS_JUDGED};",
        milliseconds(manners.longest).unwrap_or(0),
        milliseconds(manners.turn).unwrap_or(i32::MAX)
    );
    Ok(Settings {
        dialect: Dialect::Postgres,
        run,
        application,
    })
}

/// What a session has set itself. The isolation of one transaction is not for the next one.
const OF_THE_SESSION: &str = "source = 'session' AND name NOT IN ('role', 'session_authorization', \
     'transaction_isolation', 'transaction_read_only', 'transaction_deferrable')";

/// What the analysis takes for granted of how PostgreSQL reads SQL
/// (<https://www.postgresql.org/docs/15/runtime-config-compatible.html>), where it is set otherwise.
const AS_JUDGED: &str = "SELECT pg_catalog.set_config(s.name, j.usual, false) FROM pg_catalog.pg_settings s JOIN (VALUES \
     ('standard_conforming_strings', 'on'), ('transform_null_equals', 'off'), ('array_nulls', 'on')) j (name, usual) \
     ON j.name = s.name WHERE s.setting <> j.usual";

/// The modes under which MySQL or MariaDB reads or does something else than what the analysis judged, and those that stand for several.
/// `PIPES_AS_CONCAT` is not among them: sqlx sets it for each of its connections.
const READS_OTHERWISE: [&str; 13] = [
    "ANSI",
    "ANSI_QUOTES",
    "DB2",
    "EMPTY_STRING_IS_NULL",
    "HIGH_NOT_PRECEDENCE",
    "MAXDB",
    "MSSQL",
    "NO_BACKSLASH_ESCAPES",
    "ORACLE",
    "POSTGRESQL",
    "REAL_AS_FLOAT",
    "SIMULTANEOUS_ASSIGNMENT",
    "TIME_ROUND_FRACTIONAL",
];

/// A mode without what is judged otherwise.
fn as_judged(mode: &str) -> String {
    let modes = mode.split(',');
    let kept: Vec<&str> = modes
        .filter(|mode| !READS_OTHERWISE.contains(mode))
        .collect();
    kept.join(",")
}

async fn mysql(session: &mut dyn Session, manners: Manners) -> Result<Settings> {
    let names = [
        "sql_mode",
        "foreign_key_checks",
        "unique_checks",
        "time_zone",
        "character_set_client",
        "character_set_results",
        "collation_connection",
        "sql_safe_updates",
        "lock_wait_timeout",
        "innodb_lock_wait_timeout",
    ];
    let columns: Vec<String> = names
        .iter()
        .map(|name| format!("CAST(@@SESSION.{name} AS CHAR)"))
        .collect();
    let sql = format!(
        "SELECT CAST(database() AS CHAR), {}, CAST(@@SESSION.autocommit AS CHAR)",
        columns.join(", ")
    );
    let rows = session.query(&sql, &[]).await?;
    let mut set = Vec::new();
    let mut home = String::new();
    let mut reading = String::new();
    if let Some(row) = rows.first() {
        if let Some(database) = row.text(0) {
            home = format!("USE {};", Dialect::MySql.quote(database));
        }
        for (index, name) in names.iter().enumerate() {
            if let Some(value) = row.text(index + 1) {
                if *name == "sql_mode" {
                    let judged = literal(Dialect::MySql, &as_judged(value));
                    reading = format!("SET SESSION sql_mode = {judged};");
                }
                let is_number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
                let value = if is_number {
                    value.to_owned()
                } else {
                    literal(Dialect::MySql, value)
                };
                set.push(format!("SESSION {name} = {value}"));
            }
        }
    }
    let before = rows
        .first()
        .and_then(|row| row.text(names.len() + 1))
        .unwrap_or("1");
    let settings =
        |autocommit: &str| format!("SET {}, autocommit = {autocommit}; {home}", set.join(", "));
    let (run, application) = (format!("{} {reading}", settings("1")), settings(before));
    // Only MariaDB has a time-out for statements of every kind, in seconds; MySQL's is for SELECT alone, in milliseconds.
    let sql = "SHOW SESSION VARIABLES WHERE variable_name IN ('max_statement_time', 'max_execution_time')";
    let rows = session.query(sql, &[]).await?;
    let limit = rows
        .first()
        .and_then(|row| Some((row.text(0)?, row.text(1)?)));
    // Both count in seconds, up to a year of them; the first is for tables, the second for rows.
    let turn = seconds(manners.turn).unwrap_or(YEAR);
    let short = format!(
        "SET SESSION lock_wait_timeout = {turn}, SESSION innodb_lock_wait_timeout = {turn};"
    );
    let (run, application) = match limit {
        Some((name, before)) => {
            let longest = match name {
                "max_statement_time" => seconds(manners.longest).unwrap_or(0),
                _ => milliseconds(manners.longest).map_or(0, i32::unsigned_abs),
            };
            (
                format!("{run} SET SESSION {name} = {longest}; {short}"),
                format!("{application} SET SESSION {name} = {before};"),
            )
        }
        None => (format!("{run}{short}"), application),
    };
    Ok(Settings {
        dialect: Dialect::MySql,
        run,
        application,
    })
}

/// The longest time that MySQL and MariaDB know, in seconds.
const YEAR: u32 = 31_536_000;

/// Whole seconds, one at least; none where that is longer than MySQL and MariaDB know.
fn seconds(time: Duration) -> Option<u32> {
    let seconds = u32::try_from(time.as_millis().div_ceil(1000)).ok()?;
    (seconds <= YEAR).then_some(seconds.max(1))
}

/// Milliseconds, one at least; none where that is longer than 24 days, which is as far as PostgreSQL and SQLite count.
fn milliseconds(time: Duration) -> Option<i32> {
    i32::try_from(time.as_millis()).ok().map(|time| time.max(1))
}
