//! Which settings does a migration run under, and what if it changes them?
//!
//! The application's time-outs would kill a long migration, so they are switched off for the run; how long a statement may
//! wait for a table is set instead (see [`super::queue`]). A migration that sets
//! `search_path`, a role or a database must not decide where the next one runs, so what was set is put back after each.

use std::time::Duration;

use onward_analysis::Dialect;

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
    /// Notes the session's settings and sets those of the run: a statement may wait for a table for `turn`, and take any time.
    pub(crate) async fn adopt(session: &mut dyn Session, turn: Duration) -> Result<Settings> {
        let settings = match session.dialect() {
            Dialect::Sqlite => sqlite(session).await?,
            Dialect::Postgres => postgres(session, turn).await?,
            Dialect::MySql => mysql(session, turn).await?,
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
        session.execute(&self.application).await?;
        session.on_drop(None);
        Ok(())
    }
}

async fn sqlite(session: &mut dyn Session) -> Result<Settings> {
    let rows = session.query("PRAGMA foreign_keys", &[]).await?;
    let on = rows.first().and_then(|row| row.int(0)) == Some(1);
    let application = if on { ON } else { OFF };
    session.on_drop(Some(application));
    Ok(Settings {
        dialect: Dialect::Sqlite,
        run: OFF.to_owned(),
        application: application.to_owned(),
    })
}

/// Foreign keys enforced.
pub(super) const ON: &str = "PRAGMA foreign_keys = ON";
/// Foreign keys ignored: a rebuilt table leaves its children alone.
pub(super) const OFF: &str = "PRAGMA foreign_keys = OFF";

async fn postgres(session: &mut dyn Session, turn: Duration) -> Result<Settings> {
    let text = |text: &str| literal(Dialect::Postgres, text);
    // Who speaks comes first, for another role may not be allowed to set the rest. Not `RESET ALL`: it would take the
    // application's own variables (`app.user`), which no catalog lists, along.
    let who = "SELECT 'session_authorization', current_setting('session_authorization') \
               UNION ALL SELECT 'role', current_setting('role')";
    let what = "SELECT name::text, setting::text FROM pg_catalog.pg_settings WHERE source = 'session' \
                AND name NOT IN ('role', 'session_authorization') \
                UNION SELECT 'search_path', current_setting('search_path')";
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
    let what = set(session.query(what, &[]).await?);
    let reset = "SELECT pg_catalog.set_config(name, reset_val, false) FROM pg_catalog.pg_settings \
                 WHERE source = 'session' AND name NOT IN ('role', 'session_authorization');";
    let application = format!("{who} {reset} {what}");
    let run = format!(
        "{application} SET statement_timeout = 0; SET lock_timeout = {}; \
         SET idle_in_transaction_session_timeout = 0; SET client_min_messages = warning;",
        // It counts in milliseconds, up to 24 days of them.
        turn.as_millis().clamp(1, i32::MAX as u128)
    );
    Ok(Settings {
        dialect: Dialect::Postgres,
        run,
        application,
    })
}

async fn mysql(session: &mut dyn Session, turn: Duration) -> Result<Settings> {
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
    let sql = format!("SELECT CAST(database() AS CHAR), {}", columns.join(", "));
    let rows = session.query(&sql, &[]).await?;
    let mut set = Vec::new();
    let mut home = String::new();
    if let Some(row) = rows.first() {
        if let Some(database) = row.text(0) {
            home = format!("USE {};", Dialect::MySql.quote(database));
        }
        for (index, name) in names.iter().enumerate() {
            if let Some(value) = row.text(index + 1) {
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
    let application = format!("SET {}, autocommit = 1; {home}", set.join(", "));
    // Only MariaDB has a time-out for statements of every kind; MySQL's is for SELECT alone.
    let sql = "SHOW SESSION VARIABLES LIKE 'max_statement_time'";
    let rows = session.query(sql, &[]).await?;
    let limited = |seconds| format!("{application} SET SESSION max_statement_time = {seconds};");
    // Both count in seconds, up to a year of them; the first is for tables, the second for rows.
    let turn = turn.as_millis().div_ceil(1000).clamp(1, 31_536_000);
    let short = format!(
        "SET SESSION lock_wait_timeout = {turn}, SESSION innodb_lock_wait_timeout = {turn};"
    );
    let (run, application) = match rows.first().and_then(|row| row.text(1)) {
        Some(seconds) => (format!("{}{short}", limited("0")), limited(seconds)),
        None => (format!("{application}{short}"), application),
    };
    Ok(Settings {
        dialect: Dialect::MySql,
        run,
        application,
    })
}
