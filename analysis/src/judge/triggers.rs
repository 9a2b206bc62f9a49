//! What do triggers do to the rows that are written?

use super::run::Run;
use crate::LossKind;
use crate::act::{Body, Event};
use crate::schema::Key;

impl Run<'_> {
    /// The triggers of a table run.
    pub(crate) fn fire(&mut self, table: &Key, event: Event) {
        let Some(id) = self.schema.table(table).map(|table| table.id) else {
            return;
        };
        let triggers: Vec<_> = self
            .schema
            .triggers
            .iter()
            .filter(|((of, _), trigger)| *of == Some(id) && trigger.on.contains(&event))
            .map(|(_, trigger)| trigger.clone())
            .collect();
        for trigger in triggers {
            let called = trigger.name.name.clone();
            if self.firing.contains(&called) {
                continue;
            }
            self.firing.push(called);
            let outer = self.updating.take();
            self.updating = (event == Event::Update).then(|| table.clone());
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
            self.updating = outer;
        }
    }

    /// A trigger sets a column of the row: of one that was there before, the old value is gone.
    pub(crate) fn set_new(&mut self, column: &str) {
        let Some(key) = self.updating.clone() else {
            return;
        };
        let Some(column) = self.column(&key, column) else {
            return;
        };
        if let Some(table) = self.schema.table(&key).map(|table| table.id) {
            let cause = self.cause(LossKind::Update);
            self.ledger.hit_column(table, column, cause);
            self.ledger.set_values(column, Vec::new());
        }
    }
}
