//! What was done by a run?

use std::time::Duration;

use onward_analysis::Version;
use serde::Serialize;

use crate::text::counted;
use crate::{Decision, Direction, Environment};

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunReport {
    /// The database's name.
    pub database: String,
    /// The environment.
    pub environment: Environment,
    /// Which way it went.
    pub direction: Direction,
    /// Whether the database got its label in this run: it was its first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub labelled: bool,
    /// Other tools that keep a history in this database, where it was the first run: what they made is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// What ran, in its order. Empty where there was nothing to do.
    pub ran: Vec<Ran>,
    /// Why it was allowed; none where nothing was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Box<Decision>>,
}

/// One migration that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Ran {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Which way.
    pub direction: Direction,
    /// How long it took, in milliseconds.
    #[serde(rename = "milliseconds", serialize_with = "milliseconds")]
    pub took: Duration,
}

fn milliseconds<S: serde::Serializer>(took: &Duration, json: S) -> Result<S::Ok, S::Error> {
    json.serialize_u64(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}

impl std::fmt::Display for RunReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for ran in &self.ran {
            writeln!(f, "  {ran}")?;
        }
        let count = |direction| {
            self.ran
                .iter()
                .filter(|ran| ran.direction == direction)
                .count()
        };
        let migrations = |count| counted(count, "migration", "migrations");
        let done = match (count(Direction::Down), count(Direction::Up)) {
            (0, 0) => return write!(f, "Nothing to do on database `{}`.", self.database),
            (0, up) => format!("{} applied", migrations(up)),
            (down, 0) => format!("{} reverted", migrations(down)),
            (down, up) => format!("{} reverted, {up} applied", migrations(down)),
        };
        write!(
            f,
            "{done} on database `{}` ({}).",
            self.database, self.environment
        )?;
        if !self.beside.is_empty() {
            write!(
                f,
                "\nAnother tool has a history here: {}. Onward knows nothing of what it made, and leaves it alone.",
                self.beside.join(", ")
            )?;
        }
        match self.environment.first_label().filter(|_| self.labelled) {
            Some(said) => write!(f, "\n{said}"),
            None => Ok(()),
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {} {}  {} ms",
            self.direction,
            self.version,
            self.name,
            self.took.as_millis()
        )
    }
}
