//! What of a table's rows stands elsewhere, by the statement of MySQL or MariaDB that makes the table?

use crate::Dialect;
use crate::act::Name;
use crate::family::cursor::Cursor;
use crate::family::significant;
use crate::lex::Token;

/// Whether MariaDB keeps what the rows were: `WITH SYSTEM VERSIONING`, of the table or of one of its columns.
/// (<https://mariadb.com/kb/en/system-versioned-tables/>)
pub(crate) fn keeps_history(text: &str) -> bool {
    names(text, "versioning") && {
        let tokens = significant(Dialect::MySql, text);
        let words = ["WITH", "SYSTEM", "VERSIONING"];
        let says = |at: &[Token]| {
            at.iter()
                .zip(words)
                .all(|(at, word)| at.is_word(text, word))
        };
        tokens.windows(words.len()).any(says)
    }
}

/// The tables whose rows a MERGE table shows, found by their names whenever it is opened: `UNION=(a, b)`.
/// (<https://mariadb.com/kb/en/merge/>)
pub(crate) fn members(text: &str) -> Vec<Name> {
    if !names(text, "union") {
        return Vec::new();
    }
    let tokens = significant(Dialect::MySql, text);
    let mut cursor = Cursor::new(Dialect::MySql, text, &tokens);
    cursor.skip_to(&["UNION"]);
    cursor.eat("UNION");
    listed(&mut cursor).unwrap_or_default()
}

/// `= (a, b)`.
pub(in crate::family) fn listed(cursor: &mut Cursor<'_>) -> Option<Vec<Name>> {
    cursor.eat_symbol("=");
    let list = Cursor::new(cursor.dialect, cursor.sql, cursor.parentheses()?).list();
    let name = |tokens| Cursor::new(cursor.dialect, cursor.sql, tokens).name();
    list.into_iter().map(name).collect()
}

/// Whether a word stands somewhere in the text, so that hardly any text is read for it.
pub(in crate::family) fn names(text: &str, word: &str) -> bool {
    let mut parts = text.as_bytes().windows(word.len());
    parts.any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}
