//! Where do Onward's tables stand, and how do they come to be?

use onward_analysis::Dialect;

use super::{HistoryError, Tail, head};
use crate::Result;
use crate::session::{Session, literal};

/// The tables' names, qualified: a migration's own `SET search_path` or `USE` cannot hide them.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    dialect: Dialect,
    /// The schema (PostgreSQL) or database (MySQL) that they stand in; empty on SQLite.
    home: String,
}

impl Tables {
    /// Finds the tables, or the place where they will stand.
    pub(crate) async fn find(session: &mut dyn Session) -> Result<Tables> {
        let dialect = session.dialect();
        let sql = match dialect {
            Dialect::Sqlite => "SELECT ''",
            Dialect::Postgres => {
                "SELECT h.home, (SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE n.nspname = h.home AND c.relname ~ '^_onward_' AND c.relrowsecurity) FROM (SELECT \
                 coalesce((SELECT n.nspname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = pg_catalog.to_regclass('_onward_head')), pg_catalog.current_schema()::text) AS home) h"
            }
            Dialect::MySql => "SELECT CAST(database() AS CHAR)",
        };
        let rows = session.query(sql, &[]).await?;
        let row = rows.first();
        let Some(home) = row.and_then(|row| row.text(0)) else {
            return Err(HistoryError::NoHome { dialect }.into());
        };
        if row.and_then(|row| row.int(1)) > Some(0) {
            are_seen(session, home).await?;
        }
        Ok(Tables {
            dialect,
            home: home.to_owned(),
        })
    }

    /// Tables that are found by the session's own path, for tests.
    #[cfg(test)]
    pub(crate) fn unqualified(dialect: Dialect) -> Tables {
        Tables {
            dialect,
            home: String::new(),
        }
    }

    /// The schema or database; empty on SQLite.
    pub(crate) fn home(&self) -> &str {
        &self.home
    }

    /// `_onward_head`, qualified.
    pub(crate) fn head(&self) -> String {
        self.named("_onward_head")
    }

    /// `_onward_history`, qualified.
    pub(crate) fn history(&self) -> String {
        self.named("_onward_history")
    }

    /// `_onward_journal`, qualified.
    pub(crate) fn journal(&self) -> String {
        self.named("_onward_journal")
    }

    /// `_onward_progress`, qualified.
    pub(crate) fn progress(&self) -> String {
        self.named("_onward_progress")
    }

    /// `_onward_instances`, qualified.
    pub(crate) fn instances(&self) -> String {
        self.named("_onward_instances")
    }

    /// `text` as a literal of this database.
    pub(crate) fn literal(&self, text: &str) -> String {
        literal(self.dialect, text)
    }

