//! What does an expression read and call?
//!
//! Walks with a stack of its own: `a OR b OR c …` is a tree as deep as it is long.

use sqlparser::ast::{
    AccessExpr, Array, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query,
    Subscript, Value as Literal,
};

use super::{Reader, aggregates, pure, volatile};
use crate::act::Name;

/// What stands in an expression.
#[derive(Debug, Default)]
pub(super) struct Contents<'e> {
    pub(super) reads: Vec<(Option<String>, String)>,
    /// Functions that may do anything.
    pub(super) calls: Vec<Name>,
    pub(super) aggregate: bool,
    /// A set-returning function makes several rows of one, or none.
    pub(super) multiplies: bool,
    pub(super) queries: Vec<&'e Query>,
    /// Another value each time: `random()`, `now()`.
    pub(super) volatile: bool,
    /// Parts of it may not be computed: `CASE`, `AND`, a sub-query.
    pub(super) skips: bool,
}

/// Functions that do not compute each of their arguments.
pub(crate) const SKIPPING: [&str; 11] = [
    "coalesce", "nullif", "if", "iif", "ifnull", "isnull", "nvl", "nvl2", "elt", "field", "decode",
];

/// Whether something in the expression may not be computed. Where an argument is NULL, neither are the others of a
/// function that makes NULL of it.
fn may_skip(expr: &Expr) -> bool {
    use sqlparser::ast::{BinaryOperator, Value};
    match expr {
        Expr::Case { .. }
        | Expr::Subquery(_)
        | Expr::Exists { .. }
        | Expr::InSubquery { .. }
        | Expr::InList { .. }
        | Expr::Between { .. }
        | Expr::Lambda(_) => true,
        Expr::BinaryOp { op, .. } => matches!(
            op,
            BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor
        ),
        Expr::Value(value) => matches!(value.value, Value::Null),
        Expr::Function(function) => matches!(function.args, FunctionArguments::Subquery(_)),
        _ => false,
    }
}

impl Reader<'_> {
    pub(super) fn inspect<'e>(&self, expr: &'e Expr) -> Contents<'e> {
        let mut contents = Contents::default();
        let mut todo = vec![expr];
        while let Some(expr) = todo.pop() {
            contents.skips |= may_skip(expr);
            match expr {
                // An empty name is a text of SQLite.
                Expr::Identifier(ident) if ident.value.is_empty() => {}
                Expr::Identifier(ident) => contents.reads.push((None, self.ident(ident))),
                Expr::CompoundIdentifier(parts) => {
                    let mut parts = parts.iter().rev().map(|part| self.ident(part));
                    let column = parts.next().unwrap_or_default();
                    contents.reads.push((parts.next(), column));
                }
                Expr::Function(function) => self.function(function, &mut contents, &mut todo),
                Expr::Value(value) => {
                    if let Literal::Placeholder(name) = &value.value {
                        contents.reads.push((None, name.clone()));
                    }
                }
                Expr::Subquery(query) => contents.queries.push(query),
                Expr::Exists { subquery, .. } => contents.queries.push(subquery),
                Expr::InSubquery { expr, subquery, .. } => {
                    contents.queries.push(subquery);
                    todo.push(expr);
                }
                other => children(other, &mut todo),
            }
        }
        contents
    }

    fn function<'e>(
        &self,
        function: &'e Function,
        contents: &mut Contents<'e>,
        todo: &mut Vec<&'e Expr>,
    ) {
        let name = self.name(&function.name);
        let before = todo.len();
        arguments(&function.args, contents, todo);
        let count = todo.len() - before;
        let lower = name.name.to_ascii_lowercase();
        contents.skips |= function.filter.is_some() || SKIPPING.contains(&lower.as_str());
        if let Some(filter) = &function.filter {
            todo.push(filter);
        }
        for order in &function.within_group {
            todo.push(&order.expr);
        }
        let builtin = name
            .schema
            .as_deref()
            .is_none_or(|schema| schema.eq_ignore_ascii_case("pg_catalog"));
        if builtin && pure::is_harmless(self.dialect, &name.name) {
            contents.aggregate |=
                function.over.is_none() && aggregates::is_aggregate(self.dialect, &lower, count);
            contents.multiplies |= aggregates::multiplies(&lower);
            contents.volatile |= volatile::is_volatile(&lower);
        } else {
            contents.calls.push(name);
            contents.volatile = true;
        }
    }
}

fn arguments<'e>(
    arguments: &'e FunctionArguments,
    contents: &mut Contents<'e>,
    todo: &mut Vec<&'e Expr>,
) {
    match arguments {
        FunctionArguments::None => {}
        FunctionArguments::Subquery(query) => contents.queries.push(query),
        FunctionArguments::List(list) => {
            for argument in &list.args {
                if let Some(expr) = argument_expr(argument) {
                    todo.push(expr);
                }
            }
        }
    }
}

/// The expression that an argument passes; none for `*`.
pub(super) fn argument_expr(argument: &FunctionArg) -> Option<&Expr> {
    let arg = match argument {
        FunctionArg::Named { arg, .. }
        | FunctionArg::ExprNamed { arg, .. }
        | FunctionArg::Unnamed(arg) => arg,
    };
    match arg {
        FunctionArgExpr::Expr(expr) => Some(expr),
        _ => None,
    }
}

