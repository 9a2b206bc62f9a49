//! What text is sent for a script, and where in it did it fail?

use onward_analysis::{Effect, Place, Span, Statement};

use super::MigrationError;
use crate::text::begins_with;
use crate::{Result, Step};

/// A script, ready to run in a transaction that is not its own.
#[derive(Debug, Clone)]
pub(super) struct Script<'s> {
    /// The SQL as it was written.
    pub(super) source: &'s str,
    /// The same with its own BEGIN and COMMIT blanked out: the transaction around it is ours, and holds its history row.
    pub(super) text: String,
    /// Its statements, with what each does to a transaction.
    pub(super) statements: Vec<Statement>,
    /// Whether it sets savepoints, which PostgreSQL accepts in an explicit transaction only.
    pub(super) savepoints: bool,
    /// Whether it asks SQLite to enforce foreign keys before it does anything else.
    pub(super) foreign_keys: bool,
}

/// Where a script failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// `migrations/02.up.sql:3:1`, or where the migration is declared.
    pub(super) place: String,
    /// The line, from 1, and the column, from 1 and in characters, in the SQL.
    pub(super) line: usize,
    pub(super) column: usize,
    /// The statement.
    pub(super) statement: String,
}

impl<'s> Script<'s> {
    /// The script of `step`.
    pub(super) fn of(step: &'s Step) -> Result<Script<'s>> {
        let source = step.sql().unwrap_or("");
        let statements = step
            .analysis()
            .map(|analysis| analysis.statements.clone())
            .unwrap_or_default();
        let mut text = source.to_owned();
        let mut savepoints = false;
        for statement in &statements {
            let sql = statement.span.of(source);
            if statement.effect == Effect::Control {
                if undoes(sql) {
                    return Err(MigrationError::undoes_itself(step, statement.span, sql).into());
                }
                blank(&mut text, statement.span);
            }
            savepoints |= begins_with(sql, &["SAVEPOINT", "RELEASE", "ROLLBACK"]);
        }
        let mut outside = statements
            .iter()
            .filter(|statement| statement.effect != Effect::Control);
        let foreign_keys = outside
            .next()
            .filter(|first| first.effect == Effect::OutsideOnly)
            .is_some_and(|first| switches_on(first.span.of(source)));
        Ok(Script {
            source,
            text,
            statements,
            savepoints,
            foreign_keys,
        })
    }

    /// Its statements but for its own BEGIN and COMMIT, each with its terminator and nothing between them.
    pub(super) fn joined(&self) -> String {
        let statements = self
            .statements
            .iter()
            .filter(|s| s.effect != Effect::Control);
        statements
            .map(|s| format!("{};\n", s.span.of(self.source)))
            .collect()
    }

    /// Where the script failed: by the position that the database gives, in the text `before` and then this script, or
    /// else by the number of statements that were done.
    pub(super) fn place(
        &self,
        step: &Step,
        before: &str,
        done: usize,
        error: &sqlx::Error,
    ) -> Failure {
        let offset = position(error).and_then(|characters| {
            let at = characters.checked_sub(before.chars().count())?;
            self.source.char_indices().nth(at).map(|(offset, _)| offset)
        });
        let nth = || {
            let mut run = self
                .statements
                .iter()
                .filter(|s| s.effect != Effect::Control);
            run.nth(done)
        };
        let statement = match offset {
            Some(offset) => self
                .statements
                .iter()
                .find(|s| (s.span.start as usize..=s.span.end as usize).contains(&offset)),
            None => nth(),
        };
        let offset = offset
            .or(statement.map(|s| s.span.start as usize))
            .unwrap_or(0);
        self.failure(step, offset, statement.map(|s| s.span))
    }

    /// The failure of that statement.
    pub(super) fn failure(&self, step: &Step, offset: usize, span: Option<Span>) -> Failure {
        let (line, column) = line_column(self.source, offset);
        Failure {
            place: place(step, line, column),
            line,
            column,
            statement: span
                .map_or(self.source, |span| span.of(self.source))
                .to_owned(),
        }
    }
}

/// Where the SQL of `step` stands: its file with the line in it, or the declaration that holds it.
pub(super) fn place(step: &Step, line: usize, column: usize) -> String {
    let script = step.script();
    match script.and_then(|script| script.file.as_deref()) {
        Some(file) => format!("{file}:{line}:{column}"),
        None => {
            let Place { file, line: at } = &step.record().place;
            let direction = step.direction();
            match at {
                0 => format!("{file}, line {line} of the {direction}"),
                at => format!("{file}:{at}, line {line} of the {direction}"),
            }
        }
    }
}

/// The position of the error in the text that was sent, in characters from 0; only PostgreSQL tells.
pub(super) fn position(error: &sqlx::Error) -> Option<usize> {
    #[cfg(feature = "postgres")]
    {
        use sqlx::postgres::{PgDatabaseError, PgErrorPosition};
        let error = error.as_database_error()?;
        let error = error.try_downcast_ref::<PgDatabaseError>()?;
        match error.position()? {
            PgErrorPosition::Original(position) => position.checked_sub(1),
            PgErrorPosition::Internal { .. } => None,
        }
    }
    #[cfg(not(feature = "postgres"))]
    {
        let _ = error;
        None
    }
}

/// Whether a statement of transaction control gives up what was done, or hands it to somebody else.
fn undoes(sql: &str) -> bool {
    begins_with(sql, &["ROLLBACK", "ABORT", "PREPARE", "XA"])
}

/// Whether `PRAGMA foreign_keys` is switched on by it.
fn switches_on(sql: &str) -> bool {
    let value = sql.rsplit(['=', '(']).next().unwrap_or("");
    let value = value.trim_matches(|c: char| !c.is_alphanumeric());
    ["on", "yes", "true", "1"]
        .iter()
        .any(|on| value.eq_ignore_ascii_case(on))
}

/// Replaces what is under the span by spaces, so that everything else stays where it was.
fn blank(text: &mut String, span: Span) {
    let range = span.start as usize..span.end as usize;
    if let Some(part) = text.get(range.clone()) {
        // By characters: PostgreSQL counts them.
        let spaces = part.chars().map(|c| if c == '\n' { '\n' } else { ' ' });
        let spaces: String = spaces.collect();
        text.replace_range(range, &spaces);
    }
}

fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}
