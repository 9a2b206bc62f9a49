//! Why does the history not fit this program?

use onward_analysis::{Dialect, Tier, Version};

use crate::{Environment, Name};

/// The database's history cannot be used, or says that this process must not run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryError {
    /// The connection has no schema or database that tables could stand in.
    NoHome {
        /// Which database it is.
        dialect: Dialect,
    },
    /// A newer Onward wrote the tables.
    Format {
        /// Their format.
        format: i64,
    },
    /// The tables hold what Onward never writes.
    Garbled {
        /// What.
        what: String,
    },
    /// What stood in Onward's tables when the gate was asked is no longer so.
    Moved {
        /// What.
        what: String,
    },
    /// PostgreSQL's row security may keep rows of Onward's tables from this role.
    Hidden {
        /// The role.
        role: String,
        /// The tables, as SQL names them.
        tables: Vec<String>,
    },
    /// The journal says that a pending migration was applied and not reverted: its row of the history is gone, and it would run once more.
    Forgotten {
        /// The migration.
        migration: Name,
        /// The entry of the journal that says so.
        entry: i64,
    },
    /// The row that holds the label and the end of the journal is gone, though others of Onward's are there.
    Headless {
        /// The database.
        database: String,
    },
    /// The database carries another environment's label.
    OtherEnvironment {
        /// The database.
        database: String,
        /// Its label.
        label: Environment,
        /// What the process says.
        process: Environment,
    },
    /// What is stored of a migration is not what was written when it was applied, and this program would go back by it.
    Rewritten {
        /// The migration.
        migration: Name,
    },
    /// An applied migration has other SQL now.
    Edited {
        /// Its version.
        version: Version,
        /// Its name.
        name: String,
        /// In development: whether it can be done again.
        redo: Option<Redo>,
    },
    /// Another tool has run pending migrations on this database, where Onward has run none of their crate.
    RunByAnother {
        /// The database.
        database: String,
        /// That tool.
        tool: String,
        /// The table in which it keeps its history.
        table: String,
        /// Those migrations, as version and name.
        migrations: Vec<(Version, String)>,
        /// Whether it knows them by their names too, and not by their numbers alone.
        by_name: bool,
    },
    /// Pending migrations are older than applied ones of their crate, which production does not accept unasked.
    OutOfOrder {
        /// The pending ones, as version and name.
        pending: Vec<(Version, String)>,
        /// The newest applied one.
        newest: Version,
    },
    /// A migration was interrupted, and must be finished before anything goes the other way.
    Interrupted {
        /// Its version.
        version: Version,
        /// `up` or `down`.
        direction: String,
        /// How many of its statements are done.
        done: usize,
    },
    /// A migration was interrupted, and its SQL is another one now.
    InterruptedOther {
        /// Its version.
        version: Version,
        /// `up` or `down`.
        direction: String,
        /// How many of its statements are done.
        done: usize,
    },
    /// A statement that commits by itself was begun, and nobody knows whether it is done.
    InDoubt {
        /// The migration's version.
        version: Version,
        /// `up` or `down`.
        direction: String,
        /// Which of its statements, counted from 1.
        number: usize,
        /// The statement, cut off where it is long.
        statement: String,
    },
    /// Somebody else is changing the database faster than it can be planned on.
    Restless,
    /// The database has not what this program needs.
    Behind {
        /// The database.
        database: String,
        /// The migrations that are pending.
        pending: Vec<(Version, String)>,
    },
    /// The database has migrations that this program does not contain.
    Ahead {
        /// The database.
        database: String,
        /// Those migrations.
        foreign: Vec<(Version, String)>,
    },
}

/// Whether an applied migration that was edited can be taken back, and applied as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Redo {
    /// It can: so many migrations are applied from it on.
    Steps(usize),
    /// It cannot: this one has no down that may run here.
    Blocked(Name),
}

impl HistoryError {
    /// Whether it says that what a step was planned on no longer stands.
    pub(crate) fn is_of_the_ground(&self) -> bool {
        use HistoryError::{Headless, Moved, Restless};
        matches!(self, Moved { .. } | Headless { .. } | Restless)
    }
}

