//! How is a database asked without hurting it: under a time-out, leaving nothing behind, taking no error for an answer?

use std::time::Duration;

use onward_analysis::Dialect;

use super::consumers::Names;
use super::path::CATALOGS_FIRST;
use crate::clock::Clock;
use crate::session::{Row, Session, literal};
use crate::{Query, Step};

/// A conversation with the database, in which every query is short and no query fails the others.
pub(super) struct Asking<'s> {
    session: &'s mut dyn Session,
    patience: Duration,
    /// MariaDB and MySQL write a query's time-out differently.
    mariadb: bool,
    /// For how many seconds the session took sizes of tables from what was kept of them; none where it was not asked.
    kept: Option<i64>,
    /// Whether the transaction around the questions is ours to end.
    ours: bool,
    /// Which says when something was asked.
    clock: Clock,
    /// Whether what it is asked for may look for its tables where this connection does not.
    switches: bool,
    /// Whether what it is asked for may name the schema `public`, which stands in no name of the analysis.
    public: bool,
}

/// What came of a query.
pub(super) struct Asked {
    pub(super) query: Query,
    pub(super) rows: Result<Vec<Row>, Trouble>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The table or column is not there.
    Missing,
    /// Anything else, as a clause.
    Because(String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Missing => f.write_str("it is not there"),
            Trouble::Because(why) => f.write_str(why),
        }
    }
}

/// Values and names print the same whatever the application set: digests of values are compared over years.
const PRINTED: &str = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; \
                       SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; \
                       SET LOCAL quote_all_identifiers = off; SET LOCAL standard_conforming_strings = on";

impl<'s> Asking<'s> {
    /// Begins where no transaction is open.
    pub(super) async fn begin(
        session: &'s mut dyn Session,
        patience: Duration,
    ) -> sqlx::Result<Asking<'s>> {
        // PostgreSQL alone forgets settings with the transaction, and needs one for that.
        let ours = session.dialect() == Dialect::Postgres;
        if ours {
            session.begin().await?;
        }
        Asking::of(session, patience, ours).await
    }

    /// Begins in the transaction that is open.
    pub(super) async fn within(
        session: &'s mut dyn Session,
        patience: Duration,
    ) -> sqlx::Result<Asking<'s>> {
        Asking::of(session, patience, false).await
    }

    async fn of(
        session: &'s mut dyn Session,
        patience: Duration,
        ours: bool,
    ) -> sqlx::Result<Asking<'s>> {
        let mut mariadb = false;
        let mut kept = None;
        if session.dialect() == Dialect::MySql {
            let version = session.query("SELECT VERSION()", &[]).await?;
            let version = version.first().and_then(|row| row.text(0));
            mariadb = version.is_some_and(|version| version.contains("MariaDB"));
            if !mariadb {
                kept = look_anew(session).await?;
            }
        }
        Ok(Asking {
            session,
            patience,
            mariadb,
            kept,
            ours,
            clock: Clock::own(),
            switches: true,
            public: true,
        })
    }

    /// The same, for what these steps do.
    pub(super) fn of_steps(self, steps: &[&Step]) -> Asking<'s> {
        Asking {
            switches: steps.iter().any(|step| may_switch(step)),
            public: steps.iter().any(|step| may_name_public(step)),
            ..self
        }
    }

    /// The same, by that clock.
    pub(super) fn by(self, clock: Clock) -> Asking<'s> {
        Asking { clock, ..self }
    }

    /// Whether a table that is not where this connection looks can be meant all the same.
    pub(super) fn may_switch(&self) -> bool {
        self.switches
    }

    /// Whether a table without a schema can be the one of `public`, wherever this connection looks first.
    pub(super) fn may_mean_public(&self) -> bool {
        self.public && self.dialect() == Dialect::Postgres
    }

    /// Ends it.
    pub(super) async fn end(self) -> sqlx::Result<()> {
        if let Some(seconds) = self.kept {
            let before = format!("SET SESSION {STATISTICS} = {seconds}");
            self.session.execute(&before).await?;
        }
        if self.ours {
            self.session.rollback().await?;
        }
        Ok(())
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.session.dialect()
    }

    pub(super) fn is_mariadb(&self) -> bool {
        self.mariadb
    }

    /// Asks one query. An error is told in the answer; only a lost connection is an error here.
    pub(super) async fn ask(&mut self, query: &str) -> sqlx::Result<Asked> {
        let asked = self.clock.now();
        let result = match self.dialect() {
            Dialect::Postgres => self.ask_postgres(query).await?,
            Dialect::MySql => {
                let limited = limited(query, self.patience, self.mariadb);
                self.session.query(&limited, &[]).await
            }
            Dialect::Sqlite => {
                self.session.limit(Some(self.patience)).await?;
                let result = self.session.query(query, &[]).await;
                self.session.limit(None).await?;
                result
            }
        };
        let rows = match result {
            Ok(rows) => Ok(rows),
            Err(sqlx::Error::Database(error)) => Err(self.trouble(&*error)),
            // What came back is no text, as in a database of PostgreSQL without an encoding.
            Err(error @ sqlx::Error::ColumnDecode { .. }) => Err(Trouble::Because(format!(
                "what came back cannot be read: {error}"
            ))),
            Err(lost) => return Err(lost),
        };
        let value = match &rows {
            Ok(rows) => rows.first().map_or("no row".to_owned(), Row::to_string),
            Err(Trouble::Missing) => "it does not exist".to_owned(),
            Err(Trouble::Because(why)) => why.replace("the database says: ", ""),
        };
        Ok(Asked {
            query: Query {
                sql: query.to_owned(),
                value,
                asked,
                planned: None,
            },
            rows,
        })
    }

    /// The same, for as long as `patience`: for what takes its time and keeps nobody waiting.
    pub(super) async fn ask_within(
        &mut self,
        patience: Duration,
        query: &str,
    ) -> sqlx::Result<Asked> {
        let usual = std::mem::replace(&mut self.patience, patience);
        let asked = self.ask(query).await;
        self.patience = usual;
        asked
    }

    /// A savepoint keeps an error from failing the transaction, and takes the settings back.
    ///
    /// With `row_security` off a policy that would hide rows is an error instead of a wrong count.
    async fn ask_postgres(&mut self, query: &str) -> sqlx::Result<sqlx::Result<Vec<Row>>> {
        let before = format!(
            "SAVEPOINT onward_question; {CATALOGS_FIRST}; SET LOCAL statement_timeout = {}; SET LOCAL row_security = off; {PRINTED}",
            self.patience.as_millis()
        );
        self.session.execute(&before).await?;
        let result = self.session.query(query, &[]).await;
        self.session
            .execute("ROLLBACK TO SAVEPOINT onward_question; RELEASE SAVEPOINT onward_question")
            .await?;
        Ok(result)
    }

    fn trouble(&self, error: &dyn sqlx::error::DatabaseError) -> Trouble {
        let code = error.code().unwrap_or_default();
        let message = error.message();
        let (missing, late) = match self.dialect() {
            Dialect::Postgres => (
                matches!(&*code, "42P01" | "42703" | "3F000"),
                code == "57014",
            ),
            Dialect::MySql => (
                matches!(&*code, "42S02" | "42S22"),
                message.contains("max_statement_time") || message.contains("execution time"),
            ),
            Dialect::Sqlite => (
                message.starts_with("no such table") || message.starts_with("no such column"),
                message == "interrupted",
            ),
        };
        match (missing, late) {
            (true, _) => Trouble::Missing,
            (false, true) => Trouble::Because(format!(
                "the query took longer than {} s",
                self.patience.as_secs_f64()
            )),
            (false, false) => Trouble::Because(format!("the database says: {message}")),
        }
    }
}

