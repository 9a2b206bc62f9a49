//! What does a write through a view do?

use crate::Dialect;
use crate::act::{Event, From, Name, Output, Timing, Value};
use crate::judge::run::Run;

/// Why views are followed no further: one may be made again as a query over itself.
pub(in crate::judge) const VIEWS: &str = "views stand over each other too deeply";

impl Run<'_> {
    /// The statements that stand in for a write through the view; false where there are none.
    pub(in crate::judge) fn instead(&mut self, view: &Name, event: Event) -> bool {
        let key = self.key(view);
        self.spend(self.schema.triggers.size());
        let triggers = self.schema.triggers.values().filter(|trigger| {
            trigger.timing == Timing::Instead
                && trigger.on.contains(&event)
                && trigger
                    .table
                    .as_ref()
                    .is_some_and(|table| self.key(table) == key)
        });
        let triggers: Vec<_> = triggers.cloned().collect();
        for trigger in &triggers {
            self.play(trigger, true);
        }
        !triggers.is_empty()
    }

    /// The table that a write through the view is one of, and whether the view shows only some of its rows; none where
    /// the view is more than columns of one table under their own names.
    pub(in crate::judge) fn beneath(&self, view: &Name) -> Option<(Name, bool)> {
        let view = self.schema.views.get(&self.key(view))?;
        let hides = |table: &Name| {
            let table = self.schema.table(&self.key(table));
            view.lent && table.is_some_and(|table| table.hides_rows(true))
        };
        let query = view.query(self.dialect)?;
        let [branch] = query.branches.as_slice() else {
            return None;
        };
        let [source] = branch.from.as_slice() else {
            return None;
        };
        let From::Table(table) = &source.what else {
            return None;
        };
        let own = |output: &Output| match output {
            Output::All(_) => true,
            Output::Value {
                value: Value::Column(_, column),
                name,
            } => name.as_ref().is_none_or(|name| self.same(name, column)),
            Output::Value { .. } => false,
        };
        let folded = query.merged || query.limited || branch.distinct || branch.may_fold();
        // SQLite's views take no writes of their own.
        let plain = !view.materialized
            && !folded
            && query.with.is_empty()
            && self.dialect != Dialect::Sqlite
            && branch.output.iter().all(own);
        plain.then(|| (table.clone(), branch.filter.is_some() || hides(table)))
    }
}
