//! Can an expression be computed for given values of its columns?

use std::cell::Cell;
use std::sync::Arc;

use sqlparser::ast::{AccessExpr, Array, BinaryOperator, CastKind, Expr, Subscript, UnaryOperator};

use super::Reader;
use crate::Dialect;
use crate::act::{Datum, Formula, Sign, Value};

/// Of how many parts it may be made: an operand that is compared with many counts as often.
const MOST: usize = 256;

/// How deep it may be nested.
const DEPTH: usize = 16;

/// What a formula may still have.
#[derive(Clone, Copy)]
struct Parts<'c> {
    left: &'c Cell<usize>,
    depth: usize,
}

impl Parts<'_> {
    fn less(self) -> Option<Self> {
        self.left.set(self.left.get().checked_sub(1)?);
        let depth = self.depth.checked_sub(1)?;
        Some(Parts { depth, ..self })
    }
}

impl Reader<'_> {
    /// The expression as a formula, where it is made of what is computed alike everywhere. MySQL takes texts for numbers, and
    /// 'A' for 'a'.
    pub(super) fn formula(&self, expr: &Expr) -> Option<Arc<Formula>> {
        if self.dialect == Dialect::MySql || is_leaf(expr) {
            return None;
        }
        let parts = Parts {
            left: &Cell::new(MOST),
            depth: DEPTH,
        };
        self.formed(expr, parts).map(Arc::new)
    }

    fn formed(&self, expr: &Expr, parts: Parts<'_>) -> Option<Formula> {
        let parts = parts.less()?;
        let of = |expr: &Expr| self.formed(expr, parts);
        let boxed = |expr: &Expr| of(expr).map(Box::new);
        let not = |formula: Formula| Formula::Not(Box::new(formula));
        let is = |expr: &Expr, datum: Datum| Some(Formula::Is(boxed(expr)?, datum));
        Some(match expr {
            Expr::Nested(inner) => of(inner)?,
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_) => {
                self.leaf(expr)?
            }
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => not(of(expr)?),
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => {
                let zero = Box::new(Formula::Datum(Datum::Number(0)));
                Formula::Two(zero, Sign::Minus, boxed(expr)?)
            }
            Expr::BinaryOp { left, op, right } if binds(left, op) && binds(right, op) => {
                self.of_two(of(left)?, op, || of(right))?
            }
            Expr::IsNull(inner) => is(inner, Datum::Null)?,
            Expr::IsNotNull(inner) => not(is(inner, Datum::Null)?),
            Expr::IsTrue(inner) => is(inner, Datum::Truth(true))?,
            Expr::IsNotTrue(inner) => not(is(inner, Datum::Truth(true))?),
            Expr::IsFalse(inner) => is(inner, Datum::Truth(false))?,
            Expr::IsNotFalse(inner) => not(is(inner, Datum::Truth(false))?),
            Expr::InList {
                expr,
                list,
                negated,
            } => {
                let mut found: Option<Formula> = None;
                for item in list {
                    let same = same(of(expr)?, of(item)?);
                    found = Some(match found {
                        Some(found) => Formula::Two(Box::new(found), Sign::Or, Box::new(same)),
                        None => same,
                    });
                }
                match negated {
                    true => not(found?),
                    false => found?,
                }
            }
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                let mut pairs = Vec::new();
                for when in conditions {
                    let condition = match operand {
                        Some(operand) => same(of(operand)?, of(&when.condition)?),
                        None => of(&when.condition)?,
                    };
                    pairs.push((condition, of(&when.result)?));
                }
                let rest = match else_result {
                    Some(other) => of(other)?,
                    None => Formula::Datum(Datum::Null),
                };
                Formula::Case(pairs, Box::new(rest))
            }
            Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon,
                expr,
                data_type,
                ..
            } => Formula::Cast(boxed(expr)?, data_type.to_string()),
            Expr::CompoundFieldAccess { root, access_chain }
                if self.dialect == Dialect::Postgres =>
            {
                let [AccessExpr::Subscript(Subscript::Index { index })] = access_chain.as_slice()
                else {
                    return None;
                };
                Formula::Element(self.listed_in(root, parts)?, boxed(index)?)
            }
            Expr::Function(function) if self.asks_clock(function) => Formula::Datum(Datum::Moment),
            Expr::Function(function) => {
                let name = self.server_function(&function.name)?;
                let arguments = super::inspect::plain_arguments(function)?;
                match (name.as_str(), arguments.as_slice()) {
                    ("iif", [condition, yes, no]) if self.dialect == Dialect::Sqlite => {
                        Formula::Case(vec![(of(condition)?, of(yes)?)], boxed(no)?)
                    }
                    ("coalesce" | "ifnull", [_, _, ..]) => {
                        let given = arguments.iter().map(|part| of(part));
                        Formula::Coalesce(given.collect::<Option<_>>()?)
                    }
                    ("date" | "time" | "datetime", [Expr::Value(now)])
                        if self.dialect == Dialect::Sqlite
                            && now.to_string().eq_ignore_ascii_case("'now'") =>
                    {
                        Formula::Datum(Datum::Moment)
                    }
                    ("replace", [value, from, to]) => match (of(from)?, of(to)?) {
                        (Formula::Datum(Datum::Text(from)), Formula::Datum(Datum::Text(to))) => {
                            Formula::Replace(boxed(value)?, from, to)
                        }
                        _ => return None,
                    },
                    ("array_position", [list, value]) if self.dialect == Dialect::Postgres => {
                        Formula::Place(self.listed_in(list, parts)?, boxed(value)?)
                    }
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    fn leaf(&self, expr: &Expr) -> Option<Formula> {
        match self.value(expr) {
            Value::Column(of, name) => Some(Formula::Column(of, name)),
            Value::Constant(constant) => Datum::of(&constant).map(Formula::Datum),
            Value::Null => Some(Formula::Datum(Datum::Null)),
            Value::Now => Some(Formula::Datum(Datum::Moment)),
            _ => None,
        }
    }

    /// The members of `ARRAY['a', 'b']`.
    fn listed_in(&self, list: &Expr, parts: Parts<'_>) -> Option<Vec<Formula>> {
        match list {
            Expr::Nested(inner) => self.listed_in(inner, parts),
            Expr::Array(Array { elem, .. }) => {
                elem.iter().map(|part| self.formed(part, parts)).collect()
            }
            _ => None,
        }
    }

    fn of_two(
        &self,
        left: Formula,
        op: &BinaryOperator,
        right: impl FnOnce() -> Option<Formula>,
    ) -> Option<Formula> {
        let two = |left, sign, right| Formula::Two(Box::new(left), sign, Box::new(right));
        let not = |formula| Formula::Not(Box::new(formula));
        let sign = match op {
            BinaryOperator::NotEq => return Some(not(same(left, right()?))),
            BinaryOperator::Gt => return Some(two(right()?, Sign::Less, left)),
            BinaryOperator::LtEq => return Some(not(two(right()?, Sign::Less, left))),
            BinaryOperator::GtEq => return Some(not(two(left, Sign::Less, right()?))),
            BinaryOperator::Eq => Sign::Equal,
            BinaryOperator::Lt => Sign::Less,
            BinaryOperator::And => Sign::And,
            BinaryOperator::Or => Sign::Or,
            BinaryOperator::Plus => Sign::Plus,
            BinaryOperator::Minus => Sign::Minus,
            BinaryOperator::Multiply => Sign::Times,
            BinaryOperator::StringConcat => Sign::Joined,
            BinaryOperator::BitwiseAnd => Sign::BitAnd,
            BinaryOperator::BitwiseOr => Sign::BitOr,
            BinaryOperator::PGBitwiseShiftLeft => Sign::Left,
            BinaryOperator::PGBitwiseShiftRight => Sign::Right,
            _ => return None,
        };
        Some(two(left, sign, right()?))
    }
}

/// Whether it has no parts: what it is is told by its value.
fn is_leaf(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_)
    )
}

fn same(left: Formula, right: Formula) -> Formula {
    Formula::Two(Box::new(left), Sign::Equal, Box::new(right))
}

/// Whether an operand stands below the sign for each database: they do not agree on what binds closer.
fn binds(operand: &Expr, sign: &BinaryOperator) -> bool {
    use BinaryOperator::{
        And, BitwiseAnd, BitwiseOr, Eq, Gt, GtEq, Lt, LtEq, Minus, Multiply, NotEq, Or, Plus,
        StringConcat,
    };
    let below = match operand {
        Expr::BinaryOp { op, .. } => op,
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            ..
        }
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::InList { .. } => return matches!(sign, And | Or),
        _ => return true,
    };
    let sums = |op: &BinaryOperator| matches!(op, Plus | Minus | Multiply);
    match sign {
        Or => matches!(below, Or | And | Eq | NotEq | Lt | LtEq | Gt | GtEq),
        And => matches!(below, And | Eq | NotEq | Lt | LtEq | Gt | GtEq),
        Eq | NotEq | Lt | LtEq | Gt | GtEq => sums(below),
        Plus | Minus => sums(below),
        StringConcat | BitwiseAnd | BitwiseOr | Multiply => below == sign,
        _ => false,
    }
}
