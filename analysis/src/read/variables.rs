//! What does an UPDATE of MySQL set that hands values on in variables of the session?
//!
//! `SET a = (@x := a), a = b, b = @x` changes `a` and `b` over: each assignment sees those before it, and the variable still holds what
//! stood in `a`. (<https://dev.mysql.com/doc/refman/8.4/en/user-variables.html>)

use std::collections::HashMap;

use sqlparser::ast::{Assignment, AssignmentTarget, BinaryOperator, Expr};

use super::Reader;
use crate::Dialect;
use crate::act::Value;

/// Which column's value each variable and each column holds by now, by its name.
#[derive(Default)]
struct Held {
    columns: HashMap<String, String>,
    variables: HashMap<String, String>,
}

impl Reader<'_> {
    /// The columns that are set, each to what stood in another one before; none where no variable is given a value, or where
    /// anything else is set.
    pub(super) fn handed_on(&self, assignments: &[Assignment]) -> Option<Vec<(String, Value)>> {
        if self.dialect != Dialect::MySql {
            return None;
        }
        let (mut held, mut order) = (Held::default(), Vec::new());
        for assignment in assignments {
            let AssignmentTarget::ColumnName(name) = &assignment.target else {
                return None;
            };
            let column = self.last(name);
            let from = self.handed(&assignment.value, &mut held)?;
            let key = column.to_lowercase();
            if held.columns.insert(key.clone(), from).is_none() {
                order.push((key, column));
            }
        }
        let set = |(key, column): (String, String)| {
            let from = held.columns.get(&key)?.clone();
            Some((column, Value::Column(None, from)))
        };
        let uses = !held.variables.is_empty();
        uses.then(|| order.into_iter().map(set).collect())?
    }

    /// The column whose value of before the statement it is.
    fn handed(&self, expr: &Expr, held: &mut Held) -> Option<String> {
        match expr {
            Expr::Nested(inner) => self.handed(inner, held),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Assignment,
                right,
            } => {
                let name = variable(left)?;
                let from = self.handed(right, held)?;
                held.variables.insert(name, from.clone());
                Some(from)
            }
            expr => match (variable(expr), self.value(expr)) {
                (Some(name), _) => held.variables.get(&name).cloned(),
                (None, Value::Column(_, name)) => {
                    let own = name.to_lowercase();
                    let now = held.columns.get(&own);
                    // What was put into it from another column may have been cut there.
                    now.is_none_or(|now| now.to_lowercase() == own)
                        .then_some(name)
                }
                _ => None,
            },
        }
    }
}

/// The name of a variable of the session.
fn variable(expr: &Expr) -> Option<String> {
    let Expr::Identifier(name) = expr else {
        return None;
    };
    let own = name.quote_style.is_none() && !name.value.starts_with("@@");
    let name = name.value.strip_prefix('@').filter(|_| own)?;
    Some(name.to_lowercase())
}
