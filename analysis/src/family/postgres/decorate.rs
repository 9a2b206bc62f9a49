//! Which comments, privileges and policies of PostgreSQL does a statement set or take away?

use super::super::cursor::Cursor;
use crate::act::{Act, Decoration, Name};

/// What a statement does to what stands beside a table; none where it is no such statement.
pub(in crate::family) fn decorate(cursor: Cursor<'_>) -> Option<Act> {
    if cursor.sees("COMMENT ON") {
        comment(cursor).or(Some(Act::Outside))
    } else if cursor.sees_any(&["GRANT", "REVOKE"]) {
        privileges(cursor).or(Some(Act::Outside))
    } else {
        policy(cursor)
    }
}

fn comment(mut cursor: Cursor<'_>) -> Option<Act> {
    let text = cursor.text();
    cursor.eat("COMMENT ON");
    let column = cursor.sees("COLUMN");
    if !cursor.eat_any(&["TABLE", "COLUMN", "VIEW", "MATERIALIZED VIEW"]) {
        return Some(Act::Outside);
    }
    let mut path = vec![cursor.ident()?];
    while cursor.eat_symbol(".") {
        path.push(cursor.ident()?);
    }
    let on_column = match column {
        true => path.pop()?,
        false => String::new(),
    };
    let on = Name {
        name: path.pop()?,
        schema: path.pop(),
    };
    cursor.eat("IS").then_some(())?;
    Some(Act::Decorate {
        kind: Decoration::Comment,
        on,
        what: vec![on_column],
        text: (!cursor.sees("NULL")).then_some(text),
    })
}

/// Each privilege with each who has it.
fn privileges(mut cursor: Cursor<'_>) -> Option<Act> {
    let text = cursor.text();
    let grants = cursor.eat("GRANT");
    if !grants {
        cursor.eat("REVOKE");
        // Who has the privilege keeps it.
        if cursor.eat("GRANT OPTION FOR") {
            return Some(Act::Outside);
        }
    }
    let mut given = Vec::new();
    while !cursor.sees("ON") {
        let start = cursor.at;
        cursor.next()?;
        cursor.eat("PRIVILEGES");
        // A privilege on some columns only is another one.
        cursor.parentheses();
        given.push(
            super::super::cursor::whole(&cursor.tokens[start..cursor.at])
                .of(cursor.sql)
                .to_lowercase(),
        );
        if !cursor.eat_symbol(",") && !cursor.sees("ON") {
            return Some(Act::Outside);
        }
    }
    cursor.eat("ON");
    cursor.eat("TABLE");
    let other = [
        "ALL",
        "SCHEMA",
        "FUNCTION",
        "SEQUENCE",
        "DATABASE",
        "TYPE",
        "DOMAIN",
        "PROCEDURE",
        "ROUTINE",
        "LANGUAGE",
    ];
    if cursor.sees_any(&other) {
        return Some(Act::Outside);
    }
    let on = cursor.name()?;
    if !cursor.skip_to(&["TO", "FROM"]) {
        return Some(Act::Outside);
    }
    cursor.next()?;
    if given.iter().any(|privilege| privilege.starts_with("all")) {
        // https://www.postgresql.org/docs/current/ddl-priv.html, those of a table.
        let all = [
            "select",
            "insert",
            "update",
            "delete",
            "truncate",
            "references",
            "trigger",
        ];
        given = all.map(str::to_owned).to_vec();
    }
    let mut what = Vec::new();
    loop {
        cursor.eat("GROUP");
        let whom = cursor.ident()?;
        what.extend(
            given
                .iter()
                .map(|privilege| format!("{privilege} to {whom}")),
        );
        if !cursor.eat_symbol(",") {
            break;
        }
    }
    Some(Act::Decorate {
        kind: Decoration::Grant,
        on,
        what,
        text: grants.then_some(text),
    })
}

fn policy(mut cursor: Cursor<'_>) -> Option<Act> {
    let text = cursor.text();
    let makes = cursor.eat("CREATE POLICY");
    if !makes {
        cursor.eat("DROP POLICY").then_some(())?;
        cursor.if_exists();
    }
    let name = cursor.ident()?;
    cursor.eat("ON").then_some(())?;
    Some(Act::Decorate {
        kind: Decoration::Policy,
        on: cursor.name()?,
        what: vec![name],
        text: makes.then_some(text),
    })
}
