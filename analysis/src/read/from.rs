//! Which tables and sub-queries does FROM name?

use sqlparser::ast::{
    BinaryOperator, Expr, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, TableAlias,
    TableFactor, TableWithJoins,
};

use super::Reader;
use super::member::conjunction;
use crate::Dialect;
use crate::act::{Branch, From, Join, Name, Of, Output, Query, Source};

impl Reader<'_> {
    pub(super) fn tables(&self, table: &TableWithJoins, branch: &mut Branch, query: &mut Query) {
        let mut sources = Vec::new();
        let sampled = self.sources(table, &mut sources, query);
        branch.folded |= sampled;
        branch.from.extend(sources);
    }

    /// The tables of one FROM item, in order; true where only a sample of one is read.
    pub(super) fn sources(
        &self,
        table: &TableWithJoins,
        out: &mut Vec<Source>,
        query: &mut Query,
    ) -> bool {
        let mut sampled = self.factor(&table.relation, Join::Product, out, query);
        for join in &table.joins {
            let (kind, constraint) = join_kind(&join.join_operator);
            if let Some(JoinConstraint::On(expr)) = constraint {
                self.noted(expr, query);
            }
            let at = out.len();
            sampled |= self.factor(&join.relation, kind, out, query);
            if let (Some(constraint), [joined]) = (constraint, &mut out[at..]) {
                joined.on = self.equal(constraint);
            }
        }
        sampled
    }

    /// The columns that a join compares, if it asks nothing else.
    fn equal(&self, constraint: &JoinConstraint) -> Vec<(Of, Of)> {
        let pairs: Option<Vec<(Of, Of)>> = match constraint {
            JoinConstraint::On(expr) => conjunction(expr)
                .into_iter()
                .map(|part| match part {
                    Expr::BinaryOp {
                        left,
                        op: BinaryOperator::Eq,
                        right,
                    } => self.stored(left).zip(self.stored(right)),
                    _ => None,
                })
                .collect(),
            JoinConstraint::Using(columns) => columns
                .iter()
                .map(|column| match column.0.as_slice() {
                    [ObjectNamePart::Identifier(name)] => {
                        let of = (None, self.ident(name));
                        Some((of.clone(), of))
                    }
                    _ => None,
                })
                .collect(),
            JoinConstraint::Natural | JoinConstraint::None => None,
        };
        pairs.unwrap_or_default()
    }

    fn factor(
        &self,
        factor: &TableFactor,
        join: Join,
        out: &mut Vec<Source>,
        query: &mut Query,
    ) -> bool {
        let (what, alias, sampled) = match factor {
            TableFactor::Table {
                name,
                alias,
                args: Some(args),
                ..
            } => {
                for expr in args.args.iter().filter_map(super::inspect::argument_expr) {
                    self.noted(expr, query);
                }
                (From::Function(self.called_name(name, query)), alias, false)
            }
            TableFactor::Table {
                name,
                alias,
                sample,
                partitions,
                ..
            } => {
                let partial = sample.is_some() || !partitions.is_empty();
                // `ONLY t` reads like a table `only` that is called `t`.
                if let ([ObjectNamePart::Identifier(word)], Some(alias), Dialect::Postgres) =
                    (name.0.as_slice(), alias, self.dialect)
                    && word.quote_style.is_none()
                    && word.value.eq_ignore_ascii_case("only")
                    && !alias.explicit
                {
                    out.push(Source {
                        what: From::Only(Name::plain(self.ident(&alias.name))),
                        alias: None,
                        join,
                        on: Vec::new(),
                    });
                    return partial;
                }
                (From::Table(self.name(name)), alias, partial)
            }
            TableFactor::Derived {
                subquery, alias, ..
            } => {
                let mut inner = self.query(subquery);
                query.calls.append(&mut inner.calls);
                if let Some(alias) = alias {
                    let columns: Vec<String> =
                        alias.columns.iter().map(|c| self.ident(&c.name)).collect();
                    rename(&mut inner, &columns);
                }
                (From::Query(Box::new(inner)), alias, false)
            }
            TableFactor::Function {
                name, args, alias, ..
            } => {
                for expr in args.iter().filter_map(super::inspect::argument_expr) {
                    self.noted(expr, query);
                }
                (From::Function(self.called_name(name, query)), alias, false)
            }
            TableFactor::TableFunction { expr, alias } => {
                self.noted(expr, query);
                (From::Other, alias, false)
            }
            TableFactor::UNNEST {
                alias, array_exprs, ..
            } => {
                for expr in array_exprs {
                    self.noted(expr, query);
                }
                (From::Other, alias, false)
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                if alias.is_none()
                    && (table_with_joins.joins.is_empty()
                        || matches!(join, Join::Product | Join::Inner))
                {
                    let at = out.len();
                    let sampled = self.sources(table_with_joins, out, query);
                    if let Some(first) = out.get_mut(at) {
                        first.join = join;
                    }
                    return sampled;
                }
                (From::Other, alias, false)
            }
            _ => (From::Other, &None, false),
        };
        out.push(Source {
            what,
            alias: alias
                .as_ref()
                .map(|alias: &TableAlias| self.ident(&alias.name)),
            join,
            on: Vec::new(),
        });
        sampled
    }

    fn called_name(&self, name: &ObjectName, query: &mut Query) -> Name {
        let name = self.name(name);
        let builtin = name
            .schema
            .as_deref()
            .is_none_or(|s| s.eq_ignore_ascii_case("pg_catalog"));
        if !(builtin && super::pure::is_harmless(self.dialect, &name.name)) {
            query.calls.push(name.clone());
        }
        name
    }
}

pub(super) fn join_kind(operator: &JoinOperator) -> (Join, Option<&JoinConstraint>) {
    match operator {
        JoinOperator::Left(c) | JoinOperator::LeftOuter(c) => (Join::Left, Some(c)),
        JoinOperator::Right(c) | JoinOperator::RightOuter(c) => (Join::Right, Some(c)),
        JoinOperator::FullOuter(c) => (Join::Full, Some(c)),
        JoinOperator::Join(c) | JoinOperator::Inner(c) | JoinOperator::StraightJoin(c) => {
            (Join::Inner, Some(c))
        }
        // A product with an empty table is empty.
        JoinOperator::CrossJoin(c) => (Join::Inner, Some(c)),
        _ => (Join::Inner, None),
    }
}

/// Gives the outputs the names of an alias's column list.
pub(super) fn rename(query: &mut Query, columns: &[String]) {
    for branch in &mut query.branches {
        for (output, new) in branch.output.iter_mut().zip(columns) {
            if let Output::Value { name, .. } = output {
                *name = Some(new.clone());
            }
        }
    }
}
