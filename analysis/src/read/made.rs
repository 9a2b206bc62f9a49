//! Of which type is a value that a query computes?
//!
//! `UNION ALL` makes one type of several (<https://www.postgresql.org/docs/15/typeconv-union-case.html>).

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArguments, Select, SelectItem, SetExpr, UnaryOperator,
    Value as Literal,
};

use super::Reader;
use super::inspect::argument_expr;
use crate::Dialect;
use crate::act::{Branch, Made, Query, Value};

/// Functions of PostgreSQL that count, whatever they are given.
const COUNTS: [&str; 15] = [
    "array_length",
    "array_position",
    "ascii",
    "bit_length",
    "cardinality",
    "char_length",
    "character_length",
    "count",
    "dense_rank",
    "jsonb_array_length",
    "length",
    "nextval",
    "octet_length",
    "rank",
    "row_number",
];

/// Deeper than this nobody writes a number down.
const DEEP: usize = 32;

impl Reader<'_> {
    /// Reads a branch of a set operation, and of which types its columns are.
    pub(super) fn typed_branch(&self, body: &SetExpr, query: &mut Query) {
        let first = query.branches.len();
        self.body(body, query);
        if self.dialect != Dialect::Postgres {
            return;
        }
        let branches = query.branches.get_mut(first..).unwrap_or_default();
        match (body, branches) {
            (SetExpr::Select(select), [branch]) => branch.made = self.made_of(select, branch),
            (SetExpr::Values(values), branches) => {
                for (row, branch) in values.rows.iter().zip(branches) {
                    branch.made = row.content.iter().map(|expr| self.made(expr, 0)).collect();
                }
            }
            _ => {}
        }
    }

    fn made_of(&self, select: &Select, branch: &Branch) -> Vec<Made> {
        let outputs = select.projection.iter().zip(&branch.output);
        let made = outputs.map(|(item, output)| match (item, output.value()) {
            (_, Some(Value::Column(..)) | None) => Made::Unknown,
            (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }, _) => {
                self.made(expr, 0)
            }
            _ => Made::Unknown,
        });
        made.collect()
    }

    fn made(&self, expr: &Expr, depth: usize) -> Made {
        if depth > DEEP {
            return Made::Unknown;
        }
        let inner = |expr: &Expr| self.made(expr, depth + 1);
        match expr {
            Expr::Nested(nested) => inner(nested),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => match self.value(expr) {
                Value::Column(of, name) => Made::Column(of, name),
                _ => Made::Unknown,
            },
            Expr::Value(value) => of_literal(&value.value),
            Expr::TypedString(text) => Made::Of(text.data_type.to_string()),
            Expr::Cast { data_type, .. } => Made::Of(data_type.to_string()),
            Expr::UnaryOp {
                op: UnaryOperator::Minus | UnaryOperator::Plus,
                expr,
            } => Made::Number(vec![inner(expr)]),
            Expr::BinaryOp {
                left,
                op:
                    BinaryOperator::Plus
                    | BinaryOperator::Minus
                    | BinaryOperator::Multiply
                    | BinaryOperator::Divide
                    | BinaryOperator::Modulo,
                right,
            } => Made::Number(vec![inner(left), inner(right)]),
            Expr::Case {
                conditions,
                else_result,
                ..
            } => {
                let results = conditions.iter().map(|when| &when.result);
                let results = results.chain(else_result.as_deref());
                Made::Alike(results.map(inner).collect())
            }
            Expr::Function(function) => self.made_by(function, depth),
            _ => Made::Unknown,
        }
    }

    fn made_by(&self, function: &Function, depth: usize) -> Made {
        let (FunctionArguments::List(list), Some(name)) =
            (&function.args, self.server_function(&function.name))
        else {
            return Made::Unknown;
        };
        let given = list.args.iter().filter_map(argument_expr);
        let given = given.map(|expr| self.made(expr, depth + 1));
        match name.as_str() {
            // What `nullif` is given is made alike where it is compared.
            "coalesce" | "greatest" | "least" | "max" | "min" | "nullif" => {
                Made::Alike(given.collect())
            }
            "abs" | "sum" => Made::Number(given.collect()),
            counts if COUNTS.contains(&counts) => Made::Of("bigint".to_owned()),
            _ => Made::Unknown,
        }
    }
}

fn of_literal(literal: &Literal) -> Made {
    match literal {
        // One with a point is no binary fraction either.
        Literal::Number(digits, _) => Made::Of(match digits.parse::<i32>() {
            Ok(_) => "integer".to_owned(),
            Err(_) => "numeric".to_owned(),
        }),
        Literal::Boolean(_) => Made::Of("boolean".to_owned()),
        Literal::Null | Literal::SingleQuotedString(_) | Literal::EscapedStringLiteral(_) => {
            Made::Any
        }
        _ => Made::Unknown,
    }
}
