//! Which rows does an INSERT write, and what does it do with those in the way?

use std::collections::HashSet;

use super::Reader;
use crate::Dialect;
use crate::act::{Act, Branch, Conflict, Insert, Output, Query, Rows, Step, Value};
use sqlparser::ast::{
    Assignment, ConflictTarget, Expr, Insert as InsertSyntax, ObjectName, OnConflictAction,
    OnInsert, Query as QuerySyntax, SetExpr, SqliteOnConflict, TableObject, Values,
};

impl Reader<'_> {
    pub(super) fn insert(&self, insert: &InsertSyntax, steps: &mut Vec<Step>) {
        let TableObject::TableName(name) = &insert.table else {
            steps.push(self.step(Act::Unknown("it writes into a table function".into())));
            return;
        };
        let mut columns: Vec<String> = insert.columns.iter().map(|name| self.last(name)).collect();
        // Which of the two values it takes depends on whether the column is the key of the rows; the others refuse it.
        if self.dialect == Dialect::Sqlite && names_twice(&columns) {
            steps.push(self.step(Act::Unknown("it gives a column two values".into())));
            return;
        }
        let mut rows = match &insert.source {
            None if insert.assignments.is_empty() => Rows::Values(vec![Vec::new()]),
            // MySQL's INSERT … SET.
            None => {
                let sets = self.sets(&insert.assignments);
                columns = sets.iter().map(|(column, _)| column.clone()).collect();
                Rows::Values(vec![sets.into_iter().map(|(_, value)| value).collect()])
            }
            Some(source) => match &*source.body {
                SetExpr::Values(values) if let Some(row) = self.whole_row(values) => {
                    let branch = Branch {
                        output: vec![Output::All(Some(row))],
                        ..Branch::default()
                    };
                    Rows::Query(Query {
                        branches: vec![branch],
                        limited: self.is_limited(source),
                        ..Query::default()
                    })
                }
                SetExpr::Values(values) if self.are_all(source, values) => Rows::Values(
                    values
                        .rows
                        .iter()
                        .map(|row| row.content.iter().map(|expr| self.value(expr)).collect())
                        .collect(),
                ),
                _ => Rows::Query(self.query(source)),
            },
        };
        let conflict = match (&insert.on, &insert.or) {
            (Some(OnInsert::DuplicateKeyUpdate(sets)), _) => {
                Conflict::Update(self.conflict_sets(insert, name, sets))
            }
            (Some(OnInsert::OnConflict(on)), _) => match &on.action {
                OnConflictAction::DoNothing => Conflict::Skip,
                OnConflictAction::DoUpdate(update) => {
                    let keys = match &on.conflict_target {
                        Some(ConflictTarget::Columns(columns)) => self.idents(columns),
                        _ => Vec::new(),
                    };
                    // The key itself is equal on both sides: writing it again changes nothing.
                    let mut sets = self.conflict_sets(insert, name, &update.assignments);
                    sets.retain(|(column, value)| {
                        !(keys.contains(column)
                            && matches!(value, Value::Excluded(same) if same == column))
                    });
                    if update.selection.is_some() {
                        // Which rows it changes nobody can tell afterwards.
                        sets.iter_mut()
                            .for_each(|(_, value)| *value = Value::computed());
                    }
                    Conflict::Update(sets)
                }
            },
            (_, Some(SqliteOnConflict::Replace)) => Conflict::Replace,
            (_, Some(SqliteOnConflict::Ignore)) => Conflict::Skip,
            _ if insert.replace_into => Conflict::Replace,
            _ if insert.ignore => Conflict::Skip,
            _ => Conflict::Fail,
        };
        // Rows of other partitions than the named ones are left out, where IGNORE lets them not fail.
        if let Rows::Query(query) = &mut rows {
            query.limited |= conflict == Conflict::Skip && insert.partitioned.is_some();
        }
        steps.push(self.step(Act::Insert(Box::new(Insert {
            table: self.name(name),
            columns,
            rows,
            conflict,
            returning: self.outputs(insert.returning.as_deref()),
        }))));
    }

    /// Whether the rows that stand there are the ones that come: one alone may be made many, or none, by a function.
    fn are_all(&self, source: &QuerySyntax, values: &Values) -> bool {
        let many = matches!(values.rows.as_slice(), [row] if self.may_multiply(&row.content));
        // `OLD.*` among other values is as many as the row has.
        let is_row = |expr: &Expr| matches!(expr, Expr::QualifiedWildcard(..));
        let spreads = values.rows.iter().any(|row| row.content.iter().any(is_row));
        source.with.is_none() && !self.is_limited(source) && !many && !spreads
    }

    /// `VALUES (r.*)`: the row that a body knows by that name.
    fn whole_row(&self, values: &Values) -> Option<String> {
        match values.rows.as_slice() {
            [row] => match row.content.as_slice() {
                [Expr::QualifiedWildcard(name, _)] => Some(self.last(name)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What is set in the row that is in the way: a column qualified by anything but its table is the new row's.
    fn conflict_sets(
        &self,
        insert: &InsertSyntax,
        table: &ObjectName,
        assignments: &[Assignment],
    ) -> Vec<(String, Value)> {
        let alias = insert.table_alias.as_ref();
        let own = [Some(self.last(table)), alias.map(|a| self.ident(&a.alias))];
        // MySQL's `VALUES (…) AS new (x, y)`.
        let renamed = insert.insert_alias.iter().flat_map(|a| &a.col_aliases);
        let renamed: Vec<String> = renamed.flatten().map(|name| self.ident(name)).collect();
        let is_new = |of: Option<&str>, name: &str| match of {
            Some(of) => !own.iter().flatten().any(|own| own.eq_ignore_ascii_case(of)),
            None => renamed.iter().any(|new| new.eq_ignore_ascii_case(name)),
        };
        let sets = self.sets(assignments).into_iter();
        sets.map(|(column, value)| (column, value.excluding(&is_new)))
            .collect()
    }
}

/// Whether two of the names are the same column's.
pub(crate) fn names_twice(columns: &[String]) -> bool {
    let mut seen = HashSet::new();
    let folded = columns.iter().map(|name| name.to_ascii_lowercase());
    !folded.into_iter().all(|name| seen.insert(name))
}
