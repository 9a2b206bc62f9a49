//! Which words of SQL are no names, and what do they say of what follows?

/// What queries begin with.
pub(super) const QUERIES: [&str; 9] = [
    "SELECT", "TABLE", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "REPLACE", "MERGE",
];

/// What uses no table.
pub(super) const INERT: [&str; 14] = [
    "BEGIN",
    "START",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "END",
    "SET",
    "RESET",
    "LISTEN",
    "UNLISTEN",
    "NOTIFY",
    "PRAGMA",
    "SHOW",
];

/// What ends a list of tables.
pub(super) const ENDS_FROM: [&str; 16] = [
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "WINDOW",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "RETURNING",
    "SET",
    "VALUES",
    "FOR",
    "WHEN",
];

/// What stands behind a table and is not its alias.
pub(super) const NO_ALIAS: [&str; 12] = [
    "ON", "USING", "JOIN", "LEFT", "RIGHT", "INNER", "OUTER", "FULL", "CROSS", "NATURAL", "SELECT",
    "DEFAULT",
];

/// What joins a table in another way than a plain JOIN, and what may stand behind that.
pub(super) const JOINS: [&str; 7] = [
    "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL",
];
pub(super) const JOINED: [&str; 6] = ["JOIN", "OUTER", "LEFT", "RIGHT", "FULL", "INNER"];

/// Words that are never a name unless they are quoted, in any of the three.
pub(super) const RESERVED: [&str; 36] = [
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "NULL",
    "IS",
    "IN",
    "AS",
    "ON",
    "GROUP",
    "ORDER",
    "HAVING",
    "DISTINCT",
    "UNION",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "JOIN",
    "USING",
    "INTO",
    "VALUES",
    "SET",
    "RETURNING",
    "EXISTS",
    "BETWEEN",
    "LIMIT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "EXCEPT",
    "INTERSECT",
    "TRUE",
    "FALSE",
];

/// Whether an unquoted word is never a name.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED
        .iter()
        .any(|reserved| reserved.eq_ignore_ascii_case(word))
}

/// The types of [PostgreSQL itself](https://www.postgresql.org/docs/current/datatype.html), which nobody drops.
pub(super) const BUILT_IN: [&str; 67] = [
    "bigint",
    "bigserial",
    "bit",
    "bool",
    "boolean",
    "box",
    "bpchar",
    "bytea",
    "char",
    "character",
    "cid",
    "cidr",
    "circle",
    "date",
    "datemultirange",
    "daterange",
    "dec",
    "decimal",
    "double",
    "float",
    "float4",
    "float8",
    "inet",
    "int",
    "int2",
    "int4",
    "int4range",
    "int8",
    "int8range",
    "integer",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "national",
    "nchar",
    "numeric",
    "numrange",
    "oid",
    "path",
    "point",
    "polygon",
    "real",
    "record",
    "regclass",
    "regnamespace",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsquery",
    "tsvector",
    "uuid",
    "varchar",
    "xml",
];
