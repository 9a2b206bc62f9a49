//! Which functions can be called without anything happening?

use crate::Dialect;

/// Whether `name`, called without a schema or from the catalog, is known to change neither data nor schema.
pub(super) fn is_harmless(dialect: Dialect, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let own = match dialect {
        Dialect::Postgres => POSTGRES,
        Dialect::MySql => MYSQL,
        Dialect::Sqlite => SQLITE,
    };
    COMMON.contains(&name.as_str())
        || own.contains(&name.as_str())
        || (dialect == Dialect::Postgres && PREFIXES.iter().any(|p| name.starts_with(p)))
}

/// Whether the function folds rows together.
pub(super) fn is_aggregate(dialect: Dialect, name: &str, arguments: usize) -> bool {
    let name = name.to_ascii_lowercase();
    // SQLite's min and max of several arguments are plain functions.
    if dialect == Dialect::Sqlite && arguments > 1 && (name == "min" || name == "max") {
        return false;
    }
    AGGREGATES.contains(&name.as_str())
}

const AGGREGATES: &[&str] = &[
    "count", "sum", "avg", "min", "max", "total", "group_concat", "string_agg", "array_agg", "json_agg", "jsonb_agg",
    "json_object_agg", "jsonb_object_agg", "json_arrayagg", "json_objectagg", "json_group_array", "json_group_object",
    "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor", "stddev", "stddev_pop", "stddev_samp", "variance",
    "var_pop", "var_samp", "std", "corr", "covar_pop", "covar_samp", "mode", "percentile_cont", "percentile_disc",
    "any_value", "xmlagg", "range_agg",
];

const COMMON: &[&str] = &[
    // Aggregates and windows
    "count", "sum", "avg", "min", "max", "row_number", "rank", "dense_rank", "ntile", "lag", "lead", "first_value",
    "last_value", "nth_value", "percent_rank", "cume_dist",
    // Text
    "lower", "upper", "length", "trim", "ltrim", "rtrim", "replace", "substr", "substring", "concat", "concat_ws",
    "char", "ascii", "instr", "format", "hex", "unhex", "left", "right", "lpad", "rpad", "repeat", "reverse",
    "char_length", "character_length", "octet_length", "bit_length", "position", "locate", "strpos", "ucase", "lcase",
    "md5", "sha1", "sha2", "soundex", "space", "field", "elt", "quote",
    // Numbers
    "abs", "ceil", "ceiling", "floor", "round", "mod", "power", "pow", "sqrt", "exp", "ln", "log", "log2", "log10",
    "sign", "trunc", "truncate", "greatest", "least", "random", "rand", "pi", "degrees", "radians", "sin", "cos", "tan",
    "acos", "asin", "atan", "atan2", "div",
    // Choice
    "coalesce", "nullif", "ifnull", "if", "iif", "isnull", "cast", "convert",
    // Time
    "now", "current_timestamp", "current_date", "current_time", "localtime", "localtimestamp", "date", "time",
    "datetime", "timestamp", "extract", "year", "month", "day", "hour", "minute", "second", "strftime",
    // JSON
    "json_object", "json_array", "json_extract", "json_set", "json_insert", "json_replace", "json_remove", "json_valid",
    "json_type", "json_array_length", "json_quote", "json",
    // Session
    "current_user", "session_user", "user", "current_schema", "version", "exists",
];

const PREFIXES: &[&str] = &[
    "json_", "jsonb_", "array_", "regexp_", "to_", "pg_get_", "has_", "string_", "date_", "make_", "st_", "inet_",
    "range_", "ts_", "tsvector_", "tsquery_", "bit_", "uuid_generate_", "quote_", "unaccent", "similarity", "pg_typeof",
    "pg_size_", "pg_column_", "obj_", "col_", "timezone", "row_to_json", "xml", "current_", "isfinite", "justify_",
];

