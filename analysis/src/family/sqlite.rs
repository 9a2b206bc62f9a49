//! What do the statements of SQLite ask for that the grammar rejects?

use super::cursor::Cursor;
use super::significant;
use super::table::index;
use crate::Dialect;
use crate::act::{Act, Column, Constraint, NewTable, Restriction, Step};

pub(super) fn family(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    if cursor.eat("PRAGMA") {
        return pragma(cursor);
    }
    if cursor.sees("CREATE VIRTUAL TABLE") {
        return virtual_table(cursor);
    }
    if cursor.sees_any(&["CREATE INDEX", "CREATE UNIQUE INDEX"]) {
        cursor.eat("CREATE");
        return index::create(cursor);
    }
    let inert = ["VACUUM", "REINDEX", "ANALYZE", "DETACH"];
    // `VACUUM INTO` writes a file of its own.
    cursor.sees_any(&inert).then(|| cursor.step(Act::Inert))
}

/// `CREATE VIRTUAL TABLE … USING module(…)`, whatever the module is told.
fn virtual_table(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.eat("CREATE VIRTUAL TABLE");
    let if_not_exists = cursor.if_not_exists();
    let name = cursor.name()?;
    cursor.eat("USING").then_some(())?;
    let module = cursor.ident()?.to_lowercase();
    let arguments = cursor.parentheses().unwrap_or(&[]);
    let arguments = Cursor::new(cursor.dialect, cursor.sql, arguments).list();
    // An index of full text over another table, and the words that such an index holds: computed from what is elsewhere.
    let content = arguments.iter().find_map(|argument| {
        let mut argument = Cursor::new(cursor.dialect, cursor.sql, argument);
        let named = argument.eat("content") && argument.eat_symbol("=");
        let table = argument.peek().map_or("", |token| token.text(cursor.sql));
        named.then(|| table.trim_matches(['\'', '"', '`']))
    });
    let derived = module == "fts5vocab" || content.is_some_and(|table| !table.is_empty());
    Some(cursor.step(Act::CreateTable(Box::new(NewTable {
        name: Some(name),
        if_not_exists,
        foreign: content.is_some() || !keeps_text(&module),
        module: Some(module),
        derived,
        text: cursor.text(),
        ..NewTable::default()
    }))))
}

/// The columns of the table of full text that `text` makes; none where they are not told. Each takes whatever it is given, and
/// gives it back: they have no types. Behind them stands the number of the row, which is all that tells it from others.
/// (<https://sqlite.org/fts5.html#fts5_table_creation_and_initialization>)
pub(crate) fn full_text_columns(module: &str, sql: &str) -> Option<Vec<Column>> {
    let tokens = significant(Dialect::Sqlite, sql);
    let mut cursor = Cursor::new(Dialect::Sqlite, sql, &tokens);
    cursor.skip_to(&["USING"]).then_some(())?;
    cursor.pass(2);
    let arguments = cursor.parentheses()?;
    let mut columns = Vec::new();
    for argument in Cursor::new(Dialect::Sqlite, sql, arguments).list() {
        let mut argument = Cursor::new(Dialect::Sqlite, sql, argument);
        let name = argument.ident()?;
        // `tokenize porter` of FTS3 has no sign between.
        if argument.sees_symbol("=") || name.eq_ignore_ascii_case("tokenize") {
            continue;
        }
        columns.push(Column {
            name,
            ..Column::default()
        });
    }
    if columns.is_empty() {
        return None;
    }
    let name = match module {
        "fts5" => "rowid",
        _ => "docid",
    };
    columns.push(Column {
        name: name.to_owned(),
        ty: Some("INTEGER".to_owned()),
        not_null: true,
        hidden: true,
        constraints: vec![Constraint {
            name: None,
            rule: Restriction::PrimaryKey(vec![name.to_owned()]),
            text: "PRIMARY KEY".to_owned(),
        }],
        ..Column::default()
    });
    Some(columns)
}

/// Whether a virtual table of this module keeps what is copied there: `rtree` rounds it to 32 bits, and of others
/// nobody knows. (<https://sqlite.org/rtree.html#implementation_details>)
pub(crate) fn keeps_text(module: &str) -> bool {
    matches!(module, "fts3" | "fts4" | "fts5")
}

fn pragma(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let name = cursor.name()?.name.to_lowercase();
    cursor.eat_symbol("=");
    cursor.eat_symbol("(");
    let value = cursor.peek().map_or("", |token| token.text(cursor.sql));
    let value = value.trim_matches(['\'', '"', '`']).to_lowercase();
    let act = match value.is_empty() {
        true => Act::Inert,
        false => asked(&name, &value),
    };
    Some(cursor.step(act))
}

/// What `PRAGMA name = value` asks for.
pub(crate) fn asked(name: &str, value: &str) -> Act {
    let on = !["0", "off", "false", "no"].contains(&value);
    match name {
        "foreign_keys" => Act::ForeignKeys(on),
        "recursive_triggers" => Act::RecursiveTriggers(on),
        "legacy_alter_table" => Act::LegacyRenames(on),
        // Rows that break a check stay when the switch is off again.
        "ignore_check_constraints" if on => Act::DoubtKeys { later: true },
        "writable_schema" if on => Act::Unknown("the schema itself is written as a table".into()),
        _ => Act::Inert,
    }
}
