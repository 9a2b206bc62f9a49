//! Which processes run code on a database, and what does each of them use?
//!
//! A process that starts a migrator writes a row into `_onward_instances` and renews it from time to time. Whether a row
//! is alive is told by the server's own clock, so that no two machines need to agree on the time. On SQLite that is the
//! clock of the machine that holds the file, and where that clock gives a process up, the machine is asked whether it runs.

mod aside;
mod heartbeat;
mod introduced;
mod own;
mod registered;

pub(crate) use aside::Aside;
#[cfg(all(test, feature = "sqlite", target_os = "linux"))]
pub(crate) use heartbeat::reach;
pub(crate) use heartbeat::{Presence, begin};
pub use introduced::introduce;
pub(crate) use introduced::{
    Told, by_none, introduce_too, key, read as read_told, shared, told_by,
};
#[cfg(test)]
pub(crate) use own::{Code, Versions};
pub(crate) use own::{Identity, Own, OwnPool, Program};
pub(crate) use registered::{Connections, Registered, listed, read};

/// The format of the rows that this Onward writes, and the newest that it reads.
pub(crate) const FORMAT: i64 = 1;
