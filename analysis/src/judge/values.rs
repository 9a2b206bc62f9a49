//! Can it still be told what a column held?

pub(super) mod by_case;
pub(super) mod carry;
mod checked;
mod common;
mod composed;
pub(super) mod fits;
pub(super) mod form;
mod formula;
mod labelled;
pub(super) mod labels;
mod listed;
mod longer;
pub(super) mod lookup;
pub(crate) mod manner;
mod mapped;
pub(super) mod meaning;
pub(super) mod mixed;
pub(in crate::judge) mod narrower;
pub(super) mod one_to_one;
pub(super) mod outcomes;
mod overwrite;
pub(super) mod packed;
mod shown;
pub(super) mod stamps;
mod tags;
mod united;
mod unnamed;
