//! What does a migration lose? The types that hold the answer and, behind the feature `parse`, the analysis itself.
//!
//! Without `parse` this crate is data: [`Record`], [`Analysis`], [`Loss`] and their kin, small enough for every
//! application. With it, `check` reads the SQL of a migration for one or more dialects, acts it out on a model of
//! the schema, and reports what each direction loses and which marks it therefore needs.

mod config;
mod dialect;
mod hash;
mod level;
pub mod lex;
mod literal;
mod lock;
mod record;
mod tier;
pub mod uses;
mod verdict;
mod version;

pub use config::{Config, Consumer, Need, PolicyConfig};
pub use dialect::Dialect;
pub use hash::{Digest, sql_hash};
pub use level::Level;
pub use literal::literal;
pub use lock::{Entry, Lock, LockError};
pub use record::{Down, Marks, Place, Reason, Record, Script, admits};
pub use tier::Tier;
pub use uses::{Copied, TableUse, Unread, Uses};
pub use verdict::{
    Access, Age, Analysis, Bound, Changed, Effect, How, Limit, Loss, LossKind, Object, Renamed,
    Span, Statement, Touch, Unknown, Verdict,
};
pub use version::{ParseVersionError, Version};

#[cfg(feature = "parse")]
mod act;
#[cfg(feature = "parse")]
mod built;
#[cfg(feature = "parse")]
pub mod check;
#[cfg(all(test, feature = "parse"))]
mod corpus;
#[cfg(feature = "parse")]
pub mod effect;
#[cfg(feature = "parse")]
mod family;
#[cfg(feature = "parse")]
pub mod finding;
#[cfg(feature = "parse")]
pub mod folder;
#[cfg(feature = "parse")]
pub mod forward;
#[cfg(feature = "parse")]
pub mod header;
#[cfg(feature = "parse")]
mod invert;
#[cfg(feature = "parse")]
pub mod judge;
pub mod nearest;
pub mod newer;
#[cfg(feature = "parse")]
mod read;
#[cfg(feature = "parse")]
pub mod rules;
#[cfg(feature = "parse")]
mod schema;
#[cfg(feature = "parse")]
pub mod sequence;
#[cfg(feature = "parse")]
pub mod snippet;
#[cfg(feature = "parse")]
pub mod split;
#[cfg(feature = "parse")]
pub mod types;

#[cfg(feature = "parse")]
pub use check::{Checked, Subject, check};
#[cfg(feature = "parse")]
pub use finding::{Finding, Severity, Side, at_levels};
#[cfg(feature = "parse")]
pub use invert::Stuck;
#[cfg(feature = "parse")]
pub use schema::Schema;
