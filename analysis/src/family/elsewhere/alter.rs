//! Which changes of an ALTER TABLE does the database not know?

use super::{Foreign, items, knows_no, written};
use crate::Dialect::{self, MySql, Postgres, Sqlite};
use crate::family::cursor::Cursor;

/// How SQLite changes a table in ways that it has no words for.
const ANEW: &str = "make the table anew as it is to be, copy its rows, drop the old one and rename the new one: \
                    https://www.sqlite.org/lang_altertable.html#otheralter";

pub(super) fn table(mut cursor: Cursor<'_>) -> Option<Foreign> {
    cursor.eat("ALTER TABLE");
    cursor.if_exists();
    cursor.eat("ONLY");
    cursor.name()?;
    let actions = cursor.list();
    if cursor.dialect == Sqlite && actions.len() > 1 {
        return Some(Foreign {
            why: "sqlite changes one thing in an `ALTER TABLE`".to_owned(),
            instead: "write an `ALTER TABLE` for each".to_owned(),
            span: crate::family::cursor::whole(cursor.rest()),
        });
    }
    let mut actions = actions.into_iter();
    actions.find_map(|action| {
        let own = Cursor::new(cursor.dialect, cursor.sql, action);
        of_no_database(own)
            .or_else(|| match cursor.dialect {
                MySql => of_postgres(own),
                Postgres | Sqlite => of_mysql(own),
            })
            .or_else(|| of_sqlite(own))
            .or_else(|| items::defined(added(own)?))
    })
}

/// The definition of a column that is added.
fn added(mut action: Cursor<'_>) -> Option<Cursor<'_>> {
    action.eat("ADD").then_some(())?;
    action.eat("COLUMN");
    action.if_not_exists();
    Some(Cursor::new(action.dialect, action.sql, action.rest()))
}

/// Slips that look like words of some database.
fn of_no_database(action: Cursor<'_>) -> Option<Foreign> {
    let told =
        |words: &str, instead: String| Some(knows_no(action, words, None, instead, action.tokens));
    let mut after = action;
    if after.eat_any(&["DELETE COLUMN", "REMOVE COLUMN"]) {
        let column = written(&mut after);
        return told("DELETE COLUMN", format!("write `DROP COLUMN {column}`"));
    }
    if after.eat("INSERT COLUMN") {
        return told("INSERT COLUMN", "write `ADD COLUMN`".to_owned());
    }
    if after.eat("ADD COLUMN IF EXISTS") {
        let instead = match action.dialect {
            Sqlite => "write `ADD COLUMN`: sqlite knows no `IF NOT EXISTS` there",
            Postgres | MySql => "write `ADD COLUMN IF NOT EXISTS`",
        };
        return told("ADD COLUMN IF EXISTS", instead.to_owned());
    }
    if after.eat("DROP COLUMN") {
        after.if_exists();
        let column = written(&mut after);
        let more = after.peek()?;
        let is_end = after.sees_any(&["CASCADE", "RESTRICT"]);
        let is_word = more.kind == crate::lex::Kind::Word;
        return match is_word && !is_end {
            true => Some(Foreign {
                why: format!(
                    "`{}` stands behind the column that is dropped",
                    more.text(action.sql)
                ),
                instead: format!("write `DROP COLUMN {column}`, without its type"),
                span: more.span,
            }),
            false => None,
        };
    }
    if after.eat("ADD COLUMN") && action.dialect != Sqlite {
        after.if_not_exists();
        let column = after.ident()?;
        return after.is_done().then(|| Foreign {
            why: format!("the column `{column}` has no type"),
            instead: "write its type behind its name".to_owned(),
            span: crate::family::cursor::whole(action.tokens),
        });
    }
    None
}

fn of_mysql(action: Cursor<'_>) -> Option<Foreign> {
    let lite = action.dialect == Sqlite;
    let told = |words: &str, instead: String| {
        Some(knows_no(action, words, Some(MySql), instead, action.tokens))
    };
    let anew = |instead: String| if lite { ANEW.to_owned() } else { instead };
    let mut after = action;
    if after.eat_any(&["MODIFY COLUMN", "MODIFY"]) {
        let column = written(&mut after);
        let ty = written(&mut after);
        return told(
            "MODIFY",
            anew(format!("write `ALTER COLUMN {column} TYPE {ty}`")),
        );
    }
    if after.eat_any(&["CHANGE COLUMN", "CHANGE"]) {
        let (from, to) = (written(&mut after), written(&mut after));
        let rename = format!("write `RENAME COLUMN {from} TO {to}`");
        return told(
            "CHANGE",
            rename
                + " for its name"
                + if lite {
                    ""
                } else {
                    ", and `ALTER COLUMN … TYPE` for its type"
                },
        );
    }
    if after.eat("DROP FOREIGN KEY") {
        let name = written(&mut after);
        return told(
            "DROP FOREIGN KEY",
            anew(format!("write `DROP CONSTRAINT {name}`")),
        );
    }
    if after.eat("DROP PRIMARY KEY") {
        return told(
            "DROP PRIMARY KEY",
            anew(
                "write `DROP CONSTRAINT` and its name, mostly the table's with `_pkey`".to_owned(),
            ),
        );
    }
    // A column may be called so, and stands alone then.
    if after.eat_any(&["DROP INDEX", "DROP KEY"]) {
        let is_name = after.peek().is_some() && !after.sees_any(&["CASCADE", "RESTRICT"]);
        let name = written(&mut after);
        return is_name
            .then(|| {
                told(
                    "ALTER TABLE … DROP INDEX",
                    format!("write `DROP INDEX {name};`"),
                )
            })
            .flatten();
    }
    if after.eat_any(&["RENAME INDEX", "RENAME KEY"]) {
        let name = written(&mut after);
        let instead = match lite {
            true => "drop it, and make it anew with the other name".to_owned(),
            false => format!("write `ALTER INDEX {name} RENAME TO …;`"),
        };
        return after
            .eat("TO")
            .then(|| told("RENAME INDEX", instead))
            .flatten();
    }
    if after.eat_any(&["ADD INDEX", "ADD KEY"]) {
        return added_index(action, after);
    }
    if after.eat("ENGINE") {
        return told("ENGINE", "leave it out".to_owned());
    }
    // SQLite takes those words for a part of the type.
    if after.eat("ADD") && !lite {
        let place = action
            .tokens
            .len()
            .checked_sub(2)
            .and_then(|at| action.tokens.get(at..))?;
        let is_placed = place.first()?.is_word(action.sql, "AFTER") && action.tokens.len() > 4;
        return is_placed
            .then(|| told("AFTER", "leave it out: a new column stands last".to_owned()))
            .flatten();
    }
    None
}

/// `ADD INDEX name (column)`. A new column may be called so, and have a type that takes words: those of PostGIS do.
fn added_index<'a>(action: Cursor<'a>, mut after: Cursor<'a>) -> Option<Foreign> {
    let name = match after.sees_symbol("(") {
        true => "…",
        false if after.sees_any(&["geometry", "geography"]) => return None,
        false => written(&mut after),
    };
    let within = after.parentheses().filter(|_| after.is_done())?;
    let mut list = Cursor::new(action.dialect, action.sql, within)
        .list()
        .into_iter();
    let is_column = |item: &[crate::lex::Token]| {
        let mut own = Cursor::new(action.dialect, action.sql, item);
        own.ident().is_some() && own.is_done()
    };
    let instead = format!("write `CREATE INDEX {name} ON …;`");
    list.all(is_column)
        .then(|| knows_no(action, "ADD INDEX", Some(MySql), instead, action.tokens))
}

