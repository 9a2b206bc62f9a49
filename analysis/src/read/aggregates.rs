//! Which functions give something else than one value for each row?

use crate::Dialect;

const AGGREGATES: &[&str] = &[
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "total",
    "group_concat",
    "string_agg",
    "array_agg",
    "json_agg",
    "jsonb_agg",
    "json_object_agg",
    "jsonb_object_agg",
    "json_arrayagg",
    "json_objectagg",
    "json_group_array",
    "json_group_object",
    "bool_and",
    "bool_or",
    "every",
    "bit_and",
    "bit_or",
    "bit_xor",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "variance",
    "var_pop",
    "var_samp",
    "std",
    "corr",
    "covar_pop",
    "covar_samp",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "any_value",
    "xmlagg",
    "range_agg",
];

/// Whether the function folds rows together.
pub(super) fn is_aggregate(dialect: Dialect, name: &str, arguments: usize) -> bool {
    let name = name.to_ascii_lowercase();
    // SQLite's min and max of several arguments are plain functions.
    if dialect == Dialect::Sqlite && arguments > 1 && (name == "min" || name == "max") {
        return false;
    }
    AGGREGATES.contains(&name.as_str())
}

/// Whether it makes any number of rows of one.
pub(super) fn multiplies(name: &str) -> bool {
    matches!(
        name,
        "unnest"
            | "generate_series"
            | "generate_subscripts"
            | "regexp_split_to_table"
            | "regexp_matches"
            | "string_to_table"
            | "json_each"
            | "jsonb_each"
            | "json_array_elements"
            | "jsonb_array_elements"
            | "json_array_elements_text"
            | "jsonb_array_elements_text"
            | "jsonb_object_keys"
            | "json_object_keys"
            | "json_each_text"
            | "jsonb_each_text"
            | "json_tree"
            | "jsonb_path_query"
            | "jsonb_path_query_tz"
            | "json_populate_recordset"
            | "jsonb_populate_recordset"
            | "json_to_recordset"
            | "jsonb_to_recordset"
            | "aclexplode"
            | "skeys"
            | "svals"
            | "each"
    )
}
