//! What follows a view to its new name or schema?

use super::super::run::Run;
use super::beside;
use crate::act::Name;
use crate::schema::View;
use std::sync::Arc;

impl Run<'_> {
    pub(in crate::judge) fn rename_view(&mut self, name: &Name, to: &Name) {
        let from = self.key(name);
        let Some(mut view) = self.schema.views.remove(&from) else {
            return;
        };
        let target = beside(self.dialect, &from, to);
        let to = target.written();
        self.look_at_table(&from, &to);
        let renamed = View::clone(&view);
        view = Arc::new(View {
            name: to.clone(),
            ..renamed
        });
        self.schema.views.insert(target, view);
        self.follow_type(&from, &to);
        // Those that stand in for a write through it go on to do so.
        let on = |table: &Option<Name>| table.as_ref().is_some_and(|table| self.key(table) == from);
        let triggers = self.each(1, self.schema.triggers.iter());
        let own = triggers.filter(|(_, trigger)| on(&trigger.table));
        let own: Vec<_> = own.map(|(key, _)| key.clone()).collect();
        for key in own {
            if let Some(trigger) = self.schema.triggers.get_mut(&key) {
                Arc::make_mut(trigger).table = Some(to.clone());
            }
        }
    }
}
