//! Which containers hold a datum when a direction is over?

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use crate::Dialect;
use crate::judge::ledger::cuts::Rows;
use crate::judge::ledger::{Ledger, Met, Part};
use crate::judge::run::Run;
use crate::schema::{Id, Table};

/// How many deletions are looked behind for what they left.
const MOST_CUTS: usize = 8;

/// The lasting tables, by what they hold.
pub(crate) struct Census<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) ledger: &'a Ledger,
    dialect: Dialect,
    tables: Vec<&'a Table>,
    by_id: Holders<usize>,
    /// By the table whose rows, and by that whose unnamed columns, they hold.
    by_rows: Holders<usize>,
    by_rest: Holders<usize>,
    /// The columns that hold the values of one, and their tables.
    by_value: Holders<(usize, Id)>,
    /// The keys of each table that was asked for.
    keys: RefCell<HashMap<Id, Keys>>,
}

/// Keys that tell rows apart, by what they held at the start; none where not all columns are known.
type Keys = Option<Rc<[Vec<Id>]>>;

/// Who holds what, in the order of what is held.
struct Holders<T>(Vec<(Id, T)>);

impl<T> Holders<T> {
    fn of(mut held: Vec<(Id, T)>) -> Holders<T> {
        held.sort_by_key(|(held, _)| *held);
        Holders(held)
    }

    fn holding(&self, held: Id) -> impl Iterator<Item = &T> {
        let from = self.0.partition_point(|(other, _)| *other < held);
        let holders = self.0[from..].iter();
        holders
            .take_while(move |(other, _)| *other == held)
            .map(|(_, holder)| holder)
    }
}

