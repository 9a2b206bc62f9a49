//! What becomes of a table when it is made, altered and dropped?

pub(super) mod access;
pub(super) mod alter;
pub(super) mod alter_constraints;
mod charset;
mod create;
mod drop;
mod history;
mod partitions;
mod retype;
mod shape;
pub(crate) mod temporary;
