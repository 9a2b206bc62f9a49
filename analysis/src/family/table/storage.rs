//! How does SQLite keep the rows of a table, by the clauses of the statement that makes it?

use super::beside::names;
use crate::Dialect;
use crate::act::{Conflict, Storage};
use crate::family::cursor::Cursor;
use crate::family::significant;

pub(crate) fn storage(dialect: Dialect, text: &str) -> Storage {
    let speaks = ["rowid", "strict", "conflict"];
    if dialect != Dialect::Sqlite || !speaks.iter().any(|word| names(text, word)) {
        return Storage::PLAIN;
    }
    let tokens = significant(dialect, text);
    let closing = tokens.iter().rposition(|token| token.is_symbol(text, ")"));
    let options = &tokens[closing.map_or(tokens.len(), |at| at + 1)..];
    let options = Cursor::new(dialect, text, options);
    let all = Cursor::new(dialect, text, &tokens);
    Storage {
        without_rowid: options.holds("WITHOUT"),
        strict: options.holds("STRICT"),
        on_conflict: match () {
            () if says(all, "ON CONFLICT REPLACE") => Conflict::Replace,
            () if says(all, "ON CONFLICT IGNORE") => Conflict::Skip,
            () => Conflict::Fail,
        },
        full_text: false,
    }
}

/// Whether the words stand somewhere, one after the other.
fn says(mut cursor: Cursor<'_>, words: &str) -> bool {
    while !cursor.is_done() {
        if cursor.sees(words) {
            return true;
        }
        cursor.pass(1);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Storage {
        storage(Dialect::Sqlite, text)
    }

    #[test]
    fn options_stand_behind_the_columns() {
        let kept = of("CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID, strict");
        assert!(kept.without_rowid && kept.strict);
    }

    #[test]
    fn what_stands_in_texts_comments_and_names_is_no_option() {
        for text in [
            "CREATE TABLE t (a INT DEFAULT 'without rowid, strict, on conflict replace')",
            "CREATE TABLE t (a INT) -- neither STRICT nor WITHOUT ROWID, and no ON CONFLICT IGNORE",
            "CREATE TABLE \"strict\" (\"without\" INT, rowid_of INT)",
        ] {
            assert_eq!(of(text), Storage::PLAIN, "{text}");
        }
    }

    #[test]
    fn a_key_says_what_becomes_of_rows_in_its_way() {
        let kept = of("CREATE TABLE t (a INT UNIQUE ON  CONFLICT\nREPLACE)");
        assert_eq!(kept.on_conflict, Conflict::Replace);
        let kept = of("CREATE TABLE t (a INT, UNIQUE (a) on conflict /* sic */ ignore)");
        assert_eq!(kept.on_conflict, Conflict::Skip);
    }
}
