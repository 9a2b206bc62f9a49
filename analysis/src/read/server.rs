//! Is a function that is called one of the server's own, whose result is known?

use sqlparser::ast::ObjectName;

use super::Reader;
use crate::Dialect;

/// Functions of PostgreSQL whose result is followed: from a column to what carries it on, or to the type that it has.
const FOLLOWED: [&str; 37] = [
    "abs",
    "array_length",
    "array_position",
    "ascii",
    "bit_length",
    "cardinality",
    "char_length",
    "character_length",
    "convert_from",
    "convert_to",
    "count",
    "date",
    "dense_rank",
    "encode",
    "ceil",
    "ceiling",
    "floor",
    "jsonb_array_length",
    "length",
    "lower",
    "make_interval",
    "max",
    "min",
    "octet_length",
    "quote_ident",
    "quote_literal",
    "quote_nullable",
    "rank",
    "reverse",
    "round",
    "row_to_json",
    "string_to_array",
    "substr",
    "substring",
    "sum",
    "to_timestamp",
    "upper",
];

/// Whether more is known of the server's function `name` than that it changes nothing.
pub(crate) fn is_followed(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    FOLLOWED.contains(&name.as_str())
        || ["to_json", "_build_array", "_build_object"]
            .iter()
            .any(|part| name.contains(part))
}

impl Reader<'_> {
    /// The name of a function in lower case, unless it is that of a schema (of a database, in MySQL), where anybody may have
    /// made one.
    pub(super) fn server_function(&self, name: &ObjectName) -> Option<String> {
        let name = self.name(name);
        let of_catalog = |schema: &String| {
            self.dialect == Dialect::Postgres && schema.eq_ignore_ascii_case("pg_catalog")
        };
        let own = name.schema.as_ref().is_none_or(of_catalog);
        own.then(|| name.name.to_ascii_lowercase())
    }
}
