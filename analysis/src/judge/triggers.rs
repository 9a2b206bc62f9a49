//! What do triggers do to the rows that are written?

use std::sync::Arc;

use super::run::Run;
use crate::Dialect;
use crate::act::{Body, Event, Fires, Timing, Trigger};
use crate::schema::{Id, Key};

/// The row that a statement is about to write, while the triggers before it run.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    event: Event,
    /// How many conditions the body of the trigger stands behind.
    perhaps: u32,
    /// The columns that a trigger sets.
    pub(crate) set: Vec<String>,
    /// Whether a trigger may keep the row from being written.
    pub(crate) skipped: bool,
}

impl Run<'_> {
    /// The triggers that fire before a statement writes run; what they make of the row.
    pub(crate) fn before(&mut self, table: &Key, event: Event) -> Row {
        let row = Row {
            event,
            perhaps: self.perhaps + 1,
            set: Vec::new(),
            skipped: false,
        };
        let outer = self.row.replace(row.clone());
        self.fire(table, event, Timing::Before);
        std::mem::replace(&mut self.row, outer).unwrap_or(row)
    }

    /// The triggers that fire once a statement has written run.
    pub(crate) fn after(&mut self, table: &Key, event: Event) {
        let outer = self.row.take();
        self.fire(table, event, Timing::After);
        self.row = outer;
    }

    /// A rule may put other statements in the place of the one at hand.
    pub(crate) fn mind_rules(&mut self, table: &Key) {
        let rule = self
            .schema
            .table(table)
            .and_then(|table| table.rules.first());
        if let Some(rule) = rule {
            let reason = format!("the rule {rule} changes what it does");
            self.unknown(reason);
        }
    }

    /// The triggers of a table fire from here on, or do not.
    pub(super) fn set_firing(&mut self, table: &Key, name: Option<&str>, fires: Fires) {
        // Where that is not certain, the worse is taken: that they fire.
        if self.perhaps > 0 && fires == Fires::Never {
            return;
        }
        let Some(id) = self.schema.table(table).map(|table| table.id) else {
            return;
        };
        let mut seen = 0;
        let triggers = self.schema.triggers_of(id).inspect(|_| seen += 1);
        let called = |own: &str| name.is_none_or(|name| own.eq_ignore_ascii_case(name));
        let other = triggers.filter(|((_, own), trigger)| called(own) && trigger.fires != fires);
        let named: Vec<_> = other.map(|(key, _)| key.clone()).collect();
        self.spend(seen / 4 + named.len());
        for key in named {
            if let Some(trigger) = self.schema.triggers.get_mut(&key) {
                Arc::make_mut(trigger).fires = fires;
            }
        }
    }

    fn fire(&mut self, table: &Key, event: Event, timing: Timing) {
        let Some(id) = self.schema.table(table).map(|table| table.id) else {
            return;
        };
        let triggers: Vec<_> = self
            .schema
            .triggers_of(id)
            .filter(|(_, trigger)| trigger.timing == timing && trigger.on.contains(&event))
            .filter(|(_, trigger)| match trigger.fires {
                Fires::Never => false,
                Fires::Normally => !self.replicates,
                Fires::Always => true,
            })
            .map(|(_, trigger)| trigger.clone())
            .collect();
        let rows = triggers.is_empty() || event == Event::Insert || !self.is_bare(id);
        let met = triggers.iter().filter(|trigger| rows || !trigger.each_row);
        for trigger in met {
            self.play(trigger);
        }
    }

    /// Whether the direction made the table and has put no row into it yet.
    fn is_bare(&self, table: Id) -> bool {
        // A partitioned or foreign table of PostgreSQL has the rows of others.
        self.dialect != Dialect::Postgres
            && self.ledger.created.contains(&table)
            && !self.ledger.perhaps.contains(&table)
            && !self.fillings.contains_key(&table)
            && self.ledger.rows(table).is_empty()
    }

    /// What the body of a trigger asks for, unless it is being played already.
    pub(super) fn play(&mut self, trigger: &Trigger) {
        self.spend(8);
        let called = trigger.name.name.clone();
        if self.is_exhausted() || self.firing.contains(&called) {
            return;
        }
        self.firing.push(called);
        self.compute(trigger.when.as_slice(), false);
        match &trigger.body {
            Body::Steps(steps) => {
                let mut steps = steps.clone();
                crate::family::place(&mut steps, self.span);
                self.maybe(|run| run.nested(&steps));
            }
            Body::Routine(name) => self.maybe(|run| run.call(name)),
            Body::Unknown(reason) => {
                let reason = format!("the trigger {} fires: {reason}", trigger.name.name);
                self.unknown(reason);
            }
        }
        self.firing.pop();
    }

    /// A trigger sets a column of the row.
    pub(crate) fn set_new(&mut self, column: &str) {
        if let Some(row) = &mut self.row {
            row.set.push(column.to_owned());
        }
    }

    /// A trigger's function returns no row, or the one that was there.
    pub(crate) fn skip_row(&mut self, old: bool) {
        let perhaps = self.perhaps;
        if let Some(row) = &mut self.row {
            // `RETURN OLD` behind a condition mostly asks for the event first, and is what a DELETE needs.
            row.skipped |= !old || (row.event != Event::Delete && row.perhaps == perhaps);
        }
    }
}