const POSTGRES: &[&str] = &[
    "gen_random_uuid", "gen_random_bytes", "uuidv4", "uuidv7", "initcap", "split_part", "translate", "overlay",
    "btrim", "chr", "encode", "decode", "convert_from", "convert_to", "sha224", "sha256", "sha384", "sha512", "digest",
    "hmac", "crypt", "gen_salt", "age", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday",
    "unnest", "generate_series", "generate_subscripts", "cardinality", "array", "width_bucket", "scale", "factorial",
    "num_nonnulls", "num_nulls", "setseed", "string_agg", "bool_and", "bool_or", "every", "row_to_json", "pg_sleep",
    "pg_table_size", "pg_total_relation_size", "pg_relation_size", "pg_database_size", "pg_backend_pid",
    "pg_advisory_lock", "pg_advisory_xact_lock", "pg_try_advisory_lock", "pg_try_advisory_xact_lock",
    "pg_advisory_unlock", "pg_advisory_unlock_all", "pg_is_in_recovery", "pg_notify", "set_config", "current_setting",
    "txid_current", "setweight", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery", "strip", "numnode",
    "lower_inc", "upper_inc", "isempty", "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange",
    "host", "network", "masklen", "hstore", "akeys", "avals", "currval", "lastval", "nextval", "setval", "to_regclass",
    "pg_relation_filepath", "format_type", "starts_with", "ascii", "mode", "percentile_cont", "percentile_disc",
    "stddev", "variance", "corr", "xmlelement", "gin_clean_pending_list", "pg_extension_config_dump", "bigint", "int4",
    "int8", "int2", "text", "float8", "float4", "numeric", "bool", "varchar", "cbrt", "gcd", "lcm", "normalize",
];

const MYSQL: &[&str] = &[
    "uuid", "uuid_short", "uuid_to_bin", "bin_to_uuid", "unix_timestamp", "from_unixtime", "utc_timestamp", "utc_date",
    "utc_time", "sysdate", "curdate", "curtime", "date_add", "date_sub", "date_format", "str_to_date", "datediff",
    "timediff", "timestampdiff", "timestampadd", "adddate", "subdate", "makedate", "maketime", "dayofweek",
    "dayofmonth", "dayofyear", "week", "weekday", "quarter", "last_day", "to_days", "from_days", "convert_tz",
    "group_concat", "std", "stddev", "json_arrayagg", "json_objectagg", "json_contains", "json_unquote", "json_keys",
    "json_length", "json_search", "json_merge", "json_merge_patch", "json_merge_preserve", "json_array_append",
    "json_contains_path", "json_value", "json_depth", "json_pretty", "last_insert_id", "row_count", "found_rows",
    "database", "schema", "connection_id", "substring_index", "insert", "find_in_set", "regexp_replace", "regexp_like",
    "regexp_substr", "regexp_instr", "strcmp", "conv", "bin", "oct", "ord", "crc32", "password", "to_base64",
    "from_base64", "aes_encrypt", "aes_decrypt", "inet_aton", "inet_ntoa", "inet6_aton", "inet6_ntoa", "values",
    "sleep", "get_lock", "release_lock", "is_free_lock", "is_used_lock", "mid", "bit_count", "any_value",
    "random_bytes", "time_to_sec", "sec_to_time", "dayname", "monthname", "makeset", "export_set", "compress",
    "uncompress", "microsecond", "period_add", "period_diff", "yearweek", "weekofyear", "time_format",
];

const SQLITE: &[&str] = &[
    "julianday", "unixepoch", "timediff", "typeof", "zeroblob", "randomblob", "unicode", "printf", "glob", "like",
    "likely", "unlikely", "likelihood", "last_insert_rowid", "changes", "total_changes", "total", "group_concat",
    "string_agg", "json_group_array", "json_group_object", "json_each", "json_tree", "json_patch", "jsonb",
    "jsonb_extract", "jsonb_set", "jsonb_object", "jsonb_array", "sqlite_version", "octet_length", "nullif", "iif",
    "sqlite_compileoption_used", "sqlite_source_id", "json_error_position", "json_pretty", "acosh", "asinh", "atanh",
];

/// Whether it makes any number of rows of one.
pub(super) fn multiplies(name: &str) -> bool {
    matches!(
        name,
        "unnest" | "generate_series" | "generate_subscripts" | "regexp_split_to_table" | "regexp_matches"
            | "string_to_table" | "json_each" | "jsonb_each" | "json_array_elements" | "jsonb_array_elements"
            | "json_array_elements_text" | "jsonb_array_elements_text" | "jsonb_object_keys" | "json_object_keys"
            | "json_each_text" | "jsonb_each_text" | "json_tree"
    )
}

/// Whether it gives another value the next time.
pub(super) fn is_volatile(name: &str) -> bool {
    matches!(
        name,
        "random" | "rand" | "uuid" | "gen_random_uuid" | "gen_random_bytes" | "randomblob" | "random_bytes" | "nextval"
            | "clock_timestamp" | "timeofday" | "uuid_generate_v1" | "uuid_generate_v4" | "uuid_short" | "sysdate"
            | "uuidv4" | "uuidv7" | "setval" | "changes" | "row_count" | "last_insert_id"
    )
}
