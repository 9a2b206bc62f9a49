//! Which foreign keys of MySQL are looked after, as its settings say?

use crate::act::{Act, Step};
use crate::family::cursor::Cursor;
use crate::lex::Token;

/// Whether they are (<https://mariadb.com/kb/en/server-system-variables/#foreign_key_checks>).
const SETTING: &str = "foreign_key_checks";

/// What a `SET` asks for whose assignments are read from here on.
pub(in crate::family) fn foreign_keys(cursor: Cursor<'_>) -> Vec<Step> {
    let mut later = false;
    let mut steps = Vec::new();
    for assignment in cursor.list() {
        let text = |token: &Token| token.text(cursor.sql).to_lowercase();
        let sign = |token: &Token| matches!(token.text(cursor.sql), "=" | ":=");
        let Some(at) = assignment.iter().position(sign) else {
            continue;
        };
        let (variable, value) = (&assignment[..at], &assignment[at + 1..]);
        let words = variable.iter().map(text).collect::<String>();
        // The word is about all that follow it, until another one.
        let scope = words.trim_start_matches('@');
        if scope.starts_with("global") || scope.starts_with("persist") {
            later = true;
        } else if scope.starts_with("session") || scope.starts_with("local") {
            later = false;
        }
        if !words.ends_with(SETTING) {
            continue;
        }
        let value = match value {
            [one] => text(one),
            _ => String::new(),
        };
        let on = match value.trim_matches(['\'', '"']) {
            "1" | "on" | "true" | "default" => Some(true),
            "0" | "off" | "false" => Some(false),
            _ => None,
        };
        let act = match (later, on) {
            (true, Some(true)) => continue,
            (true, _) => Act::DoubtKeys { later: true },
            (false, Some(on)) => Act::ForeignKeys(on),
            // Most put back what they found.
            (false, None) => Act::DoubtKeys { later: false },
        };
        steps.extend(cursor.step(act));
    }
    steps
}

/// The settings and the statement of `SET STATEMENT … FOR …`, which hold for it alone.
/// (<https://mariadb.com/kb/en/set-statement/>)
pub(in crate::family) fn for_one(cursor: Cursor<'_>) -> Option<[&[Token]; 2]> {
    let mut cursor = cursor;
    cursor.eat("SET STATEMENT").then_some(())?;
    let start = cursor.at;
    let found = cursor.skip_to(&["FOR"]);
    let settings = cursor.tokens.get(start..cursor.at)?;
    cursor.pass(1);
    found.then(|| [settings, cursor.rest()])
}
