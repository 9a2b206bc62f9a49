//! What becomes of data when rows are written?

mod cascade;
mod children;
mod delete;
pub(super) mod derived;
mod fulltext;
mod in_place;
mod members;
mod picked;
mod recent;
mod referring;
pub(super) mod seeds;
mod update;
mod views;

use std::sync::Arc;

use self::views::VIEWS;
use super::fired::triggers::Row;
use super::flow::source::Placed;
use super::flow::targets::Targets;
use super::flow::{Flow, Relation};
use super::ledger::Part;
use super::ledger::cuts::Rows;
use super::ledger::pieces::are_all;
use super::run::Run;
use crate::act::{Conflict, Event, Insert, Rows as Source, Value};
use crate::schema::{Id, Key, Table};
use crate::types::Type;
use crate::{Access, Dialect, LossKind};

impl Run<'_> {
    /// New rows come; those that the statement hands on.
    pub(crate) fn insert(&mut self, insert: &Insert) -> Relation {
        if let Some(update) = self.in_place(insert) {
            self.update_at_once(&update);
            return Relation::default();
        }
        let mut relation = match &insert.rows {
            Source::Query(query) => self.query(query),
            Source::Values(rows) => {
                for value in rows.iter().flatten() {
                    self.value_calls(value, true);
                }
                Relation::default()
            }
            Source::Outside => Relation::default(),
        };
        let Some(key) = self.meet(&insert.table, false) else {
            self.mind_rules(&self.key(&insert.table));
            if self.instead(&insert.table, Event::Insert) {
                return Relation::default();
            }
            if let Some((table, _)) = self.beneath(&insert.table) {
                let insert = Insert {
                    table,
                    ..insert.clone()
                };
                let written = self.deeper(VIEWS, |run| run.insert(&insert));
                return written.unwrap_or_default();
            }
            self.written_elsewhere(&insert.table);
            return Relation::default();
        };
        self.touch(&key, Access::Write);
        self.mind_rules(&key);
        if self.commands(&key, insert) {
            return Relation::default();
        }
        self.named_columns(&key, insert.columns.iter());
        self.refuse_uneven(&key, insert);
        if let Some(table) = self.schema.table(&key) {
            let id = table.id;
            let given = table.written_by(insert);
            for column in &table.columns {
                self.ledger.given.remove(&column.id);
            }
            self.filled.add(id);
            *self.fillings.entry(id).or_default() += 1;
            self.ledger.take_in(id);
            for name in given {
                if let Some(column) = self.column(&key, &name) {
                    self.poured.add(column);
                }
            }
        }
        let row = self.before(&key, Event::Insert);
        self.compute_for_new(&key, insert, row.skipped);
        let conflict = self.conflict(&key, &insert.conflict);
        if self.may_be_in_the_way(&key, &insert.columns) {
            self.replaces(&key, &conflict);
        }
        let hands_on = !insert.returning.is_empty();
        let mut returned = Relation::default();
        if let Source::Query(_) = insert.rows {
            let mut may_skip = conflict != Conflict::Fail;
            if conflict == Conflict::Skip && hands_on {
                // Just those rows are handed on that came.
                relation = self.picked_of(relation, true);
                may_skip = false;
            }
            if hands_on && !may_skip {
                returned = self.new_rows(&key, insert, &relation, &row);
            }
            self.pour(&key, &insert.columns, relation, may_skip, Some(&row));
        }
        self.plant(&key, insert, &row);
        self.fill_added(&key, insert);
        self.after(&key, Event::Insert);
        returned
    }

    /// What the statement hands on of the rows that come into the table.
    fn new_rows(&mut self, key: &Key, insert: &Insert, rows: &Relation, row: &Row) -> Relation {
        let Some(table) = self.schema.table(key).filter(|table| !table.open) else {
            return Relation::default();
        };
        let place = |at: usize, name: &str| match insert.columns.is_empty() {
            true => Some(at),
            false => insert.columns.iter().position(|own| self.same(own, name)),
        };
        let columns = table.columns.iter().enumerate().map(|(at, column)| {
            let name = &column.is.name;
            let kept = !row.set.iter().any(|set| self.same(set, name));
            let flow = place(at, name).filter(|_| kept);
            let flow = flow.and_then(|at| rows.columns.get(at)).cloned();
            Flow {
                name: Some(name.clone()),
                ..flow.unwrap_or_default()
            }
        });
        let stored = Placed {
            name: Some(insert.table.name.clone()),
            key: None,
            relation: Arc::new(Relation {
                columns: columns.collect(),
                ..Relation::default()
            }),
        };
        let returned = self.project(&insert.returning, &[stored]);
        match row.skipped {
            true => returned,
            false => Relation {
                rows: rows.rows.clone(),
                parts: rows.parts.clone(),
                table: rows.table,
                ..returned
            },
        }
    }

    /// What a statement says of rows that are in the way, or the table's keys where it says nothing.
    pub(in crate::judge) fn conflict(&self, key: &Key, said: &Conflict) -> Conflict {
        // (<https://sqlite.org/lang_createtrigger.html>)
        let handed = matches!(self.handed, Conflict::Skip | Conflict::Replace);
        if handed && !self.firing.is_empty() {
            return self.handed.clone();
        }
        match (said, self.schema.table(key)) {
            (Conflict::Fail, Some(table)) => table.storage.on_conflict.clone(),
            _ => said.clone(),
        }
    }

    /// Rows that are in the way are changed, or go.
    fn replaces(&mut self, key: &Key, conflict: &Conflict) {
        match conflict {
            Conflict::Fail | Conflict::Skip => {}
            Conflict::Update(sets) => {
                // Whose value was changed nobody can tell afterwards, so that no change is one-to-one.
                let changed = |(name, value): &(String, Value)| match value {
                    Value::Column(_, own) if self.same(name, own) => (name.clone(), value.clone()),
                    _ => (name.clone(), Value::computed()),
                };
                let sets = sets.iter().filter(|set| !self.is_own_key(key, set));
                let sets: Vec<(String, Value)> = sets.map(changed).collect();
                let row = self.before(key, Event::Update);
                self.overwrite(key, &sets, None, &[], LossKind::Update);
                self.stamp(key, &sets);
                self.lose_set(key, &row);
                self.after(key, Event::Update);
            }
            Conflict::Replace => {
                let Some(table) = self.schema.tables.get(key).cloned() else {
                    return;
                };
                // (<https://www.sqlite.org/lang_conflict.html>)
                let fires = self.dialect == Dialect::MySql || self.recursive;
                if fires {
                    self.before(key, Event::Delete);
                }
                match self.beside_own_key(key) {
                    // The row stands there again, under its key.
                    Some(sets) => self.overwrite(key, &sets, None, &[], LossKind::Replace),
                    None => {
                        let cause = self.cause(LossKind::Replace);
                        self.ledger.hit_rows(&table, false, cause, None);
                    }
                }
                self.cascade(key, None);
                if fires {
                    self.after(key, Event::Delete);
                }
            }
        }
    }

    /// Whether it sets the one key of the table to what it is: `ON DUPLICATE KEY UPDATE id = VALUES(id)`, where equal
    /// numbers are the same.
    fn is_own_key(&self, key: &Key, (name, value): &(String, Value)) -> bool {
        let Some(table) = self.schema.table(key).filter(|table| !table.open) else {
            return false;
        };
        let mut keys = table.keys();
        let (Some([own]), None) = (keys.next(), keys.next()) else {
            return false;
        };
        let indexes = self.schema.indexes_of(table.id);
        let ty = table
            .column(self.dialect, own)
            .and_then(|c| c.is.ty.as_deref());
        let number = ty.is_some_and(|ty| matches!(self.type_of(ty), Type::Int { .. }));
        number
            && !indexes.iter().any(|(_, index)| index.unique)
            && self.same(own, name)
            && matches!(value, Value::Excluded(new) if self.same(own, new))
    }

    /// What a row gets anew that is replaced, where it can only be one of the same key: whole numbers that are equal are the same.
    fn beside_own_key(&self, key: &Key) -> Option<Vec<(String, Value)>> {
        let table = self.schema.table(key).filter(|table| !table.open)?;
        let related = !table.parents.is_empty() || !self.offspring(table.id).is_empty();
        let mut keys = table.keys();
        let (Some(own), None) = (keys.next(), keys.next()) else {
            return None;
        };
        let indexes = self.schema.indexes_of(table.id);
        let number = |name: &String| {
            let ty = table.column(self.dialect, name)?.is.ty.as_deref()?;
            Some(matches!(self.type_of(ty), Type::Int { .. }))
        };
        let told = own.iter().all(|name| number(name) == Some(true))
            && !related
            && !indexes.iter().any(|(_, index)| index.unique);
        let is_key = |name: &String| own.iter().any(|own| self.same(own, name));
        let columns = table.columns.iter().map(|column| &column.is);
        let others = columns.filter(|is| is.generated.is_none() && !is_key(&is.name));
        told.then(|| {
            others
                .map(|is| (is.name.clone(), Value::computed()))
                .collect()
        })
    }

    /// The rows of a query come into a table, but for what triggers made of the `row`.
    pub(crate) fn pour(
        &mut self,
        key: &Key,
        columns: &[String],
        relation: Relation,
        may_skip: bool,
        row: Option<&Row>,
    ) {
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        self.spend(8 * table.columns.len());
        if self.is_exhausted() {
            return;
        }
        let targets: Vec<Option<Id>> = if columns.is_empty() {
            if table.open || relation.open {
                Vec::new()
            } else {
                let stored = table
                    .columns
                    .iter()
                    .filter(|column| column.is.generated.is_none() && !column.is.hidden);
                stored.map(|column| Some(column.id)).collect()
            }
        } else {
            columns.iter().map(|name| self.column(key, name)).collect()
        };
        let targets = Targets::of(targets);
        self.doubt_cuts(&table, &relation);
        if relation.table.is_none() {
            self.mixed.add(table.id);
        }
        let sources = relation.sources();
        self.ledger.lookups.pour_again(table.id, &sources);
        let skipped = row.is_some_and(|row| row.skipped);
        let set: Vec<Id> = match row {
            Some(row) => row
                .set
                .iter()
                .filter_map(|name| self.column(key, name))
                .collect(),
            None => Vec::new(),
        };
        if !may_skip && !columns.is_empty() {
            self.refuse_left_out(&table, key, &targets, &set, &relation);
        }
        if !may_skip && set.is_empty() {
            self.refuse_copied(key, &targets, &relation);
        }
        let known: Vec<Id> = match targets.is_empty() {
            true => table.columns.iter().map(|column| column.id).collect(),
            false => targets.iter().flatten().copied().collect(),
        };
        for target in known {
            self.poured.add(target);
        }
        let held: Vec<Vec<Id>> = table
            .columns
            .iter()
            .map(|column| self.ledger.values(column.id))
            .collect();
        if columns.is_empty() && (table.open || relation.open) {
            self.pour_by_name(key, &relation);
        }
        let first = self.is_first_filling(table.id);
        for (target, flow) in targets.iter().zip(&relation.columns) {
            if let Some(target) = target
                && !set.contains(target)
            {
                if !may_skip {
                    self.refuse_nulls(key, *target, flow, relation.table);
                    self.refuse_longer(key, *target, flow, &relation);
                }
                self.store(key, *target, flow);
                self.note_computed(*target, flow);
                if first {
                    self.ledger.set_packed(*target, flow.packed.clone());
                    self.note_outcomes(key, *target, flow);
                }
            }
        }
        if !targets.is_empty() {
            self.spend(self.ledger.poured.len());
            self.mix(&table, &held, &targets, &set, &relation);
        }
        self.stamp_rows(&table, &targets, &set, &relation);
        let parts = relation.parts.iter().flat_map(|part| &part.of);
        let coming: Vec<Rows> = relation.rows.iter().chain(parts).copied().collect();
        self.spread(table.id, &coming);
        let skipped = skipped || self.leads_abroad(&table);
        if !skipped && set.is_empty() && !targets.is_empty() {
            self.gather(&table, &targets, &relation, may_skip);
        }
        let whole = !skipped && (!may_skip || self.never_skips(key, &targets, &relation));
        let rows = if whole { relation.rows.as_slice() } else { &[] };
        self.keep_apart(&table, &held, &targets, &relation, rows);
        if whole {
            let mut rows = self.ledger.rows(table.id);
            rows.extend(relation.rows.iter().copied());
            rows.dedup();
            self.ledger.set_rows(table.id, rows);
            if !may_skip && set.is_empty() {
                self.store_looked_up(key, &targets, &relation);
            }
            self.pour_parts(&table, relation);
        }
    }

    /// Whether the table is new, and no rows have come into it before those at hand.
    fn is_first_filling(&self, table: Id) -> bool {
        self.ledger.created.contains(&table)
            && matches!(self.fillings.get(&table), None | Some(1))
            && self.ledger.rows(table).is_empty()
    }

    /// Whether rows that come into the table may come to another server: into a partition that stands there.
    fn leads_abroad(&self, table: &Table) -> bool {
        let parts = self.partitions(table.id);
        let mut tables = self.each(parts.len().min(1), self.schema.tables.values());
        !parts.is_empty() && tables.any(|part| part.foreign && parts.contains(&part.id))
    }

    /// The rows of `relation` that conditions pick come into a table.
    pub(in crate::judge) fn pour_parts(&mut self, table: &Table, relation: Relation) {
        let values = relation.values();
        for portion in relation.parts {
            let mut values = portion.values_among(&values);
            values.sort_unstable();
            for of in &portion.of {
                let number = self.ledger.numbered();
                self.ledger.parts.push(Part {
                    number,
                    of: *of,
                    portion: portion.clone(),
                    at: table.id,
                    values: values.clone(),
                    rest: !relation.rests.is_empty(),
                    sparse: relation.sparse.clone(),
                    link: None,
                });
                self.make_whole(table, *of);
            }
        }
    }

    /// Parts of rows that came into one table, and are all of them, are the rows.
    fn make_whole(&mut self, table: &Table, of: Rows) {
        let is_piece = |part: &&Part| part.at == table.id && part.of == of;
        let pieces: Vec<&Part> = self.ledger.parts.iter().filter(is_piece).collect();
        self.spend(pieces.len());
        let own = |value: &Id| value.home() == of.table;
        let mut held = table.columns.iter();
        let in_each = held.all(|column| {
            let values = self.ledger.values(column.id);
            let mut values = values.iter().filter(|value| own(value));
            values.all(|value| pieces.iter().all(|part| part.has(*value)))
        });
        let mut rows = self.ledger.rows(table.id);
        if pieces.len() > 1
            && in_each
            && are_all(pieces.iter().map(|part| &part.portion))
            && !rows.contains(&of)
        {
            rows.push(of);
            self.ledger.set_rows(table.id, rows);
        }
    }

    /// What a column holds of rows that are there whole, it holds for all of them: values of a part of them do not count.
    fn keep_apart(
        &mut self,
        table: &Table,
        before: &[Vec<Id>],
        targets: &Targets,
        relation: &Relation,
        rows: &[Rows],
    ) {
        let held = self.ledger.rows(table.id);
        let of = |rows: &[Rows], value: &Id| rows.iter().any(|row| row.table == value.home());
        for (column, before) in table.columns.iter().zip(before) {
            let at = targets.place(column.id);
            let coming = at.and_then(|at| relation.columns.get(at));
            let comes = |value: &Id| match coming {
                Some(flow) => flow.values.contains(value),
                None => targets.is_empty() && !before.contains(value),
            };
            let mut values = self.ledger.values(column.id);
            let count = values.len();
            values.retain(|value| match (of(rows, value), of(&held, value)) {
                (true, false) => comes(value),
                (false, true) => before.contains(value),
                _ => true,
            });
            if values.len() < count {
                self.ledger.set_values(column.id, values);
            }
        }
    }

    /// `INSERT INTO a SELECT * FROM b`, where the columns of one of them are not all known: they are taken to match.
    fn pour_by_name(&mut self, key: &Key, relation: &Relation) {
        for flow in &relation.columns {
            if let Some(name) = flow.name.clone()
                && let Some(target) = self.column(key, &name)
            {
                self.store(key, target, flow);
            }
        }
        if let Some(table) = self.schema.tables.get(key).cloned() {
            let mut rests = self.ledger.rests(&table);
            rests.extend(relation.rests.iter().copied());
            self.ledger.set_rests(table.id, rests);
        }
    }

    /// A column receives values: they are kept where its type holds them.
    fn store(&mut self, key: &Key, target: Id, flow: &Flow) {
        if flow.values.is_empty() {
            return;
        }
        if !flow.plain || flow.shifted {
            self.ledger.shift_coming(target);
        }
        if flow.is_made() {
            self.ledger.grown.add(target);
        }
        let mut held = self.ledger.values(target);
        held.extend(self.stored(key, target, flow));
        held.dedup();
        self.ledger.set_values(target, held);
    }
}
