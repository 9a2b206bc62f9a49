//! Does a REPLACE put each row of a table back in its own place?
//!
//! `INSERT OR REPLACE INTO t (id, a) SELECT id, b FROM t` is `UPDATE t SET a = b`, with the default in each column that it leaves out:
//! where one key tells the rows apart, and nothing else happens when they go.

use super::run::Run;
use crate::Dialect;
use crate::act::{Conflict, From, Insert, Output, Rows, Source, Update, Value};
use crate::schema::{Key, Table};

impl Run<'_> {
    /// The same as an UPDATE, which computes all that it sets from the rows as they were.
    pub(super) fn in_place(&mut self, insert: &Insert) -> Option<Update> {
        let (source, outputs) = read_whole(insert)?;
        let From::Table(read) = &source.what else {
            return None;
        };
        if self.named(read).is_some() {
            return None;
        }
        let key = self.meet_if_exists(&insert.table)?;
        if self.key(read) != key || !self.is_only_replaced(&key) {
            return None;
        }
        let table = self.schema.table(&key)?;
        let written = table.written_by(insert);
        let values = values(table, outputs)?;
        if values.len() != written.len() {
            return None;
        }
        let mut sets: Vec<_> = written.into_iter().zip(values).collect();
        let stays = |name: &String| {
            let itself =
                |value: &Value| matches!(value, Value::Column(_, own) if self.same(own, name));
            let mut sets = sets.iter();
            sets.any(|(set, value)| self.same(set, name) && itself(value))
        };
        let primary = table.primary_key()?;
        primary.iter().all(stays).then_some(())?;
        sets.retain(|(name, _)| !primary.iter().any(|own| self.same(own, name)));
        let is_written = |name: &String| {
            let mut written = sets.iter().map(|(set, _)| set).chain(primary);
            written.any(|set| self.same(set, name))
        };
        let left_out = table.columns.iter().map(|column| &column.is);
        let left_out = left_out.filter(|is| is.generated.is_none() && !is_written(&is.name));
        let left_out: Vec<_> = left_out
            .map(|is| (is.name.clone(), Value::Default))
            .collect();
        sets.extend(left_out);
        Some(Update {
            table: insert.table.clone(),
            alias: source.alias.clone(),
            sets,
            filter: None,
            from: Vec::new(),
            limited: false,
            conflict: match self.dialect {
                Dialect::Sqlite => Conflict::Replace,
                _ => Conflict::Fail,
            },
            fetches: Vec::new(),
            absent: Vec::new(),
        })
    }

    /// Whether a row that is replaced by one with the same primary key is the only one that goes, and nothing goes with it.
    fn is_only_replaced(&self, key: &Key) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let required = table.required(self.dialect);
        let filled = |name: &String| {
            let column = table.column(self.dialect, name);
            column.is_some_and(|column| required(&column.is))
        };
        let one_key = |table: &Table| {
            let indexes = self.schema.indexes_of(table.id);
            table.keys().count() == 1 && !indexes.iter().any(|(_, index)| index.unique)
        };
        !table.open
            && !table.transient
            && one_key(table)
            && table
                .primary_key()
                .is_some_and(|key| key.iter().all(filled))
            && self.schema.triggers.is_empty()
            && self.children(key).is_empty()
    }
}

/// The table whose rows are read, all of them one by one, and what is written of each; none where something else is asked.
fn read_whole(insert: &Insert) -> Option<(&Source, &[Output])> {
    let Rows::Query(query) = &insert.rows else {
        return None;
    };
    let ([branch], Conflict::Replace) = (query.branches.as_slice(), &insert.conflict) else {
        return None;
    };
    let [source] = branch.from.as_slice() else {
        return None;
    };
    let whole = query.with.is_empty()
        && query.calls.is_empty()
        && query.into.is_none()
        && !query.merged
        && !query.limited
        && branch.filter.is_none()
        && !branch.distinct
        && !branch.may_fold();
    (whole && insert.returning.is_empty()).then_some((source, branch.output.as_slice()))
}

/// The values that are written of a row of `table`; none where that is not known of each.
fn values(table: &Table, outputs: &[Output]) -> Option<Vec<Value>> {
    if let [Output::All(_)] = outputs {
        let columns = table.columns.iter().filter(|column| !column.is.hidden);
        let own = columns.map(|column| Value::Column(None, column.is.name.clone()));
        return Some(own.collect());
    }
    let values = outputs.iter().map(|output| match output {
        Output::Value { value, .. } => Some(value.clone()),
        Output::All(_) => None,
    });
    values.collect()
}
