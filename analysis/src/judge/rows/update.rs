//! What becomes of values when rows are updated?

use std::sync::Arc;

use super::views::VIEWS;
use crate::act::{Conflict, Event, Filter, Picks, Update, Value};
use crate::judge::fired::triggers::Row;
use crate::judge::flow::Relation;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{Key, Table};
use crate::types::Type;
use crate::{Access, Dialect, LossKind};

impl Run<'_> {
    pub(crate) fn update(&mut self, update: &Update) {
        if let Some(update) = self.of_itself(update) {
            return self.update_at_once(&update);
        }
        if update.at_once && !self.at_once {
            return match self.hands_on_otherwise(update) {
                true => self.update(&handed_otherwise(update)),
                false => self.update_at_once(update),
            };
        }
        for (_, value) in &update.sets {
            self.value_calls(value, false);
        }
        if let Some(filter) = &update.filter {
            self.calls(&filter.calls, false);
            if filter.picks == Picks::None {
                return self.fire_for_none(&update.table, Event::Update);
            }
        }
        let Some(key) = self.meet(&update.table, false) else {
            self.mind_rules(&self.key(&update.table));
            if self.instead(&update.table, Event::Update) {
                return;
            }
            if let Some((table, some)) = self.beneath(&update.table) {
                let limited = update.limited || some;
                let update = Update {
                    table,
                    limited,
                    ..update.clone()
                };
                self.deeper(VIEWS, |run| run.update(&update));
                return;
            }
            self.written_elsewhere(&update.table);
            return;
        };
        // A partitioned table has no rows of its own.
        let is_parted = |id| !self.partitions(id).is_empty();
        let id = self.schema.table(&key).map(|table| table.id);
        if self.only && id.is_some_and(is_parted) {
            return self.fire_for_none(&update.table, Event::Update);
        }
        if update.from.is_empty() && self.meets_none(&key, update.filter.as_ref()) {
            return self.fire_for_none(&update.table, Event::Update);
        }
        if !update.limited && self.hides_rows(&key) {
            return self.update(&Update {
                limited: true,
                ..update.clone()
            });
        }
        self.mark_absent(&key, update);
        self.note_sources(&key, update);
        let since_up = self.set_since_up(&key, update);
        let from = self.ledger.hits.len();
        if self.updates_by_case(&key, update) {
            return self.call_recent(from, &since_up);
        }
        let beside = self.told_beside(&key, update);
        if let Some(beside) = &beside {
            self.release_beside(beside);
        }
        self.touch(&key, Access::Write);
        self.mind_rules(&key);
        self.named_columns(&key, update.sets.iter().map(|(column, _)| column));
        let fetched = self.fetched(&key, update);
        let others: Vec<Placed> = Vec::new();
        let name = update
            .alias
            .clone()
            .unwrap_or_else(|| update.table.name.clone());
        let joined = !update.from.is_empty() || update.limited;
        let filter = update
            .filter
            .as_ref()
            .filter(|filter| filter.picks != Picks::All);
        let sets: Vec<(String, Value)> = update
            .sets
            .iter()
            .map(|(column, value)| (column.clone(), apart(value, &name, !update.from.is_empty())))
            .collect();
        // Only triggers see them.
        let going = match !joined && self.may_fire(&key) {
            true => self.overwritten(&key, filter).map(Arc::new),
            false => None,
        };
        self.going.clone_from(&going);
        let behind = self.behind.len();
        let asks = filter.into_iter().flat_map(|filter| &filter.reads);
        let asks: Vec<String> = asks.map(|(_, name)| name.clone()).collect();
        self.behind.extend(asks.iter().cloned());
        let mut row = self.before_setting(&key, &sets);
        self.going = None;
        let heirs = self.and_heirs(&key).split_off(1);
        let mut of_heirs = Vec::new();
        for heir in &heirs {
            let own = self.before_setting(heir, &sets);
            row.skipped |= own.skipped;
            of_heirs.push(own);
        }
        if row.stopped && self.and_heirs(&key).len() == 1 {
            return;
        }
        self.behind.truncate(behind);
        let moves = self.moves_rows(&key, &sets, &row);
        if moves {
            self.before_moving(&key, &mut row);
        }
        self.compute_for_changed(&key, &sets);
        let conflict = self.conflict(&key, &update.conflict);
        let meets = self.sets_key(&key, &sets);
        // A row that a constraint does not take is left as it is.
        let skips = conflict == Conflict::Skip && (meets || self.may_break_rules(&key, &sets));
        let sets = match conflict {
            Conflict::Replace => self.with_defaults(&key, sets),
            _ => sets,
        };
        let partial = (joined || row.skipped || skips).then(Filter::of_others);
        self.partly = partial.is_some();
        for key in self.and_heirs(&key) {
            let filter = match skips || update.limited {
                true => partial.as_ref(),
                false => filter.or(partial.as_ref()),
            };
            self.overwrite(&key, &sets, filter, &others, LossKind::Update);
        }
        self.partly = false;
        self.call_recent(from, &since_up);
        if !row.skipped && !skips {
            for fetched in fetched {
                self.keep_fetched(&key, fetched);
            }
        }
        if conflict == Conflict::Replace
            && meets
            && let Some(table) = self.schema.tables.get(&key).cloned()
        {
            let cause = self.cause(LossKind::Replace);
            self.ledger.hit_rows(&table, false, cause, None);
        }
        self.stamp(&key, &sets);
        self.lose_set(&key, &row);
        for (heir, row) in heirs.iter().zip(&of_heirs) {
            self.lose_set(heir, row);
        }
        self.going = going;
        self.behind.extend(asks);
        self.after_setting(&key, &sets);
        self.going = None;
        if moves {
            self.after_moving(&key);
        }
        for heir in &heirs {
            self.after_setting(heir, &sets);
        }
        self.behind.truncate(behind);
        if let Some((beside, table)) = beside.zip(id) {
            self.tell_beside(table, beside);
        }
    }

    /// Rows are updated a few at a time until a condition meets none: each of them is, where it is found by a key, and it does not
    /// matter how often where nothing that is set is read.
    pub(in crate::judge) fn update_in_turn(&mut self, by: &str, update: &Update) {
        let Some(key) = self.meet_if_exists(&update.table) else {
            return;
        };
        let Some(table) = self.schema.table(&key) else {
            return;
        };
        let is_key = |key: &[String]| matches!(key, [only] if self.same(only, by));
        let own = table.column(self.dialect, by);
        let found = match self.dialect {
            Dialect::MySql => self.perhaps == 0 && self.changes_each(table, update),
            _ => {
                own.is_some_and(|own| table.required(self.dialect)(&own.is))
                    && table.plain_keys().any(is_key)
            }
        };
        let found = found && self.offspring(table.id).is_empty();
        let sets = |name: &String| update.sets.iter().any(|(set, _)| self.same(set, name));
        let again = |(_, value): &(String, Value)| match value {
            Value::Column(_, read) => !sets(read),
            value => value.is_constant(),
        };
        if found && update.sets.iter().all(again) {
            self.update(update);
        }
    }

    /// Whether an UPDATE puts a value where its condition asks for none, in each row: MySQL counts the rows that it has changed.
    fn changes_each(&self, table: &Table, update: &Update) -> bool {
        let Some(filter) = &update.filter else {
            return false;
        };
        // A variable hides the column.
        let hidden = |name: &String| self.locals.iter().any(|local| self.same(local, name));
        if filter.absent.iter().any(hidden) {
            return false;
        }
        let required = table.required(self.dialect);
        let has = |name: &str| {
            let own = table.column(self.dialect, name);
            own.is_some_and(|own| required(&own.is)) || filter.leaves_no_null(name)
        };
        update.sets.iter().any(|(name, value)| {
            let own = table.column(self.dialect, name);
            let lacks = filter.absent.iter().any(|absent| self.same(absent, name))
                && own.is_some_and(|own| !required(&own.is));
            lacks
                && match value {
                    Value::Column(_, read) => has(read),
                    value => value.is_constant(),
                }
        })
    }

    /// Whether a variable of the session may hold something else than the column did: it is a number or a text. An hour of the
    /// zone of the session may come twice, the year 0 becomes 2000, and JSON is read anew.
    fn hands_on_otherwise(&self, update: &Update) -> bool {
        let Some(table) = self.schema.table(&self.key(&update.table)) else {
            return false;
        };
        let ty = |name: &String| {
            let ty = table.column(self.dialect, name).map(|own| &own.is.ty);
            ty.and_then(|ty| ty.as_deref()).map(|ty| self.type_of(ty))
        };
        let otherwise = |name: &String, into: &String| {
            match ty(name) {
                Some(
                    Type::Timestamp { zoned: true, .. }
                    | Type::Year
                    | Type::Json
                    | Type::JsonValue
                    | Type::Set(_),
                ) => true,
                // What is none of the labels stands there as an empty text, and no label as its number.
                Some(Type::Enum(labels)) => {
                    let spelt = matches!(ty(into), Some(Type::Enum(_) | Type::Text { .. }));
                    labels.iter().any(String::is_empty) || !spelt
                }
                _ => false,
            }
        };
        update.sets.iter().any(|(name, value)| match value {
            Value::Column(_, from) => otherwise(name, name) || otherwise(from, name),
            _ => true,
        })
    }

    /// All that is set is computed from the row as it was.
    pub(in crate::judge) fn update_at_once(&mut self, update: &Update) {
        let outer = std::mem::replace(&mut self.at_once, true);
        self.update(update);
        self.at_once = outer;
    }

    /// The rows that a condition meets, as they are before they are overwritten, where that can be told again.
    fn overwritten(&mut self, key: &Key, filter: Option<&Filter>) -> Option<Relation> {
        let Some(filter) = filter else {
            return self.going(key, None);
        };
        let placed = Placed {
            name: None,
            key: Some(key.clone()),
            relation: Arc::new(self.relation_of(key)),
        };
        let told = filter.is_repeatable() && filter.tables.is_empty();
        let portion = told.then(|| self.portion(&placed, filter))?;
        self.going(key, Some(&portion))
    }

    /// What triggers set in the row is no longer what stood there.
    pub(in crate::judge) fn lose_set(&mut self, key: &Key, row: &Row) {
        for name in &row.set {
            if let Some(column) = self.column(key, name) {
                self.lose_values(key, column);
            }
        }
    }
}

