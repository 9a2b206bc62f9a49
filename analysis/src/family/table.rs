//! Which columns and constraints does a CREATE TABLE have that the grammar rejects as a whole?

pub(super) mod alter;
pub(super) mod beside;
pub(super) mod change;
pub(super) mod column;
pub(super) mod constraint;
pub(super) mod index;
pub(super) mod like;
pub(super) mod storage;

use std::sync::Arc;

use self::constraint::constraint;
use super::cursor::{Cursor, whole};
use crate::act::{Act, Column, Copied, Engine, Like, NewTable, Step};
use crate::lex::Token;
use crate::{Dialect, read};

/// Reads the definitions one by one. What follows them must say nothing of data.
pub(super) fn create_table(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.eat("CREATE").then_some(())?;
    let or_replace = cursor.eat("OR REPLACE");
    let temporary = cursor.eat_any(&["TEMPORARY", "TEMP", "LOCAL TEMPORARY", "LOCAL TEMP"]);
    cursor.eat("UNLOGGED");
    let foreign = cursor.dialect == Dialect::Postgres && cursor.eat("FOREIGN");
    cursor.eat("TABLE").then_some(())?;
    let if_not_exists = cursor.if_not_exists();
    let mut table = NewTable {
        name: Some(cursor.name()?),
        if_not_exists,
        or_replace,
        temporary,
        foreign,
        text: cursor.text(),
        ..NewTable::default()
    };
    if cursor.dialect == Dialect::Postgres && cursor.eat("OF") {
        table.of = Some(cursor.name()?);
        return Some(cursor.step(Act::CreateTable(Box::new(table))));
    }
    if foreign && cursor.eat("PARTITION OF") {
        table.partition_of = Some(cursor.name()?);
        return Some(cursor.step(Act::CreateTable(Box::new(table))));
    }
    let within = cursor.parentheses()?;
    for definition in Cursor::new(cursor.dialect, cursor.sql, within).list() {
        define(cursor, &mut table, definition)?;
    }
    let unread = ["AS", "SELECT", "PARTITION", "INHERITS", "LIKE", "UNION"];
    // The partitions of MySQL are no tables, and take nothing away from what stands before them.
    let read = |word: &&&str| cursor.dialect == Dialect::MySql && **word == "PARTITION";
    let mut unread = unread.iter().filter(|word| !read(word));
    if unread.any(|word| cursor.holds(word)) || (table.columns.is_empty() && table.like.is_empty())
    {
        return None;
    }
    let mut engine = cursor;
    if engine.skip_to(&["ENGINE"]) {
        engine.eat("ENGINE");
        engine.eat_symbol("=");
        table.engine = Some(Engine::called(engine.peek()?.text(cursor.sql)));
    }
    table.charset = charset(cursor);
    table.collation = collation(cursor);
    Some(cursor.step(Act::CreateTable(Box::new(table))))
}

/// One column or constraint, by the grammar if it takes it alone.
fn define(cursor: Cursor<'_>, table: &mut NewTable, definition: &[Token]) -> Option<()> {
    // MariaDB's, of columns that are defined besides.
    if cursor.dialect == Dialect::MySql
        && Cursor::new(cursor.dialect, cursor.sql, definition).sees("PERIOD FOR")
    {
        return Some(());
    }
    let alone = format!("CREATE TABLE x ({})", super::plain(cursor.sql, definition));
    if let Some(
        [
            Step {
                act: Act::CreateTable(read),
                ..
            },
        ],
    ) = read::read(cursor.dialect, &alone, 0).as_deref()
    {
        table.columns.extend(read.columns.iter().cloned());
        table.constraints.extend(read.constraints.iter().cloned());
        table.like.extend(read.like.iter().cloned());
        return Some(());
    }
    let mut own = Cursor::new(cursor.dialect, cursor.sql, definition);
    if let Some(constraint) = constraint(own) {
        table.constraints.push(constraint);
    } else if own.eat("LIKE") {
        let other = own.name()?;
        let of_postgres = cursor.dialect == Dialect::Postgres;
        table.like.push(Like {
            table: other,
            copied: match like::copied(Cursor::new(cursor.dialect, cursor.sql, definition))[..] {
                [copied] if of_postgres => copied,
                _ => Copied::ALL,
            },
        });
    } else {
        table.columns.push(Arc::new(column::column(own)?));
    }
    Some(())
}

/// How the table's texts are compared, of MySQL.
fn collation(mut cursor: Cursor<'_>) -> Option<String> {
    (cursor.dialect == Dialect::MySql && cursor.skip_to(&["COLLATE"])).then_some(())?;
    cursor.eat("COLLATE");
    cursor.eat_symbol("=");
    let name = whole(cursor.rest().get(..1)?).of(cursor.sql);
    Some(name.trim_matches('\'').to_lowercase())
}

/// The table's character set, of MySQL.
fn charset(mut cursor: Cursor<'_>) -> Option<String> {
    if cursor.dialect != Dialect::MySql || !cursor.skip_to(&["CHARSET", "CHARACTER SET"]) {
        return None;
    }
    cursor.eat_any(&["CHARSET", "CHARACTER SET"]);
    cursor.eat_symbol("=");
    let name = whole(cursor.rest().get(..1)?).of(cursor.sql);
    Some(name.trim_matches('\'').to_lowercase())
}

/// The attributes of the composite type that `text` creates.
pub(super) fn attributes(mut cursor: Cursor<'_>) -> Vec<Column> {
    cursor.skip_to(&["AS"]);
    cursor.eat("AS");
    let within = cursor.parentheses().unwrap_or(&[]);
    let list = Cursor::new(cursor.dialect, cursor.sql, within).list();
    let attribute = |tokens| column::column(Cursor::new(cursor.dialect, cursor.sql, tokens));
    list.into_iter().filter_map(attribute).collect()
}
