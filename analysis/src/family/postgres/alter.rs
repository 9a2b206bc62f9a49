//! What does an ALTER of PostgreSQL change that the grammar rejects?

use super::super::cursor::Cursor;
use super::super::literal::string;
use super::super::session::is_own_role;
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
    if cursor.sees_any(&ROUTINES) {
        return altered(cursor);
    }
    if cursor.eat("TRIGGER") {
        let name = cursor.ident()?;
        cursor.eat("ON").then_some(())?;
        let table = cursor.name()?;
        return Some(match cursor.eat("RENAME TO") {
            true => Act::RenameTrigger {
                name,
                table,
                to: cursor.ident()?,
            },
            false => Act::Outside,
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
            false if cursor.eat("OWNER TO") => lent(name, false, cursor),
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

const ROUTINES: [&str; 3] = ["FUNCTION", "PROCEDURE", "ROUTINE"];

/// `ALTER FUNCTION …`.
pub(super) fn routine(mut cursor: Cursor<'_>) -> Option<Act> {
    cursor.eat("ALTER").then_some(())?;
    altered(cursor)
}

fn altered(mut cursor: Cursor<'_>) -> Option<Act> {
    cursor.eat_any(&ROUTINES).then_some(())?;
    let name = cursor.name()?;
    cursor.parentheses();
    if cursor.eat("RENAME TO") {
        let to = beside(&name, cursor.ident()?);
        return Some(Act::RenameRoutine { name, to });
    }
    if cursor.eat("SET SCHEMA") {
        let to = within(cursor.ident()?, &name);
        return Some(Act::RenameRoutine { name, to });
    }
    if cursor.eat("OWNER TO") {
        return Some(lent(name, true, cursor));
    }
    if cursor.sees_any(&["DEPENDS", "NO DEPENDS"]) {
        return Some(Act::Outside);
    }
    let clauses = super::super::cursor::whole(cursor.rest());
    let clauses = clauses.of(cursor.sql).to_owned();
    Some(Act::AlterRoutine { name, clauses })
}

/// What a view or routine becomes the property of.
fn lent(name: Name, routine: bool, owner: Cursor<'_>) -> Act {
    match is_own_role(owner) {
        true => Act::Outside,
        false => Act::Lend { name, routine },
    }
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
            false => Act::ChangeAttribute(name),
        });
    }
    if cursor.sees_any(&["ADD ATTRIBUTE", "RENAME ATTRIBUTE"]) {
        return Some(Act::ChangeAttribute(name));
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
    if cursor.eat("SET SCHEMA") {
        let to = within(cursor.ident()?, &name);
        return Some(Act::RenameType { name, to });
    }
    cursor.sees_any(&harmless).then_some(Act::Outside)
}

/// The same name in another schema.
fn within(schema: String, name: &Name) -> Name {
    Name {
        schema: Some(schema),
        name: name.name.clone(),
    }
}

/// A name in the schema of another.
fn beside(name: &Name, other: String) -> Name {
    Name {
        schema: name.schema.clone(),
        name: other,
    }
}
