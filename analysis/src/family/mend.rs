//! Which statements does the grammar accept once a detail is blanked that means nothing here?

use super::cursor::{Cursor, whole};
use super::grammar;
use super::is_unknown;
use super::table::like;
use crate::act::{Act, Step};
use crate::lex::{Kind, Token};
use crate::{Dialect, read};

/// What the statement asks for once it is mended; none where that does not help.
pub(super) fn mend(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let kept = blanked(cursor);
    if kept.len() < cursor.tokens.len() {
        let mended = Cursor::new(cursor.dialect, cursor.sql, &kept);
        if let Some(mut steps) = grammar(mended).filter(|steps| !steps.iter().any(is_unknown)) {
            let ignores = ignores(cursor);
            for step in &mut steps {
                if let Act::Delete(delete) = &mut step.act {
                    delete.limited |= ignores;
                }
                // It is made again as it is written, with what it hands to its function.
                if let Act::CreateTrigger(trigger) = &mut step.act {
                    trigger.text = cursor.text();
                }
            }
            return Some(like::include(cursor, steps));
        }
    }
    match cursor.dialect {
        Dialect::Sqlite => sqlite_table(cursor).or_else(|| in_table(cursor)),
        Dialect::MySql => inserted_table(cursor).or_else(|| joined_update(cursor)),
        Dialect::Postgres => inserted_table(cursor).or_else(|| null_tests(cursor)),
    }
}

/// The tokens without the details.
fn blanked(cursor: Cursor<'_>) -> Vec<Token> {
    match cursor.dialect {
        Dialect::Sqlite => sqlite(cursor),
        Dialect::Postgres => postgres(cursor),
        Dialect::MySql => mysql(cursor),
    }
}

/// Without the word on which index is to be used.
fn sqlite(mut cursor: Cursor<'_>) -> Vec<Token> {
    let mut kept = Vec::new();
    while let Some(token) = cursor.peek() {
        if cursor.eat("NOT INDEXED") {
            continue;
        }
        if cursor.eat("INDEXED BY") {
            cursor.next();
            continue;
        }
        kept.push(token);
        cursor.pass(1);
    }
    kept
}

