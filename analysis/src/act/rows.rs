//! Which rows does a statement write, and what becomes of those that stand in its way?

use super::{Filter, Name, Output, Query, Source, Value};

/// Where written rows come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rows {
    /// `VALUES`: constant or not.
    Values(Vec<Vec<Value>>),
    Query(Query),
    /// `COPY FROM`, `LOAD DATA`: from outside.
    Outside,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Insert {
    pub(crate) table: Name,
    /// Empty where none are named: the table's own order.
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Rows,
    pub(crate) conflict: Conflict,
    /// What it hands on of the new rows; `OVERRIDING`, `PARTITION` and the like change nothing here.
    pub(crate) returning: Vec<Output>,
}

/// What an INSERT does where a row of the same key stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Conflict {
    /// It fails.
    Fail,
    /// `DO NOTHING`, `INSERT IGNORE`, `OR IGNORE`: the new row is left out.
    Skip,
    /// `DO UPDATE`, `ON DUPLICATE KEY UPDATE`: the old row is changed.
    Update(Vec<(String, Value)>),
    /// `REPLACE`, `OR REPLACE`: the old row goes.
    Replace,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Update {
    pub(crate) table: Name,
    pub(crate) alias: Option<String>,
    pub(crate) sets: Vec<(String, Value)>,
    pub(crate) filter: Option<Filter>,
    /// Other tables that are joined in: which rows are met then depends on them.
    pub(crate) from: Vec<Source>,
    /// `ORDER BY … LIMIT`.
    pub(crate) limited: bool,
    pub(crate) conflict: Conflict,
    /// Those of `sets` that take a value from a row of one other table.
    pub(crate) fetches: Vec<Fetch>,
    /// The columns that a sub-query gives a value, which is NULL where it finds no row.
    pub(crate) absent: Vec<String>,
    /// MySQL's, where all that is set was read from the row before any of it.
    pub(crate) at_once: bool,
}

/// `SET column = (SELECT value FROM of WHERE other = own)`, or the same by a join.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fetch {
    pub(crate) column: String,
    /// Over columns of the other table.
    pub(crate) value: Value,
    pub(crate) of: Name,
    /// Own columns, and those of the other table that are equal to them.
    pub(crate) pairs: Vec<(String, String)>,
    /// The own columns are compared as they are written: `other.name = own.status::text`.
    pub(crate) as_text: bool,
    /// Columns of the other table that must have a value: `AND other.x IS NOT NULL`.
    pub(crate) present: Vec<String>,
    /// Columns of the other table that are named without a qualifier: they are its own only if it has them.
    pub(crate) bare: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Delete {
    pub(crate) table: Name,
    pub(crate) alias: Option<String>,
    pub(crate) filter: Option<Filter>,
    pub(crate) using: Vec<Source>,
    pub(crate) limited: bool,
    /// The name under which a `WITH` hands the deleted rows on, and the columns that it returns.
    pub(crate) returning: Option<(String, Vec<Output>)>,
}
