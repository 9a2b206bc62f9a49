//! Is a column still told by a key that was put in its place?
//!
//! `UPDATE orders SET status_id = (SELECT id FROM statuses WHERE name = orders.status)` keeps `orders.status` as long as `statuses`
//! stands: where every status is there, and neither a name nor an id is there twice.

use std::collections::BTreeSet;

use crate::Dialect;
use crate::act::{Fetch, Value};
use crate::judge::ledger::Ledger;
use crate::judge::ledger::cuts::Rows;
use crate::judge::ledger::hits::{Datum, Hit};
use crate::judge::run::Run;
use crate::schema::{Id, Table};
use crate::types::{Affinity, Cast, Fit, Length, Type};

/// Which tables are looked into.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lookups {
    pub(in crate::judge) gathered: Vec<Gathered>,
    relied: Vec<Relied>,
    found: Vec<Found>,
    restored: Vec<Restored>,
}

/// The table and the columns by which an up's look-up tells what it did away with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LookedUp {
    table: Id,
    /// What was looked up, and what was found there.
    columns: [Id; 2],
    /// The column that holds what was found.
    at: Id,
}

/// What an up looked up came back into a column.
#[derive(Debug, Clone, Copy)]
struct Restored {
    from: LookedUp,
    into: Id,
}

impl LookedUp {
    /// The tables and columns that hold something from before the up.
    pub(crate) fn held(self) -> [Id; 4] {
        let [name, number] = self.columns;
        [self.table, name, number, self.at]
    }
}

/// Every value of a column, NULL aside, came into another one.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Gathered {
    pub(in crate::judge) table: Id,
    pub(in crate::judge) column: Id,
    pub(in crate::judge) values: Vec<Id>,
    /// The rows that they were gathered from.
    pub(in crate::judge) rows: Vec<Rows>,
}

/// Values are told only as long as columns of another table hold what they held.
#[derive(Debug, Clone)]
struct Relied {
    values: Vec<Id>,
    table: Id,
    columns: [Id; 2],
    /// The column that holds what was found.
    at: Id,
    broken: bool,
}

/// A column was filled with what was found, and it is not known yet whether anything was not.
#[derive(Debug, Clone)]
struct Found {
    column: Id,
    told: Told,
}

/// Values of a table's own column that are told by what it looked up instead: in which table, by which columns of it.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Told {
    pub(in crate::judge) own: Id,
    values: Vec<Id>,
    table: Id,
    columns: [Id; 2],
    /// How often that table had been changed when it was read.
    changes: usize,
    /// Whether each of them was found.
    pub(in crate::judge) all: bool,
}

impl Told {
    /// The table that it is looked up in.
    pub(in crate::judge) fn table(&self) -> Id {
        self.table
    }
}

impl Lookups {
    /// Whether a column tells a value by what it holds in its place.
    pub(crate) fn tells(&self, column: Id, value: Id) -> bool {
        let mut relied = self.relied.iter();
        relied.any(|relied| relied.at == column && relied.values.contains(&value))
    }

    /// Rows of the table went, or others came in their place.
    pub(crate) fn lose_rows(&mut self, table: Id) {
        self.found.retain(|found| found.told.table != table);
        self.gathered.retain(|gathered| gathered.table != table);
        let relied = self.relied.iter_mut();
        for relied in relied.filter(|relied| relied.table == table) {
            relied.broken = true;
        }
    }

    /// The column holds something else.
    pub(crate) fn lose_column(&mut self, column: Id) {
        self.found.retain(|found| {
            let told = &found.told;
            found.column != column && told.own != column && !told.columns.contains(&column)
        });
        self.restored.retain(|restored| restored.into != column);
        self.gathered.retain(|gathered| gathered.column != column);
        let relied = self.relied.iter_mut();
        for relied in relied.filter(|r| r.at == column || r.columns.contains(&column)) {
            relied.broken = true;
        }
    }

    /// Rows of which the table holds something that was looked up come into it once more.
    pub(in crate::judge) fn pour_again(&mut self, table: Id, homes: &BTreeSet<Id>) {
        let again = |value: &Id| homes.contains(&value.home());
        let relied = self.relied.iter_mut();
        for relied in relied.filter(|r| r.at.home() == table && r.values.iter().any(again)) {
            relied.broken = true;
        }
    }

    /// What a block gathered that need not run.
    pub(crate) fn distrust(&mut self) {
        self.gathered.clear();
        self.found.clear();
        self.restored.clear();
    }
}

