//! What does a statement of the commonest kind ask for, told without the grammar?
//!
//! Half of what migrations hold is `CREATE TABLE`, `ALTER TABLE`, `CREATE INDEX`, `DROP` and `INSERT` in their plainest form,
//! and to build a syntax tree of those takes most of the time that a verdict takes. So they are read from our tokens. Whatever is
//! not as plain as can be is left to the grammar, and what is told here is word for word what would come of its tree:
//! the tests hold the one against the other.

mod alter;
mod column;
mod condition;
mod key;
mod options;
mod plain;
mod rows;
mod trigger;
mod types;
mod value;
mod view;

use std::sync::Arc;

use super::cursor::Cursor;
use crate::Dialect;
use crate::act::{Act, Index, NewTable, Step};
use crate::lex::Kind;
use crate::read;
use plain::Plain;

/// What begins like this is told here if it is told without the grammar at all.
pub(super) const ORDINARY: [&str; 6] = [
    "CREATE TABLE",
    "ALTER TABLE",
    "CREATE INDEX",
    "CREATE UNIQUE INDEX",
    "DROP TABLE",
    "DROP INDEX",
];

/// What the statement asks for; none where the grammar must be asked.
pub(super) fn quick(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let mut plain = Plain::new(cursor);
    let steps = if plain.eat("CREATE TABLE") {
        create_table(&mut plain)?
    } else if plain.eat("ALTER TABLE") {
        alter::alter_table(&mut plain)?
    } else if plain.eat("DROP TRIGGER") {
        trigger::drop(&mut plain)?
    } else if plain.eat("DROP") {
        drop(&mut plain)?
    } else if plain.eat("CREATE UNIQUE INDEX") {
        create_index(&mut plain, true)?
    } else if plain.eat("CREATE INDEX") {
        create_index(&mut plain, false)?
    } else if plain.eat("CREATE VIEW") {
        view::create(&mut plain, false)?
    } else if plain.eat("CREATE OR REPLACE VIEW") {
        view::create(&mut plain, true)?
    } else if plain.eat("CREATE TYPE") {
        types::create(&mut plain)?
    } else if plain.eat("ALTER TYPE") {
        types::alter(&mut plain)?
    } else if plain.eat("INSERT INTO") {
        rows::insert(&mut plain)?
    } else if plain.eat("SELECT") {
        rows::select(&mut plain)?
    } else if cursor.dialect == Dialect::Postgres && plain.eat("CREATE TRIGGER") {
        trigger::create(&mut plain)?
    } else if cursor.dialect == Dialect::Postgres && plain.eat("COMMENT ON") {
        comment(&mut plain)?
    } else if cursor.dialect == Dialect::Postgres && plain.eat("SET SEARCH_PATH") {
        search_path(&mut plain)?
    } else {
        return None;
    };
    plain.is_done().then_some(steps)
}

fn search_path(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    if !plain.eat_symbol("=") {
        plain.word("TO")?;
    }
    let token = plain.token()?;
    let is_name = token.kind == Kind::Word && read::is_no_keyword(plain.shown(token.span));
    let path = vec![plain.folded(token)];
    // A word of the grammar's, or several of them, it reads itself.
    is_name.then(|| plain.cursor.step(Act::SearchPath(path)))
}

/// `TABLE t IS 'x'`, and the same of a column.
fn comment(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    plain.eat_any(&["TABLE", "COLUMN"]).then_some(())?;
    plain.name()?;
    plain.word("IS")?;
    let said = plain.cursor.next()?;
    let text = plain.shown(said.span);
    let is_plain = match said.kind {
        Kind::Text => read::is_plain_string(Dialect::Postgres, text),
        _ => said.is_word(plain.cursor.sql, "NULL"),
    };
    is_plain.then_some(())?;
    let text = read::text_of(plain.cursor.sql, plain.cursor.tokens);
    let act = super::decoration(&text).unwrap_or(Act::Inert);
    Some(plain.cursor.step(act))
}

fn create_table(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    let if_not_exists = plain.if_not_exists()?;
    let (name, _) = plain.name()?;
    plain.symbol("(")?;
    let (mut columns, mut constraints) = (Vec::new(), Vec::new());
    loop {
        match key::constraint(plain)? {
            Some(constraint) => constraints.push(constraint),
            None => columns.push(Arc::new(column::column(plain)?.0)),
        }
        if !plain.eat_symbol(",") {
            break;
        }
    }
    plain.symbol(")")?;
    let mut table = NewTable {
        name: Some(name),
        if_not_exists,
        columns,
        constraints,
        text: read::text_of(plain.cursor.sql, plain.cursor.tokens).into_owned(),
        ..NewTable::default()
    };
    if plain.cursor.dialect == Dialect::MySql {
        options::options(plain, &mut table)?;
    }
    Some(plain.cursor.step(Act::CreateTable(Box::new(table))))
}

fn create_index(plain: &mut Plain<'_>, unique: bool) -> Option<Vec<Step>> {
    let postgres = plain.cursor.dialect == Dialect::Postgres;
    if postgres {
        plain.eat("CONCURRENTLY");
    }
    if plain.cursor.sees_any(&["CONCURRENTLY", "ASYNC"]) {
        return None;
    }
    let if_not_exists = plain.if_not_exists()?;
    let name = match plain.cursor.sees("ON") {
        true => (postgres && !if_not_exists).then_some(None)?,
        false => Some(plain.name()?.0),
    };
    plain.word("ON")?;
    let (table, _) = plain.name()?;
    if plain.eat("USING") && !plain.eat_any(&["BTREE", "HASH", "GIN", "GIST", "BRIN"]) {
        return None;
    }
    let columns = key::columns(plain, true)?.names;
    if plain.eat("WHERE") {
        condition::condition(plain)?;
    }
    let text = read::text_of(plain.cursor.sql, plain.cursor.tokens).into_owned();
    Some(plain.cursor.step(Act::CreateIndex(Index {
        name,
        table,
        columns,
        unique,
        if_not_exists,
        text,
    })))
}

fn drop(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    let kinds = ["TABLE", "INDEX", "VIEW", "TYPE"];
    let kind = kinds.into_iter().find(|kind| plain.eat(kind))?;
    let if_exists = plain.if_exists()?;
    let mut names = Vec::new();
    loop {
        names.push(plain.name()?);
        if !plain.eat_symbol(",") {
            break;
        }
    }
    // MySQL's says of which table it is.
    let of_table = kind == "INDEX" && plain.cursor.dialect == Dialect::MySql && plain.eat("ON");
    let table = match of_table {
        true => Some(plain.name()?.0),
        false => None,
    };
    let cascade = !of_table && plain.cascade();
    let act = |name| match kind {
        "TABLE" => Act::DropTable {
            name,
            temporary: false,
            if_exists,
            cascade,
        },
        "INDEX" => Act::DropIndex {
            name,
            table: table.clone(),
            if_exists,
            cascade,
        },
        "VIEW" => Act::DropView {
            name,
            materialized: false,
            if_exists,
            cascade,
        },
        _ => Act::DropType {
            name,
            if_exists,
            cascade,
        },
    };
    let steps = names.into_iter().map(|(name, span)| Step {
        act: act(name),
        span,
    });
    Some(steps.collect())
}

#[cfg(test)]
mod tests;
