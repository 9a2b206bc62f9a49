//! What would run, in which order, and what would it lose?

use std::sync::Arc;

use onward_analysis::{Dialect, Down, Record, Script, Verdict, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Environment;

mod declared;
mod error;
mod renamed;
mod step;
mod undone;

pub use error::PlanError;
pub use step::Step;

/// What would run, step by step. Nothing is known of the database's contents here: that is the gate's part.
#[derive(Debug, Clone)]
pub struct Plan {
    dialect: Dialect,
    direction: Direction,
    steps: Vec<Step>,
    /// The newest version that is known, so that a new migration gets one above it.
    newest: Version,
}

/// Which way a migration runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums, reason = "there are two ways to go")]
pub enum Direction {
    /// Forward.
    Up,
    /// Backward.
    Down,
}

/// How far forward to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "a planner must answer for each")]
pub enum Goal {
    /// Everything that is pending.
    #[default]
    Latest,
    /// Everything that is pending up to this version, and this one.
    To(Version),
    /// As many as that.
    Steps(usize),
}

/// How far back to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "a planner must answer for each")]
pub enum Revert {
    /// The newest one.
    #[default]
    Last,
    /// As many as that, the newest first.
    Steps(usize),
    /// Everything above this version, which stays. Version 0 is the empty database.
    To(Version),
    /// This version alone; refused where newer ones stand on it.
    Only(Version),
}

/// A plan's hash, over everything that it would run. Consent is bound to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanHash(String);

/// A migration's version and name, as messages show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
}

impl Plan {
    /// The plan that applies those migrations of `catalog`, which is in version order, that this database does not
    /// have. Those that `only` keeps out of `environment` are left out.
    ///
    /// # Errors
    /// Where the goal cannot be reached, or a migration was not checked for this database.
    pub fn forward(
        catalog: &[Arc<Record>],
        is_applied: impl Fn(Version) -> bool,
        goal: Goal,
        environment: &Environment,
        dialect: Dialect,
    ) -> Result<Plan, PlanError> {
        let here = catalog
            .iter()
            .filter(|r| environment.is_in(&r.only) && !is_applied(r.version));
        let wanted: Vec<&Arc<Record>> = match goal {
            Goal::Latest => here.collect(),
            Goal::Steps(count) => here.take(count).collect(),
            Goal::To(version) if catalog.iter().any(|r| r.version == version) => {
                here.take_while(|r| r.version <= version).collect()
            }
            Goal::To(version) => {
                return Err(PlanError::NoSuchVersion {
                    version,
                    newest: catalog.last().map(|r| r.version),
                });
            }
        };
        for record in &wanted {
            checked(record, &record.up, Direction::Up, dialect)?;
        }
        Ok(Plan::of(Direction::Up, dialect, wanted))
    }

    /// The plan that goes back from `applied`, this database's migrations in version order.
    ///
    /// # Errors
    /// Where the goal cannot be reached, a migration on the way has no down, or its author does not allow it here.
    pub fn back(
        applied: &[Arc<Record>],
        goal: Revert,
        environment: &Environment,
        dialect: Dialect,
    ) -> Result<Plan, PlanError> {
        let wanted = backward(applied, goal)?;
        for (index, record) in wanted.iter().enumerate() {
            match &record.down {
                Down::Script(script) => checked(record, script, Direction::Down, dialect)?,
                Down::Irreversible { reason } => {
                    return Err(PlanError::Irreversible {
                        migration: Name::of(record),
                        reason: reason.clone(),
                        beneath: wanted[index + 1..].iter().map(|r| Name::of(r)).collect(),
                        above: index,
                    });
                }
            }
            if !environment.is_in(&record.down_in) {
                return Err(PlanError::NotHere {
                    migration: Name::of(record),
                    environment: environment.name().to_owned(),
                    allowed: record.down_in.clone(),
                });
            }
        }
        Ok(Plan::of(Direction::Down, dialect, wanted))
    }

    /// The same plan, in a program whose newest migration is `version`.
    pub(crate) fn below(mut self, version: Option<Version>) -> Plan {
        self.newest = self.newest.max(version.unwrap_or(self.newest));
        self
    }

