//! What does one action of an `ALTER TABLE` change?

use super::{Column, Constraint, Engine, Fires, Name, Value};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// Neither data nor anything that the model holds changes (storage options, statistics …).
    Inert,
    Unknown(String),
    AddColumn {
        column: Column,
        if_not_exists: bool,
        place: Option<Place>,
    },
    DropColumn {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    /// MySQL and MariaDB: `DROP x` without COLUMN is a column unless a key word stands before the name.
    RenameColumn {
        from: String,
        to: String,
    },
    /// MySQL's MODIFY (`from` is the column's own name) and CHANGE: the whole definition anew.
    Redefine {
        from: String,
        if_exists: bool,
        column: Column,
        place: Option<Place>,
    },
    SetType {
        column: String,
        ty: String,
        using: Option<Value>,
        turn: Turn,
    },
    SetNotNull(String),
    DropNotNull(String),
    SetDefault {
        column: String,
        default: Option<String>,
    },
    /// `DROP EXPRESSION`: the column keeps its values and is a plain one from here on.
    DropExpression(String),
    /// `ADD GENERATED AS IDENTITY` (true), `DROP IDENTITY` (false).
    Identity {
        column: String,
        on: bool,
    },
    AddConstraint(Constraint),
    DropConstraint {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    DropPrimaryKey,
    DropForeignKey(String),
    DropIndex {
        name: String,
        if_exists: bool,
    },
    /// PostgreSQL's `ALTER CONSTRAINT`: a foreign key may be looked after only when the transaction ends, or not at all.
    AlterConstraint,
    RenameConstraint {
        from: String,
        to: String,
    },
    RenameIndex {
        from: String,
        to: String,
    },
    Rename(Name),
    SetSchema(String),
    /// PostgreSQL's partitions, which are tables.
    AttachPartition(Name),
    DetachPartition(Name),
    Inherit {
        parent: Name,
        on: bool,
    },
    /// MySQL's partitions, which are not.
    AddPartitions(Vec<String>),
    DropPartitions(Vec<String>),
    TruncatePartitions(Vec<String>),
    ReorganizePartitions,
    ExchangePartition {
        partition: String,
        with: Name,
    },
    /// MariaDB's `CONVERT PARTITION … TO TABLE`.
    PartitionToTable(Name),
    /// MariaDB's `CONVERT TABLE … TO PARTITION`.
    TableToPartition(Name),
    /// `CONVERT TO CHARACTER SET`: every text column.
    ConvertCharset(Charset),
    /// The character set of columns that are defined from here on.
    DefaultCharset(Charset),
    /// MySQL's `ALTER COLUMN … SET INVISIBLE`, or VISIBLE.
    SetHidden {
        column: String,
        hidden: bool,
    },
    /// MariaDB's `ADD SYSTEM VERSIONING`.
    AddHistory,
    /// `DROP SYSTEM VERSIONING`.
    DropHistory,
    /// `DELETE HISTORY`: from here on it is kept again.
    DeleteHistory,
    /// The tables whose rows a MERGE table of MySQL shows.
    Members(Vec<Name>),
    RowSecurity(bool),
    /// `FORCE ROW LEVEL SECURITY`, `NO FORCE`: the owner sees no more rows than others.
    ForceRowSecurity(bool),
    /// `OWNER TO`: from here on it is who migrates that owns it, or may be somebody else.
    OwnerTo {
        other: bool,
    },
    /// `ENABLE TRIGGER name`, `DISABLE TRIGGER ALL`.
    Triggers {
        /// None for each of them.
        name: Option<String>,
        fires: Fires,
    },
    /// `OF type`, `NOT OF`.
    Of(Option<Name>),
    /// MySQL's, by another name than before or the same.
    Engine(Engine),
}

/// Which of the columns of one statement get their types first: PostgreSQL computes all of what stood there before any of them did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Only,
    First,
    Later,
}

/// Where MySQL is told to put a column; where it is not told, a new one comes last and any other stays.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    First,
    After(String),
}

/// A character set, and how its texts are compared where that is said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Charset {
    pub(crate) name: String,
    pub(crate) collation: Option<String>,
}
