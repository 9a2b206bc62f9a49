//! What do triggers do to the rows that are written?

use std::sync::Arc;

use crate::act::{Act, Body, Event, Events, Fires, From, Name, Rows, Step, Timing, Trigger, Value};
use crate::judge::flow::Relation;
use crate::judge::flow::keys::words;
use crate::judge::run::Run;
use crate::judge::session::settings::Replicates;
use crate::schema::{Id, Key, Table};
use crate::{Dialect, family};

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
    /// Whether one surely keeps each row from it.
    pub(crate) stopped: bool,
    /// Whether the trigger that runs fires for each row.
    each: bool,
    /// Whether one may put another row in its place.
    replaced: bool,
}

/// Functions for triggers that come with the server: they fill the column that is named first, or leave a row out that is
/// changed to what it is. (<https://www.postgresql.org/docs/15/textsearch-features.html#TEXTSEARCH-UPDATE-TRIGGERS>,
/// <https://www.postgresql.org/docs/15/contrib-spi.html>)
const OWN: [&str; 4] = [
    "moddatetime",
    "suppress_redundant_updates_trigger",
    "tsvector_update_trigger",
    "tsvector_update_trigger_column",
];

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
        for trigger in met {
            self.play(trigger, true);
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

    /// What the body of a trigger asks for, unless it is being played already. It fires for `all` rows, or for some of them.
    pub(in crate::judge) fn play(&mut self, trigger: &Trigger, all: bool) {
        self.spend(8);
        let called = trigger.name.name.clone();
        if self.is_exhausted() || self.firing.contains(&called) {
            return;
        }
        self.firing.push(called);
        let normally = trigger.fires == Fires::Normally;
        let surely = !normally || self.settings.replicates == Replicates::No;
        if let Some(row) = &mut self.row {
            row.each = all && trigger.each_row && trigger.when.is_none() && surely;
        }
        let going = self.going.take();
        match &going {
            Some(rows) if surely => self.insert_going(trigger, rows),
            Some(rows) => self.maybe(|run| run.insert_going(trigger, rows)),
            None => {}
        }
        self.compute(trigger.when.as_slice(), false);
        let behind = self.behind.len();
        if let Some(when) = &trigger.when {
            self.behind.extend(words(when));
        }
        match &trigger.body {
            Body::Steps(steps) => {
                let mut steps = steps.clone();
                crate::family::place(&mut steps, self.span);
                self.maybe(|run| run.nested(&steps));
            }
            Body::Routine(name) => match self.is_own(name) {
                true => self.maybe(|run| run.fire_own(trigger, name)),
                false => self.maybe(|run| run.call_fired(name)),
            },
            Body::Unknown(reason) => {
                let reason = format!("the trigger {} fires: {reason}", trigger.name.name);
                self.unknown(reason);
            }
        }
        self.behind.truncate(behind);
        self.going = going;
        self.firing.pop();
    }

    /// A trigger that may be deferred runs once more when the transaction ends, under the names of then.
    /// (<https://www.postgresql.org/docs/15/sql-set-constraints.html>)
    fn defer(&mut self, trigger: &Arc<Trigger>) {
        let constraint = trigger.timing == Timing::After && self.dialect == Dialect::Postgres;
        if constraint && may_be_deferred(&trigger.text) && !self.deferred.contains(trigger) {
            self.deferred.push(Arc::clone(trigger));
        }
    }

    /// The transaction ends.
    pub(in crate::judge) fn play_deferred(&mut self) {
        for trigger in std::mem::take(&mut self.deferred) {
            self.play(&trigger, false);
        }
    }

    /// Whether the function of a trigger comes with the server, and only writes a column of the row or none.
    fn is_own(&self, name: &Name) -> bool {
        OWN.contains(&name.name.as_str()) && !self.schema.routines.contains_key(&self.key(name))
    }

    fn fire_own(&mut self, trigger: &Trigger, name: &Name) {
        if name.name != "suppress_redundant_updates_trigger" {
            let column = family::filled_by(&trigger.text);
            self.set_new(column.as_deref());
        }
    }

    /// What the body of a trigger inserts of each row that goes, `OLD`, where it fires for each of them.
    fn insert_going(&mut self, trigger: &Trigger, rows: &Arc<Relation>) {
        let text = trigger.text.to_ascii_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let handed = words
            .windows(3)
            .position(|words| words == ["old", "table", "as"]);
        let handed = handed.and_then(|at| words.get(at + 3).copied());
        if let (Some(name), false, None) = (handed, trigger.each_row, &trigger.when) {
            self.with_going(trigger, name, rows, |_| true);
        }
        if !trigger.each_row || trigger.when.is_some() || !trigger.of.is_empty() {
            return;
        }
        self.with_going(trigger, "old", rows, of_row);
    }

    /// Steps of a trigger's body that are `meant` run, where the rows that go are known by a name.
    fn with_going(
        &mut self,
        trigger: &Trigger,
        name: &str,
        rows: &Arc<Relation>,
        meant: impl Fn(&Step) -> bool,
    ) {
        let routine = match &trigger.body {
            Body::Routine(name) => self.schema.routines.get(&self.key(name)).cloned(),
            _ => None,
        };
        let body = match (&routine, &trigger.body) {
            (Some(routine), _) => family::body(routine),
            (None, body) => body,
        };
        let Body::Steps(steps) = body else { return };
        let mut steps: Vec<Step> = steps.iter().filter(|step| meant(step)).cloned().collect();
        crate::family::place(&mut steps, self.span);
        let outer = std::mem::replace(&mut self.named, vec![(name.to_owned(), Arc::clone(rows))]);
        let span = self.span;
        self.nested(&steps);
        self.span = span;
        self.named = outer;
    }

    /// A trigger sets a column of the row, or the whole of it.
    pub(crate) fn set_new(&mut self, column: Option<&str>) {
        if let Some(row) = &mut self.row {
            row.replaced |= column.is_none();
            row.set.extend(column.map(str::to_owned));
        }
    }

    /// A trigger's function returns no row, or the one that was there.
    pub(crate) fn skip_row(&mut self, old: bool, surely: bool, on: Events) {
        let perhaps = self.perhaps;
        if let Some(row) = &mut self.row {
            if !on.has(row.event) {
                return;
            }
            row.stopped |= surely && !old && row.each && row.perhaps == perhaps;
            row.skipped |= !old || row.event != Event::Delete;
        }
    }
}

/// Whether a trigger says that it may wait for the end of the transaction.
fn may_be_deferred(trigger: &str) -> bool {
    let words = trigger.split_ascii_whitespace();
    let mut words = words.map(str::to_ascii_lowercase);
    let mut negated = false;
    words.any(|word| {
        let deferred = word.starts_with("deferrable") || word.starts_with("deferred");
        let found = deferred && !negated;
        negated = word == "not";
        found
    })
}

/// Whether a trigger may leave undone what it is fired for.
fn ignores(trigger: &Trigger) -> bool {
    let text = trigger.text.to_ascii_lowercase();
    text.contains("raise") && text.contains("ignore")
}

/// Whether a step inserts rows that a trigger is fired for.
fn of_row(step: &Step) -> bool {
    let Act::Insert(insert) = &step.act else {
        return false;
    };
    let Rows::Query(query) = &insert.rows else {
        return false;
    };
    let mut sources = query.branches.iter().flat_map(|branch| &branch.from);
    sources.any(|source| matches!(source.what, From::Row(_)))
}
