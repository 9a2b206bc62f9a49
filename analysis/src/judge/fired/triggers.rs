//! What do triggers do to the rows that are written?

use std::sync::Arc;

use super::played::ignores;
use crate::Dialect;
use crate::act::{Event, Fires, Name, Timing, Trigger, Value};
use crate::judge::run::Run;
use crate::judge::session::settings::Replicates;
use crate::judge::tables::temporary::TEMPORARY;
use crate::schema::{Id, Key, Table};

/// The row that a statement is about to write, while the triggers before it run.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(super) event: Event,
    /// How many conditions the body of the trigger stands behind.
    pub(super) perhaps: u32,
    /// The columns that a trigger sets.
    pub(crate) set: Vec<String>,
    /// Whether a trigger may keep the row from being written.
    pub(crate) skipped: bool,
    /// Whether one surely keeps each row from it.
    pub(crate) stopped: bool,
    /// Whether the trigger that runs fires for each row.
    pub(super) each: bool,
    /// Whether one may put another row in its place.
    pub(super) replaced: bool,
}

/// Which triggers of a table fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Row,
    Statement,
    Both,
}

impl Level {
    fn meets(self, trigger: &Trigger) -> bool {
        match self {
            Level::Row => trigger.each_row,
            Level::Statement => !trigger.each_row,
            Level::Both => true,
        }
    }
}

/// What an UPDATE says that it sets; none where a foreign key or an upsert changes the row, so that any trigger is taken to fire.
type Sets<'a> = Option<&'a [(String, Value)]>;

