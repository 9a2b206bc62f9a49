//! Does every row of another table hand its value to some row that an UPDATE sets?
//!
//! `UPDATE b SET x = a.x FROM a WHERE a.id = b.a_id` keeps `a.x` where no row of b meets two rows of a, and every row of a is met.
//! That a key of `a` says, and then either a foreign key of `a` or that both tables hold the same rows by the same key.

use super::flow::{Flow, Placed};
use super::keys::is_plain;
use super::ledger::{Part, Rows};
use super::run::Run;
use crate::Dialect;
use crate::act::{Constraint, Engine, Fetch, Restriction, Update};
use crate::schema::{Id, Key, Table};

/// A column that takes values of another table.
pub(super) struct Fetched {
    column: Id,
    flow: Flow,
    /// The rows of the other table that are all met by a foreign key, and the values that stand there.
    by_key: Vec<(Rows, Id)>,
    link: Link,
    /// The table's own values that are told by it, and by which columns of which other table.
    told: Option<(Vec<Id>, Id, [Id; 2])>,
}

/// The columns that tell which row of the one table belongs to which of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) own: Vec<Id>,
    pub(crate) theirs: Vec<Id>,
}

impl Run<'_> {
    /// What the update takes from other tables without leaving a row of them out.
    pub(super) fn fetched(&mut self, key: &Key, update: &Update) -> Vec<Fetched> {
        let fetches = update.fetches.iter();
        fetches
            .filter_map(|fetch| self.fetch(key, update, fetch))
            .collect()
    }

    fn fetch(&mut self, key: &Key, update: &Update, fetch: &Fetch) -> Option<Fetched> {
        if self.named(&fetch.of).is_some() || !self.meets_partners(key, update, fetch) {
            return None;
        }
        let other = self.meet_if_exists(&fetch.of)?;
        let source = Placed {
            name: None,
            key: Some(other.clone()),
            relation: self.relation_of(&other),
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
        let is_left = |name: &String| flow.column.as_ref().is_some_and(|own| self.same(own, name));
        // What is not met has no value, and a new column has none either.
        if !(fetch.present.is_empty()
            || fetch.present.iter().all(is_left) && self.is_blank(table, column))
        {
            return None;
        }
        let link = self.link(table, others, fetch)?;
        let told = self.told_by_lookup(table, others, fetch);
        let told = told.map(|(values, columns)| (values, others.id, columns));
        let moved = self.moved(table, others, fetch, &flow, &link);
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
    ) -> Option<Vec<(Rows, Id)>> {
        let unique = self.is_unique(others, fetch);
        let refers = unique && self.refers(table, others, fetch);
        let mut by_key = Vec::new();
        for value in &flow.values {
            let rows = self.ledger.rows_of(others.id, value.home())?;
            // A row that is in both tables gets its own value, and no other row's.
            let met = match self.ledger.rows_of(table.id, value.home()) {
                Some(own) => {
                    (unique || self.is_one_copy(others, link, value.home()))
                        && self.ledger.covers(rows, own)
                        && self.share(table, others, fetch, value.home())
                }
                None => {
                    by_key.push((rows, *value));
                    refers
                }
            };
            met.then_some(())?;
        }
        (!flow.values.is_empty()).then_some(by_key)
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
        let blank = |own: &crate::schema::Column| {
            own.id == column && own.is.default.is_none() && own.is.generated.is_none()
        };
        self.ledger.created.contains(&column)
            && self.ledger.values(column).is_empty()
            && !self.filled.contains(&column)
            && table.columns.iter().any(blank)
    }

    fn link(&self, table: &Table, others: &Table, fetch: &Fetch) -> Option<Link> {
        let id = |table: &Table, name: &String| Some(table.column(self.dialect, name)?.id);
        let own = fetch.pairs.iter().map(|(own, _)| id(table, own));
        let theirs = fetch.pairs.iter().map(|(_, other)| id(others, other));
        Some(Link {
            own: own.collect::<Option<_>>()?,
            theirs: theirs.collect::<Option<_>>()?,
        })
    }

    /// Whether no two rows of the other table are equal in what is compared.
    fn is_unique(&self, others: &Table, fetch: &Fetch) -> bool {
        let asked = |name: &String| {
            let mut pairs = fetch.pairs.iter();
            pairs.any(|(_, other)| self.same(other, name))
        };
        let key = |constraint: &Constraint| match &constraint.rule {
            Restriction::PrimaryKey(columns) | Restriction::Unique(columns) => {
                is_whole(&constraint.text) && columns.iter().all(asked)
            }
            _ => false,
        };
        others.all_constraints().any(key)
            || self.schema.indexes_of(others.id).iter().any(|(_, index)| {
                index.unique
                    && !index.columns.is_empty()
                    && is_whole(&index.text)
                    && index.columns.iter().all(asked)
            })
    }

    /// Whether a foreign key of the other table, none of whose columns may be NULL, gives each of its rows a partner.
    fn refers(&self, table: &Table, others: &Table, fetch: &Fetch) -> bool {
        let required = others.required(self.dialect);
        let filled = |(_, other): &(String, String)| {
            let column = others.column(self.dialect, other);
            column.is_some_and(|column| required(&column.is))
        };
        let engines = [table, others].map(|table| table.engine);
        if self.dialect == Dialect::Sqlite
            || !self.foreign_keys
            || engines != [Engine::Transactional; 2]
            || !fetch.pairs.iter().all(filled)
        {
            return false;
        }
        others.all_constraints().any(|constraint| {
            let Restriction::ForeignKey {
                columns,
                table: parent,
                referred,
                ..
            } = &constraint.rule
            else {
                return false;
            };
            let referred = match referred.as_slice() {
                [] => table.primary_key().unwrap_or_default(),
                named => named,
            };
            let parent = self.key(parent);
            let is_parent = self.schema.table(&parent).is_some_and(|p| p.id == table.id);
            let pair = |(own, other): &(String, String)| {
                let mut pairs = referred.iter().zip(columns);
                pairs.any(|(to, from)| self.same(to, own) && self.same(from, other))
            };
            is_parent
                && columns.len() == fetch.pairs.len()
                && fetch.pairs.iter().all(pair)
                && is_enforced(self.dialect, &constraint.text)
        })
    }

    /// Whether rows of `home` have the same values in both tables, in what is compared.
    fn share(&self, table: &Table, others: &Table, fetch: &Fetch, home: Id) -> bool {
        let Some(met) = self.ledger.met.get(&home) else {
            return false;
        };
        let required = met.table.required(self.dialect);
        let same = |(own, other): &(String, String)| {
            let own = table.column(self.dialect, own);
            let other = others.column(self.dialect, other);
            let Some((own, other)) = own.zip(other) else {
                return false;
            };
            let held = self.ledger.values(other.id);
            let first = |value: &&Id| value.home() == home && held.contains(value);
            let values = self.ledger.values(own.id);
            let first = values.iter().find(first);
            let first = first.and_then(|id| met.table.columns.iter().find(|c| c.id == *id));
            let alike = own.is.ty == other.is.ty
                && self.compared(table, &own.is) == self.compared(others, &other.is);
            alike
                && first.is_some_and(|first| required(&first.is))
                && !self.ledger.is_shifted(own.id)
                && !self.ledger.is_shifted(other.id)
        };
        fetch.pairs.iter().all(same)
    }

    /// How a column's texts are compared.
    pub(super) fn compared(
        &self,
        table: &Table,
        column: &crate::act::Column,
    ) -> [Option<String>; 2] {
        [
            column.charset.clone().or_else(|| table.charset.clone()),
            column.collation.clone().or_else(|| table.collation.clone()),
        ]
    }

    /// Whether the table was made of the rows of `home` by one statement, and these columns hold a key of theirs.
    fn is_one_copy(&self, others: &Table, link: &Link, home: Id) -> bool {
        let once = self.ledger.created.contains(&others.id)
            && self.fillings.get(&others.id) == Some(&1)
            && self.ledger.rows(others.id).len() == 1;
        let Some(met) = self.ledger.met.get(&home) else {
            return false;
        };
        let mut keys = met.table.telling_keys(self.dialect);
        once && keys.any(|key| {
            key.iter().all(|name| {
                let first = met.table.column(self.dialect, name).map(|column| column.id);
                first.is_some_and(|first| {
                    let mut columns = link.theirs.iter();
                    columns.any(|column| self.ledger.values(*column).contains(&first))
                })
            })
        })
    }

    /// The column holds what it took, from here on.
    pub(super) fn keep_fetched(&mut self, key: &Key, fetched: Fetched) {
        let mut carried = self.stored(key, fetched.column, &fetched.flow);
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
        if let Some((values, others, columns)) = fetched.told {
            carried.extend(&values);
            self.rely(values, others, columns);
        }
        let mut held = self.ledger.values(fetched.column);
        held.extend(carried);
        self.ledger.set_values(fetched.column, held);
    }
}

/// Whether a foreign key so written holds for every row, at any time. MySQL reads over one that is written at its column.
pub(super) fn is_enforced(dialect: Dialect, text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let lax = ["not valid", "not enforced", "deferrable"];
    !lax.iter().any(|word| text.contains(word))
        && (dialect != Dialect::MySql || text.contains("foreign key"))
}

/// Whether a key so written is one of all rows, and of columns as they are.
pub(super) fn is_whole(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    is_plain(&text) && !text.contains(" where ") && !text.contains("deferrable")
}
