//! Which rows does a statement write, and with which values?

use sqlparser::ast::{CopySource, Expr, SelectItem, SetExpr};

use super::Reader;
use crate::Dialect;
use crate::act::{Act, Conflict, Filter, From, Insert, Name, Output, Query, Rows, Source, Step};

impl Reader<'_> {
    pub(super) fn outputs(&self, items: Option<&[SelectItem]>) -> Vec<Output> {
        let mut branch = crate::act::Branch::default();
        let items = items.unwrap_or_default().iter();
        items
            .map(|item| self.output(item, &mut branch, &mut Query::default()))
            .collect()
    }

    pub(super) fn copy(&self, source: &CopySource, to: bool, steps: &mut Vec<Step>) {
        let act = match source {
            CopySource::Table {
                table_name,
                columns,
            } if !to => Act::Insert(Box::new(Insert {
                table: self.name(table_name),
                columns: self.idents(columns),
                rows: Rows::Outside,
                conflict: Conflict::Fail,
                returning: Vec::new(),
            })),
            CopySource::Table { .. } => Act::Inert,
            CopySource::Query(query) => Act::Select(Box::new(self.query(query))),
        };
        steps.push(self.step(act));
    }

    /// A statement at whose end stands SELECT, VALUES or, after WITH, one that writes.
    pub(super) fn top_query(&self, syntax: &sqlparser::ast::Query, steps: &mut Vec<Step>) {
        let (SetExpr::Insert(statement)
        | SetExpr::Update(statement)
        | SetExpr::Delete(statement)
        | SetExpr::Merge(statement)) = &*syntax.body
        else {
            steps.push(self.step(Act::Select(Box::new(self.query(syntax)))));
            return;
        };
        let mut with = Query {
            with: self
                .query(&sqlparser::ast::Query {
                    body: Box::new(SetExpr::Values(sqlparser::ast::Values {
                        explicit_row: false,
                        value_keyword: false,
                        rows: Vec::new(),
                    })),
                    ..syntax.clone()
                })
                .with,
            ..Query::default()
        };
        let mut inner = Vec::new();
        self.statement(statement, &mut inner);
        for mut step in inner {
            if let Act::Insert(insert) = &mut step.act
                && let Rows::Query(query) = &mut insert.rows
            {
                let own = std::mem::take(&mut query.with);
                query.with = std::mem::take(&mut with.with);
                query.with.extend(own);
            } else if !with.with.is_empty() {
                let with = Box::new(std::mem::take(&mut with));
                step = self.step(Act::With(with, Box::new(step)));
            }
            steps.push(step);
        }
    }

    /// The condition, its columns unqualified where only the one table is concerned.
    pub(super) fn filter_of(
        &self,
        expr: &Expr,
        table: &Name,
        alias: Option<&str>,
        alone: bool,
    ) -> Filter {
        let names = [alias.unwrap_or(&table.name)];
        match alone {
            true => self.filter(expr, &names),
            false => Filter {
                asked: None,
                ..self.filter(expr, &[])
            },
        }
    }

    /// `DELETE IGNORE FROM t` reads like one that names its target `ignore`.
    pub(super) fn is_modifier(&self, name: &Name) -> bool {
        self.dialect == Dialect::MySql
            && name.schema.is_none()
            && matches!(
                name.name.to_ascii_lowercase().as_str(),
                "ignore" | "low_priority" | "quick"
            )
    }

    pub(super) fn note_calls(&self, calls: Vec<Name>, steps: &mut Vec<Step>) {
        for name in calls {
            steps.push(self.step(Act::CallRoutine(name)));
        }
    }
}

/// What the source goes by.
pub(super) fn called_by(source: &Source) -> &str {
    match (&source.alias, &source.what) {
        (Some(alias), _) => alias,
        (None, From::Table(table)) => &table.name,
        _ => "",
    }
}

/// Whether the source goes by that name.
pub(super) fn is_called(source: &Source, name: &str) -> bool {
    match (&source.alias, &source.what) {
        (Some(alias), _) => alias.eq_ignore_ascii_case(name),
        (None, From::Table(table)) => table.name.eq_ignore_ascii_case(name),
        _ => false,
    }
}
