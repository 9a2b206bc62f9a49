//! Which constraint or key do the words of a definition make?

use super::column::{follows, names};
use crate::Dialect;
use crate::act::{Constraint, Restriction};
use crate::family::cursor::{Cursor, whole};

/// A constraint or key, if the words that come next are one.
pub(in crate::family) fn constraint(mut cursor: Cursor<'_>) -> Option<Constraint> {
    let text = whole(cursor.rest()).of(cursor.sql).to_owned();
    let mut name = None;
    if cursor.eat("CONSTRAINT") {
        let unnamed = cursor.sees_any(&["PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK"]);
        name = if unnamed { None } else { cursor.ident() };
    }
    let rule = if cursor.eat("PRIMARY KEY") {
        key(&mut cursor, &mut name, Restriction::PrimaryKey)?
    } else if cursor.eat("UNIQUE") {
        cursor.eat_any(&["NULLS NOT DISTINCT", "NULLS DISTINCT", "INDEX", "KEY"]);
        key(&mut cursor, &mut name, Restriction::Unique)?
    } else if cursor.eat("FOREIGN KEY") {
        cursor.if_not_exists();
        foreign_key(&mut cursor, &mut name)?
    } else if cursor.eat("CHECK") {
        cursor.sees_symbol("(").then_some(Restriction::Check)?
    } else if cursor.eat("EXCLUDE") {
        Restriction::Exclude
    } else if cursor.dialect == Dialect::MySql {
        let key_word = cursor.eat_any(&["FULLTEXT", "SPATIAL"]) | cursor.eat_any(&["INDEX", "KEY"]);
        key_word.then_some(())?;
        cursor.if_not_exists();
        key(&mut cursor, &mut name, Restriction::Index)?
    } else {
        return None;
    };
    Some(Constraint { name, rule, text })
}

fn key(
    cursor: &mut Cursor<'_>,
    name: &mut Option<String>,
    rule: fn(Vec<String>) -> Restriction,
) -> Option<Restriction> {
    if cursor.eat("USING INDEX") {
        return Some(Restriction::UsingIndex(cursor.ident()?));
    }
    if !cursor.sees_symbol("(") && !cursor.sees("USING") {
        *name = cursor.ident();
    }
    if cursor.eat("USING") {
        cursor.ident();
    }
    cursor.sees_symbol("(").then_some(())?;
    Some(rule(names(cursor)))
}

fn foreign_key(cursor: &mut Cursor<'_>, name: &mut Option<String>) -> Option<Restriction> {
    if !cursor.sees_symbol("(") {
        *name = cursor.ident();
    }
    let columns = names(cursor);
    cursor.eat("REFERENCES").then_some(())?;
    let table = cursor.name()?;
    let referred = names(cursor);
    let (on_delete, on_update) = follows(cursor);
    Some(Restriction::ForeignKey {
        columns,
        table,
        referred,
        on_delete,
        on_update,
    })
}
