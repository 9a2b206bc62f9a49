//! What becomes of rows when partitions of MySQL are dropped, exchanged or made tables?
//!
//! PostgreSQL's partitions are tables. MySQL's are parts of one, and which rows stand in which of them nobody tells.

use crate::act::{Change, Copied, Insert, Like, Name, NewTable, Rows, Value};
use crate::judge::ledger;
use crate::judge::run::Run;
use crate::schema::{Id, Key, Table};
use crate::{Dialect, LossKind};

impl Run<'_> {
    /// A table with other partitions has no place for the same rows any more, nor one that may be parted by what is called otherwise now.
    pub(in crate::judge) fn part_anew(&mut self, key: &Key, change: &Change) {
        let anew = matches!(
            change,
            Change::AddPartitions(_)
                | Change::ReorganizePartitions
                | Change::PartitionToTable(_)
                | Change::TableToPartition(_)
                | Change::DropPartitions(_)
                | Change::RenameColumn { .. }
                | Change::Unknown(_)
        ) || matches!(change, Change::Redefine { from, column, .. } if !self.same(from, &column.name));
        if anew && self.dialect == Dialect::MySql {
            let fresh = self.schema.fresh();
            if let Some(table) = self.schema.table_mut(key) {
                table.parted = Some(fresh);
            }
        }
    }

    /// `ADD PARTITION` moves no rows: what there is in a new one was written since.
    pub(in crate::judge) fn add_partitions(&mut self, key: &Key, names: &[String]) {
        for name in names {
            let id = self.schema.fresh();
            self.ledger.created.add(id);
            if let Some(table) = self.schema.table_mut(key) {
                table.added.insert(name.to_lowercase(), id);
            }
        }
    }

    /// Rows of other partitions may stand in the added ones.
    pub(in crate::judge) fn forget_added(&mut self, key: &Key) {
        self.clear_added(key);
        if let Some(table) = self.schema.table(key).map(|table| table.id) {
            let rows = self.ledger.rows(table);
            self.spread(table, &rows);
        }
    }

    fn clear_added(&mut self, key: &Key) {
        let has_added = |table: &Table| !table.added.is_empty();
        if self.schema.table(key).is_some_and(has_added)
            && let Some(table) = self.schema.table_mut(key)
        {
            table.added.clear();
        }
    }

    /// Rows that are in the table may stand in each of its partitions: in those that are new, too.
    pub(in crate::judge) fn spread(&mut self, whole: Id, rows: &[ledger::cuts::Rows]) {
        if rows.is_empty() {
            return;
        }
        let mut parts = self.partitions(whole);
        parts.retain(|part| self.ledger.created.contains(part));
        for part in parts {
            let spread = (part, whole, rows.to_vec());
            if !self.ledger.spread.contains(&spread) {
                self.ledger.spread.push(spread);
            }
        }
    }

    /// Rows that are made of others come into the table, and perhaps into the added partitions.
    pub(in crate::judge) fn fill_added(&mut self, key: &Key, insert: &Insert) {
        let is_new =
            |value: &Value| value.is_constant() || matches!(value, Value::Null | Value::Default);
        let own = match &insert.rows {
            Rows::Values(rows) => rows.iter().flatten().all(is_new),
            _ => false,
        };
        if !own {
            self.clear_added(key);
        }
    }

    /// The rows in these partitions are gone; no names mean all.
    pub(in crate::judge) fn empty_partitions(
        &mut self,
        key: &Key,
        names: &[String],
        kind: LossKind,
    ) {
        let Some(table) = self.schema.tables.get(key).cloned() else {
            return;
        };
        self.orphan_views(key);
        // No row came into those that the script itself made or emptied.
        let is_empty = |name: &String| {
            let id = table.added.get(&name.to_lowercase());
            id.is_some_and(|id| self.ledger.created.contains(id))
        };
        if !names.is_empty() && names.iter().all(is_empty) && self.perhaps == 0 {
            return;
        }
        let is_new = |name: &String| {
            let id = table.added.get(&name.to_lowercase());
            id.is_some_and(|id| self.born.contains(id))
        };
        let recent = !names.is_empty() && names.iter().all(is_new);
        let cause = self.cause(kind);
        let from = self.ledger.hits.len();
        self.ledger.hit_rows(&table, false, cause, None);
        for hit in &mut self.ledger.hits[from..] {
            hit.recent = recent;
        }
    }

    pub(in crate::judge) fn remove_partitions(&mut self, key: &Key, names: &[String]) {
        if let Some(table) = self.schema.table_mut(key) {
            for name in names {
                table.added.remove(&name.to_lowercase());
            }
        }
    }

    /// The same of one partition, which is empty from here on where the table is.
    pub(in crate::judge) fn exchange_named(&mut self, key: &Key, partition: &str, with: &Name) {
        let other = self.meet_if_exists(with);
        let other = other.and_then(|key| self.schema.table(&key)).map(|t| t.id);
        let is_empty = other.is_some_and(|id| {
            self.ledger.created.contains(&id) && !self.fillings.contains_key(&id)
        });
        self.exchange_partition(key, with);
        if is_empty && self.perhaps == 0 {
            self.add_partitions(key, &[partition.to_owned()]);
        }
    }

    /// `EXCHANGE PARTITION … WITH TABLE`: some rows of the table at `key` change places with all rows of the other.
    pub(in crate::judge) fn exchange_partition(&mut self, key: &Key, with: &Name) {
        let Some(other) = self.meet_if_exists(with) else {
            return;
        };
        self.forget_added(key);
        self.receive(&other, key);
        self.receive(key, &other);
        let (Some(table), Some(whole)) = (self.schema.table(key), self.schema.table(&other)) else {
            return;
        };
        let (table, whole) = (table.id, whole.id);
        for table in [table, whole] {
            *self.fillings.entry(table).or_default() += 1;
            self.ledger.take_in(table);
        }
        self.ledger
            .parts
            .retain(|part| part.at != table && part.at != whole);
        let (own, theirs) = (self.ledger.rows(table), self.ledger.rows(whole));
        // Neither table holds all of them from here on.
        let gone = own
            .iter()
            .map(|rows| self.ledger.cut(*rows, None))
            .collect();
        let mut left: Vec<_> = own
            .iter()
            .map(|rows| self.ledger.cut(*rows, None))
            .collect();
        left.extend(theirs);
        self.ledger.set_rows(table, left);
        self.ledger.set_rows(whole, gone);
    }

    /// MariaDB's `CONVERT PARTITION … TO TABLE`.
    pub(in crate::judge) fn partition_to_table(&mut self, key: &Key, table: &Name, to: &Name) {
        self.create_table(&NewTable {
            name: Some(to.clone()),
            like: vec![Like {
                table: table.clone(),
                copied: Copied::ALL,
            }],
            ..NewTable::default()
        });
        self.exchange_partition(key, to);
    }

    /// MariaDB's `CONVERT TABLE … TO PARTITION`: its rows come into the table at `key`, and it is no more.
    pub(in crate::judge) fn table_to_partition(&mut self, key: &Key, from: &Name) {
        let Some(from) = self.meet_if_exists(from) else {
            return;
        };
        self.forget_added(key);
        self.receive(key, &from);
        if let (Some(table), Some(whole)) = (self.schema.table(key), self.schema.table(&from)) {
            let mut rows = self.ledger.rows(table.id);
            rows.extend(self.ledger.rows(whole.id));
            *self.fillings.entry(table.id).or_default() += 1;
            self.ledger.take_in(table.id);
            self.ledger.set_rows(table.id, rows);
        }
        self.remove(&from);
    }

    /// The columns of the table at `to` hold what those of the other one do besides what is their own.
    fn receive(&mut self, to: &Key, from: &Key) {
        let (Some(table), Some(other)) = (
            self.schema.tables.get(to).cloned(),
            self.schema.tables.get(from).cloned(),
        ) else {
            return;
        };
        let columns = table.columns.iter().chain(&other.columns);
        for name in columns.map(|column| &column.is.name) {
            if let (Some(ours), Some(theirs)) = (self.column(to, name), self.column(from, name)) {
                let mut held = self.ledger.values(ours);
                let theirs = self.ledger.values(theirs);
                held.extend(theirs);
                held.dedup();
                self.ledger.set_values(ours, held);
            }
        }
        let mut rests = self.ledger.rests(&table);
        rests.extend(self.ledger.rests(&other));
        self.ledger.set_rests(table.id, rests);
    }
}
