//! What if others use the table that a migration needs?
//!
//! PostgreSQL and MySQL put whoever waits for a table into a queue, and everybody who comes after waits behind it: one ALTER
//! TABLE that waits for one long SELECT stops every other reader. So a statement waits in the queue for a short time only
//! (`lock_timeout`, `lock_wait_timeout`), gives its place up, lets the others go on for longer than it kept them, and tries
//! again. SQLite has no queue: its one writer keeps no reader waiting.

use std::time::{Duration, Instant};

use crate::lock::is_taken;
use crate::{Direction, Error, Event, LockError, Step};

/// The longest time between two tries.
const LONGEST: Duration = Duration::from_secs(30);

/// How a step waits for tables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// How long one statement may keep others waiting.
    pub(crate) turn: Duration,
    /// How long to try in all.
    pub(crate) limit: Duration,
    /// How long a statement may take once it is let in.
    pub(crate) longest: Duration,
}

/// Whoever is told that a step gave its place up.
pub(crate) type Tell<'r> = &'r (dyn Fn(&Event) + Send + Sync);

/// The tries of one step.
pub(super) struct Queue<'r> {
    manners: Manners,
    since: Instant,
    pause: Duration,
    tell: Tell<'r>,
    what: (onward_analysis::Version, Direction),
    /// How often the step gave its place up.
    pub(super) times: u32,
}

impl<'r> Queue<'r> {
    pub(super) fn of(manners: Manners, step: &Step, tell: Tell<'r>) -> Queue<'r> {
        Queue {
            manners,
            since: Instant::now(),
            pause: manners.turn,
            tell,
            what: (step.version(), step.direction()),
            times: 0,
        }
    }

    /// Lets others go on where `error` says that they were in the way; false for any other error, and where the time for it
    /// is over.
    pub(super) async fn gives_way(&mut self, error: &Error) -> bool {
        if !is_in_the_way(error) {
            return false;
        }
        self.times += 1;
        let left = self.manners.limit.saturating_sub(self.since.elapsed());
        if left.is_zero() {
            return false;
        }
        let (version, direction) = self.what;
        (self.tell)(&Event::GaveWay {
            version,
            direction,
            times: self.times,
        });
        futures_timer::Delay::new(self.pause.min(left)).await;
        self.pause = self.pause.saturating_mul(2).min(LONGEST);
        true
    }

    /// `evidence` for the journal, with how often others were let go first.
    pub(super) fn noted(&self, evidence: &str) -> String {
        match (self.times, evidence.strip_prefix('{')) {
            (0, _) => evidence.to_owned(),
            (times, Some(rest)) if !rest.starts_with('}') => {
                format!("{{\"gave_way\":{times},{rest}")
            }
            (times, _) => format!("{{\"gave_way\":{times}}}"),
        }
    }
}

/// Whether a lock was not given in time, or two sessions waited for each other and this one was sent away.
fn is_in_the_way(error: &Error) -> bool {
    match error {
        Error::Lock(LockError::Table { .. }) => true,
        Error::Migration(error) => error.database().is_some_and(is_taken),
        Error::Database(error) => is_taken(error),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{back, phone};
    use crate::{Dialect, Revert};

    #[test]
    fn the_journal_says_how_often() {
        let plan = back(vec![phone(1, Dialect::Postgres)], Revert::Steps(1));
        let manners = Manners {
            turn: Duration::ZERO,
            limit: Duration::ZERO,
            longest: Duration::ZERO,
        };
        let mut queue = Queue::of(manners, &plan.steps()[0], &|_| {});
        assert_eq!(queue.noted("{\"a\":1}"), "{\"a\":1}");
        queue.times = 2;
        assert_eq!(queue.noted("{\"a\":1}"), "{\"gave_way\":2,\"a\":1}");
        assert_eq!(queue.noted(""), "{\"gave_way\":2}");
        assert_eq!(queue.noted("{}"), "{\"gave_way\":2}");
    }
}
