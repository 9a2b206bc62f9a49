//! Which functions can be called without anything happening?

mod mysql;
mod postgres;
mod sqlite;

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::Dialect;
use mysql::MYSQL;
use postgres::{POSTGRES, PREFIXES};
use sqlite::SQLITE;

/// Whether `name`, called without a schema or from the catalog, is known to change neither data nor schema.
pub(crate) fn is_harmless(dialect: Dialect, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let own = match dialect {
        Dialect::Postgres => &HARMLESS_ON_POSTGRES,
        Dialect::MySql => &HARMLESS_ON_MYSQL,
        Dialect::Sqlite => &HARMLESS_ON_SQLITE,
    };
    own.contains(name.as_str())
        || (dialect == Dialect::Postgres && PREFIXES.iter().any(|p| name.starts_with(p)))
}

/// The names that are known on a server, to look one up.
type Known = LazyLock<HashSet<&'static str>>;

static HARMLESS_ON_POSTGRES: Known = LazyLock::new(|| with_common(POSTGRES));
static HARMLESS_ON_MYSQL: Known = LazyLock::new(|| with_common(MYSQL));
static HARMLESS_ON_SQLITE: Known = LazyLock::new(|| with_common(SQLITE));

fn with_common(own: &[&'static str]) -> HashSet<&'static str> {
    COMMON.iter().chain(own).copied().collect()
}

const COMMON: &[&str] = &[
    // Aggregates and windows
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "row_number",
    "rank",
    "dense_rank",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
    "percent_rank",
    "cume_dist",
    // Text
    "lower",
    "upper",
    "length",
    "trim",
    "ltrim",
    "rtrim",
    "replace",
    "substr",
    "substring",
    "concat",
    "concat_ws",
    "char",
    "ascii",
    "instr",
    "format",
    "hex",
    "unhex",
    "left",
    "right",
    "lpad",
    "rpad",
    "repeat",
    "reverse",
    "char_length",
    "character_length",
    "octet_length",
    "bit_length",
    "position",
    "locate",
    "strpos",
    "ucase",
    "lcase",
    "md5",
    "sha1",
    "sha2",
    "soundex",
    "space",
    "field",
    "elt",
    "quote",
    // Numbers
    "abs",
    "ceil",
    "ceiling",
    "floor",
    "round",
    "mod",
    "power",
    "pow",
    "sqrt",
    "exp",
    "ln",
    "log",
    "log2",
    "log10",
    "sign",
    "trunc",
    "truncate",
    "greatest",
    "least",
    "random",
    "rand",
    "pi",
    "degrees",
    "radians",
    "sin",
    "cos",
    "tan",
    "acos",
    "asin",
    "atan",
    "atan2",
    "div",
    // Choice
    "coalesce",
    "nullif",
    "ifnull",
    "if",
    "iif",
    "isnull",
    "cast",
    "convert",
    // Time
    "now",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp",
    "date",
    "time",
    "datetime",
    "timestamp",
    "extract",
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "strftime",
    // JSON
    "json_object",
    "json_array",
    "json_extract",
    "json_set",
    "json_insert",
    "json_replace",
    "json_remove",
    "json_valid",
    "json_type",
    "json_array_length",
    "json_quote",
    "json",
    // Session
    "current_user",
    "session_user",
    "user",
    "current_schema",
    "version",
    "exists",
];
