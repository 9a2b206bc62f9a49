//! What becomes of a routine when it is made or altered?

use super::bound::may_be_bound;
use super::run::Run;
use crate::act::{Act, Body, Name, Routine, SEVERAL};
use crate::{Dialect, family};
use std::sync::Arc;

impl Run<'_> {
    pub(super) fn create_routine(&mut self, routine: &Routine) {
        let key = self.key(&routine.name);
        let mut routine = routine.clone();
        let other = self.schema.routines.get(&key);
        if self.dialect == Dialect::Postgres
            && !routine.or_replace
            && other.is_some_and(|other| {
                other.is_one_of_several() || family::body(other) != family::body(&routine)
            })
        {
            // They differ in their parameters, and which of them is called is not followed.
            let body = Body::Unknown(SEVERAL.to_owned());
            routine.body = body.at_hand();
        }
        self.schema.bound |= self.dialect == Dialect::Postgres && may_be_bound(&routine);
        self.schema.routines.insert(key, Arc::new(routine));
    }

    /// `ALTER FUNCTION … SET`: as if it had been made so.
    pub(super) fn alter_routine(&mut self, name: &Name, clauses: &str) {
        let key = self.key(name);
        let Some(routine) = self.schema.routines.get(&key) else {
            return;
        };
        let text = routine.text.trim_end_matches([';', ' ', '\n']);
        let text = format!("{text} {clauses}");
        self.spend(1_000 + text.len());
        let again = family::read_again(self.dialect, &text);
        let made = again.into_iter().find_map(|step| match step.act {
            Act::CreateRoutine(made) => Some(made),
            _ => None,
        });
        let Some(routine) = self.schema.routines.get_mut(&key) else {
            return;
        };
        let routine = Arc::make_mut(routine);
        routine.body = match made {
            Some(made) => made.body,
            None => Body::Unknown(format!("what {} does was changed", name.name)).at_hand(),
        };
        routine.text = text;
    }
}
