//! Did a migration on SQLite leave rows that refer to nothing?
//!
//! Foreign keys are off while it runs, because a rebuilt table would otherwise take its children's rows along. So they are
//! checked before the commit: the tables that it touched and, where rows can have gone, those that refer to them.

use std::collections::BTreeMap;

use onward_analysis::{Access, Statement};

use super::script::Script;
use crate::session::{Session, Value};
use crate::text::begins_with;
use crate::{Result, Step};

/// How many rows refer to nothing, by child and parent table.
pub(super) type Orphans = BTreeMap<(String, String), i64>;

/// As many as there are: the parent has no key that could be referred to.
const ALL: i64 = i64::MAX;

/// What a script can do to references, from the mildest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Risk {
    /// Nothing.
    None,
    /// The tables that it touches can refer to what is not there.
    Children,
    /// Others can, to the tables that it touches.
    Parents,
}

/// The rows that refer to nothing in the tables that `step` can have broken.
pub(super) async fn orphans(
    session: &mut dyn Session,
    step: &Step,
    script: &Script<'_>,
) -> Result<Orphans> {
    let risk = script
        .statements
        .iter()
        .map(|statement| risk(statement, script.source))
        .max()
        .unwrap_or(Risk::None);
    if script.foreign_keys || risk == Risk::None {
        return Ok(Orphans::new());
    }
    let touched: Vec<String> = step
        .analysis()
        .into_iter()
        .flat_map(|analysis| &analysis.touches)
        .filter(|touch| touch.access != Access::Read)
        .map(|touch| touch.object.table.to_lowercase())
        .collect();
    if touched.is_empty() {
        return count(session, None).await;
    }
    let mut orphans = Orphans::new();
    for table in tables(session, &touched, risk).await? {
        orphans.extend(count(session, Some(&table)).await?);
    }
    Ok(orphans)
}

/// The tables to check, of those that exist now.
async fn tables(session: &mut dyn Session, touched: &[String], risk: Risk) -> Result<Vec<String>> {
    let list: Vec<String> = touched
        .iter()
        .map(|table| crate::session::literal(session.dialect(), table))
        .collect();
    let list = list.join(", ");
    let own =
        format!("SELECT name FROM sqlite_master WHERE type = 'table' AND lower(name) IN ({list})");
    let referring = format!(
        "SELECT m.name FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f \
         WHERE m.type = 'table' AND lower(f.\"table\") IN ({list})"
    );
    let sql = match risk {
        Risk::None | Risk::Children => own,
        Risk::Parents => format!("{own} UNION {referring}"),
    };
    let rows = session.query(&sql, &[]).await?;
    Ok(rows
        .iter()
        .filter_map(|row| row.text(0).map(str::to_owned))
        .collect())
}

async fn count(session: &mut dyn Session, table: Option<&str>) -> Result<Orphans> {
    let (sql, values) = match table {
        Some(table) => (
            "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check(?) GROUP BY 1, 2",
            vec![Value::from(table)],
        ),
        None => (
            "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2",
            Vec::new(),
        ),
    };
    let rows = match session.query(sql, &values).await {
        Ok(rows) => rows,
        Err(error) => {
            let pair = mismatch(&error.to_string()).ok_or(error)?;
            return Ok(Orphans::from([(pair, ALL)]));
        }
    };
    let orphans = rows.iter().filter_map(|row| {
        let pair = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
        Some((pair, row.int(2)?))
    });
    Ok(orphans.collect())
}

/// Child and parent where SQLite cannot check at all: `foreign key mismatch - "child" referencing "parent"`. With foreign keys off
/// it takes such a schema, and with foreign keys on it refuses every row.
fn mismatch(error: &str) -> Option<(String, String)> {
    let (_, pair) = error.split_once("foreign key mismatch - \"")?;
    let (child, parent) = pair.split_once("\" referencing \"")?;
    let (parent, _) = parent.split_once('"')?;
    Some((child.to_owned(), parent.to_owned()))
}

/// What was not there before, as sentences.
pub(super) fn added(before: &Orphans, after: &Orphans) -> Vec<String> {
    after
        .iter()
        .filter(|(pair, count)| before.get(*pair).is_none_or(|before| before < *count))
        .map(|((child, parent), count)| match *count {
            ALL => format!("every row of {child}, since {parent} has no key of those columns"),
            1 => format!("1 row of {child} to {parent}"),
            count => format!("{count} rows of {child} to {parent}"),
        })
        .collect()
}

fn risk(statement: &Statement, source: &str) -> Risk {
    let sql = statement.span.of(source);
    let holds = |word: &str| sql.to_ascii_uppercase().contains(word);
    match () {
        () if begins_with(sql, &["CREATE"]) && !holds("SELECT") => Risk::None,
        () if begins_with(
            sql,
            &[
                "PRAGMA",
                "SELECT",
                "SAVEPOINT",
                "RELEASE",
                "ANALYZE",
                "REINDEX",
                "BEGIN",
                "COMMIT",
                "END",
            ],
        ) =>
        {
            Risk::None
        }
        // A column can be added or renamed; what it refers to can be missing only where its default says so.
        () if begins_with(sql, &["ALTER"]) && !holds("DROP") && !holds("REFERENCES") => Risk::None,
        () if begins_with(sql, &["ALTER", "CREATE"]) => Risk::Children,
        () if begins_with(sql, &["INSERT"]) && !holds("REPLACE") && !holds("CONFLICT") => {
            Risk::Children
        }
        () => Risk::Parents,
    }
}
