//! Which migration failed, where in it, and why?

use std::time::Duration;

use onward_analysis::{Span, Version};

use super::around::Around;
use super::script::{self, Failure, Script};
use crate::redact::{redacted, silent};
use crate::{Direction, Environment, Error, Step};

/// A migration failed. Nothing of it is left, unless its text says so.
#[derive(Debug)]
#[non_exhaustive]
pub struct MigrationError {
    /// The migration's version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Which way it went.
    pub direction: Direction,
    /// Where: `migrations/02.up.sql:3:1`.
    pub place: String,
    /// The statement that failed; none for a migration written in Rust.
    pub statement: Option<String>,
    /// The text around it, with a caret.
    snippet: String,
    /// What is left of it.
    left: Left,
    /// The tables in which what it did stays, since they keep no transactions.
    stays: Vec<String>,
    /// How often it gave its place in the queue to others that used its tables.
    gave_way: u32,
    /// How long a statement may take, where it was cut off for that.
    cut_off: Option<Duration>,
    /// What stood there before.
    around: Around,
    /// The environment, where the database got its label by this very run.
    labelled: Option<Environment>,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    /// The database refused.
    Database(sqlx::Error),
    /// The function failed.
    Code(Box<Error>),
    /// There is no function in this program.
    NoCode,
    /// The script rolls back what it did.
    UndoesItself,
    /// Rows refer to what is not there.
    Orphans(Vec<String>),
}

/// What is left of a failed migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Nothing.
    Nothing,
    /// Nothing or all of it: the connection was lost before the answer came.
    Unknown,
    /// So many of its statements, which no transaction could hold together.
    Statements(usize),
    /// So many, and perhaps a part of the next, which ends transactions itself.
    Part(usize),
}

impl MigrationError {
    /// The database refused a statement.
    pub(super) fn in_sql(step: &Step, failure: Failure, error: sqlx::Error) -> MigrationError {
        let answered = error.as_database_error().is_some();
        let mut migration = MigrationError::of(step, failure.place.clone(), Cause::Database(error));
        if !answered {
            migration.left = Left::Unknown;
        }
        migration.snippet = snippet(step.sql().unwrap_or(""), &failure);
        migration.statement = Some(failure.statement);
        migration
    }

    /// The function failed.
    pub(super) fn in_code(step: &Step, error: Error) -> MigrationError {
        let place = declared(step);
        MigrationError::of(step, place, Cause::Code(Box::new(error)))
    }

    /// The program does not contain the function.
    pub(super) fn no_code(step: &Step) -> MigrationError {
        MigrationError::of(step, declared(step), Cause::NoCode)
    }

    /// The script takes back its own work.
    pub(super) fn undoes_itself(step: &Step, span: Span, statement: &str) -> MigrationError {
        let script = Script {
            source: step.sql().unwrap_or(""),
            text: String::new(),
            statements: Vec::new(),
            savepoints: false,
            foreign_keys: false,
        };
        let failure = script.failure(step, span.start as usize, Some(span));
        let mut migration = MigrationError::of(step, failure.place.clone(), Cause::UndoesItself);
        migration.snippet = snippet(script.source, &failure);
        migration.statement = Some(statement.to_owned());
        migration
    }

    /// Rows refer to rows that are not there.
    pub(super) fn orphans(step: &Step, orphans: Vec<String>) -> MigrationError {
        MigrationError::of(step, script::place(step, 1, 1), Cause::Orphans(orphans))
    }

    /// The same, where so many statements of it are done and stay done.
    pub(super) fn after(mut self, statements: usize) -> MigrationError {
        self.left = Left::Statements(statements);
        self
    }

    /// Whether it is known that none of its statements is done.
    pub(super) fn has_done_nothing(&self) -> bool {
        self.left == Left::Statements(0)
    }

    /// The same, where the statement after those may have done a part of its work.
    pub(super) fn after_a_part(mut self, statements: usize) -> MigrationError {
        self.left = Left::Part(statements);
        self
    }

