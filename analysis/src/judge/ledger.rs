//! Which data is where, and what has been destroyed of it?
//!
//! At the start of a direction every table holds its rows and every column its values: each is a datum, named by the
//! id of the table or column. Statements copy data into other containers and destroy containers. In the end a datum is
//! lost if no container that outlives the direction holds it whole.

pub(super) mod born;
mod brought_back;
pub(super) mod census;
pub(super) mod doubts;
pub(super) mod hits;
mod in_partitions;
mod left;
pub(crate) mod losses;
mod moved;
pub(super) mod pieces;
mod together;

pub(crate) mod cuts;
pub(crate) mod mark;

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use self::hits::{Cause, Hit};
use self::left::Left;
use self::moved::{Moved, Split};
use super::flow::fetched::Link;
use super::flow::portion::Portion;
use super::rows::derived::Derived;
use super::values::by_case::Cases;
use super::values::form::Form;
use super::values::lookup::Lookups;
use super::values::mixed::Pouring;
use super::values::named::Named;
use super::values::packed::Packed;
use super::values::stamps::Stamp;
use super::values::ties::Ties;
use crate::schema::{Id, Key, Schema, Shared, Table};
use crate::{Object, Renamed};
use cuts::{Cut, Rows};

/// A table as it was at the start, and where it stood when it was first named.
#[derive(Debug, Clone)]
pub(crate) struct Met {
    pub(crate) key: Key,
    pub(crate) table: Arc<Table>,
}

/// A copy of the rows that a condition picks.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) number: usize,
    pub(crate) of: Rows,
    pub(crate) portion: Portion,
    /// The table that holds the copy.
    pub(crate) at: Id,
    /// The columns whose values it holds, in the order of their ids.
    pub(crate) values: Vec<Id>,
    /// Whether it holds those that nobody has named.
    pub(crate) rest: bool,
    /// Values that are in it whole: the rows left out have none, and a key tells whose they are.
    pub(crate) sparse: Vec<Id>,
    /// By which columns it is told whose they are, where no key of the rows came along.
    pub(crate) link: Option<Link>,
}

