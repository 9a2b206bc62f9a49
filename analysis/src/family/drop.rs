//! What goes with a `DROP` that the grammar rejects?

use super::cursor::{Cursor, whole};
use crate::Dialect;
use crate::act::{Act, Name, OfEvent, Step};

pub(super) fn drop(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    if !cursor.eat("DROP") {
        return None;
    }
    let temporary = cursor.sees("TEMPORARY");
    let kind = kind(&mut cursor)?;
    cursor.eat("CONCURRENTLY");
    let if_exists = cursor.if_exists();
    // Only the last words say it; a column can be called so too.
    let cascade = cursor
        .rest()
        .last()
        .is_some_and(|token| token.is_word(cursor.sql, "CASCADE"));
    let mut steps = Vec::new();
    loop {
        let start = cursor.at;
        let name = cursor.name()?;
        let span = whole(&cursor.tokens[start..cursor.at]);
        cursor.parentheses();
        let table = cursor.eat("ON").then(|| cursor.name()).flatten();
        let act = act(kind, name, table, if_exists, cascade, temporary);
        steps.push(Step { act, span });
        if !cursor.eat_symbol(",") {
            break;
        }
    }
    cursor.eat_any(&["CASCADE", "RESTRICT", "FORCE", "WAIT", "NOWAIT"]);
    let options = cursor.dialect == Dialect::MySql && cursor.sees_any(&["ALGORITHM", "LOCK"]);
    (cursor.is_done() || options).then_some(steps)
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Table,
    View,
    MaterializedView,
    Index,
    Sequence,
    Type,
    Schema,
    Database,
    Extension,
    Trigger,
    EventTrigger,
    Routine,
    Rule,
    ForeignTable,
    Server,
    /// Holds no data, and nothing that holds any depends on it.
    Quiet,
    /// Holds no data, but columns may depend on it.
    Other,
}

fn kind(cursor: &mut Cursor<'_>) -> Option<Kind> {
    let kinds: [(&str, Kind); 33] = [
        ("TABLE", Kind::Table),
        ("TABLES", Kind::Table),
        ("TEMPORARY TABLE", Kind::Table),
        ("VIEW", Kind::View),
        ("MATERIALIZED VIEW", Kind::MaterializedView),
        ("INDEX", Kind::Index),
        ("SEQUENCE", Kind::Sequence),
        ("TYPE", Kind::Type),
        ("DOMAIN", Kind::Type),
        ("SCHEMA", Kind::Schema),
        ("DATABASE", Kind::Database),
        ("EXTENSION", Kind::Extension),
        ("TRIGGER", Kind::Trigger),
        ("FUNCTION", Kind::Routine),
        ("PROCEDURE", Kind::Routine),
        ("ROUTINE", Kind::Routine),
        ("AGGREGATE", Kind::Routine),
        ("EVENT TRIGGER", Kind::EventTrigger),
        ("EVENT", Kind::Quiet),
        ("ROLE", Kind::Quiet),
        ("USER", Kind::Quiet),
        ("GROUP", Kind::Quiet),
        ("POLICY", Kind::Quiet),
        ("RULE", Kind::Rule),
        ("PUBLICATION", Kind::Quiet),
        ("STATISTICS", Kind::Quiet),
        ("COLLATION", Kind::Other),
        ("TEXT SEARCH CONFIGURATION", Kind::Other),
        ("TEXT SEARCH DICTIONARY", Kind::Other),
        ("FOREIGN TABLE", Kind::ForeignTable),
        ("SERVER", Kind::Server),
        ("USER MAPPING", Kind::Quiet),
        ("SUBSCRIPTION", Kind::Quiet),
    ];
    let (_, kind) = kinds.into_iter().find(|(words, _)| cursor.eat(words))?;
    Some(kind)
}

fn act(
    kind: Kind,
    name: Name,
    table: Option<Name>,
    if_exists: bool,
    cascade: bool,
    temporary: bool,
) -> Act {
    match kind {
        Kind::Table => Act::DropTable {
            name,
            temporary,
            if_exists,
            cascade,
        },
        Kind::View | Kind::MaterializedView => Act::DropView {
            name,
            materialized: kind == Kind::MaterializedView,
            if_exists,
            cascade,
        },
        Kind::Index => Act::DropIndex {
            name,
            table,
            if_exists,
            cascade,
        },
        Kind::Sequence => Act::DropSequence {
            name,
            if_exists,
            cascade,
        },
        Kind::Type => Act::DropType {
            name,
            if_exists,
            cascade,
        },
        Kind::Schema => Act::DropSchema {
            name: name.name,
            if_exists,
            cascade,
        },
        Kind::Database => Act::DropDatabase {
            name: name.name,
            if_exists,
        },
        Kind::Extension => Act::DropExtension {
            name: name.name,
            if_exists,
            cascade,
        },
        Kind::Trigger => Act::DropTrigger {
            name,
            table,
            if_exists,
        },
        Kind::EventTrigger => Act::EventTrigger {
            name: name.name,
            what: Box::new(OfEvent::Gone),
        },
        Kind::Routine => Act::DropRoutine {
            name,
            if_exists,
            cascade,
        },
        Kind::Rule => Act::DropRule {
            name: name.name,
            on: table.unwrap_or_else(|| Name::plain(String::new())),
        },
        Kind::ForeignTable => Act::DropForeignTable(name),
        Kind::Server => Act::DropServer {
            name: name.name,
            cascade,
        },
        Kind::Other if cascade => Act::Unknown("what depends on it is dropped with it".to_owned()),
        Kind::Quiet | Kind::Other => Act::Outside,
    }
}
