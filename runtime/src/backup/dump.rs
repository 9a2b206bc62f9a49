//! Does a dump come back to life?

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use onward_analysis::Dialect;

use crate::redact::redacted;

/// A dump file, to be restored into a scratch database by the server's own tools, counted, and dropped again.
///
/// The tools (`psql`, `pg_restore`; `mariadb` or `mysql`) find server, user and password as they always do: `PGHOST`,
/// `PGUSER`, `~/.pgpass`, `~/.my.cnf`. So no secret passes through Onward. The role must be allowed to create databases. Take a
/// server that can bear a restore: it need not be the one in production.
///
/// ```no_run
/// # fn example() -> Result<(), onward::DumpError> {
/// let tables = onward::Dump::postgres("shop.dump").client_argument("--host=restore.internal").restore()?;
/// println!("{} rows in users", tables["users"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Dump {
    file: PathBuf,
    dialect: Dialect,
    arguments: Vec<OsString>,
}

/// What came back of a dump.
pub(crate) struct Restored {
    /// The rows of each table.
    pub(crate) tables: BTreeMap<String, u64>,
    /// The ends of Onward's journals that are in the dump: one schema may have one, and another its own.
    pub(crate) seals: Vec<Seal>,
}

/// The last entry of a journal.
pub(crate) struct Seal {
    /// Its number; 0 where there is none yet.
    pub(crate) seq: i64,
    /// What it is sealed with.
    pub(crate) hash: String,
}

/// Why a dump could not be shown to come back to life.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DumpError {
    /// The file cannot be read.
    File(PathBuf, String),
    /// A tool cannot be started.
    NoTool(String, String),
    /// A tool failed, and said this.
    Failed(String, String),
    /// It was restored, and holds no table.
    Empty(PathBuf),
    /// It was restored, and none of its tables holds a row.
    Rowless(PathBuf),
    /// It goes to a database of its own choice by this line, and would write over that one.
    Elsewhere(PathBuf, String),
}

impl Dump {
    /// What `pg_dump` wrote: a script, or an archive (`-Fc`, `-Ft`).
    #[must_use]
    pub fn postgres(file: impl Into<PathBuf>) -> Dump {
        Dump::of(Dialect::Postgres, file.into())
    }

    /// What `mariadb-dump` or `mysqldump` wrote of one database.
    #[must_use]
    pub fn mysql(file: impl Into<PathBuf>) -> Dump {
        Dump::of(Dialect::MySql, file.into())
    }

    pub(crate) fn of(dialect: Dialect, file: PathBuf) -> Dump {
        Dump {
            file,
            dialect,
            arguments: Vec::new(),
        }
    }

    /// A further argument for the tools, such as `--host=restore.internal`. A password does not belong here: others see it.
    #[must_use]
    pub fn client_argument(mut self, argument: impl Into<OsString>) -> Dump {
        self.arguments.push(argument.into());
        self
    }

    /// Restores it into a database of its own, counts the rows of each table, and drops the database, however it ends.
    ///
    /// It blocks while the tools run: call it from a thread that may wait.
    ///
    /// # Errors
    /// Where the file cannot be read or names the database to restore into, a tool is missing or fails, or no table or no row
    /// came back.
    pub fn restore(&self) -> Result<BTreeMap<String, u64>, DumpError> {
        Ok(self.restored()?.tables)
    }

    /// As [`Dump::restore`], with the ends of Onward's journals in it.
    pub(crate) fn restored(&self) -> Result<Restored, DumpError> {
        self.stays()?;
        let scratch = Scratch::create(self)?;
        self.fill(&scratch.name)?;
        let tables = self.counted(&scratch.name)?;
        let seals = self.sealed(&scratch.name, &tables)?;
        scratch.drop()?;
        if tables.is_empty() {
            return Err(DumpError::Empty(self.file.clone()));
        }
        match tables.values().all(|rows| *rows == 0) {
            true => Err(DumpError::Rowless(self.file.clone())),
            false => Ok(Restored { tables, seals }),
        }
    }

