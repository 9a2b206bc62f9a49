//! What does an event of MySQL's scheduler belong to: to the migration that makes it, or to the application?
//!
//! One that is due once (`AT`) is a part of the migration: its body may run at any time from then on. One that comes
//! again and again (`EVERY`) is the application's own job, and one that is disabled waits until somebody enables it.
//! (<https://mariadb.com/kb/en/create-event/>)

use super::Script;
use super::block::block;
use super::cursor::Cursor;
use crate::act::{Act, Runs, Step};

impl Script<'_> {
    /// `EVENT name ON SCHEDULE …`, behind its CREATE or ALTER.
    pub(super) fn event(&mut self, mut cursor: Cursor<'_>) -> Vec<Step> {
        let mut steps = cursor.step(Act::Outside);
        let once = cursor.skip_to(&["ON SCHEDULE AT", "DO"]) && cursor.eat("ON SCHEDULE AT");
        let enabled = once && cursor.skip_to(&["DISABLE", "DO"]) && cursor.eat("DO");
        if enabled {
            steps.push(block(Runs::Perhaps, self.apart(cursor.rest())));
        } else if once && cursor.is_done() {
            // An ALTER that leaves the body as it was.
            let reason = "an event is due once, whose body stands in another statement";
            steps.extend(cursor.step(Act::Unknown(reason.to_owned())));
        }
        steps
    }
}
