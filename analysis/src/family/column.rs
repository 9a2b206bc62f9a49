//! What does the definition of a column say, where the grammar rejects it?

use super::cursor::{Cursor, whole};
use crate::Dialect;
use crate::act::Column;

/// Words that end a column's type.
const AFTER_TYPE: [&str; 27] = [
    "CONSTRAINT",
    "PRIMARY",
    "NOT",
    "NULL",
    "UNIQUE",
    "KEY",
    "CHECK",
    "DEFAULT",
    "COLLATE",
    "REFERENCES",
    "GENERATED",
    "AS",
    "AUTOINCREMENT",
    "AUTO_INCREMENT",
    "ON",
    "COMMENT",
    "FIRST",
    "AFTER",
    "CHARSET",
    "CHARACTER SET",
    "VIRTUAL",
    "STORED",
    "PERSISTENT",
    "INVISIBLE",
    "STORAGE",
    "COMPRESSION",
    "DEFERRABLE",
];

/// The column that `cursor` defines to its end.
pub(super) fn column(mut cursor: Cursor<'_>) -> Option<Column> {
    let text = whole(cursor.rest()).of(cursor.sql).to_owned();
    let name = cursor.ident()?;
    let start = cursor.at;
    if !cursor.skip_to(&AFTER_TYPE) {
        cursor.at = cursor.tokens.len();
    }
    let ty = &cursor.tokens[start..cursor.at];
    if ty.is_empty() && cursor.dialect != Dialect::Sqlite {
        return None;
    }
    let mut column = Column {
        name,
        ty: (!ty.is_empty()).then(|| whole(ty).of(cursor.sql).to_owned()),
        text,
        ..Column::default()
    };
    let serial = column
        .ty
        .as_deref()
        .is_some_and(|ty| ty.to_lowercase().contains("serial"));
    column.identity = serial && cursor.dialect != Dialect::Sqlite;
    while !cursor.is_done() {
        option(&mut cursor, &mut column);
    }
    Some(column)
}

fn option(cursor: &mut Cursor<'_>, column: &mut Column) {
    if cursor.eat("NOT NULL") {
        column.not_null = true;
    } else if cursor.eat("DEFAULT") {
        let start = cursor.at;
        cursor.skip();
        if !cursor.skip_to(&AFTER_TYPE) {
            cursor.at = cursor.tokens.len();
        }
        column.default = Some(
            whole(&cursor.tokens[start..cursor.at])
                .of(cursor.sql)
                .to_owned(),
        );
    } else if cursor.eat_any(&["AUTO_INCREMENT", "AUTOINCREMENT"]) || cursor.eat("AS IDENTITY") {
        column.identity = true;
    } else if cursor.eat("AS") {
        let start = cursor.at;
        cursor.skip();
        column.generated = Some(
            whole(&cursor.tokens[start..cursor.at])
                .of(cursor.sql)
                .to_owned(),
        );
    } else if cursor.eat("ON UPDATE") {
        let references = cursor.sees_any(&["CASCADE", "RESTRICT", "SET", "NO"]);
        column.on_update |= !references;
    } else if cursor.eat_any(&["CHARACTER SET", "CHARSET"]) {
        column.charset = cursor.ident().map(|name| name.to_lowercase());
    } else {
        cursor.skip();
    }
}
