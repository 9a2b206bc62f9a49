//! What do columns hold after something was set in them?

use std::sync::Arc;

use super::form::Form;
use super::outcomes::Outcomes;
use super::packed::Packed;
use super::ties::Tied;
use crate::act::{Filter, Kind, Rest, Value};
use crate::judge::flow::Flow;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};
use crate::{Dialect, LossKind};

/// What a column holds once the statement is over.
struct Settled {
    column: Id,
    carried: Vec<Id>,
    constants: Vec<String>,
    packed: Vec<Packed>,
    form: Option<Form>,
    outcomes: Option<Arc<Outcomes>>,
}

impl Run<'_> {
    /// The columns that any UPDATE stamps with the time, where it changes anything.
    pub(in crate::judge) fn stamp(&mut self, key: &Key, sets: &[(String, Value)]) {
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
    pub(in crate::judge) fn lose_values(&mut self, key: &Key, column: Id) {
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
    pub(in crate::judge) fn overwrite(
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
                relation: Arc::new(run.relation_of(key)),
            }];
            all.extend(others.iter().cloned());
            all
        };
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        // Whether a row was met can be seen afterwards only where the condition reads nothing that is set.
        let reads = |read: &str, name: &str| {
            let own = |name: &str| {
                let by_rowid = table.by_rowid(self.dialect, name);
                by_rowid.map_or_else(|| name.to_owned(), |column| column.is.name.clone())
            };
            self.same(read, name) || self.same(&own(read), &own(name))
        };
        let computed = |read: &str| {
            let column = table.column(self.dialect, read);
            column.is_some_and(|column| column.is.generated.is_some())
        };
        let seen = filter.is_none_or(|filter| {
            !filter.volatile
                && !filter.reads.iter().any(|(_, read)| computed(read))
                && filter.tables.is_empty()
                && sets.iter().all(|(name, value)| match value {
                    _ if self.stays_present(&table, name, value, filter) => true,
                    Value::Shifted { by, .. } => {
                        filter.survives_shift(|read| reads(read, name), *by >= 0.0)
                    }
                    _ => !filter.reads.iter().any(|(_, read)| reads(read, name)),
                })
        });
        let asked = |(name, _): &(String, Value)| self.behind.iter().any(|read| reads(read, name));
        let asked = sets.iter().any(asked);
        let seen = seen && !asked;
        let set: Vec<&String> = sets.iter().map(|(name, _)| name).collect();
        self.regrow(table.id, &set);
        // A row may change its partition.
        self.forget_added(key);
        if filter.is_none() {
            self.hold_named(key, sets, &columns);
        }
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
        let mut settled: Vec<Settled> = Vec::new();
        let mut moved: Vec<(Id, bool, Vec<Id>)> = Vec::new();
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
            // MySQL assigns from left to right, and sees what it has set, where it reads anything.
            let sees = in_turn && !(value.is_constant() || matches!(value, Value::Null));
            let now = sees.then(|| source(self));
            self.ledger.disturb(table.id, name);
            let itself = matches!(value, Value::Column(_, own) if self.same(own, name));
            let vacant = filter.is_some() && !self.partly && self.is_vacant_column(key, column);
            let widened = self.ledger.widened.contains(&column);
            if !itself {
                self.ledger.shift(column);
            }
            let mut unqualified = without_qualifier(value);
            // A row becomes what the column is.
            if matches!(unqualified, Value::Row(_))
                && let Some(ty) = self.written(key, column).and_then(|own| own.ty.clone())
            {
                unqualified = Value::Cast(Box::new(unqualified), ty);
            }
            let mut mapped = false;
            if let (Value::Mapped { value, pairs, rest }, Some(filter)) = (&mut unqualified, filter)
                && self.asks_for_none_but(filter, value, pairs)
            {
                *rest = Rest::Same;
                mapped = true;
            }
            // So does `NOT a`, where the condition asks for none but true and false.
            if let (Value::OneToOne(of, Kind::Flag), Some(filter)) = (&unqualified, filter)
                && matches!(&**of, Value::Column(_, own) if self.same(own, name))
                && alone
                && self.asks_for_none_but(filter, of, &flags())
            {
                mapped = true;
            }
            if widened {
                // It is so until the statement is over.
                self.ledger.widened.add(column);
            }
            let mut flow = self.flow(&unqualified, now.as_ref().unwrap_or(&before));
            if let Some(numbered) = self.numbered_in(key, column, &unqualified, &flow) {
                flow = numbered;
            }
            if self.tells_ages {
                // What told them beside it has not come along.
                let tied: Vec<Id> = flow.tied.iter().map(Tied::value).collect();
                flow.values
                    .retain(|value| !tied.contains(value) || *value == column);
            }
            if !itself {
                self.ledger.widened.remove(&column);
                self.ledger.left.set(column);
            }
            if flow.is_made() {
                self.ledger.grown.add(column);
            } else if filter.is_none() {
                self.ledger.grown.remove(&column);
            }
            let own = self.ledger.values(column);
            let mut keeps_own =
                !own.is_empty() && own.iter().all(|value| flow.values.contains(value));
            if keeps_own && !flow.plain && (self.dialect == Dialect::MySql || flow.emptied) {
                // It may have no room for what was computed.
                let kept = self.stored(key, column, &flow);
                keeps_own = own.iter().all(|value| kept.contains(value));
            }
            if keeps_own
                && !flow.plain
                && let Some(ty) = self.written(key, column).and_then(|own| own.ty.as_deref())
            {
                // What differs as it is written may be one in the column: blanks at the end of a char go.
                keeps_own = self.suits(ty, &flow.constants);
            }
            if keeps_own && (seen || mapped || flow.plain) {
                if !flow.plain {
                    changed.push((name.clone(), false));
                }
                if surely && filter.is_none_or(|filter| asks_for_a_value(filter, name)) {
                    self.narrow(key, column, &flow);
                }
                if filter.is_none() && surely {
                    let form = self.form_within(key, column, &flow);
                    self.ledger.set_constants(column, flow.constants);
                    self.settle_form(column, form);
                }
                continue;
            }
            if seen && permutes && filter.is_some() {
                let kept = self.stored(key, column, &flow);
                let cut = flow
                    .values
                    .into_iter()
                    .filter(|value| !kept.contains(value));
                self.lose_exchanged(table.id, &columns, cut, kind);
                continue;
            }
            let cause = self.cause(kind);
            let fills =
                vacant && filter.is_some_and(|filter| self.fills_own(key, column, filter, &flow));
            if !fills {
                let hits = self.ledger.hits.len();
                self.ledger.hit_column(table.id, column, cause);
                for hit in &mut self.ledger.hits[hits..] {
                    hit.picked.clone_from(&picked);
                }
                if picked.is_some() {
                    self.ledger.leave_some(column, own);
                }
                self.ledger.hit_parents(&table, cause);
                changed.push((name.clone(), true));
            }
            let (mut constants, mut packed, mut form) = (Vec::new(), Vec::new(), None);
            let mut outcomes = None;
            let carried = if (filter.is_none() && !(asked && keeps_own)) || fills {
                let filled = |name: &str| filter.is_some_and(|f| f.leaves_no_null(name));
                let not_null = flow.not_null || flow.read().is_some_and(filled);
                let stored = self.stored(
                    key,
                    column,
                    &Flow {
                        not_null,
                        ..flow.clone()
                    },
                );
                let is_constant = flow
                    .form
                    .as_ref()
                    .is_some_and(|form| form.constant().is_some());
                if filter.is_none() && surely && (is_constant || !stored.is_empty()) {
                    form = self.form_within(key, column, &flow);
                }
                if filter.is_none() && surely && self.takes_outcomes(key, column, &flow) {
                    outcomes.clone_from(&flow.outcomes);
                }
                if filter.is_none() && surely && !stored.is_empty() && !flow.plain {
                    constants = flow.constants;
                    packed = flow.packed;
                }
                stored
            } else {
                if seen && surely && flow.plain && !self.partly {
                    let marks = vacant && flow.not_null && !self.ledger.perhaps.contains(&column);
                    moved.push((column, marks, self.stored(key, column, &flow)));
                }
                Vec::new()
            };
            settled.push(Settled {
                column,
                carried,
                constants,
                packed,
                form,
                outcomes,
            });
            if in_turn {
                self.settle(&table, &mut settled);
            }
        }
        self.settle(&table, &mut settled);
        if filter.is_none() {
            for ((_, value), column) in sets.iter().zip(&columns) {
                if let Some(column) = *column {
                    self.note_case(key, &table, column, value);
                }
            }
        }
        if let (Some(filter), Some(own)) = (filter, before.first()) {
            for (column, marks, values) in moved {
                self.move_within(&table, own, filter, column, marks, values);
            }
        }
        self.follow(key, &changed);
    }

    /// Whether the condition asks for no more than a value in the column, of which another value is made: no row is met that was not.
    fn stays_present(&self, table: &Table, name: &str, value: &Value, filter: &Filter) -> bool {
        if !asks_for_a_value(filter, name) {
            return false;
        }
        let mut of = value;
        while let Value::OneToOne(inner, _)
        | Value::Led { value: inner, .. }
        | Value::Shifted { value: inner, .. } = of
        {
            of = inner;
        }
        let ty = table.column(self.dialect, name).map(|own| &own.is.ty);
        let ty = ty.and_then(|ty| ty.as_deref()).map(|ty| self.type_of(ty));
        matches!(of, Value::Column(_, own) if self.same(own, name))
            && ty.is_some_and(|ty| !self.may_have_parts_as(&ty))
    }

    /// Columns change places in some rows, and these values have no room where they come.
    fn lose_exchanged(
        &mut self,
        table: Id,
        columns: &[Option<Id>],
        cut: impl Iterator<Item = Id>,
        kind: LossKind,
    ) {
        let cause = self.cause(kind);
        for value in cut {
            self.ledger.hit_value(table, value, cause);
            for column in columns.iter().flatten() {
                let mut held = self.ledger.values(*column);
                held.retain(|own| *own != value);
                self.ledger.set_values(*column, held);
            }
        }
    }

    /// What a `CASE` does not name it makes NULL, and where that is refused, the columns hold nothing else.
    fn hold_named(&mut self, key: &Key, sets: &[(String, Value)], columns: &[Option<Id>]) {
        for ((name, value), column) in sets.iter().zip(columns) {
            let Some(column) = *column else { continue };
            if !self.ledger.constants(column).is_empty() {
                continue;
            }
            let named = self.named_by_case(key, column, value);
            if !named.is_empty() {
                let why = format!("a value of `{name}` that no WHEN names becomes NULL");
                self.refuse_rows(key, column, why);
                self.ledger.set_constants(column, named);
            }
        }
    }

    /// Columns hold what was set.
    fn settle(&mut self, table: &Table, settled: &mut Vec<Settled>) {
        let mut computed = Vec::new();
        for set in settled.drain(..) {
            computed.extend(set.outcomes.map(|outcomes| (set.column, outcomes)));
            self.ledger.set_values(set.column, set.carried);
            self.ledger.set_constants(set.column, set.constants);
            self.ledger.set_packed(set.column, set.packed);
            self.settle_form(set.column, set.form);
        }
        self.settle_outcomes(table, computed);
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

    /// Whether a column was just added, with nothing in it, and has not been set since.
    fn is_vacant_column(&self, key: &Key, column: Id) -> bool {
        let created = &self.ledger.created;
        // Rows may have come into a new table with something in it.
        created.contains(&column)
            && !created.contains(&column.home())
            && self.ledger.values(column).is_empty()
            && !self.ledger.is_shifted(column)
            && self.written(key, column).is_some_and(|own| {
                !own.has_default() && !own.not_null && own.generated.is_none() && !own.identity
            })
    }

    /// `UPDATE t SET new = old WHERE old IS NOT NULL` (or `WHERE new IS NULL`, or both) on a column in which nothing stands yet: all of
    /// it is copied.
    fn fills_own(&self, key: &Key, column: Id, filter: &Filter, flow: &Flow) -> bool {
        let Some(written) = self.written(key, column) else {
            return false;
        };
        let is = |name: &str, text: &str| name.eq_ignore_ascii_case(text);
        let from = flow.name.as_deref().filter(|_| !self.may_have_parts(flow));
        filter.text.split(" and ").all(|part| {
            let own = part.strip_suffix(" is null");
            let present = part.strip_suffix(" is not null");
            own.is_some_and(|own| is(own, &written.name))
                || present.zip(from).is_some_and(|(name, from)| is(name, from))
        })
    }
}

/// `column IS NOT NULL`, and nothing else.
fn asks_for_a_value(filter: &Filter, column: &str) -> bool {
    let asked = filter.text.strip_suffix(" is not null");
    asked.is_some_and(|asked| asked.eq_ignore_ascii_case(column))
}

/// What `NOT` makes of the flags of MySQL and SQLite.
fn flags() -> [(String, String); 2] {
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    [pair("0", "1"), pair("1", "0")]
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