fn of_postgres(action: Cursor<'_>) -> Option<Foreign> {
    let told = |words: &str, instead: String| {
        Some(knows_no(
            action,
            words,
            Some(Postgres),
            instead,
            action.tokens,
        ))
    };
    let mut after = action;
    if after.eat_any(&["ALTER COLUMN", "ALTER"]) {
        let column = written(&mut after);
        let words = ["SET NOT NULL", "DROP NOT NULL", "TYPE", "SET DATA TYPE"];
        let word = words.into_iter().find(|word| after.sees(word))?;
        let instead = match word {
            "SET NOT NULL" => format!("write `MODIFY COLUMN {column}`, its type and `NOT NULL`"),
            "DROP NOT NULL" => format!("write `MODIFY COLUMN {column}`, its type and `NULL`"),
            _ => {
                format!("write `MODIFY COLUMN {column}`, its type and the rest of what it is to be")
            }
        };
        return told(&format!("ALTER COLUMN … {word}"), instead);
    }
    if after.eat("RENAME CONSTRAINT") {
        written(&mut after);
        let instead = "drop it, and add it with the other name".to_owned();
        return after
            .eat("TO")
            .then(|| told("RENAME CONSTRAINT", instead))
            .flatten();
    }
    if after.eat("ADD CONSTRAINT") {
        let words = ["NOT VALID", "DEFERRABLE", "INITIALLY DEFERRED"];
        let instead = "leave it out: it is checked at once";
        let mut words = words.into_iter();
        let found = words.find(|word| { after }.skip_to(&[word]));
        return found.and_then(|word| told(word, instead.to_owned()));
    }
    if after.eat("VALIDATE CONSTRAINT") {
        return told(
            "VALIDATE CONSTRAINT",
            "leave it out: it is checked when it is added".to_owned(),
        );
    }
    None
}

/// What SQLite knows no way to do to a table that is there.
fn of_sqlite(action: Cursor<'_>) -> Option<Foreign> {
    if action.dialect != Sqlite {
        return None;
    }
    let told = |words: &str, of: Option<Dialect>, instead: &str| {
        Some(knows_no(action, words, of, instead, action.tokens))
    };
    let mut after = action;
    if after.eat_any(&["ALTER COLUMN", "ALTER"]) {
        written(&mut after);
        let words = ["TYPE", "SET DATA TYPE", "SET DEFAULT", "DROP DEFAULT"];
        let word = words.into_iter().find(|word| after.sees(word))?;
        return told(&format!("ALTER COLUMN … {word}"), None, ANEW);
    }
    if !after.eat("ADD") {
        return None;
    }
    if after.eat("CONSTRAINT") {
        written(&mut after);
    }
    let unique = "make a `CREATE UNIQUE INDEX` over it";
    match () {
        () if after.sees("UNIQUE") => told("ADD UNIQUE", None, unique),
        () if after.sees("FOREIGN KEY") => told("ADD FOREIGN KEY", None, ANEW),
        () if after.sees("PRIMARY KEY") => told("ADD PRIMARY KEY", None, ANEW),
        () if { after }.skip_to(&["PRIMARY KEY"]) => told("ADD COLUMN … PRIMARY KEY", None, ANEW),
        () if after.skip_to(&["UNIQUE"]) => Some(Foreign {
            why: "sqlite adds no column that is `UNIQUE`".to_owned(),
            instead: format!("add it without, and {unique}"),
            span: crate::family::cursor::whole(action.tokens),
        }),
        () => None,
    }
}
