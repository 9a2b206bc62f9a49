//! Which conditions together pick every row?
//!
//! `WHERE flag` and `WHERE NOT flag` leave out the rows where `flag` is NULL; `WHERE flag IS NOT TRUE` takes them.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

use super::Reader;
use crate::Dialect;
use crate::act::{Choice, Value};

/// What a condition says where its atom is true, false, NULL; none stands for NULL.
type Truths = [Option<bool>; 3];

/// That of the atom itself.
const ITSELF: Truths = [Some(true), Some(false), None];

impl Reader<'_> {
    /// The condition as a choice among the truth values of its atom; `names` are left out of its text.
    pub(super) fn chosen(&self, expr: &Expr, names: &[&str]) -> Choice {
        let (atom, column, truths) = self.atom(expr, names);
        Choice {
            atom,
            column,
            holds: truths.map(|truth| truth == Some(true)),
        }
    }

    fn atom(&self, expr: &Expr, names: &[&str]) -> (String, Option<String>, Truths) {
        let through = |inner: &Expr, change: fn(Option<bool>) -> Option<bool>| {
            let (atom, column, truths) = self.atom(inner, names);
            (atom, column, truths.map(change))
        };
        match expr {
            Expr::Nested(inner) => self.atom(inner, names),
            Expr::UnaryOp {
                op: UnaryOperator::Not | UnaryOperator::BangNot,
                expr,
            } => through(expr, |truth| truth.map(|is| !is)),
            Expr::IsTrue(inner) => through(inner, |truth| Some(truth == Some(true))),
            Expr::IsNotTrue(inner) => through(inner, |truth| Some(truth != Some(true))),
            Expr::IsFalse(inner) => through(inner, |truth| Some(truth == Some(false))),
            Expr::IsNotFalse(inner) => through(inner, |truth| Some(truth != Some(false))),
            // Neither holds where only some parts of a row are NULL.
            Expr::IsNull(inner) | Expr::IsNotNull(inner)
                if self.may_be_row(inner) || self.is_whole_row(inner, names) =>
            {
                self.itself(expr, names)
            }
            Expr::IsNull(inner) | Expr::IsUnknown(inner) => {
                through(inner, |truth| Some(truth.is_none()))
            }
            Expr::IsNotNull(inner) | Expr::IsNotUnknown(inner) => {
                through(inner, |truth| Some(truth.is_some()))
            }
            // Two columns are alike as well where both are NULL, of which `=` says nothing: that is an atom of its own, and
            // never NULL.
            Expr::IsDistinctFrom(left, right) if !self.value(right).is_constant() => {
                let same = Expr::IsNotDistinctFrom(left.clone(), right.clone());
                let (atom, column, truths) = self.itself(&same, names);
                (atom, column, truths.map(|truth| Some(truth != Some(true))))
            }
            Expr::IsNotDistinctFrom(_, right) if !self.value(right).is_constant() => {
                let (atom, column, truths) = self.itself(expr, names);
                (atom, column, truths.map(|truth| Some(truth == Some(true))))
            }
            Expr::IsDistinctFrom(left, right) => {
                let (atom, column, truths) = self.comparison(left, "=", right, names);
                (atom, column, truths.map(|truth| Some(truth != Some(true))))
            }
            Expr::IsNotDistinctFrom(left, right) => {
                let (atom, column, truths) = self.comparison(left, "=", right, names);
                (atom, column, truths.map(|truth| Some(truth == Some(true))))
            }
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Or,
                right,
            } => self
                .or_null(left, right, names)
                .unwrap_or_else(|| self.itself(expr, names)),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Spaceship,
                right,
            } => match self.value(right) {
                Value::Null => self.atom(&Expr::IsNull(left.clone()), names),
                _ => self.atom(&Expr::IsNotDistinctFrom(left.clone(), right.clone()), names),
            },
            Expr::BinaryOp { left, op, right } => {
                let (sign, negated) = match op {
                    BinaryOperator::Eq => ("=", false),
                    BinaryOperator::NotEq => ("=", true),
                    BinaryOperator::Lt => ("<", false),
                    BinaryOperator::GtEq => ("<", true),
                    BinaryOperator::LtEq => ("<=", false),
                    BinaryOperator::Gt => ("<=", true),
                    _ => return self.itself(expr, names),
                };
                // A truth value compared with a constant one is itself, or its opposite.
                if sign == "="
                    && self.is_truth(left)
                    && let Value::Constant(text) = self.value(right)
                    && let Ok(wanted) = text.to_ascii_lowercase().parse::<bool>()
                {
                    let (atom, column, truths) = self.atom(left, names);
                    let same = wanted != negated;
                    return (atom, column, truths.map(|t| t.map(|is| is == same)));
                }
                let (atom, column, truths) = self.comparison(left, sign, right, names);
                (atom, column, truths.map(|t| t.map(|is| is != negated)))
            }
            Expr::InList {
                expr,
                list,
                negated: true,
            } => self.opposite(
                &Expr::InList {
                    expr: expr.clone(),
                    list: list.clone(),
                    negated: false,
                },
                names,
            ),
            Expr::Like { .. } | Expr::ILike { .. } | Expr::Between { .. } => {
                let mut said = expr.clone();
                match is_negated(&mut said) {
                    true => self.opposite(&said, names),
                    false => self.itself(expr, names),
                }
            }
            _ => self.itself(expr, names),
        }
    }

    /// Whether the value may be a row of several: no column and no comparison is, as far as it can be seen here.
    fn may_be_row(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) => self.may_be_row(inner),
            Expr::Tuple(_)
            | Expr::QualifiedWildcard(..)
            | Expr::Function(_)
            | Expr::Cast { .. }
            | Expr::Case { .. }
            | Expr::Subquery(_)
            | Expr::CompoundFieldAccess { .. } => self.dialect == Dialect::Postgres,
            _ => false,
        }
    }

    /// Whether it is true, false or NULL: outside of PostgreSQL a column may hold 5, which is true and not equal to it.
    fn is_truth(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) => self.is_truth(inner),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Function(_) => {
                self.dialect == Dialect::Postgres
            }
            Expr::BinaryOp { op, .. } => matches!(
                op,
                BinaryOperator::Eq
                    | BinaryOperator::NotEq
                    | BinaryOperator::Lt
                    | BinaryOperator::LtEq
                    | BinaryOperator::Gt
                    | BinaryOperator::GtEq
                    | BinaryOperator::And
                    | BinaryOperator::Or
            ),
            Expr::UnaryOp { op, .. } => matches!(op, UnaryOperator::Not | UnaryOperator::BangNot),
            Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::InList { .. }
            | Expr::Like { .. }
            | Expr::Between { .. } => true,
            _ => false,
        }
    }

    /// A table's name stands for its whole row, where it is no column's.
    fn is_whole_row(&self, expr: &Expr, names: &[&str]) -> bool {
        match expr {
            Expr::Nested(inner) => self.is_whole_row(inner, names),
            Expr::Identifier(ident) if self.dialect == Dialect::Postgres => {
                let mut names = names.iter();
                names.any(|name| name.eq_ignore_ascii_case(&ident.value))
            }
            _ => false,
        }
    }

    /// `x <= 5 OR x IS NULL`: one of the two is about the rows where the other is NULL.
    fn or_null(
        &self,
        left: &Expr,
        right: &Expr,
        names: &[&str],
    ) -> Option<(String, Option<String>, Truths)> {
        let (null, other) = match (left, right) {
            (Expr::IsNull(null), other) | (other, Expr::IsNull(null)) => (null, other),
            _ => return None,
        };
        // A chain of them would be read again at each link.
        if matches!(
            other,
            Expr::BinaryOp {
                op: BinaryOperator::Or | BinaryOperator::And,
                ..
            }
        ) {
            return None;
        }
        let (atom, column, [when_true, when_false, _]) = self.atom(other, names);
        let about = self.bare_column(null)?;
        (column? == about).then_some((atom, Some(about), [when_true, when_false, Some(true)]))
    }

    /// The condition is an atom, whose column is the only one that it reads.
    fn itself(&self, expr: &Expr, names: &[&str]) -> (String, Option<String>, Truths) {
        let column = match expr {
            Expr::InList { expr, list, .. } => {
                let constant = |item| self.value(item).is_constant();
                list.iter()
                    .all(constant)
                    .then(|| self.bare_column(expr))
                    .flatten()
            }
            Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
                self.beside(expr, &[pattern])
            }
            Expr::Between {
                expr, low, high, ..
            } => self.beside(expr, &[low, high]),
            other => self.bare_column(other),
        };
        (self.normalized(&expr.to_string(), names), column, ITSELF)
    }

    fn opposite(&self, expr: &Expr, names: &[&str]) -> (String, Option<String>, Truths) {
        let (atom, column, truths) = self.itself(expr, names);
        (atom, column, truths.map(|truth| truth.map(|is| !is)))
    }

    /// `column = constant` is NULL where the column is.
    fn comparison(
        &self,
        left: &Expr,
        sign: &str,
        right: &Expr,
        names: &[&str],
    ) -> (String, Option<String>, Truths) {
        let constant = self.value(right).is_constant();
        let column = constant.then(|| self.column_beneath(left)).flatten();
        let text = format!("{left} {sign} {right}");
        (self.normalized(&text, names), column, ITSELF)
    }

    /// The column that `expr` is NULL with, and only with: `x`, `x % 2`.
    fn column_beneath(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Nested(inner) => self.column_beneath(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Modulo,
                right,
            } => {
                let Value::Constant(by) = self.value(right) else {
                    return None;
                };
                let by: i32 = by.parse().ok()?;
                (by != 0).then(|| self.bare_column(left)).flatten()
            }
            other => self.bare_column(other),
        }
    }

    /// The column that is held against constants.
    fn beside(&self, column: &Expr, others: &[&Expr]) -> Option<String> {
        let mut others = others.iter().map(|other| self.value(other));
        let constant = others.all(|other| other.is_constant());
        self.bare_column(column).filter(|_| constant)
    }

    fn bare_column(&self, expr: &Expr) -> Option<String> {
        match self.value(expr) {
            Value::Column(_, name) => Some(name),
            _ => None,
        }
    }
}

/// Takes the NOT out of `x NOT LIKE y` or `x NOT BETWEEN y AND z`, if there is one.
fn is_negated(expr: &mut Expr) -> bool {
    match expr {
        Expr::Like { negated, .. }
        | Expr::ILike { negated, .. }
        | Expr::Between { negated, .. } => std::mem::take(negated),
        _ => false,
    }
}
