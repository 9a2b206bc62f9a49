//! What becomes of views when they are computed again and dropped?

use std::sync::Arc;

use crate::act::Name;
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::schema::{Key, View};
use crate::{Age, LossKind, Object};

impl Run<'_> {
    pub(in crate::judge) fn refresh_view(&mut self, name: &Name) {
        let key = self.key(name);
        self.lose_orphan(&key);
        let view = self.schema.views.get(&key).cloned();
        if let Some(query) = view.as_ref().and_then(|view| view.query(self.dialect)) {
            self.as_bound(|run| run.evaluate(&query.calls, query.surely));
        }
        if let Some(view) = self.schema.views.get_mut(&key) {
            Arc::make_mut(view).orphaned = false;
        }
    }

    /// A view goes that no migration made, or that went before: mostly, since it may have another schema by now.
    pub(in crate::judge) fn miss_view(&mut self, name: &Name) {
        let key = self.key(name);
        let known = self.schema.views.contains_key(&key) || self.schema.tables.contains_key(&key);
        if !known && self.schema.is_complete() && !self.schema.foreign {
            let why = format!("`{}` is not there when it runs", name.name);
            let certain = false;
            self.note(Noted::Fails { why, certain });
        }
    }

    pub(in crate::judge) fn drop_view(&mut self, name: &Name, cascade: bool) {
        let key = self.key(name);
        self.take_view(&key, name);
        if cascade {
            self.drop_views_over(&key);
            self.drop_rows_of_view(name);
        }
    }

    fn take_view(&mut self, key: &Key, name: &Name) {
        if !self.schema.views.contains_key(key) && self.schema.tables.contains_key(key) {
            let why = format!("`{}` is a table, not a view", name.name);
            self.note(Noted::Fails { why, certain: true });
            return;
        }
        self.lose_orphan(key);
        self.schema.views.remove(key);
    }

    /// A materialised view whose rows cannot be computed again goes or is computed again: one that was there before.
    pub(in crate::judge) fn lose_orphan(&mut self, key: &Key) {
        let Some(view) = self.schema.views.get(key).cloned() else {
            return;
        };
        if view.orphaned && !self.own_views.contains(key) {
            let object = Object {
                schema: key.schema.as_deref().map(str::to_owned),
                table: view.name.name.clone(),
                column: None,
            };
            let cause = self.cause(LossKind::DropView);
            self.others.push(crate::judge::ledger::losses::Other {
                object,
                age: Age::Older,
                cause,
            });
        }
    }

    /// Rows under the materialised views over this table have gone.
    pub(crate) fn orphan_views(&mut self, table: &Key) {
        let dialect = self.dialect;
        let over = |view: &View| {
            view.materialized
                && !view.orphaned
                && view
                    .reads(dialect, &table.name)
                    .iter()
                    .any(|name| table.is_of(dialect, name, None))
        };
        let views = self.each(1, self.schema.views.iter());
        let orphans = views.filter(|(_, view)| over(view));
        let orphans: Vec<Key> = orphans.map(|(key, _)| key.clone()).collect();
        for key in orphans {
            if let Some(view) = self.schema.views.get_mut(&key) {
                Arc::make_mut(view).orphaned = true;
            }
        }
    }
}