/// The arguments of a function that is called with nothing besides them.
pub(super) fn plain_arguments(function: &Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    let plain = function.over.is_none()
        && function.filter.is_none()
        && function.within_group.is_empty()
        && function.null_treatment.is_none()
        && list.duplicate_treatment.is_none()
        && list.clauses.is_empty();
    let unnamed = |argument: &FunctionArg| matches!(argument, FunctionArg::Unnamed(_));
    if !plain || !list.args.iter().all(unnamed) {
        return None;
    }
    list.args.iter().map(argument_expr).collect()
}

pub(super) fn children<'e>(expr: &'e Expr, todo: &mut Vec<&'e Expr>) {
    match expr {
        Expr::CompoundFieldAccess { root, access_chain } => {
            todo.push(root);
            for access in access_chain {
                match access {
                    AccessExpr::Dot(expr) => todo.push(expr),
                    AccessExpr::Subscript(Subscript::Index { index }) => todo.push(index),
                    AccessExpr::Subscript(Subscript::Slice {
                        lower_bound,
                        upper_bound,
                        stride,
                    }) => todo.extend([lower_bound, upper_bound, stride].into_iter().flatten()),
                }
            }
        }
        Expr::IsFalse(e)
        | Expr::IsNotFalse(e)
        | Expr::IsTrue(e)
        | Expr::IsNotTrue(e)
        | Expr::IsNull(e)
        | Expr::IsNotNull(e)
        | Expr::IsUnknown(e)
        | Expr::IsNotUnknown(e)
        | Expr::Nested(e)
        | Expr::OuterJoin(e)
        | Expr::Prior(e) => todo.push(e),
        Expr::IsDistinctFrom(a, b) | Expr::IsNotDistinctFrom(a, b) => todo.extend([&**a, &**b]),
        Expr::IsJson { expr, .. }
        | Expr::IsNormalized { expr, .. }
        | Expr::UnaryOp { expr, .. }
        | Expr::Cast { expr, .. }
        | Expr::Extract { expr, .. }
        | Expr::Ceil { expr, .. }
        | Expr::Floor { expr, .. }
        | Expr::Collate { expr, .. }
        | Expr::Named { expr, .. }
        | Expr::Prefixed { value: expr, .. }
        | Expr::JsonAccess { value: expr, .. } => todo.push(expr),
        Expr::InList { expr, list, .. } => {
            todo.push(expr);
            todo.extend(list);
        }
        Expr::InUnnest {
            expr, array_expr, ..
        } => todo.extend([&**expr, &**array_expr]),
        Expr::Between {
            expr, low, high, ..
        } => todo.extend([&**expr, &**low, &**high]),
        Expr::BinaryOp { left, right, .. }
        | Expr::AnyOp { left, right, .. }
        | Expr::AllOp { left, right, .. } => todo.extend([&**left, &**right]),
        Expr::Like {
            expr,
            pattern,
            escape_char,
            ..
        }
        | Expr::ILike {
            expr,
            pattern,
            escape_char,
            ..
        }
        | Expr::SimilarTo {
            expr,
            pattern,
            escape_char,
            ..
        } => {
            todo.extend([&**expr, &**pattern]);
            todo.extend(escape_char.as_deref());
        }
        Expr::RLike { expr, pattern, .. } => todo.extend([&**expr, &**pattern]),
        Expr::Convert { expr, styles, .. } => {
            todo.push(expr);
            todo.extend(styles);
        }
        Expr::AtTimeZone {
            timestamp,
            time_zone,
        } => todo.extend([&**timestamp, &**time_zone]),
        Expr::Position { expr, r#in } => todo.extend([&**expr, &**r#in]),
        Expr::Substring {
            expr,
            substring_from,
            substring_for,
            ..
        } => {
            todo.push(expr);
            todo.extend(substring_from.as_deref());
            todo.extend(substring_for.as_deref());
        }
        Expr::Trim {
            expr,
            trim_what,
            trim_characters,
            ..
        } => {
            todo.push(expr);
            todo.extend(trim_what.as_deref());
            todo.extend(trim_characters.iter().flatten());
        }
        Expr::Overlay {
            expr,
            overlay_what,
            overlay_from,
            overlay_for,
        } => {
            todo.extend([&**expr, &**overlay_what, &**overlay_from]);
            todo.extend(overlay_for.as_deref());
        }
        Expr::Case {
            operand,
            conditions,
            else_result,
            ..
        } => {
            todo.extend(operand.as_deref());
            for when in conditions {
                todo.extend([&when.condition, &when.result]);
            }
            todo.extend(else_result.as_deref());
        }
        Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
            todo.extend(sets.iter().flatten());
        }
        Expr::Tuple(list) | Expr::Array(Array { elem: list, .. }) => todo.extend(list),
        Expr::Struct { values, .. } => todo.extend(values),
        Expr::Dictionary(fields) => todo.extend(fields.iter().map(|field| &*field.value)),
        Expr::Map(map) => {
            for entry in &map.entries {
                todo.extend([&*entry.key, &*entry.value]);
            }
        }
        Expr::Interval(interval) => todo.push(&interval.value),
        Expr::Lambda(lambda) => todo.push(&lambda.body),
        Expr::MemberOf(member) => todo.extend([&*member.value, &*member.array]),
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::Function(_)
        | Expr::Subquery(_)
        | Expr::Exists { .. }
        | Expr::InSubquery { .. }
        | Expr::Value(_)
        | Expr::TypedString(_)
        | Expr::MatchAgainst { .. }
        | Expr::Wildcard(_)
        | Expr::QualifiedWildcard(..) => {}
    }
}
