//! Can it still be told what a column held?

pub(super) mod by_case;
pub(super) mod carry;
mod checked;
mod composed;
mod labelled;
mod labels;
pub(super) mod lookup;
pub(super) mod mixed;
pub(super) mod one_to_one;
mod overwrite;
pub(super) mod packed;
pub(super) mod stamps;
mod tags;
