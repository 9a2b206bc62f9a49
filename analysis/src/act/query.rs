//! What does a query read, as far as it can move data?

use std::sync::{Arc, OnceLock};

use super::{Children, Filter, Made, Name, Step, Value};

/// What a view computes, none where that cannot be read. It is empty until something asks for it, where the statement tells it: most views
/// are only defined.
pub(crate) type OfView = Arc<OnceLock<Option<Query>>>;

/// As a view holds it, of which nothing is left to be read.
pub(crate) fn at_hand(query: Option<Query>) -> OfView {
    Arc::new(OnceLock::from(query))
}

/// A query, as far as it can move data.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Query {
    /// Statements of a `WITH` that write, and sub-queries by name, in order.
    pub(crate) with: Vec<(String, With)>,
    /// One for each branch of `UNION ALL`, or of another set operation, which makes it `merged`.
    pub(crate) branches: Vec<Branch>,
    /// The branches are joined by something that drops rows (`UNION`, `EXCEPT`, `INTERSECT`).
    pub(crate) merged: bool,
    /// `LIMIT`, `OFFSET`, `FETCH`: rows are left out.
    pub(crate) limited: bool,
    /// Functions called anywhere in it that may do anything: their names.
    pub(crate) calls: Vec<Name>,
    /// Whether they run whatever rows there are.
    pub(crate) surely: bool,
    /// Where `SELECT … INTO` puts the rows: a table (PostgreSQL).
    pub(crate) into: Option<(Name, bool)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum With {
    Query(Box<Query>),
    Steps(Vec<Step>),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Branch {
    pub(crate) output: Vec<Output>,
    pub(crate) from: Vec<Source>,
    pub(crate) filter: Option<Filter>,
    /// Where two sources are joined, which of them the query hands the rows on of, and by which partners it picks those.
    pub(crate) children: Option<(usize, Box<Children>)>,
    /// `DISTINCT`: equal rows become one.
    pub(crate) distinct: bool,
    /// `HAVING`, a sample: rows are folded together or left out.
    pub(crate) folded: bool,
    /// The plain columns of `GROUP BY` or `DISTINCT ON`, without their qualifiers: rows are folded together that are equal in them.
    pub(crate) grouped: Option<Vec<String>>,
    /// It computes something of several rows.
    pub(crate) aggregates: bool,
    /// Of which types its columns are, where the rows of others come to them and PostgreSQL makes the types one.
    pub(crate) made: Vec<Made>,
}

impl Branch {
    /// Whether rows may be folded together or left out, whatever they are.
    pub(crate) fn may_fold(&self) -> bool {
        self.folded || self.aggregates || self.grouped.is_some()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Output {
    /// `*` or `t.*`.
    All(Option<String>),
    Value {
        value: Value,
        /// The alias, or the column's own name.
        name: Option<String>,
    },
}

impl Output {
    /// The one column that it is, none for `*`.
    pub(crate) fn value(&self) -> Option<&Value> {
        match self {
            Output::All(_) => None,
            Output::Value { value, .. } => Some(value),
        }
    }
}

/// A table, sub-query or function in FROM.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    pub(crate) what: From,
    pub(crate) alias: Option<String>,
    /// How it is joined to what stands before it.
    pub(crate) join: Join,
    /// The columns that are equal, where the join asks nothing else.
    pub(crate) on: Vec<(Of, Of)>,
}

/// A column, and what says whose it is, if anything does.
pub(crate) type Of = (Option<String>, String);

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum From {
    Table(Name),
    /// Without what inherits from it.
    Only(Name),
    Query(Box<Query>),
    Function(Name),
    /// The row that a trigger is fired for, by the name that its body knows it by.
    Row(String),
    /// Nothing that could be followed.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// The first, or a product (`,`, CROSS JOIN).
    Product,
    /// Rows without a partner are left out.
    Inner,
    /// Every row of what stands before stays.
    Left,
    /// Every row of this one stays.
    Right,
    /// Every row of both stays.
    Full,
}
