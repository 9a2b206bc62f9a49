//! Which statements does the database not know at all, or not with such an ending?

use super::{Foreign, knows_no};
use crate::Dialect::{self, MySql, Postgres, Sqlite};
use crate::family::cursor::Cursor;

/// How statements begin, who knows them, and what is written elsewhere.
const HEADS: [(&str, Dialect, &str); 14] = [
    ("ALTER INDEX", Postgres, "drop the index, and make it anew"),
    (
        "CREATE TYPE",
        Postgres,
        "leave it out, and say at the column what it may hold",
    ),
    ("DROP TYPE", Postgres, "leave it out"),
    (
        "ALTER TYPE",
        Postgres,
        "leave it out, and say at the column what it may hold",
    ),
    (
        "CREATE DOMAIN",
        Postgres,
        "leave it out, and say at the column what it may hold",
    ),
    ("DROP DOMAIN", Postgres, "leave it out"),
    ("CREATE EXTENSION", Postgres, "leave it out"),
    ("DROP EXTENSION", Postgres, "leave it out"),
    (
        "CREATE MATERIALIZED VIEW",
        Postgres,
        "write a view, or a table that is filled",
    ),
    ("DROP MATERIALIZED VIEW", Postgres, "leave it out"),
    ("REFRESH MATERIALIZED VIEW", Postgres, "leave it out"),
    ("COMMENT ON", Postgres, "leave it out"),
    ("RENAME TABLE", MySql, "write `ALTER TABLE … RENAME TO …`"),
    ("CREATE OR REPLACE TABLE", MySql, "drop the table first"),
];

/// Statements that SQLite has no like of, or by another name.
const NOT_SQLITE: [(&str, &str); 10] = [
    ("SET", "leave it out, or write the `PRAGMA` that is meant"),
    ("TRUNCATE", "write `DELETE FROM` and the table"),
    ("GRANT", "leave it out: sqlite has no users"),
    ("REVOKE", "leave it out: sqlite has no users"),
    ("CREATE SCHEMA", "leave it out"),
    (
        "CREATE SEQUENCE",
        "leave it out: an `integer PRIMARY KEY` numbers itself",
    ),
    (
        "CREATE FUNCTION",
        "leave it out: the program gives sqlite its functions",
    ),
    (
        "CREATE PROCEDURE",
        "leave it out: the program gives sqlite its functions",
    ),
    (
        "CREATE OR REPLACE VIEW",
        "write `DROP VIEW IF EXISTS …; CREATE VIEW …`",
    ),
    (
        "CREATE OR REPLACE TRIGGER",
        "write `DROP TRIGGER IF EXISTS …; CREATE TRIGGER …`",
    ),
];

pub(super) fn refused(cursor: Cursor<'_>) -> Option<Foreign> {
    let mut heads = HEADS.iter().filter(|(_, of, _)| *of != cursor.dialect);
    if let Some((words, of, instead)) = heads.find(|(words, ..)| cursor.sees(words)) {
        return Some(knows_no(cursor, words, Some(*of), *instead, cursor.tokens));
    }
    let mut others = NOT_SQLITE.iter().filter(|_| cursor.dialect == Sqlite);
    if let Some((words, instead)) = others.find(|(words, _)| cursor.sees(words)) {
        return Some(knows_no(cursor, words, None, *instead, cursor.tokens));
    }
    let mut after = cursor;
    match () {
        () if after.eat("INSERT") => inserted(after),
        () if after.eat("UPDATE") => updated(after),
        () if after.eat("DELETE") => deleted(after),
        () => None,
    }
}

fn inserted(mut cursor: Cursor<'_>) -> Option<Foreign> {
    let (dialect, statement) = (cursor.dialect, cursor.tokens);
    let or = [
        "OR IGNORE",
        "OR REPLACE",
        "OR ROLLBACK",
        "OR ABORT",
        "OR FAIL",
    ];
    if dialect != Sqlite && cursor.sees_any(&or) {
        let instead = match dialect {
            MySql => {
                "write `INSERT IGNORE` if rows that are there already are to stay, else `REPLACE`"
            }
            _ => {
                "write `ON CONFLICT DO NOTHING` behind it if rows that are there already are to stay"
            }
        };
        return Some(knows_no(
            cursor,
            "INSERT OR …",
            Some(Sqlite),
            instead,
            statement,
        ));
    }
    if dialect != MySql {
        let words = "ON DUPLICATE KEY UPDATE";
        let instead = "write `ON CONFLICT (…) DO UPDATE SET …`";
        let found = cursor.skip_to(&[words]);
        return found.then(|| knows_no(cursor, words, Some(MySql), instead, statement));
    }
    if !cursor.skip_to(&["ON CONFLICT"]) {
        return None;
    }
    cursor.pass(2);
    cursor.parentheses();
    // A column of a join may be called so.
    let found = cursor.sees_any(&["DO NOTHING", "DO UPDATE"]);
    let instead = "write `INSERT IGNORE`, or `ON DUPLICATE KEY UPDATE`";
    found.then(|| knows_no(cursor, "ON CONFLICT", None, instead, statement))
}

fn updated(mut cursor: Cursor<'_>) -> Option<Foreign> {
    let (word, words, of, instead) = match cursor.dialect {
        Postgres => (
            "LIMIT",
            "UPDATE … LIMIT",
            Some(MySql),
            "say in the condition which rows",
        ),
        MySql => (
            "FROM",
            "UPDATE … FROM",
            None,
            "write `UPDATE a JOIN b ON … SET …`",
        ),
        Sqlite => return None,
    };
    let found = cursor.skip_to(&[word]);
    found.then(|| knows_no(cursor, words, of, instead, cursor.tokens))
}

fn deleted(mut cursor: Cursor<'_>) -> Option<Foreign> {
    let (word, words, of, instead) = match cursor.dialect {
        Postgres => (
            "LIMIT",
            "DELETE … LIMIT",
            Some(MySql),
            "say in the condition which rows",
        ),
        Sqlite => (
            "USING",
            "DELETE … USING",
            None,
            "write `WHERE … IN (SELECT …)`",
        ),
        MySql => return None,
    };
    let found = cursor.skip_to(&[word]);
    found.then(|| knows_no(cursor, words, of, instead, cursor.tokens))
}