impl Part {
    /// Whether it holds the values of that column.
    pub(super) fn has(&self, value: Id) -> bool {
        self.values.binary_search(&value).is_ok()
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    /// Tables and columns made by this direction: they held nothing at its start.
    pub(crate) created: Shared<Id, ()>,
    /// Those of them that were made only if they were not there, where nobody knows.
    pub(crate) perhaps: Shared<Id, ()>,
    /// Those of them that the other direction does not take away, by name.
    pub(super) unsure: Shared<Id, String>,
    /// What was destroyed of those: nobody knows whether it held anything.
    pub(super) risked: Vec<(Id, Cause)>,
    /// The columns that a query made, of which each of its rows held a value, as long as nothing else was written there.
    pub(crate) given: Shared<Id, ()>,
    /// What is known of the rows that deletions have left.
    pub(super) left: Left,
    /// The columns that hold one of some constants in each row, as an UPDATE of all rows has set them.
    constants: Shared<Id, Vec<String>>,
    /// The columns of which all values were made of others, as an UPDATE of all rows has set them.
    packed: Shared<Id, Vec<Packed>>,
    /// How each value of a column was made of another, as an UPDATE of all rows has set them.
    pub(super) forms: Shared<Id, Form>,
    /// The columns made by this direction of which is known what stands in each row.
    pub(super) cases: Cases,
    /// Those that may hold NULL for values which nothing named.
    pub(super) to_prove: Vec<Named>,
    rows: Shared<Id, Vec<Rows>>,
    values: Shared<Id, Vec<Id>>,
    rests: Shared<Id, Vec<Id>>,
    /// Names of columns that are no longer among the unnamed ones of a table.
    except: Shared<(Id, String), ()>,
    /// The columns of open tables that were named in the course of the direction.
    named: Shared<(Id, String), Id>,
    named_as: Shared<Id, (Id, String)>,
    /// For each deletion, which rows were there before it.
    cuts: Vec<Cut>,
    /// By which condition rows were deleted last from a table, and how often it had been changed by then.
    cut_by: Shared<Id, (String, usize)>,
    /// The columns that have been set, or given another name or type, by what they were called then.
    disturbed: Shared<(Id, String), ()>,
    /// The columns that hold something else than what came into them: what was computed, or set.
    shifted: Shared<Id, ()>,
    /// What an UPDATE of some rows has left in the others, of the values that a column held.
    remains: Shared<Id, Vec<Id>>,
    /// The columns that hold something else than the values which came, made of those: the types of these do not tell what holds it.
    pub(crate) grown: Shared<Id, ()>,
    /// Columns of MySQL that have more room than before, and hold the very values still.
    pub(crate) widened: Shared<Id, ()>,
    /// Into which type all numbers fit that an UPDATE has put into a column.
    pub(crate) narrow: Shared<Id, String>,
    /// What is told by keys of other tables.
    pub(crate) lookups: Lookups,
    /// The rows that came into tables in the course of the direction.
    pub(super) poured: Vec<Pouring>,
    /// The constants that came with them.
    pub(super) stamps: Vec<Stamp>,
    /// What is told only by what stands beside it.
    pub(super) ties: Ties,
    /// Rows that may stand in a partition which the direction made: the partition, the whole that they came into, and they.
    pub(super) spread: Vec<(Id, Id, Vec<Rows>)>,
    /// What columns that the direction made were computed from.
    pub(super) derived: Vec<Derived>,
    /// What tables and columns were called at the start.
    pub(crate) names: Shared<Id, Object>,
    /// Which of them got other names, and when.
    pub(crate) renames: Vec<Renamed>,
    /// Whether a column was told where to stand.
    pub(crate) places: bool,
    /// The tables that the script has named so far, as they were at the start.
    pub(crate) met: Shared<Id, Met>,
    pub(crate) hits: Vec<Hit>,
    pub(crate) parts: Vec<Part>,
    /// What stands in another column of its row.
    pub(super) moved: Vec<Moved>,
    pub(super) splits: Vec<Split>,
    /// How often rows of a table went, or its columns got other values.
    changes: Shared<Id, usize>,
    /// How many parts there have been.
    numbered: usize,
    /// How much has been written down of what containers hold.
    written: usize,
    /// The tables that a table was made a partition of, or no longer one: rows that they took in may stand in it.
    pub(crate) partitioned: Shared<Id, Vec<Id>>,
}

impl Ledger {
    /// What a table or column was called at the start.
    pub(crate) fn name(&self, id: Id) -> Option<Object> {
        if let Some(object) = self.names.get(&id) {
            return Some(object.clone());
        }
        let home = &id.home();
        let column = self.met.get(home)?.table.columns.of_id(id)?;
        Some(Object {
            column: Some(column.is.name.clone()),
            ..self.names.get(home)?.clone()
        })
    }

    /// The table or column that was called so at the start, where it was met.
    pub(super) fn id_of(&self, object: &Object) -> Option<Id> {
        let called = |one: &Object| self.names.iter().find(|(_, name)| *name == one);
        if let Some((id, _)) = called(object) {
            return Some(*id);
        }
        let table = Object {
            column: None,
            ..object.clone()
        };
        let (table, _) = called(&table)?;
        let mut columns = self.met.get(table)?.table.columns.iter();
        let column = columns.find(|column| Some(&column.is.name) == object.column.as_ref())?;
        Some(column.id)
    }

    /// Whether the direction wrote to a table, or to the one that a column is of.
    pub(super) fn is_touched(&self, id: Id) -> bool {
        self.changes.contains_key(&id.home())
            || self.disturbed.keys().any(|(of, _)| *of == id.home())
    }

    /// Whether any data was copied at all.
    pub(crate) fn has_copies(&self) -> bool {
        self.rows.values().any(|rows| !rows.is_empty())
            || self.values.values().any(|values| !values.is_empty())
    }

    pub(crate) fn rows(&self, table: Id) -> Vec<Rows> {
        rows_of(&self.rows, &self.created, table)
    }

    /// How much is written here: it grows with the work that was done.
    pub(crate) fn weight(&self) -> usize {
        self.written + 8 * self.hits.len() + self.cuts.len()
    }

