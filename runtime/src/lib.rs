//! Database migrations whose down cannot hurt anybody.

mod error;
mod registration;
mod session;

pub use error::{Error, Result};
pub use onward_analysis::{Dialect, Tier, Version};
pub use registration::Catalog;
pub use session::Target;

/// What the macros expand to. Exempt from semantic versioning.
#[doc(hidden)]
pub mod __private {
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
