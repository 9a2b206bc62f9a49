//! What becomes of what is attached to a table: triggers, rules, comments, grants?

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::act::{Decoration, Name, Trigger};
use crate::judge::run::Run;
use crate::schema::{Id, Key};

impl Run<'_> {
    pub(in crate::judge) fn create_trigger(&mut self, trigger: &Trigger) {
        let table = trigger.table.as_ref();
        let table = table.and_then(|table| self.meet_if_exists(table));
        let table = table.and_then(|key| self.table_id(&key));
        let key = (table, trigger.name.name.to_lowercase());
        if trigger.if_not_exists && self.schema.triggers.contains_key(&key) {
            return;
        }
        self.schema.triggers.insert(key, Arc::new(trigger.clone()));
    }

    pub(in crate::judge) fn drop_trigger(
        &mut self,
        name: &Name,
        table: Option<&Name>,
        if_exists: bool,
    ) {
        if !if_exists {
            self.missing_trigger(name);
        }
        let lower = name.name.to_lowercase();
        let of = table.and_then(|table| self.table_id(&self.key(table)));
        let triggers = &mut self.schema.triggers;
        triggers.retain(|(on, called), _| *called != lower || (of.is_some() && *on != of));
    }

    pub(in crate::judge) fn create_rule(&mut self, name: &str, on: &Name) {
        if let Some(rules) = self.rules_of(on) {
            rules.insert(name.to_owned());
        }
    }

    pub(in crate::judge) fn drop_rule(&mut self, name: &str, on: &Name) {
        if let Some(rules) = self.rules_of(on) {
            rules.remove(name);
        }
    }

    /// The rules of a table or view.
    fn rules_of(&mut self, on: &Name) -> Option<&mut BTreeSet<String>> {
        if let Some(key) = self.meet_if_exists(on) {
            return self.schema.table_mut(&key).map(|table| &mut table.rules);
        }
        let key = self.key(on);
        let view = self.schema.views.get_mut(&key)?;
        Some(&mut Arc::make_mut(view).rules)
    }

    /// A comment, a grant or the like is set, or taken away where there is no `text`.
    pub(in crate::judge) fn decorate(
        &mut self,
        kind: Decoration,
        on: &Name,
        what: &[String],
        text: Option<&String>,
    ) {
        let key = self.key(on);
        let schema = &mut self.schema;
        let decorations = if schema.tables.contains_key(&key) {
            schema.table_mut(&key).map(|table| &mut table.decorations)
        } else {
            let view = schema.views.get_mut(&key);
            view.map(|view| &mut Arc::make_mut(view).decorations)
        };
        let Some(decorations) = decorations else {
            return;
        };
        for what in what {
            let about = (kind, what.clone());
            match text {
                Some(text) => decorations.insert(about, text.clone()),
                None => decorations.remove(&about),
            };
        }
    }

    fn table_id(&self, key: &Key) -> Option<Id> {
        self.schema.table(key).map(|table| table.id)
    }
}