    pub(crate) fn set_rows(&mut self, table: Id, rows: Vec<Rows>) {
        let rows = once(rows);
        self.written += rows.len();
        self.unmove_at(table);
        self.rows.insert(table, rows);
    }

    pub(crate) fn values(&self, column: Id) -> Vec<Id> {
        values_of(&self.values, &self.created, column)
    }

    /// The constants of which a column holds one in each row; none where that is not known.
    pub(crate) fn constants(&self, column: Id) -> Vec<String> {
        self.constants.get(&column).cloned().unwrap_or_default()
    }

    pub(crate) fn set_constants(&mut self, column: Id, constants: Vec<String>) {
        if !constants.is_empty() {
            self.constants.insert(column, constants);
        }
    }

    /// The column may hold anything that its type takes.
    pub(crate) fn forget_constants(&mut self, column: Id) {
        self.constants.remove(&column);
    }

    /// The same, and of the rows that came.
    pub(super) fn forget_constants_of(&mut self, column: Id) {
        self.constants.remove(&column);
        self.forms.remove(&column);
        self.cases.change(column);
        self.to_prove
            .retain(|named| named.column != column && named.own != column);
        self.poured.iter_mut().for_each(|rows| rows.lose(column));
        self.stamps.iter_mut().for_each(|rows| rows.lose(column));
    }

    /// Of what all values of a column were made; nothing where that is not known.
    pub(super) fn packed(&self, column: Id) -> Vec<Packed> {
        self.packed.get(&column).cloned().unwrap_or_default()
    }

    pub(in crate::judge) fn set_packed(&mut self, column: Id, packed: Vec<Packed>) {
        if !packed.is_empty() {
            self.packed.insert(column, packed);
        }
    }

    /// Rows come into a table, with whatever they hold.
    pub(crate) fn take_in(&mut self, table: Id) {
        self.cases.change(table);
        self.to_prove.retain(|named| named.column.home() != table);
        self.left.take_in(table);
        if !self.forms.is_empty() {
            self.forms.retain(|column, _| column.home() != table);
        }
        if !self.widened.is_empty() {
            self.widened.retain(|column, _| column.home() != table);
        }
        if !self.narrow.is_empty() {
            self.narrow.retain(|column, _| column.home() != table);
        }
        if self.packed.keys().any(|column| column.home() == table) {
            let packed = self.packed.keys().filter(|column| column.home() == table);
            let packed: Vec<Id> = packed.copied().collect();
            for column in packed {
                self.packed.remove(&column);
            }
        }
        if self.constants.keys().any(|column| column.home() == table) {
            let own = self
                .constants
                .keys()
                .filter(|column| column.home() == table);
            let own: Vec<Id> = own.copied().collect();
            for column in own {
                self.constants.remove(&column);
            }
        }
    }

    /// Each column that holds values other than its own, or no longer those.
    pub(super) fn held(&self) -> Vec<(Id, Vec<Id>)> {
        let held = self.values.iter();
        held.map(|(column, values)| (*column, values.clone()))
            .collect()
    }

    pub(crate) fn set_values(&mut self, column: Id, values: Vec<Id>) {
        self.change(column.home());
        self.unmove_into(column);
        self.given.remove(&column);
        self.left.set(column);
        self.constants.remove(&column);
        self.packed.remove(&column);
        self.forms.remove(&column);
        self.cases.change(column);
        let values = once(values);
        self.written += values.len();
        let lost = |value: &Id| !values.contains(value);
        let lost: Vec<Id> = self.values(column).into_iter().filter(lost).collect();
        if !lost.is_empty() {
            // They do not come back to the rows that are there when others bring them.
            let here = self.parts.iter_mut();
            for part in here.filter(|part| part.at == column.home()) {
                part.values.retain(|value| !lost.contains(value));
            }
        }
        self.values.insert(column, values);
    }

    /// A column holds values that it tells beside others, where there are such.
    pub(super) fn hold_together(&mut self, column: Id, values: &[Id], by: &[Id]) {
        let mut held = self.values(column);
        held.extend(values);
        self.values.insert(column, once(held));
        if !by.is_empty() {
            self.ties.tie(column, values, by);
        }
    }