    /// The ends of the journals among these tables.
    fn sealed(
        &self,
        database: &str,
        tables: &BTreeMap<String, u64>,
    ) -> Result<Vec<Seal>, DumpError> {
        let mut seals = Vec::new();
        for name in tables.keys() {
            let (schema, table) = name.rsplit_once('.').unwrap_or(("", name));
            if table != "_onward_head" {
                continue;
            }
            let parts = [schema, table].into_iter().filter(|part| !part.is_empty());
            let parts: Vec<String> = parts.map(|part| self.dialect.quote(part)).collect();
            let sql = format!("SELECT seq, hash FROM {}", parts.join("."));
            let row = self.asked(database, &sql)?;
            let seal = row.lines().next().and_then(|row| row.split_once('\t'));
            seals.extend(seal.and_then(|(seq, hash)| {
                Some(Seal {
                    seq: seq.trim().parse().ok()?,
                    hash: hash.trim().to_owned(),
                })
            }));
        }
        Ok(seals)
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether it goes where it is restored: `--databases`, `--all-databases` and `--create` write the database's name into a
    /// script, and the client would leave the scratch database for the one that the dump was taken of.
    fn stays(&self) -> Result<(), DumpError> {
        let unread = |error: std::io::Error| DumpError::File(self.file.clone(), error.to_string());
        let mut script = BufReader::new(std::fs::File::open(&self.file).map_err(unread)?);
        if !is_script(&self.file) {
            return Ok(());
        }
        let mut line = Vec::new();
        while script.read_until(b'\n', &mut line).map_err(unread)? > 0 {
            if leaves(self.dialect, &line) {
                let line = redacted(String::from_utf8_lossy(&line).trim());
                return Err(DumpError::Elsewhere(self.file.clone(), line));
            }
            line.clear();
        }
        Ok(())
    }

    fn fill(&self, database: &str) -> Result<(), DumpError> {
        let archive = self.dialect == Dialect::Postgres && !is_script(&self.file);
        if archive {
            let mut tool = self.tool("pg_restore");
            // Owners and grants are of roles that the scratch server need not have.
            tool.args([
                "--no-owner",
                "--no-privileges",
                "--exit-on-error",
                "--dbname",
                database,
            ]);
            tool.arg(&self.file);
            return said(tool).map(|_| ());
        }
        let script = std::fs::File::open(&self.file)
            .map_err(|error| DumpError::File(self.file.clone(), error.to_string()))?;
        let mut client = self.client(database);
        client.stdin(Stdio::from(script));
        said(client).map(|_| ())
    }

    fn counted(&self, database: &str) -> Result<BTreeMap<String, u64>, DumpError> {
        let list = match self.dialect {
            Dialect::Postgres => {
                "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
            }
            _ => {
                "SELECT table_schema, table_name FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
            }
        };
        let listed = self.asked(database, list)?;
        let mut counts = BTreeMap::new();
        for line in listed.lines() {
            let Some((schema, table)) = line.split_once('\t') else {
                continue;
            };
            let from = format!(
                "{}.{}",
                self.dialect.quote(schema),
                self.dialect.quote(table)
            );
            let count = self.asked(database, &format!("SELECT count(*) FROM {from}"))?;
            let name = match (self.dialect, schema) {
                (Dialect::Postgres, schema) if schema != "public" => format!("{schema}.{table}"),
                _ => table.to_owned(),
            };
            counts.insert(name, count.trim().parse().unwrap_or_default());
        }
        Ok(counts)
    }

    /// What a query gives: a line for each row, tabs between the columns.
    fn asked(&self, database: &str, query: &str) -> Result<String, DumpError> {
        let mut client = self.client(database);
        match self.dialect {
            Dialect::Postgres => {
                client.args(["--tuples-only", "--no-align", "--field-separator=\t"])
            }
            _ => client.args(["--batch", "--skip-column-names"]),
        };
        let flag = if self.dialect == Dialect::Postgres {
            "--command"
        } else {
            "--execute"
        };
        client.args([flag, query]);
        said(client)
    }

    /// The client on `database`, stopping at the first error.
    fn client(&self, database: &str) -> Command {
        match self.dialect {
            Dialect::Postgres => {
                let mut client = self.tool("psql");
                client.args([
                    "--no-psqlrc",
                    "--quiet",
                    "--set=ON_ERROR_STOP=1",
                    "--dbname",
                    database,
                ]);
                client
            }
            _ => {
                let mut client = self.tool(mysql());
                client.args(["--database", database]);
                client
            }
        }
    }

    fn tool(&self, name: &str) -> Command {
        let mut tool = Command::new(name);
        tool.args(&self.arguments).stdin(Stdio::null());
        tool
    }
}

/// A database that is dropped in the end.
struct Scratch<'d> {
    dump: &'d Dump,
    name: String,
    dropped: bool,
}

impl<'d> Scratch<'d> {
    fn create(dump: &'d Dump) -> Result<Scratch<'d>, DumpError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanos = now.map_or(0, |now| now.as_nanos());
        let name = format!("onward_scratch_{}_{nanos:x}", std::process::id());
        let scratch = Scratch {
            dump,
            name,
            dropped: false,
        };
        scratch.on_server(&format!("CREATE DATABASE {}", scratch.name))?;
        Ok(scratch)
    }

    fn drop(mut self) -> Result<(), DumpError> {
        self.dropped = true;
        self.on_server(&format!("DROP DATABASE {}", self.name))
    }

    fn on_server(&self, sql: &str) -> Result<(), DumpError> {
        let database = match self.dump.dialect {
            Dialect::Postgres => "postgres",
            _ => "information_schema",
        };
        self.dump.asked(database, sql).map(|_| ())
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        if !self.dropped {
            // The restore failed and says why; a scratch database that stays behind says so by its name.
            let _ = self.on_server(&format!("DROP DATABASE IF EXISTS {}", self.name));
        }
    }
}

