//! What does an event of MySQL's scheduler belong to: to the migration that makes it, or to the application?
//!
//! One that is due once (`AT`) is a part of the migration: its body may run at any time from then on. One that comes
//! again and again (`EVERY`) is the application's own job, and one that is disabled waits until somebody enables it.
//! (<https://mariadb.com/kb/en/create-event/>, <https://mariadb.com/kb/en/alter-event/>)

use super::block::block;
use crate::act::{Act, OfJob, Runs, Step};
use crate::family::Script;
use crate::family::cursor::Cursor;

impl Script<'_> {
    /// `EVENT name ON SCHEDULE …`, behind its CREATE or with its ALTER.
    pub(in crate::family) fn event(&mut self, mut cursor: Cursor<'_>) -> Vec<Step> {
        let mut steps = cursor.step(Act::Outside);
        if cursor.sees("ALTER") {
            cursor.skip_to(&["EVENT"]);
            cursor.eat("EVENT");
        }
        cursor.if_not_exists();
        let Some(name) = cursor.name() else {
            return steps;
        };
        let says = |clause: &str| {
            let mut head = cursor;
            head.skip_to(&[clause, "DO"]) && head.sees(clause)
        };
        let (once, enabled, waits) = (says("ON SCHEDULE AT"), says("ENABLE"), says("DISABLE"));
        let again = says("ON SCHEDULE EVERY");
        let mut to = cursor;
        let renamed = to.skip_to(&["RENAME TO", "DO"]) && to.eat("RENAME TO");
        let mut body = cursor;
        let does = (body.skip_to(&["DO"]) && body.eat("DO")).then(|| self.apart(body.rest()));
        let runs = once && !waits;
        let mut played = None;
        let what = match does {
            Some(does) if once || again => {
                played = runs.then(|| block(Runs::Perhaps, does.clone()));
                Some(OfJob::Made { once, does })
            }
            Some(does) => Some(OfJob::Does(does)),
            None if runs => Some(OfJob::Due),
            None if enabled => Some(OfJob::Enabled),
            None => None,
        };
        let called = renamed.then(|| to.name()).flatten().map(OfJob::Called);
        for what in what.into_iter().chain(called) {
            let name = name.clone();
            steps.extend(cursor.step(Act::Job { name, what }));
        }
        steps.extend(played);
        steps
    }
}
