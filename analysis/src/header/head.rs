//! Which lines are the head of a SQL file, and which of them are marks?

use std::ops::Range;

/// The lines before the first statement.
pub(super) struct Head {
    /// The lines that hold marks.
    pub(super) lines: Vec<Line>,
    /// Comments that look like marks and are none.
    pub(super) stray: Vec<Range<usize>>,
    /// Where a new mark line goes if there is none yet: after the byte order mark and sqlx's first line.
    pub(super) first: usize,
    /// Whether sqlx's `-- no-transaction` is the first line.
    pub(super) no_transaction: bool,
}

/// A line of marks.
pub(super) struct Line {
    /// The line without its line break.
    pub(super) text: Range<usize>,
    /// What follows `onward:`.
    pub(super) marks: Range<usize>,
    /// Where the next line begins.
    pub(super) next: usize,
}

const NO_TRANSACTION: &str = "-- no-transaction";
const NAME: &str = "onward";

pub(super) fn head(sql: &str) -> Head {
    let start = if sql.starts_with('\u{feff}') { 3 } else { 0 };
    let no_transaction = sql[start..].starts_with(NO_TRANSACTION);
    let mut head = Head {
        lines: Vec::new(),
        stray: Vec::new(),
        first: if no_transaction {
            line(sql, start).1
        } else {
            start
        },
        no_transaction,
    };
    let mut at = start;
    while at < sql.len() {
        let (text, next) = line(sql, at);
        let trimmed = sql[text.clone()].trim_start();
        if let Some(comment) = trimmed.strip_prefix("--") {
            match marks(comment) {
                Some(marks) => head.lines.push(Line {
                    marks: text.end - marks.len()..text.end,
                    text,
                    next,
                }),
                None if forgets_the_colon(comment) => head.stray.push(text),
                None => {}
            }
        } else if trimmed.starts_with("/*") && !trimmed.starts_with("/*!") {
            let open = text.end - trimmed.len() + 2;
            let Some(length) = sql[open..].find("*/") else {
                break;
            };
            if marks(&sql[open..open + length]).is_some() {
                head.stray.push(open - 2..open + length + 2);
            }
            let (rest, after) = line(sql, open + length + 2);
            if !sql[rest].trim().is_empty() {
                at = after;
                break;
            }
            at = after;
            continue;
        } else if !trimmed.is_empty() && !trimmed.starts_with('#') {
            break;
        }
        at = next;
    }
    head.stray.extend(below(sql, at));
    head
}

/// The line of `sql` that begins at `start`, without its break, and where the next one begins.
fn line(sql: &str, start: usize) -> (Range<usize>, usize) {
    let rest = &sql[start..];
    let length = rest.find('\n').unwrap_or(rest.len());
    let text = rest[..length].trim_end_matches('\r').len();
    (start..start + text, (start + length + 1).min(sql.len()))
}

/// What follows `onward:` in a comment.
fn marks(comment: &str) -> Option<&str> {
    named(comment)?.trim_start().strip_prefix(':')
}

fn named(comment: &str) -> Option<&str> {
    let comment = comment.trim_start();
    let name = comment.get(..NAME.len())?;
    name.eq_ignore_ascii_case(NAME)
        .then(|| &comment[NAME.len()..])
}

/// Whether a comment is `onward` or `onwards` and right after it a key.
fn forgets_the_colon(comment: &str) -> bool {
    let Some(rest) = named(comment) else {
        return false;
    };
    let rest = rest
        .trim_start_matches(['s', 'S'])
        .trim_start_matches([' ', '\t', ':']);
    let word = rest
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next();
    word.is_some_and(|word| super::KEYS.contains(&word))
}

/// Mark lines below the first statement, which begins before `at` or there.
fn below(sql: &str, mut at: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    while at < sql.len() {
        let (text, next) = line(sql, at);
        let comment = sql[text.clone()].trim_start().strip_prefix("--");
        if comment.and_then(marks).is_some() {
            found.push(text);
        }
        at = next;
    }
    found
}