    /// The text around the statement, with a caret.
    #[cfg(feature = "testing")]
    pub(crate) fn snippet(&self) -> &str {
        &self.snippet
    }

    /// The same, where what it did to these tables was not undone with the rest.
    pub(super) fn staying_in(mut self, tables: Vec<String>) -> MigrationError {
        self.stays = tables;
        self
    }

    /// What the database said, where it refused.
    pub(super) fn database(&self) -> Option<&sqlx::Error> {
        match &self.cause {
            Cause::Database(error) => Some(error),
            _ => None,
        }
    }

    /// The same, after others were let go first so often.
    pub(super) fn after_tries(mut self, times: u32) -> MigrationError {
        self.gave_way = times;
        self
    }

    /// The same, where a statement may take so long and was cut off.
    pub(super) fn cut_off_after(mut self, longest: Duration) -> MigrationError {
        if self.database().is_some_and(is_cut_off) {
            self.cut_off = Some(longest);
        }
        self
    }

    /// The same, with what stood there before.
    pub(super) fn seen_around(mut self, around: Around) -> MigrationError {
        self.around = around;
        self
    }

    /// The same, where the database has just got the label of `environment`.
    pub(crate) fn on_the_first_run_in(mut self, environment: &Environment) -> MigrationError {
        self.labelled = Some(environment.clone());
        self
    }

    /// What is to be done now: nothing to be corrected where it is said what to do, or where it only took too long.
    fn next(&self) -> &'static str {
        match self.around.says_what_to_do() {
            true => "",
            false if self.gave_way > 0 || self.cut_off.is_some() => " Then run again.",
            false => " Correct it and run again.",
        }
    }

    fn of(step: &Step, place: String, cause: Cause) -> MigrationError {
        MigrationError {
            version: step.version(),
            name: step.record().name.clone(),
            direction: step.direction(),
            place,
            statement: None,
            snippet: String::new(),
            left: Left::Nothing,
            stays: Vec::new(),
            gave_way: 0,
            cut_off: None,
            around: Around::default(),
            labelled: None,
            cause,
        }
    }
}

fn declared(step: &Step) -> String {
    let place = &step.record().place;
    match place.line {
        0 => place.file.clone(),
        line => format!("{}:{line}", place.file),
    }
}

