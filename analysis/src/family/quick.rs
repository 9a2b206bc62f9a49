//! What does a statement of the commonest kind ask for, told without the grammar?
//!
//! Half of what migrations hold is `CREATE TABLE`, `ALTER TABLE`, `CREATE INDEX`, `DROP` and `INSERT` in their plainest form,
//! and to build a syntax tree of those takes most of the time that a verdict takes. So they are read from our tokens. Whatever is
//! not as plain as can be is left to the grammar, and what is told here is word for word what would come of its tree:
//! the tests hold the one against the other.

mod column;
mod condition;
mod key;
mod options;
mod plain;
mod rows;
mod types;
mod value;

use std::sync::Arc;

use super::cursor::Cursor;
use crate::act::{Act, Change, Index, NewTable, Step, Value, in_order};
use crate::lex::Kind;
use crate::read;
use crate::{Dialect, Span};
use plain::Plain;

/// What the statement asks for; none where the grammar must be asked.
pub(super) fn quick(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let mut plain = Plain::new(cursor);
    let steps = if plain.eat("CREATE TABLE") {
        create_table(&mut plain)?
    } else if plain.eat("ALTER TABLE") {
        alter_table(&mut plain)?
    } else if plain.eat("DROP") {
        drop(&mut plain)?
    } else if plain.eat("CREATE UNIQUE INDEX") {
        create_index(&mut plain, true)?
    } else if plain.eat("CREATE INDEX") {
        create_index(&mut plain, false)?
    } else if plain.eat("CREATE TYPE") {
        types::create(&mut plain)?
    } else if plain.eat("ALTER TYPE") {
        types::alter(&mut plain)?
    } else if plain.eat("INSERT INTO") {
        rows::insert(&mut plain)?
    } else if plain.eat("SELECT") {
        rows::select(&mut plain)?
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
    if plain.cursor.sees_any(&["CONCURRENTLY", "ASYNC", "ON"]) {
        return None;
    }
    let if_not_exists = plain.if_not_exists()?;
    let (name, _) = plain.name()?;
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
        name: Some(name),
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
    let cascade = plain.cascade();
    let act = |name| match kind {
        "TABLE" => Act::DropTable {
            name,
            temporary: false,
            if_exists,
            cascade,
        },
        "INDEX" => Act::DropIndex {
            name,
            table: None,
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

fn alter_table(plain: &mut Plain<'_>) -> Option<Vec<Step>> {
    let if_exists = plain.if_exists()?;
    let only = plain.eat("ONLY");
    let (table, _) = plain.name()?;
    // Most change one thing.
    let mut steps = Vec::with_capacity(1);
    loop {
        let (change, span) = change(plain)?;
        // What inherits from the table keeps its column.
        if only && matches!(change, Change::DropColumn { .. }) {
            return None;
        }
        steps.push(Step {
            act: Act::AlterTable {
                table: table.clone(),
                if_exists,
                change,
            },
            span,
        });
        if !plain.eat_symbol(",") {
            break;
        }
    }
    in_order(plain.cursor.dialect, &mut steps);
    Some(steps)
}

fn change(plain: &mut Plain<'_>) -> Option<(Change, Span)> {
    let whole = plain.cursor.whole();
    if plain.eat("ADD COLUMN") {
        let if_not_exists = plain.if_not_exists()?;
        let if_postgres = !if_not_exists || plain.cursor.dialect == crate::Dialect::Postgres;
        if_postgres.then_some(())?;
        return add_column(plain, if_not_exists);
    }
    if plain.eat("ADD") {
        return match key::constraint(plain)? {
            Some(constraint) => Some((Change::AddConstraint(constraint), whole)),
            None if plain.cursor.sees_any(&["IF", "PARTITION", "PROJECTION"]) => None,
            None => add_column(plain, false),
        };
    }
    if plain.eat("DROP COLUMN") {
        let if_exists = plain.if_exists()?;
        let (name, span) = plain.ident()?;
        let change = Change::DropColumn {
            name,
            if_exists,
            cascade: plain.cascade(),
        };
        return Some((change, span));
    }
    if plain.eat("DROP CONSTRAINT") {
        let if_exists = plain.if_exists()?;
        let (name, span) = plain.ident()?;
        let change = Change::DropConstraint {
            name,
            if_exists,
            cascade: plain.cascade(),
        };
        return Some((change, span));
    }
    if plain.eat("RENAME TO") {
        return Some((Change::Rename(plain.name()?.0), whole));
    }
    if plain.eat("RENAME COLUMN") {
        let (from, span) = plain.ident()?;
        plain.word("TO")?;
        let (to, _) = plain.ident()?;
        return Some((Change::RenameColumn { from, to }, span));
    }
    plain.word("ALTER COLUMN")?;
    let (column, span) = plain.ident()?;
    let change = if plain.eat("SET NOT NULL") {
        Change::SetNotNull(column)
    } else if plain.eat("DROP NOT NULL") {
        Change::DropNotNull(column)
    } else if plain.eat("DROP DEFAULT") {
        Change::SetDefault {
            column,
            default: None,
        }
    } else if plain.eat("SET DEFAULT") {
        Change::SetDefault {
            column,
            default: Some(value::value(plain)?),
        }
    } else if plain.cursor.dialect == crate::Dialect::Postgres && plain.eat("TYPE") {
        Change::SetType {
            ty: column::ty(plain)?,
            using: match plain.eat("USING") {
                true => Some(same_in(plain, &column)?),
                false => None,
            },
            column,
        }
    } else {
        return None;
    };
    Some((change, span))
}

/// `column::type`.
fn same_in(plain: &mut Plain<'_>, column: &str) -> Option<Value> {
    let (name, _) = plain.ident()?;
    plain.symbol("::")?;
    let value = Box::new(Value::Column(None, name.clone()));
    let ty = column::ty(plain)?;
    (name == column).then_some(Value::Cast(value, ty))
}

fn add_column(plain: &mut Plain<'_>, if_not_exists: bool) -> Option<(Change, Span)> {
    let (column, span) = column::column(plain)?;
    // What computes a value for the rows that are there is looked at more closely.
    let calls = column.default.as_deref().is_some_and(|it| it.contains('('));
    let change = Change::AddColumn {
        column,
        if_not_exists,
        place: None,
    };
    (!calls).then_some((change, span))
}

#[cfg(test)]
mod tests;
