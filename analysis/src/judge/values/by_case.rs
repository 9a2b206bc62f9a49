//! Does an UPDATE of some rows do what one of all rows does with a `CASE` over one column?
//!
//! `ADD status text NOT NULL DEFAULT 'on'` puts a constant into each row, and `SET status = 'off' WHERE NOT active` another one
//! where a condition on one column holds: together they are `CASE active WHEN false THEN 'off' ELSE 'on' END`.

use std::sync::Arc;

use super::beside::Beside;
use super::form::Form;
use super::outcomes::Outcomes;
use super::tags::{all_differ, differ};
use crate::act::{self, Conflict, Filter, NULL, Rest, Update, Value};
use crate::judge::run::Run;
use crate::schema::{self, Id, Key, Shared, Table};
use crate::types::Type;

/// How many values of a column are told apart by one UPDATE after another.
const MOST: usize = 64;

/// What stands in each row of a column that the direction made.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::judge) struct Case {
    /// The column that decides it, once one does.
    of: Option<Version>,
    /// The constant for some of its values.
    pairs: Vec<(String, String)>,
    rest: String,
    table: Version,
}

impl Case {
    /// The column that decides it, once one does.
    pub(super) fn of(&self) -> Option<Version> {
        self.of
    }

    /// The constant for some of its values.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The constant for the others.
    pub(super) fn rest(&self) -> &str {
        &self.rest
    }
}

/// A table or column, and how often something else had come into it by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    of: Id,
    changes: usize,
}

/// The columns of which is known what stands in each row.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Cases {
    columns: Shared<Id, Case>,
    /// Those that are NULL just where a flag was false, and the table.
    marks: Shared<Id, Version>,
    /// What was computed for each row, and the table.
    outcomes: Shared<Id, (Arc<Outcomes>, Version)>,
    /// Those that are told by others beside them.
    beside: Shared<Id, Beside>,
    changes: Shared<Id, usize>,
}

impl Cases {
    /// Rows come into a table, or a column holds something else.
    pub(in crate::judge) fn change(&mut self, id: Id) {
        let changes = self.version(id).changes + 1;
        self.changes.insert(id, changes);
        self.columns.remove(&id);
        self.marks.remove(&id);
        self.outcomes.remove(&id);
    }

    /// Some of it may have been undone.
    pub(in crate::judge) fn forget(&mut self) {
        self.columns = Shared::default();
        self.marks = Shared::default();
        self.outcomes = Shared::default();
        self.beside = Shared::default();
    }

    /// The column was set to that in each row.
    pub(super) fn set_outcomes(&mut self, column: Id, outcomes: Arc<Outcomes>) {
        let table = self.version(column.home());
        self.outcomes.insert(column, (outcomes, table));
    }

    /// What stands in each row of the column, where that was computed.
    pub(in crate::judge) fn outcomes(&self, column: Id) -> Option<Arc<Outcomes>> {
        if self.outcomes.is_empty() {
            return None;
        }
        let (outcomes, table) = self.outcomes.get(&column)?;
        (*table == self.version(table.of)).then(|| Arc::clone(outcomes))
    }

    /// How the column is told by others beside it, as long as nothing else came into any of them.
    pub(super) fn beside(&self, own: Id) -> Option<&Beside> {
        let beside = self.beside.get(&own)?;
        let stands = |left: &Version| *left == self.version(left.of);
        beside.left().iter().all(stands).then_some(beside)
    }

    pub(super) fn follow_beside(&mut self, own: Id, beside: Beside) {
        self.beside.insert(own, beside);
    }

    /// The constants of which a column holds one in each row, where it tells others, or is told by one.
    fn constants(&self, column: Id) -> Vec<String> {
        if let Some(case) = self.known(column) {
            let pairs = case.pairs.iter().map(|(_, constant)| constant.clone());
            return pairs.chain([case.rest.clone()]).collect();
        }
        let mut followed = self.beside.keys().filter_map(|own| self.beside(*own));
        let constants = followed.find_map(|beside| beside.constants(column));
        constants.unwrap_or_default()
    }

