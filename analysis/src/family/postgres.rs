//! What do the statements of PostgreSQL ask for that the grammar rejects?

use super::cursor::Cursor;
use super::literal::string;
use crate::act::{Act, Decoration, Index, Name, Step};
use crate::lex::Token;

pub(super) fn family(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let act = inert(&cursor)
        .or_else(|| create(cursor))
        .or_else(|| alter(cursor))
        .or_else(|| decorate(cursor))
        .or_else(|| other(cursor))?;
    Some(cursor.step(act))
}

fn inert(cursor: &Cursor<'_>) -> Option<Act> {
    let inert = [
        "ANALYZE",
        "VACUUM",
        "REINDEX",
        "CLUSTER",
        "CHECKPOINT",
        "LOCK",
        "LISTEN",
        "UNLISTEN",
        "NOTIFY",
        "SHOW",
        "RESET",
        "DISCARD",
        "BEGIN",
        "COMMIT",
        "END",
        "ABORT",
        "ROLLBACK",
        "START TRANSACTION",
        "SAVEPOINT",
        "RELEASE",
        "PREPARE TRANSACTION",
        "LOAD",
        "FETCH",
        "MOVE",
        "CLOSE",
        "SET CONSTRAINTS",
        "SET LOCAL",
        "SET SESSION",
        "SET ROLE",
        "SET TRANSACTION",
    ];
    // A query of nothing is one.
    let nothing = cursor.sees("SELECT") && cursor.tokens.len() == 1;
    if nothing || cursor.sees_any(&inert) {
        return Some(Act::Inert);
    }
    let outside = [
        "ALTER DEFAULT PRIVILEGES",
        "ALTER SYSTEM",
        "ALTER ROLE",
        "ALTER USER",
        "ALTER GROUP",
        "ALTER DATABASE",
        "ALTER EXTENSION",
        "ALTER FUNCTION",
        "ALTER PROCEDURE",
        "ALTER ROUTINE",
        "ALTER AGGREGATE",
        "ALTER OPERATOR",
        "ALTER COLLATION",
        "ALTER CONVERSION",
        "ALTER POLICY",
        "ALTER RULE",
        "ALTER TRIGGER",
        "ALTER EVENT TRIGGER",
        "ALTER PUBLICATION",
        "ALTER SUBSCRIPTION",
        "ALTER SERVER",
        "ALTER STATISTICS",
        "ALTER TABLESPACE",
        "ALTER TEXT SEARCH",
        "ALTER FOREIGN",
        "ALTER LARGE OBJECT",
        "ALTER LANGUAGE",
        "ALTER USER MAPPING",
        "CREATE ROLE",
        "CREATE USER",
        "CREATE GROUP",
        "CREATE CAST",
        "CREATE COLLATION",
        "CREATE CONVERSION",
        "CREATE OPERATOR",
        "CREATE TEXT SEARCH",
        "CREATE LANGUAGE",
        "CREATE TRUSTED LANGUAGE",
        "CREATE SERVER",
        "CREATE FOREIGN",
        "CREATE PUBLICATION",
        "CREATE SUBSCRIPTION",
        "CREATE STATISTICS",
        "CREATE TABLESPACE",
        "CREATE ACCESS METHOD",
        "CREATE TRANSFORM",
        "CREATE AGGREGATE",
        "CREATE OR REPLACE AGGREGATE",
        "IMPORT FOREIGN SCHEMA",
        "REASSIGN OWNED",
        "SECURITY LABEL",
        "REVOKE",
        "DROP CAST",
        "DROP OPERATOR",
        "DROP LANGUAGE",
        "DROP TABLESPACE",
    ];
    let cascades = cursor.sees("DROP") && cursor.holds("CASCADE");
    (cursor.sees_any(&outside) && !cascades).then_some(Act::Outside)
}