/// MariaDB calls its client `mariadb`, MySQL `mysql`.
fn mysql() -> &'static str {
    let found = |name: &str| Command::new(name).arg("--version").output().is_ok();
    if found("mariadb") { "mariadb" } else { "mysql" }
}

/// Whether `pg_dump` wrote plain SQL: its archives begin otherwise.
fn is_script(file: &Path) -> bool {
    use std::io::Read as _;
    let mut head = [0_u8; 265];
    let read = std::fs::File::open(file).and_then(|mut file| file.read(&mut head));
    let head = &head[..read.unwrap_or_default()];
    // A custom archive names itself; a tar has its magic word at 257.
    !head.starts_with(b"PGDMP") && head.get(257..262) != Some(b"ustar")
}

/// Whether a line of a script turns to another database. The tools write a line break within a value as an escape, so that no
/// value begins a line of its own; where a routine's text does, the dump is turned down for nothing.
fn leaves(dialect: Dialect, line: &[u8]) -> bool {
    let begins = |word: &str| {
        let head = line.get(..word.len());
        let after = line.get(word.len()).copied().unwrap_or(b' ');
        head.is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
            && (after.is_ascii_whitespace() || matches!(after, b'`' | b'"'))
    };
    match dialect {
        Dialect::Postgres => begins("\\connect") || begins("\\c"),
        Dialect::MySql | Dialect::Sqlite => begins("use") || begins("\\u"),
    }
}

/// Runs a tool, and gives what it wrote.
fn said(mut command: Command) -> Result<String, DumpError> {
    let name = |program: &OsStr| program.to_string_lossy().into_owned();
    let output = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| DumpError::NoTool(name(command.get_program()), error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let first = stderr.lines().find(|line| !line.trim().is_empty());
    Err(DumpError::Failed(
        name(command.get_program()),
        redacted(first.unwrap_or("it gives no reason")),
    ))
}

impl std::fmt::Display for DumpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DumpError::File(file, why) => write!(
                f,
                "The dump {} cannot be read: {why}.\nName a file that pg_dump, mariadb-dump or mysqldump wrote.",
                file.display()
            ),
            DumpError::NoTool(tool, why) => write!(
                f,
                "`{tool}` cannot be started: {why}.\nInstall the client of the database, and see that it is in PATH."
            ),
            DumpError::Failed(tool, why) => write!(
                f,
                "The dump could not be restored: {tool} says: {why}.\n\
                 The scratch database is dropped. The backup is not verified."
            ),
            DumpError::Empty(file) => write!(
                f,
                "{} was restored, and there was no table in it. The backup is not verified.",
                file.display()
            ),
            DumpError::Rowless(file) => write!(
                f,
                "{} was restored, and its tables hold not one row: a dump of the schema alone brings nothing back. The backup \
                 is not verified.",
                file.display()
            ),
            DumpError::Elsewhere(file, line) => write!(
                f,
                "{} names the database to restore into (`{line}`), and would write over that one: nothing was restored.\n\
                 Take the dump without --databases and --all-databases (mariadb-dump, mysqldump), or without --create (pg_dump).",
                file.display()
            ),
        }
    }
}

impl std::error::Error for DumpError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever verifies a backup must not lose the database that it was taken of.
    #[test]
    fn a_dump_that_names_its_database_is_not_restored() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("shop.sql");
        for (dialect, text, line) in [
            (
                Dialect::MySql,
                "CREATE DATABASE `shop`;\n\nUSE `shop`;\nDROP TABLE IF EXISTS `users`;\n",
                "USE `shop`;",
            ),
            (
                Dialect::Postgres,
                "DROP DATABASE shop;\nCREATE DATABASE shop;\n\\connect shop\n",
                "\\connect shop",
            ),
        ] {
            std::fs::write(&file, text).unwrap();
            let refused = Dump::of(dialect, file.clone()).restore().unwrap_err();
            assert_eq!(refused, DumpError::Elsewhere(file.clone(), line.to_owned()));
        }
    }

    #[test]
    fn a_dump_of_one_database_stays_where_it_is_restored() {
        for (dialect, line) in [
            (
                Dialect::MySql,
                "INSERT INTO `notes` VALUES ('a\\nUSE `shop`');",
            ),
            (Dialect::MySql, "users of the shop"),
            (Dialect::Postgres, "\\N\t\\\\connect shop"),
            (Dialect::Postgres, "\\."),
            (Dialect::Postgres, "\\restrict abc"),
        ] {
            assert!(!leaves(dialect, line.as_bytes()), "{line}");
        }
        assert!(leaves(Dialect::MySql, b"use shop"));
        assert!(leaves(Dialect::Postgres, b"\\c shop"));
    }
}
