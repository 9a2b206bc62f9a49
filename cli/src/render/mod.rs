//! In which forms is a report written?

mod github;
mod human;
mod json;
mod sarif;

pub(crate) use github::github;
pub(crate) use human::human;
pub(crate) use json::json;
pub(crate) use sarif::sarif;
