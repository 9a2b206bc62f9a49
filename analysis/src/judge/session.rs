//! What does a session bring to the statements that run in it?

mod letters;
pub(super) mod servers;
pub(super) mod settings;
pub(super) mod transaction;
