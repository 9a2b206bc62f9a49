//! What does an ALTER of PostgreSQL change that the grammar rejects?

use super::super::cursor::Cursor;
use super::super::literal::string;
use crate::act::{Act, Name};

pub(super) fn alter(mut cursor: Cursor<'_>) -> Option<Act> {
    cursor.eat("ALTER").then_some(())?;
    if cursor.eat("SEQUENCE") {
        cursor.if_exists();
        let name = cursor.name()?;
        if cursor.eat("RENAME TO") {
            return Some(Act::RenameSequence {
                to: beside(&name, cursor.ident()?),
                name,
            });
        }
        let moves = cursor.holds("RESTART");
        return Some(if moves {
            Act::MoveSequence(name)
        } else {
            Act::Outside
        });
    }
    if cursor.eat_any(&["TYPE", "DOMAIN"]) {
        return alter_type(cursor);
    }
    if cursor.eat("INDEX") {
        cursor.if_exists();
        let name = cursor.name()?;
        return Some(match cursor.eat("RENAME TO") {
            true => Act::RenameIndex {
                name,
                to: cursor.ident()?,
            },
            false => Act::Outside,
        });
    }
    if cursor.eat_any(&["MATERIALIZED VIEW", "VIEW"]) {
        cursor.if_exists();
        let name = cursor.name()?;
        return Some(match cursor.eat("RENAME TO") {
            true => Act::RenameView {
                to: beside(&name, cursor.ident()?),
                name,
            },
            false => Act::Outside,
        });
    }
    if cursor.eat("SCHEMA") {
        let name = cursor.ident()?;
        return Some(match cursor.eat("RENAME TO") {
            true => Act::RenameSchema {
                name,
                to: cursor.ident()?,
            },
            false => Act::Outside,
        });
    }
    None
}

fn alter_type(mut cursor: Cursor<'_>) -> Option<Act> {
    let name = cursor.name()?;
    let label = |cursor: &mut Cursor<'_>| string(cursor.dialect, cursor.sql, cursor.next()?);
    if cursor.eat("ADD VALUE") {
        let if_not_exists = cursor.if_not_exists();
        return Some(Act::AddLabel {
            name,
            label: label(&mut cursor)?,
            if_not_exists,
        });
    }
    if cursor.eat("RENAME VALUE") {
        let from = label(&mut cursor)?;
        cursor.eat("TO");
        return Some(Act::RenameLabel {
            name,
            from,
            to: label(&mut cursor)?,
        });
    }
    if cursor.eat("RENAME TO") {
        return Some(Act::RenameType {
            to: beside(&name, cursor.ident()?),
            name,
        });
    }
    if cursor.eat("DROP ATTRIBUTE") {
        cursor.if_exists();
        let attribute = cursor.ident()?;
        return Some(Act::DropAttribute {
            name,
            attribute,
            cascade: cursor.eat("CASCADE"),
        });
    }
    if cursor.sees("ALTER ATTRIBUTE") {
        // Refused while a column holds the type; CASCADE reaches the tables that are made of it.
        return Some(match cursor.holds("CASCADE") {
            true => {
                Act::Unknown("the tables of a composite type change a column's type".to_owned())
            }
            false => Act::Outside,
        });
    }
    let harmless = [
        "OWNER TO",
        "SET",
        "ADD",
        "DROP CONSTRAINT",
        "DROP DEFAULT",
        "DROP NOT NULL",
        "RENAME",
        "VALIDATE",
        "RESET",
    ];
    let moves = cursor.sees("SET SCHEMA");
    let act = if moves { Act::Moves } else { Act::Outside };
    cursor.sees_any(&harmless).then_some(act)
}

/// A name in the schema of another.
fn beside(name: &Name, other: String) -> Name {
    Name {
        schema: name.schema.clone(),
        name: other,
    }
}
