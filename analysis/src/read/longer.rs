//! How much longer does a text of MySQL become by what is put before or behind it?

use sqlparser::ast::{Expr, Function, FunctionArguments};

use super::Reader;
use super::inspect::argument_expr;
use super::value::{carries, one_to_one};
use crate::act::{Kind, Value};

impl Reader<'_> {
    /// `CONCAT('a', x)` and `LPAD(x, 10, '0')`, of one value that carries a column and of constants.
    pub(super) fn longer(&self, name: &str, function: &Function) -> Option<Value> {
        let FunctionArguments::List(list) = &function.args else {
            return None;
        };
        let arguments: Option<Vec<&Expr>> = list.args.iter().map(argument_expr).collect();
        let mut values: Vec<Value> = arguments?.into_iter().map(|e| self.value(e)).collect();
        let constants = values.iter().map(text_of);
        let texts: Vec<Option<String>> = constants.collect();
        let at = texts.iter().position(Option::is_none)?;
        let others: Vec<&String> = texts.iter().flatten().collect();
        if others.len() + 1 != values.len() || !carries(&values[at]) {
            return None;
        }
        let kind = match (name, others.as_slice()) {
            // A number has no zeros before it.
            ("lpad", [length, by]) if at == 0 && *by == "0" => Kind::Padded(length.parse().ok()?),
            ("concat", [time]) if at == 0 && is_time(time) => Kind::AtTime,
            ("concat", others) => {
                let added = others.iter().map(|text| text.len()).sum::<usize>();
                // Blanks at the end go where a column is of a fixed length.
                let ends = texts.last().and_then(Option::as_ref);
                let blank = ends.is_some_and(|text| text.ends_with(' '));
                (!blank).then_some(Kind::Longer(u32::try_from(added).ok()?))?
            }
            _ => return None,
        };
        let first = texts.first().and_then(Option::as_ref);
        let before = first.and_then(|text| u32::try_from(text.len()).ok());
        let before = before.filter(|_| at == 1 && texts.len() == 2 && name == "concat");
        let value = one_to_one(values.swap_remove(at), kind);
        Some(match before {
            Some(by) => Value::Led {
                value: Box::new(value),
                by,
            },
            None => value,
        })
    }
}

/// A constant of letters, digits and signs that every character set has.
fn text_of(value: &Value) -> Option<String> {
    let Value::Constant(text) = value else {
        return None;
    };
    // A number may be written in another way than it stands there.
    let quoted = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    let digits = Some(text.as_str()).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let text = quoted.or(digits)?;
    let everywhere = |c: char| c.is_ascii_alphanumeric() || "-_/.,:;+*()%& ".contains(c);
    text.chars().all(everywhere).then(|| text.to_owned())
}

/// A time of day, as it stands behind a day: ` 00:00:00`.
fn is_time(text: &str) -> bool {
    let mut parts = text
        .strip_prefix(' ')
        .into_iter()
        .flat_map(|time| time.split(':'));
    let mut below = |most: u32| {
        let two = parts.next().filter(|part| part.len() == 2);
        two.and_then(|part| part.parse::<u32>().ok())
            .is_some_and(|part| part < most)
    };
    below(24) && below(60) && below(60) && parts.next().is_none()
}