impl std::fmt::Display for HistoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HistoryError::NoHome { dialect: Dialect::MySql } => f.write_str(
                "The connection has no database selected, so there is no place for the history.\n\
                 Name one in the URL: mysql://user@host/DATABASE.",
            ),
            HistoryError::NoHome { .. } => f.write_str(
                "No schema of the connection's search_path exists, so there is no place for the history.\n\
                 Create one, or set search_path in the URL (`?options=-csearch_path%3Dpublic`).",
            ),
            HistoryError::Format { format } => write!(
                f,
                "The history was written by a newer Onward (format {format}).\n\
                 Nothing has run. Update the crate `onward`."
            ),
            HistoryError::Garbled { what } => write!(
                f,
                "The history cannot be trusted: {what}.\n\
                 Nothing has run. Somebody changed Onward's tables by hand; restore them from a backup."
            ),
            HistoryError::Moved { what } => write!(
                f,
                "What this was planned on has changed since: {what}.\n\
                 The step that was next was not run, nor any after it. Somebody has changed Onward's tables by hand, or put another database \
                 where this one was. Look at `status` and `journal verify`, and start again."
            ),
            HistoryError::Hidden { role, tables } => {
                write!(
                    f,
                    "PostgreSQL's row security may hide rows of Onward's tables from the role `{role}`, so what is applied here is not known.\n\
                     Nothing has run. Connect as their owner, or switch it off for them:"
                )?;
                for table in tables {
                    write!(f, "\n    ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;")?;
                }
                Ok(())
            }
            HistoryError::Forgotten { migration, entry } => write!(
                f,
                "Entry {entry} of the journal says that migration {migration} was applied, and `_onward_history` has no row of it: somebody \
                 deleted it by hand, and the migration would run a second time.\n\
                 Nothing has run. Restore that row from a backup, or copy it from another database on which the migration is applied. \
                 What it did is then undone by `down`, or forward: `cargo onward forward {}`.",
                migration.version
            ),
            HistoryError::Rewritten { migration } => write!(
                f,
                "What `_onward_history` keeps of migration {migration} is not what the journal sealed when it was applied: somebody \
                 changed its way back, its verdict or its marks by hand.\n\
                 Nothing has run. Restore that row from a backup (`journal verify` lists each that was changed), or go back with a \
                 program that contains the migration: it uses its own. Forward needs no record: where the sources are, \
                 `cargo onward forward {}` writes the migration that undoes it.",
                migration.version
            ),
            HistoryError::Headless { database } => write!(
                f,
                "The row of `_onward_head` in database `{database}` is gone, and with it the environment's label and where the \
                 journal ends. Somebody deleted it.\n\
                 Nothing has run. Restore it from a backup. Without one, read `journal show` first, then make it anew with the label \
                 that the entries name:\n    \
                 INSERT INTO _onward_head (id, format, environment, tier, seq, hash) SELECT 1, {}, 'NAME', 'TIER', seq, hash FROM \
                 _onward_journal ORDER BY seq DESC LIMIT 1;",
                super::head::FORMAT
            ),
            HistoryError::OtherEnvironment {
                database,
                label,
                process,
            } => {
                write!(
                    f,
                    "Database `{database}` is labelled {label}, and this process says {process}.\n\
                     Nothing has run. If the database is the right one, set {}={}; if not, correct the URL.",
                    Environment::VARIABLE,
                    label.name()
                )?;
                if !process.is_known() {
                    let known = Tier::ALL.map(|tier| tier.name().to_owned());
                    write!(
                        f,
                        "\nNo environment is called `{name}`: {}",
                        crate::text::meant(process.name(), &known),
                        name = crate::text::visible(process.name())
                    )?;
                }
                if label.tier() > process.tier() {
                    f.write_str(
                        "\nA label is never weakened: a throw-away database that got it by mistake is made anew.",
                    )?;
                }
                Ok(())
            }
            HistoryError::Edited {
                version,
                name,
                redo,
            } => {
                writeln!(
                    f,
                    "Migration {version} {name} is applied, and its SQL has been edited since."
                )?;
                match redo {
                    Some(Redo::Steps(steps)) => write!(
                        f,
                        "Nothing has run. To take back what ran and apply it as it is now: `redo --steps {steps}` on your \
                         application's command line. Or put its SQL back."
                    ),
                    Some(Redo::Blocked(migration)) => write!(
                        f,
                        "Nothing has run. What ran cannot be taken back: {migration} has no down that may run here. Put the SQL of {version} \
                         back, and write the change as a new migration. Or, where nobody misses the data, make the database anew: drop \
                         it and create it (with SQLite, delete its file), and run `up`."
                    ),
                    None => f.write_str(
                        "Nothing has run. Put its SQL back, and write the change as a new migration.",
                    ),
                }
            }
            HistoryError::OutOfOrder { pending, newest } => write!(
                f,
                "{} older than {newest}, which is applied already: {}.\n\
                 Nothing has run. Give it a newer version; or, where the order does not matter, allow it: \
                 `Migrator::out_of_order(true)`.",
                if pending.len() == 1 { "A pending migration is" } else { "Pending migrations are" },
                list(pending)
            ),
            HistoryError::Interrupted {
                version,
                direction,
                done,
            } => write!(
                f,
                "The {direction} of migration {version} was interrupted after {done} of its statements.\n\
                 Nothing has run. Finish it first (`{direction}` on the command line): it goes on where it stopped."
            ),
            HistoryError::InterruptedOther {
                version,
                direction,
                done,
            } => write!(
                f,
                "The {direction} of migration {version} was interrupted after {done} of its statements, and this program does \
                 not contain them as they ran.\n\
                 Nothing has run. Start the program that began it once more: it goes on where it stopped."
            ),
            HistoryError::InDoubt {
                version,
                direction,
                number,
                statement,
            } => write!(
                f,
                "Statement {number} of the {direction} of migration {version} was begun, and nobody knows whether it is done, in part \
                 or not at all: what it calls can commit by itself.\n{}\n\
                 Nothing has run since. Look what it has left. Where all of it is done, `{direction} --begun done` goes on after it. \
                 Where nothing is, or it may be done again, `{direction} --begun again` begins it anew. Where a part is, do the rest \
                 or undo that part by hand first.",
                shown(statement)
            ),
            HistoryError::Restless => f.write_str(
                "Other processes kept changing the database while this one planned.\n\
                 Nothing of this process is left halfway. Start it again.",
            ),
            HistoryError::RunByAnother {
                database,
                tool,
                table,
                migrations,
                by_name,
            } => {
                write!(
                    f,
                    "On database `{database}` {tool} has run {} of this program already: {}. They stand in its table `{table}`.\n\
                     Nothing has run: here they would run a second time. Onward takes over no other tool's history. Give it an empty \
                     database; or leave those migrations to {tool}, and give Onward only what comes after them.",
                    crate::text::counted(migrations.len(), "migration", "migrations"),
                    list(migrations)
                )?;
                if !by_name {
                    f.write_str(
                        " If they are others that only have the same numbers, give yours versions of their own, such as 20261122_01.",
                    )?;
                }
                Ok(())
            }
            HistoryError::Behind { database, pending } => write!(
                f,
                "Database `{database}` lacks {} that this program needs: {}.\n\
                 Nothing has run. Run the migrations first (`Migrator::run`, or `up` on the command line).",
                crate::text::counted(pending.len(), "migration", "migrations"),
                list(pending)
            ),
            HistoryError::Ahead { database, foreign } => write!(
                f,
                "Database `{database}` has {} that this program does not contain: {}.\n\
                 This program is older than the database, or a migration is missing from the code. Deploy the newer build.",
                crate::text::counted(foreign.len(), "migration", "migrations"),
                list(foreign)
            ),
        }
    }
}

/// The first few of them.
fn list(migrations: &[(Version, String)]) -> String {
    const SHOWN: usize = 5;
    let mut names: Vec<String> = migrations
        .iter()
        .take(SHOWN)
        .map(|(version, name)| format!("{version} {name}"))
        .collect();
    if migrations.len() > SHOWN {
        names.push(format!("and {} more", migrations.len() - SHOWN));
    }
    names.join(", ")
}

impl std::error::Error for HistoryError {}

/// A statement, line by line, with nothing in it that a terminal obeys.
fn shown(statement: &str) -> String {
    let lines: Vec<String> = statement
        .lines()
        .map(|line| format!("    {}", crate::text::visible(line.trim_end())))
        .collect();
    lines.join("\n")
}
