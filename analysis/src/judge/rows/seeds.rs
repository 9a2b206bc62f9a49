//! Does a DELETE take only rows that the up planted?
//!
//! It does where each key that it names was inserted by the up as a constant, and those columns tell rows apart: they hold
//! a primary or unique key, or nothing is known of the table's keys. It loses nothing then, unless the rows hold more than
//! the keys: any other column of the table (where the table is not known: of the INSERT) may have been edited since, but
//! for those that the database numbers or computes itself. Rows that refer to planted ones came after them.

use std::collections::HashSet;

use crate::act::{Branch, Column, Conflict, Filter, Insert, Output, Rows, Value};
use crate::judge::fired::triggers::Row;
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table, collates, covers_rows, same};
use crate::types::Type;
use crate::{Dialect, LossKind};

impl Run<'_> {
    /// Remembers rows with constant values.
    pub(in crate::judge) fn plant(&mut self, key: &Key, insert: &Insert, row: &Row) {
        let Some(rows) = written(&insert.rows) else {
            return;
        };
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let columns = table.written_by(insert);
        let id = table.id;
        // A row that was in the way stays in the place of the new one, and it is somebody else's.
        let conflict = self.conflict(key, &insert.conflict);
        let own = conflict == Conflict::Fail || self.ledger.created.contains(&id);
        // What may not run, may be undone by a handler or changed by a trigger plants nothing that is sure to be there.
        if !own || self.perhaps > 0 || row.skipped || row.stopped || !row.set.is_empty() {
            return;
        }
        for row in rows {
            let values = columns.iter().zip(&row).filter_map(|(column, value)| {
                let text = value.spelled()?;
                Some((column.clone(), self.held_as(table, column, &text)?))
            });
            let values = values.collect();
            self.seeds.planted.push(Seed {
                table: id,
                values,
                columns: columns.clone(),
                surely: conflict == Conflict::Fail,
            });
        }
    }

    /// The planted rows of the table may be gone.
    pub(in crate::judge) fn uproot(&mut self, table: Id) {
        self.spend((self.seeds.planted.len() + self.seeds.inherited.len()) / 8);
        self.seeds.barren.clear();
        let Seeds {
            planted, inherited, ..
        } = &mut self.seeds;
        for seeds in [planted, inherited] {
            seeds.retain(|seed| seed.table != table);
        }
    }

    /// The planted rows of the table hold something else in these columns.
    pub(in crate::judge) fn regrow(&mut self, table: Id, columns: &[&String]) {
        // What was written to before holds nothing to be forgotten, but for rows that were planted after that.
        let mut done = columns
            .iter()
            .map(|column| self.seeds.barren_until(table, column));
        let from = done.try_fold(usize::MAX, |least, until| Some(least.min(until?)));
        let dialect = self.dialect;
        let is_set = |name: &String| columns.iter().any(|c| same(dialect, c, name));
        let seeds = self.seeds.since(from);
        let looked_at = seeds.len();
        for seed in seeds.into_iter().filter(|seed| seed.table == table) {
            seed.values.retain(|(name, _)| !is_set(name));
        }
        for column in columns {
            self.seeds.note_barren(table, column);
        }
        self.spend(looked_at / 8);
    }

    /// A column of the planted rows has another name.
    pub(in crate::judge) fn rename_planted(&mut self, table: Id, from: &str, to: &str) {
        self.spend((self.seeds.planted.len() + self.seeds.inherited.len()) / 8);
        self.seeds.barren.clear();
        let dialect = self.dialect;
        for seed in self.seeds.of(table) {
            let values = seed.values.iter_mut().map(|(name, _)| name);
            let names = values.chain(&mut seed.columns);
            for name in names.filter(|name| same(dialect, name, from)) {
                to.clone_into(name);
            }
        }
    }

    /// Whether a DELETE takes only rows that the up planted, by the keys that it planted them with.
    pub(crate) fn deletes_seeds(&mut self, key: &Key, filter: &Filter) -> bool {
        let (Some(table), Some(alternatives)) = (self.schema.table(key), &filter.keys) else {
            return false;
        };
        self.spend(self.seeds.inherited.len() / 8);
        let seeds: Vec<_> = self
            .seeds
            .inherited
            .iter()
            .filter(|seed| seed.table == table.id)
            .collect();
        if seeds.is_empty() || alternatives.is_empty() {
            return false;
        }
        let asked = |(column, text): &(String, String)| {
            Some((column.clone(), self.held_as(table, column, text)?))
        };
        let told = |told: &Vec<(String, String)>| told.iter().map(asked).collect();
        let Some(alternatives) = alternatives
            .iter()
            .map(told)
            .collect::<Option<Vec<Vec<_>>>>()
        else {
            return false;
        };
        let mut named: Vec<&String> = Vec::new();
        for (column, _) in alternatives.iter().flatten() {
            if !named.contains(&column) {
                named.push(column);
            }
        }
        let is_named = |column: &String| named.iter().any(|n| self.same(n, column));
        let indexes = self.schema.indexes_of(table.id);
        let indexes = indexes.iter().filter(|(_, index)| {
            index.unique && covers_rows(&index.text) && !collates(&index.text)
        });
        let indexes: Vec<&[String]> = indexes.map(|(_, index)| &*index.columns).collect();
        let mut keys = table.plain_keys().chain(indexes);
        // Where the keys of the table are known, others may have written rows that the condition meets too.
        let unique = keys.find(|key| key.iter().all(is_named));
        if unique.is_none() && !table.open {
            return false;
        }
        // An alternative that leaves a column of the key out meets others' rows.
        let tells = |told: &Vec<(String, String)>| {
            let is_told = |column: &String| told.iter().any(|(c, _)| self.same(c, column));
            match unique {
                Some(key) => key.iter().all(is_told),
                None => named.iter().all(|column| is_told(column)),
            }
        };
        let mut pairs = alternatives.iter().flatten();
        if !alternatives.iter().all(tells)
            || pairs.any(|pair| self.is_other_kind(table, pair))
            || self.has_heirs(table.id)
        {
            return false;
        }
        let is_whole = |name: &String| match table.column(self.dialect, name) {
            Some(column) => self.is_whole(table, &column.is),
            None => table.open,
        };
        if !filter.whole.iter().all(is_whole) {
            return false;
        }
        let mut planted = Planted::of(self, &seeds);
        let mut rewritten = false;
        for told in &alternatives {
            let told: Vec<(&str, &str)> = told.iter().map(|(c, t)| (&**c, &**t)).collect();
            if planted.has(&told) {
                continue;
            }
            // Such a row is no other's, but it holds something else by now.
            let in_key = |column: &&str| {
                let mut key = unique.into_iter().flatten();
                key.any(|own| self.same(own, column))
            };
            let by_key: Vec<(&str, &str)> = told.into_iter().filter(|(c, _)| in_key(c)).collect();
            if unique.is_none() || !planted.has(&by_key) {
                return false;
            }
            rewritten = true;
        }
        let edited = rewritten || self.may_be_edited(table, &seeds, is_named);
        let object = self.ledger.names.get(&table.id).cloned();
        let Some(object) = object else { return false };
        let cause = self.cause(LossKind::SeedDelete);
        self.seed_deletes.push((object, cause, edited));
        true
    }
}