    /// Whose SQL it is.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn named(&self, table: &str) -> String {
        match self.home.as_str() {
            "" => table.to_owned(),
            home => format!("{}.{table}", self.dialect.quote(home)),
        }
    }

    /// The statements that create what is not there.
    pub(crate) fn create(&self) -> String {
        let text = self.text();
        let tables = [
            (
                self.head(),
                format!(
                    "id bigint NOT NULL PRIMARY KEY, format bigint NOT NULL, digest {text}, \
                     environment {text} NOT NULL, tier {text} NOT NULL, seq bigint NOT NULL, hash {text} NOT NULL"
                ),
            ),
            (
                self.history(),
                format!(
                    "version bigint NOT NULL PRIMARY KEY, catalog {text} NOT NULL, name {text} NOT NULL, \
                     up_hash {text} NOT NULL, digest {text} NOT NULL, at {text} NOT NULL, record {text} NOT NULL"
                ),
            ),
            (
                self.journal(),
                format!(
                    "seq bigint NOT NULL PRIMARY KEY, at {text} NOT NULL, action {text} NOT NULL, version bigint, \
                     actor {text} NOT NULL, host {text} NOT NULL, environment {text} NOT NULL, plan {text} NOT NULL, \
                     evidence {text} NOT NULL, prev {text} NOT NULL, hash {text} NOT NULL"
                ),
            ),
            (
                self.progress(),
                format!(
                    "version bigint NOT NULL PRIMARY KEY, direction {text} NOT NULL, \
                     done bigint NOT NULL, done_hash {text} NOT NULL, \
                     started bigint NOT NULL, started_hash {text}, fingerprint {text}"
                ),
            ),
        ];
        let tables = tables.iter();
        let mut sql: String = tables
            .map(|(name, columns)| self.create_table(name, columns))
            .collect();
        sql.push_str(&self.create_instances());
        sql
    }

    /// The statement that creates the list of running processes where it is not there.
    pub(crate) fn create_instances(&self) -> String {
        let text = self.text();
        // MySQL makes no key of a text without an end.
        let columns = format!(
            "id varchar(64) NOT NULL PRIMARY KEY, format bigint NOT NULL, application {text} NOT NULL, \
             kind {text} NOT NULL, build {text} NOT NULL, host {text} NOT NULL, pid bigint NOT NULL, \
             login {text} NOT NULL, origin {text} NOT NULL, client {text} NOT NULL, connections bigint NOT NULL, \
             program {text} NOT NULL, started bigint NOT NULL, seen bigint NOT NULL, lasts bigint NOT NULL"
        );
        self.create_table(&self.instances(), &columns)
    }

    fn create_table(&self, name: &str, columns: &str) -> String {
        let suffix = match self.dialect {
            Dialect::Sqlite | Dialect::Postgres => "",
            Dialect::MySql => " ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        };
        format!("CREATE TABLE IF NOT EXISTS {name} ({columns}){suffix};\n")
    }

    /// The type of a text. On MySQL hashes and names are compared to the byte, and a script may be longer than 64 KB.
    fn text(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite | Dialect::Postgres => "text",
            Dialect::MySql => "longtext",
        }
    }

    /// The statement that stamps the label, once.
    pub(crate) fn stamp(&self, environment: &crate::Environment) -> String {
        format!(
            "INSERT INTO {} (id, format, environment, tier, seq, hash) VALUES (1, {}, {}, {}, 0, '')",
            self.head(),
            head::FORMAT,
            self.literal(environment.name()),
            self.literal(environment.tier().name()),
        )
    }

    /// The statement that says whether the set is known to be complete.
    pub(crate) fn set_head(&self, complete: Option<onward_analysis::Digest>) -> String {
        let digest = complete.map_or_else(|| "NULL".to_owned(), |d| format!("'{d}'"));
        format!("UPDATE {} SET digest = {digest} WHERE id = 1", self.head())
    }

    /// The statement that notes where the journal ends, so that entries which are taken from its end are missed.
    pub(crate) fn end_at(&self, tail: &Tail) -> String {
        format!(
            "UPDATE {} SET seq = {}, hash = '{}' WHERE id = 1",
            self.head(),
            tail.seq,
            tail.hash
        )
    }

    /// Both in one statement.
    pub(crate) fn set_head_and_end(
        &self,
        complete: Option<onward_analysis::Digest>,
        tail: &Tail,
    ) -> String {
        let digest = complete.map_or_else(|| "NULL".to_owned(), |d| format!("'{d}'"));
        format!(
            "UPDATE {} SET digest = {digest}, seq = {}, hash = '{}' WHERE id = 1",
            self.head(),
            tail.seq,
            tail.hash
        )
    }

    /// The statement that notes a complete set where nothing was noted, and nothing was done since.
    pub(crate) fn settle_head(&self, complete: onward_analysis::Digest, seq: i64) -> String {
        format!(
            "{} AND digest IS NULL AND NOT EXISTS (SELECT 1 FROM {} WHERE seq > {seq})",
            self.set_head(Some(complete)),
            self.journal()
        )
    }
}

/// Whether row security keeps no row of PostgreSQL's tables in `home` from this role: what it hides would count as not applied, as
/// nobody's instance, or as taken out of the journal.
///
/// # Errors
/// Where it may.
async fn are_seen(session: &mut dyn Session, home: &str) -> Result<()> {
    let hidden = format!(
        "SELECT c.relname::text, CURRENT_USER::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = {} AND c.relname ~ '^_onward_' AND pg_catalog.row_security_active(c.oid) ORDER BY c.relname",
        literal(Dialect::Postgres, home)
    );
    let rows = session.query(&hidden, &[]).await?;
    let Some(role) = rows.first().and_then(|row| row.text(1)) else {
        return Ok(());
    };
    let named = |table: &str| format!("{}.{table}", Dialect::Postgres.quote(home));
    Err(HistoryError::Hidden {
        role: role.to_owned(),
        tables: rows
            .iter()
            .filter_map(|row| row.text(0).map(named))
            .collect(),
    }
    .into())
}
