//! Which words of what is made or dropped does the database not know?

use super::{Foreign, knows_no, written};
use crate::Dialect::{MySql, Postgres, Sqlite};
use crate::family::cursor::Cursor;
use crate::lex::{Kind, Token};

/// CREATE or DROP of a table, index or trigger.
pub(super) fn made(mut cursor: Cursor<'_>) -> Option<Foreign> {
    if cursor.eat("CREATE") {
        cursor.eat_any(&["TEMPORARY", "TEMP", "UNIQUE"]);
        return match () {
            () if cursor.eat("TABLE") => table(cursor),
            () if cursor.eat("INDEX") => index(cursor),
            () => None,
        };
    }
    cursor.eat("DROP");
    match () {
        () if cursor.eat("INDEX") => dropped_index(cursor),
        () if cursor.eat("TRIGGER") => dropped_trigger(cursor),
        () if cursor.eat_any(&["FUNCTION", "PROCEDURE"]) && cursor.dialect == MySql => {
            dropped_routine(cursor)
        }
        () if cursor.eat("TABLE") && cursor.dialect == Sqlite => dropped_table(cursor),
        () => None,
    }
}

/// MySQL has no two functions of one name, and takes no parameters there.
fn dropped_routine(mut cursor: Cursor<'_>) -> Option<Foreign> {
    cursor.if_exists();
    let name = cursor.name()?.name;
    let list = cursor.rest();
    cursor.sees_symbol("(").then(|| Foreign {
        why: format!("MySQL knows no parameters behind `{name}`, which is dropped"),
        instead: format!("write `{name}` alone"),
        span: crate::family::cursor::whole(list),
    })
}

fn table(mut cursor: Cursor<'_>) -> Option<Foreign> {
    cursor.if_not_exists();
    cursor.name()?;
    let within = cursor.parentheses()?;
    let items = Cursor::new(cursor.dialect, cursor.sql, within).list();
    let own = |item| Cursor::new(cursor.dialect, cursor.sql, item);
    let columns: Vec<String> = items.iter().filter_map(|item| own(item).ident()).collect();
    let mut each = items.iter().copied();
    let found = each.find_map(|item| defined(own(item)).or_else(|| key(own(item), &columns)));
    found.or_else(|| options(cursor))
}

/// What stands behind the columns.
fn options(cursor: Cursor<'_>) -> Option<Foreign> {
    let last = cursor.rest();
    let of_mysql = [
        "ENGINE",
        "AUTO_INCREMENT",
        "CHARSET",
        "DEFAULT",
        "CHARACTER SET",
        "COLLATE",
        "COMMENT",
        "ROW_FORMAT",
    ];
    if cursor.dialect != MySql && cursor.sees_any(&of_mysql) {
        let word = written(&mut { cursor });
        let of = Some(MySql);
        return Some(knows_no(cursor, word, of, "leave it out", last));
    }
    if cursor.dialect != Sqlite && cursor.sees_any(&["WITHOUT ROWID", "STRICT"]) {
        let words = if cursor.sees("STRICT") {
            "STRICT"
        } else {
            "WITHOUT ROWID"
        };
        return Some(knows_no(cursor, words, Some(Sqlite), "leave it out", last));
    }
    None
}

/// The definition of a column, or of a key.
pub(super) fn defined(item: Cursor<'_>) -> Option<Foreign> {
    (0..item.tokens.len()).find_map(|at| at_word(Cursor { at, ..item }))
}

