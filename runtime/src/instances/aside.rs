//! Which connections did this process take out of its pools, to migrate by them?
//!
//! A pool does not count them any more, and the server still does.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::session::Source;

/// How many, by the pool that they came from.
static ASIDE: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

/// One that is counted for as long as this lives.
pub(crate) struct Aside(String);

impl Aside {
    /// One of `source`.
    pub(crate) fn of(source: &dyn Source) -> Aside {
        let key = source.identity();
        *aside().entry(key.clone()).or_default() += 1;
        Aside(key)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let mut aside = aside();
        if let Some(count) = aside.get_mut(&self.0) {
            *count = count.saturating_sub(1);
        }
        aside.retain(|_, count| *count > 0);
    }
}

/// How many connections this process has open by `source`, in the pool and beside it.
pub(super) fn open(source: &dyn Source) -> u32 {
    let beside = aside().get(&source.identity()).copied();
    source.size().saturating_add(beside.unwrap_or_default())
}

fn aside() -> MutexGuard<'static, BTreeMap<String, u32>> {
    ASIDE.lock().unwrap_or_else(PoisonError::into_inner)
}