impl std::fmt::Display for MigrationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let MigrationError {
            version,
            name,
            direction,
            place,
            ..
        } = self;
        match &self.cause {
            Cause::Database(error) => {
                let message = match error.as_database_error() {
                    Some(error) => error.message().to_owned(),
                    None => error.to_string(),
                };
                let message = redacted(&message);
                writeln!(
                    f,
                    "The {direction} of migration {version} {name} failed: {message}"
                )?;
            }
            Cause::Code(error) => {
                let error = redacted(&error.to_string());
                writeln!(
                    f,
                    "The {direction} of migration {version} {name} failed: {error}"
                )?;
            }
            Cause::NoCode => writeln!(
                f,
                "The {direction} of migration {version} {name} is a Rust function, and this program does not contain it."
            )?,
            Cause::UndoesItself => writeln!(
                f,
                "The {direction} of migration {version} {name} rolls back its own transaction, so it would be noted as done and \
                 not be."
            )?,
            Cause::Orphans(orphans) => writeln!(
                f,
                "The {direction} of migration {version} {name} leaves rows that refer to nothing: {}.",
                orphans.join("; ")
            )?,
        }
        writeln!(f, "  --> {place}")?;
        f.write_str(&self.snippet)?;
        if self.gave_way > 0 {
            writeln!(
                f,
                "It gave way {} to others who use the same tables. Find who holds them for so long (question 6 of the gate \
                 shows it), or give it more time (`Migrator::lock_timeout`).",
                crate::text::counted(self.gave_way as usize, "time", "times")
            )?;
        }
        if let Some(longest) = self.cut_off {
            writeln!(
                f,
                "It was cut off: a statement may take {} here, unless its SQL says otherwise. If it is meant to take longer, give \
                 it more: `statement_seconds` in onward.toml, `Migrator::statement_timeout`, or, for this migration alone, \
                 `SET statement_timeout` (PostgreSQL) or `SET max_statement_time` (MariaDB) before it.",
                humantime::format_duration(longest)
            )?;
        }
        if !self.stays.is_empty() {
            writeln!(
                f,
                "What it did to rows of {} before that stays done, since no transaction holds such a table: look at them before it runs \
                 again.",
                self.stays.join(" and ")
            )?;
        }
        self.around.fmt(f)?;
        let those_before = match self.around.follows {
            true => ", and those before it are applied",
            false => "",
        };
        match (&self.cause, self.left) {
            (Cause::NoCode, _) => f.write_str("Nothing has run. Use the build that has it."),
            (Cause::UndoesItself, _) => f.write_str(
                "Nothing has run. Take the statement out: Onward runs each migration in a transaction of its own.",
            ),
            (Cause::Orphans(_), _) => f.write_str(
                "It was undone. Delete or correct those rows in the migration, or begin it with `PRAGMA foreign_keys = ON;`.",
            ),
            (_, Left::Nothing) if !self.stays.is_empty() => {
                write!(f, "All else was undone{those_before}.{}", self.next())
            }
            (_, Left::Nothing) => {
                write!(f, "It was undone{those_before}.{}", self.next())
            }
            (_, Left::Unknown) => f.write_str(
                "The connection was lost, so it is not known whether it was applied. Run again: nothing is done twice.",
            ),
            (_, Left::Statements(0)) => write!(
                f,
                "None of its statements is done{those_before}. Correct it, or what stands in its way, and run again."
            ),
            (_, Left::Statements(done)) => write!(
                f,
                "{} done and cannot be undone with it. Correct this one, or what stands in its way, and run again: it goes on here. What \
                 is done must stay as it is.",
                first(done)
            ),
            (_, Left::Part(done)) => write!(
                f,
                "{} done. Of this one a part may be: what it calls can commit. So it is not tried again unasked. Look what it has left, \
                 then say how to go on: `{direction} --begun done` or `{direction} --begun again`.",
                first(done)
            ),
        }?;
        match self.labelled.as_ref().and_then(Environment::first_label) {
            Some(said) => write!(f, "\n{said}"),
            None => Ok(()),
        }
    }
}

/// Whether the database ended the statement because it took too long.
fn is_cut_off(error: &sqlx::Error) -> bool {
    let Some(error) = error.as_database_error() else {
        return false;
    };
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        // ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT of MySQL
        return matches!(error.number(), 1969 | 3024);
    }
    match error.code().as_deref() {
        // query_canceled, which a person's pg_cancel_backend is too
        Some("57014") => error.message().contains("statement timeout"),
        // SQLITE_INTERRUPT
        code => code == Some("9"),
    }
}

/// How many statements are done.
fn first(done: usize) -> String {
    match done {
        0 => "None of its statements is".to_owned(),
        1 => "Its first statement is".to_owned(),
        done => format!("Its first {done} statements are"),
    }
}

/// The failed statement's line with its neighbours, and a caret.
fn snippet(sql: &str, failure: &Failure) -> String {
    let first = failure.line.saturating_sub(2).max(1);
    let width = (failure.line + 1).to_string().len();
    let mut text = format!("{:width$} |\n", "");
    for (index, line) in sql.lines().enumerate().skip(first - 1) {
        let number = index + 1;
        if number > failure.line + 1 {
            break;
        }
        let line = line.trim_end();
        text.push_str(format!("{number:>width$} | {line}").trim_end());
        text.push('\n');
        if number == failure.line {
            // A tab is as wide above as it is here.
            let indent: String = line
                .chars()
                .take(failure.column - 1)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            text.push_str(&format!("{:width$} | {indent}^\n", ""));
        }
    }
    text.push_str(&format!("{:width$} |\n", ""));
    text
}

impl std::error::Error for MigrationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        silent(match &self.cause {
            Cause::Database(error) => Some(error),
            Cause::Code(error) => Some(&**error),
            Cause::NoCode | Cause::UndoesItself | Cause::Orphans(_) => None,
        })
    }
}