impl Run<'_> {
    /// The triggers that fire before a statement writes run; what they make of the row.
    pub(crate) fn before(&mut self, table: &Key, event: Event) -> Row {
        self.before_of(table, event, Level::Both, None)
    }

    /// The same for an UPDATE that sets these columns, and none besides.
    pub(in crate::judge) fn before_setting(
        &mut self,
        table: &Key,
        sets: &[(String, Value)],
    ) -> Row {
        self.before_of(table, Event::Update, Level::Both, Some(sets))
    }

    fn before_of(&mut self, table: &Key, event: Event, level: Level, sets: Sets<'_>) -> Row {
        let row = Row {
            event,
            perhaps: self.perhaps + 1,
            set: Vec::new(),
            skipped: false,
            stopped: false,
            each: false,
            replaced: false,
        };
        let outer = self.row.replace(row.clone());
        self.fire((table, sets), event, Timing::Before, level);
        let mut row = std::mem::replace(&mut self.row, outer).unwrap_or(row);
        if let Some(table) = self.schema.table(table).filter(|_| row.replaced) {
            row.skipped |= table.open;
            let names = table.columns.iter().map(|column| column.is.name.clone());
            row.set = names.collect();
        }
        row
    }

    /// The triggers that fire once a statement has written run.
    pub(crate) fn after(&mut self, table: &Key, event: Event) {
        self.after_of(table, event, Level::Both, None);
    }

    /// The same for an UPDATE that has set these columns, and none besides.
    pub(in crate::judge) fn after_setting(&mut self, table: &Key, sets: &[(String, Value)]) {
        self.after_of(table, Event::Update, Level::Both, Some(sets));
    }

    fn after_of(&mut self, table: &Key, event: Event, level: Level, sets: Sets<'_>) {
        let outer = self.row.take();
        self.fire((table, sets), event, Timing::After, level);
        self.row = outer;
    }

    /// A statement that meets no row, as `WHERE false`, still fires what fires once for the statement.
    pub(in crate::judge) fn fire_for_none(&mut self, table: &Name, event: Event) {
        if self.schema.triggers.is_empty() {
            return;
        }
        if let Some(key) = self.meet_if_exists(table) {
            self.before_of(&key, event, Level::Statement, None);
            self.after_of(&key, event, Level::Statement, None);
        } else if let Some((table, _)) = self.beneath(table) {
            self.fire_for_none(&table, event);
        }
    }

    /// Rows move to other partitions: they are deleted from the one and inserted into the other, before which triggers run.
    /// (<https://www.postgresql.org/docs/15/trigger-definition.html>)
    pub(in crate::judge) fn before_moving(&mut self, table: &Key, row: &mut Row) {
        for event in [Event::Delete, Event::Insert] {
            let own = self.before_of(table, event, Level::Row, None);
            row.skipped |= own.skipped;
            row.set.extend(own.set);
        }
    }

    /// The same, once they have moved.
    pub(in crate::judge) fn after_moving(&mut self, table: &Key) {
        for event in [Event::Delete, Event::Insert] {
            self.after_of(table, event, Level::Row, None);
        }
    }

    /// Whether rows may come to another partition where these columns are set, and what triggers set.
    pub(in crate::judge) fn moves_rows(
        &self,
        key: &Key,
        sets: &[(String, Value)],
        row: &Row,
    ) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        if self.dialect != Dialect::Postgres || self.schema.triggers.is_empty() {
            return false;
        }
        let parts = self.partitions(table.id);
        if parts.is_empty() {
            return false;
        }
        let changes = |(name, value): &&(String, Value)| match value {
            Value::Column(_, own) => !self.same(name, own),
            _ => true,
        };
        let changed = sets.iter().filter(changes).map(|(name, _)| name);
        let mut changed = changed.chain(&row.set);
        changed.any(|name| self.may_divide(table, &parts, name))
    }

    /// Whether a table may be partitioned by the column, or one of its partitions.
    fn may_divide(&self, table: &Table, parts: &[Id], column: &str) -> bool {
        let by_it = |table: &Table| {
            let Some(text) = &table.text else {
                return true;
            };
            let text = text.to_ascii_lowercase();
            let by = text.rsplit_once("partition by").map(|(_, by)| by);
            by.is_some_and(|by| by.contains(&column.to_ascii_lowercase()))
        };
        let mut tables = self.each(1, self.schema.tables.values());
        by_it(table) || tables.any(|part| parts.contains(&part.id) && by_it(part))
    }

    /// A rule may put other statements in the place of the one at hand.
    pub(crate) fn mind_rules(&mut self, key: &Key) {
        let view = self.schema.views.get(key);
        let rules = match self.schema.table(key) {
            Some(table) => Some(&table.rules),
            None => view.map(|view| &view.rules),
        };
        if let Some(rule) = rules.and_then(|rules| rules.first()) {
            let reason = format!("the rule {rule} changes what it does");
            self.unknown(reason);
        }
    }

    /// The triggers of a table fire from here on, or do not.
    pub(in crate::judge) fn set_firing(&mut self, table: &Key, name: Option<&str>, fires: Fires) {
        // Foreign keys are looked after by triggers, too. (<https://www.postgresql.org/docs/15/sql-altertable.html>)
        let looks_after = name.is_none_or(|name| name.starts_with("RI_ConstraintTrigger"));
        if looks_after && fires != Fires::Normally {
            self.leave_unproven(table);
        }
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

    fn fire(
        &mut self,
        (table, sets): (&Key, Sets<'_>),
        event: Event,
        timing: Timing,
        level: Level,
    ) {
        let Some(id) = self.schema.table(table).map(|table| table.id) else {
            return;
        };
        let mut triggers = self.triggers(id, event, timing);
        triggers.retain(|trigger| level.meets(trigger) && self.may_be_set(table, trigger, sets));
        let rows = triggers.is_empty() || event == Event::Insert || !self.is_bare(id);
        // `RAISE(IGNORE)` in one of SQLite's keeps the others from running, too.
        if self.dialect == Dialect::Sqlite && triggers.iter().any(|trigger| ignores(trigger)) {
            self.going = None;
            if let Some(row) = &mut self.row {
                row.skipped = true;
            }
        }
        let met = triggers.iter().filter(|trigger| rows || !trigger.each_row);
        let is_temporary = table.schema.as_deref() == Some(TEMPORARY);
        let lasts = self.dialect == Dialect::Sqlite && !is_temporary;
        for trigger in met {
            // (<https://www.sqlite.org/lang_createtrigger.html#temp_triggers_on_non_temp_tables>)
            let lasting = std::mem::replace(&mut self.lasting, lasts && !says_temporary(trigger));
            self.play(trigger, true);
            self.lasting = lasting;
            self.defer(trigger);
        }
        let silent = self.schema.triggers.is_empty() || level == Level::Statement;
        if silent || self.dialect != Dialect::Postgres {
            return;
        }
        // Those of a partition fire for the rows in it, and those of what it is a part of for the rows of all.
        for (of, all) in self.rows_stand_in(table) {
            for trigger in self.triggers(of, event, timing) {
                if trigger.each_row && self.may_be_set(table, &trigger, sets) {
                    self.play(&trigger, all);
                    self.defer(&trigger);
                }
            }
        }
    }

    /// Whether a trigger may fire for rows of the table.
    pub(in crate::judge) fn may_fire(&self, key: &Key) -> bool {
        if self.schema.triggers.is_empty() {
            return false;
        }
        let has = |table: Id| self.schema.triggers_of(table).next().is_some();
        let own = self.schema.table(key).is_some_and(|table| has(table.id));
        own || (self.dialect == Dialect::Postgres
            && self.rows_stand_in(key).iter().any(|(of, _)| has(*of)))
    }

    /// The tables besides itself whose triggers fire for rows of a table of PostgreSQL, and whether for all of them.
    fn rows_stand_in(&self, key: &Key) -> Vec<(Id, bool)> {
        let Some(table) = self.schema.table(key) else {
            return Vec::new();
        };
        let parts = self.partitions(table.id).into_iter();
        let wholes = self.wholes(table).into_iter();
        let parts = parts.map(|part| (part, false));
        parts.chain(wholes.map(|whole| (whole, true))).collect()
    }

    /// Whether an UPDATE may set one of the columns that the trigger waits for: by its name, or as one that is generated from it.
    /// (<https://www.postgresql.org/docs/15/sql-createtrigger.html>, <https://www.sqlite.org/lang_createtrigger.html>)
    fn may_be_set(&self, table: &Key, trigger: &Trigger, sets: Sets<'_>) -> bool {
        let (Some(sets), Some(table)) = (sets, self.schema.table(table)) else {
            return true;
        };
        let mut of = trigger.of.iter();
        trigger.of.is_empty()
            || of.any(|name| {
                let column = table.column(self.dialect, name);
                column.is_none_or(|column| column.is.generated.is_some())
                    || sets.iter().any(|(set, _)| self.same(set, name))
            })
    }

    /// The triggers of a table that an event fires.
    fn triggers(&self, table: Id, event: Event, timing: Timing) -> Vec<Arc<Trigger>> {
        let all = self.each(1, self.schema.triggers_of(table));
        all.filter(|(_, trigger)| trigger.timing == timing && trigger.on.contains(&event))
            .filter(|(_, trigger)| match trigger.fires {
                Fires::Never => false,
                Fires::Normally => self.settings.replicates != Replicates::Surely,
                Fires::Always => true,
            })
            .map(|(_, trigger)| trigger.clone())
            .collect()
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
}

/// Whether a trigger of SQLite goes with the session.
fn says_temporary(trigger: &Trigger) -> bool {
    let mut words = trigger.text.split_whitespace();
    let second = words.nth(1).unwrap_or_default();
    second.eq_ignore_ascii_case("temp") || second.eq_ignore_ascii_case("temporary")
}
