//! Does a REPLACE or an upsert put each row of a table back in its own place?
//!
//! `INSERT OR REPLACE INTO t (id, a) SELECT id, b FROM t` is `UPDATE t SET a = b`, with the default in each column that it leaves out:
//! where one key tells the rows apart, and nothing else happens when they go. `INSERT INTO t (id, a) SELECT id, b FROM t ON DUPLICATE KEY
//! UPDATE a = VALUES(a)` is that without the defaults.

use crate::Dialect;
use crate::act::{Conflict, From, Insert, Output, Picks, Rows, Source, Update, Value};
use crate::judge::flow::keys::is_plain;
use crate::judge::run::Run;
use crate::schema::{Key, Table};

impl Run<'_> {
    /// The same as an UPDATE, which computes all that it sets from the rows as they were.
    pub(in crate::judge) fn in_place(&mut self, insert: &Insert) -> Option<Update> {
        let (source, outputs) = read_whole(insert)?;
        let From::Table(read) = &source.what else {
            return None;
        };
        if self.named(read).is_some() {
            return None;
        }
        let key = self.meet_if_exists(&insert.table)?;
        let alone = match &insert.conflict {
            Conflict::Replace => self.is_only_replaced(&key),
            _ => self.is_only_changed(&key),
        };
        if self.key(read) != key || !alone {
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
        if let Conflict::Update(changed) = &insert.conflict {
            let indexes = self.schema.indexes_of(table.id);
            let unique = indexes.iter().filter(|(_, index)| index.unique);
            let unique = unique.map(|(_, index)| match is_plain(&index.text) {
                true => index.columns.as_slice(),
                false => &[],
            });
            let mut keys = table.keys().chain(unique);
            if !keys.all(|key| !key.is_empty() && key.iter().all(stays)) {
                return None;
            }
            let sets = changed.iter().map(|set| self.taken_from(set, &sets));
            let sets = sets.collect::<Option<Vec<_>>>()?;
            let own_key =
                |(name, _): &(String, Value)| primary.iter().any(|own| self.same(own, name));
            return (!sets.iter().any(own_key)).then(|| {
                let alias = source.alias.clone();
                update_of(insert, alias, sets, Conflict::Fail)
            });
        }
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
        let conflict = match self.dialect {
            Dialect::Sqlite => Conflict::Replace,
            _ => Conflict::Fail,
        };
        Some(update_of(insert, source.alias.clone(), sets, conflict))
    }

    /// What is set where the new row holds these values: the new row's own value of the same column, or the column itself, can be
    /// told. What it holds in another column is already of that one's type, charset and nullability, and may have lost by it.
    fn taken_from(
        &self,
        (name, value): &(String, Value),
        written: &[(String, Value)],
    ) -> Option<(String, Value)> {
        match value {
            Value::Excluded(of) if self.same(of, name) => {
                let (_, value) = written.iter().find(|(own, _)| self.same(own, of))?;
                Some((name.clone(), value.clone()))
            }
            Value::Column(_, own) if self.same(own, name) => Some((name.clone(), value.clone())),
            _ => None,
        }
    }

    /// Whether a row in whose way its own copy comes is changed, and nothing else happens.
    fn is_only_changed(&self, key: &Key) -> bool {
        self.schema.table(key).is_some_and(|table| {
            let required = table.required(self.dialect);
            let filled = |name: &String| {
                let column = table.column(self.dialect, name);
                column.is_some_and(|column| required(&column.is))
            };
            let alone = table.parents.is_empty() && self.offspring(table.id).is_empty();
            !table.open
                && !table.transient
                && alone
                && self.schema.triggers_of(table.id).next().is_none()
                && table
                    .primary_key()
                    .is_some_and(|key| key.iter().all(filled))
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
    let ([branch], Conflict::Replace | Conflict::Update(_)) =
        (query.branches.as_slice(), &insert.conflict)
    else {
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
        && branch
            .filter
            .as_ref()
            .is_none_or(|filter| filter.picks == Picks::All)
        && !branch.distinct
        && !branch.may_fold();
    (whole && insert.returning.is_empty()).then_some((source, branch.output.as_slice()))
}

fn update_of(
    insert: &Insert,
    alias: Option<String>,
    sets: Vec<(String, Value)>,
    conflict: Conflict,
) -> Update {
    Update {
        table: insert.table.clone(),
        alias,
        sets,
        filter: None,
        from: Vec::new(),
        limited: false,
        conflict,
        fetches: Vec::new(),
        absent: Vec::new(),
        at_once: false,
    }
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
