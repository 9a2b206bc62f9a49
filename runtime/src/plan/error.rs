//! Why is there no plan, and what can be done instead?

use onward_analysis::{Dialect, Version};

use super::{Direction, Name};
use crate::text::counted;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// The goal names a version that the catalog does not have.
    NoSuchVersion {
        /// The version asked for.
        version: Version,
        /// The newest version that there is.
        newest: Option<Version>,
    },
    /// A version to be reverted, or to go back to, is not applied.
    NotApplied {
        /// The version asked for.
        version: Version,
        /// The newest version that is applied.
        newest: Option<Version>,
    },
    /// Newer migrations stand on the one to be reverted.
    Beneath {
        /// The migration to be reverted.
        wanted: Name,
        /// Those applied above it, newest first.
        above: Vec<Name>,
        /// The version below it, to go back to; none where it is the first.
        below: Option<Version>,
    },
    /// There is no way back through this migration.
    Irreversible {
        /// The migration without a down.
        migration: Name,
        /// Its author's reason.
        reason: String,
        /// Those that lie beneath it and were to be reverted too.
        beneath: Vec<Name>,
        /// Those that lie above it and could be reverted.
        above: usize,
    },
    /// The author limits the down to other environments.
    NotHere {
        /// The migration.
        migration: Name,
        /// This environment.
        environment: String,
        /// Those that `down_in` lists.
        allowed: Vec<String>,
    },
    /// What undoes the migration is not known here.
    NoWayForward {
        /// The migration.
        migration: Name,
    },
    /// The migration was compiled for other databases.
    NotChecked {
        /// The migration.
        migration: Name,
        /// Which way it would go.
        direction: Direction,
        /// The database that is connected.
        dialect: Dialect,
        /// Those that it was checked for.
        checked: Vec<Dialect>,
    },
}

impl std::fmt::Display for PlanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PlanError::NoWayForward { migration } => write!(
                f,
                "{migration} has no down that was checked for this database, so what undoes it is not known here.\n\
                 Where its sources are, `cargo onward forward {}` works it out from its up, where that can be.",
                migration.version
            ),
            PlanError::NoSuchVersion { version, newest } => write!(
                f,
                "There is no migration {version} in the catalog{}.\n\
                 Nothing has run. `status` lists the versions that there are, `up` applies all that are pending{}.",
                newest.map_or("; it is empty".to_owned(), |v| format!("; the newest is {v}")),
                newest.map_or(String::new(), |v| format!(
                    ", and `cargo onward forward {v}` writes the migration that undoes the newest"
                ))
            ),
            PlanError::NotApplied { version, newest } => write!(
                f,
                "Migration {version} is not applied to this database, so there is nothing of it to take back{}",
                newest.map_or(
                    "; none is.\nNothing has run. `status` shows where this database stands.".to_owned(),
                    |v| format!(
                        "; the newest that is applied is {v}.\n\
                         Nothing has run. `status` lists what is applied. `cargo onward forward {v}` writes the migration that undoes \
                         the newest, which is the safe way; `down` takes it back where the gate opens."
                    )
                )
            ),
            PlanError::Beneath {
                wanted,
                above,
                below,
            } => {
                let stands = counted(
                    above.len(),
                    "newer migration stands",
                    "newer migrations stand",
                );
                writeln!(f, "{wanted} cannot be reverted alone: {stands} on it:")?;
                for name in above {
                    writeln!(f, "    {name}")?;
                }
                let down = format!("down --to {}", below.map_or(0, Version::number));
                write!(
                    f,
                    "To revert those too, newest first: `{down}`. \
                     To undo it and keep them: `cargo onward forward {}` writes its down as a new migration.",
                    wanted.version
                )
            }
            PlanError::Irreversible {
                migration,
                reason,
                beneath,
                above,
            } => {
                writeln!(f, "{migration} is irreversible: {reason}.")?;
                if !beneath.is_empty() {
                    writeln!(f, "So nothing beneath it can be reverted either:")?;
                    for name in beneath {
                        writeln!(f, "    {name}")?;
                    }
                }
                let version = migration.version;
                if *above > 0 {
                    write!(
                        f,
                        "The {} above it can be reverted: `down --to {version}`. Beyond that, the",
                        counted(*above, "migration", "migrations"),
                    )?;
                } else {
                    f.write_str("The")?;
                }
                write!(
                    f,
                    " way out is forward: `cargo onward forward {version}` writes the migration that undoes it, where that can be \
                     worked out.\nOn a developer's machine, where nobody misses the data, the database can be made anew instead."
                )
            }
            PlanError::NotHere {
                migration,
                environment,
                allowed,
            } => write!(
                f,
                "The down of {migration} does not run in {environment}: its author allows it in {} only.\n\
                 The way out is forward: `cargo onward forward {}` writes that down as a new migration.",
                allowed.join(", "),
                migration.version
            ),
            PlanError::NotChecked {
                migration,
                direction,
                dialect,
                checked,
            } => {
                let checked: Vec<&str> = checked.iter().map(|d| d.name()).collect();
                write!(
                    f,
                    "The {direction} of {migration} was never checked for {dialect}, only for {}.\n\
                     Nothing has run. Add `{dialect}` to `dialects` in onward.toml, or to its `dialect(…)`, and compile again{}.",
                    if checked.is_empty() {
                        "nothing".to_owned()
                    } else {
                        checked.join(", ")
                    },
                    match direction {
                        Direction::Up => String::new(),
                        Direction::Down => format!(
                            "; `cargo onward forward {}` then writes the migration that undoes it",
                            migration.version
                        ),
                    }
                )
            }
        }
    }
}

impl std::error::Error for PlanError {}