/// The planted rows of a table, by what they hold in those columns that are asked for together.
struct Planted<'r, 's> {
    run: &'r Run<'r>,
    seeds: &'r [&'s Seed],
    by_columns: Vec<(Vec<&'s str>, HashSet<Vec<&'s str>>)>,
}

impl<'r, 's: 'r> Planted<'r, 's> {
    fn of(run: &'r Run<'r>, seeds: &'r [&'s Seed]) -> Planted<'r, 's> {
        Planted {
            run,
            seeds,
            by_columns: Vec::new(),
        }
    }

    /// Whether one of them holds just that in those columns.
    fn has(&mut self, told: &[(&'s str, &'s str)]) -> bool {
        let columns: Vec<&str> = told.iter().map(|(column, _)| *column).collect();
        let values: Vec<&str> = told.iter().map(|(_, text)| *text).collect();
        let known = self.by_columns.iter().position(|(own, _)| *own == columns);
        let at = known.unwrap_or_else(|| {
            let held = self.run.each(1, self.seeds.iter());
            let rows = held.filter_map(|seed| seed.in_columns(self.run, &columns));
            let rows = rows.collect();
            self.by_columns.push((columns, rows));
            self.by_columns.len() - 1
        });
        self.by_columns[at].1.contains(&values)
    }
}

