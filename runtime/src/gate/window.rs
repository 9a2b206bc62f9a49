//! Can somebody write between the last look and the statement that destroys?

use onward_analysis::{Dialect, Effect, Statement};

use crate::text::begins_with;
use crate::{Plan, Step};

/// What keeps others from writing between the last look and a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    /// The look and the statement are one transaction, under a lock.
    Closed,
    /// MySQL's `LOCK TABLES`, which outlives the commit of a DDL statement.
    UnderTableLock,
    /// Nothing.
    Open,
}

impl Window {
    /// The window before `statement` of `step`.
    pub(crate) fn of(step: &Step, statement: &Statement) -> Window {
        let sql = statement.span.of(step.sql().unwrap_or(""));
        match (statement.effect, step.dialect()) {
            (Effect::Transactional, _) if !commits_by_itself(step, sql) => Window::Closed,
            (_, Dialect::MySql) if is_of_tables(sql) => Window::UnderTableLock,
            _ => Window::Open,
        }
    }
}

/// Whether what the statement calls may end transactions itself, since its author wants none around it.
pub(crate) fn commits_by_itself(step: &Step, sql: &str) -> bool {
    step.record().transaction == Some(false) && calls(sql)
}

/// Whether it runs what stands elsewhere: a procedure, a block, a text that was put together.
pub(crate) fn calls(sql: &str) -> bool {
    begins_with(sql, &["CALL", "DO", "EXECUTE", "BEGIN"])
}

/// Whether MySQL accepts the statement under `LOCK TABLES`, where its tables are locked: it names tables and nothing else. It
/// refuses to drop a database or a view there, to rename by `RENAME TABLE`, and to create what is not locked.
///
/// <https://dev.mysql.com/doc/refman/8.0/en/lock-tables.html>, <https://mariadb.com/kb/en/lock-tables/>
fn is_of_tables(sql: &str) -> bool {
    let words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .take(4)
        .map(str::to_ascii_uppercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["ALTER", "TABLE", ..]
            | ["ALTER", "ONLINE" | "IGNORE", "TABLE", ..]
            | ["ALTER", "ONLINE", "IGNORE", "TABLE"]
            | ["DROP", "TABLE" | "TABLES" | "SEQUENCE", ..]
            | ["TRUNCATE", ..]
            | ["CREATE", "OR", "REPLACE", "TABLE"]
    )
}

/// Why what is counted may no longer be so when `plan` runs; none where it is.
pub(super) fn caveat(plan: &Plan) -> Option<String> {
    let mut open: Vec<String> = Vec::new();
    let mut locked = false;
    for step in plan.steps() {
        let understood = step.analysis().filter(|_| step.sql().is_some());
        let Some(analysis) = understood else {
            // A DDL statement of MySQL in it would end the transaction that holds the rows.
            let commits = step.dialect() == Dialect::MySql && !step.losses().is_empty();
            if step.record().transaction == Some(false) || commits {
                open.push(format!("`{}`, which is Rust", step.name()));
            }
            continue;
        };
        for (index, statement) in analysis.statements.iter().enumerate() {
            if step.only(index..index + 1).is_none() {
                continue;
            }
            match Window::of(step, statement) {
                Window::Closed => {}
                Window::UnderTableLock => {
                    locked = true;
                }
                Window::Open => open.push(format!("`{}`", line(step, statement))),
            }
        }
    }
    let mut said = Vec::new();
    if !open.is_empty() {
        said.push(format!(
            "No transaction and no lock holds still what {} takes: it is counted again right before, but a row that is\n\
             written in between is not seen.",
            open.join(" or ")
        ));
    }
    if locked {
        said.push(
            "MySQL commits at each DDL statement: what earlier ones have done stays done where a later one is refused. What one of\n\
             them takes is counted again under LOCK TABLES, and the statement runs under the same lock, so nobody writes in\n\
             between. Where that lock is refused (it needs the privilege LOCK TABLES), a row that is written in between is not seen."
                .to_owned(),
        );
    }
    (!said.is_empty()).then(|| said.join("\n"))
}

/// The statement in a line.
fn line(step: &Step, statement: &Statement) -> String {
    const MOST: usize = 60;
    let sql = statement.span.of(step.sql().unwrap_or(""));
    let first = sql.lines().next().unwrap_or("").trim();
    let cut: String = first.chars().take(MOST).collect();
    if cut == sql.trim() {
        cut
    } else {
        format!("{}…", cut.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_changed_and_dropped_under_their_lock() {
        for sql in [
            "ALTER TABLE `t` DROP COLUMN x",
            "alter online ignore table t drop x",
            "DROP TABLE IF EXISTS a, b",
            "TRUNCATE t",
            "CREATE OR REPLACE TABLE t (id int)",
            "DROP SEQUENCE s",
        ] {
            assert!(is_of_tables(sql), "{sql}");
        }
    }

    #[test]
    fn other_things_are_not() {
        for sql in [
            "DROP DATABASE shop",
            "DROP VIEW v",
            "DROP TEMPORARY TABLE t",
            "RENAME TABLE a TO b",
            "ALTER DATABASE shop CHARACTER SET latin1",
            "CREATE TABLE t (id int)",
            "CALL clean()",
            "",
        ] {
            assert!(!is_of_tables(sql), "{sql}");
        }
    }
}
