//! Do keys prove that each row of one table has one partner in another?

use super::fetched::Link;
use super::keys::{is_plain, words};
use crate::Dialect;
use crate::act::{Column, Constraint, Engine, Fetch, Restriction};
use crate::judge::run::Run;
use crate::schema::{Id, Index, Key, Table};
use crate::types::{Affinity, Type};

/// A column of a table, and the one that it is compared with in another.
type Pair<'a> = (&'a str, &'a str);

impl Run<'_> {
    /// Whether no two rows of the table are equal in all of the columns named.
    pub(in crate::judge) fn tells_apart(&self, table: &Table, names: &[&str]) -> bool {
        let within = |columns: &[String]| {
            let asked = |column: &String| names.iter().any(|name| self.same(column, name));
            !columns.is_empty() && columns.iter().all(asked)
        };
        let key = |constraint: &Constraint| match &constraint.rule {
            Restriction::PrimaryKey(columns) => within(columns) && is_whole(&constraint.text),
            Restriction::Unique(columns) => {
                !table.doubled && within(columns) && is_whole(&constraint.text)
            }
            _ => false,
        };
        let indexes = self.schema.indexes_of(table.id);
        let unique = |index: &Index| {
            index.unique && !table.doubled && within(&index.columns) && is_whole(&index.text)
        };
        table.all_constraints().any(key) || indexes.iter().any(|(_, index)| unique(index))
    }

    /// Whether a foreign key of the table, none of whose columns may be NULL, gives each of its rows a partner.
    pub(in crate::judge) fn has_partners(
        &self,
        table: &Table,
        parent: &Table,
        pairs: &[Pair<'_>],
    ) -> bool {
        let required = table.required(self.dialect);
        let filled = |(own, _): &Pair<'_>| {
            let column = table.column(self.dialect, own);
            column.is_some_and(|column| required(&column.is))
        };
        pairs.iter().all(filled) && self.refers(table, parent, pairs)
    }

    /// Whether a foreign key of the table says that what stands in its columns stands in the parent's too.
    pub(in crate::judge) fn refers(
        &self,
        table: &Table,
        parent: &Table,
        pairs: &[Pair<'_>],
    ) -> bool {
        let engines = [table, parent].map(|table| table.engine);
        if self.dialect == Dialect::Sqlite
            || !self.proves_keys()
            || table.unproven
            || engines != [Engine::Transactional; 2]
        {
            return false;
        }
        table.all_constraints().any(|constraint| {
            let Restriction::ForeignKey {
                columns,
                table: named,
                referred,
                ..
            } = &constraint.rule
            else {
                return false;
            };
            let referred = match referred.as_slice() {
                [] => parent.primary_key().unwrap_or_default(),
                named => named,
            };
            let meant = self.schema.table(&self.key(named));
            let is_pair = |(own, other): &Pair<'_>| {
                let mut both = columns.iter().zip(referred);
                both.any(|(from, to)| self.same(from, own) && self.same(to, other))
            };
            meant.is_some_and(|meant| meant.id == parent.id)
                && columns.len() == pairs.len()
                && pairs.iter().all(is_pair)
                && is_enforced(self.dialect, &constraint.text)
        })
    }

    /// Whether what foreign keys say holds for the rows that are written now.
    pub(in crate::judge) fn proves_keys(&self) -> bool {
        self.foreign_keys && !self.doubts_keys && !self.schema.unproven
    }

    /// Nothing looks after the foreign keys of the table, nor after those that refer to it: what they say is not proven from
    /// here on, for the rows are not checked when they are looked after again.
    /// (<https://mariadb.com/kb/en/server-system-variables/#foreign_key_checks>)
    pub(in crate::judge) fn leave_unproven(&mut self, key: &Key) {
        if self.dialect == Dialect::Sqlite {
            return;
        }
        let mut all = self.children(key);
        all.push(key.clone());
        for key in all {
            let proven = self.schema.table(&key).is_some_and(|table| !table.unproven);
            if proven && let Some(table) = self.schema.table_mut(&key) {
                table.unproven = true;
            }
        }
    }

    /// A column has another value in some rows, which no foreign key was asked about: those that refer by it are not proven from here
    /// on.
    pub(in crate::judge) fn doubt_reference(&mut self, key: &Key, column: &str) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let refers = table.all_constraints().any(|constraint| {
            matches!(&constraint.rule, Restriction::ForeignKey { columns, .. }
                if columns.iter().any(|own| self.same(own, column)))
        });
        if refers && let Some(table) = self.schema.table_mut(key) {
            table.unproven = true;
        }
    }

    /// Whether rows of `home` have the same values in both tables, in what is compared.
    pub(in crate::judge) fn share(
        &self,
        table: &Table,
        others: &Table,
        fetch: &Fetch,
        home: Id,
    ) -> bool {
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
            let first = first.and_then(|id| met.table.columns.of_id(*id));
            // A whole number is equal to itself in any type that holds it: `serial` and `integer`.
            let is_whole = |column: &Column| {
                let ty = column.ty.as_deref().map(|ty| self.type_of(ty));
                matches!(
                    ty,
                    Some(Type::Int { .. } | Type::Affinity(Affinity::Integer))
                )
            };
            let one_type = own.is.ty == other.is.ty || is_whole(&own.is) && is_whole(&other.is);
            let alike =
                one_type && self.compared(table, &own.is) == self.compared(others, &other.is);
            alike
                && first.is_some_and(|first| required(&first.is))
                && !self.ledger.is_shifted(own.id)
                && !self.ledger.is_shifted(other.id)
        };
        fetch.pairs.iter().all(same)
    }

    /// How a column's texts are compared.
    pub(in crate::judge) fn compared(&self, table: &Table, column: &Column) -> [Option<String>; 2] {
        [
            column.charset.clone().or_else(|| table.charset.clone()),
            column.collation.clone().or_else(|| table.collation.clone()),
        ]
    }

    /// Whether the table was made of the rows of `home` by one statement, and these columns hold a key of theirs.
    pub(in crate::judge) fn is_one_copy(&self, others: &Table, link: &Link, home: Id) -> bool {
        // All of them, or those of them that have a value.
        let parts = self.each(1, self.ledger.parts.iter());
        let parts = parts.filter(|part| part.at == others.id).count();
        let once = self.ledger.created.contains(&others.id)
            && self.fillings.get(&others.id) == Some(&1)
            && self.ledger.rows(others.id).len() + parts == 1;
        let Some(met) = self.ledger.met.get(&home) else {
            return false;
        };
        let mut keys = met.table.telling_keys(self.dialect);
        once && !self.mixed.contains(&others.id)
            && keys.any(|key| {
                key.iter().all(|name| {
                    let first = met.table.column(self.dialect, name).map(|column| column.id);
                    first.is_some_and(|first| {
                        let mut columns = link.theirs.iter();
                        columns.any(|column| self.ledger.values(*column).contains(&first))
                    })
                })
            })
    }
}

/// Whether a foreign key so written holds for every row, at any time. MySQL reads over one that is written at its column.
pub(in crate::judge) fn is_enforced(dialect: Dialect, text: &str) -> bool {
    let words = words(text);
    // `NOT VALID`, `NOT ENFORCED`.
    let lax = ["valid", "enforced", "deferrable"];
    !words.iter().any(|word| lax.contains(&word.as_str()))
        && (dialect != Dialect::MySql || words.iter().any(|word| word == "foreign"))
}

/// Whether a key so written is one of all rows, and of columns as they are.
pub(in crate::judge) fn is_whole(text: &str) -> bool {
    let partly = ["where", "deferrable"];
    is_plain(text)
        && !words(text)
            .iter()
            .any(|word| partly.contains(&word.as_str()))
}
