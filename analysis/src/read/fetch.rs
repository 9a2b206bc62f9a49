//! Which values does an UPDATE take from a row of another table, and by which columns is that row found?
//!
//! `SET x = (SELECT a.x FROM a WHERE a.id = b.a_id)`, `SET x = a.x FROM a WHERE a.id = b.a_id`, `JOIN a ON a.id = b.a_id SET x = a.x`.

use sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, Expr, Function, FunctionArguments,
    JoinConstraint, JoinOperator, LimitClause, Query as Syntax, Select, SelectItem, SetExpr,
    TableWithJoins, Update as UpdateSyntax,
};

use super::Reader;
use super::inspect::argument_expr;
use super::member::{Side, conjunction};
use crate::act::{Fetch, From, Join, Member, Name, Source, Value};

/// A column of the table, and the equal one of the other table.
type Pair = (String, String);

/// The comparisons by which rows of the other table are found.
#[derive(Default)]
struct Found {
    pairs: Vec<Pair>,
    as_text: bool,
    present: Vec<String>,
    bare: Vec<String>,
}

impl Reader<'_> {
    /// The columns that one assignment of the table called `own` takes from the one other table that a sub-query reads.
    pub(super) fn fetched(&self, assignment: &Assignment, own: &str) -> Vec<Fetch> {
        let names = match &assignment.target {
            AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
            AssignmentTarget::Tuple(names) => names,
        };
        let Some(query) = subquery(&assignment.value) else {
            return Vec::new();
        };
        let fetches = self.looked_up(query, own);
        match fetches.len() == names.len() {
            true => names
                .iter()
                .zip(fetches)
                .map(|(name, fetch)| Fetch {
                    column: self.last(name),
                    ..fetch
                })
                .collect(),
            false => Vec::new(),
        }
    }

    /// Whether a value is a sub-query that may find no row, and is NULL then.
    pub(super) fn may_find_none(&self, value: &Expr) -> bool {
        let Some(query) = subquery(value) else {
            return false;
        };
        // An aggregate of no rows is a row.
        let query = self.query(query);
        let mut branches = query.branches.iter();
        branches.any(|branch| !branch.from.is_empty() && !branch.aggregates)
    }

    /// What each column of a sub-query is of one row of the table that it reads.
    fn looked_up(&self, syntax: &Syntax, own: &str) -> Vec<Fetch> {
        let SetExpr::Select(select) = &*syntax.body else {
            return Vec::new();
        };
        let Some((of, called)) = self.looked_in(syntax, select) else {
            return Vec::new();
        };
        let side = |of: Option<&str>| match of {
            Some(of) if of.eq_ignore_ascii_case(&called) => Some(Side::Other),
            Some(of) if of.eq_ignore_ascii_case(own) => Some(Side::Own),
            Some(_) => None,
            None => Some(Side::Other),
        };
        let parts: Vec<&Expr> = select.selection.iter().flat_map(conjunction).collect();
        let Some(found) = self.found(&parts, &side, &called) else {
            return Vec::new();
        };
        let values = select.projection.iter().map(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                Some(self.one_of_one(expr))
            }
            _ => None,
        });
        let fetch = |mut value: Value| {
            let mut bare = found.bare.clone();
            let mut theirs = true;
            value.each_column(&mut |value| {
                if let Value::Column(of, name) = value {
                    theirs &= matches!(side(of.as_deref()), Some(Side::Other));
                    if of.take().is_none() {
                        bare.push(name.clone());
                    }
                }
            });
            theirs.then(|| Fetch {
                column: String::new(),
                value,
                of: of.clone(),
                pairs: found.pairs.clone(),
                as_text: found.as_text,
                present: found.present.clone(),
                bare,
            })
        };
        let fetches = values.map(|value| fetch(value?));
        fetches.collect::<Option<Vec<Fetch>>>().unwrap_or_default()
    }

    /// The one table that a sub-query finds rows in, and what it is called there.
    fn looked_in(&self, syntax: &Syntax, select: &Select) -> Option<(Name, String)> {
        let one = match &syntax.limit_clause {
            None => true,
            Some(LimitClause::LimitOffset {
                limit,
                offset: None,
                limit_by,
            }) => {
                let is_one =
                    |limit: &Expr| matches!(self.value(limit), Value::Constant(n) if n == "1");
                limit_by.is_empty() && limit.as_ref().is_none_or(is_one)
            }
            Some(_) => false,
        };
        let query = self.query(syntax);
        let ([branch], []) = (query.branches.as_slice(), query.with.as_slice()) else {
            return None;
        };
        let [source] = branch.from.as_slice() else {
            return None;
        };
        let From::Table(of) = &source.what else {
            return None;
        };
        // Of one row an aggregate is that row's value; which ones say so is told from what is selected.
        let plain = one
            && syntax.fetch.is_none()
            && syntax.locks.is_empty()
            && query.calls.is_empty()
            && branch.grouped.is_none()
            && !branch.folded
            && select.having.is_none();
        let called = source.alias.clone().unwrap_or_else(|| of.name.clone());
        plain.then(|| (of.clone(), called))
    }

    /// The value that an expression is where there is one row: `max(x)` is `x`.
    fn one_of_one(&self, expr: &Expr) -> Value {
        if let Expr::Function(function) = expr
            && let Some(inner) = self.extreme(function)
        {
            return self.value(inner);
        }
        self.value(expr)
    }

    fn extreme<'e>(&self, function: &'e Function) -> Option<&'e Expr> {
        let name = self.server_function(&function.name)?;
        let FunctionArguments::List(list) = &function.args else {
            return None;
        };
        let [argument] = list.args.as_slice() else {
            return None;
        };
        let plain = function.over.is_none()
            && function.filter.is_none()
            && function.within_group.is_empty()
            && matches!(name.as_str(), "max" | "min");
        argument_expr(argument).filter(|_| plain)
    }

    /// The columns that the assignments of an UPDATE with a join take from the other table.
    pub(super) fn joined_fetches(
        &self,
        update: &UpdateSyntax,
        sets: &[(String, Value)],
        own: &str,
        from: &[Source],
        first: bool,
    ) -> Vec<Fetch> {
        let [source] = from else {
            return Vec::new();
        };
        let (From::Table(of), Some((mut parts, shared))) =
            (&source.what, self.on_all(&update.table))
        else {
            return Vec::new();
        };
        // A row without a partner is not met, or gets NULL.
        let kind = matches!(source.join, Join::Product | Join::Inner)
            || (source.join == Join::Left && first);
        let called = source.alias.as_ref().unwrap_or(&of.name);
        if !kind || update.limit.is_some() || called.eq_ignore_ascii_case(own) {
            return Vec::new();
        }
        parts.extend(update.selection.iter().flat_map(conjunction));
        let side = |of: Option<&str>| match of {
            Some(of) if of.eq_ignore_ascii_case(called) => Some(Side::Other),
            Some(of) if of.eq_ignore_ascii_case(own) => Some(Side::Own),
            _ => None,
        };
        let by_names = parts.is_empty() && !shared.is_empty();
        let found = match by_names {
            true => Some(Found::default()),
            false => self.found(&parts, &side, called),
        };
        let Some(mut found) = found else {
            return Vec::new();
        };
        found.pairs.extend(shared);
        let fetch = |(column, value): &(String, Value)| {
            let (mut value, mut theirs) = (value.clone(), false);
            let mut others = false;
            value.each_column(&mut |value| {
                if let Value::Column(of, _) = value {
                    match side(of.as_deref()) {
                        Some(Side::Other) => theirs = true,
                        _ => others = true,
                    }
                    *of = None;
                }
            });
            (theirs && !others).then(|| Fetch {
                column: column.clone(),
                value,
                of: of.clone(),
                pairs: found.pairs.clone(),
                as_text: found.as_text,
                present: found.present.clone(),
                bare: Vec::new(),
            })
        };
        sets.iter().filter_map(fetch).collect()
    }

    /// The comparisons that parts of a condition are, if they are nothing but those and `other.x IS NOT NULL`.
    fn found(
        &self,
        parts: &[&Expr],
        side: &impl Fn(Option<&str>) -> Option<Side>,
        called: &str,
    ) -> Option<Found> {
        let (mut compared, mut present, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            match part {
                Expr::IsNotNull(inner) => match self.value(inner) {
                    Value::Column(Some(of), name) if of.eq_ignore_ascii_case(called) => {
                        present.push(name);
                    }
                    _ => return None,
                },
                Expr::BinaryOp { left, right, .. } => {
                    for side in [left, right] {
                        if let Value::Column(None, name) = self.value(side) {
                            bare.push(name);
                        }
                    }
                    compared.push(*part);
                }
                _ => return None,
            }
        }
        if let [comparison] = compared.as_slice()
            && let Some(pair) = self.written_pair(comparison, side)
        {
            return Some(Found {
                pairs: vec![pair],
                as_text: true,
                present,
                bare,
            });
        }
        let (pairs, exact) = self.pairs(&compared, side)?;
        exact.then_some(Found {
            pairs,
            as_text: false,
            present,
            bare,
        })
    }

    /// The own column that is compared as a text, and the column of the other table that it is compared with.
    fn written_pair(
        &self,
        comparison: &Expr,
        side: &impl Fn(Option<&str>) -> Option<Side>,
    ) -> Option<Pair> {
        let Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } = comparison
        else {
            return None;
        };
        let written = |expr: &Expr| match self.value(expr) {
            Value::Cast(inner, ty) if ty.eq_ignore_ascii_case("text") => match *inner {
                Value::Column(of, name) => Some((of, name)),
                _ => None,
            },
            _ => None,
        };
        let (own, other) = match (written(left), written(right)) {
            (Some(own), None) => (own, self.stored(right)?),
            (None, Some(own)) => (own, self.stored(left)?),
            _ => return None,
        };
        let is_pair = matches!(
            (side(own.0.as_deref())?, side(other.0.as_deref())?),
            (Side::Own, Side::Other)
        );
        is_pair.then_some((own.1, other.1))
    }

    /// By what the rows of MySQL's `UPDATE t JOIN other ON … SET …` are joined to those of the other table, if each row that is
    /// written has a partner there.
    pub(super) fn joined_by(
        &self,
        update: &UpdateSyntax,
        own: &str,
        from: &[Source],
    ) -> Option<Member> {
        let [source] = from else {
            return None;
        };
        let From::Table(of) = &source.what else {
            return None;
        };
        let inner = matches!(source.join, Join::Product | Join::Inner);
        let (mut parts, shared) = self.on_all(&update.table).filter(|_| inner)?;
        (!update.table.joins.is_empty()).then_some(())?;
        parts.extend(update.selection.iter().flat_map(conjunction));
        let mut member = match parts.is_empty() {
            true => Member {
                pairs: Vec::new(),
                of: of.clone(),
                row: false,
                exact: true,
            },
            false => self.matched(&parts, own, from)?,
        };
        member.pairs.extend(shared);
        (!member.pairs.is_empty()).then_some(member)
    }

    /// The parts of what stands behind ON, and the columns that USING says are equal; none where a table is joined by anything else.
    fn on_all<'s>(&self, table: &'s TableWithJoins) -> Option<(Vec<&'s Expr>, Vec<Pair>)> {
        let (mut parts, mut shared) = (Vec::new(), Vec::new());
        for join in &table.joins {
            let (JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::StraightJoin(constraint)
            | JoinOperator::CrossJoin(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)) = &join.join_operator
            else {
                return None;
            };
            match constraint {
                JoinConstraint::On(expr) => parts.extend(conjunction(expr)),
                JoinConstraint::None => {}
                JoinConstraint::Using(columns) => {
                    let names = columns.iter().map(|column| self.last(column));
                    shared.extend(names.map(|name| (name.clone(), name)));
                }
                JoinConstraint::Natural => return None,
            }
        }
        Some((parts, shared))
    }
}

/// The sub-query that a value is.
fn subquery(value: &Expr) -> Option<&Syntax> {
    match value {
        Expr::Nested(inner) => subquery(inner),
        Expr::Subquery(query) => Some(query),
        _ => None,
    }
}