fn create(mut cursor: Cursor<'_>) -> Option<Act> {
    let text = cursor.text();
    cursor.eat("CREATE").then_some(())?;
    let or_replace = cursor.eat("OR REPLACE");
    if cursor.eat("RULE") {
        let reason = "a rule changes what later statements do";
        return Some(Act::Unknown(reason.to_owned()));
    }
    if cursor.eat("POLICY") {
        cursor.ident()?;
        cursor.eat("ON").then_some(())?;
        return Some(Act::Decorate {
            kind: Decoration::Policy,
            on: cursor.name()?,
        });
    }
    let unique = cursor.eat("UNIQUE");
    if cursor.eat("INDEX") {
        cursor.eat("CONCURRENTLY");
        return index(cursor, unique, text);
    }
    let temporary = cursor.eat_any(&["TEMPORARY", "TEMP"]);
    cursor.eat("UNLOGGED");
    if cursor.eat("SEQUENCE") {
        let if_not_exists = cursor.if_not_exists();
        return Some(Act::CreateSequence {
            name: cursor.name()?,
            if_not_exists,
            text,
        });
    }
    if cursor.eat_any(&["TYPE", "DOMAIN"]) {
        return create_type(cursor, text);
    }
    if cursor.eat("SCHEMA") {
        let if_not_exists = cursor.if_not_exists();
        let name = match cursor.eat("AUTHORIZATION") {
            true => cursor.ident()?,
            false => cursor.name()?.name,
        };
        return Some(Act::CreateSchema {
            name,
            if_not_exists,
        });
    }
    if cursor.eat("DATABASE") {
        return Some(Act::CreateDatabase {
            name: cursor.ident()?,
            if_not_exists: false,
        });
    }
    if cursor.eat("EXTENSION") {
        let if_not_exists = cursor.if_not_exists();
        return Some(Act::CreateExtension {
            name: cursor.ident()?,
            if_not_exists,
        });
    }
    cursor.eat("RECURSIVE");
    let materialized = cursor.eat("MATERIALIZED");
    if cursor.eat("VIEW") {
        let if_not_exists = cursor.if_not_exists();
        return Some(Act::CreateView {
            name: cursor.name()?,
            materialized,
            or_replace,
            if_not_exists,
            temporary,
            query: None,
            text,
        });
    }
    None
}

fn create_type(mut cursor: Cursor<'_>, text: String) -> Option<Act> {
    let name = cursor.name()?;
    let labels = cursor.eat("AS ENUM").then(|| {
        let within = cursor.parentheses().unwrap_or(&[]);
        let label = |token: &Token| string(cursor.dialect, cursor.sql, *token);
        within.iter().filter_map(label).collect()
    });
    Some(Act::CreateType {
        name,
        labels,
        base: None,
        text,
    })
}

fn index(mut cursor: Cursor<'_>, unique: bool, text: String) -> Option<Act> {
    let if_not_exists = cursor.if_not_exists();
    let name = if cursor.sees("ON") {
        None
    } else {
        cursor.name()
    };
    cursor.eat("ON").then_some(())?;
    cursor.eat("ONLY");
    let table = cursor.name()?;
    if cursor.eat("USING") {
        cursor.ident();
    }
    let within = cursor.parentheses().unwrap_or(&[]);
    let keys = Cursor::new(cursor.dialect, cursor.sql, within).list();
    let plain = |key: &[Token]| {
        let mut key = Cursor::new(cursor.dialect, cursor.sql, key);
        let name = key.ident()?;
        (!key.sees_symbol("(")).then_some(name)
    };
    Some(Act::CreateIndex(Index {
        name,
        table,
        columns: keys.into_iter().filter_map(plain).collect(),
        unique,
        if_not_exists,
        text,
    }))
}

fn alter(mut cursor: Cursor<'_>) -> Option<Act> {
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
        return Some(Act::Unknown(
            "an attribute of a composite type changes its type".to_owned(),
        ));
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
    cursor.sees_any(&harmless).then_some(Act::Outside)
}

/// A name in the schema of another.
fn beside(name: &Name, other: String) -> Name {
    Name {
        schema: name.schema.clone(),
        name: other,
    }
}

fn decorate(mut cursor: Cursor<'_>) -> Option<Act> {
    if cursor.eat("COMMENT ON") {
        let column = cursor.sees("COLUMN");
        if !cursor.eat_any(&["TABLE", "COLUMN"]) {
            return Some(Act::Outside);
        }
        let mut on = cursor.name()?;
        if column {
            // The table is what qualifies the column.
            on = Name::plain(on.schema?);
        }
        return Some(Act::Decorate {
            kind: Decoration::Comment,
            on,
        });
    }
    if cursor.sees("GRANT") {
        cursor.skip_to(&["ON"]);
        if !cursor.eat("ON") {
            return Some(Act::Outside);
        }
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
        return Some(Act::Decorate {
            kind: Decoration::Grant,
            on: cursor.name()?,
        });
    }
    None
}

fn other(mut cursor: Cursor<'_>) -> Option<Act> {
    if cursor.eat("REFRESH MATERIALIZED VIEW") {
        cursor.eat("CONCURRENTLY");
        return Some(Act::RefreshView(cursor.name()?));
    }
    if cursor.eat("CALL") {
        return Some(Act::CallRoutine(cursor.name()?));
    }
    None
}