impl<'a> Census<'a> {
    /// What stands where a direction is over.
    pub(crate) fn of(run: &'a Run<'_>) -> Census<'a> {
        let (ledger, start, schema) = (&run.ledger, &run.tables, &run.schema);
        let mut tables: Vec<&Table> = Vec::new();
        let mut by_id = Vec::new();
        let (mut by_rows, mut by_value, mut by_rest) = (Vec::new(), Vec::new(), Vec::new());
        // A table that this direction never met holds its own data and nobody else's: no hit is about it.
        let is_met = |table: &Table| {
            ledger.names.contains_key(&table.id) || ledger.created.contains(&table.id)
        };
        let same = |was: Option<&Arc<Table>>, now: &Arc<Table>| {
            was.is_some_and(|was| Arc::ptr_eq(was, now))
        };
        let changed = start.apart(&schema.tables);
        let changed = changed.filter_map(|(_, _, now)| now.filter(|table| is_met(table)));
        let met = ledger.met.values().filter_map(|met| {
            let now = schema.tables.get(&met.key)?;
            same(start.get(&met.key), now).then_some(now)
        });
        let stays = |table: &&Arc<Table>| !table.transient && !table.foreign;
        for table in changed.chain(met).filter(stays) {
            let at = tables.len();
            tables.push(table);
            by_id.push((table.id, at));
            by_rows.extend(ledger.rows(table.id).iter().map(|rows| (rows.table, at)));
            for column in &table.columns {
                let values = ledger.values(column.id);
                by_value.extend(values.iter().map(|value| (*value, (at, column.id))));
            }
            by_rest.extend(ledger.rests(table).iter().map(|rest| (*rest, at)));
        }
        Census {
            run,
            ledger,
            dialect: run.dialect,
            tables,
            by_id: Holders::of(by_id),
            by_rows: Holders::of(by_rows),
            by_rest: Holders::of(by_rest),
            by_value: Holders::of(by_value),
            keys: RefCell::default(),
        }
    }

    /// Whether a table other than `apart` holds these rows.
    pub(crate) fn has_rows(&self, rows: Rows, apart: Option<Id>) -> bool {
        let mut holders = self.run.each(1, self.by_rows.holding(rows.table));
        holders.any(|at| Some(self.tables[*at].id) != apart && self.gathers(*at, rows, None))
            || self.joined(rows).any(|part| Some(part.at) != apart)
    }

    /// The parts that tell of each of these rows that it was there, although another table's rows stand for them.
    fn joined(&self, rows: Rows) -> impl Iterator<Item = &'a Part> {
        self.parts().filter(move |part| {
            let link = part.link.as_ref().filter(|link| link.seen);
            link.is_some_and(|link| self.has_columns(part.at, &link.own))
                && self.ledger.covers(part.of, rows)
                && part
                    .sparse
                    .iter()
                    .all(|value| self.holds_value(part.at, *value))
        })
    }

    /// Whether the value is the key by which rows that went with it were joined to others.
    pub(crate) fn is_joined_by(&self, value: Id, rows: Rows) -> bool {
        let by = |part: &Part| {
            part.link
                .as_ref()
                .is_some_and(|link| link.equal.contains(&value))
        };
        self.joined(rows).any(by)
    }

    /// Whether a table holds these rows, with the value where one is given, but for those that were deleted after they had been
    /// copied.
    fn gathers(&self, at: usize, rows: Rows, value: Option<Id>) -> bool {
        let held = self.ledger.rows(self.tables[at].id);
        held.iter()
            .any(|held| self.ledger.covers(*held, rows) || self.is_cut_of(*held, rows, value))
    }

    /// Whether rows are those of `all` that few deletions have left, and what those took is elsewhere.
    fn is_cut_of(&self, left: Rows, all: Rows, value: Option<Id>) -> bool {
        let mut at = left;
        for _ in 0..MOST_CUTS {
            let Some((before, Some(picked))) = self.ledger.cut_from(at) else {
                return false;
            };
            let kept = match value {
                Some(value) => self.keeps_apart(before, picked, value, &picked.values),
                None => self.kept_apart(before, picked),
            };
            if !kept || before == all {
                return kept;
            }
            at = before;
        }
        false
    }

    /// Whether the rows that are not among those which deletions have left are elsewhere, with the value.
    pub(super) fn has_others(&self, left: Rows, value: Id) -> bool {
        let all = Rows { cut: 0, ..left };
        left.table == value.home() && self.is_cut_of(left, all, Some(value))
    }

    /// Whether a column other than `apart` (or of a table other than it) holds these values.
    pub(crate) fn has_value(&self, value: Id, within: Option<Rows>, apart: Option<Id>) -> bool {
        let fits = |at: usize| {
            Some(self.tables[at].id) != apart
                && within.is_none_or(|rows| self.gathers(at, rows, Some(value)))
        };
        let mut holders = self.run.each(1, self.by_value.holding(value));
        let own = holders.any(|(at, column)| Some(*column) != apart && fits(*at));
        own || self.is_sparse(value, within, apart)
            || self.ledger.named_as(value).is_some_and(|(origin, name)| {
                let mut holders = self.run.each(1, self.by_rest.holding(*origin));
                holders.any(|at| fits(*at) && !self.ledger.is_excepted(self.tables[*at].id, name))
            })
    }

    /// Whether a column that holds these values stands in their own table, or beside a key that its rows still have, or beside all that
    /// they have: a list of values does not tell whose they were.
    pub(crate) fn tells_whose(&self, value: Id, within: Option<Rows>) -> bool {
        let Some(keys) = self.keys_of(value.home()) else {
            return true;
        };
        let Some(start) = self.table(value.home()) else {
            return true;
        };
        let mut holders = self.by_value.holding(value).peekable();
        if holders.peek().is_none() {
            return true;
        }
        let own = self.table(start.id);
        let left = own
            .map(|own| self.values_of_its_own(own))
            .unwrap_or_default();
        holders.any(|(at, _)| {
            let table = self.tables[*at];
            let holds = |id: &Id| self.holds_value(table.id, *id);
            let leads_back = |key: &Vec<Id>| {
                key.iter().all(holds)
                    && (key.iter().all(|id| left.contains(id)) || left.iter().all(holds))
            };
            let mut others = start
                .columns
                .iter()
                .flat_map(|column| self.ledger.values(column.id))
                .filter(|other| *other != value && other.home() == start.id);
            let fits = || {
                within.is_none_or(|rows| {
                    let mut sparse = self.sparse(value, rows);
                    self.gathers(*at, rows, Some(value)) || sparse.any(|part| part.at == table.id)
                })
            };
            table.id == start.id
                || self.is_linked(table.id, value)
                || (fits() && (keys.iter().any(leads_back) || others.all(|other| holds(&other))))
        })
    }

    /// What its columns still hold of what the table held at the start.
    fn values_of_its_own(&self, table: &Table) -> BTreeSet<Id> {
        let columns = table.columns.iter();
        let held = columns.flat_map(|column| self.ledger.values(column.id));
        held.filter(|value| value.home() == table.id).collect()
    }

    /// The keys that tell rows of a table apart, by what they held at the start; none where not all of its columns are known.
    pub(in crate::judge) fn keys_of(&self, table: Id) -> Keys {
        let mut keys = self.keys.borrow_mut();
        let of = || self.telling_keys(table);
        keys.entry(table).or_insert_with(of).clone()
    }

    fn telling_keys(&self, table: Id) -> Keys {
        let Met { table: start, .. } = self.ledger.met.get(&table)?;
        if start.open {
            return None;
        }
        let own = |name: &String| start.column(self.dialect, name).map(|column| column.id);
        let keys = start.telling_keys(self.dialect);
        let keys = keys.filter_map(|key| key.iter().map(own).collect());
        Some(keys.collect())
    }

    /// What each table holds of the rows that has one of these values of theirs.
    pub(in crate::judge) fn holders(&self, rows: Rows, values: &[Id]) -> Vec<BTreeSet<Id>> {
        let mut held: BTreeMap<usize, BTreeSet<Id>> = BTreeMap::new();
        for value in self.run.each(1, values.iter()) {
            for (at, _) in self.run.each(1, self.by_value.holding(*value)) {
                if !held.contains_key(at) && self.gathers(*at, rows, Some(*value)) {
                    held.insert(*at, self.all_in(*at));
                }
            }
        }
        // So do those whose rows stand for them, or for those of them that have a value.
        for part in self
            .parts()
            .filter(|part| self.ledger.covers(part.of, rows))
        {
            let Some(at) = self.by_id.holding(part.at).next() else {
                continue;
            };
            if part.link.is_none() && !part.sparse.iter().any(|value| values.contains(value)) {
                continue;
            }
            let held = held.entry(*at).or_insert_with(|| self.all_in(*at));
            held.extend(part.link.iter().flat_map(|link| &link.equal));
        }
        held.into_values().collect()
    }

    fn all_in(&self, at: usize) -> BTreeSet<Id> {
        let columns = self.tables[at].columns.iter();
        self.run.spend(self.tables[at].columns.len());
        let all = columns.flat_map(|column| self.ledger.values(column.id));
        all.collect()
    }

    /// Whether columns that are still there tell whose values the table holds.
    fn is_linked(&self, holder: Id, value: Id) -> bool {
        self.parts().any(|part| {
            part.at == holder
                && part.sparse.contains(&value)
                && part.link.as_ref().is_some_and(|link| {
                    self.has_columns(holder, &link.own)
                        && self.has_columns(value.home(), &link.theirs)
                })
        })
    }

    /// Whether the table lasts, with all these columns.
    fn has_columns(&self, table: Id, columns: &[Id]) -> bool {
        self.table(table).is_some_and(|table| {
            let has = |id: &Id| table.columns.of_id(*id).is_some();
            columns.iter().all(has)
        })
    }

    /// Whether a table holds the values of all the rows that have one.
    fn is_sparse(&self, value: Id, within: Option<Rows>, apart: Option<Id>) -> bool {
        let Some(within) = within else { return false };
        self.sparse(value, within)
            .any(|part| Some(part.at) != apart)
    }

    /// The parts that hold the values of all the rows that have one.
    fn sparse(&self, value: Id, within: Rows) -> impl Iterator<Item = &'a Part> {
        self.parts().filter(move |part| {
            // Rows that came otherwise may hold anything, a default too.
            let apart = || {
                self.table(part.at)
                    .is_some_and(|at| self.run.is_told_apart(at))
            };
            let alone = || self.run.fillings.get(&part.at) == Some(&1) || apart();
            part.sparse.contains(&value)
                && (part.link.is_some() || alone())
                && self.ledger.covers(part.of, within)
                && self.holds_value(part.at, value)
        })
    }

    /// Whether a table that stands in the place of another has some of its rows, and nothing has the value.
    pub(crate) fn is_rebuilt_without(&self, rows: Rows, value: Id) -> bool {
        let Some(Met { key, table, .. }) = self.ledger.met.get(&rows.table) else {
            return false;
        };
        let now = self.run.schema.table(key).map(|now| now.id);
        // Each row that was picked had the one that was asked for.
        let pins = |part: &Part| {
            let among = part.portion.among.as_ref();
            among.is_some_and(|among| among.pinned().contains(&value))
        };
        let stands = self.parts().any(|part| {
            let is_it = part.of.table == rows.table && Some(part.at) == now;
            is_it && !part.portion.joined && !pins(part)
        });
        stands
            && now != Some(table.id)
            && !table.open
            && self.by_value.holding(value).next().is_none()
            && self.ledger.named_as(value).is_none()
    }

    /// Whether the unnamed columns of `origin` are anywhere.
    pub(crate) fn has_rest(&self, origin: Id, within: Rows) -> bool {
        let mut holders = self.run.each(1, self.by_rest.holding(origin));
        holders.any(|at| self.gathers(*at, within, None))
    }

    pub(super) fn is_in(&self, part: &Part, value: Id) -> bool {
        (part.has(value) && self.holds_value(part.at, value)) || self.is_pinned(part, value)
    }

    /// Whether the value is the same in each row of the part, which are all that its table has.
    fn is_pinned(&self, part: &Part, value: Id) -> bool {
        let pinned = part.portion.among.as_ref();
        let mut beside = self.parts().filter(|other| other.at == part.at);
        pinned.is_some_and(|among| among.pinned().contains(&value))
            && part.portion.values.is_none()
            && self.run.fillings.get(&part.at) == Some(&1)
            && self.ledger.created.contains(&part.at)
            && self.ledger.rows(part.at).is_empty()
            && beside.all(|other| other.number == part.number)
    }

    /// Whether the table of that id lasts, and a column of it holds these values.
    pub(super) fn holds_value(&self, table: Id, value: Id) -> bool {
        let Some(table) = self.table(table) else {
            return false;
        };
        let mut holders = self.run.each(1, self.by_value.holding(value));
        holders.any(|(at, _)| self.tables[*at].id == table.id)
            || self.ledger.has_unnamed(table, value)
    }

    pub(super) fn table(&self, id: Id) -> Option<&'a Table> {
        let at = self.by_id.holding(id).next()?;
        self.tables.get(*at).copied()
    }

    /// The same as of the run.
    pub(in crate::judge) fn each<T>(
        &self,
        cost: usize,
        parts: impl Iterator<Item = T>,
    ) -> impl Iterator<Item = T> {
        self.run.each(cost, parts)
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &'a Part> {
        self.run.each(1, self.ledger.parts.iter())
    }
}