/// Whether `step` may look for its tables where the connection does not. On MySQL that takes a `USE`, perhaps in a text that is put
/// together; on PostgreSQL any function can set `search_path`.
fn may_switch(step: &Step) -> bool {
    let Some(sql) = step.sql().filter(|_| step.dialect() == Dialect::MySql) else {
        return true;
    };
    let mut words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.any(|word| {
        let switches = ["USE", "EXECUTE", "CALL"];
        switches
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    })
}

/// Whether its tables without a schema can be those of `public`, wherever a connection looks first.
pub(super) fn may_name_public(step: &Step) -> bool {
    let names = |sql| Names::of(step.dialect(), sql).has("public");
    step.sql().is_none_or(names)
}

/// MySQL 8 shows sizes of tables that it kept from up to a day ago, unless this is 0
/// (<https://dev.mysql.com/doc/refman/8.0/en/information-schema-optimization.html>).
const STATISTICS: &str = "information_schema_stats_expiry";

/// Has the session look at the tables themselves; what it was set to before, none where the server has no such setting.
async fn look_anew(session: &mut dyn Session) -> sqlx::Result<Option<i64>> {
    let show = format!("SHOW SESSION VARIABLES LIKE '{STATISTICS}'");
    let rows = session.query(&show, &[]).await?;
    let kept = rows.first().and_then(|row| row.int(1));
    if kept.is_some() {
        let anew = format!("SET SESSION {STATISTICS} = 0");
        session.execute(&anew).await?;
    }
    Ok(kept)
}

/// `query`, which begins with SELECT, under a time-out.
fn limited(query: &str, patience: Duration, mariadb: bool) -> String {
    if mariadb {
        let seconds = patience.as_secs_f64();
        return format!("SET STATEMENT max_statement_time = {seconds} FOR {query}");
    }
    let hint = format!("SELECT /*+ MAX_EXECUTION_TIME({}) */", patience.as_millis());
    query.replacen("SELECT", &hint, 1)
}

/// `text` as a literal, readable where nothing in it needs care.
pub(super) fn word(dialect: Dialect, text: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && c != '\'' && c != '\\' && c != '?';
    if text.chars().all(plain) {
        format!("'{text}'")
    } else {
        literal(dialect, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_plain_only_where_nothing_in_it_needs_care() {
        assert_eq!(word(Dialect::MySql, "users"), "'users'");
        assert_eq!(word(Dialect::Postgres, "\"users\""), "'\"users\"'");
        assert_eq!(word(Dialect::Sqlite, "it's"), "'it''s'");
        assert_eq!(word(Dialect::Postgres, "a\\b"), "E'a\\\\b'");
        assert!(word(Dialect::MySql, "it's").starts_with("CONVERT(X'"));
    }

    #[test]
    fn a_time_out_is_said_as_the_server_understands_it() {
        let patience = Duration::from_millis(1500);
        assert_eq!(
            limited("SELECT 1", patience, true),
            "SET STATEMENT max_statement_time = 1.5 FOR SELECT 1"
        );
        assert_eq!(
            limited("SELECT (SELECT 1)", patience, false),
            "SELECT /*+ MAX_EXECUTION_TIME(1500) */ (SELECT 1)"
        );
    }
}
