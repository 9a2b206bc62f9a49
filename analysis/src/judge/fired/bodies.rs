//! How deep are routines and views followed?

use crate::act::Step;
use crate::judge::run::Run;

/// How deep routines that call routines are followed.
const DEPTH: u32 = 12;

/// Why routines are followed no further.
pub(in crate::judge) const CALLS: &str = "routines call each other too deeply";

/// How many bodies of routines and views are followed in all. Routines that call each other twice double the work with
/// each level, so that a short script would never end.
const BODIES: u32 = 20_000;

impl Run<'_> {
    /// One level deeper, in a routine or view; false where that is too deep to be followed.
    pub(crate) fn enter(&mut self) -> bool {
        let enters = self.depth < DEPTH && self.bodies < BODIES;
        self.depth += u32::from(enters);
        self.bodies += u32::from(enters);
        enters
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// What stands beneath is followed one level deeper; where that is too deep, nobody knows what it does, and why.
    pub(in crate::judge) fn deeper<T>(
        &mut self,
        too_deep: &str,
        follow: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        if !self.enter() {
            self.unknown(too_deep.to_owned());
            return None;
        }
        let followed = follow(self);
        self.leave();
        Some(followed)
    }

    /// Steps of a body: placed at the statement that runs them.
    pub(in crate::judge) fn nested(&mut self, steps: &[Step]) {
        let behind = self.behind.len();
        self.deeper(CALLS, |run| run.steps(steps));
        self.behind.truncate(behind);
    }
}
