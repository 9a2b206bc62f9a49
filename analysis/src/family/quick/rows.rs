//! Which constant rows does a plain statement write, or ask for?

use super::key::columns;
use super::plain::Plain;
use super::value::constant;
use crate::act::{Act, Branch, Conflict, Insert, Output, Query, Rows, Step, Value};

/// `INSERT INTO t (a, b) VALUES (1, 'x'), …`, behind its first two words.
pub(super) fn insert(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    // Other databases write into more than tables.
    if plain
        .cursor
        .sees_any(&["DIRECTORY", "FUNCTION", "LOCAL", "TABLE"])
    {
        return None;
    }
    let (table, _) = plain.name()?;
    let columns = match plain.cursor.sees_symbol("(") {
        true => columns(plain, false)?.names,
        false => Vec::new(),
    };
    // It would be a query.
    let asks = |name: &String| name.eq_ignore_ascii_case("select");
    (!columns.iter().any(asks)).then_some(())?;
    plain.word("VALUES")?;
    let mut rows = vec![row(plain)?];
    while plain.eat_symbol(",") {
        rows.push(row(plain)?);
    }
    Some(plain.cursor.step(Act::Insert(Box::new(Insert {
        table,
        columns,
        rows: Rows::Values(rows),
        conflict: Conflict::Fail,
        returning: Vec::new(),
    }))))
}

/// `SELECT 1`, behind its first word, by which a migration says that there is nothing to do.
pub(super) fn select(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    let value = Value::Constant(constant(plain)?);
    let branch = Branch {
        output: vec![Output::Value { value, name: None }],
        ..Branch::default()
    };
    let query = Query {
        branches: vec![branch],
        surely: true,
        ..Query::default()
    };
    Some(plain.cursor.step(Act::Select(Box::new(query))))
}

fn row(plain: &mut Plain<'_>) -> Option<Vec<Value>> {
    plain.symbol("(")?;
    let mut row = vec![value(plain)?];
    while plain.eat_symbol(",") {
        row.push(value(plain)?);
    }
    plain.symbol(")")?;
    Some(row)
}

fn value(plain: &mut Plain<'_>) -> Option<Value> {
    let value = match plain.eat("NULL") {
        true => Value::Null,
        false => Value::Constant(constant(plain)?),
    };
    // A sign behind it makes it a longer expression.
    (plain.cursor.sees_symbol(",") || plain.cursor.sees_symbol(")")).then_some(value)
}
