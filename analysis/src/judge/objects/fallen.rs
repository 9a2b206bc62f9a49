//! What goes along with a column of PostgreSQL that is dropped with CASCADE?
//!
//! Views and those over them, generated columns, policies, and triggers that wait for the column or ask for it.
//! (<https://www.postgresql.org/docs/current/ddl-depend.html>) Only what is certain goes.

use super::naming::{After, names};
use crate::act::Decoration;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::{Dialect, LossKind};

#[derive(Debug, Default)]
pub(crate) struct Fallen {
    /// In the order in which they can be made again.
    pub(crate) views: Vec<Key>,
    /// The generated columns.
    pub(crate) columns: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) triggers: Vec<(Option<Id>, String)>,
}

impl Run<'_> {
    pub(crate) fn falls_with(&self, key: &Key, column: &str) -> Fallen {
        let mut fallen = Fallen::default();
        let known = self.schema.table(key);
        let known = known.filter(|table| table.column(self.dialect, column).is_some());
        let Some(table) = known.filter(|_| self.dialect == Dialect::Postgres) else {
            return fallen;
        };
        self.spend(table.columns.len() / 8 + table.decorations.len());
        let reads = |text: &str, after: After| names(self.dialect, text, column, after);
        let views = self.each(8, self.schema.views.iter());
        let views = views.filter(|(_, view)| self.is_shown_by(view, key, column));
        for (shows, _) in views {
            for view in std::iter::once(shows.clone()).chain(self.views_above(shows)) {
                // What reads two of them stands behind both.
                fallen.views.retain(|other| *other != view);
                fallen.views.push(view);
            }
        }
        let columns = table.columns.iter();
        let computed = columns.filter(|other| {
            let by = other.is.generated.as_deref();
            other.is.name != column && by.is_some_and(|by| reads(by, After::Start))
        });
        fallen.columns = computed.map(|other| other.is.name.clone()).collect();
        let policies = table.policies_that_ask(|text| reads(text, After::Parenthesis));
        fallen.policies = policies.map(|(name, _)| name.to_owned()).collect();
        let triggers = self.each(2, self.schema.triggers_of(table.id));
        let waits = |text: &str| reads(text, After::Of) || reads(text, After::Row);
        let waiting = triggers.filter(|(_, trigger)| waits(&trigger.text));
        fallen.triggers = waiting.map(|(trigger, _)| trigger.clone()).collect();
        fallen
    }

    /// Before the column itself goes.
    pub(in crate::judge) fn drop_fallen(&mut self, key: &Key, column: &str) {
        let fallen = self.falls_with(key, column);
        self.drop_views(fallen.views);
        for trigger in &fallen.triggers {
            self.schema.triggers.remove(trigger);
        }
        for policy in fallen.policies {
            if let Some(table) = self.schema.table_mut(key) {
                table.decorations.remove(&(Decoration::Policy, policy));
            }
        }
        for other in fallen.columns {
            self.drop_fallen(key, &other);
            self.drop_column(key, &other, false, LossKind::DropColumn);
        }
    }
}
