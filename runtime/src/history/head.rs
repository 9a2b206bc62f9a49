//! Is there anything to do? One row, read in one round trip.

use onward_analysis::{Dialect, Digest, Tier};

use super::{HistoryError, JournalEntry};
use crate::session::{Row, Session};
use crate::{Environment, Error, Result};

/// The format of the tables that this Onward writes. It reads no newer one.
pub(super) const FORMAT: i64 = 1;

/// The head row, and whose database it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The digest of the set that was last found complete. None while it is being changed.
    pub(crate) complete: Option<Digest>,
    /// The label.
    pub(crate) environment: Environment,
}

/// What one look at a database shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// The database's name.
    pub(crate) database: String,
    /// The head; none where Onward never ran.
    pub(crate) head: Option<Head>,
    /// Whether something stands in the journal or the history, and the head is gone.
    pub(crate) headless: bool,
}

impl Look {
    /// The name of a database of SQLite's that no file holds.
    pub(crate) const IN_MEMORY: &'static str = ":memory:";
}

impl Head {
    /// Reads the head.
    pub(crate) async fn look(session: &mut dyn Session) -> Result<Look> {
        let look = Head::read(session).await?;
        if look.head.is_some() || !is_any(session).await? {
            return Ok(look);
        }
        // Somebody may have founded it right now: the head is written with the first entry.
        let look = Head::read(session).await?;
        Ok(Look {
            headless: look.head.is_none(),
            ..look
        })
    }

    async fn read(session: &mut dyn Session) -> Result<Look> {
        let name = match session.dialect() {
            Dialect::Sqlite => "(SELECT file FROM pragma_database_list WHERE name = 'main')",
            Dialect::Postgres => "current_database()::text",
            Dialect::MySql => "CAST(database() AS CHAR)",
        };
        let sql = format!(
            "SELECT {name}, h.format, h.digest, h.environment, h.tier, {} FROM _onward_head h \
             LEFT JOIN _onward_journal j ON j.seq = 1 WHERE h.id = 1",
            JournalEntry::COLUMNS
        );
        let rows = match session.rows(&sql, &[]).await {
            // What still has a label is no new database. Or somebody has founded it right now, the head last.
            Err(error) if is_no_table(&error) && holds_rows(session, "_onward_head").await? => {
                let again = session.rows(&sql, &[]).await;
                again.map_err(|error| match is_no_table(&error) {
                    true => Error::from(HistoryError::Garbled {
                        what: "_onward_journal is gone".to_owned(),
                    }),
                    false => error.into(),
                })?
            }
            Err(error) if is_no_table(&error) => Vec::new(),
            rows => rows?,
        };
        let Some(row) = rows.first() else {
            let rows = session.query(&format!("SELECT {name}"), &[]).await?;
            let database = rows.first().and_then(|row| row.text(0));
            let dialect = session.dialect();
            if dialect == Dialect::MySql && database.is_none() {
                return Err(HistoryError::NoHome { dialect }.into());
            }
            return Ok(Look {
                database: named(database),
                head: None,
                headless: false,
            });
        };
        let format = row.int(1).unwrap_or_default();
        if format != FORMAT {
            return Err(HistoryError::Format { format }.into());
        }
        let garbled = |what: &str| HistoryError::Garbled {
            what: format!("_onward_head holds no {what}"),
        };
        let complete = match row.text(2) {
            Some(digest) => Some(digest.parse().map_err(|_| garbled("digest"))?),
            None => None,
        };
        let tier = row.text(4).and_then(Tier::named);
        let (Some(name), Some(tier)) = (row.text(3), tier) else {
            return Err(garbled("label of the environment").into());
        };
        Ok(Look {
            database: named(row.text(0)),
            head: Some(Head {
                complete,
                environment: Environment::new(name, tier.max(stamped(row))),
            }),
            headless: false,
        })
    }
}

/// The tier of the label that the journal's first entry seals: whoever writes another one into the head makes no database milder.
/// Production, where that entry is gone or was altered.
fn stamped(row: &Row) -> Tier {
    let entry = JournalEntry::at(row, 5);
    entry
        .stamped()
        .map_or(Tier::Production, |label| label.tier())
}

/// Whether anything is written in the journal or the history.
async fn is_any(session: &mut dyn Session) -> Result<bool> {
    Ok(holds_rows(session, "_onward_journal").await?
        || holds_rows(session, "_onward_history").await?)
}

/// Whether that table is there and has a row.
async fn holds_rows(session: &mut dyn Session, table: &str) -> Result<bool> {
    let sql = format!("SELECT 1 FROM {table} LIMIT 1");
    match session.query(&sql, &[]).await {
        Ok(rows) => Ok(!rows.is_empty()),
        Err(error) if is_no_table(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The database's name: SQLite gives the whole path, and nothing for one in memory.
fn named(name: Option<&str>) -> String {
    match name {
        None | Some("") => Look::IN_MEMORY.to_owned(),
        Some(path) => {
            let file = std::path::Path::new(path).file_name();
            file.map_or_else(
                || path.to_owned(),
                |file| file.to_string_lossy().into_owned(),
            )
        }
    }
}

/// Whether the error says that there is no such table.
pub(crate) fn is_no_table(error: &sqlx::Error) -> bool {
    let Some(error) = error.as_database_error() else {
        return false;
    };
    match error.code().as_deref() {
        // PostgreSQL: no table, no schema. MySQL: no table, no database selected.
        Some("42P01" | "3F000" | "42S02" | "3D000") => true,
        // SQLite says no more than this.
        _ => error.message().starts_with("no such table"),
    }
}
