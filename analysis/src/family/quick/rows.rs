//! Which rows does a plain statement write, or ask for?

use super::key::{columns, is_column, is_value};
use super::plain::Plain;
use super::value::constant;
use crate::act::{
    Act, Branch, Conflict, From, Insert, Join, Output, Query, Rows, Source, Step, Value,
};
use crate::lex::Kind;
use crate::{Dialect, read};

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
    (!columns.iter().any(asks) && !read::names_twice(&columns)).then_some(())?;
    let rows = match plain.eat("SELECT") {
        true => Rows::Query(copied(plain)?),
        false => Rows::Values(values(plain)?),
    };
    let skips = plain.cursor.dialect != Dialect::MySql && plain.eat("ON CONFLICT DO NOTHING");
    Some(plain.cursor.step(Act::Insert(Box::new(Insert {
        table,
        columns,
        rows,
        conflict: if skips {
            Conflict::Skip
        } else {
            Conflict::Fail
        },
        returning: Vec::new(),
    }))))
}

fn values(plain: &mut Plain<'_>) -> Option<Vec<Vec<Value>>> {
    plain.word("VALUES")?;
    let mut rows = vec![row(plain)?];
    while plain.eat_symbol(",") {
        rows.push(row(plain)?);
    }
    Some(rows)
}

/// Columns of all rows of one table, behind `SELECT`: `a, b FROM t` or `* FROM t`.
fn copied(plain: &mut Plain<'_>) -> Option<Query> {
    let mut output = Vec::new();
    if plain.eat_symbol("*") {
        output.push(Output::All(None));
    } else {
        loop {
            let name = column(plain, output.is_empty())?;
            output.push(Output::Value {
                value: Value::Column(None, name.clone()),
                name: Some(name),
            });
            if !plain.eat_symbol(",") {
                break;
            }
        }
    }
    plain.word("FROM")?;
    let first = plain.cursor.peek()?;
    let is_name = first.kind == Kind::Quoted || read::is_no_keyword(plain.shown(first.span));
    let (table, _) = plain.name().filter(|_| is_name)?;
    // Whatever else is said of it is for the grammar.
    (plain.is_done() || plain.cursor.sees("ON CONFLICT")).then_some(())?;
    let source = Source {
        what: From::Table(table),
        alias: None,
        join: Join::Product,
        on: Vec::new(),
    };
    let branch = Branch {
        output,
        from: vec![source],
        ..Branch::default()
    };
    Some(Query {
        branches: vec![branch],
        ..Query::default()
    })
}

/// A column that stands alone between commas. Many words mean something else to the grammar where they are the `first`.
fn column(plain: &mut Plain<'_>, first: bool) -> Option<String> {
    let token = plain.token()?;
    let text = plain.shown(token.span);
    let other = || {
        ["DEFAULT", "FROM"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
    };
    let is_name = match token.kind {
        Kind::Word if first => is_column(text),
        Kind::Word => !is_value(text) && !other(),
        _ => text.len() > 2,
    };
    let alone = plain.cursor.sees_symbol(",") || plain.cursor.sees("FROM");
    (is_name && alone).then(|| plain.folded(token))
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