    /// A column holds those values no longer.
    pub(super) fn hold_no_more(&mut self, column: Id, values: &[Id]) {
        let mut held = self.values(column);
        if held.iter().any(|own| values.contains(own)) {
            held.retain(|own| !values.contains(own));
            self.values.insert(column, held);
        }
        self.ties.release(column, values);
    }

    /// The tables all of whose unnamed columns this table holds.
    pub(crate) fn rests(&self, table: &Table) -> Vec<Id> {
        match self.rests.get(&table.id) {
            Some(rests) => rests.clone(),
            None if self.created.contains(&table.id) || !table.open => Vec::new(),
            None => vec![table.id],
        }
    }

    pub(crate) fn set_rests(&mut self, table: Id, rests: Vec<Id>) {
        let rests = once(rests);
        self.written += rests.len();
        let held = self.rests.get(&table);
        let comes =
            |origin: &Id| *origin != table && !held.is_some_and(|held| held.contains(origin));
        // A column that was named before came under its name, with what it held by then.
        let named = self.named.keys();
        let named = named.filter(|(origin, _)| rests.contains(origin) && comes(origin));
        let named: Vec<String> = named.map(|(_, name)| name.clone()).collect();
        for name in named {
            self.except(table, name);
        }
        self.rests.insert(table, rests);
    }

    /// The column `name` of the open table `origin`, as a datum of its own from here on.
    pub(crate) fn name_column(
        &mut self,
        schema: &mut Schema,
        origin: Id,
        name: &str,
        shown: &str,
    ) -> Id {
        if let Some(id) = self.named.get(&(origin, name.to_owned())) {
            return *id;
        }
        let id = schema.fresh_column(origin);
        self.named.insert((origin, name.to_owned()), id);
        self.named_as.insert(id, (origin, name.to_owned()));
        if let Some(table) = self.names.get(&origin) {
            let object = Object {
                column: Some(shown.to_owned()),
                ..table.clone()
            };
            self.names.insert(id, object);
        }
        id
    }

    pub(crate) fn is_excepted(&self, table: Id, name: &str) -> bool {
        !self.except.is_empty() && self.except.contains(&(table, name.to_owned()))
    }

    pub(crate) fn except(&mut self, table: Id, name: String) {
        self.except.add((table, name));
    }

    /// Whether they are among what the unnamed columns of `table` hold.
    pub(super) fn has_unnamed(&self, table: &Table, value: Id) -> bool {
        self.named_as.get(&value).is_some_and(|(origin, name)| {
            self.rests(table).contains(origin) && !self.is_excepted(table.id, name)
        })
    }

    /// The open table that a column was an unnamed one of, and its name there.
    pub(crate) fn named_as(&self, value: Id) -> Option<&(Id, String)> {
        self.named_as.get(&value)
    }

    /// The columns that were unnamed ones of open tables, each with its table and its name there.
    pub(super) fn unnamed_before(&self) -> impl Iterator<Item = (&Id, &(Id, String))> {
        self.named_as.iter()
    }

    /// The rows of `home` that `table` holds.
    pub(crate) fn rows_of(&self, table: Id, home: Id) -> Option<Rows> {
        match self.rows.get(&table) {
            Some(held) => held.iter().copied().find(|rows| rows.table == home),
            None if table != home || self.created.contains(&table) => None,
            None => Some(Rows { table, cut: 0 }),
        }
    }

    /// Whether a column has been set since the direction began.
    pub(crate) fn is_disturbed(&self, table: Id, column: &str) -> bool {
        !self.disturbed.is_empty() && self.disturbed.contains(&(table, column.to_owned()))
    }

    /// Whether any column of a table has been set since then.
    pub(crate) fn is_any_disturbed(&self, table: Id) -> bool {
        self.disturbed.keys().any(|(of, _)| *of == table)
    }

    /// Whether a column may hold something else than the very values that came into it.
    pub(crate) fn is_shifted(&self, column: Id) -> bool {
        !self.shifted.is_empty() && self.shifted.contains(&column)
    }

