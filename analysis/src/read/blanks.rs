//! Which columns have a value in every row that a condition picks, and which have none in every row that it leaves out?

use sqlparser::ast::{BinaryOperator, Expr, FunctionArguments, UnaryOperator};

use super::Reader;
use super::inspect::argument_expr;
use super::member::conjunction;
use crate::act::Value;

impl Reader<'_> {
    /// The columns, unqualified or of one of `names`, that are asked in a way that NULL never answers with true.
    pub(super) fn filled(&self, expr: &Expr, names: &[&str]) -> Vec<String> {
        use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
        let own = |part: &Expr| self.own_column(part, names);
        let mut filled = Vec::new();
        for part in conjunction(expr) {
            match part {
                Expr::IsNotNull(asked) | Expr::Between { expr: asked, .. } => {
                    filled.extend(own(asked));
                }
                Expr::BinaryOp {
                    left,
                    op: Eq | NotEq | Gt | GtEq | Lt | LtEq,
                    right,
                } => filled.extend([left, right].into_iter().filter_map(|side| own(side))),
                _ => {}
            }
        }
        filled
    }

    /// The columns, unqualified or of one of `names`, that are NULL in every row that the condition picks.
    pub(super) fn absent(&self, expr: &Expr, names: &[&str]) -> Vec<String> {
        let parts = conjunction(expr).into_iter();
        let asked = parts.filter_map(|part| match part {
            Expr::IsNull(asked) => self.own_column(asked, names),
            _ => None,
        });
        asked.collect()
    }

    /// The columns, unqualified or of one of `names`, a value in any of which makes the condition true.
    pub(super) fn met(&self, expr: &Expr, names: &[&str]) -> Vec<String> {
        let values = alternatives(expr)
            .into_iter()
            .filter_map(|part| match part {
                (Expr::IsNotNull(asked), false) | (Expr::IsNull(asked), true) => Some(asked),
                _ => None,
            });
        values.flat_map(|asked| self.any_of(asked, names)).collect()
    }

    /// The columns, unqualified or of one of `names`, a NULL in any of which makes the condition true.
    pub(super) fn present(&self, expr: &Expr, names: &[&str]) -> Vec<String> {
        let nulls = alternatives(expr)
            .into_iter()
            .filter_map(|part| match part {
                (Expr::IsNull(asked), false) | (Expr::IsNotNull(asked), true) => Some(asked),
                _ => None,
            });
        nulls
            .filter_map(|asked| self.own_column(asked, names))
            .collect()
    }

    /// The columns a value in any of which is one of the expression: itself, or those of `coalesce(x, y)`.
    fn any_of(&self, expr: &Expr, names: &[&str]) -> Vec<String> {
        match expr {
            Expr::Nested(inner) => self.any_of(inner, names),
            Expr::Function(function)
                if self.last(&function.name).eq_ignore_ascii_case("coalesce")
                    && function.name.0.len() == 1 =>
            {
                let FunctionArguments::List(list) = &function.args else {
                    return Vec::new();
                };
                let arguments = list.args.iter().map(argument_expr);
                let columns = arguments.map(|argument| self.own_column(argument?, names));
                columns.collect::<Option<Vec<String>>>().unwrap_or_default()
            }
            one => self.own_column(one, names).into_iter().collect(),
        }
    }

    /// The column that the expression is, unqualified or of one of `names`.
    fn own_column(&self, expr: &Expr, names: &[&str]) -> Option<String> {
        match self.value(expr) {
            Value::Column(None, column) => Some(column),
            Value::Column(Some(of), column) => {
                let is_own = names.iter().any(|name| name.eq_ignore_ascii_case(&of));
                is_own.then_some(column)
            }
            _ => None,
        }
    }
}

/// The parts any of which makes the condition true, and of each whether it does so where it does not hold.
fn alternatives(expr: &Expr) -> Vec<(&Expr, bool)> {
    let mut parts = Vec::new();
    let mut todo = vec![(expr, false)];
    while let Some((part, turned)) = todo.pop() {
        match part {
            Expr::Nested(inner) => todo.push((inner, turned)),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => todo.push((expr, !turned)),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Or,
                right,
            } if !turned => todo.extend([(&**left, false), (&**right, false)]),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } if turned => todo.extend([(&**left, true), (&**right, true)]),
            other => parts.push((other, turned)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use crate::Dialect;
    use crate::act::Act;
    use crate::read::read;

    /// The columns that are never NULL where the condition holds.
    fn filled(condition: &str) -> Vec<String> {
        let sql = format!("DELETE FROM t WHERE {condition}");
        let steps = read(Dialect::MySql, &sql, 0).unwrap();
        match &steps[0].act {
            Act::Delete(delete) => delete.filter.clone().unwrap().filled,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_asked_beside_others_is_there() {
        assert_eq!(filled("x IS NOT NULL AND (t.y > 5)"), ["y", "x"]);
        assert_eq!(filled("x BETWEEN 1 AND 2"), ["x"]);
    }

    /// The columns that have a value in each row for which the condition does not hold.
    fn present(condition: &str) -> Vec<String> {
        let sql = format!("DELETE FROM t WHERE {condition}");
        let steps = read(Dialect::MySql, &sql, 0).unwrap();
        match &steps[0].act {
            Act::Delete(delete) => delete.filter.clone().unwrap().present,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_left_where_null_is_asked_for_is_there() {
        assert_eq!(present("x IS NULL OR (t.y IS NULL OR z = 1)"), ["y", "x"]);
        assert_eq!(present("NOT (x IS NOT NULL AND y > 1)"), ["x"]);
        for condition in [
            "x IS NULL AND y = 1",
            "coalesce(x, y) IS NULL",
            "(x IS NULL) IS FALSE",
            "NOT (x IS NULL OR y = 1)",
            "u.x IS NULL",
            "x = 1",
        ] {
            assert!(present(condition).is_empty(), "{condition}");
        }
    }

    #[test]
    fn what_is_asked_within_something_else_need_not_be() {
        for condition in [
            "a || b IS NOT NULL AND x IS NOT NULL",
            "(a AND x IS NOT NULL AND b) IS FALSE",
            "coalesce(a AND x IS NOT NULL AND b, TRUE)",
            "x <=> NULL",
            "x IS NULL",
            "u.x IS NOT NULL",
        ] {
            assert!(filled(condition).is_empty(), "{condition}");
        }
    }
}
