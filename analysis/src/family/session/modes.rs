//! What does MySQL's `sql_mode` change about the statements that follow?

use crate::act::{Act, Step};
use crate::family::cursor::Cursor;
use crate::family::dynamic::Dynamic;
use crate::family::unknown;
use crate::lex::{Kind, Token};

/// Modes in which the server reads other tokens than this crate's lexer does, and what they read otherwise.
/// (<https://mariadb.com/kb/en/sql-mode/>, <https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html>)
const MODES: [(&str, &[&str]); 12] = [
    ("no_backslash_escapes", &["\\"]),
    ("ansi_quotes", &["\""]),
    ("pipes_as_concat", &["||"]),
    ("ansi", &["\"", "||"]),
    ("oracle", &["\"", "||"]),
    ("mssql", &["\"", "||"]),
    ("db2", &["\"", "||"]),
    ("maxdb", &["\"", "||"]),
    ("postgresql", &["\"", "||"]),
    ("empty_string_is_null", &["''"]),
    ("simultaneous_assignment", &["="]),
    // Where it is not strict, a date without a day becomes none at all.
    ("no_zero_in_date", &[""]),
];

/// Modes that refuse what others change in silence.
const STRICT: [&str; 3] = ["strict_trans_tables", "strict_all_tables", "traditional"];

/// The mode in which a 0 that is put into a numbered column stays one.
const KEEPS_ZEROS: &str = "no_auto_value_on_zero";

/// What a value of `sql_mode` asks for.
pub(super) fn steps(cursor: Cursor<'_>, value: &[Token], known: &Dynamic) -> Vec<Step> {
    let keeps = is_told(cursor, value)
        && modes(cursor, value, known)
            .iter()
            .any(|mode| mode == KEEPS_ZEROS);
    let mut steps = Vec::new();
    steps.extend(cursor.step(Act::KeepsZeros(keeps)));
    steps.extend(mode(cursor, value, known));
    steps
}

/// Whether every mode that is named in the value is switched on: by no function but those that put texts together.
fn is_told(cursor: Cursor<'_>, value: &[Token]) -> bool {
    const WORDS: [&str; 3] = ["select", "concat", "concat_ws"];
    value.iter().all(|token| match token.kind {
        Kind::Word => WORDS.contains(&token.text(cursor.sql).to_lowercase().as_str()),
        Kind::Symbol => matches!(token.text(cursor.sql), "(" | ")" | ","),
        _ => true,
    })
}

/// A mode is unknown where what follows would be read in another way under it.
fn mode(cursor: Cursor<'_>, value: &[Token], known: &Dynamic) -> Option<Step> {
    let modes = modes(cursor, value, known);
    let end = cursor.tokens.last()?.span.end as usize;
    let rest = cursor.sql.get(end..)?;
    let read_otherwise = |mode: &str| {
        let (name, signs) = MODES.iter().find(|(name, _)| *name == mode)?;
        signs.iter().any(|sign| rest.contains(sign)).then_some(name)
    };
    let is_strict = modes.iter().any(|mode| STRICT.contains(&mode.as_str()));
    let mut told = modes
        .iter()
        .filter(|mode| !is_strict || *mode != "no_zero_in_date");
    let name = told.find_map(|mode| read_otherwise(mode))?;
    let name = name.to_ascii_uppercase();
    let reason = format!("what follows is read otherwise in the mode {name}");
    Some(unknown(cursor.whole(), &reason))
}

/// The modes that a value switches on, as far as it tells; a mode that was saved before is put back.
fn modes(cursor: Cursor<'_>, value: &[Token], known: &Dynamic) -> Vec<String> {
    let text = |token: &Token| token.text(cursor.sql).to_lowercase();
    // `REPLACE(@@sql_mode, 'ANSI_QUOTES', '')` switches off.
    if value.iter().any(|token| text(token) == "replace") {
        return Vec::new();
    }
    let mut modes = Vec::new();
    let mut add = |list: &str| {
        let names = list.split(',');
        modes.extend(names.map(|name| name.trim_matches([' ', '\'', '"']).to_owned()));
    };
    for token in value {
        match token.kind {
            Kind::Text | Kind::Word | Kind::Quoted => add(&text(token)),
            Kind::Parameter => {
                let name = text(token);
                let held = known.variables.get(&name);
                for list in held.into_iter().flatten().flatten() {
                    add(&list.to_lowercase());
                }
            }
            _ => {}
        }
    }
    modes
}
