//! Which words call a function without parentheses, so that no column is meant unless it stands in quotes?

use crate::Dialect;

/// <https://www.postgresql.org/docs/15/functions-info.html>, <https://www.postgresql.org/docs/15/sql-keywords-appendix.html>
const OF_POSTGRES: [&str; 11] = [
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "user",
];

/// <https://dev.mysql.com/doc/refman/8.4/en/keywords.html>; MariaDB has `CURRENT_ROLE` besides.
const OF_MYSQL: [&str; 10] = [
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "utc_date",
    "utc_time",
    "utc_timestamp",
];

/// <https://www.sqlite.org/lang_keywords.html>
const OF_SQLITE: [&str; 3] = ["current_date", "current_time", "current_timestamp"];

pub(super) fn is_call(dialect: Dialect, word: &str) -> bool {
    let words: &[&str] = match dialect {
        Dialect::Postgres => &OF_POSTGRES,
        Dialect::MySql => &OF_MYSQL,
        Dialect::Sqlite => &OF_SQLITE,
    };
    words.iter().any(|own| own.eq_ignore_ascii_case(word))
}
