//! What does a view look at, once a table or column of its query is called something else?
//!
//! PostgreSQL knows both by themselves, and SQLite writes the new name into the view unless its legacy mode says otherwise; MySQL goes on
//! looking for the old name. (<https://www.postgresql.org/docs/current/rules-views.html>, <https://sqlite.org/lang_altertable.html>)

use std::sync::Arc;

use crate::Dialect;
use crate::act::{Branch, From, Name, Output, Query, Source, Value, With, at_hand};
use crate::judge::run::Run;
use crate::judge::work::STEP;
use crate::schema::{Key, View};

impl Run<'_> {
    /// The views that read a table or view go on reading it under its new name; bodies that are bound to it are not followed.
    pub(in crate::judge) fn look_at_table(&mut self, from: &Key, to: &Name) {
        self.loosen_bound(&from.name);
        for key in self.views_over(from) {
            self.spend(STEP);
            let Some(mut view) = self.schema.views.get(&key).cloned() else {
                continue;
            };
            let is_it = |name: &Name| self.key(name) == *from;
            if let Some(mut query) = view.query(self.dialect).cloned() {
                each_branch(&mut query, &mut |branch| point(branch, &is_it, to));
                Arc::make_mut(&mut view).query = at_hand(Some(query));
            }
            self.schema.views.insert(key, view);
        }
    }

    /// The views that read a column of a table go on showing it under the name that it had.
    pub(in crate::judge) fn look_at_column(&mut self, table: &Key, from: &str, to: &str) {
        self.loosen_bound(from);
        for key in self.views_over(table) {
            self.spend(STEP);
            let Some(mut view) = self.schema.views.get(&key).cloned() else {
                continue;
            };
            if let Some(mut query) = view.query(self.dialect).cloned() {
                each_branch(&mut query, &mut |branch| self.show(branch, table, from, to));
                Arc::make_mut(&mut view).query = at_hand(Some(query));
            }
            self.schema.views.insert(key, view);
        }
    }

    fn views_over(&self, key: &Key) -> Vec<Key> {
        if self.dialect == Dialect::MySql || (self.dialect == Dialect::Sqlite && self.legacy) {
            return Vec::new();
        }
        let reads = |view: &View| {
            let tables = view.reads(self.dialect, &key.name);
            self.spend(4 * tables.len());
            tables.iter().any(|name| self.key(name) == *key)
        };
        let views = self.each(4, self.schema.views.iter());
        let over = views.filter(|(_, view)| reads(view));
        over.map(|(key, _)| key.clone()).collect()
    }

    /// What a branch shows of a column that is called `to` from here on.
    fn show(&self, branch: &mut Branch, table: &Key, from: &str, to: &str) {
        let is_it = |source: &Source| match &source.what {
            From::Table(name) | From::Only(name) => self.key(name) == *table,
            _ => false,
        };
        if let [only] = branch.from.as_slice()
            && is_it(only)
            && let Some(table) = self.schema.table(table).filter(|table| !table.open)
        {
            let named = table.columns.iter().map(|column| column.is.name.clone());
            let named: Vec<String> = named.collect();
            let spelled = |output: Output| match output {
                Output::All(_) => named.iter().map(|name| shown(name)).collect(),
                output => vec![output],
            };
            let outputs = std::mem::take(&mut branch.output);
            branch.output = outputs.into_iter().flat_map(spelled).collect();
        }
        let alone = branch.from.len() == 1;
        let own: Vec<&Source> = branch.from.iter().filter(|source| is_it(source)).collect();
        if own.is_empty() {
            return;
        }
        let is_own = |qualifier: &str| own.iter().any(|source| self.is_called(source, qualifier));
        for output in &mut branch.output {
            let Output::Value { value, name } = output else {
                continue;
            };
            if matches!(value, Value::Column(_, column) if self.same(column, from)) {
                name.get_or_insert_with(|| from.to_owned());
            }
            value.each_column(&mut |value| {
                let Value::Column(qualifier, column) = value else {
                    return;
                };
                if !self.same(column, from) {
                    return;
                }
                match qualifier.as_deref() {
                    Some(qualifier) if !is_own(qualifier) => {}
                    None if !alone => *value = Value::computed(),
                    _ => to.clone_into(column),
                }
            });
        }
    }

    pub(in crate::judge) fn is_called(&self, source: &Source, qualifier: &str) -> bool {
        match (&source.alias, &source.what) {
            (Some(alias), _) => self.same(alias, qualifier),
            (None, From::Table(name) | From::Only(name)) => self.same(&name.name, qualifier),
            _ => false,
        }
    }
}

/// A column as a view shows it.
fn shown(column: &str) -> Output {
    Output::Value {
        value: Value::Column(None, column.to_owned()),
        name: Some(column.to_owned()),
    }
}

/// The sources that are meant are read under another name, and known in the query by the one that they had.
fn point(branch: &mut Branch, is_it: &impl Fn(&Name) -> bool, to: &Name) {
    let tables = branch
        .filter
        .iter_mut()
        .flat_map(|filter| &mut filter.tables);
    for name in tables.filter(|name| is_it(name)) {
        name.clone_from(to);
    }
    for source in &mut branch.from {
        let (From::Table(name) | From::Only(name)) = &mut source.what else {
            continue;
        };
        if is_it(name) {
            source.alias.get_or_insert_with(|| name.name.clone());
            name.clone_from(to);
        }
    }
}

/// Every branch of a query, those of its sub-queries included.
fn each_branch(query: &mut Query, change: &mut impl FnMut(&mut Branch)) {
    let mut todo = vec![query];
    while let Some(query) = todo.pop() {
        todo.extend(query.with.iter_mut().filter_map(|(_, with)| match with {
            With::Query(inner) => Some(&mut **inner),
            With::Steps(_) => None,
        }));
        for branch in &mut query.branches {
            change(branch);
            todo.extend(
                branch
                    .from
                    .iter_mut()
                    .filter_map(|source| match &mut source.what {
                        From::Query(inner) => Some(&mut **inner),
                        _ => None,
                    }),
            );
        }
    }
}
