//! What does a routine of PostgreSQL do whose body was bound to what it names, once that is called something else?
//!
//! A body in standard form is read when the routine is made, and the server knows by number what stands in it. A body in a text is
//! read whenever it runs. (<https://www.postgresql.org/docs/15/sql-createfunction.html>)

use std::sync::Arc;

use crate::Dialect;
use crate::act::{Body, Routine};
use crate::judge::run::Run;
use crate::lex::lex;
use crate::schema::Key;

/// Whether the body may be one in standard form.
pub(in crate::judge) fn may_be_bound(routine: &Routine) -> bool {
    let own = ["ATOMIC", "RETURN"];
    let is_own = |word: &str| own.iter().any(|own| word.eq_ignore_ascii_case(own));
    if !routine.text.split_ascii_whitespace().any(is_own) {
        return false;
    }
    // A body in a text is one token.
    let tokens = lex(&routine.text, Dialect::Postgres);
    let mut texts = tokens.iter().map(|token| token.text(&routine.text));
    texts.any(is_own)
}

/// Whether the name may stand in the text.
fn names(text: &str, name: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
    let plain = text.is_ascii() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    !plain || words.any(|word| word.eq_ignore_ascii_case(name))
}

impl Run<'_> {
    /// The routines that may be bound, and that have such a text.
    fn bound(&self, is_meant: impl Fn(&str) -> bool) -> Vec<Key> {
        // Another of the same name may stand there by now.
        let is_bound = |key: &&Key| {
            let routine = self.schema.routines.get(key);
            routine.is_some_and(|own| is_meant(&own.text) && may_be_bound(own))
        };
        let bound = self.each(4, self.schema.bound.keys());
        bound.filter(is_bound).cloned().collect()
    }

    /// Names are looked up elsewhere from here on, but not those in bodies that are bound.
    pub(in crate::judge) fn loosen_all_bound(&mut self) {
        for key in self.bound(|_| true) {
            if let Some(routine) = self.schema.routines.get_mut(&key) {
                let reason = "its body is bound to what was found under other schemas";
                Arc::make_mut(routine).body = Body::Unknown(reason.to_owned()).at_hand();
            }
        }
    }

    /// What is called `from` gets another name, or something in it does: whose body was bound to it goes on meaning it.
    pub(in crate::judge) fn loosen_bound(&mut self, from: &str) {
        for key in self.bound(|text| names(text, from)) {
            if let Some(routine) = self.schema.routines.get_mut(&key) {
                let reason =
                    format!("its body is bound to {from}, and the name is another's since");
                Arc::make_mut(routine).body = Body::Unknown(reason).at_hand();
            }
        }
    }
}
