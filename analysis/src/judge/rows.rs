//! What becomes of data when rows are written?

use super::flow::{Flow, Names, Placed, Relation};
use super::ledger::Part;
use super::run::{Noted, Run, Seed};
use crate::act::{
    Conflict, Delete, Event, Filter, Insert, Join, OnDelete, Picks, Rows, Update, Value,
};
use crate::schema::{Id, Key};
use crate::types::Cast;
use crate::{Access, Dialect, LossKind};

impl Run<'_> {
    pub(crate) fn insert(&mut self, insert: &Insert) {
        self.insert_with(insert, &mut Vec::new());
    }

    pub(crate) fn insert_with(&mut self, insert: &Insert, names: &mut Names) {
        let relation = match &insert.rows {
            Rows::Query(query) => self.query(query, names),
            Rows::Values(rows) => {
                for value in rows.iter().flatten() {
                    self.value_calls(value);
                }
                Relation::default()
            }
            Rows::Outside => Relation::default(),
        };
        let Some(key) = self.meet(&insert.table, false) else {
            self.written_elsewhere(&insert.table);
            return;
        };
        self.touch(&key, Access::Write);
        if let Some(table) = self.schema.table(&key) {
            self.filled.insert(table.id);
        }
        self.replaces(&key, insert);
        if let Rows::Query(_) = insert.rows {
            self.pour(
                &key,
                &insert.columns,
                relation,
                insert.conflict != Conflict::Fail,
            );
        }
        self.plant(&key, insert);
        self.fire(&key, Event::Insert);
    }

    /// Rows that are in the way are changed, or go.
    fn replaces(&mut self, key: &Key, insert: &Insert) {
        match &insert.conflict {
            Conflict::Fail | Conflict::Skip => {}
            Conflict::Update(sets) => {
                let sets: Vec<(String, Value)> = sets.clone();
                self.overwrite(key, &sets, None, &[], LossKind::Update);
            }
            Conflict::Replace => {
                let Some(table) = self.schema.table(key).cloned() else {
                    return;
                };
                let unique = table.open
                    || table.keys().next().is_some()
                    || self
                        .schema
                        .indexes
                        .values()
                        .any(|index| index.table == table.id && index.unique);
                if !unique {
                    return;
                }
                let cause = self.cause(LossKind::Replace);
                self.ledger.hit_rows(&table, false, cause, None);
                self.cascade(key);
            }
        }
    }

    /// The rows of a query come into a table.
    pub(crate) fn pour(
        &mut self,
        key: &Key,
        columns: &[String],
        relation: Relation,
        may_skip: bool,
    ) {
        let Some(table) = self.schema.table(key).cloned() else {
            return;
        };
        let targets: Vec<Option<Id>> = if columns.is_empty() {
            if table.open || relation.open {
                self.pour_by_name(key, &relation);
                Vec::new()
            } else {
                let stored = table
                    .columns
                    .iter()
                    .filter(|column| column.is.generated.is_none());
                stored.map(|column| Some(column.id)).collect()
            }
        } else {
            columns.iter().map(|name| self.column(key, name)).collect()
        };
        let whole = !may_skip || self.never_skips(key, &targets, &relation);
        for (target, flow) in targets.iter().zip(&relation.columns) {
            if let Some(target) = target {
                self.store(key, *target, flow);
            }
        }
        if whole {
            let mut rows = self.ledger.rows(table.id);
            rows.extend(relation.rows.iter().copied());
            rows.dedup();
            self.ledger.set_rows(table.id, rows);
            if let Some((of, filter)) = &relation.part {
                for of in of {
                    self.ledger.parts.push(Part {
                        of: *of,
                        filter: filter.clone(),
                        at: table.id,
                        values: relation
                            .columns
                            .iter()
                            .flat_map(|flow| flow.values.clone())
                            .collect(),
                        rest: !relation.rests.is_empty(),
                        sparse: relation.sparse.clone(),
                    });
                }
            }
        }
    }

    /// `INSERT INTO a SELECT * FROM b`, where the columns of one of them are not all known: they are taken to match.
    fn pour_by_name(&mut self, key: &Key, relation: &Relation) {
        for flow in &relation.columns {
            if let Some(name) = flow.name.clone()
                && let Some(target) = self.column(key, &name)
            {
                self.store(key, target, flow);
            }
        }
        if let Some(table) = self.schema.table(key).cloned() {
            let mut rests = self.ledger.rests(&table);
            rests.extend(relation.rests.iter().copied());
            self.ledger.set_rests(table.id, rests);
        }
    }

    /// A column receives values: they are kept where its type holds them.
    fn store(&mut self, key: &Key, target: Id, flow: &Flow) {
        if flow.values.is_empty() {
            return;
        }
        let mut held = self.ledger.values(target);
        let to = self
            .written(key, target)
            .and_then(|column| column.ty.clone());
        let values = match (&flow.ty, &to) {
            (Some(from), Some(to)) if flow.plain => {
                self.fitting(flow.values.clone(), from, to, Cast::Assigned)
            }
            _ => flow.values.clone(),
        };
        held.extend(values);
        held.dedup();
        self.ledger.set_values(target, held);
    }

    /// Whether no row can be left out by `IGNORE` or `DO NOTHING`: the table was empty, and its keys are those that the
    /// rows already had.
    fn never_skips(&self, key: &Key, targets: &[Option<Id>], relation: &Relation) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        if table.open
            || !self.ledger.created.contains(&table.id)
            || !self.ledger.rows(table.id).is_empty()
        {
            return false;
        }
        let position = |name: &String| {
            let id = table.column(self.dialect, name)?.id;
            targets.iter().position(|target| *target == Some(id))
        };
        let held = table.keys().all(|unique| {
            let at: Option<Vec<usize>> = unique.iter().map(position).collect();
            at.is_some_and(|at| {
                relation
                    .keys
                    .iter()
                    .any(|key| key.iter().all(|c| at.contains(c)))
            })
        });
        let filled = table
            .columns
            .iter()
            .filter(|column| column.is.not_null)
            .all(|column| {
                targets
                    .iter()
                    .position(|target| *target == Some(column.id))
                    .and_then(|at| relation.columns.get(at))
                    .is_none_or(|flow| flow.not_null)
            });
        let checked = table
            .all_constraints()
            .any(|c| c.rule == crate::act::Restriction::Check);
        held && filled && !checked
    }

    pub(crate) fn update(&mut self, update: &Update) {
        for (_, value) in &update.sets {
            self.value_calls(value);
        }
        if let Some(filter) = &update.filter {
            self.calls(&filter.calls);
            if filter.picks == Picks::None {
                return;
            }
        }
        let Some(key) = self.meet(&update.table, false) else {
            self.written_elsewhere(&update.table);
            return;
        };
        self.touch(&key, Access::Write);
        let others: Vec<Placed> = Vec::new();
        let name = update
            .alias
            .clone()
            .unwrap_or_else(|| update.table.name.clone());
        let joined = !update.from.is_empty() || update.limited;
        let filter = update
            .filter
            .as_ref()
            .filter(|filter| filter.picks != Picks::All);
        let sets: Vec<(String, Value)> = update
            .sets
            .iter()
            .map(|(column, value)| {
                (
                    column.clone(),
                    if joined {
                        apart(value, &name)
                    } else {
                        value.clone()
                    },
                )
            })
            .collect();
        let partial = joined.then(|| Filter {
            text: String::new(),
            reads: Vec::new(),
            keys: None,
            picks: Picks::Some,
            tables: Vec::new(),
            calls: Vec::new(),
            volatile: true,
        });
        self.overwrite(
            &key,
            &sets,
            filter.or(partial.as_ref()),
            &others,
            LossKind::Update,
        );
        if update.conflict == Conflict::Replace
            && let Some(table) = self.schema.table(&key).cloned()
        {
            let cause = self.cause(LossKind::Replace);
            self.ledger.hit_rows(&table, false, cause, None);
        }
        self.stamp(&key, &sets);
        self.fire(&key, Event::Update);
    }

    /// The columns that any UPDATE stamps with the time.
    fn stamp(&mut self, key: &Key, sets: &[(String, Value)]) {
        let Some(table) = self.schema.table(key).cloned() else {
            return;
        };
        for column in &table.columns {
            let set = sets
                .iter()
                .any(|(name, _)| self.same(name, &column.is.name));
            if column.is.on_update && !set {
                let cause = self.cause(LossKind::Update);
                self.ledger.hit_column(table.id, column.id, cause);
                self.ledger.set_values(column.id, Vec::new());
            }
        }
    }

    /// Columns are set, in the rows that `filter` meets.
    fn overwrite(
        &mut self,
        key: &Key,
        sets: &[(String, Value)],
        filter: Option<&Filter>,
        others: &[Placed],
        kind: LossKind,
    ) {
        let mut columns = Vec::new();
        for (name, _) in sets {
            columns.push(self.column(key, name));
        }
        let source = |run: &Run<'_>| {
            let mut all = vec![Placed {
                name: None,
                key: Some(key.clone()),
                relation: run.relation_of(key),
            }];
            all.extend(others.iter().cloned());
            all
        };
        let Some(table) = self.schema.table(key).map(|table| table.id) else {
            return;
        };
        // Whether a row was met can be seen afterwards only where the condition reads nothing that is set.
        let seen = filter.is_none_or(|filter| {
            !filter.volatile
                && filter.tables.is_empty()
                && !filter
                    .reads
                    .iter()
                    .any(|(_, read)| sets.iter().any(|(name, _)| self.same(name, read)))
        });
        let before = source(self);
        let mut settled: Vec<(Id, Vec<Id>)> = Vec::new();
        for ((_, value), column) in sets.iter().zip(&columns) {
            let Some(column) = *column else { continue };
            self.filled.insert(column);
            // MySQL assigns from left to right, and sees what it has set.
            let sources = if self.dialect == Dialect::MySql {
                source(self)
            } else {
                before.clone()
            };
            let unqualified = without_qualifier(value);
            let flow = self.flow(&unqualified, &sources);
            let own = self.ledger.values(column);
            let keeps_own = !own.is_empty() && own.iter().all(|value| flow.values.contains(value));
            if keeps_own && (seen || flow.plain) {
                continue;
            }
            let swapped = seen && is_permutation(self, sets) && self.dialect != Dialect::MySql;
            if swapped && filter.is_some() {
                continue;
            }
            let cause = self.cause(kind);
            let fills = filter.is_some_and(|filter| self.fills_own(key, column, filter, &flow));
            if !fills {
                self.ledger.hit_column(table, column, cause);
            }
            let carried = if filter.is_none() || fills {
                self.stored(key, column, flow)
            } else {
                Vec::new()
            };
            if self.dialect == Dialect::MySql {
                self.ledger.set_values(column, carried);
            } else {
                settled.push((column, carried));
            }
        }
        for (column, carried) in settled {
            self.ledger.set_values(column, carried);
        }
    }

    /// `UPDATE t SET new = old WHERE old IS NOT NULL` (or `WHERE new IS NULL`) on a column that was just added without a
    /// default: all of it is copied.
    fn fills_own(&self, key: &Key, column: Id, filter: &Filter, flow: &Flow) -> bool {
        let fresh = self.ledger.created.contains(&column) && self.ledger.values(column).is_empty();
        let Some(written) = self.written(key, column) else {
            return false;
        };
        if !fresh || written.default.is_some() {
            return false;
        }
        let own = filter
            .text
            .strip_suffix(" is null")
            .is_some_and(|name| name.eq_ignore_ascii_case(&written.name));
        let from = filter
            .text
            .strip_suffix(" is not null")
            .is_some_and(|name| {
                flow.name
                    .as_deref()
                    .is_some_and(|from| from.eq_ignore_ascii_case(name))
            });
        own || from
    }

    /// The values of `flow` that the column can hold.
    fn stored(&mut self, key: &Key, column: Id, flow: Flow) -> Vec<Id> {
        let to = self
            .written(key, column)
            .and_then(|written| written.ty.clone());
        match (&flow.ty, &to) {
            (Some(from), Some(to)) if flow.plain => {
                self.fitting(flow.values, from, to, Cast::Assigned)
            }
            _ => flow.values,
        }
    }

    /// Rows go; the rows that the statement returns.
    pub(crate) fn delete(&mut self, delete: &Delete) -> Relation {
        if let Some(filter) = &delete.filter {
            self.calls(&filter.calls);
            if filter.picks == Picks::None {
                return Relation::default();
            }
        }
        let Some(key) = self.meet(&delete.table, false) else {
            self.written_elsewhere(&delete.table);
            return Relation::default();
        };
        self.touch(&key, Access::Write);
        let Some(table) = self.schema.table(&key).cloned() else {
            return Relation::default();
        };
        let filter = delete
            .filter
            .as_ref()
            .filter(|filter| filter.picks != Picks::All);
        let all = filter.is_none() && delete.using.is_empty() && !delete.limited;
        let returned = self.returned(delete, filter, all);
        if let Some(filter) = filter
            && delete.using.is_empty()
            && !delete.limited
        {
            if self.deletes_seeds(&key, filter) {
                return returned;
            }
        }
        let by = filter
            .filter(|filter| {
                delete.using.is_empty()
                    && !delete.limited
                    && !filter.volatile
                    && filter.tables.is_empty()
            })
            .map(|filter| filter.text.clone());
        let cause = self.cause(LossKind::Delete);
        self.ledger.hit_rows(&table, all, cause, by);
        self.cascade(&key);
        self.fire(&key, Event::Delete);
        self.orphan_views(&key);
        returned
    }

    /// The rows that `DELETE … RETURNING` hands on.
    fn returned(&mut self, delete: &Delete, filter: Option<&Filter>, all: bool) -> Relation {
        let Some((_, outputs)) = &delete.returning else {
            return Relation::default();
        };
        let branch = crate::act::Branch {
            output: outputs.clone(),
            from: vec![crate::act::Source {
                what: crate::act::From::Table(delete.table.clone()),
                alias: delete.alias.clone(),
                join: Join::Product,
            }],
            filter: filter.cloned(),
            ..crate::act::Branch::default()
        };
        let query = crate::act::Query {
            branches: vec![branch],
            ..crate::act::Query::default()
        };
        let mut relation = self.query(&query, &mut Vec::new());
        if !all && filter.is_none() {
            relation.rows.clear();
        }
        relation
    }

    pub(crate) fn truncate(&mut self, name: &crate::act::Name, cascade: bool) {
        let Some(key) = self.meet(name, false) else {
            return;
        };
        self.touch(&key, Access::Write);
        self.empty(&key, LossKind::Truncate);
        if cascade {
            let mut todo = self.schema.children(self.dialect, &key);
            let mut seen = vec![key.clone()];
            while let Some(child) = todo.pop() {
                if !seen.contains(&child) {
                    self.register(&child);
                    self.empty(&child, LossKind::Truncate);
                    todo.extend(self.schema.children(self.dialect, &child));
                    seen.push(child);
                }
            }
        }
    }

    /// Every row of the table, and of its partitions, goes.
    pub(crate) fn empty(&mut self, key: &Key, kind: LossKind) {
        let Some(table) = self.schema.table(key).cloned() else {
            return;
        };
        let cause = self.cause(kind);
        self.ledger.hit_rows(&table, true, cause, None);
        self.orphan_views(key);
        self.fire(key, Event::Truncate);
    }

    /// What foreign keys do to the tables that refer to deleted rows.
    pub(crate) fn cascade(&mut self, parent: &Key) {
        if !self.foreign_keys {
            return;
        }
        let mut todo = vec![parent.clone()];
        let mut seen: Vec<Key> = Vec::new();
        while let Some(parent) = todo.pop() {
            if seen.contains(&parent) {
                continue;
            }
            seen.push(parent.clone());
            for child in self.schema.children(self.dialect, &parent) {
                self.register(&child);
                let Some(table) = self.schema.table(&child).cloned() else {
                    continue;
                };
                for (columns, referred, on_delete) in table.foreign_keys() {
                    let mut of = Key::of(self.dialect, referred);
                    if referred.schema.is_none() {
                        of.schema.clone_from(&parent.schema);
                    }
                    if of != parent {
                        continue;
                    }
                    match on_delete {
                        OnDelete::Refuse => {}
                        OnDelete::Cascade if seen.contains(&child) => {}
                        OnDelete::Cascade => {
                            let cause = self.cause(LossKind::Delete);
                            self.ledger.hit_rows(&table, false, cause, None);
                            self.fire(&child, Event::Delete);
                            todo.push(child.clone());
                        }
                        OnDelete::SetNull | OnDelete::SetDefault => {
                            for name in columns {
                                if let Some(column) = table.column(self.dialect, name) {
                                    let cause = self.cause(LossKind::Update);
                                    self.ledger.hit_column(table.id, column.id, cause);
                                    self.ledger.set_values(column.id, Vec::new());
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Remembers rows with constant values.
    fn plant(&mut self, key: &Key, insert: &Insert) {
        let Rows::Values(rows) = &insert.rows else {
            return;
        };
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let columns: Vec<String> = if insert.columns.is_empty() {
            table
                .columns
                .iter()
                .map(|column| column.is.name.clone())
                .collect()
        } else {
            insert.columns.clone()
        };
        let id = table.id;
        for row in rows {
            let values = columns
                .iter()
                .zip(row)
                .filter_map(|(column, value)| match value {
                    Value::Constant(text) => Some((column.clone(), text.clone())),
                    _ => None,
                });
            let values = values.collect();
            self.seeds.planted.push(Seed {
                table: id,
                values,
                columns: columns.clone(),
            });
        }
    }

    /// Something that is not a table of the model is written.
    fn written_elsewhere(&mut self, name: &crate::act::Name) {
        let key = self.key(name);
        let lower = key.name.to_ascii_lowercase();
        let catalog = key
            .schema
            .as_deref()
            .is_some_and(|s| matches!(s, "pg_catalog" | "mysql" | "information_schema"));
        if lower == "sqlite_sequence" {
            return;
        }
        if let Some(view) = self.schema.views.get(&key) {
            let view = view.name.name.clone();
            self.unknown(format!("it writes through the view {view}"));
        } else if catalog || lower.starts_with("pg_") || lower.starts_with("sqlite_") {
            self.unknown("it writes into the catalog of the database".to_owned());
        } else {
            let object = crate::Object {
                schema: name.schema.clone(),
                table: name.name.clone(),
                column: None,
            };
            self.note(Noted::Missing { object });
        }
    }
}

/// The value with its qualifiers taken off: there is one table.
fn without_qualifier(value: &Value) -> Value {
    match value {
        Value::Column(_, name) => Value::Column(None, name.clone()),
        Value::OneToOne(inner) => Value::OneToOne(Box::new(without_qualifier(inner))),
        Value::OfIntegers(inner) => Value::OfIntegers(Box::new(without_qualifier(inner))),
        Value::OfFlags(inner) => Value::OfFlags(Box::new(without_qualifier(inner))),
        Value::Cast(inner, ty) => Value::Cast(Box::new(without_qualifier(inner)), ty.clone()),
        other => other.clone(),
    }
}

/// The value as far as it is the updated table's own: what another table gives is not one-to-one with it.
fn apart(value: &Value, table: &str) -> Value {
    let foreign = Value::Computed {
        reads: Vec::new(),
        calls: Vec::new(),
    };
    match value {
        Value::Column(Some(of), _) if !of.eq_ignore_ascii_case(table) => foreign,
        Value::Column(None, _) => foreign,
        Value::OneToOne(inner) | Value::Cast(inner, _)
            if matches!(apart(inner, table), Value::Computed { .. }) =>
        {
            foreign
        }
        other => other.clone(),
    }
}

/// Whether the assignments only exchange columns among each other.
fn is_permutation(run: &Run<'_>, sets: &[(String, Value)]) -> bool {
    let mut from: Vec<&str> = Vec::new();
    for (_, value) in sets {
        match value {
            Value::Column(_, name) => from.push(name),
            _ => return false,
        }
    }
    sets.iter()
        .all(|(name, _)| from.iter().filter(|f| run.same(f, name)).count() == 1)
}
