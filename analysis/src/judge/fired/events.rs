//! What do the event triggers of PostgreSQL do when the schema is changed?
//!
//! They fire for every change of the schema, or for those that their tags name:
//! <https://www.postgresql.org/docs/15/event-trigger-definition.html>.

use std::sync::Arc;

use crate::act::{Act, Change, Fires, OfEvent, Timing, Trigger};
use crate::judge::run::Run;
use crate::judge::session::settings::Replicates;

impl Run<'_> {
    /// An event trigger is made, switched or dropped.
    pub(in crate::judge) fn event_trigger(&mut self, name: &str, what: &OfEvent) {
        let key = (None, name.to_lowercase());
        match what {
            OfEvent::Made(trigger) => {
                let trigger = Arc::new((**trigger).clone());
                self.schema.triggers.insert(key, trigger);
            }
            // Where that is not certain, the worse is taken: that it fires.
            OfEvent::Gone | OfEvent::Fires(Fires::Never) if self.perhaps > 0 => {}
            OfEvent::Gone => {
                self.schema.triggers.remove(&key);
            }
            OfEvent::Fires(fires) => {
                if let Some(trigger) = self.schema.triggers.get_mut(&key) {
                    Arc::make_mut(trigger).fires = *fires;
                }
            }
            OfEvent::Called(to) => {
                if let Some(trigger) = self.schema.triggers.remove(&key) {
                    let key = (None, to.to_lowercase());
                    self.schema.triggers.insert(key, trigger);
                }
            }
        }
    }

    /// The event triggers run that a change of the schema fires, before it or after it.
    pub(in crate::judge) fn fire_events(&mut self, act: &Act, timing: Timing) {
        let first = self.schema.triggers.keys().next();
        if first.is_none_or(|(of, _)| of.is_some()) {
            return;
        }
        let Some(tag) = tag(act) else {
            return;
        };
        let all = self.each(1, self.schema.triggers.iter());
        let met = all.take_while(|((of, _), _)| of.is_none());
        let met = met.filter(|(_, trigger)| {
            let fires = match trigger.fires {
                Fires::Never => false,
                Fires::Normally => self.settings.replicates != Replicates::Surely,
                Fires::Always => true,
            };
            trigger.table.is_none() && fires && trigger.timing == timing && meets(trigger, tag, act)
        });
        let met: Vec<Arc<Trigger>> = met.map(|(_, trigger)| trigger.clone()).collect();
        for trigger in met {
            self.play(&trigger, true);
        }
    }
}

/// How the tag of a statement begins that changes the schema; none of one that does not.
fn tag(act: &Act) -> Option<&'static str> {
    Some(match act {
        Act::CreateIndex(_) => "create index",
        Act::CreateTable(_)
        | Act::CreateView { .. }
        | Act::CreateType { .. }
        | Act::CreateSequence { .. }
        | Act::CreateSchema { .. }
        | Act::CreateExtension { .. }
        | Act::CreateTrigger(_)
        | Act::CreateRoutine(_)
        | Act::CreateRule { .. }
        | Act::CreateOperator { .. }
        | Act::CreateCast { .. } => "create",
        Act::AlterTable { .. }
        | Act::RenameTables(_)
        | Act::RenameIndex { .. }
        | Act::RenameView { .. }
        | Act::RenameSchema { .. }
        | Act::RenameSequence { .. }
        | Act::RenameType { .. }
        | Act::AddLabel { .. }
        | Act::RenameLabel { .. }
        | Act::DropAttribute { .. }
        | Act::ChangeAttribute(_)
        | Act::MoveSequence(_)
        | Act::RenameRoutine { .. }
        | Act::AlterRoutine { .. }
        | Act::RenameTrigger { .. }
        | Act::MoveExtension { .. }
        | Act::GrowExtension(_) => "alter",
        Act::DropTable { .. }
        | Act::DropForeignTable(_)
        | Act::DropView { .. }
        | Act::DropIndex { .. }
        | Act::DropSequence { .. }
        | Act::DropType { .. }
        | Act::DropSchema { .. }
        | Act::DropExtension { .. }
        | Act::DropServer { .. }
        | Act::DropTrigger { .. }
        | Act::DropRoutine { .. }
        | Act::DropRule { .. } => "drop",
        Act::RefreshView(_) => "refresh",
        Act::ImportForeign(_) => "import",
        Act::Select(query) if query.into.is_some() => "select into",
        // Some of them are about the server as a whole, and fire nothing.
        Act::Outside
        | Act::Lend { .. }
        | Act::LendAll
        | Act::Somewhere(_)
        | Act::Decorate { .. } => "",
        _ => return None,
    })
}

/// Whether the event and the tags that an event trigger names may be those of an act.
fn meets(trigger: &Trigger, tag: &str, act: &Act) -> bool {
    let text = trigger.text.to_ascii_lowercase();
    let altered = matches!(act, Act::AlterTable { .. });
    let drops = tag.is_empty()
        || tag == "drop"
        || matches!(act, Act::AlterTable { change, .. } if !adds(change));
    let event = match text.as_str() {
        text if text.contains("sql_drop") => drops,
        text if text.contains("table_rewrite") => altered,
        // That of a session which begins.
        text if text.contains("on login") => false,
        _ => true,
    };
    let tagged = trigger.when.as_deref().is_none_or(|tags| {
        let tags = tags.to_ascii_lowercase();
        tags.contains(&format!("'{tag}"))
    });
    event && tagged
}

/// Whether the change of a table takes nothing away.
fn adds(change: &Change) -> bool {
    matches!(change, Change::AddColumn { .. })
}
