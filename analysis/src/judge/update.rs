//! What becomes of values when rows are updated?

use super::flow::{Flow, Relation};
use super::keys::{is_partitioned, is_plain};
use super::run::Run;
use super::source::Placed;
use super::triggers::Row;
use super::views::VIEWS;
use crate::act::{
    Conflict, Constraint, Event, Filter, Follows, From, Join, Picks, Rest, Restriction, Update,
    Value,
};
use crate::schema::{Id, Key, Table};
use crate::{Access, Dialect, LossKind};

impl Run<'_> {
    pub(crate) fn update(&mut self, update: &Update) {
        if let Some(update) = self.of_itself(update) {
            return self.update_at_once(&update);
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
        if !update.limited && self.hides_rows(&key) {
            return self.update(&Update {
                limited: true,
                ..update.clone()
            });
        }
        if self.updates_by_case(&key, update) {
            return;
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
            .map(|(column, value)| (column.clone(), apart(value, &name, joined)))
            .collect();
        // Only triggers see them.
        let going = match joined || self.schema.triggers.is_empty() {
            true => None,
            false => self.overwritten(&key, filter),
        };
        self.going.clone_from(&going);
        let mut row = self.before(&key, Event::Update);
        self.going = None;
        let heirs = self.and_heirs(&key).split_off(1);
        let mut of_heirs = Vec::new();
        for heir in &heirs {
            let own = self.before(heir, Event::Update);
            row.skipped |= own.skipped;
            of_heirs.push(own);
        }
        if row.stopped && self.and_heirs(&key).len() == 1 {
            return;
        }
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
        for key in self.and_heirs(&key) {
            let filter = match skips {
                true => partial.as_ref(),
                false => filter.or(partial.as_ref()),
            };
            self.overwrite(&key, &sets, filter, &others, LossKind::Update);
        }
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
        self.after(&key, Event::Update);
        self.going = None;
        if moves {
            self.after_moving(&key);
        }
        for heir in &heirs {
            self.after(heir, Event::Update);
        }
    }

    /// All that is set is computed from the row as it was.
    pub(super) fn update_at_once(&mut self, update: &Update) {
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
            relation: self.relation_of(key),
        };
        let told = filter.is_repeatable() && filter.tables.is_empty();
        let portion = told.then(|| self.portion(&placed, filter))?;
        self.going(key, Some(&portion))
    }

    /// `UPDATE t SET a = o.b FROM t o WHERE o.id = t.id` is `UPDATE t SET a = b`, where no two rows have the same id.
    fn of_itself(&mut self, update: &Update) -> Option<Update> {
        let [only] = update.from.as_slice() else {
            return None;
        };
        let member = update.filter.as_ref()?.member.as_ref()?;
        let From::Table(other) = &only.what else {
            return None;
        };
        let key = self.meet_if_exists(&update.table)?;
        let inner = matches!(only.join, Join::Product | Join::Inner);
        if !member.exact || member.row || !inner || update.limited || self.key(other) != key {
            return None;
        }
        let asked = |name: &String| {
            let mut pairs = member.pairs.iter();
            pairs.any(|(own, of)| self.same(own, name) && self.same(of, name))
        };
        let table = self
            .schema
            .table(&key)
            .filter(|_| self.named(other).is_none())?;
        // A row with no value in what is compared does not meet even itself.
        let required = table.required(self.dialect);
        let same = |(own, of): &(String, String)| {
            let column = table.column(self.dialect, own);
            self.same(own, of) && column.is_some_and(|column| required(&column.is))
        };
        let is_key = |key: &[String]| key.iter().all(asked);
        // MySQL writes a row before it has met the next one, and what a trigger then does it does in turn.
        let apart = self.dialect != Dialect::MySql
            || (self.schema.triggers.is_empty()
                && !update.sets.iter().any(|(name, _)| asked(name)));
        let told = apart
            && member.pairs.iter().all(same)
            && table.telling_keys(self.dialect).any(is_key)
            && self.heirs(table.id).is_empty();
        let others = only.alias.as_ref().unwrap_or(&other.name);
        let mut sets = update.sets.clone();
        for (_, value) in &mut sets {
            value.each_column(&mut |value| {
                if let Value::Column(of, _) = value
                    && of.as_ref().is_some_and(|of| self.same(of, others))
                {
                    *of = None;
                }
            });
        }
        told.then(|| Update {
            sets,
            filter: None,
            from: Vec::new(),
            ..update.clone()
        })
    }

    /// What triggers set in the row is no longer what stood there.
    pub(super) fn lose_set(&mut self, key: &Key, row: &Row) {
        for name in &row.set {
            if let Some(column) = self.column(key, name) {
                self.lose_values(key, column);
            }
        }
    }

    /// Whether a CHECK, a foreign key, NOT NULL or what the partitions hold may keep a row from being changed so.
    fn may_break_rules(&self, key: &Key, sets: &[(String, Value)]) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let told = |constraint: &Constraint| {
            matches!(
                constraint.rule,
                Restriction::Check | Restriction::ForeignKey { .. }
            )
        };
        table.all_constraints().any(told)
            || is_partitioned(self.dialect, table)
            || sets.iter().any(|set| self.may_be_no_value(table, set))
    }

    /// `OR REPLACE` of SQLite puts the default where NULL is not allowed.
    /// (<https://www.sqlite.org/lang_conflict.html>)
    fn with_defaults(&self, key: &Key, mut sets: Vec<(String, Value)>) -> Vec<(String, Value)> {
        if let Some(table) = self.schema.table(key) {
            for set in &mut sets {
                if self.may_be_no_value(table, set) {
                    set.1 = Value::computed();
                }
            }
        }
        sets
    }

    /// Whether a column that takes no NULL may be set to it.
    fn may_be_no_value(&self, table: &Table, (name, value): &(String, Value)) -> bool {
        let required = |name: &str| {
            let column = table.column(self.dialect, name);
            column.is_some_and(|column| column.is.not_null)
        };
        let mut nullable = *value == Value::Null;
        value.clone().each_column(&mut |read| {
            if let Value::Column(_, read) = read {
                nullable |= !required(read);
            }
        });
        nullable && required(name)
    }

    /// Whether a column is set that may be part of a key.
    fn sets_key(&self, key: &Key, sets: &[(String, Value)]) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let indexes = self.schema.indexes_of(table.id);
        let unique = indexes.iter().filter(|(_, index)| index.unique);
        let mut keys = table
            .keys()
            .chain(unique.clone().map(|(_, index)| index.columns.as_slice()))
            .flatten();
        // A computed part of a key may be computed of what is set.
        let computed = |own: &String| {
            let column = table.column(self.dialect, own);
            column.is_some_and(|column| column.is.generated.is_some())
        };
        let is_set = |own: &String| sets.iter().any(|(name, _)| self.same(name, own));
        let row = |(name, _): &(String, Value)| {
            let names = ["rowid", "oid", "_rowid_"];
            names.iter().any(|own| own.eq_ignore_ascii_case(name))
        };
        table.open
            || sets.iter().any(row)
            || unique.into_iter().any(|(_, index)| !is_plain(&index.text))
            || keys.any(|own| is_set(own) || computed(own))
    }

    /// The columns that any UPDATE stamps with the time, where it changes anything.
    pub(super) fn stamp(&mut self, key: &Key, sets: &[(String, Value)]) {
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        let changes = |(name, value): &(String, Value)| match value {
            Value::Column(_, own) => !self.same(name, own),
            _ => true,
        };
        if !sets.iter().any(changes) {
            return;
        }
        for column in &table.columns {
            let set = || {
                let mut names = sets.iter().map(|(name, _)| name);
                names.any(|name| self.same(name, &column.is.name))
            };
            if column.is.on_update && !set() {
                self.lose_values(key, column.id);
            }
        }
    }

    /// A column is overwritten.
    fn lose_values(&mut self, key: &Key, column: Id) {
        if let Some(table) = self.schema.table(key).map(|table| table.id) {
            let cause = self.cause(LossKind::Update);
            self.ledger.hit_column(table, column, cause);
            self.ledger.shift(column);
            self.ledger.set_values(column, Vec::new());
            if let Some(name) = self
                .written(key, column)
                .map(|written| written.name.clone())
            {
                self.ledger.disturb(table, &name);
            }
        }
    }

    /// Columns are set, in the rows that `filter` meets.
    pub(super) fn overwrite(
        &mut self,
        key: &Key,
        sets: &[(String, Value)],
        filter: Option<&Filter>,
        others: &[Placed],
        kind: LossKind,
    ) {
        let mut columns = Vec::new();
        for (name, _) in sets {
            let width = self.schema.table(key).map_or(0, |t| t.columns.len());
            self.spend(width / 16);
            if self.is_exhausted() {
                return;
            }
            columns.push(self.column(key, name));
        }
        let source = |run: &Run<'_>| {
            let mut all = vec![Placed {
                name: None,
                key: Some(key.clone()),
                relation: run.relation_of(key),
            }];
            all.extend(others.iter().cloned());
            all
        };
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        // Whether a row was met can be seen afterwards only where the condition reads nothing that is set.
        let computed = |read: &str| {
            let column = table.column(self.dialect, read);
            column.is_some_and(|column| column.is.generated.is_some())
        };
        let seen = filter.is_none_or(|filter| {
            !filter.volatile
                && !filter.reads.iter().any(|(_, read)| computed(read))
                && filter.tables.is_empty()
                && sets.iter().all(|(name, value)| match value {
                    Value::Shifted { up, .. } => {
                        filter.survives_shift(|read| self.same(name, read), *up)
                    }
                    _ => !filter.reads.iter().any(|(_, read)| self.same(name, read)),
                })
        });
        let set: Vec<&String> = sets.iter().map(|(name, _)| name).collect();
        self.regrow(table.id, &set);
        // A row may change its partition.
        self.forget_added(key);
        let before = source(self);
        let by = match (filter, before.first()) {
            (Some(filter), Some(own)) => Some(self.part(own, filter).filter),
            _ => None,
        };
        let in_turn = self.dialect == Dialect::MySql && !self.at_once;
        let permutes = !in_turn && is_permutation(self, sets);
        // Rows of a table that is a part of another may come in by that.
        let alone = table.parents.is_empty() && self.offspring(table.id).is_empty();
        let surely = alone && self.perhaps == 0;
        let mut settled: Vec<(Id, Vec<Id>, Vec<String>)> = Vec::new();
        let mut changed: Vec<(String, bool)> = Vec::new();
        for ((name, value), column) in sets.iter().zip(&columns) {
            let Some(column) = *column else { continue };
            if self.is_exhausted() {
                return;
            }
            self.filled.add(column);
            let values = self.ledger.values(column);
            let by = by.as_ref();
            let picked = by.map(|by| self.ledger.picked(table.id, by.clone(), values, false));
            self.ledger.disturb(table.id, name);
            let itself = matches!(value, Value::Column(_, own) if self.same(own, name));
            if !itself {
                self.ledger.shift(column);
            }
            // MySQL assigns from left to right, and sees what it has set, where it reads anything.
            let sees = in_turn && !(value.is_constant() || matches!(value, Value::Null));
            let now = sees.then(|| source(self));
            let mut unqualified = without_qualifier(value);
            let mut mapped = false;
            if let (Value::Mapped { value, pairs, rest }, Some(filter)) = (&mut unqualified, filter)
                && self.asks_for_none_but(filter, value, pairs)
            {
                *rest = Rest::Same;
                mapped = true;
            }
            let flow = self.flow(&unqualified, now.as_ref().unwrap_or(&before));
            let own = self.ledger.values(column);
            let mut keeps_own =
                !own.is_empty() && own.iter().all(|value| flow.values.contains(value));
            if keeps_own && !flow.plain && self.dialect == Dialect::MySql {
                // It may have no room for what was computed.
                let kept = self.stored(key, column, &flow);
                keeps_own = own.iter().all(|value| kept.contains(value));
            }
            if keeps_own && (seen || mapped || flow.plain) {
                if !flow.plain {
                    changed.push((name.clone(), false));
                }
                continue;
            }
            let swapped = seen && permutes;
            if swapped && filter.is_some() {
                continue;
            }
            let cause = self.cause(kind);
            let fills = filter.is_some_and(|filter| self.fills_own(key, column, filter, &flow));
            if !fills {
                let hits = self.ledger.hits.len();
                self.ledger.hit_column(table.id, column, cause);
                for hit in &mut self.ledger.hits[hits..] {
                    hit.picked.clone_from(&picked);
                }
                self.ledger.hit_parents(&table, cause);
                changed.push((name.clone(), true));
            }
            let mut constants = Vec::new();
            let carried = if filter.is_none() || fills {
                let asked = |name: &String| filter.is_some_and(|f| f.leaves_no_null(name));
                let not_null = flow.not_null || flow.column.as_ref().is_some_and(asked);
                let stored = self.stored(
                    key,
                    column,
                    &Flow {
                        not_null,
                        ..flow.clone()
                    },
                );
                if filter.is_none() && surely && !stored.is_empty() && !flow.plain {
                    constants = flow.constants;
                }
                stored
            } else {
                Vec::new()
            };
            settled.push((column, carried, constants));
            if in_turn {
                self.settle(&mut settled);
            }
        }
        self.settle(&mut settled);
        self.follow(key, &changed);
    }

    /// Columns hold what was set.
    fn settle(&mut self, settled: &mut Vec<(Id, Vec<Id>, Vec<String>)>) {
        for (column, carried, constants) in settled.drain(..) {
            self.ledger.set_values(column, carried);
            self.ledger.set_constants(column, constants);
        }
    }

    /// Whether a condition picks just the rows that have one of the values which are mapped.
    fn asks_for_none_but(&self, filter: &Filter, of: &Value, pairs: &[(String, String)]) -> bool {
        let (Value::Column(_, column), Some(keys)) = (of, &filter.keys) else {
            return false;
        };
        let mut asked: Vec<&String> = Vec::new();
        for alternative in keys {
            match alternative.as_slice() {
                [(own, value)] if self.same(own, column) => asked.push(value),
                _ => return false,
            }
        }
        pairs.iter().all(|(from, _)| asked.contains(&from))
            && asked
                .iter()
                .all(|value| pairs.iter().any(|(from, _)| from == *value))
    }

    /// What foreign keys do to the tables that refer to changed columns: each by its name, and whether its values are lost.
    fn follow(&mut self, parent: &Key, changed: &[(String, bool)]) {
        if !self.foreign_keys || changed.is_empty() {
            return;
        }
        let Some(table) = self.schema.table(parent) else {
            return;
        };
        let primary: Vec<String> = table
            .primary_key()
            .map(<[String]>::to_vec)
            .unwrap_or_default();
        for child in self.children(parent) {
            self.register(&child);
            let (mut lost, mut moved) = (Vec::new(), Vec::new());
            let constraints = self
                .schema
                .table(&child)
                .into_iter()
                .flat_map(Table::all_constraints);
            for constraint in constraints {
                let Restriction::ForeignKey {
                    columns,
                    table,
                    referred,
                    on_update,
                    ..
                } = &constraint.rule
                else {
                    continue;
                };
                if Key::of(self.dialect, table).name != parent.name {
                    continue;
                }
                let referred = if referred.is_empty() {
                    &primary
                } else {
                    referred
                };
                for (own, theirs) in columns.iter().zip(referred) {
                    let change = changed.iter().find(|(name, _)| self.same(name, theirs));
                    match (change, on_update) {
                        (Some((_, true)), Follows::Cascade) => lost.push(own.clone()),
                        (Some((_, false)), Follows::Cascade) => moved.push(own.clone()),
                        (Some(_), Follows::SetNull | Follows::SetDefault) => {
                            lost.extend(columns.iter().cloned());
                        }
                        _ => {}
                    }
                }
            }
            if !(lost.is_empty() && moved.is_empty()) {
                self.fire_for_change(&child);
            }
            for name in moved {
                if let Some(id) = self.schema.table(&child).map(|table| table.id) {
                    self.ledger.disturb(id, &name);
                }
                if let Some(column) = self.column(&child, &name) {
                    self.ledger.shift(column);
                }
            }
            for name in lost {
                if let Some(column) = self.column(&child, &name) {
                    self.lose_values(&child, column);
                }
            }
        }
    }

    /// A foreign key changes rows of the table; MySQL fires no triggers for that.
    pub(super) fn fire_for_change(&mut self, key: &Key) {
        if self.dialect == Dialect::MySql {
            return;
        }
        let row = self.before(key, Event::Update);
        self.lose_set(key, &row);
        self.after(key, Event::Update);
    }

    /// `UPDATE t SET new = old WHERE old IS NOT NULL` (or `WHERE new IS NULL`) on a column that was just added without a
    /// default: all of it is copied.
    fn fills_own(&self, key: &Key, column: Id, filter: &Filter, flow: &Flow) -> bool {
        let fresh = self.ledger.created.contains(&column) && self.ledger.values(column).is_empty();
        let Some(written) = self.written(key, column) else {
            return false;
        };
        if !fresh || written.default.is_some() {
            return false;
        }
        let own = filter
            .text
            .strip_suffix(" is null")
            .is_some_and(|name| name.eq_ignore_ascii_case(&written.name));
        let from = filter
            .text
            .strip_suffix(" is not null")
            .is_some_and(|name| {
                !self.may_have_parts(flow)
                    && flow
                        .name
                        .as_deref()
                        .is_some_and(|from| from.eq_ignore_ascii_case(name))
            });
        own || from
    }
}

/// The value with its qualifiers taken off: there is one table.
fn without_qualifier(value: &Value) -> Value {
    let mut value = value.clone();
    value.each_column(&mut |column| {
        if let Value::Column(of, _) = column {
            *of = None;
        }
    });
    value
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

/// Whether the assignments only exchange columns among each other.
fn is_permutation(run: &Run<'_>, sets: &[(String, Value)]) -> bool {
    let mut from: Vec<&str> = Vec::new();
    for (_, value) in sets {
        match value {
            Value::Column(_, name) => from.push(name),
            _ => return false,
        }
    }
    run.spend(sets.len() * sets.len());
    if run.is_exhausted() {
        return false;
    }
    sets.iter()
        .all(|(name, _)| from.iter().filter(|f| run.same(f, name)).count() == 1)
}