    /// A column holds something else than what came into it. What it told of other rows it tells no more.
    pub(crate) fn shift(&mut self, column: Id) {
        self.shift_coming(column);
        self.poured.iter_mut().for_each(|rows| rows.change(column));
    }

    /// The same of rows that come, where those that are there hold what they held.
    pub(crate) fn shift_coming(&mut self, column: Id) {
        self.shifted.add(column);
        self.left.set_some(column);
        self.unmove_into(column);
        self.widened.remove(&column);
        self.narrow.remove(&column);
        self.constants.remove(&column);
        self.packed.remove(&column);
        self.forms.remove(&column);
        self.cases.change(column);
        self.to_prove
            .retain(|named| named.column != column && named.own != column);
        self.lookups.lose_column(column);
        self.ties.lose_column(column);
        self.poured.iter_mut().for_each(|rows| rows.lose(column));
        self.stamps.iter_mut().for_each(|rows| rows.lose(column));
        let told = |link: &Link| link.own.contains(&column) || link.theirs.contains(&column);
        self.parts
            .retain(|part| !part.link.as_ref().is_some_and(told));
    }

    /// The column is set in some rows. Where those have its values elsewhere nothing is lost, but the others have nothing else.
    pub(crate) fn leave_some(&mut self, column: Id, values: Vec<Id>) {
        let copied = || {
            self.values
                .values()
                .any(|held| held.iter().any(|value| values.contains(value)))
        };
        if self.moved.is_empty() && self.parts.is_empty() && !copied() {
            return;
        }
        let remains = self.remains(column).into_iter().chain(values);
        self.remains.insert(column, once(remains.collect()));
    }

    /// The values that stand in the column in some rows yet.
    pub(crate) fn remains(&self, column: Id) -> Vec<Id> {
        self.remains.get(&column).cloned().unwrap_or_default()
    }

    /// The table holds something else from here on, be it only what the direction itself put there.
    pub(crate) fn change(&mut self, table: Id) {
        let times = self.changes(table) + 1;
        self.changes.insert(table, times);
    }

    pub(crate) fn changes(&self, table: Id) -> usize {
        self.changes.get(&table).copied().unwrap_or_default()
    }

    /// A column is no longer what it was: which rows a condition on it has picked cannot be told by asking again.
    pub(crate) fn disturb(&mut self, table: Id, column: &str) {
        self.disturbed.add((table, column.to_owned()));
        self.mean_otherwise(table, column);
    }

    /// What the name says in a condition on the table is not what it said before.
    pub(crate) fn mean_otherwise(&mut self, table: Id, column: &str) {
        let parts = self.parts.iter_mut().map(|part| &mut part.portion);
        let moved = self.moved.iter_mut().map(|moved| &mut moved.portion);
        for portion in parts.chain(moved) {
            let reads = portion
                .reads
                .iter()
                .any(|read| read.eq_ignore_ascii_case(column));
            if portion.from == Some(table) && reads {
                portion.from = None;
            }
        }
    }

    /// The number of the next part.
    pub(crate) fn numbered(&mut self) -> usize {
        self.numbered += 1;
        self.numbered
    }
}

impl Ledger {
    /// Whether rows that a condition picks were copied into the table.
    pub(crate) fn has_part_at(&self, table: Id) -> bool {
        self.parts.iter().any(|part| part.at == table)
    }
}

/// Each of them once: what is held twice is held.
fn once<T: Copy + Eq + Hash>(mut held: Vec<T>) -> Vec<T> {
    if held.len() > 1 {
        let mut seen = HashSet::with_capacity(held.len());
        held.retain(|one| seen.insert(*one));
    }
    held
}

fn rows_of(rows: &Shared<Id, Vec<Rows>>, created: &Shared<Id, ()>, table: Id) -> Vec<Rows> {
    match rows.get(&table) {
        Some(rows) => rows.clone(),
        None if created.contains(&table) => Vec::new(),
        None => vec![Rows { table, cut: 0 }],
    }
}

fn values_of(values: &Shared<Id, Vec<Id>>, created: &Shared<Id, ()>, column: Id) -> Vec<Id> {
    match values.get(&column) {
        Some(values) => values.clone(),
        None if created.contains(&column) => Vec::new(),
        None => vec![column],
    }
}
