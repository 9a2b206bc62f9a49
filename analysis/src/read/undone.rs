//! Which expressions may turn back what was done to each value of a column?

use sqlparser::ast::{Expr, Function, FunctionArguments};

use super::Reader;
use super::inspect::argument_expr;
use crate::Dialect;
use crate::act::{Kind, Undo, Value};

impl Reader<'_> {
    /// `substr(x, 5)`, `date(x)` and `UNHEX(x)` of a column.
    pub(super) fn undone(&self, name: &str, function: &Function) -> Option<Value> {
        let FunctionArguments::List(list) = &function.args else {
            return None;
        };
        // One of a schema may be the migrations' own.
        (function.name.0.len() == 1).then_some(())?;
        let mut arguments = list.args.iter().map(argument_expr);
        let of = arguments.next()??;
        let how = match (name, list.args.len()) {
            ("substr" | "substring", 2) => self.cut_at(arguments.next()??)?,
            (read, 1) if self.dialect == Dialect::MySql && read_again(read).is_some() => {
                Undo::Read(read_again(read)?)
            }
            ("date", 1) if self.dialect != Dialect::Sqlite => Undo::Day,
            _ => return None,
        };
        self.undone_by(of, how)
    }

    /// `SUBSTRING(x, 5)` as the grammar has it.
    pub(super) fn cut(&self, of: &Expr, from: &Expr) -> Option<Value> {
        self.undone_by(of, self.cut_at(from)?)
    }

    /// `x / 100`, where the fraction is cut off.
    pub(super) fn quotient(&self, of: &Expr, by: &str) -> Option<Value> {
        let by = by.parse().ok().filter(|by| *by > 1)?;
        self.undone_by(of, Undo::Quotient(by))
    }

    /// How many characters stand in front of the one with the number `first`.
    fn cut_at(&self, first: &Expr) -> Option<Undo> {
        match self.value(first) {
            Value::Constant(first) => {
                let first: u32 = first.parse().ok()?;
                first.checked_sub(1).filter(|by| *by > 0).map(Undo::Cut)
            }
            _ => None,
        }
    }

    fn undone_by(&self, of: &Expr, how: Undo) -> Option<Value> {
        let of = self.value(of);
        matches!(of, Value::Column(..)).then(|| Value::Undone(Box::new(of), how))
    }
}

/// What a function of MySQL reads that another one wrote.
fn read_again(name: &str) -> Option<Kind> {
    match name {
        "unhex" => Some(Kind::Hex),
        "from_base64" => Some(Kind::Base64),
        "inet_aton" => Some(Kind::Address),
        _ => None,
    }
}

/// How many characters a constant text has, if it is written as it is.
pub(super) fn characters(constant: &str) -> Option<u32> {
    let text = constant.strip_prefix('\'')?.strip_suffix('\'')?;
    let plain = !text.is_empty() && !text.contains(['\'', '\\']);
    plain.then(|| u32::try_from(text.chars().count()).ok())?
}
