//! Which rows refer to those that a condition picks of another table?
//!
//! Parents and children that are moved together: the children are copied by what is asked of their parents, and go with them.

use std::sync::Arc;

use crate::act::{Children, Restriction};
use crate::judge::flow::portion::Portion;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{Key, Table};

/// Some of the rows of a table, as they stood when their children were asked for.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Parents {
    table: Arc<Table>,
    key: Key,
    /// Which rows, in words that no other rows have.
    told: String,
}

impl Run<'_> {
    /// The rows of the table that are picked, if it is known what they are and that nothing has changed them so far.
    pub(in crate::judge) fn parents(&self, key: &Key, picked: &Portion) -> Option<Parents> {
        let table = self.schema.tables.get(key)?.clone();
        let plain = self.offspring(table.id).is_empty()
            && table.parents.is_empty()
            && !table.open
            && !self.hides_rows(key)
            && !self.ledger.is_any_disturbed(table.id);
        let rows = self.ledger.rows(table.id);
        let filled = self.fillings.get(&table.id);
        (plain && picked.from == Some(table.id)).then(|| Parents {
            told: format!("{:?} {rows:?} {filled:?} {}", table.id, picked.filter),
            table,
            key: key.clone(),
        })
    }

    /// The rows of `child` that refer to these by the foreign key over `columns`.
    pub(in crate::judge) fn following(
        &self,
        child: &Key,
        columns: &[String],
        parents: &Parents,
    ) -> Option<Portion> {
        let table = self.schema.table(child)?;
        let pairs = table.all_constraints().find_map(|constraint| {
            let Restriction::ForeignKey {
                columns: own,
                table: of,
                referred,
                ..
            } = &constraint.rule
            else {
                return None;
            };
            let referred = match referred.as_slice() {
                [] => parents.table.primary_key()?,
                named => named,
            };
            let meant = own == columns
                && own.len() == referred.len()
                && parents
                    .key
                    .is_of(self.dialect, of, parents.key.schema.as_deref());
            meant.then(|| own.iter().cloned().zip(referred.iter().cloned()).collect())
        })?;
        self.of_parents(child, pairs, parents)
    }

    /// The rows of a source whose partners in another table are what a query asks for.
    pub(in crate::judge) fn portion_of_children(
        &mut self,
        placed: &Placed,
        children: &Children,
    ) -> Option<Portion> {
        let child = placed.key.clone()?;
        if self.named(&children.of).is_some() {
            return None;
        }
        let of = self.meet_if_exists(&children.of)?;
        let Some(filter) = &children.filter else {
            return self.portion_of_copied(&child, &of, children);
        };
        let asked = Placed {
            name: None,
            key: Some(of.clone()),
            relation: Arc::new(self.relation_of(&of)),
        };
        let told = filter.is_repeatable() && filter.tables.is_empty() && !filter.asks_row();
        let table = self.schema.table(&of).filter(|_| told)?;
        // What it has no column for may be the child's own.
        let own = |(_, name): &(Option<String>, String)| table.column(self.dialect, name).is_some();
        if !filter.reads.iter().all(own) {
            return None;
        }
        let portion = self.portion(&asked, filter);
        let parents = self.parents(&of, &portion)?;
        self.of_parents(&child, children.pairs.clone(), &parents)
    }

    /// The same where the other table is a copy of the parents.
    fn portion_of_copied(&mut self, child: &Key, of: &Key, children: &Children) -> Option<Portion> {
        let (flows, portion) = self.filled_once(&children.of)?;
        let home = portion.from?;
        // Those that came or went since are not the same parents.
        if portion.of != self.ledger.rows(home) || self.fillings.contains_key(&home) {
            return None;
        }
        let (key, table) = self
            .schema
            .tables
            .iter()
            .find(|(_, table)| table.id == home)?;
        let key = key.clone();
        let copy = self.schema.table(of)?;
        let pair = |(own, other): &(String, String)| {
            let named =
                |name: &Option<String>| name.as_deref().is_some_and(|n| self.same(n, other));
            let flow = flows.iter().find(|flow| named(&flow.name))?;
            let [value] = flow.values.as_slice() else {
                return None;
            };
            let first = table.columns.of_id(*value)?;
            let alike =
                flow.plain && !flow.shifted && self.are_alike(copy, other, table, &first.is.name);
            alike.then(|| (own.clone(), first.is.name.clone()))
        };
        let pairs = children
            .pairs
            .iter()
            .map(pair)
            .collect::<Option<Vec<_>>>()?;
        let parents = self.parents(&key, &portion)?;
        self.of_parents(child, pairs, &parents)
    }

    fn of_parents(
        &self,
        child: &Key,
        pairs: Vec<(String, String)>,
        parents: &Parents,
    ) -> Option<Portion> {
        let table = self.schema.table(child)?;
        let plain = table.id != parents.table.id
            && self.offspring(table.id).is_empty()
            && table.parents.is_empty()
            && !table.open
            && !self.hides_rows(child)
            && !self.ledger.is_any_disturbed(table.id);
        let alike =
            |(own, other): &(String, String)| self.are_alike(table, own, &parents.table, other);
        let others: Vec<&str> = pairs.iter().map(|(_, other)| other.as_str()).collect();
        let told = self.tells_apart(&parents.table, &others);
        if !plain || !told || !pairs.iter().all(alike) {
            return None;
        }
        let name = |table: &Table, name: &String| {
            table
                .column(self.dialect, name)
                .map(|column| column.is.name.clone())
        };
        let pairs = pairs
            .iter()
            .map(|(own, other)| name(table, own).zip(name(&parents.table, other)));
        let mut pairs = pairs.collect::<Option<Vec<_>>>()?;
        pairs.sort();
        let filter = format!("\u{0}{pairs:?} of {}", parents.told);
        let reads = pairs.into_iter().map(|(own, _)| own).collect();
        let of = self.ledger.rows(table.id);
        Some(Portion::told_by(filter, of, Some(table.id), reads))
    }

    /// Whether two columns are equal by the same rules in whatever statement they are compared.
    fn are_alike(&self, table: &Table, own: &str, others: &Table, other: &str) -> bool {
        let own = table.column(self.dialect, own);
        let other = others.column(self.dialect, other);
        own.zip(other).is_some_and(|(own, other)| {
            own.is.ty == other.is.ty
                && own.is.ty.is_some()
                && self.compared(table, &own.is) == self.compared(others, &other.is)
        })
    }

    /// Whether the last that happened to the table is that these rows went: none of them is left to go.
    pub(in crate::judge) fn are_gone(&self, child: &Key, gone: &Portion) -> bool {
        let Some(id) = self.schema.table(child).map(|table| table.id) else {
            return false;
        };
        let went = |rows: &crate::judge::ledger::cuts::Rows| {
            let cut = self.ledger.cut_from(*rows);
            let picked = cut.and_then(|(_, picked)| picked);
            picked.is_some_and(|picked| picked.from == id && picked.filter == gone.filter)
        };
        let rows = self.ledger.rows(id);
        !self.fillings.contains_key(&id)
            && self.schema.triggers.is_empty()
            && !rows.is_empty()
            && rows.iter().all(went)
    }
}