/// The rows where the statement itself holds them: `VALUES`, or queries of constants.
fn written(rows: &Rows) -> Option<Vec<Vec<&Value>>> {
    match rows {
        Rows::Values(rows) => Some(rows.iter().map(|row| row.iter().collect()).collect()),
        Rows::Query(query) if query.with.is_empty() && !query.limited && !query.merged => {
            query.branches.iter().map(constants).collect()
        }
        _ => None,
    }
}

fn constants(branch: &Branch) -> Option<Vec<&Value>> {
    let whole = branch.from.is_empty() && branch.filter.is_none() && !branch.may_fold();
    let values = branch.output.iter().map(|output| match output {
        Output::Value { value, .. } => Some(value),
        Output::All(_) => None,
    });
    whole.then(|| values.collect()).flatten()
}

impl Run<'_> {
    /// Whether the rows hold more than what is named, which may have been edited since.
    fn may_be_edited(
        &self,
        table: &Table,
        seeds: &[&Seed],
        is_named: impl Fn(&String) -> bool,
    ) -> bool {
        let is_computed = |name: &String| {
            let column = table.column(self.dialect, name);
            column.is_some_and(|c| {
                c.is.identity || c.is.generated.is_some() || table.is_rowid(self.dialect, &c.is)
            })
        };
        let held = |column: &String| !is_named(column) && !is_computed(column);
        match table.open {
            true => seeds.iter().flat_map(|seed| &seed.columns).any(held),
            false => table.columns.iter().any(|column| held(&column.is.name)),
        }
    }

    /// A constant as the column is asked for it: without a cast to the column's own type. None where another cast may make
    /// something else of it, or meet what is not the same.
    fn held_as(&self, table: &Table, column: &str, constant: &str) -> Option<String> {
        let Some((text, cast)) = of_cast(constant) else {
            return Some(constant.to_owned());
        };
        if self.dialect == Dialect::Sqlite {
            return None;
        }
        let column = table.column(self.dialect, column);
        let Some(own) = column.and_then(|column| self.declared(table, &column.is)) else {
            return table.open.then(|| constant.to_owned());
        };
        let (own, cast) = (self.type_of(own), self.type_of(cast));
        let is_time = |ty: &Type| matches!(ty, Type::Date | Type::Timestamp { .. });
        match own == cast {
            true => Some(text.to_owned()),
            false => (is_time(&own) && is_time(&cast)).then(|| constant.to_owned()),
        }
    }

    /// Whether a number is held against texts: MySQL takes '1a' for 1.
    fn is_other_kind(&self, table: &Table, (column, text): &(String, String)) -> bool {
        let column = table.column(self.dialect, column);
        let ty = column.and_then(|column| column.is.ty.as_deref());
        self.dialect == Dialect::MySql
            && !text.starts_with('\'')
            && ty.is_some_and(|ty| matches!(self.type_of(ty), Type::Text { .. }))
    }

    /// Whether tables inherit from this one whose rows are met too: no key holds across them.
    fn has_heirs(&self, table: Id) -> bool {
        let apart = |heir: &Key| self.schema.table(heir).is_some_and(|heir| !heir.partition);
        !self.only && self.heirs(table).iter().any(apart)
    }

    /// Whether no value of the column lies between two whole numbers that follow one another.
    fn is_whole(&self, table: &Table, column: &Column) -> bool {
        match (self.dialect, &column.ty) {
            (Dialect::Sqlite, _) => table.is_rowid(self.dialect, column),
            (_, Some(ty)) => matches!(self.type_of(ty), Type::Int { .. }),
            (_, None) => true,
        }
    }
}