/// What begins at a word of a definition.
fn at_word(here: Cursor<'_>) -> Option<Foreign> {
    let told = |words: &str, of, instead: &str| {
        let end = (here.at + words.split(' ').count()).min(here.tokens.len());
        Some(knows_no(
            here,
            words,
            of,
            instead,
            here.tokens.get(here.at..end)?,
        ))
    };
    let dialect = here.dialect;
    let before = |words: &[&str]| {
        let token = here.at.checked_sub(1).and_then(|at| here.tokens.get(at));
        token.is_some_and(|token| words.iter().any(|word| token.is_word(here.sql, word)))
    };
    if dialect == MySql || dialect == Sqlite {
        let identity = here.sees("AS IDENTITY") && before(&["ALWAYS", "DEFAULT"]);
        let instead = match dialect {
            MySql => "write `AUTO_INCREMENT` instead of it",
            _ => "write `integer PRIMARY KEY`: sqlite numbers such a column",
        };
        if identity {
            return told("AS IDENTITY", Some(Postgres), instead);
        }
    }
    // A foreign key ends in `ON DELETE SET DEFAULT`.
    let is_last = here.at > 1 && here.at + 1 == here.tokens.len();
    if is_last && here.sees("DEFAULT") && !before(&["SET"]) {
        return Some(Foreign {
            why: "no value follows `DEFAULT`".to_owned(),
            instead: "write the value, or leave the word out".to_owned(),
            span: here.tokens.get(here.at)?.span,
        });
    }
    if dialect == MySql {
        return None;
    }
    if here.sees("ON UPDATE CURRENT_TIMESTAMP") {
        return told(
            "ON UPDATE CURRENT_TIMESTAMP",
            Some(MySql),
            "write a trigger that sets it",
        );
    }
    if here.sees_any(&["UNIQUE KEY", "UNIQUE INDEX"]) && !before(&["CONSTRAINT"]) {
        return told("UNIQUE KEY", Some(MySql), "write `UNIQUE` and the columns");
    }
    if here.at == 1 && here.sees("ENUM") && is_listed(here) {
        let instead = match dialect {
            Postgres => "make a `CREATE TYPE … AS ENUM` first, and a column of that type",
            _ => "write `text CHECK (… IN (…))`",
        };
        return told("ENUM", Some(MySql), instead);
    }
    let integers = [
        "int",
        "integer",
        "bigint",
        "smallint",
        "tinyint",
        "mediumint",
    ];
    if dialect == Postgres && here.at == 2 && here.sees("UNSIGNED") && before(&integers) {
        return told(
            "UNSIGNED",
            Some(MySql),
            "write a `CHECK` that it is not negative",
        );
    }
    if dialect == Postgres && here.at > 1 && here.sees("COMMENT") && is_text(here, 1) {
        return told(
            "COMMENT",
            Some(MySql),
            "write `COMMENT ON COLUMN … IS …;` behind it",
        );
    }
    let called = here.at > 0 && here.sees("DEFAULT") && dialect == Sqlite;
    let is_call = |at: usize| {
        here.tokens
            .get(here.at + at)
            .is_some_and(|token| token.is_symbol(here.sql, "("))
    };
    let is_word = here
        .tokens
        .get(here.at + 1)
        .is_some_and(|token| token.kind == Kind::Word);
    if called && is_word && is_call(2) {
        let mut name = Cursor {
            at: here.at + 1,
            ..here
        };
        let name = written(&mut name);
        let clock = ["now", "current_timestamp"]
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own));
        let instead = match clock {
            true => "write `DEFAULT CURRENT_TIMESTAMP`".to_owned(),
            false => format!(
                "put an expression that sqlite knows into parentheses: `DEFAULT ({name}(…))` for one of its own functions"
            ),
        };
        return Some(Foreign {
            why: format!("sqlite takes no call such as `{name}()` for a default"),
            instead,
            span: here.tokens.get(here.at)?.span,
        });
    }
    None
}

/// Whether a list of texts follows the word.
fn is_listed(here: Cursor<'_>) -> bool {
    let opens = here.tokens.get(here.at + 1);
    opens.is_some_and(|token| token.is_symbol(here.sql, "(")) && is_text(here, 2)
}

fn is_text(here: Cursor<'_>, ahead: usize) -> bool {
    let token = here.tokens.get(here.at + ahead);
    token.is_some_and(|token| token.kind == Kind::Text)
}

/// `KEY name (column)` among the columns of a table; a column may be called so, and have a type with a list.
fn key(item: Cursor<'_>, columns: &[String]) -> Option<Foreign> {
    let mut cursor = item;
    if cursor.dialect == MySql || !cursor.eat_any(&["KEY", "INDEX"]) {
        return None;
    }
    let name = if cursor.sees_symbol("(") {
        "…"
    } else {
        written(&mut cursor)
    };
    let within = cursor.parentheses().filter(|_| cursor.is_done())?;
    let list = Cursor::new(item.dialect, item.sql, within).list();
    let is_column = |token: &[Token]| {
        let mut own = Cursor::new(item.dialect, item.sql, token);
        own.ident().is_some_and(|name| columns.contains(&name)) && own.is_done()
    };
    let are_columns = !list.is_empty() && list.iter().all(|token| is_column(token));
    let instead = format!("write `CREATE INDEX {name} ON …` behind the table");
    are_columns.then(|| knows_no(item, "KEY", Some(MySql), instead, item.tokens))
}

