//! What does PostgreSQL take that the grammar does not know?

use crate::act::Step;
use crate::family::cursor::{Cursor, whole};
use crate::family::{place, plain};
use crate::lex::{Kind, Token};
use crate::read;

pub(super) fn blanked(mut cursor: Cursor<'_>) -> Vec<Token> {
    let mut kept = Vec::new();
    let head = cursor;
    let create = head.sees("CREATE");
    let index = create && (head.sees("CREATE INDEX") || head.sees("CREATE UNIQUE INDEX"));
    let view = head.sees("CREATE MATERIALIZED VIEW");
    let mut body = false;
    let sets = head.sees_any(&["UPDATE", "INSERT", "WITH", "MERGE"]) && head.holds("SET");
    let trigger = create && is_trigger(head);
    let conflicts = head.holds("CONFLICT");
    let mut runs = false;
    while let Some(token) = cursor.peek() {
        // The rows that a cursor stands on are some of them.
        if cursor.eat("CURRENT OF") {
            continue;
        }
        if sets && is_element(cursor, &kept) {
            cursor.skip_brackets();
            continue;
        }
        if let Some(row) = row_in_parentheses(cursor, kept.last()) {
            kept.push(row);
            cursor.pass(3);
            continue;
        }
        body |= token.is_word(cursor.sql, "AS");
        runs |= trigger && cursor.sees_any(&["EXECUTE FUNCTION", "EXECUTE PROCEDURE"]);
        if runs && token.is_symbol(cursor.sql, "(") && cursor.parentheses().is_some() {
            // What a trigger hands to its function is text, whatever it looks like.
            kept.push(token);
            kept.extend(cursor.tokens.get(cursor.at - 1));
            continue;
        }
        if (index || head.sees("DROP INDEX")) && cursor.eat("CONCURRENTLY") {
            continue;
        }
        // `TRIM(BOTH FROM a)` is `TRIM(BOTH a)`.
        if cursor.sees("FROM") && is_within_trim(cursor.sql, &kept) {
            cursor.pass(1);
            continue;
        }
        // It says by which partial index rows are found to be in the way.
        if conflicts && cursor.sees("WHERE") && ends_conflict_target(cursor.sql, &kept) {
            cursor.skip_to(&["DO"]);
            continue;
        }
        if create && cursor.eat_any(&["INCLUDING", "EXCLUDING"]) {
            cursor.next();
            continue;
        }
        if create && !body && cursor.eat("TABLESPACE") {
            cursor.next();
            continue;
        }
        if create && cursor.eat_any(&["STORAGE", "COMPRESSION"]) {
            cursor.next();
            continue;
        }
        if view && !body && cursor.eat_any(&["WITH", "USING"]) {
            cursor.skip();
            continue;
        }
        if create && cursor.eat_any(&["WITH NO DATA", "WITH DATA"]) && view {
            continue;
        }
        kept.push(token);
        cursor.pass(1);
    }
    kept
}

/// `(OLD).*`, where the parentheses mean nothing.
pub(super) fn row_in_parentheses(cursor: Cursor<'_>, before: Option<&Token>) -> Option<Token> {
    let [open, row, close, dot, ..] = cursor.rest() else {
        return None;
    };
    let is_name = |token: &Token| matches!(token.kind, Kind::Word | Kind::Quoted);
    let called = before.is_some_and(|token| {
        let words = ["SELECT", "RETURNING"];
        is_name(token) && !words.iter().any(|word| token.is_word(cursor.sql, word))
    });
    let parts = [(open, "("), (close, ")"), (dot, ".")];
    let mut parts = parts.into_iter();
    let alone = parts.all(|(token, sign)| token.is_symbol(cursor.sql, sign));
    (alone && is_name(row) && !called).then_some(*row)
}

/// Whether `TRIM (`, or that and the end at which it trims, stands last.
pub(super) fn is_within_trim(sql: &str, before: &[Token]) -> bool {
    let sides = ["BOTH", "LEADING", "TRAILING"];
    let side = |token: &Token| sides.iter().any(|side| token.is_word(sql, side));
    let before = match before {
        [before @ .., last] if side(last) => before,
        all => all,
    };
    matches!(before, [.., name, open] if name.is_word(sql, "TRIM") && open.is_symbol(sql, "("))
}

/// Whether the columns of `ON CONFLICT (…)` stand last.
pub(super) fn ends_conflict_target(sql: &str, before: &[Token]) -> bool {
    let mut depth = 0usize;
    let open = before.iter().rposition(|token| {
        depth += usize::from(token.is_symbol(sql, ")"));
        depth -= usize::from(token.is_symbol(sql, "(")).min(depth);
        depth == 0
    });
    let closes = before.last().is_some_and(|last| last.is_symbol(sql, ")"));
    let ahead = open.filter(|_| closes).map(|open| &before[..open]);
    matches!(ahead, Some([.., on, conflict]) if on.is_word(sql, "ON") && conflict.is_word(sql, "CONFLICT"))
}

pub(super) fn is_trigger(mut cursor: Cursor<'_>) -> bool {
    cursor.eat("CREATE");
    cursor.eat("OR REPLACE");
    cursor.eat("CONSTRAINT");
    cursor.sees("TRIGGER")
}

/// Whether the brackets that come next follow a column that is set: `SET a[1] = …` changes `a`, and leaves the rest of it.
pub(super) fn is_element(cursor: Cursor<'_>, before: &[Token]) -> bool {
    let [.., ahead, column] = before else {
        return false;
    };
    let starts = ahead.is_word(cursor.sql, "SET")
        || ahead.is_symbol(cursor.sql, ",")
        || ahead.is_symbol(cursor.sql, ".");
    let mut after = cursor;
    let closed = after.skip_brackets();
    starts
        && closed
        && crate::family::cursor::ident(cursor.dialect, cursor.sql, *column).is_some()
        && (after.sees_symbol("=") || after.sees_symbol("["))
}

/// `a ISNULL` and `a NOTNULL`, which the grammar knows only in two words.
pub(super) fn null_tests(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let tokens = cursor.tokens;
    let (mut text, mut end) = (String::new(), 0);
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let words = match () {
            () if token.is_word(cursor.sql, "ISNULL") => " IS NULL ",
            () if token.is_word(cursor.sql, "NOTNULL") => " IS NOT NULL ",
            () => continue,
        };
        // `isnull(a)` calls a function.
        let next = tokens.get(at + 1);
        if next.is_some_and(|next| next.is_symbol(cursor.sql, "(")) {
            continue;
        }
        text += &plain(cursor.sql, tokens.get(end..at)?);
        text += words;
        end = at + 1;
    }
    (end > 0).then_some(())?;
    text += &plain(cursor.sql, tokens.get(end..)?);
    let mut steps = read::read(cursor.dialect, &text, 0)?;
    place(&mut steps, whole(tokens));
    Some(steps)
}

impl Cursor<'_> {
    /// Takes `[ … ]`, if it comes next.
    fn skip_brackets(&mut self) -> bool {
        let mut depth = 0usize;
        while let Some(token) = self.peek() {
            if token.is_symbol(self.sql, "[") {
                depth += 1;
            } else if token.is_symbol(self.sql, "]") {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 {
                self.at += usize::from(token.is_symbol(self.sql, "]"));
                return token.is_symbol(self.sql, "]");
            }
            self.at += 1;
        }
        false
    }
}
