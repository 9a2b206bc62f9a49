//! How long is the time that an expression of PostgreSQL makes?

use sqlparser::ast::{Expr, FunctionArg, FunctionArgumentList, FunctionArguments};

use super::inspect::argument_expr;
use crate::act::Kind;

/// What a moment must be for so long a time to be added one-to-one, if it is a time of whole units: days are not alike where
/// clocks are turned, and months never are.
pub(super) fn span(expr: &Expr) -> Option<Kind> {
    let (number, unit) = match expr {
        Expr::Nested(inner) => return span(inner),
        // `INTERVAL '1' DAY`.
        Expr::Interval(interval)
            if interval.last_field.is_none() && interval.leading_field.is_some() =>
        {
            let plain = interval.leading_precision.is_none()
                && interval.fractional_seconds_precision.is_none();
            let unit = interval.leading_field.as_ref().filter(|_| plain)?;
            let number = interval.value.to_string();
            (
                number.trim_matches('\'').to_owned(),
                unit.to_string().to_lowercase(),
            )
        }
        Expr::Interval(interval) if interval.leading_field.is_none() => {
            let text = interval.value.to_string().to_ascii_lowercase();
            let mut words = text.trim_matches('\'').split_whitespace();
            let (number, unit) = (words.next()?, words.next()?);
            words.next().is_none().then_some(())?;
            (number.to_owned(), unit.to_owned())
        }
        Expr::Function(function) => {
            let name = function.name.to_string().to_ascii_lowercase();
            let FunctionArguments::List(list) = &function.args else {
                return None;
            };
            let [argument] = list.args.as_slice() else {
                return None;
            };
            (name == "make_interval").then_some(())?;
            (argument_expr(argument)?.to_string(), named(argument)?)
        }
        _ => return None,
    };
    let digits = number.strip_prefix('-').unwrap_or(&number);
    let whole =
        !digits.is_empty() && digits.len() < 7 && digits.bytes().all(|b| b.is_ascii_digit());
    match unit.trim_end_matches('s') {
        "hour" | "minute" | "min" | "second" | "sec" if whole => Some(Kind::Moment),
        "day" | "week" if whole => Some(Kind::Day),
        _ => None,
    }
}

/// Whether a number of one unit alone makes the interval, and no two numbers the same.
pub(super) fn names_unit(list: &FunctionArgumentList) -> bool {
    let [argument] = list.args.as_slice() else {
        return false;
    };
    let unit = named(argument);
    unit.is_some_and(|unit| matches!(unit.as_str(), "days" | "hours" | "mins" | "secs"))
}

/// The name that an argument is given by.
fn named(argument: &FunctionArg) -> Option<String> {
    match argument {
        FunctionArg::Named { name, .. } => Some(name.value.to_ascii_lowercase()),
        FunctionArg::ExprNamed {
            name: Expr::Identifier(name),
            ..
        } => Some(name.value.to_ascii_lowercase()),
        _ => None,
    }
}
