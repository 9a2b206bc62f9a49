//! What becomes of a routine when it is made or altered?

use crate::act::{Act, Body, Name, Routine, SEVERAL};
use crate::judge::renaming::bound::may_be_bound;
use crate::judge::run::Run;
use crate::{Dialect, family};
use std::sync::Arc;

/// What is known of a routine that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone {
    /// Whether it has another name now.
    pub(crate) renamed: bool,
    /// Whether anybody knew that it was there.
    pub(crate) known: bool,
}

impl Run<'_> {
    pub(in crate::judge) fn drop_routine(&mut self, name: &Name, cascade: bool) {
        if cascade {
            self.drop_all_over(name);
        } else {
            self.refuse_run_by_trigger(name);
        }
        let key = self.key(name);
        let known = self.schema.routines.get(&key);
        // Of several the others stay.
        if known.is_some_and(|known| !known.is_one_of_several()) {
            self.schema.routines.remove(&key);
        }
    }

    /// Notes a routine that stood before and does not under its name from here on, unless only triggers can run it.
    pub(in crate::judge) fn note_routine(&mut self, act: &Act) {
        let (name, renamed) = match act {
            Act::CreateRoutine(made) => {
                let key = self.key(&made.name);
                if !self.schema.routines.contains_key(&key) {
                    // `DROP PROCEDURE IF EXISTS` before it, of which nobody knows one, only clears the way.
                    let object = self.object_at(&key, &made.name);
                    if self.routines.get(&object).is_some_and(|gone| !gone.known) {
                        self.routines.remove(&object);
                    }
                    self.own_routines.insert(key);
                }
                return;
            }
            Act::DropRoutine { name, .. } => (name, false),
            Act::RenameRoutine { name, .. } => (name, true),
            _ => return,
        };
        let key = self.key(name);
        let known = self.schema.routines.get(&key);
        if self.own_routines.contains(&key) || known.is_some_and(|known| only_fires(&known.text)) {
            return;
        }
        let known = known.is_some();
        let object = self.object_at(&key, name);
        self.routines
            .entry(object)
            .or_insert(Gone { renamed, known });
    }

    pub(in crate::judge) fn create_routine(&mut self, routine: &Routine) {
        let key = self.key(&routine.name);
        let mut routine = routine.clone();
        let other = self.schema.routines.get(&key);
        let was_lent = other.is_some_and(|other| other.lent);
        if self.dialect == Dialect::Postgres
            && other.is_some_and(|other| stands_beside(&routine, other))
        {
            // They differ in their parameters, and which of them is called is not followed.
            let body = Body::Unknown(SEVERAL.to_owned());
            routine.body = body.at_hand();
        }
        if self.keeps_path(&routine.text) {
            let reason = "it looks names up where they were looked up when it was made";
            routine.body = Body::Unknown(reason.to_owned()).at_hand();
        }
        routine.lent = self.settings.acts_as_other || was_lent;
        if self.dialect == Dialect::Postgres && may_be_bound(&routine) {
            self.schema.bound.add(key.clone());
        }
        self.schema.routines.insert(key, Arc::new(routine));
    }

    /// Whether a routine keeps the search path of now, and that is not the one with which sessions begin.
    fn keeps_path(&self, text: &str) -> bool {
        let set = !self.settings.path.is_empty() || self.settings.doubts_path();
        set && self.dialect == Dialect::Postgres && {
            let words: Vec<&str> = text.split_ascii_whitespace().collect();
            let current = ["search_path", "from", "current"];
            let is = |word: &&str, other: &str| word.eq_ignore_ascii_case(other);
            let mut at = words.windows(3);
            at.any(|words| words.iter().zip(current).all(|(word, own)| is(word, own)))
        }
    }

    /// `ALTER FUNCTION … SET`: as if it had been made so.
    pub(in crate::judge) fn alter_routine(&mut self, name: &Name, clauses: &str) {
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
        let keeps_path = self.keeps_path(clauses);
        let Some(routine) = self.schema.routines.get_mut(&key) else {
            return;
        };
        let routine = Arc::make_mut(routine);
        let loosened = matches!(routine.body.get(), Some(Body::Unknown(_)));
        routine.body = match made {
            // What is not known of it any more is not told by its text.
            Some(_) if loosened && may_be_bound(routine) => Arc::clone(&routine.body),
            Some(made) if !keeps_path => made.body,
            _ => Body::Unknown(format!("what {} does was changed", name.name)).at_hand(),
        };
        routine.text = text;
    }
}

/// Whether another one of its name stays when a routine of PostgreSQL is made.
fn stands_beside(routine: &Routine, other: &Routine) -> bool {
    let takes_none = routine.parameters.is_empty() && other.parameters.is_empty();
    other.is_one_of_several()
        || match routine.or_replace {
            true => !takes_none && !family::replaces(&routine.text, &other.text),
            false => family::body(other) != family::body(routine),
        }
}

/// Whether a routine's text says that it `RETURNS trigger`: PostgreSQL lets nobody call it then.
fn only_fires(text: &str) -> bool {
    let mut words = text.split_whitespace();
    words.any(|word| word.eq_ignore_ascii_case("returns"))
        && words.next().is_some_and(|returned| {
            let returned = returned.to_lowercase();
            matches!(returned.as_str(), "trigger" | "event_trigger")
        })
}
