//! Does every row of another table hand its value to some row that an UPDATE sets?
//!
//! `UPDATE b SET x = a.x FROM a WHERE a.id = b.a_id` keeps `a.x` where no row of b meets two rows of a, and every row of a is met.
//! That a key of `a` says, and then either a foreign key of `a` or that both tables hold the same rows by the same key.

use std::sync::Arc;

use super::source::Placed;
use crate::Dialect;
use crate::act::{Column, Conflict, Fetch, Update};
use crate::judge::flow::Flow;
use crate::judge::ledger::Part;
use crate::judge::ledger::cuts::Rows;
use crate::judge::run::Run;
use crate::judge::values::lookup::Told;
use crate::lex::lex;
use crate::schema::{Id, Key, Table};
use crate::types::Type;

/// A column that takes values of another table.
pub(in crate::judge) struct Fetched {
    column: Id,
    flow: Flow,
    /// The rows of the other table that are all met by a foreign key, and the values that stand there.
    by_key: Vec<(Rows, Id)>,
    link: Link,
    /// The values of the table itself that are told by it.
    told: Option<Told>,
}

/// The columns that tell which row of the one table belongs to which of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) own: Vec<Id>,
    pub(crate) theirs: Vec<Id>,
    /// Whether it is seen which rows of the one table have a partner: what they took is never NULL, and nothing stood there before.
    pub(crate) seen: bool,
    /// The values that stand in `own` as they do in `theirs`.
    pub(crate) equal: Vec<Id>,
}

