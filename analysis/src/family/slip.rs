//! Which keyword was probably meant where a statement is not understood?

use super::cursor::Cursor;
use crate::lex::Token;
use crate::nearest::nearest;

const VERBS: [&str; 11] = [
    "alter", "create", "delete", "drop", "grant", "insert", "rename", "select", "truncate",
    "update", "with",
];
const KINDS: [&str; 13] = [
    "column",
    "database",
    "function",
    "index",
    "materialized",
    "procedure",
    "schema",
    "sequence",
    "table",
    "trigger",
    "type",
    "unique",
    "view",
];
const CHANGES: [&str; 7] = ["add", "alter", "change", "drop", "modify", "rename", "set"];

/// The one that a word of the statement is a slip of, in a place where no name stands.
pub(super) fn of_statement(cursor: Cursor<'_>) -> Option<&'static str> {
    let words = words(cursor.sql, cursor.tokens);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [verb, ..] if !VERBS.contains(verb) => nearest(verb, &VERBS),
        ["alter", "table", _, rest @ ..] => in_action(rest),
        ["alter" | "create" | "drop", kind, ..] => slip(kind, &KINDS),
        ["insert", into, ..] => slip(into, &["into"]),
        ["delete", from, ..] => slip(from, &["from"]),
        ["update", _, set, ..] => slip(set, &["set"]),
        _ => None,
    }
}

/// The same of one action of an ALTER TABLE.
pub(super) fn of_action(sql: &str, action: &[Token]) -> Option<&'static str> {
    let words = words(sql, action);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    in_action(&words)
}

fn in_action(words: &[&str]) -> Option<&'static str> {
    match words {
        [change, ..] if !CHANGES.contains(change) => nearest(change, &CHANGES),
        // A column may be called anything, so that a second name must follow.
        [_, column, _, ..] => slip(column, &["column"]),
        _ => None,
    }
}

fn slip(word: &str, known: &[&'static str]) -> Option<&'static str> {
    nearest(word, known).filter(|meant| *meant != word)
}

/// The first words, in small letters.
fn words(sql: &str, tokens: &[Token]) -> Vec<String> {
    let texts = tokens.iter().take(6).map(|token| token.text(sql));
    texts.map(str::to_ascii_lowercase).collect()
}
