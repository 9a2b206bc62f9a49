//! What do the triggers of SQLite speak of, once a table or column is called something else?
//!
//! SQLite writes them anew: <https://www.sqlite.org/lang_altertable.html#alter_table_rename>. The other databases leave them,
//! and what they run fails.

use std::sync::Arc;

use crate::act::{Act, Body, Trigger};
use crate::judge::renaming::text::{may_name, row_column_in, table_in_body};
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::{Dialect, family};

impl Run<'_> {
    /// The triggers that name the table are about the same one under its new name.
    pub(in crate::judge) fn follow_table(&mut self, from: &str, to: &str) {
        let rename = |_: Option<Id>, trigger: &Trigger| {
            let text = table_in_body(&trigger.text, from, to);
            trigger_of(&text).unwrap_or_else(|| unfollowed(trigger, from))
        };
        self.each_naming(from, rename);
    }

    /// The triggers that name the column are about the same one: in a row that fires them, that can be told.
    pub(in crate::judge) fn follow_column(&mut self, key: &Key, from: &str, to: &str) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let (id, name) = (table.id, table.name.name.clone());
        let rename = |of: Option<Id>, trigger: &Trigger| {
            let own = of == Some(id);
            if !own && !may_name(&trigger.text, &name) {
                return trigger.clone();
            }
            let (text, rest) = row_column_in(&trigger.text, from, own.then_some(to));
            match rest {
                true => unfollowed(trigger, from),
                false => trigger_of(&text).unwrap_or_else(|| unfollowed(trigger, from)),
            }
        };
        self.each_naming(from, rename);
    }

    fn each_naming(&mut self, name: &str, rename: impl Fn(Option<Id>, &Trigger) -> Trigger) {
        if self.dialect != Dialect::Sqlite || self.legacy {
            return;
        }
        let all = self.each(1, self.schema.triggers.iter());
        // What was not followed once stands in no text that could be read again.
        let followed = all.filter(|(_, trigger)| !matches!(trigger.body, Body::Unknown(_)));
        let naming = followed.filter(|(_, trigger)| may_name(&trigger.text, name));
        let naming: Vec<_> = naming
            .map(|(key, trigger)| (key.clone(), trigger.clone()))
            .collect();
        for (key, trigger) in naming {
            // To read a text again takes longer than to look at a part of the schema.
            self.spend(1_000 + trigger.text.len());
            if self.is_exhausted() {
                return;
            }
            let trigger = rename(key.0, &trigger);
            self.schema.triggers.insert(key, Arc::new(trigger));
        }
    }
}

/// The trigger that a text makes.
fn trigger_of(text: &str) -> Option<Trigger> {
    let steps = family::read_again(Dialect::Sqlite, text);
    steps.into_iter().find_map(|step| match step.act {
        Act::CreateTrigger(trigger) => Some(trigger),
        _ => None,
    })
}

fn unfollowed(trigger: &Trigger, name: &str) -> Trigger {
    Trigger {
        body: Body::Unknown(format!("{name} in it is called something else by now")),
        of: Vec::new(),
        ..trigger.clone()
    }
}