/// The constant under a cast, and its type.
fn of_cast(constant: &str) -> Option<(&str, &str)> {
    let inner = constant.strip_prefix("CAST(")?.strip_suffix(')')?;
    inner.rsplit_once(" AS ")
}

/// Rows with constant values that were inserted where no other stood.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seeds {
    pub(crate) planted: Vec<Seed>,
    /// Those of the up, while the down runs.
    pub(crate) inherited: Vec<Seed>,
    /// The columns that were written to, and how many rows were planted then: none of those holds anything there.
    barren: Vec<(Id, String, usize)>,
}

impl Seeds {
    /// The constants that rows of the table hold in a column, which this script put there.
    pub(crate) fn sown(
        &self,
        dialect: Dialect,
        table: Id,
        column: &str,
    ) -> impl Iterator<Item = &String> {
        let rows = self.planted.iter();
        let rows = rows.filter(move |seed| seed.table == table && seed.surely);
        let values = rows.flat_map(|seed| &seed.values);
        let own = values.filter(move |(name, _)| same(dialect, name, column));
        own.map(|(_, text)| text)
    }

    /// Those of the up, which the down finds.
    pub(crate) fn of_up(planted: &[Seed]) -> Seeds {
        Seeds {
            inherited: planted.to_vec(),
            ..Seeds::default()
        }
    }

    /// How many planted rows hold nothing in the column for certain, and those of the up neither; none where nobody wrote to it.
    fn barren_until(&self, table: Id, column: &str) -> Option<usize> {
        let mut barren = self.barren.iter();
        let found = barren.find(|(of, name, _)| *of == table && name == column);
        found.map(|(_, _, until)| *until)
    }

    fn note_barren(&mut self, table: Id, column: &str) {
        let until = self.planted.len();
        let mut barren = self.barren.iter_mut();
        match barren.find(|(of, name, _)| *of == table && name == column) {
            Some(known) => known.2 = until,
            None => self.barren.push((table, column.to_owned(), until)),
        }
    }

    /// Those planted after so many, or all.
    fn since(&mut self, from: Option<usize>) -> Vec<&mut Seed> {
        let of_up = self.inherited.iter_mut().filter(|_| from.is_none());
        let planted = self.planted.iter_mut().skip(from.unwrap_or(0));
        of_up.chain(planted).collect()
    }

    /// All of a table.
    fn of(&mut self, table: Id) -> impl Iterator<Item = &mut Seed> {
        let all = self.planted.iter_mut().chain(&mut self.inherited);
        all.filter(move |seed| seed.table == table)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Seed {
    pub(crate) table: Id,
    /// Column and constant; a column whose value is no constant is not in it.
    pub(crate) values: Vec<(String, String)>,
    /// The columns of the INSERT.
    pub(crate) columns: Vec<String>,
    /// No other row can have kept it out.
    pub(crate) surely: bool,
}

impl Seed {
    /// What it holds in these columns; none where it holds no constant in one of them.
    fn in_columns(&self, run: &Run<'_>, columns: &[&str]) -> Option<Vec<&str>> {
        let held = |column: &&str| {
            let mut own = self.values.iter();
            let found = own.find(|(name, _)| run.same(name, column));
            found.map(|(_, text)| text.as_str())
        };
        columns.iter().map(held).collect()
    }
}
