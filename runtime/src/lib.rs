//! Database migrations whose down cannot hurt anybody.
//!
//! Onward migrates the database of an application on sqlx: SQLite, PostgreSQL, MySQL and MariaDB. The compiler judges what
//! each direction of a migration loses and refuses a loss that is not admitted. In production a down runs only where the
//! database itself gives evidence that nobody is hurt.
//!
//! ```no_run
//! # #[cfg(feature = "sqlite")] {
//! use onward::{Environment, Migration, Migrator};
//!
//! onward::catalog!(); // once per crate: exports MIGRATIONS
//!
//! /// Support wants to call people back.
//! #[derive(Migration)]
//! #[migration(
//!     version = 20261122_01,
//!     up = "ALTER TABLE users ADD COLUMN phone_number varchar(20)",
//!     down = "ALTER TABLE users DROP COLUMN phone_number",
//!     destructive
//! )]
//! struct AddPhoneNumber;
//!
//! async fn start(pool: &sqlx::SqlitePool) -> onward::Result<()> {
//!     let report = Migrator::new(MIGRATIONS)
//!         .environment(Environment::from_env()?)
//!         .run(pool)
//!         .await?;
//!     println!("{report}");
//!     Ok(())
//! }
//! # }
//! ```
//!
//! # Declaring
//!
//! - [`derive@Migration`] on a unit struct: SQL for both directions, inline or in files.
//! - [`migration`] on an `async fn` over a connection: what SQL cannot say.
//! - [`directory!`]: a folder of sqlx, golang-migrate, diesel or refinery, as it is.
//! - [`catalog!`]: once per crate. It exports the constant `MIGRATIONS`, which the application hands to its [`Migrator`].
//!
//! `cargo onward lock` then writes `migrations.lock` beside `Cargo.toml`. Commit it: it is how a missing or an edited
//! migration is noticed before any SQL runs.
//!
//! # Marks
//!
//! A verdict on a direction is *lossless*, *lossy* or *unknown*. It is lossy where it can lose a row or a value of any
//! possible contents. The marks admit what the verdict says, and one that nothing calls for is an error too.
//!
//! | the verdict | the mark |
//! |---|---|
//! | the down takes only what came since its up | `destructive` |
//! | the down takes data that is older | `destructive = "why"` |
//! | the up loses data, the down rebuilds the shape | `lossy = "why"` |
//! | there is no way back | no down, and `irreversible = "why"` |
//! | it is not understood, and the author knows that it loses nothing | `assert_lossless = "why"` |
//! | the up is not understood, and the author knows all that it takes, and all that it drops, renames or retypes | `takes("users.fax")`, `changes("users.fax")`, beside `lossy` or `irreversible` |
//!
//! # Environments and the gate
//!
//! [`Environment::from_env`] reads `ONWARD_ENV`. Unset means production. Names beside `development`, `staging` and
//! `production` stand in `onward.toml`, each with its [`Tier`]; a name that nobody declared labels no database. The database is labelled on the first run, and one that is
//! labelled production refuses a process that says development.
//!
//! What a migration needs, by the [`Policy`] of the environment, which `onward.toml` can change:
//!
//! | tier | lossless down | lossy or unknown down | lossless up | lossy up |
//! |---|---|---|---|---|
//! | development | nothing | nothing | nothing | nothing |
//! | staging | nothing | a [`Consent`] that names what is lost | nothing | nothing |
//! | production | questions 2, 3 and 6 clear | all six questions clear | questions 2 and 3 clear | questions 1, 2, 3, 5 and 6 clear, or [`Consent`] for 1 |
//!
//! A lossless up that only adds runs everywhere, unasked: the table is about one that drops, renames, retypes or replaces what code
//! may name, or has whoever writes a row give a column a value. A unique key, CHECK or foreign key counts as an addition. Of
//! one that adds a column question 3 is asked alone: who copies whole rows to where one value more has no place. One that is not understood is asked what a lossy one is, unless its author
//! asserts that it loses nothing.
//!
//! 1. Is there user data in what is removed?
//! 2. Are application instances running whose code depends on this schema?
//! 3. Do background jobs, scheduled tasks or data pipelines refer to it?
//! 4. Can it be reversed without losing what was entered since?
//! 5. Is there a verified backup from before the migration?
//! 6. Can the downtime be afforded while it runs?
//!
//! An [`Answer`] is clear, blocked or unknown, and unknown blocks. Questions 4 to 6 can be taken upon oneself with a
//! [`Waiver`]; 1 to 3 cannot: the way out is forward. Question 5 is answered by a [`Backup`] that was restored.
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `sqlite` (default) | SQLite |
//! | `postgres` | PostgreSQL |
//! | `mysql` | MySQL and MariaDB |
//! | `cli` | `onward::cli`: a command line for your application |
//! | `testing` | `onward::testing`: a test that takes every migration up, down and up again, and counts what is lost |
//!
//! The async runtime and TLS are chosen through sqlx's own features.

mod backup;
mod catalog;
#[cfg(feature = "cli")]
pub mod cli;
mod clock;
mod consent;
mod environment;
mod error;
mod evidence;
#[cfg(test)]
mod fixture;
mod gate;
mod history;
mod instances;
#[doc(hidden)]
pub mod keys;
mod lock;
mod migrator;
mod plan;
mod policy;
mod question;
mod redact;
mod registration;
mod report;
mod runner;
mod session;
#[cfg(feature = "testing")]
pub mod testing;
mod text;

pub use backup::{Backup, BackupError, BackupVerifier, BeforeMigration, Dump, DumpError, Verified};
pub use catalog::CatalogError;
pub use consent::{Consent, ConsentGap, Growth, Spent, Waiver, WaiverError};
pub use environment::Environment;
pub use error::{Error, Result};
pub use gate::{Decision, Given, Outcome, Site, decide, questions};
pub use history::{HistoryError, Journal, JournalEntry, JournalFlaw, Redo};
pub use instances::introduce;
pub use lock::LockError;
pub use migrator::{Event, Migrator};
pub use onward_analysis::{Consumer, Dialect, How, Need, Tier, Version};
pub use onward_macros::{Migration, catalog, directory, migration, uses};
pub use plan::{Direction, Goal, Name, Plan, PlanError, PlanHash, Revert, Step};
pub use policy::Policy;
pub use question::{Answer, Evidence, Query, Question, State};
pub use registration::Catalog;
pub use report::{
    ChangeReport, LossReport, PlanReport, Ran, RunReport, Standing, Standpoint, Status, StepReport,
};
pub use runner::{Begun, MigrationError};
pub use session::Target;

/// Says what code uses where no function is at hand to carry the attribute [`uses`](macro@uses).
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// use onward::declare::uses;
///
/// uses!("users.phone_number");
/// # }
/// ```
pub mod declare {
    pub use onward_macros::declare_uses as uses;
}

/// What the macros expand to. Exempt from semantic versioning.
#[doc(hidden)]
pub mod __private {
    pub use crate::catalog::lock_is_current;
    pub use crate::keys;
    pub use crate::registration::{Code, CodeUses, Folder, Function, Item, Registration};
    pub use inventory;
    pub use onward_analysis::Digest;
}

/// A migration declared by `#[derive(Migration)]`.
pub trait Migration {
    /// Its place in the order.
    const VERSION: Version = Version::new(Self::NUMBER);
    /// Its name, such as `add_phone_number`.
    const NAME: &'static str;
    /// The number of its version, as the macro writes it.
    #[doc(hidden)]
    const NUMBER: i64;
}

// The README's example is compiled too.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../README.md")]
struct Readme;
