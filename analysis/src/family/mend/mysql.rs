//! What does MySQL take that the grammar does not know?

use crate::act::Step;
use crate::family::cursor::{Cursor, whole};
use crate::family::table::change::INERT_OPTIONS;
use crate::family::{place, plain};
use crate::lex::{Kind, Token};
use crate::{Dialect, read};

/// Options of keys and queries of MySQL that change no data, beside those of tables.
const OPTIONS: [&str; 3] = ["WITH PARSER", "ENGINE_ATTRIBUTE", "USING BTREE"];

pub(super) fn blanked(mut cursor: Cursor<'_>) -> Vec<Token> {
    if cursor.sees("DELETE") {
        return deletion(cursor);
    }
    if cursor.sees("TRUNCATE") {
        let waits = cursor.tokens.iter();
        let waits = waits
            .take_while(|t| !t.is_word(cursor.sql, "WAIT") && !t.is_word(cursor.sql, "NOWAIT"));
        return waits.copied().collect();
    }
    let definition = cursor.sees_any(&["CREATE", "ALTER TABLE", "DROP INDEX"]);
    let waits = cursor.sees_any(&["DROP", "RENAME"]);
    let mut kept: Vec<Token> = Vec::new();
    while let Some(token) = cursor.peek() {
        let start = cursor.at;
        // How long it waits for others: <https://mariadb.com/kb/en/wait-and-nowait/>.
        let seconds = cursor.tokens.get(start + 1);
        if waits && cursor.sees("WAIT") && seconds.is_some_and(|t| t.kind == Kind::Number) {
            cursor.pass(2);
            continue;
        }
        let using = cursor.sees_any(&["USING BTREE", "USING HASH"]);
        let named = kept.last().is_some_and(|before| {
            before.is_symbol(cursor.sql, "(") || before.is_symbol(cursor.sql, ".")
        });
        if definition && using {
            cursor.pass(2);
            continue;
        }
        // What is read is locked, and no other thing can be written so.
        if cursor.eat("LOCK IN SHARE MODE") {
            continue;
        }
        // The position of a sequence is no data.
        if cursor.eat_any(&["NEXT VALUE FOR", "PREVIOUS VALUE FOR"]) {
            continue;
        }
        if definition && !named && (cursor.eat_any(&INERT_OPTIONS) || cursor.eat_any(&OPTIONS)) {
            let equals = cursor.eat_symbol("=");
            let value = cursor.next().is_some();
            if equals && value {
                if kept
                    .last()
                    .is_some_and(|before| before.is_symbol(cursor.sql, ","))
                {
                    kept.pop();
                }
                continue;
            }
            cursor.at = start;
        }
        if definition && cursor.eat_any(&["VISIBLE", "NOT IGNORED", "IGNORED"]) && !named {
            continue;
        }
        cursor.at = start + 1;
        kept.push(token);
    }
    kept
}

/// Whether it is a DELETE of MySQL that leaves the rows which are referred to.
pub(super) fn ignores(mut cursor: Cursor<'_>) -> bool {
    let deletes = cursor.dialect == Dialect::MySql && cursor.eat("DELETE");
    while cursor.eat_any(&["LOW_PRIORITY", "QUICK"]) {}
    deletes && cursor.eat("IGNORE")
}

/// A DELETE without what says how it is done, and with `t.*` for the target `t`.
pub(super) fn deletion(mut cursor: Cursor<'_>) -> Vec<Token> {
    let mut kept: Vec<Token> = cursor.next().into_iter().collect();
    while cursor.eat_any(&["LOW_PRIORITY", "QUICK", "IGNORE"]) {}
    while let Some(token) = cursor.peek() {
        let star = cursor.tokens.get(cursor.at + 1);
        if token.is_symbol(cursor.sql, ".") && star.is_some_and(|t| t.is_symbol(cursor.sql, "*")) {
            cursor.pass(2);
            continue;
        }
        kept.push(token);
        cursor.pass(1);
    }
    kept
}

/// Units of several parts, which the grammar does not know. (<https://mariadb.com/kb/en/date-and-time-units/>)
const UNITS: [&str; 11] = [
    "DAY_HOUR",
    "DAY_MICROSECOND",
    "DAY_MINUTE",
    "DAY_SECOND",
    "HOUR_MICROSECOND",
    "HOUR_MINUTE",
    "HOUR_SECOND",
    "MINUTE_MICROSECOND",
    "MINUTE_SECOND",
    "SECOND_MICROSECOND",
    "YEAR_MONTH",
];

/// `INTERVAL '1 2' DAY_HOUR`, read as so many days that are written `1 2 DAY_HOUR`: no other interval is written so.
pub(super) fn intervals(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let mut rest = cursor;
    let (mut text, mut end) = (String::new(), 0);
    while !rest.is_done() {
        if !rest.eat("INTERVAL") {
            rest.pass(1);
            continue;
        }
        let start = rest.at;
        let (Some(value), Some(unit)) = (rest.next(), rest.peek()) else {
            break;
        };
        let written = read::is_plain_string(cursor.dialect, value.text(cursor.sql));
        if !written || !rest.eat_any(&UNITS) {
            continue;
        }
        text += &plain(cursor.sql, cursor.tokens.get(end..start)?);
        let value = value.text(cursor.sql).trim_end_matches('\'');
        let unit = unit.text(cursor.sql).to_ascii_uppercase();
        text += &format!(" {value} {unit}' DAY ");
        end = rest.at;
    }
    (end > 0).then_some(())?;
    text += &plain(cursor.sql, cursor.tokens.get(end..)?);
    let mut steps = read::read(cursor.dialect, &text, 0)?;
    place(&mut steps, whole(cursor.tokens));
    Some(steps)
}

/// `UPDATE a, b SET …` is a product of the two, which the grammar knows only as a join.
pub(super) fn joined_update(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let span = whole(cursor.tokens);
    cursor.eat("UPDATE").then_some(())?;
    cursor.eat_any(&["LOW_PRIORITY", "IGNORE"]);
    let mut text = "UPDATE ".to_owned();
    let start = cursor.at;
    cursor.skip_to(&["SET"]).then_some(())?;
    let set = cursor.at;
    let tables = Cursor::new(cursor.dialect, cursor.sql, cursor.tokens.get(start..set)?).list();
    let tables: Vec<String> = tables
        .into_iter()
        .map(|table| plain(cursor.sql, table))
        .collect();
    text.push_str(&tables.join(" CROSS JOIN "));
    text.push(' ');
    text.push_str(&plain(cursor.sql, &cursor.tokens[set..]));
    let mut steps = read::read(cursor.dialect, &text, 0)?;
    place(&mut steps, span);
    Some(steps)
}
