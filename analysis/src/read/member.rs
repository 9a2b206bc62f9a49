//! Does a condition pick the rows whose keys stand in another table?

use sqlparser::ast::{BinaryOperator, Expr, Query as Syntax, SelectItem, SetExpr};

use super::Reader;
use crate::act::{From, Member, Name, Source, Value};

/// Whose a column is.
pub(super) enum Side {
    Own,
    Other,
}

impl Reader<'_> {
    /// `column IN (SELECT other FROM table)`, or `EXISTS` with the same, for the table known by `names`; or a comparison
    /// with a row that a body knows by name. Other conditions may stand beside it.
    pub(super) fn member(&self, expr: &Expr, names: &[&str]) -> Option<Member> {
        let parts = conjunction(expr);
        let asked = parts.iter().find_map(|part| self.asked(part, names));
        let exact = parts.len() == 1;
        match asked {
            Some(member) => Some(Member {
                exact: exact && member.exact,
                ..member
            }),
            None => self.row(&parts, names),
        }
    }

    fn asked(&self, expr: &Expr, names: &[&str]) -> Option<Member> {
        match expr {
            Expr::InSubquery {
                expr,
                subquery,
                negated: false,
            } => self.listed(expr, subquery, names),
            Expr::Exists {
                subquery,
                negated: false,
            } => {
                let SetExpr::Select(select) = &*subquery.body else {
                    return None;
                };
                let (of, called) = self.one_table(subquery)?;
                let parts = conjunction(select.selection.as_ref()?);
                let (pairs, exact) = self.pairs(&parts, &|side| match side {
                    Some(side) if side.eq_ignore_ascii_case(&called) => Some(Side::Other),
                    Some(side) => is_one(names, side).then_some(Side::Own),
                    None => None,
                })?;
                Some(Member {
                    pairs,
                    of,
                    row: false,
                    exact,
                })
            }
            _ => None,
        }
    }

    fn row(&self, parts: &[&Expr], names: &[&str]) -> Option<Member> {
        let row = self.qualifier_of(parts, names)?;
        let (pairs, exact) = self.pairs(parts, &|side| match side {
            Some(side) if side.eq_ignore_ascii_case(&row) => Some(Side::Other),
            Some(side) => is_one(names, side).then_some(Side::Own),
            None => Some(Side::Own),
        })?;
        Some(Member {
            pairs,
            of: Name::plain(row),
            row: true,
            exact,
        })
    }

    /// The join of the table called `own` with one of the others, by all of these parts.
    pub(super) fn matched(&self, parts: &[&Expr], own: &str, others: &[Source]) -> Option<Member> {
        others.iter().find_map(|source| {
            let From::Table(of) = &source.what else {
                return None;
            };
            let called = source.alias.as_deref().unwrap_or(&of.name);
            let (pairs, exact) = self.pairs(parts, &|side| match side {
                Some(side) if side.eq_ignore_ascii_case(called) => Some(Side::Other),
                Some(side) if side.eq_ignore_ascii_case(own) => Some(Side::Own),
                _ => None,
            })?;
            Some(Member {
                pairs,
                of: of.clone(),
                row: false,
                exact: exact && others.len() == 1,
            })
        })
    }

    fn listed(&self, expr: &Expr, subquery: &Syntax, names: &[&str]) -> Option<Member> {
        let own = |column: &Expr| self.compared_as(column, |of| is_one(names, of));
        let own: Vec<String> = match expr {
            Expr::Tuple(columns) => columns.iter().map(own).collect(),
            column => own(column).map(|column| vec![column]),
        }?;
        let (of, called) = self.one_table(subquery)?;
        let SetExpr::Select(select) = &*subquery.body else {
            return None;
        };
        let other = select.projection.iter().map(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                self.compared_as(expr, |of| of.eq_ignore_ascii_case(&called))
            }
            _ => None,
        });
        let other = other.collect::<Option<Vec<String>>>()?;
        let whole = select.selection.is_none() && own.len() == other.len();
        whole.then(|| Member {
            pairs: own.into_iter().zip(other).collect(),
            of,
            row: false,
            exact: true,
        })
    }

    /// The column that the expression is, compared as it is stored, if what qualifies it means the right table.
    pub(super) fn compared_as(&self, expr: &Expr, means: impl Fn(&str) -> bool) -> Option<String> {
        match self.stored(expr)? {
            (Some(of), _) if !means(&of) => None,
            (_, column) => Some(column),
        }
    }

    /// A column, and what qualifies it: with a collation of its own it would be compared otherwise.
    pub(super) fn stored(&self, expr: &Expr) -> Option<(Option<String>, String)> {
        match expr {
            Expr::Nested(inner) => self.stored(inner),
            Expr::Collate { .. } => None,
            expr => match self.value(expr) {
                Value::Column(of, column) => Some((of, column)),
                _ => None,
            },
        }
    }

    /// The one table that a plain query reads, and what it is called there.
    pub(super) fn one_table(&self, subquery: &Syntax) -> Option<(Name, String)> {
        let query = self.query(subquery);
        let [branch] = query.branches.as_slice() else {
            return None;
        };
        let [source] = branch.from.as_slice() else {
            return None;
        };
        let From::Table(table) = &source.what else {
            return None;
        };
        let called = source.alias.clone().unwrap_or_else(|| table.name.clone());
        let plain = query.with.is_empty() && !query.limited && !branch.may_fold();
        plain.then(|| (table.clone(), called))
    }

    /// What qualifies the first column that is not the table's own.
    fn qualifier_of(&self, parts: &[&Expr], names: &[&str]) -> Option<String> {
        parts.iter().find_map(|part| {
            let Expr::BinaryOp { left, right, .. } = part else {
                return None;
            };
            let mut sides = [left, right].into_iter();
            sides.find_map(|side| match self.value(side) {
                Value::Column(Some(of), _) if !is_one(names, &of) => Some(of),
                _ => None,
            })
        })
    }

    /// Own column and other one of each comparison among the parts, and whether they are nothing else; none where there
    /// is no comparison.
    pub(super) fn pairs(
        &self,
        parts: &[&Expr],
        side: &impl Fn(Option<&str>) -> Option<Side>,
    ) -> Option<(Vec<(String, String)>, bool)> {
        let pair = |part: &&Expr| {
            let Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            } = part
            else {
                return None;
            };
            let ((of_left, left), (of_right, right)) = (self.stored(left)?, self.stored(right)?);
            match (side(of_left.as_deref())?, side(of_right.as_deref())?) {
                (Side::Own, Side::Other) => Some((left, right)),
                (Side::Other, Side::Own) => Some((right, left)),
                _ => None,
            }
        };
        let pairs: Vec<_> = parts.iter().filter_map(pair).collect();
        let exact = pairs.len() == parts.len();
        (!pairs.is_empty()).then_some((pairs, exact))
    }
}

fn is_one(names: &[&str], name: &str) -> bool {
    names.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// The parts of a condition that AND joins.
pub(super) fn conjunction(expr: &Expr) -> Vec<&Expr> {
    let (mut parts, mut todo) = (Vec::new(), vec![expr]);
    while let Some(expr) = todo.pop() {
        match expr {
            Expr::Nested(inner) => todo.push(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => todo.extend([&**left, &**right]),
            part => parts.push(part),
        }
    }
    parts
}
