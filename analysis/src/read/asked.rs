//! Does a condition that asks other tables pick the same rows again, as long as nothing changes in those?
//!
//! `WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id)` does; what a sub-query takes some rows of, or counts them, need not.

use sqlparser::ast::{Expr, GroupByExpr, Query, Select, SelectItem, SetExpr, TableFactor};

use super::Reader;
use crate::act::{Asked, Name, Value};

impl Reader<'_> {
    /// What the condition asks of other tables, where that is the same each time.
    pub(super) fn asks_others(&self, expr: &Expr) -> Option<Asked> {
        let mut tables = Vec::new();
        let told = self.asks_plainly(expr, &mut tables) && !tables.is_empty();
        told.then(|| Asked {
            text: expr.to_string(),
            tables,
        })
    }

    fn asks_plainly(&self, expr: &Expr, tables: &mut Vec<Name>) -> bool {
        let contents = self.inspect(expr);
        let variable = |(of, name): &(Option<String>, String)| {
            of.as_ref()
                .unwrap_or(name)
                .starts_with(['@', '$', ':', '?'])
        };
        !contents.volatile
            && contents.calls.is_empty()
            && !contents.reads.iter().any(variable)
            && contents
                .queries
                .iter()
                .all(|query| self.is_plain_query(query, tables))
    }

    /// All rows of one table that a condition picks.
    fn is_plain_query(&self, query: &Query, tables: &mut Vec<Name>) -> bool {
        let whole = query.with.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
            && query.locks.is_empty()
            && query.pipe_operators.is_empty();
        let SetExpr::Select(select) = &*query.body else {
            return false;
        };
        let Some(table) = self.only_table(select) else {
            return false;
        };
        tables.push(table);
        let output = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                let value = self.value(expr);
                matches!(value, Value::Column(..) | Value::Null) || value.is_constant()
            }
            SelectItem::Wildcard(_) => true,
            _ => false,
        };
        whole
            && select.projection.iter().all(output)
            && select
                .selection
                .as_ref()
                .is_none_or(|condition| self.asks_plainly(condition, tables))
    }

    fn only_table(&self, select: &Select) -> Option<Name> {
        let [from] = select.from.as_slice() else {
            return None;
        };
        let TableFactor::Table {
            name,
            args: None,
            sample: None,
            version: None,
            ..
        } = &from.relation
        else {
            return None;
        };
        let ungrouped =
            matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
        let plain = from.joins.is_empty()
            && select.distinct.is_none()
            && select.top.is_none()
            && select.lateral_views.is_empty()
            && select.having.is_none()
            && select.qualify.is_none()
            && select.connect_by.is_empty();
        (ungrouped && plain).then(|| self.name(name))
    }
}
