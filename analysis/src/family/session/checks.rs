//! Which keys of MySQL are looked after, as its settings say?

use crate::act::{Act, Step};
use crate::family::cursor::Cursor;
use crate::lex::Token;

/// Whether foreign keys are (<https://mariadb.com/kb/en/server-system-variables/#foreign_key_checks>).
const FOREIGN: &str = "foreign_key_checks";

/// Whether unique ones must be, but for the primary one
/// (<https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_unique_checks>).
const UNIQUE: &str = "unique_checks";

/// What a `SET` asks for whose assignments are read from here on.
pub(in crate::family) fn keys(cursor: Cursor<'_>) -> Vec<Step> {
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
        let value = match value {
            [one] => text(one),
            _ => String::new(),
        };
        let on = match value.trim_matches(['\'', '"']) {
            "1" | "on" | "true" | "default" => Some(true),
            "0" | "off" | "false" => Some(false),
            _ => None,
        };
        let act = match () {
            () if words.ends_with(FOREIGN) => of_foreign(later, on),
            // What is set for later sessions is taken to be set for this one alone.
            () if words.ends_with(UNIQUE) => Some(Act::UncheckedKeys(on != Some(true))),
            () => None,
        };
        steps.extend(act.into_iter().flat_map(|act| cursor.step(act)));
    }
    steps
}

fn of_foreign(later: bool, on: Option<bool>) -> Option<Act> {
    match (later, on) {
        (true, Some(true)) => None,
        (true, _) => Some(Act::DoubtKeys { later: true }),
        (false, Some(on)) => Some(Act::ForeignKeys(on)),
        // Most put back what they found.
        (false, None) => Some(Act::DoubtKeys { later: false }),
    }
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