impl Run<'_> {
    /// What the update takes from other tables without leaving a row of them out.
    pub(in crate::judge) fn fetched(&mut self, key: &Key, update: &Update) -> Vec<Fetched> {
        let fetches = update.fetches.iter();
        fetches
            .filter_map(|fetch| self.fetch(key, update, fetch))
            .collect()
    }

    fn fetch(&mut self, key: &Key, update: &Update, fetch: &Fetch) -> Option<Fetched> {
        // What is compared is set in the same breath: MySQL compares what it has set already.
        let is_set = |(own, _): &(String, String)| {
            let mut sets = update.sets.iter();
            sets.any(|(name, _)| self.same(name, own))
        };
        if self.named(&fetch.of).is_some()
            || fetch.pairs.iter().any(is_set)
            || !self.meets_partners(key, update, fetch)
        {
            return None;
        }
        let other = self.meet_if_exists(&fetch.of)?;
        if self.hides_rows(&other) {
            return None;
        }
        let source = Placed {
            name: None,
            key: Some(other.clone()),
            relation: Arc::new(self.relation_of(&other)),
        };
        let flow = self.flow(&fetch.value, std::slice::from_ref(&source));
        let column = self.column(key, &fetch.column)?;
        let (table, others) = (self.schema.table(key)?, self.schema.table(&other)?);
        let has = |name: &String| others.column(self.dialect, name).is_some();
        if others.open || key == &other || !fetch.bare.iter().all(has) {
            return None;
        }
        // An heir's keys are its own.
        let offspring = self.offspring(others.id);
        let mut offspring = offspring.iter().filter_map(|key| self.schema.table(key));
        if !offspring.all(|heir| heir.partition) {
            return None;
        }
        let is_blank = self.is_blank(table, column);
        let is_left = |name: &String| flow.read().is_some_and(|own| self.same(own, name));
        // What is not met has no value, and a new column has none either.
        if !(fetch.present.is_empty() || fetch.present.iter().all(is_left) && is_blank) {
            return None;
        }
        let link = Link {
            seen: flow.not_null && is_blank,
            ..self.link(table, others, fetch)?
        };
        // A join meets no row that has nothing to be looked up.
        let meets_all = |table: &Table, fetch: &Fetch| {
            let required = table.required(self.dialect);
            let is_filled = |(own, _): &(String, String)| {
                let column = table.column(self.dialect, own);
                column.is_some_and(|column| required(&column.is))
            };
            (update.from.is_empty() && update.filter.is_none()) || fetch.pairs.iter().all(is_filled)
        };
        let told = self.told_by_lookup(table, others, fetch);
        let told = told.filter(|told| self.has_room(table, column, others, told, &fetch.value));
        // A column that takes no NULL has found one for each row, or the server refuses all of it.
        let whole = update.from.is_empty() && update.filter.is_none() && !update.limited;
        let required = table.columns.of_id(column);
        let required = required.is_some_and(|own| table.required(self.dialect)(&own.is));
        let fails = self.conflict(key, &update.conflict) == Conflict::Fail;
        let found = whole && required && fails && self.dialect != Dialect::MySql;
        let told = told.map(|mut told| {
            told.all |= found;
            told
        });
        // What was not found, or never looked for, is told by its absence, where nothing else can be there.
        let told = told.filter(|told| is_blank || told.all && meets_all(table, fetch));
        let moved = match fetch.as_text {
            true => None,
            false => self.moved(table, others, fetch, &flow, &link, is_blank),
        };
        if moved.is_none() && told.is_none() {
            return None;
        }
        let flow = Flow {
            values: match moved {
                Some(_) => flow.values,
                None => Vec::new(),
            },
            ..flow
        };
        Some(Fetched {
            column,
            flow,
            by_key: moved.unwrap_or_default(),
            link,
            told,
        })
    }

    /// The rows of the other table that are met by a foreign key, if every row whose values are taken has a row to go to.
    fn moved(
        &self,
        table: &Table,
        others: &Table,
        fetch: &Fetch,
        flow: &Flow,
        link: &Link,
        is_blank: bool,
    ) -> Option<Vec<(Rows, Id)>> {
        let pairs = fetch.pairs.iter();
        let pairs: Vec<_> = pairs.map(|(own, other)| (&**other, &**own)).collect();
        let compared: Vec<_> = pairs.iter().map(|(other, _)| *other).collect();
        let unique = self.tells_apart(others, &compared);
        let refers = unique && self.has_partners(others, table, &pairs);
        let mut by_key = Vec::new();
        for value in &flow.values {
            let whole = self.ledger.rows_of(others.id, value.home());
            // Of the rows that have no value none need be met where none stands in the column yet.
            let sparse = || is_blank.then(|| self.sparse_in(others, *value)).flatten();
            let rows = whole.or_else(sparse)?;
            // A row that is in both tables gets its own value, and no other row's.
            let met = match self.ledger.rows_of(table.id, value.home()) {
                Some(own) => {
                    (unique || self.is_one_copy(others, link, value.home()))
                        && self.ledger.covers(rows, own)
                        && self.share(table, others, fetch, value.home())
                }
                None => {
                    by_key.push((rows, *value));
                    refers && whole.is_some()
                }
            };
            met.then_some(())?;
        }
        (!flow.values.is_empty()).then_some(by_key)
    }

    /// The rows of which a table that was filled once holds all that have the value, each beside a key of them.
    fn sparse_in(&self, others: &Table, value: Id) -> Option<Rows> {
        let mut parts = self.each(1, self.ledger.parts.iter());
        let once = self.fillings.get(&others.id) == Some(&1);
        let part = parts.find(|part| part.at == others.id && part.sparse.contains(&value))?;
        (once && part.link.is_none()).then_some(part.of)
    }

    /// Whether the update meets every row of the table that has a partner.
    fn meets_partners(&self, key: &Key, update: &Update, fetch: &Fetch) -> bool {
        let Some(filter) = update.filter.as_ref() else {
            return true;
        };
        // The join itself is the condition.
        if !update.from.is_empty() {
            return true;
        }
        let compared = |name: &str| {
            let mut pairs = fetch.pairs.iter();
            pairs.any(|(own, _)| own.eq_ignore_ascii_case(name))
        };
        let is_there = filter.text.strip_suffix(" is not null");
        let member = filter.member.as_ref().filter(|member| member.exact);
        let by_join = member.is_some_and(|member| {
            let is_asked = |pair: &(String, String)| fetch.pairs.contains(pair);
            self.key(&member.of) == self.key(&fetch.of) && member.pairs.iter().all(is_asked)
        });
        let not_set = || {
            let name = filter.text.strip_suffix(" is null");
            let table = self.schema.table(key);
            name.zip(table).is_some_and(|(name, table)| {
                let column = table.column(self.dialect, name);
                self.same(name, &fetch.column)
                    && column.is_some_and(|column| self.is_blank(table, column.id))
            })
        };
        by_join || is_there.is_some_and(compared) || not_set()
    }

    /// Whether nothing stands in a column of the table yet: it was just added, without a default.
    fn is_blank(&self, table: &Table, column: Id) -> bool {
        let required = table.required(self.dialect);
        let blank = |own: &crate::schema::Column| {
            own.id == column
                && !own.is.has_default()
                && own.is.generated.is_none()
                && !required(&own.is)
                && !self.fills_itself(&own.is)
        };
        self.ledger.created.contains(&column)
            && self.ledger.values(column).is_empty()
            && !self.filled.contains(&column)
            && table.columns.iter().any(blank)
    }

    /// Whether a column may hold something although it says no default: that of a domain, the time in a TIMESTAMP of MySQL that
    /// does not say NULL.
    /// (<https://mariadb.com/kb/en/timestamp/>, <https://www.postgresql.org/docs/15/sql-createdomain.html>)
    fn fills_itself(&self, column: &Column) -> bool {
        let ty = column.ty.as_deref().unwrap_or_default();
        let says_null = || {
            let tokens = lex(&column.text, self.dialect);
            tokens
                .iter()
                .any(|token| token.is_word(&column.text, "NULL"))
        };
        match self.dialect {
            Dialect::Sqlite => false,
            Dialect::MySql => {
                matches!(self.type_of(ty), Type::Timestamp { zoned: true, .. }) && !says_null()
            }
            Dialect::Postgres => match self.type_among(&self.schema.types, ty) {
                Some(defined) => defined.base.is_some(),
                None => match self.type_of(ty) {
                    Type::Named(name) => name != "uuid" && !self.schema.is_complete(),
                    _ => false,
                },
            },
        }
    }

    fn link(&self, table: &Table, others: &Table, fetch: &Fetch) -> Option<Link> {
        let id = |table: &Table, name: &String| Some(table.column(self.dialect, name)?.id);
        let own = fetch.pairs.iter().map(|(own, _)| id(table, own));
        let theirs = fetch.pairs.iter().map(|(_, other)| id(others, other));
        let theirs: Vec<Id> = theirs.collect::<Option<_>>()?;
        let alike = |(own, other): &&(String, String)| {
            let own = table.column(self.dialect, own);
            let pair = own.zip(others.column(self.dialect, other));
            pair.is_some_and(|(own, other)| self.is_one_type(table, &own.is, others, &other.is))
        };
        let alike = fetch.pairs.iter().filter(alike);
        let equal = alike.filter_map(|(_, other)| id(others, other));
        let equal = equal.flat_map(|column| self.ledger.values(column));
        Some(Link {
            own: own.collect::<Option<_>>()?,
            equal: equal.collect(),
            theirs,
            seen: false,
        })
    }

    /// The column holds what it took, from here on.
    pub(in crate::judge) fn keep_fetched(&mut self, key: &Key, fetched: Fetched) {
        let carried = self.stored(key, fetched.column, &fetched.flow);
        let Some(table) = self.schema.table(key).map(|table| table.id) else {
            return;
        };
        if !fetched.flow.plain {
            self.ledger.shift(fetched.column);
        }
        for (of, value) in fetched.by_key {
            if carried.contains(&value) {
                let number = self.ledger.numbered();
                let portion = self.some_of(vec![of], None);
                self.ledger.parts.push(Part {
                    number,
                    of,
                    portion,
                    at: table,
                    values: Vec::new(),
                    rest: false,
                    sparse: vec![value],
                    link: Some(fetched.link.clone()),
                });
            }
        }
        let mut held = self.ledger.values(fetched.column);
        held.extend(carried);
        self.ledger.set_values(fetched.column, held);
        if let Some(told) = fetched.told.filter(|told| self.stands(told)) {
            self.keep_told(fetched.column, told);
        }
    }
}
