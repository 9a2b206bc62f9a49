//! What does a routine do to data when it is called?

use super::bodies::CALLS;
use crate::act::{Assigned, Body, Name, Scope, Value};
use crate::judge::run::Run;
use crate::{Age, Dialect, LossKind, family};

impl Run<'_> {
    /// The parameters of a routine get the values that it is called with.
    fn give(&mut self, parameters: &[String], given: &[Option<String>], scope: Scope) {
        for (at, name) in parameters.iter().enumerate() {
            let constant = given.get(at).cloned().flatten();
            for name in [name.clone(), format!("${}", at + 1)] {
                let constant = constant.clone();
                self.assign(&[Assigned {
                    name,
                    constant,
                    scope,
                }]);
            }
        }
    }

    /// Where SQL is built of arguments, a procedure is followed anew for those of each call.
    pub(in crate::judge) fn call_procedure(&mut self, name: &Name, call: &str) {
        let key = self.key(name);
        let routine = self.schema.routines.get(&key).cloned();
        let anew = |body: &Body| matches!(body, Body::Steps(_)) && body.is_unknown();
        let Some(routine) = routine.filter(|routine| anew(family::body(routine))) else {
            return self.call_with(name, &family::arguments(self.dialect, call));
        };
        // To read a text again takes longer than to look at a part of the schema.
        self.spend(1_000 + routine.text.len() + call.len());
        if self.is_exhausted() {
            return;
        }
        let span = self.span;
        let mut steps = family::called(self.dialect, &routine.text, call);
        family::place(&mut steps, span);
        self.nested(&steps);
        self.span = span;
    }

    pub(crate) fn call(&mut self, name: &Name) {
        self.call_with(name, &[]);
    }

    /// A routine runs with these constants, as far as they are known.
    fn call_with(&mut self, name: &Name, given: &[Option<String>]) {
        // What it returns is no row that is written.
        let row = self.row.take();
        let outer = std::mem::take(&mut self.named);
        let begun = std::mem::take(&mut self.begun);
        let (until, binds) = (self.seen_until.take(), self.binds);
        let within = self.asks.take();
        let mut meant = name.clone();
        let made = within.as_ref().map(|asks| {
            let schema = self.key(name).schema;
            meant.schema = Some(schema.map_or("public".to_owned(), |schema| schema.to_string()));
            let asks = asks.path.clone();
            std::mem::replace(&mut self.settings.path, asks)
        });
        let locals = std::mem::take(&mut self.locals);
        self.call_body(&meant, given);
        (self.named, self.begun, self.locals) = (outer, begun, locals);
        (self.seen_until, self.binds) = (until, binds);
        self.asks = within;
        if let Some(made) = made {
            self.settings.path = made;
        }
        self.row = row;
    }

    /// The function of a trigger runs.
    pub(in crate::judge) fn call_fired(&mut self, name: &Name) {
        let outer = std::mem::take(&mut self.named);
        let begun = std::mem::take(&mut self.begun);
        self.as_bound(|run| run.call_body(name, &[]));
        (self.named, self.begun) = (outer, begun);
    }

    fn call_body(&mut self, name: &Name, given: &[Option<String>]) {
        let key = self.key(name);
        self.binds = false;
        let Some(routine) = self.schema.routines.get(&key).cloned() else {
            let lower = name.name.to_ascii_lowercase();
            // `type('text')` is a cast.
            if self.schema.types.contains_key(&key) {
                return;
            }
            let large = [
                "lo_unlink",
                "lo_put",
                "lo_truncate",
                "lo_truncate64",
                "lowrite",
            ];
            if large.contains(&lower.as_str()) {
                self.other("large objects", LossKind::DropOther, Age::Older);
                return;
            }
            if self.dialect == Dialect::Postgres && is_of_jobs(name.schema.as_deref(), &lower) {
                return;
            }
            self.unknown(format!("what {}() does is not known", name.name));
            return;
        };
        self.active = true;
        // What is not given is computed.
        if self.dialect == Dialect::Postgres {
            // Whether there is such a thing is read from the text, each time.
            self.spend(routine.text.len() / 16);
            if self.is_exhausted() {
                return;
            }
            if let Some(defaults) = family::defaults(&routine.text) {
                let called = family::called_in(self.dialect, &defaults);
                self.deeper(CALLS, |run| run.evaluate(&called, false));
            }
            self.run_unseen_within(&routine);
        }
        // A type of MySQL's may cut what is given.
        let kept = given.iter().enumerate().map(|(at, constant)| {
            let take = routine.take.get(at).copied().flatten();
            let kept = |constant: &&String| {
                self.dialect != Dialect::MySql || crate::act::takes(take, constant)
            };
            constant.as_ref().filter(kept).cloned()
        });
        let kept: Vec<_> = kept.collect();
        self.give(&routine.parameters, &kept, Scope::Begins);
        let span = self.span;
        let (lent, caller) = (self.lent, self.runs_as_other);
        // One that was made to run as its owner may have been told since to run as who calls it.
        self.runs_as_other |= routine.lent && says(&routine.text, "definer");
        self.lent = self.runs_as_other;
        match family::body(&routine) {
            Body::Steps(steps) => {
                let mut placed = steps.clone();
                family::place(&mut placed, span);
                self.nested(&placed);
                self.span = span;
            }
            Body::Routine(inner) => {
                let inner = inner.clone();
                self.deeper(CALLS, |run| run.call(&inner));
            }
            Body::Unknown(reason) => {
                let reason = reason.clone();
                self.unknown(reason);
            }
        }
        (self.lent, self.runs_as_other) = (lent, caller);
        // Afterwards the names are those of whoever called.
        self.give(&routine.parameters, &[], Scope::Ends);
    }

    /// Functions are called of which those that the migrations did not define are taken to do nothing.
    pub(crate) fn evaluate(&mut self, names: &[Name], surely: bool) {
        for name in names {
            if self.schema.routines.contains_key(&self.key(name)) {
                self.call_function(name, surely);
            }
        }
    }

    /// Functions are called, surely or only for rows that may not be there.
    pub(crate) fn calls(&mut self, names: &[Name], surely: bool) {
        for name in names {
            self.call_function(name, surely);
        }
    }

    fn call_function(&mut self, name: &Name, surely: bool) {
        match surely && !self.is_strict(name) {
            true => self.call(name),
            false => self.maybe(|run| run.call(name)),
        }
    }

    /// Whether the function does not run where an argument is NULL.
    fn is_strict(&self, name: &Name) -> bool {
        let routine = self.schema.routines.get(&self.key(name));
        routine.is_some_and(|routine| {
            says(&routine.text, "strict") || says(&routine.text, "null on null input")
        })
    }

    /// The calls that a value makes when it is computed.
    pub(crate) fn value_calls(&mut self, value: &Value, surely: bool) {
        match value {
            Value::Computed {
                calls, surely: all, ..
            } => self.calls(calls, surely && *all),
            other => {
                for part in other.parts() {
                    self.value_calls(part, surely);
                }
            }
        }
    }
}

/// Whether it writes down or removes what is to run by itself again and again, as an event of MySQL does
/// (<https://github.com/citusdata/pg_cron>).
fn is_of_jobs(schema: Option<&str>, name: &str) -> bool {
    let jobs = [
        "schedule",
        "schedule_in_database",
        "unschedule",
        "alter_job",
    ];
    schema == Some("cron") && jobs.contains(&name)
}

/// Whether the text of a routine may say so.
fn says(text: &str, words: &str) -> bool {
    text.to_ascii_lowercase().contains(words)
}