    /// Whether nothing is known of any column.
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.beside.is_empty()
    }

    pub(super) fn version(&self, of: Id) -> Version {
        let changes = self.changes.get(&of).copied().unwrap_or_default();
        Version { of, changes }
    }

    /// Whether the column is NULL just where a flag was false whose values it holds.
    pub(in crate::judge) fn is_mark(&self, column: Id) -> bool {
        let mark = self.marks.get(&column);
        mark.is_some_and(|table| *table == self.version(table.of))
    }

    pub(super) fn known(&self, column: Id) -> Option<&Case> {
        let case = self.columns.get(&column)?;
        (case.table == self.version(case.table.of)).then_some(case)
    }
}

impl Run<'_> {
    /// A column was added, whose default stands in each row.
    pub(in crate::judge) fn fill_by_default(&mut self, key: &Key, fresh: Id) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let Some(column) = table.columns.iter().rev().find(|own| own.id == fresh) else {
            return;
        };
        let own = column.is.identity || column.is.generated.is_some() || column.is.on_update;
        if own || table.open || self.perhaps > 0 {
            return;
        }
        let default = self.by_default(table, &column.is);
        let version = self.ledger.cases.version(table.id);
        if let [rest] = default.as_slice()
            && self.takes(table, &column.is, &default)
        {
            let case = Case {
                of: None,
                pairs: Vec::new(),
                rest: rest.clone(),
                table: version,
            };
            self.ledger.cases.columns.insert(fresh, case);
            let form = Form::of_constant(rest.clone());
            self.settle_form(fresh, Some(form));
        }
    }

    /// Does an UPDATE of some rows as the one of all rows that it is, where that can be told.
    pub(in crate::judge) fn updates_by_case(&mut self, key: &Key, update: &Update) -> bool {
        if let Some((column, source)) = self.as_mark(key, update) {
            self.update(&Update {
                filter: None,
                ..update.clone()
            });
            let values = self.ledger.values(source);
            self.ledger.set_values(column, values);
            let version = self.ledger.cases.version(column.home());
            self.ledger.cases.marks.insert(column, version);
            return true;
        }
        if let Some((column, mark)) = self.as_flag(key, update) {
            self.update(&Update {
                filter: None,
                ..update.clone()
            });
            let values = self.ledger.values(mark);
            self.ledger.set_values(column, values);
            return true;
        }
        if let Some(update) = self.as_relabelling(key, update) {
            self.update(&update);
            return true;
        }
        if let Some(update) = self.as_emptying(key, update) {
            self.update(&update);
            return true;
        }
        let Some((column, case, update)) = self.as_case(key, update) else {
            return false;
        };
        self.update(&update);
        self.ledger.cases.columns.insert(column, case);
        true
    }

    /// `SET done_at = now() WHERE done`, where nothing stood in that column: it is NULL just where the flag is false. The column, and
    /// the flag.
    fn as_mark(&self, key: &Key, update: &Update) -> Option<(Id, Id)> {
        let table = self.schema.table(key)?;
        let [(name, Value::Now)] = update.sets.as_slice() else {
            return None;
        };
        let filter = update.filter.as_ref()?;
        self.is_by_itself(key, table, update).then_some(())?;
        let column = table.column(self.dialect, name)?.id;
        let known = self.ledger.cases.known(column)?;
        let empty = known.of.is_none() && known.rest.eq_ignore_ascii_case(NULL);
        let (source, values) = self.decided(key, table, filter)?;
        let flag = source.is.ty.as_deref().map(|ty| self.type_of(ty)) == Some(Type::Bool);
        let truths = |value: &&String| value.as_str() != NULL;
        let one = values.iter().filter(truths).count() == 1;
        let told = flag && one && table.required(self.dialect)(&source.is);
        (empty && told && source.is.generated.is_none()).then_some((column, source.id))
    }

    /// `SET done = true WHERE done_at IS NOT NULL` where all else is false, and `done_at` is such a mark: the column, and the mark.
    fn as_flag(&self, key: &Key, update: &Update) -> Option<(Id, Id)> {
        let table = self.schema.table(key)?;
        let [(name, Value::Constant(constant))] = update.sets.as_slice() else {
            return None;
        };
        let filter = update.filter.as_ref()?;
        self.is_by_itself(key, table, update).then_some(())?;
        let asked = filter.text.strip_suffix(" is not null")?;
        let mark = table.column(self.dialect, asked)?.id;
        let column = table.column(self.dialect, name)?.id;
        let known = self.ledger.cases.known(column)?;
        let own = [constant.clone()];
        let differs = differ(self.dialect, &own, std::slice::from_ref(&known.rest));
        let told = known.of.is_none() && differs && self.ledger.cases.is_mark(mark);
        told.then_some((column, mark))
    }

    /// `SET kind = 'c' WHERE kind = 'b'` in a column that holds none but 'a' and 'b', as the `CASE` that it is.
    fn as_relabelling(&self, key: &Key, update: &Update) -> Option<Update> {
        let table = self.schema.table(key)?;
        let [(name, Value::Constant(constant))] = update.sets.as_slice() else {
            return None;
        };
        let filter = update.filter.as_ref()?;
        self.is_by_itself(key, table, update).then_some(())?;
        let column = table.column(self.dialect, name)?;
        let domain = self.held_constants(table, column);
        if domain.is_empty() {
            return None;
        }
        let (own, values) = self.decided(key, table, filter)?;
        let is_own = column.id == own.id && own.is.generated.is_none();
        let outcome = |value: String| match values.contains(&value) {
            true => constant.clone(),
            false => value,
        };
        let outcomes: Vec<String> = domain.into_iter().map(outcome).collect();
        if !is_own || !all_differ(self.dialect, &outcomes) {
            return None;
        }
        let pairs = values.into_iter().map(|value| (value, constant.clone()));
        let case = Value::Mapped {
            value: Box::new(Value::Column(None, own.is.name.clone())),
            pairs: pairs.collect(),
            rest: Rest::Same,
        };
        Some(Update {
            sets: vec![(name.clone(), case)],
            filter: None,
            ..update.clone()
        })
    }

    /// `SET n = NULL WHERE n = 0` in a column that has a value in each row, as the `CASE` that it is.
    fn as_emptying(&self, key: &Key, update: &Update) -> Option<Update> {
        let table = self.schema.table(key)?;
        let [(name, Value::Null)] = update.sets.as_slice() else {
            return None;
        };
        let filter = update.filter.as_ref()?;
        self.is_by_itself(key, table, update).then_some(())?;
        let column = table.column(self.dialect, name)?;
        let keys = filter.keys.as_ref().filter(|_| filter.whole.is_empty());
        let [alternative] = keys?.as_slice() else {
            return None;
        };
        let [(own, constant)] = alternative.as_slice() else {
            return None;
        };
        let plain = !filter.text.contains('(') && !filter.text.contains("::");
        let present = self.ledger.left.is_present(column.id) && column.is.generated.is_none();
        (self.same(own, name) && plain && present).then(|| {
            let case = Value::Mapped {
                value: Box::new(Value::Column(None, column.is.name.clone())),
                pairs: vec![(constant.clone(), NULL.to_owned())],
                rest: Rest::Same,
            };
            Update {
                sets: vec![(name.clone(), case)],
                filter: None,
                ..update.clone()
            }
        })
    }

    /// Whether an UPDATE does nothing but what it says, to the rows of one table.
    pub(super) fn is_by_itself(&self, key: &Key, table: &Table, update: &Update) -> bool {
        let whole = update.from.is_empty() && update.fetches.is_empty() && !update.limited;
        let alone = table.parents.is_empty() && self.offspring(table.id).is_empty();
        let plain = !table.open && !table.foreign && self.schema.triggers.is_empty();
        let fails = self.conflict(key, &update.conflict) == Conflict::Fail;
        whole && alone && plain && fails && self.perhaps == 0
    }

    /// The constants of which a column holds one in each row, as far as they are known.
    fn held_constants(&self, table: &Table, column: &schema::Column) -> Vec<String> {
        let constants = self.ledger.constants(column.id);
        let constants = match constants.is_empty() {
            true => self.ledger.cases.constants(column.id),
            false => constants,
        };
        match constants.is_empty() {
            true => self.checked_in(table, &column.is),
            false => constants,
        }
    }

    fn as_case(&self, key: &Key, update: &Update) -> Option<(Id, Case, Update)> {
        let table = self.schema.table(key)?;
        let [(name, Value::Constant(constant))] = update.sets.as_slice() else {
            return None;
        };
        let filter = update.filter.as_ref()?;
        self.is_by_itself(key, table, update).then_some(())?;
        let column = table.column(self.dialect, name)?.id;
        let known = self.ledger.cases.known(column)?;
        let called = update.alias.as_ref().unwrap_or(&update.table.name);
        let own = |(of, _): &(Option<String>, String)| {
            of.as_ref().is_none_or(|of| of.eq_ignore_ascii_case(called))
        };
        let (source, values) = self.decided(key, table, filter)?;
        let version = self.ledger.cases.version(source.id);
        let is_told = known.of.is_none_or(|of| of == version)
            && source.id != column
            && source.is.generated.is_none()
            && filter.reads.iter().all(own);
        if !is_told {
            return None;
        }
        let said = |(value, _): &&(String, String)| !values.contains(value);
        let mut pairs: Vec<_> = known.pairs.iter().filter(said).cloned().collect();
        pairs.extend(values.into_iter().map(|value| (value, constant.clone())));
        if pairs.len() > MOST {
            return None;
        }
        let rest = match known.rest.as_str() {
            null if null.eq_ignore_ascii_case(NULL) => Rest::Null,
            other => Rest::Constant(other.to_owned()),
        };
        let case = Value::Mapped {
            value: Box::new(Value::Column(None, source.is.name.clone())),
            pairs: pairs.clone(),
            rest,
        };
        let update = Update {
            sets: vec![(name.clone(), case)],
            filter: None,
            ..update.clone()
        };
        let case = Case {
            of: Some(version),
            pairs,
            ..known.clone()
        };
        Some((column, case, update))
    }

    /// The one column that a condition asks for, and for which of its values it holds: for no others.
    pub(super) fn decided<'t>(
        &self,
        key: &Key,
        table: &'t Table,
        filter: &Filter,
    ) -> Option<(&'t schema::Column, Vec<String>)> {
        let find = |name: &str| table.column(self.dialect, name);
        let ty = |column: &act::Column| column.ty.as_deref().map(|ty| self.type_of(ty));
        let choice = &filter.choice;
        if let Some(name) = &choice.column
            && choice.atom.eq_ignore_ascii_case(name)
        {
            let source = find(name)?;
            let of_flag = ty(&source.is) == Some(Type::Bool);
            let [yes, no, null] = choice.holds;
            let values = [(yes, "true"), (no, "false"), (null, NULL)];
            let values = values.into_iter().filter(|(holds, _)| *holds);
            let values = values.map(|(_, value)| value.to_owned()).collect();
            return (of_flag || !(yes || no)).then_some((source, values));
        }
        let mut values = Vec::new();
        let mut source = None;
        for alternative in filter.keys.as_ref().filter(|_| filter.whole.is_empty())? {
            let [(name, value)] = alternative.as_slice() else {
                return None;
            };
            let column = find(name)?;
            if source.get_or_insert(column).id != column.id {
                return None;
            }
            values.push(value.clone());
        }
        let source = source?;
        // What is written may be another text when it is compared.
        let cast = match ty(&source.is) {
            Some(Type::Enum(_)) => ["cast", "char"],
            _ if self.held_constants(table, source).is_empty() => {
                let exact = |value: &String| self.is_met_exactly(key, source, value);
                values.iter().all(exact).then_some(["cast", "::"])?
            }
            _ => ["cast", "::"],
        };
        let cast = cast.iter().any(|word| filter.text.contains(word));
        (!cast).then_some((source, values))
    }
}
