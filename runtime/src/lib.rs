//! Database migrations whose down cannot hurt anybody.

mod catalog;
#[cfg(feature = "cli")]
pub mod cli;
mod consent;
mod environment;
mod error;
mod evidence;
#[cfg(test)]
mod fixture;
mod gate;
mod history;
#[doc(hidden)]
pub mod keys;
mod lock;
mod migrator;
mod plan;
mod policy;
mod question;
mod registration;
mod report;
mod runner;
mod session;
mod text;

pub use catalog::CatalogError;
pub use consent::{Consent, ConsentGap, Waiver, WaiverError};
pub use environment::Environment;
pub use error::{Error, Result};
pub use gate::{Decision, Given, Outcome, Site, decide, questions};
pub use history::HistoryError;
pub use lock::LockError;
pub use migrator::{Event, Migrator};
pub use onward_analysis::{Dialect, Tier, Version};
pub use onward_macros::{Migration, catalog, directory, migration};
pub use plan::{Direction, Goal, Name, Plan, PlanError, PlanHash, Revert, Step};
pub use policy::{Demand, demand};
pub use question::{Answer, Evidence, Finding, Question, State};
pub use registration::Catalog;
pub use report::{
    LossReport, PlanReport, Ran, RunReport, Standing, Standpoint, Status, StepReport,
};
pub use runner::MigrationError;
pub use session::Target;

/// What the macros expand to. Exempt from semantic versioning.
#[doc(hidden)]
pub mod __private {
    pub use crate::catalog::lock_is_current;
    pub use crate::keys;
    pub use crate::registration::{Code, Folder, Function, Registration};
    pub use inventory;
    pub use onward_analysis::Digest;
}

/// A migration declared by `#[derive(Migration)]`.
pub trait Migration {
    /// Its place in the order.
    const VERSION: Version;
    /// Its name, such as `add_phone_number`.
    const NAME: &'static str;
}