fn index(mut cursor: Cursor<'_>) -> Option<Foreign> {
    let first = cursor.rest().get(..1)?;
    if cursor.dialect != Postgres && cursor.eat("CONCURRENTLY") && !cursor.sees("ON") {
        return Some(knows_no(
            cursor,
            "CONCURRENTLY",
            Some(Postgres),
            "leave it out",
            first,
        ));
    }
    if cursor.dialect == MySql && cursor.skip_to(&["ON"]) {
        cursor.pass(1);
        cursor.name()?;
        let rest = cursor.rest();
        if cursor.eat("USING") {
            let instead = "write it in front of `ON`, or behind the columns";
            return Some(knows_no(
                cursor,
                "ON … USING",
                Some(Postgres),
                instead,
                rest,
            ));
        }
        cursor.parentheses()?;
        let rest = cursor.rest();
        return cursor.eat("WHERE").then(|| {
            let instead = "leave the condition out: mysql has every row in an index";
            knows_no(cursor, "CREATE INDEX … WHERE", None, instead, rest)
        });
    }
    None
}

fn dropped_index(mut cursor: Cursor<'_>) -> Option<Foreign> {
    let statement = cursor.tokens;
    let first = cursor.rest().get(..1)?;
    if cursor.dialect != Postgres && cursor.eat("CONCURRENTLY") {
        return cursor.peek().is_some().then(|| {
            knows_no(
                cursor,
                "CONCURRENTLY",
                Some(Postgres),
                "leave it out",
                first,
            )
        });
    }
    cursor.eat("CONCURRENTLY");
    cursor.if_exists();
    let name = cursor.peek()?.text(cursor.sql);
    cursor.name()?;
    let instead = match cursor.dialect {
        MySql if cursor.is_done() => {
            return Some(Foreign {
                why: format!("`DROP INDEX {name}` names no table"),
                instead: format!("write `DROP INDEX {name} ON` and its table"),
                span: crate::family::cursor::whole(statement),
            });
        }
        MySql => return None,
        Postgres | Sqlite => format!("write `DROP INDEX {name}`, without its table"),
    };
    let rest = cursor.rest();
    cursor
        .eat("ON")
        .then(|| knows_no(cursor, "DROP INDEX … ON", Some(MySql), instead, rest))
}

fn dropped_trigger(mut cursor: Cursor<'_>) -> Option<Foreign> {
    let statement = cursor.tokens;
    cursor.if_exists();
    let name = cursor.peek()?.text(cursor.sql);
    cursor.name()?;
    match cursor.dialect {
        Postgres if cursor.is_done() => Some(Foreign {
            why: format!("`DROP TRIGGER {name}` names no table"),
            instead: format!("write `DROP TRIGGER {name} ON` and its table"),
            span: crate::family::cursor::whole(statement),
        }),
        Postgres => None,
        MySql | Sqlite => {
            let rest = cursor.rest();
            let instead = format!("write `DROP TRIGGER {name}`, without its table");
            cursor
                .eat("ON")
                .then(|| knows_no(cursor, "DROP TRIGGER … ON", Some(Postgres), instead, rest))
        }
    }
}

fn dropped_table(mut cursor: Cursor<'_>) -> Option<Foreign> {
    cursor.if_exists();
    cursor.name()?;
    let rest = cursor.rest();
    if cursor.sees_any(&["CASCADE", "RESTRICT"]) {
        let word = written(&mut cursor);
        return Some(knows_no(cursor, word, None, "leave it out", rest));
    }
    cursor.sees_symbol(",").then(|| Foreign {
        why: "sqlite drops one table in a `DROP TABLE`".to_owned(),
        instead: "write a `DROP TABLE` for each".to_owned(),
        span: crate::family::cursor::whole(rest),
    })
}
