//! Does a condition pick the rows that refer to those which another condition picks in another table?
//!
//! `WHERE order_id IN (SELECT id FROM orders WHERE state = 'old')`, or the same by a join.

use sqlparser::ast::{
    BinaryOperator, Expr, JoinConstraint, JoinOperator, SelectItem, SetExpr, TableFactor,
    TableWithJoins,
};

use super::Reader;
use super::dml::called_by;
use super::member::{Side, conjunction};
use crate::act::{Children, Filter, From, Name, Output, Source, Value};

impl Reader<'_> {
    /// `column IN (SELECT other FROM table WHERE …)`, and nothing besides, on the table known by `names`.
    pub(super) fn children(&self, expr: &Expr, names: &[&str]) -> Option<Children> {
        let (expr, subquery) = match expr {
            Expr::Nested(inner) => return self.children(inner, names),
            Expr::InSubquery {
                expr,
                subquery,
                negated: false,
            } => (expr, subquery),
            _ => return None,
        };
        let (of, called) = self.one_table(subquery)?;
        let SetExpr::Select(select) = &*subquery.body else {
            return None;
        };
        let [SelectItem::UnnamedExpr(other)] = select.projection.as_slice() else {
            return None;
        };
        let means_own = |of: &str| names.iter().any(|own| own.eq_ignore_ascii_case(of));
        let means_other = |of: &str| of.eq_ignore_ascii_case(&called);
        let own = self.compared_as(expr, means_own)?;
        let other = self.compared_as(other, means_other)?;
        let filter = match &select.selection {
            Some(condition) => Some(Box::new(self.of_one(condition, &called, false)?)),
            None => None,
        };
        Some(Children {
            pairs: vec![(own, other)],
            of,
            filter,
        })
    }

    /// The source among two joined ones that the query hands on, where all that it asks is who the parents are.
    pub(super) fn joined_children(
        &self,
        tables: &[TableWithJoins],
        selection: Option<&Expr>,
        sources: &[Source],
        outputs: &[Output],
    ) -> Option<(usize, Children)> {
        let [first, second] = sources else {
            return None;
        };
        let is = |source: &Source, of: &str| of.eq_ignore_ascii_case(called_by(source));
        let of_one = |source: &Source| {
            outputs.iter().all(|output| match output {
                Output::All(Some(of)) => is(source, of),
                Output::Value { value, .. } => match value {
                    Value::Column(Some(of), _) => is(source, of),
                    value => value.is_constant() || matches!(value, Value::Null),
                },
                Output::All(None) => false,
            })
        };
        let (at, own, other) = match (of_one(first), of_one(second)) {
            (true, false) => (0, first, second),
            (false, true) => (1, second, first),
            _ => return None,
        };
        let children = self.followed(tables, selection, called_by(own), other)?;
        Some((at, children))
    }

    /// The rows of the table called `own` whose partners in `other` are what the condition asks for.
    pub(super) fn followed(
        &self,
        tables: &[TableWithJoins],
        selection: Option<&Expr>,
        own: &str,
        other: &Source,
    ) -> Option<Children> {
        let From::Table(of) = &other.what else {
            return None;
        };
        let called = called_by(other);
        let mut parts: Vec<&Expr> = Vec::new();
        for table in tables {
            whole(&table.relation)?;
            for join in &table.joins {
                whole(&join.relation)?;
                let (JoinOperator::Join(constraint)
                | JoinOperator::Inner(constraint)
                | JoinOperator::CrossJoin(constraint)) = &join.join_operator
                else {
                    return None;
                };
                match constraint {
                    JoinConstraint::On(expr) => parts.extend(conjunction(expr)),
                    JoinConstraint::None => {}
                    JoinConstraint::Using(_) | JoinConstraint::Natural => return None,
                }
            }
        }
        parts.extend(selection.into_iter().flat_map(|expr| {
            let mut parts = conjunction(expr);
            parts.reverse();
            parts
        }));
        let side = |of: Option<&str>| match of {
            Some(of) if of.eq_ignore_ascii_case(own) => Some(Side::Own),
            Some(of) if of.eq_ignore_ascii_case(called) => Some(Side::Other),
            _ => None,
        };
        let mut pairs = Vec::new();
        let mut asked: Option<Expr> = None;
        for part in parts {
            if let Some((compared, _)) = self.pairs(&[part], &side) {
                pairs.extend(compared);
                continue;
            }
            asked = Some(match asked {
                None => part.clone(),
                Some(before) => Expr::BinaryOp {
                    left: Box::new(before),
                    op: BinaryOperator::And,
                    right: Box::new(part.clone()),
                },
            });
        }
        let filter = match &asked {
            Some(condition) => Some(Box::new(self.of_one(condition, called, true)?)),
            None => None,
        };
        (!pairs.is_empty()).then(|| Children {
            pairs,
            of: Name::clone(of),
            filter,
        })
    }

    /// The condition, if it is one on the table of that name alone. Among several tables each column must say that it is its own.
    fn of_one(&self, condition: &Expr, called: &str, several: bool) -> Option<Filter> {
        let filter = self.filter(condition, &[called]);
        let own = |(of, _): &(Option<String>, String)| match of {
            Some(of) => of.eq_ignore_ascii_case(called),
            None => !several,
        };
        filter.reads.iter().all(own).then_some(filter)
    }
}

/// A table as it is: neither a sample nor some of its partitions.
fn whole(factor: &TableFactor) -> Option<()> {
    match factor {
        TableFactor::Table {
            args: None,
            sample: None,
            partitions,
            ..
        } if partitions.is_empty() => Some(()),
        _ => None,
    }
}
