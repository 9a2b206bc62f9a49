//! What runs although no statement of the script says so: triggers, routines, events, functions behind columns?

mod bodies;
mod calls;
mod events;
mod jobs;
mod played;
pub(super) mod routines;
mod shadows;
mod stored;
pub(super) mod triggers;
mod unseen;
