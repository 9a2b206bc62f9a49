//! Which migrations are applied here, and which are pending?

use std::time::SystemTime;

use onward_analysis::{Dialect, Version};
use serde::Serialize;

use crate::Environment;
use crate::text::{counted, meant, moment, visible};

/// How a database stands to the migrations that this program was compiled with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The database's name.
    pub database: String,
    /// Which database it is.
    pub dialect: Dialect,
    /// The environment of this process.
    pub environment: Environment,
    /// The environment that the database is labelled with; none where nothing has run yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Environment>,
    /// The names that environments have here, where that of this process is none of them; empty otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known_environments: Vec<String>,
    /// Each migration, in version order.
    pub migrations: Vec<Standing>,
}

/// How one migration stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Standing {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// The crate that declares it.
    pub catalog: String,
    /// Whether it is applied.
    #[serde(flatten)]
    pub place: Standpoint,
}

/// Whether a migration is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standpoint {
    /// It is applied.
    Applied {
        /// When.
        #[serde(serialize_with = "crate::text::time::serialize")]
        at: SystemTime,
    },
    /// It is applied, and its SQL was edited since: an up is refused until that is mended.
    Edited {
        /// When it was applied.
        #[serde(serialize_with = "crate::text::time::serialize")]
        at: SystemTime,
    },
    /// It is applied, and this program does not contain it: an older program, or the migration is gone from the code.
    Foreign {
        /// When.
        #[serde(serialize_with = "crate::text::time::serialize")]
        at: SystemTime,
    },
    /// It was begun, and a crash kept it from being finished; the next run goes on where it stopped.
    Interrupted,
    /// It was begun and not finished, and this program does not contain it: only the build that has it can go on.
    InterruptedForeign,
    /// It waits.
    Pending,
    /// It waits, and newer ones are applied already.
    Late,
    /// `only` keeps it out of this environment.
    NotHere,
}

impl Status {
    /// Those that would be applied by a run.
    pub fn pending(&self) -> impl Iterator<Item = &Standing> {
        use Standpoint::{Interrupted, Late, Pending};
        self.migrations
            .iter()
            .filter(|standing| matches!(standing.place, Pending | Late | Interrupted))
    }

    /// Those that were edited after they were applied, so that a run is refused.
    pub fn edited(&self) -> impl Iterator<Item = &Standing> {
        self.migrations
            .iter()
            .filter(|standing| matches!(standing.place, Standpoint::Edited { .. }))
    }

    /// Whether nothing is pending or begun, and nothing that is applied was edited.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.pending().next().is_none()
            && self.edited().next().is_none()
            && !self.is_begun_elsewhere()
    }

    /// Whether a migration was begun that this program cannot finish.
    fn is_begun_elsewhere(&self) -> bool {
        let mut places = self.migrations.iter().map(|standing| &standing.place);
        places.any(|place| *place == Standpoint::InterruptedForeign)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "Database `{}` ({}), {}",
            self.database, self.dialect, self.environment
        )?;
        if let Some(label) = self
            .label
            .as_ref()
            .filter(|l| l.name() != self.environment.name())
        {
            writeln!(f, "It is labelled {label}, so this process may only look.")?;
        }
        if !self.known_environments.is_empty() {
            writeln!(
                f,
                "No environment is called `{}`: {} It counts as production, and `up` is refused.",
                visible(self.environment.name()),
                meant(self.environment.name(), &self.known_environments)
            )?;
        }
        let widest = |text: fn(&Standing) -> String| {
            let widths = self
                .migrations
                .iter()
                .map(|standing| text(standing).chars().count());
            widths.max().unwrap_or(0)
        };
        let version = widest(|standing| standing.version.to_string());
        let name = widest(|standing| standing.name.clone());
        for standing in &self.migrations {
            writeln!(
                f,
                "  {:version$}  {:name$}  {}",
                standing.version.number(),
                standing.name,
                standing.place
            )?;
        }
        match self.pending().count() {
            0 => f.write_str("Nothing is pending.")?,
            count => write!(
                f,
                "{} pending.",
                counted(count, "migration is", "migrations are")
            )?,
        }
        match self.edited().count() {
            0 => {}
            count => write!(
                f,
                "\n{} edited after being applied, so `up` is refused; it says what can be done.",
                counted(count, "migration was", "migrations were")
            )?,
        }
        match self.is_begun_elsewhere() {
            true => f.write_str(
                "\nOne was begun that this program does not contain, so nothing runs until the build that has it was started again.",
            ),
            false => Ok(()),
        }
    }
}

impl std::fmt::Display for Standpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Standpoint::Applied { at } => write!(f, "applied {}", moment(*at)),
            Standpoint::Edited { at } => write!(f, "applied {}, edited since", moment(*at)),
            Standpoint::Foreign { at } => {
                write!(f, "applied {}, not in this program", moment(*at))
            }
            Standpoint::Interrupted => f.write_str("interrupted, goes on with the next run"),
            Standpoint::InterruptedForeign => {
                f.write_str("interrupted, not in this program: the build that has it goes on")
            }
            Standpoint::Pending => f.write_str("pending"),
            Standpoint::Late => f.write_str("pending, though newer ones are applied"),
            Standpoint::NotHere => f.write_str("not for this environment"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_person_reads_it_column_by_column() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_317_129);
        let standing = |version, name: &str, place| Standing {
            version: Version::new(version),
            name: name.to_owned(),
            catalog: "shop".to_owned(),
            place,
        };
        let status = Status {
            database: "shop".to_owned(),
            dialect: Dialect::Postgres,
            environment: Environment::new("preview", onward_analysis::Tier::Staging),
            label: Some(Environment::production()),
            known_environments: Vec::new(),
            migrations: vec![
                standing(9, "create_users", Standpoint::Applied { at }),
                standing(10, "add_phone", Standpoint::Late),
                standing(11, "drop_sessions", Standpoint::Foreign { at }),
                standing(12, "seed", Standpoint::NotHere),
                standing(13, "add_fax", Standpoint::Edited { at }),
                standing(14, "?", Standpoint::InterruptedForeign),
            ],
        };
        assert_eq!(
            status.to_string(),
            "Database `shop` (postgres), preview, staging\n\
             It is labelled production, so this process may only look.\n   \
             9  create_users   applied 2026-11-22T03:12:09Z\n  \
             10  add_phone      pending, though newer ones are applied\n  \
             11  drop_sessions  applied 2026-11-22T03:12:09Z, not in this program\n  \
             12  seed           not for this environment\n  \
             13  add_fax        applied 2026-11-22T03:12:09Z, edited since\n  \
             14  ?              interrupted, not in this program: the build that has it goes on\n\
             1 migration is pending.\n\
             1 migration was edited after being applied, so `up` is refused; it says what can be done.\n\
             One was begun that this program does not contain, so nothing runs until the build that has it was started again."
        );
        assert!(!status.is_current());
        let value = serde_json::to_value(&status).unwrap();
        assert_eq!(value["migrations"][4]["state"], "edited");
    }

    #[test]
    fn a_name_that_nobody_declared_is_told() {
        let status = Status {
            database: "shop".to_owned(),
            dialect: Dialect::Postgres,
            environment: Environment::named("stagign"),
            label: None,
            known_environments: ["production", "staging", "development"]
                .map(str::to_owned)
                .to_vec(),
            migrations: Vec::new(),
        };
        assert_eq!(
            status.to_string(),
            "Database `shop` (postgres), stagign, taken for production\n\
             No environment is called `stagign`: did you mean `staging`? It counts as production, and `up` is refused.\n\
             Nothing is pending."
        );
    }
}