/// The value as far as it is the updated table's own: what another row gives is not one-to-one with it, be it another table's
/// or, where there is one table only, `NEW.a` of a trigger, `r.a` of a loop or `f.a` of a function. Where tables are `joined`, a
/// column without a qualifier may be any one's.
fn apart(value: &Value, table: &str, joined: bool) -> Value {
    let mut own = true;
    value.clone().each_column(&mut |column| {
        if let Value::Column(of, _) = column {
            own &= match of {
                Some(of) => of.eq_ignore_ascii_case(table),
                None => !joined,
            };
        }
    });
    match own {
        true => value.clone(),
        false => Value::computed(),
    }
}

/// The same UPDATE, one after the other. What comes from a column that stays as it is may be something else than stood there.
fn handed_otherwise(update: &Update) -> Update {
    let is_set = |from: &String| {
        let mut names = update.sets.iter().map(|(name, _)| name);
        names.any(|name| name.eq_ignore_ascii_case(from))
    };
    let sets = update.sets.iter().map(|(name, value)| {
        let (reads, calls, surely) = (Vec::new(), Vec::new(), true);
        let value = match value {
            Value::Column(_, from) if is_set(from) => value.clone(),
            _ => Value::Computed {
                reads,
                calls,
                surely,
                formula: None,
            },
        };
        (name.clone(), value)
    });
    Update {
        sets: sets.collect(),
        at_once: false,
        ..update.clone()
    }
}