impl Run<'_> {
    /// The values of the table's own column that are told by what it looks up instead.
    pub(in crate::judge) fn told_by_lookup(
        &self,
        table: &Table,
        others: &Table,
        fetch: &Fetch,
    ) -> Option<Told> {
        let [(own, other)] = fetch.pairs.as_slice() else {
            return None;
        };
        let found = self.found_in(others, &fetch.value)?;
        let key = table.column(self.dialect, own)?;
        let name = others.column(self.dialect, other)?;
        let number = others.column(self.dialect, found)?;
        let values = self.ledger.values(key.id);
        let required = others.required(self.dialect);
        let only_asks = fetch.present.iter().all(|asked| self.same(asked, found));
        let alike = match fetch.as_text {
            true => self.is_label_of(&key.is, others, &name.is),
            // Which row a label of MySQL is compared to is known where there are rows for all of them.
            false if self.dialect == Dialect::MySql && self.is_sown(table, key, others, name) => {
                true
            }
            false => self.is_one_type(table, &key.is, others, &name.is),
        };
        let told = !values.is_empty()
            && only_asks
            && alike
            && !others.transient
            && !others.temporary
            && !others.foreign
            && required(&number.is)
            && self.tells_apart(others, &[other])
            && self.tells_apart(others, &[found]);
        let all = self.refers(table, others, &[(own, other)])
            || self.is_gathered(table, key.id, name.id, &values)
            || self.is_sown(table, key, others, name);
        told.then_some(Told {
            own: key.id,
            values,
            table: others.id,
            columns: [name.id, number.id],
            changes: self.ledger.changes(others.id),
            all,
        })
    }

    /// Whether the column holds whatever is found.
    pub(in crate::judge) fn has_room(
        &self,
        table: &Table,
        column: Id,
        others: &Table,
        told: &Told,
        value: &Value,
    ) -> bool {
        let called = |table: &Table, id: Id| {
            let column = table.columns.of_id(id)?;
            let ty = self.declared(table, &column.is)?.to_owned();
            Some((ty, self.compared(table, &column.is)))
        };
        let (Some((to, into)), Some((from, of))) =
            (called(table, column), called(others, told.columns[1]))
        else {
            return false;
        };
        let from = match value {
            Value::Cast(_, ty) => ty.clone(),
            _ => from,
        };
        let fit = self.fits(&from, &to, Cast::Assigned);
        match self.dialect {
            Dialect::Postgres => matches!(fit, Fit::Keeps | Fit::Refuses),
            Dialect::MySql | Dialect::Sqlite => {
                (fit == Fit::Keeps || from.eq_ignore_ascii_case(&to)) && into == of
            }
        }
    }

    /// Whether no trigger of the very statement has changed what was looked up, or by what.
    pub(in crate::judge) fn stands(&self, told: &Told) -> bool {
        let own = self.ledger.values(told.own);
        self.ledger.changes(told.table) == told.changes
            && told.values.iter().all(|value| own.contains(value))
    }

    /// The column holds what was found from here on, or may do so.
    pub(in crate::judge) fn keep_told(&mut self, column: Id, told: Told) {
        self.restore(column, &told);
        if !told.all {
            self.ledger.lookups.found.push(Found { column, told });
            return;
        }
        let mut held = self.ledger.values(column);
        held.extend(&told.values);
        self.ledger.set_values(column, held);
        self.ledger.lookups.relied.push(Relied {
            values: told.values,
            table: told.table,
            columns: told.columns,
            at: column,
            broken: false,
        });
    }

    /// What an up looked up comes back, if nothing of it is destroyed yet.
    fn restore(&mut self, into: Id, told: &Told) {
        let [number, name] = told.columns;
        let from = LookedUp {
            table: told.table,
            columns: [name, number],
            at: told.own,
        };
        let held = from.held();
        let is_about = |hit: &Hit| match hit.datum {
            Datum::Rows(rows) => held.contains(&rows.table),
            Datum::Value { column, .. } => held.contains(&column),
            Datum::Rest { table, .. } => held.contains(&table),
        };
        if self.looked_up.contains(&from) && !self.each(1, self.ledger.hits.iter()).any(is_about) {
            self.ledger.lookups.restored.push(Restored { from, into });
        }
    }

    /// PostgreSQL takes no NOT NULL for a column where anything was not found.
    pub(in crate::judge) fn leave_no_null(&mut self, column: Id) {
        self.prove_named(column);
        let found = std::mem::take(&mut self.ledger.lookups.found);
        for found in found {
            let there = self.ledger.values(found.told.own);
            let mut values = found.told.values.iter();
            if found.column == column && values.all(|value| there.contains(value)) {
                let all = Told {
                    all: true,
                    ..found.told
                };
                self.keep_told(column, all);
            } else {
                self.ledger.lookups.found.push(found);
            }
        }
    }

    /// Whether two columns hold values of a type that are the same where they are equal, and are compared alike.
    pub(in crate::judge) fn is_one_type(
        &self,
        table: &Table,
        own: &crate::act::Column,
        others: &Table,
        other: &crate::act::Column,
    ) -> bool {
        let Some(ty) = own.ty.as_deref() else {
            return false;
        };
        let compared = self.compared(table, own);
        let is_text = |ty: &Type| matches!(ty, Type::Text { .. } | Type::Enum(_));
        let one_type = own.ty == other.ty || self.compare_alike(ty, other.ty.as_deref());
        let told = match (self.dialect, self.type_of(ty)) {
            (Dialect::Postgres | Dialect::MySql, Type::Int { .. }) => true,
            (Dialect::Postgres, Type::Bool | Type::Date | Type::Enum(_)) => true,
            (Dialect::Postgres, Type::Named(name)) => name == "uuid",
            (Dialect::Postgres, Type::Text { fixed, .. }) => {
                !fixed && !ty.to_ascii_lowercase().contains("citext") && compared[1].is_none()
            }
            // Any column of SQLite may hold texts.
            (
                Dialect::Sqlite,
                Type::Int { .. }
                | Type::Text { .. }
                | Type::Affinity(Affinity::Integer | Affinity::Text),
            ) => compared[1].as_deref().is_none_or(|name| name == "binary"),
            (Dialect::MySql, ty) if is_text(&ty) => {
                let bounded = !matches!(
                    ty,
                    Type::Text {
                        length: Length::Any,
                        ..
                    }
                );
                // Other binary collations take no notice of blanks at the end.
                bounded
                    && compared[1]
                        .as_deref()
                        .is_some_and(|name| name.contains("0900_bin") || name.contains("nopad_bin"))
            }
            _ => false,
        };
        told && one_type && compared == self.compared(others, other)
    }

    /// Whether what is equal in the one type is equal in the other, and to what it is in the first.
    fn compare_alike(&self, ty: &str, other: Option<&str>) -> bool {
        let Some(other) = other else { return false };
        let pair = [ty, other].map(|ty| self.type_of(ty));
        match (self.dialect, &pair) {
            (_, [Type::Int { .. }, Type::Int { .. }]) => true,
            // Neither is filled up with blanks, and how many letters have room in it does not matter.
            (
                Dialect::Postgres,
                [
                    Type::Text { fixed: false, .. },
                    Type::Text { fixed: false, .. },
                ],
            ) => !self.folds_case(ty) && !self.folds_case(other),
            (Dialect::Sqlite, [one, other]) => one == other,
            _ => false,
        }
    }

    /// Whether all that stands in the column `own` of the table was gathered in the other one.
    pub(in crate::judge) fn is_gathered(
        &self,
        table: &Table,
        own: Id,
        other: Id,
        values: &[Id],
    ) -> bool {
        let here = self.ledger.rows(table.id);
        let shifted = self.ledger.is_shifted(own) || self.ledger.is_shifted(other);
        let mut gathered = self.ledger.lookups.gathered.iter();
        !shifted
            && gathered.any(|gathered| {
                let comes = |rows: &Rows| {
                    let mut from = gathered.rows.iter();
                    from.any(|from| self.ledger.covers(*from, *rows))
                };
                gathered.column == other
                    && values.iter().all(|value| gathered.values.contains(value))
                    && here.iter().all(comes)
            })
    }

    /// What was told by a table that is no longer what it was is told no more.
    pub(crate) fn forget_lookups(&mut self) {
        let relied = std::mem::take(&mut self.ledger.lookups.relied);
        for relied in relied {
            let mut tables = self.each(1, self.schema.tables.values());
            let table = tables.find(|table| table.id == relied.table);
            let stands = table.is_some_and(|table| {
                let mut columns = relied.columns.iter();
                let has = |column: &Id| table.columns.iter().any(|own| own.id == *column);
                !table.transient && !table.foreign && columns.all(has)
            });
            drop(tables);
            if relied.broken || !stands {
                self.ledger.forget(&relied.values);
            } else {
                self.ledger.lookups.relied.push(relied);
            }
        }
        self.forget_untied();
    }

    /// Where look-ups tell what no column of its own holds any more.
    pub(crate) fn looks_up(&self) -> Vec<LookedUp> {
        let relied = self.ledger.lookups.relied.iter().filter(|relied| {
            let gone = |value: &Id| {
                !self.has_column(*value) || !self.ledger.values(*value).contains(value)
            };
            relied.values.iter().any(gone)
        });
        let looked_up = relied.map(|relied| LookedUp {
            table: relied.table,
            columns: relied.columns,
            at: relied.at,
        });
        looked_up.collect()
    }

    /// Whether what the up made holds all that is left of older data, which is not back elsewhere.
    pub(crate) fn tells_older(&self, id: Id) -> bool {
        let mut about = self
            .looked_up
            .iter()
            .filter(|from| from.held().contains(&id));
        let is_back = |from: &LookedUp| {
            let mut restored = self.ledger.lookups.restored.iter();
            restored.any(|restored| restored.from == *from && self.has_column(restored.into))
        };
        about.any(|from| !is_back(from))
    }

    /// Whether the column stands in a lasting table.
    fn has_column(&self, column: Id) -> bool {
        let mut tables = self.each(1, self.schema.tables.values());
        tables.any(|table| !table.transient && table.columns.of_id(column).is_some())
    }
}

impl Ledger {
    /// Nothing but their own columns holds these values.
    fn forget(&mut self, values: &[Id]) {
        for (column, held) in self.held() {
            let kept = |value: &Id| *value == column || !values.contains(value);
            if !held.iter().all(kept) {
                let left = held.into_iter().filter(kept).collect();
                self.set_values(column, left);
            }
        }
    }
}
