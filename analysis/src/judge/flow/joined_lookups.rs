//! Does a query hand on what it looked up in place of a column?
//!
//! `SELECT e.id, c.id FROM entries e JOIN categories c ON c.name = e.category` tells `entries.category` as the same sub-query of an
//! UPDATE would: where every category is there, and neither a name nor an id is there twice.

use super::source::Placed;
use crate::act::{Fetch, From, Join, Output, Source, Value};
use crate::judge::flow::Relation;
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};

impl Run<'_> {
    /// Notes of each column of the query what it tells of the first table.
    pub(in crate::judge) fn look_up_joined(
        &self,
        from: &[Source],
        outputs: &[Output],
        sources: &[Placed],
        relation: &mut Relation,
    ) {
        if sources.len() < 2
            || outputs
                .iter()
                .any(|output| matches!(output, Output::All(_)))
        {
            return;
        }
        for (output, flow) in outputs.iter().zip(&mut relation.columns) {
            let Output::Value {
                value: Value::Column(Some(of), found),
                ..
            } = output
            else {
                continue;
            };
            let mut later = from.iter().zip(sources).skip(1);
            let Some((source, others)) = later.find(|(_, placed)| placed.is_called(self, of))
            else {
                continue;
            };
            let fetch = self.fetch_of(source, (&sources[0], others), found);
            let tables = self
                .table_of(&from[0], &sources[0])
                .zip(self.table_of(source, others));
            if let (Some(fetch), Some((table, others))) = (fetch, tables) {
                let told = self.told_by_lookup(table, others, &fetch);
                flow.told = told.filter(|told| told.all).map(Box::new);
            }
        }
    }

    /// The join as what an UPDATE fetches, where one column is compared with one.
    fn fetch_of(
        &self,
        source: &Source,
        (own, others): (&Placed, &Placed),
        found: &str,
    ) -> Option<Fetch> {
        let (From::Table(of), Join::Inner | Join::Left) = (&source.what, source.join) else {
            return None;
        };
        let [((Some(a), left), (Some(b), right))] = source.on.as_slice() else {
            return None;
        };
        let is = |placed: &Placed, name: &str| placed.is_called(self, name);
        let pair = if is(own, a) && is(others, b) {
            (left.clone(), right.clone())
        } else if is(own, b) && is(others, a) {
            (right.clone(), left.clone())
        } else {
            return None;
        };
        Some(Fetch {
            column: String::new(),
            value: Value::Column(None, found.to_owned()),
            of: of.clone(),
            pairs: vec![pair],
            as_text: false,
            present: Vec::new(),
            bare: Vec::new(),
        })
    }

    /// The table that a source is, with nothing that inherits from it.
    fn table_of(&self, source: &Source, placed: &Placed) -> Option<&Table> {
        let table = self.whole_table(source, placed)?;
        self.offspring(table.id).is_empty().then_some(table)
    }

    /// The column of a new table, which nothing else has been put into, takes what was looked up.
    pub(in crate::judge) fn store_looked_up(
        &mut self,
        key: &Key,
        targets: &[Option<Id>],
        relation: &Relation,
    ) {
        for (target, flow) in targets.iter().zip(&relation.columns) {
            let (Some(target), Some(told)) = (target, &flow.told) else {
                continue;
            };
            let Some(table) = self.schema.table(key) else {
                return;
            };
            let alone = self.ledger.created.contains(&table.id)
                && self.fillings.get(&table.id) == Some(&1)
                && self.ledger.values(*target).is_empty();
            let mut all = self.each(1, self.schema.tables.values());
            let others = all.find(|others| others.id == told.table());
            let value = Value::Column(None, String::new());
            let fits =
                others.is_some_and(|others| self.has_room(table, *target, others, told, &value));
            drop(all);
            if flow.plain && alone && fits {
                self.keep_told(*target, told.as_ref().clone());
            }
        }
    }
}
