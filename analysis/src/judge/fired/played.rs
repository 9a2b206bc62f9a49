//! What does the body of a trigger do to the row, and to others?

use std::sync::Arc;

use crate::act::{Act, Body, Event, Events, Fires, From, Name, Rows, Step, Timing, Trigger};
use crate::judge::flow::Relation;
use crate::judge::flow::keys::words;
use crate::judge::run::Run;
use crate::judge::session::settings::Replicates;
use crate::{Dialect, family};

impl Run<'_> {
    /// What the body of a trigger asks for, unless it is being played already. It fires for `all` rows, or for some of them.
    pub(in crate::judge) fn play(&mut self, trigger: &Trigger, all: bool) {
        self.spend(32);
        let called = trigger.name.name.clone();
        if self.is_exhausted() || self.firing.contains(&called) {
            return;
        }
        self.firing.push(called);
        let normally = trigger.fires == Fires::Normally;
        let surely = !normally || self.settings.replicates == Replicates::No;
        if let Some(row) = &mut self.row {
            row.each = all && trigger.each_row && trigger.when.is_none() && surely;
        }
        let going = self.going.take();
        match &going {
            Some(rows) if surely => self.insert_going(trigger, rows),
            Some(rows) => self.maybe(|run| run.insert_going(trigger, rows)),
            None => {}
        }
        self.compute(trigger.when.as_slice(), false);
        let behind = self.behind.len();
        if let Some(when) = &trigger.when {
            self.behind.extend(words(when));
        }
        match &trigger.body {
            Body::Steps(steps) => {
                let mut steps = steps.clone();
                crate::family::place(&mut steps, self.span);
                self.maybe(|run| run.nested(&steps));
            }
            Body::Routine(name) => match self.is_own(name) {
                true => self.maybe(|run| run.fire_own(trigger, name)),
                false => self.maybe(|run| run.call_fired(name)),
            },
            Body::Unknown(reason) => {
                let reason = format!("the trigger {} fires: {reason}", trigger.name.name);
                self.unknown(reason);
            }
        }
        self.behind.truncate(behind);
        self.going = going;
        self.firing.pop();
    }

    /// A trigger that may be deferred runs once more when the transaction ends, under the names of then.
    /// (<https://www.postgresql.org/docs/15/sql-set-constraints.html>)
    pub(super) fn defer(&mut self, trigger: &Arc<Trigger>) {
        let constraint = trigger.timing == Timing::After && self.dialect == Dialect::Postgres;
        if constraint && may_be_deferred(&trigger.text) && !self.deferred.contains(trigger) {
            self.deferred.push(Arc::clone(trigger));
        }
    }

    /// The transaction ends.
    pub(in crate::judge) fn play_deferred(&mut self) {
        for trigger in std::mem::take(&mut self.deferred) {
            self.play(&trigger, false);
        }
    }

    /// Whether the function of a trigger comes with the server, and only writes a column of the row or none.
    fn is_own(&self, name: &Name) -> bool {
        OWN.contains(&name.name.as_str()) && !self.schema.routines.contains_key(&self.key(name))
    }

    fn fire_own(&mut self, trigger: &Trigger, name: &Name) {
        if name.name != "suppress_redundant_updates_trigger" {
            let column = family::filled_by(&trigger.text);
            self.set_new(column.as_deref());
        }
    }

    /// What the body of a trigger inserts of each row that goes, `OLD`, where it fires for each of them.
    fn insert_going(&mut self, trigger: &Trigger, rows: &Arc<Relation>) {
        let text = trigger.text.to_ascii_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let handed = words
            .windows(3)
            .position(|words| words == ["old", "table", "as"]);
        let handed = handed.and_then(|at| words.get(at + 3).copied());
        if let (Some(name), false, None) = (handed, trigger.each_row, &trigger.when) {
            self.with_going(trigger, name, rows, |_| true);
        }
        if !trigger.each_row || trigger.when.is_some() || !trigger.of.is_empty() {
            return;
        }
        self.with_going(trigger, "old", rows, of_row);
    }

    /// Steps of a trigger's body that are `meant` run, where the rows that go are known by a name.
    fn with_going(
        &mut self,
        trigger: &Trigger,
        name: &str,
        rows: &Arc<Relation>,
        meant: impl Fn(&Step) -> bool,
    ) {
        let routine = match &trigger.body {
            Body::Routine(name) => self.schema.routines.get(&self.key(name)).cloned(),
            _ => None,
        };
        let body = match (&routine, &trigger.body) {
            (Some(routine), _) => family::body(routine),
            (None, body) => body,
        };
        let Body::Steps(steps) = body else { return };
        let mut steps: Vec<Step> = steps.iter().filter(|step| meant(step)).cloned().collect();
        crate::family::place(&mut steps, self.span);
        let outer = std::mem::replace(&mut self.named, vec![(name.to_owned(), Arc::clone(rows))]);
        let span = self.span;
        self.nested(&steps);
        self.span = span;
        self.named = outer;
    }

    /// A trigger sets a column of the row, or the whole of it.
    pub(crate) fn set_new(&mut self, column: Option<&str>) {
        if let Some(row) = &mut self.row {
            row.replaced |= column.is_none();
            row.set.extend(column.map(str::to_owned));
        }
    }

    /// A trigger's function returns no row, or the one that was there.
    pub(crate) fn skip_row(&mut self, old: bool, surely: bool, on: Events) {
        let perhaps = self.perhaps;
        if let Some(row) = &mut self.row {
            if !on.has(row.event) {
                return;
            }
            row.stopped |= surely && !old && row.each && row.perhaps == perhaps;
            row.skipped |= !old || row.event != Event::Delete;
        }
    }
}

/// Functions for triggers that come with the server: they fill the column that is named first, or leave a row out that is
/// changed to what it is. (<https://www.postgresql.org/docs/15/textsearch-features.html#TEXTSEARCH-UPDATE-TRIGGERS>,
/// <https://www.postgresql.org/docs/15/contrib-spi.html>)
const OWN: [&str; 4] = [
    "moddatetime",
    "suppress_redundant_updates_trigger",
    "tsvector_update_trigger",
    "tsvector_update_trigger_column",
];

/// Whether a trigger says that it may wait for the end of the transaction.
fn may_be_deferred(trigger: &str) -> bool {
    let words = trigger.split_ascii_whitespace();
    let mut words = words.map(str::to_ascii_lowercase);
    let mut negated = false;
    words.any(|word| {
        let deferred = word.starts_with("deferrable") || word.starts_with("deferred");
        let found = deferred && !negated;
        negated = word == "not";
        found
    })
}

/// Whether a trigger may leave undone what it is fired for.
pub(super) fn ignores(trigger: &Trigger) -> bool {
    let text = trigger.text.to_ascii_lowercase();
    text.contains("raise") && text.contains("ignore")
}

/// Whether a step inserts rows that a trigger is fired for.
fn of_row(step: &Step) -> bool {
    let Act::Insert(insert) = &step.act else {
        return false;
    };
    let Rows::Query(query) = &insert.rows else {
        return false;
    };
    let mut sources = query.branches.iter().flat_map(|branch| &branch.from);
    sources.any(|source| matches!(source.what, From::Row(_)))
}
