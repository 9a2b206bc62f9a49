//! Which joins of MySQL only leave out the rows that have a partner?
//!
//! `FROM a LEFT JOIN b ON b.id = a.b_id WHERE b.id IS NULL` is `FROM a WHERE NOT EXISTS (SELECT … FROM b WHERE b.id = a.b_id)`: what was
//! compared with `=` and found is not NULL, and each row without a partner comes once.

use sqlparser::ast::{
    BinaryOperator, Delete, Expr, FromTable, GroupByExpr, JoinConstraint, JoinOperator, Select,
    SelectItem, SelectItemQualifiedWildcardKind, TableFactor, TableWithJoins,
};
use sqlparser::parser::Parser;

use super::Reader;
use super::grammar::grammar;
use super::member::conjunction;
use crate::Dialect;

impl Reader<'_> {
    /// The query without the join, where nothing else is asked of the other table.
    pub(super) fn select_partnerless(&self, select: &Select) -> Option<Select> {
        let (of, from, selection) = self.partnerless(&select.from, select.selection.as_ref())?;
        let own = |item: &SelectItem| match item {
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                name.0.len() == 1 && self.last(name).eq_ignore_ascii_case(&of)
            }
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                self.is_of(expr, &of)
            }
            _ => false,
        };
        let plain = select.distinct.is_none()
            && select.having.is_none()
            && matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
        (plain && select.projection.iter().all(own)).then(|| Select {
            from: vec![from],
            selection: Some(selection),
            ..select.clone()
        })
    }

    /// The same of a deletion that takes rows of the first table alone.
    pub(super) fn delete_partnerless(&self, delete: &Delete) -> Option<Delete> {
        let FromTable::WithFromKeyword(tables) = &delete.from else {
            return None;
        };
        let (of, from, selection) = self.partnerless(tables, delete.selection.as_ref())?;
        let [target] = delete.tables.as_slice() else {
            return None;
        };
        let own = self.last(target).eq_ignore_ascii_case(&of) && delete.using.is_none();
        own.then(|| Delete {
            from: FromTable::WithFromKeyword(vec![from]),
            selection: Some(selection),
            ..delete.clone()
        })
    }

    /// What the first table is called, the table alone, and the condition without the join.
    fn partnerless(
        &self,
        from: &[TableWithJoins],
        selection: Option<&Expr>,
    ) -> Option<(String, TableWithJoins, Expr)> {
        let ([first], Dialect::MySql) = (from, self.dialect) else {
            return None;
        };
        let [join] = first.joins.as_slice() else {
            return None;
        };
        let (JoinOperator::Left(JoinConstraint::On(on))
        | JoinOperator::LeftOuter(JoinConstraint::On(on))) = &join.join_operator
        else {
            return None;
        };
        let (own, other) = (
            self.name_of(&first.relation)?,
            self.name_of(&join.relation)?,
        );
        if own.eq_ignore_ascii_case(&other) {
            return None;
        }
        let compared: Option<Vec<[(String, String); 2]>> = conjunction(on)
            .into_iter()
            .map(|part| match part {
                Expr::BinaryOp {
                    left,
                    op: BinaryOperator::Eq,
                    right,
                } => Some([self.qualified(left)?, self.qualified(right)?]),
                _ => None,
            })
            .collect();
        let compared = compared?;
        let of_other = |(of, _): &(String, String)| of.eq_ignore_ascii_case(&other);
        let lacks = |part: &Expr| match part {
            Expr::IsNull(inner) => self.qualified(inner).is_some_and(|column| {
                let mut sides = compared
                    .iter()
                    .filter(|pair| pair.iter().filter(|side| of_other(side)).count() == 1);
                of_other(&column)
                    && sides.any(|pair| {
                        let mut sides = pair.iter();
                        sides.any(|side| of_other(side) && side.1.eq_ignore_ascii_case(&column.1))
                    })
            }),
            _ => false,
        };
        let (asks, rest): (Vec<&Expr>, Vec<&Expr>) = conjunction(selection?)
            .into_iter()
            .partition(|part| lacks(part));
        let [Expr::IsNull(column)] = asks.as_slice() else {
            return None;
        };
        rest.iter()
            .all(|part| self.is_of(part, &own))
            .then_some(())?;
        let asked = format!(
            "NOT EXISTS (SELECT {column} FROM {} WHERE {on})",
            join.relation
        );
        let asked = Parser::new(grammar(self.dialect)).try_with_sql(&asked);
        let asked = asked.ok()?.parse_expr().ok()?;
        let selection = rest
            .into_iter()
            .rev()
            .fold(asked, |all, part| Expr::BinaryOp {
                left: Box::new(all),
                op: BinaryOperator::And,
                right: Box::new(part.clone()),
            });
        let alone = TableWithJoins {
            relation: first.relation.clone(),
            joins: Vec::new(),
        };
        Some((own, alone, selection))
    }

    /// What a table is called in the query, where all its rows are read and nothing else is said of it.
    fn name_of(&self, table: &TableFactor) -> Option<String> {
        let TableFactor::Table {
            name,
            alias,
            args: None,
            version: None,
            json_path: None,
            sample: None,
            partitions,
            ..
        } = table
        else {
            return None;
        };
        partitions.is_empty().then(|| match alias {
            Some(alias) => self.ident(&alias.name),
            None => self.last(name),
        })
    }

    /// A column, and the table that it says it is of.
    fn qualified(&self, expr: &Expr) -> Option<(String, String)> {
        let (of, name) = self.stored(expr)?;
        Some((of?, name))
    }

    /// Whether the expression reads nothing but columns of the one table, and says so of each.
    fn is_of(&self, expr: &Expr, table: &str) -> bool {
        let contents = self.inspect(expr);
        let own = |(of, _): &(Option<String>, String)| {
            of.as_ref().is_some_and(|of| of.eq_ignore_ascii_case(table))
        };
        contents.queries.is_empty() && !contents.aggregate && contents.reads.iter().all(own)
    }
}
