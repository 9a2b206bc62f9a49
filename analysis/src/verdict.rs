//! What does one direction of a migration lose? The answer, as data.

use serde::{Deserialize, Serialize};

use crate::Dialect;

/// The verdict on one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(
    clippy::exhaustive_enums,
    reason = "three values are the product's promise"
)]
pub enum Verdict {
    /// No row and no value can be lost, whatever the tables hold.
    Lossless,
    /// Some possible row or value is lost.
    Lossy,
    /// Part of it is not understood; never taken for safe.
    Unknown,
}

/// Bytes of a script, from `start` up to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The text under the span; empty where the span does not fit the script.
    #[must_use]
    pub fn of(self, script: &str) -> &str {
        script
            .get(self.start as usize..self.end as usize)
            .unwrap_or("")
    }
}

/// What one direction does, as one database sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// The database whose rules were applied.
    pub dialect: Dialect,
    /// The verdict.
    pub verdict: Verdict,
    /// What is lost, object by object, in the order of the script.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// What was not understood. Losses found beside it stand all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknowns: Vec<Unknown>,
    /// Where each statement stands, and how it must be run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Statement>,
    /// The tables that it locks or changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touches: Vec<Touch>,
    /// The tables, columns and views that are not as they were, for whoever was written against the schema before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Changed>,
    /// The columns that it adds to tables that it found: whoever copies whole rows of these copies one value more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adds: Vec<Object>,
    /// Whether it tells MySQL where a column is to stand among the others: whoever reads rows by places finds others there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub places: bool,
    /// The functions and procedures that it found, and that are gone or have another name afterwards. Not those that only triggers run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routines: Vec<Changed>,
    /// The sequences, types and extensions that it found, and that are gone or have another name afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<Changed>,
    /// Which statements give tables and columns that it found other names, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renames: Vec<Renamed>,
    /// The tables and columns that it makes and writes to at once: seeds, backfills. What stands in them right after it ran is
    /// nobody's but its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<Object>,
    /// What it asks of the rows that it finds: a row that misfits makes it fail, or is cut.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<Bound>,
}

/// One object whose data goes, with the statement that does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// What loses data, named as it was before the direction ran.
    pub object: Object,
    /// How it is lost.
    pub kind: LossKind,
    /// Whether the data can be older than the migration.
    pub age: Age,
    /// The index of the statement in [`Analysis::statements`].
    pub statement: u32,
    /// The part of the script to point at.
    pub span: Span,
}

/// How data is lost. The names are part of the machine interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LossKind {
    /// The table is dropped.
    DropTable,
    /// The column is dropped.
    DropColumn,
    /// A schema and everything in it is dropped.
    DropSchema,
    /// A database and everything in it is dropped.
    DropDatabase,
    /// A partition is dropped with its rows.
    DropPartition,
    /// A view that holds rows of its own is dropped and its sources are gone.
    DropView,
    /// A sequence's position is lost.
    DropSequence,
    /// A type is dropped and takes columns with it.
    DropType,
    /// Large objects or other stored data are removed.
    DropOther,
    /// Every row is removed.
    Truncate,
    /// Rows are deleted.
    Delete,
    /// Rows that the migration itself put there are deleted.
    SeedDelete,
    /// Values are overwritten.
    Update,
    /// Rows are replaced by others of the same key.
    Replace,
    /// The new type cannot hold every value of the old one.
    NarrowType,
    /// A rebuilt table leaves the column out.
    OmitColumn,
    /// A rebuilt table leaves rows out.
    OmitRows,
}

impl LossKind {
    /// The stable name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LossKind::DropTable => "drop_table",
            LossKind::DropColumn => "drop_column",
            LossKind::DropSchema => "drop_schema",
            LossKind::DropDatabase => "drop_database",
            LossKind::DropPartition => "drop_partition",
            LossKind::DropView => "drop_view",
            LossKind::DropSequence => "drop_sequence",
            LossKind::DropType => "drop_type",
            LossKind::DropOther => "drop_other",
            LossKind::Truncate => "truncate",
            LossKind::Delete => "delete",
            LossKind::SeedDelete => "seed_delete",
            LossKind::Update => "update",
            LossKind::Replace => "replace",
            LossKind::NarrowType => "narrow_type",
            LossKind::OmitColumn => "omit_column",
            LossKind::OmitRows => "omit_rows",
        }
    }
}

