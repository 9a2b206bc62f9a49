//! What becomes of a table when it is made, altered and dropped?

pub(super) mod access;
pub(super) mod alter;
pub(super) mod alter_constraints;
mod charset;
mod columns;
mod create;
mod drop;
mod engine;
mod history;
pub(super) mod naming;
mod nulls;
mod numbered;
mod offspring;
mod partitions;
mod redefine;
mod retype;
mod shape;
pub(crate) mod temporary;
mod using;