/// `(OLD).*`, where the parentheses mean nothing.
fn row_in_parentheses(cursor: Cursor<'_>, before: Option<&Token>) -> Option<Token> {
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

fn postgres(mut cursor: Cursor<'_>) -> Vec<Token> {
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

/// Whether `TRIM (`, or that and the end at which it trims, stands last.
fn is_within_trim(sql: &str, before: &[Token]) -> bool {
    let sides = ["BOTH", "LEADING", "TRAILING"];
    let side = |token: &Token| sides.iter().any(|side| token.is_word(sql, side));
    let before = match before {
        [before @ .., last] if side(last) => before,
        all => all,
    };
    matches!(before, [.., name, open] if name.is_word(sql, "TRIM") && open.is_symbol(sql, "("))
}

/// Whether the columns of `ON CONFLICT (…)` stand last.
fn ends_conflict_target(sql: &str, before: &[Token]) -> bool {
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

fn is_trigger(mut cursor: Cursor<'_>) -> bool {
    cursor.eat("CREATE");
    cursor.eat("OR REPLACE");
    cursor.eat("CONSTRAINT");
    cursor.sees("TRIGGER")
}

/// Whether the brackets that come next follow a column that is set: `SET a[1] = …` changes `a`, and leaves the rest of it.
fn is_element(cursor: Cursor<'_>, before: &[Token]) -> bool {
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
        && super::cursor::ident(cursor.dialect, cursor.sql, *column).is_some()
        && (after.sees_symbol("=") || after.sees_symbol("["))
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

/// Options of tables, keys and queries of MySQL that change no data.
const OPTIONS: [&str; 22] = [
    "ROW_FORMAT",
    "PACK_KEYS",
    "CHECKSUM",
    "AVG_ROW_LENGTH",
    "KEY_BLOCK_SIZE",
    "STATS_PERSISTENT",
    "STATS_AUTO_RECALC",
    "STATS_SAMPLE_PAGES",
    "MAX_ROWS",
    "MIN_ROWS",
    "DELAY_KEY_WRITE",
    "PAGE_COMPRESSED",
    "PAGE_CHECKSUM",
    "TRANSACTIONAL",
    "COMPRESSION",
    "ENCRYPTION",
    "ENCRYPTED",
    "ALGORITHM",
    "LOCK",
    "WITH PARSER",
    "ENGINE_ATTRIBUTE",
    "USING BTREE",
];

fn mysql(mut cursor: Cursor<'_>) -> Vec<Token> {
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
        // The position of a sequence is no data.
        if cursor.eat_any(&["NEXT VALUE FOR", "PREVIOUS VALUE FOR"]) {
            continue;
        }
        if definition && !named && cursor.eat_any(&OPTIONS) {
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
fn ignores(mut cursor: Cursor<'_>) -> bool {
    let deletes = cursor.dialect == Dialect::MySql && cursor.eat("DELETE");
    while cursor.eat_any(&["LOW_PRIORITY", "QUICK"]) {}
    deletes && cursor.eat("IGNORE")
}

/// A DELETE without what says how it is done, and with `t.*` for the target `t`.
fn deletion(mut cursor: Cursor<'_>) -> Vec<Token> {
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

/// SQLite takes a missing comma before a table's constraint, and types of any words.
fn sqlite_table(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.eat("CREATE").then_some(())?;
    cursor.eat_any(&["TEMPORARY", "TEMP"]);
    cursor.eat("TABLE").then_some(())?;
    cursor.if_not_exists();
    cursor.name()?;
    let open = cursor.at;
    cursor.parentheses()?;
    let close = cursor.at.checked_sub(1)?;
    let span = whole(cursor.tokens);
    let mut text = super::plain(cursor.sql, cursor.tokens).into_bytes();
    let blank = |text: &mut Vec<u8>, from: u32, to: u32, with: u8| {
        let (from, to) = ((from - span.start) as usize, (to - span.start) as usize);
        if let Some(bytes) = text.get_mut(from..to) {
            bytes.fill(with);
        }
    };
    let mut inner = Cursor::new(cursor.dialect, cursor.sql, cursor.tokens.get(..close)?);
    inner.at = open + 1;
    let mut begins = true;
    while !inner.is_done() {
        if inner.eat_symbol(",") {
            begins = true;
            continue;
        }
        if !begins && is_table_constraint(inner) {
            let before = inner.tokens[inner.at - 1].span.end;
            let here = inner.tokens[inner.at].span.start;
            (before < here).then(|| blank(&mut text, before, before + 1, b','))?;
            begins = true;
        }
        if begins && !is_table_constraint(inner) {
            inner.next();
            for token in surplus_type_words(&mut inner) {
                blank(&mut text, token.span.start, token.span.end, b' ');
            }
        } else {
            if inner.eat("CONSTRAINT") {
                inner.next();
            }
            inner.skip();
        }
        begins = false;
    }
    read::read(cursor.dialect, &String::from_utf8(text).ok()?, span.start)
}

fn is_table_constraint(mut cursor: Cursor<'_>) -> bool {
    if cursor.eat("CONSTRAINT") {
        cursor.next();
    }
    let words = ["UNIQUE", "PRIMARY KEY", "FOREIGN KEY"];
    cursor.eat_any(&words) && cursor.sees_symbol("(")
}

/// The words of a column's type but for the one that decides on its affinity.
fn surplus_type_words(cursor: &mut Cursor<'_>) -> Vec<Token> {
    let ends = [
        "CONSTRAINT",
        "PRIMARY",
        "NOT",
        "NULL",
        "UNIQUE",
        "CHECK",
        "DEFAULT",
        "COLLATE",
        "REFERENCES",
        "GENERATED",
        "AS",
        "ON",
    ];
    let start = cursor.at;
    while cursor
        .peek()
        .is_some_and(|token| matches!(token.kind, crate::lex::Kind::Word))
        && !cursor.sees_any(&ends)
    {
        cursor.pass(1);
    }
    let words = &cursor.tokens[start..cursor.at];
    let decides = [
        "INT", "CHAR", "CLOB", "TEXT", "BLOB", "REAL", "FLOA", "DOUB",
    ];
    let position = |part: &&str| {
        words
            .iter()
            .position(|word| word.text(cursor.sql).to_uppercase().contains(*part))
    };
    let kept = decides.iter().find_map(position).unwrap_or(0);
    words
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != kept)
        .map(|(_, word)| *word)
        .collect()
}

/// `x IN t` of SQLite asks for the rows of `t`: <https://sqlite.org/lang_expr.html#the_in_and_not_in_operators>.
fn in_table(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    let mut rest = cursor;
    let (mut text, mut end) = (String::new(), 0);
    while !rest.is_done() {
        if !rest.eat("IN") {
            rest.pass(1);
            continue;
        }
        let start = rest.at;
        if rest.sees_symbol("(") || rest.name().is_none() {
            continue;
        }
        text += &super::plain(cursor.sql, cursor.tokens.get(end..start)?);
        let table = super::plain(cursor.sql, cursor.tokens.get(start..rest.at)?);
        text += &format!(" (SELECT * FROM {table}) ");
        end = rest.at;
    }
    text += &super::plain(cursor.sql, cursor.tokens.get(end..)?);
    let mut steps = read::read(cursor.dialect, &text, 0).filter(|_| end > 0)?;
    super::place(&mut steps, whole(cursor.tokens));
    Some(steps)
}

/// `INSERT INTO a TABLE b` inserts all of `b`, also behind a WITH; the grammar does not know the word there.
fn inserted_table(cursor: Cursor<'_>) -> Option<Vec<Step>> {
    cursor.sees_any(&["INSERT", "WITH"]).then_some(())?;
    let tokens = cursor.tokens;
    let at = tokens
        .iter()
        .position(|token| token.is_word(cursor.sql, "TABLE"))?;
    let head = super::plain(cursor.sql, tokens.get(..at)?);
    let rest = super::plain(cursor.sql, tokens.get(at + 1..)?);
    let mut steps = read::read(cursor.dialect, &format!("{head} SELECT * FROM {rest}"), 0)?;
    super::place(&mut steps, whole(tokens));
    Some(steps)
}

/// `a ISNULL` and `a NOTNULL`, which the grammar knows only in two words.
fn null_tests(cursor: Cursor<'_>) -> Option<Vec<Step>> {
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
        text += &super::plain(cursor.sql, tokens.get(end..at)?);
        text += words;
        end = at + 1;
    }
    text += &super::plain(cursor.sql, tokens.get(end..)?);
    let mut steps = read::read(cursor.dialect, &text, 0).filter(|_| end > 0)?;
    super::place(&mut steps, whole(tokens));
    Some(steps)
}

/// `UPDATE a, b SET …` is a product of the two, which the grammar knows only as a join.
fn joined_update(mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
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
        .map(|table| super::plain(cursor.sql, table))
        .collect();
    text.push_str(&tables.join(" CROSS JOIN "));
    text.push(' ');
    text.push_str(&super::plain(cursor.sql, &cursor.tokens[set..]));
    let mut steps = read::read(cursor.dialect, &text, 0)?;
    super::place(&mut steps, span);
    Some(steps)
}
