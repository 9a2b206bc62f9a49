//! Which words does the database's own grammar refuse that our parser takes?
//!
//! One grammar reads all three dialects, and lets pass what only another one of them knows. What is told here was tried on each.

use crate::Dialect;
use crate::family::elsewhere::foreign;
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::lex::{Kind, Token};
use crate::split::Piece;

impl Run<'_> {
    /// Words that are refused, whatever the tables are.
    pub(in crate::judge) fn refuse_words(&mut self, sql: &str, piece: &Piece) {
        let outer = self.span;
        if let Some(found) = foreign(self.dialect, sql, &piece.tokens) {
            self.span = found.span;
            self.note(Noted::Refused {
                why: found.why,
                help: found.instead,
            });
            self.span = outer;
        }
        if let Some(last) = piece.tokens.last().filter(|last| last.is_symbol(sql, ",")) {
            self.span = last.span;
            self.note(Noted::Refused {
                why: "a comma stands at the end of the statement".to_owned(),
                help: "leave it out".to_owned(),
            });
            self.span = outer;
        }
        let defines = |words: &[&str]| piece.begins_with(sql, words);
        if !defines(&["create", "table"]) && !defines(&["alter", "table"]) {
            return;
        }
        let dialect = self.dialect;
        let pairs = piece.tokens.iter().zip(piece.tokens.iter().skip(1));
        let found =
            pairs.filter_map(|(before, token)| Some((*token, odd(dialect, sql, *before, *token)?)));
        let span = self.span;
        for (token, noted) in found {
            self.span = token.span;
            self.note(noted);
        }
        self.span = span;
    }
}

/// What is to be said of `token` behind `before`.
fn odd(dialect: Dialect, sql: &str, before: Token, token: Token) -> Option<Noted> {
    let is = |token: Token, sign: &str| token.kind == Kind::Symbol && token.text(sql) == sign;
    if is(before, ",") && is(token, ")") {
        return Some(Noted::Refused {
            why: "a comma stands before the parenthesis that ends the list".to_owned(),
            help: "did you mean `)`?".to_owned(),
        });
    }
    let numbered = match dialect {
        Dialect::Sqlite => "integer PRIMARY KEY",
        Dialect::Postgres => "bigint GENERATED ALWAYS AS IDENTITY",
        Dialect::MySql => "AUTO_INCREMENT",
    };
    let foreign = [
        (Dialect::MySql, "AUTO_INCREMENT"),
        (Dialect::Sqlite, "AUTOINCREMENT"),
    ];
    let mut foreign = foreign.iter().filter(|(own, _)| *own != dialect);
    let (_, word) = foreign.find(|(_, word)| token.is_word(sql, word))?;
    // A column or constraint may be called so.
    let names = [
        "column",
        "to",
        "add",
        "drop",
        "rename",
        "constraint",
        "table",
    ];
    let is_name =
        is(before, "(") || is(before, ",") || is(before, ".") || is_one(before, sql, &names);
    // SQLite's types are as many words as one likes.
    let is_in_type = dialect == Dialect::Sqlite
        && before.kind == Kind::Word
        && !is_one(before, sql, &["key", "null", "unique", "asc", "desc"]);
    match (is_name, is_in_type) {
        (true, _) => None,
        (false, true) => Some(Noted::Slip {
            what: format!("SQLite takes `{word}` for a part of the type, and numbers no row by it"),
            meant: numbered.to_owned(),
        }),
        (false, false) => Some(Noted::Refused {
            why: format!("{dialect} knows no `{word}`"),
            help: format!("did you mean `{numbered}`?"),
        }),
    }
}

fn is_one(token: Token, sql: &str, words: &[&str]) -> bool {
    words.iter().any(|word| token.is_word(sql, word))
}
