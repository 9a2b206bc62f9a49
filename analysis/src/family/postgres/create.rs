//! What does a CREATE of PostgreSQL make that the grammar rejects?

use super::super::cursor::{Cursor, whole};
use super::super::literal::string;
use crate::act::{Act, Index, at_hand};
use crate::lex::Token;

pub(super) fn create(mut cursor: Cursor<'_>) -> Option<Act> {
    let text = cursor.text();
    cursor.eat("CREATE").then_some(())?;
    let or_replace = cursor.eat("OR REPLACE");
    if cursor.eat("RULE") {
        let name = cursor.ident()?;
        cursor.skip_to(&["TO"]);
        cursor.eat("TO").then_some(())?;
        return Some(Act::CreateRule {
            name,
            on: cursor.name()?,
        });
    }
    if cursor.eat("CAST") {
        return cast(cursor);
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
        let name = cursor.ident()?;
        let schema = cursor.skip_to(&["SCHEMA"]).then(|| {
            cursor.eat("SCHEMA");
            cursor.ident()
        });
        return Some(Act::CreateExtension {
            name,
            if_not_exists,
            schema: schema.flatten(),
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
            query: at_hand(None),
            text,
        });
    }
    None
}

/// `CREATE CAST (source AS target) WITH FUNCTION name(types)`.
fn cast(mut cursor: Cursor<'_>) -> Option<Act> {
    let within = cursor.parentheses()?;
    let sign = |token: &Token| token.is_word(cursor.sql, "AS");
    let between = within.iter().position(sign)?;
    let text = |tokens: &[Token]| whole(tokens).of(cursor.sql).to_owned();
    let (from, to) = (
        text(within.get(..between)?),
        text(within.get(between + 1..)?),
    );
    Some(match cursor.eat("WITH FUNCTION") {
        true => Act::CreateCast {
            from,
            to,
            function: cursor.name()?,
        },
        // Without a function, or by way of text, nothing runs.
        false => Act::Outside,
    })
}

fn create_type(mut cursor: Cursor<'_>, text: String) -> Option<Act> {
    let name = cursor.name()?;
    let labels = cursor.eat("AS ENUM").then(|| {
        let within = cursor.parentheses().unwrap_or(&[]);
        let piece = |token: &Token| string(cursor.dialect, cursor.sql, *token);
        // Texts on lines of their own are one text.
        let label = |pieces: &[Token]| pieces.iter().filter_map(piece).collect();
        let labels = Cursor::new(cursor.dialect, cursor.sql, within).list();
        labels.into_iter().map(label).collect()
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