    /// The newest version that is known.
    pub(crate) fn newest(&self) -> Version {
        self.newest
    }

    /// Which way it goes.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The database whose SQL it runs.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The steps, in the order in which they run.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The worst verdict of its steps.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let verdicts = || self.steps.iter().map(Step::verdict);
        [Verdict::Unknown, Verdict::Lossy]
            .into_iter()
            .find(|worst| verdicts().any(|verdict| verdict == *worst))
            .unwrap_or(Verdict::Lossless)
    }

    /// The names of everything that it loses, each once, in order; what no verdict covers is named by its migration.
    #[must_use]
    pub fn losing(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for step in &self.steps {
            let objects = step.losses().iter().map(|loss| loss.object.to_string());
            let unknown =
                (!step.is_understood()).then(|| format!("whatever {} takes", step.name()));
            for name in objects.chain(unknown) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// The hash over everything that it runs.
    #[must_use]
    pub fn hash(&self) -> PlanHash {
        let mut hasher = Sha256::new();
        hasher.update(format!("onward plan 1\0{}\0", self.dialect));
        for step in &self.steps {
            hasher.update(format!("{}\0{}\0", step.direction(), step.version()));
            hasher.update(step.script().map_or("", |script| &script.hash));
            hasher.update([0]);
        }
        let digits = hasher.finalize();
        PlanHash(digits.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn of(direction: Direction, dialect: Dialect, records: Vec<&Arc<Record>>) -> Plan {
        let steps: Vec<Step> = records
            .into_iter()
            .map(|record| Step::new(direction, Arc::clone(record), dialect))
            .collect();
        Plan {
            dialect,
            direction,
            newest: newest(&steps),
            steps,
        }
    }
}

fn newest(steps: &[Step]) -> Version {
    let versions = steps.iter().map(Step::version);
    versions.max().unwrap_or(Version::new(0))
}

/// The migrations to revert, newest first.
fn backward(applied: &[Arc<Record>], goal: Revert) -> Result<Vec<&Arc<Record>>, PlanError> {
    let newest_first = || applied.iter().rev();
    let place = |version: Version| {
        applied
            .iter()
            .position(|record| record.version == version)
            .ok_or(PlanError::NotApplied {
                version,
                newest: applied.last().map(|record| record.version),
            })
    };
    match goal {
        Revert::Last => Ok(newest_first().take(1).collect()),
        Revert::Steps(count) => Ok(newest_first().take(count).collect()),
        Revert::To(version) if version.number() == 0 => Ok(newest_first().collect()),
        Revert::To(version) => {
            let stays = place(version)?;
            Ok(applied[stays + 1..].iter().rev().collect())
        }
        Revert::Only(version) => {
            let index = place(version)?;
            let above: Vec<Name> = applied[index + 1..]
                .iter()
                .rev()
                .map(|record| Name::of(record))
                .collect();
            if above.is_empty() {
                return Ok(vec![&applied[index]]);
            }
            Err(PlanError::Beneath {
                wanted: Name::of(&applied[index]),
                above,
                below: index.checked_sub(1).map(|below| applied[below].version),
            })
        }
    }
}

/// SQL that was never judged for this database does not run on it. Rust is judged by nobody: unknown, and admitted so.
fn checked(
    record: &Record,
    script: &Script,
    direction: Direction,
    dialect: Dialect,
) -> Result<(), PlanError> {
    if script.sql.is_none() || script.analysis(dialect).is_some() {
        return Ok(());
    }
    Err(PlanError::NotChecked {
        migration: Name::of(record),
        direction,
        dialect,
        checked: script.analyses.iter().map(|a| a.dialect).collect(),
    })
}

impl Name {
    /// The version and name of `record`.
    #[must_use]
    pub fn of(record: &Record) -> Name {
        Name {
            version: record.version,
            name: record.name.clone(),
        }
    }
}

impl PlanHash {
    /// The hash as 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first twelve digits, for a person to compare.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl std::fmt::Display for PlanHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for Direction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Direction::Up => "up",
            Direction::Down => "down",
        })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.version, self.name)
    }
}

#[cfg(test)]
mod tests;