/// Whether lost data can be older than the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(
    clippy::exhaustive_enums,
    reason = "the two ages decide which mark is needed"
)]
pub enum Age {
    /// Only what the up itself added, and what was written there since.
    SinceUp,
    /// Data that was there before the up.
    Older,
}

/// A table or a column (or, where the loss's kind says so, a schema, database, type or sequence), unquoted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Object {
    /// The schema, where it is not the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The table's name.
    pub table: String,
    /// The column's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl std::fmt::Display for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.table)?;
        match &self.column {
            Some(column) => write!(f, ".{column}"),
            None => Ok(()),
        }
    }
}

/// A part of a script that the analysis does not understand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// Why, as a clause: "the SQL is built at run time".
    pub reason: String,
    /// The index of the statement in [`Analysis::statements`].
    pub statement: u32,
    /// The part of the script to point at.
    pub span: Span,
    /// The column of which only that is not known: which type it had before it got another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_before: Option<Object>,
}

/// One statement of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its text, without the terminator.
    pub span: Span,
    /// What running it does to a transaction.
    pub effect: Effect,
}

/// What running a statement does to the transaction around it. The runner decides by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "the runner must answer for each")]
pub enum Effect {
    /// Runs in a transaction and is undone with it.
    Transactional,
    /// Commits the open transaction by itself, as every DDL statement of MySQL does.
    ImplicitCommit,
    /// The database refuses it in a transaction (`CREATE INDEX CONCURRENTLY`, `VACUUM`).
    NoTransaction,
    /// Does nothing while a transaction is open, without saying so (SQLite's `PRAGMA foreign_keys`).
    OutsideOnly,
    /// Begins, commits or rolls back a transaction itself.
    Control,
}

/// A table that a direction locks or changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// The table.
    pub object: Object,
    /// The strongest thing done to it.
    pub access: Access,
}

/// What is done to a table, from the mildest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Access {
    /// Rows are read.
    Read,
    /// Rows are written.
    Write,
    /// Its definition changes at once, under an exclusive lock.
    Alter,
    /// Every row is read while nobody else may write: an index or a foreign key is built.
    Build,
    /// Every row is read or written under an exclusive lock.
    Rewrite,
    /// It is made by this very direction: nobody else can be waiting for it.
    Create,
}

/// A table, column or view that is not as it was, by the name that the direction found it under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The table, column or view. The columns of a table that is gone are not listed.
    pub object: Object,
    /// What became of it.
    pub how: How,
}

/// A table or column that gets another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// The table or column, by the name that the direction found it under.
    pub object: Object,
    /// What it is called once the statement has run.
    pub to: Object,
    /// The index of the statement in [`Analysis::statements`].
    pub statement: u32,
}

/// What became of a table, column or view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum How {
    /// It is gone.
    Drop,
    /// It is there under another name.
    Rename,
    /// It is of another type.
    Retype,
    /// Another one stands under its name: what was bound to it, not to its name, lost it.
    Replace,
    /// Whoever writes a row must give it a value from then on.
    Require,
}

impl How {
    /// The stable name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            How::Drop => "drop",
            How::Rename => "rename",
            How::Retype => "retype",
            How::Replace => "replace",
            How::Require => "require",
        }
    }
}

/// What a direction asks of the rows of a table, or of the values of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The table or column, by the name that the direction finds it under.
    pub object: Object,
    /// What each row or value must be.
    pub limit: Limit,
    /// Whether a value that misfits is changed in silence; otherwise the direction fails.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cuts: bool,
}

/// What fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// Anything but NULL.
    NotNull,
    /// No two rows that are the same in these columns.
    Unique(Vec<String>),
    /// The same, where NULL counts as a value: PostgreSQL's NULLS NOT DISTINCT.
    UniqueWithNull(Vec<String>),
    /// No two rows that are the same in these columns and expressions, as SQL.
    Key {
        /// None of which is NULL.
        of: Vec<String>,
        /// Only among the rows that meet this condition.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        among: Option<String>,
    },
    /// At most so many characters.
    Characters(u64),
    /// At most so many bytes.
    Bytes(u64),
    /// A whole number in this range.
    Whole {
        /// The least.
        min: i64,
        /// The greatest.
        max: u64,
    },
    /// A number of so many digits in all, and so many of them after the point.
    Decimal {
        /// In all.
        digits: u32,
        /// After the point.
        scale: u32,
    },
    /// One of these.
    Labels(Vec<String>),
    /// Whatever this type holds; no query tells.
    Type(String),
    /// Whatever this index takes; no query tells.
    Index(String),
}
