//! Does a condition ask what time it is?
//!
//! A transaction of PostgreSQL has one time, and each statement another one for who asks for that
//! (<https://www.postgresql.org/docs/15/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT>). MySQL and SQLite look at the clock for each statement, so that the same
//! condition meets other rows a moment later.
//! (<https://dev.mysql.com/doc/refman/8.4/en/date-and-time-functions.html>, <https://sqlite.org/lang_datefunc.html>)

use crate::Dialect;
use crate::act::Clock;
use crate::lex::{Kind, Token, lex};

/// Words that are the time without being called.
const WORDS: [&str; 3] = ["current_timestamp", "current_date", "current_time"];

/// Those of MySQL.
const WORDS_OF_MYSQL: [&str; 5] = [
    "localtime",
    "localtimestamp",
    "utc_timestamp",
    "utc_date",
    "utc_time",
];

/// Functions of MySQL that are the time, whatever they are given.
const CALLS: [&str; 4] = ["now", "sysdate", "curdate", "curtime"];

/// Functions of SQLite that are the time unless they are given another one.
const CALLS_OF_SQLITE: [&str; 7] = [
    "date",
    "time",
    "datetime",
    "julianday",
    "unixepoch",
    "strftime",
    "timediff",
];

/// Functions of PostgreSQL that are the time of the transaction; `age` is counted from it.
const CALLS_OF_POSTGRES: [&str; 3] = ["now", "transaction_timestamp", "age"];

/// Words of PostgreSQL that are it without being called.
const WORDS_OF_POSTGRES: [&str; 2] = ["localtime", "localtimestamp"];

/// Texts that PostgreSQL reads as times which depend on it.
const TEXTS_OF_POSTGRES: [&str; 4] = ["'now'", "'today'", "'tomorrow'", "'yesterday'"];

/// The clock that the condition `sql` is about, if it is about one.
pub(super) fn clock(dialect: Dialect, sql: &str) -> Option<Clock> {
    let mut tokens = lex(sql, dialect);
    tokens.retain(|token| token.is_significant());
    match dialect {
        Dialect::Postgres => clock_of_postgres(sql, &tokens),
        _ => reads_clock(dialect, sql, &tokens).then_some(Clock::Statement),
    }
}

fn clock_of_postgres(sql: &str, tokens: &[Token]) -> Option<Clock> {
    let is_one = |token: &Token, words: &[&str]| words.iter().any(|word| token.is_word(sql, word));
    let called = |at: usize| {
        let next = tokens.get(at + 1);
        next.is_some_and(|token| token.is_symbol(sql, "("))
    };
    if tokens
        .iter()
        .enumerate()
        .any(|(at, token)| token.is_word(sql, "statement_timestamp") && called(at))
    {
        return Some(Clock::Statement);
    }
    let is_text = |token: &Token| {
        let text = token.text(sql);
        TEXTS_OF_POSTGRES
            .iter()
            .any(|time| text.eq_ignore_ascii_case(time))
    };
    let mut tokens = tokens.iter().enumerate();
    let reads = tokens.any(|(at, token)| {
        is_one(token, &WORDS)
            || is_one(token, &WORDS_OF_POSTGRES)
            || (is_one(token, &CALLS_OF_POSTGRES) && called(at))
            || is_text(token)
    });
    reads.then_some(Clock::Transaction)
}

/// Whether `sql` is about the time at which the statement runs, where the next one has another.
fn reads_clock(dialect: Dialect, sql: &str, tokens: &[Token]) -> bool {
    let is_one = |token: &Token, words: &[&str]| words.iter().any(|word| token.is_word(sql, word));
    tokens.iter().enumerate().any(|(at, token)| {
        let qualified = at.checked_sub(1).and_then(|before| tokens.get(before));
        if token.kind != Kind::Word || qualified.is_some_and(|dot| dot.is_symbol(sql, ".")) {
            return false;
        }
        if is_one(token, &WORDS) {
            return true;
        }
        let given = tokens.get(at + 1..).and_then(|rest| given(sql, rest));
        match dialect {
            Dialect::MySql => {
                let called = is_one(token, &CALLS) && given.is_some();
                let bare =
                    token.is_word(sql, "unix_timestamp") && given.is_some_and(<[_]>::is_empty);
                called || bare || is_one(token, &WORDS_OF_MYSQL)
            }
            _ => {
                let given = given.filter(|_| is_one(token, &CALLS_OF_SQLITE));
                given.is_some_and(|given| is_now(sql, token.is_word(sql, "strftime"), given))
            }
        }
    })
}

/// What stands in the parentheses that `rest` begins with.
fn given<'t>(sql: &str, rest: &'t [Token]) -> Option<&'t [Token]> {
    rest.first().filter(|token| token.is_symbol(sql, "("))?;
    let mut depth = 0usize;
    let end = rest.iter().position(|token| {
        depth += usize::from(token.is_symbol(sql, "("));
        depth -= usize::from(token.is_symbol(sql, ")"));
        depth == 0
    });
    rest.get(1..end?)
}

/// Whether a function of SQLite takes the time of now, with `formats` for that behind a format.
fn is_now(sql: &str, formats: bool, given: &[Token]) -> bool {
    const SAYS: [&str; 3] = ["'now'", "'subsec'", "'subsecond'"];
    let says = |token: &Token| {
        let text = token.text(sql);
        SAYS.iter().any(|now| text.eq_ignore_ascii_case(now))
    };
    let format_only = formats && !given.iter().any(|token| token.is_symbol(sql, ","));
    given.is_empty() || format_only || given.iter().any(says)
}
