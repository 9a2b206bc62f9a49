//! What does a statement do to the schema, and to the data in it?
//!
//! The parser on one side and the judgement on the other meet here. An act says what was written, and nothing about
//! what stood there before: names are folded the way the dialect folds them, and nothing is looked up.

use std::sync::Arc;

use crate::{Dialect, Span};

/// One act, and the part of the script that asks for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) act: Act,
    /// In bytes of the whole script.
    pub(crate) span: Span,
}

impl Step {
    /// Whether it, or a step within it, is not understood.
    pub(crate) fn is_unknown(&self) -> bool {
        match &self.act {
            Act::Unknown(_) => true,
            Act::Block { steps, .. } => steps.iter().any(Step::is_unknown),
            Act::With(_, step) => step.is_unknown(),
            _ => false,
        }
    }

    /// Whether it is the action of an `ALTER TABLE` that gives the table another name.
    pub(crate) fn renames_table(&self) -> bool {
        let Act::AlterTable { change, .. } = &self.act else {
            return false;
        };
        matches!(change, Change::Rename(_))
    }
}

/// A name of a table, view, index, type, sequence or routine, unquoted and folded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl Name {
    pub(crate) fn plain(name: impl Into<String>) -> Name {
        Name {
            schema: None,
            name: name.into(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// Understood, and neither data nor anything that the model holds changes.
    Inert,
    /// Something changes that holds no data and that the model does not hold (a role, an owner, a privilege taken back).
    Outside,
    /// These variables get other values, so that a condition which reads one is another from here on.
    Assign(Vec<String>),
    /// Not understood: the reason as a clause ("the SQL is built at run time").
    Unknown(String),
    /// Several statements run in order, as the body of a `DO` block does.
    Block {
        runs: Runs,
        steps: Vec<Step>,
    },

    CreateTable(Box<NewTable>),
    DropTable {
        name: Name,
        /// MySQL's `DROP TEMPORARY TABLE`, which leaves lasting tables alone.
        temporary: bool,
        if_exists: bool,
        cascade: bool,
    },
    AlterTable {
        table: Name,
        if_exists: bool,
        change: Change,
    },
    /// All at once: MySQL's `RENAME TABLE a TO b, b TO a`.
    RenameTables(Vec<(Name, Name)>),

    CreateIndex(Index),
    /// `table` where the statement names it, as MySQL's does.
    DropIndex {
        name: Name,
        table: Option<Name>,
        if_exists: bool,
        cascade: bool,
    },
    RenameIndex {
        name: Name,
        to: String,
    },

    CreateView {
        name: Name,
        materialized: bool,
        or_replace: bool,
        if_not_exists: bool,
        temporary: bool,
        /// None where it could not be read.
        query: Option<Box<Query>>,
        /// The whole statement, to write it again.
        text: String,
    },
    DropView {
        name: Name,
        materialized: bool,
        if_exists: bool,
        cascade: bool,
    },
    RenameView {
        name: Name,
        to: Name,
    },
    /// `REFRESH MATERIALIZED VIEW`.
    RefreshView(Name),

    CreateSequence {
        name: Name,
        if_not_exists: bool,
        text: String,
    },
    /// `ALTER SEQUENCE … RESTART`, `setval` and the like: the position moves.
    MoveSequence(Name),
    RenameSequence {
        name: Name,
        to: Name,
    },
    DropSequence {
        name: Name,
        if_exists: bool,
        cascade: bool,
    },

    /// Enum, domain, composite or range; `labels` only for an enum.
    CreateType {
        name: Name,
        labels: Option<Vec<String>>,
        /// The type under a domain.
        base: Option<String>,
        text: String,
    },
    DropType {
        name: Name,
        if_exists: bool,
        cascade: bool,
    },
    RenameType {
        name: Name,
        to: Name,
    },
    AddLabel {
        name: Name,
        label: String,
        if_not_exists: bool,
    },
    RenameLabel {
        name: Name,
        from: String,
        to: String,
    },
    /// `ALTER TYPE … DROP ATTRIBUTE`: the values of a composite type lose a part.
    DropAttribute {
        name: Name,
        attribute: String,
        cascade: bool,
    },

    CreateSchema {
        name: String,
        if_not_exists: bool,
    },
    RenameSchema {
        name: String,
        to: String,
    },
    DropSchema {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    CreateDatabase {
        name: String,
        if_not_exists: bool,
    },
    DropDatabase {
        name: String,
        if_exists: bool,
    },
    /// Whatever depends on it goes too where `cascade` is said.
    DropExtension {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    CreateExtension {
        name: String,
        if_not_exists: bool,
    },

    CreateTrigger(Trigger),
    DropTrigger {
        name: Name,
        table: Option<Name>,
        if_exists: bool,
    },
    /// Rules of PostgreSQL change what later statements on their table do.
    CreateRule {
        name: String,
        on: Name,
    },
    DropRule {
        name: String,
        on: Name,
    },
    /// A function or procedure is defined: nothing happens until it is called.
    CreateRoutine(Routine),
    DropRoutine {
        name: Name,
        if_exists: bool,
        cascade: bool,
    },
    /// `CALL f()`, `SELECT f()`, `PERFORM f()`.
    CallRoutine(Name),
    /// MySQL's CALL of a procedure that another script defines, as it is written.
    CallProcedure {
        name: Name,
        text: String,
    },

    Insert(Box<Insert>),
    Update(Box<Update>),
    Delete(Box<Delete>),
    Truncate {
        table: Name,
        cascade: bool,
    },
    /// The body of a routine that looks names up in schemas of its own.
    UnderPath(Vec<String>, Vec<Step>),
    /// A statement behind `WITH`, whose names it may use.
    With(Box<Query>, Box<Step>),
    /// `… ONLY t`: the tables that inherit from it are left alone.
    Only(Box<Act>),
    /// A default or a check is computed for the rows that are there: followed where the functions in it are known.
    Evaluate(Vec<Name>),
    /// A query whose rows go to the client, or nowhere.
    Select(Box<Query>),
    /// A trigger sets a column of the row that is written: `NEW.x := …`.
    SetNew(String),
    /// `RETURN NULL` (`RETURN OLD`, where `old`) of a trigger's function: before the row is written, it keeps it from that.
    SkipRow {
        old: bool,
    },

    /// A transaction begins, ends or goes back.
    Transaction(Control),
    /// The session's foreign keys are in force from here on, or not.
    ForeignKeys(bool),
    /// The session only replicates from here on, or no longer: neither triggers nor foreign keys do anything.
    Replicates(bool),
    /// Tables that name no engine get this one from here on.
    DefaultEngine(Engine),
    /// `SET search_path`, `USE db`: where unqualified names are looked up from here on.
    SearchPath(Vec<String>),
    /// A privilege, comment, policy or rule is set on an object; what is dropped with the object and not set again.
    Decorate {
        kind: Decoration,
        on: Name,
    },
}

/// What an engine of MySQL promises of the rows that it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A transaction that is rolled back leaves them as they were: InnoDB and the like.
    Transactional,
    /// They stay as they were written, whatever a transaction says: MyISAM, Aria, ARCHIVE, CSV.
    Immediate,
    /// So do these, and they are gone when the server restarts (MEMORY), or never kept (BLACKHOLE).
    Volatile,
}

impl Engine {
    /// The engine of that name, with its quotes if it has any.
    pub(crate) fn called(name: &str) -> Engine {
        let name = name.trim_matches(['\'', '"', '`']).to_ascii_lowercase();
        match name.as_str() {
            "memory" | "heap" | "blackhole" => Engine::Volatile,
            "innodb" | "xtradb" | "rocksdb" | "tokudb" | "ndb" | "ndbcluster" => {
                Engine::Transactional
            }
            _ => Engine::Immediate,
        }
    }
}

/// How often statements run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runs {
    Once,
    /// Only if a condition holds.
    Perhaps,
    /// Only one of its steps, which are blocks, but surely one: `IF … ELSE …`.
    OneOf,
    /// Any number of times, as the body of a loop does.
    Repeatedly,
}

/// What a script does to its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Control {
    Begin,
    /// `chain` where the next transaction begins at once.
    Commit {
        chain: bool,
    },
    Rollback {
        chain: bool,
    },
    Savepoint(String),
    Release(String),
    RollbackTo(String),
}

/// What stands beside an object and goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Decoration {
    Comment,
    Grant,
    Policy,
    RowSecurity,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct NewTable {
    pub(crate) name: Option<Name>,
    pub(crate) if_not_exists: bool,
    pub(crate) or_replace: bool,
    pub(crate) temporary: bool,
    /// MySQL's, where it is named.
    pub(crate) engine: Option<Engine>,
    pub(crate) columns: Vec<Column>,
    pub(crate) constraints: Vec<Constraint>,
    /// `LIKE other`: the same columns, no rows.
    pub(crate) like: Vec<Like>,
    pub(crate) inherits: Vec<Name>,
    pub(crate) partition_of: Option<Name>,
    /// `OF type`: its columns are the attributes of a composite type.
    pub(crate) of: Option<Name>,
    /// The names of MySQL's partitions.
    pub(crate) partitions: Vec<String>,
    /// `CREATE TABLE … AS`; with `false` where it says WITH NO DATA.
    pub(crate) source: Option<(Query, bool)>,
    /// A virtual table of SQLite: its module.
    pub(crate) module: Option<String>,
    /// What it holds can be computed from other tables.
    pub(crate) derived: bool,
    /// The character set that text columns have unless they say otherwise.
    pub(crate) charset: Option<String>,
    /// How they are compared, likewise.
    pub(crate) collation: Option<String>,
    /// The whole statement, to write it again.
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Like {
    pub(crate) table: Name,
    pub(crate) copied: Copied,
}

/// What a table made `LIKE` another takes over besides the names, types and NOT NULL of its columns. Foreign keys stay behind on every
/// database: <https://www.postgresql.org/docs/15/sql-createtable.html>, <https://mariadb.com/kb/en/create-table/#create-table-like>.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Copied {
    pub(crate) defaults: bool,
    pub(crate) identity: bool,
    pub(crate) generated: bool,
    /// Primary keys, unique keys and exclusions.
    pub(crate) keys: bool,
    pub(crate) checks: bool,
}

impl Copied {
    pub(crate) const ALL: Copied = Copied::of(true);
    pub(crate) const NOTHING: Copied = Copied::of(false);
    /// What a child of PostgreSQL's INHERITS has of its parent.
    pub(crate) const INHERITED: Copied = Copied {
        identity: false,
        keys: false,
        ..Copied::ALL
    };

    const fn of(all: bool) -> Copied {
        Copied {
            defaults: all,
            identity: all,
            generated: all,
            keys: all,
            checks: all,
        }
    }

    /// A column of the other table as it is here.
    pub(crate) fn column(self, column: &Arc<Column>) -> Arc<Column> {
        let taken = |c: &Constraint| self.takes(&c.rule);
        let same = column.constraints.iter().all(taken)
            && (self.defaults || column.default.is_none())
            && (self.identity || !column.identity)
            && (self.generated || column.generated.is_none());
        if same {
            return Arc::clone(column);
        }
        let mut here = (**column).clone();
        here.constraints.retain(taken);
        here.default = here.default.filter(|_| self.defaults);
        here.generated = here.generated.filter(|_| self.generated);
        here.identity &= self.identity;
        // It is no longer what was written there.
        here.text.clear();
        Arc::new(here)
    }

    /// Whether a constraint of the other table holds here too.
    pub(crate) fn takes(self, rule: &Restriction) -> bool {
        match rule {
            Restriction::PrimaryKey(_) | Restriction::Unique(_) | Restriction::Exclude => self.keys,
            Restriction::Check => self.checks,
            Restriction::Index(_) | Restriction::UsingIndex(_) => self.keys,
            Restriction::ForeignKey { .. } => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// As written; none where SQLite's column has none.
    pub(crate) ty: Option<String>,
    pub(crate) not_null: bool,
    pub(crate) default: Option<String>,
    /// Computed from other columns: the expression.
    pub(crate) generated: Option<String>,
    /// Numbered by the database: serial, identity, AUTO_INCREMENT.
    pub(crate) identity: bool,
    /// `ON UPDATE CURRENT_TIMESTAMP`: any UPDATE of the row overwrites it.
    pub(crate) on_update: bool,
    pub(crate) charset: Option<String>,
    /// MySQL's `INVISIBLE`: no `*` means it.
    pub(crate) hidden: bool,
    /// How its texts are compared, where it says so.
    pub(crate) collation: Option<String>,
    /// Constraints written at the column: primary key, unique, references, check.
    pub(crate) constraints: Vec<Constraint>,
    /// The whole definition as written, name included, to write it again.
    pub(crate) text: String,
}

impl Column {
    /// Its texts are compared by the collation `name`, which is in lower case.
    pub(crate) fn collate(&mut self, dialect: Dialect, name: String) {
        if dialect == Dialect::MySql {
            // A collation begins with the name of its character set.
            let charset = name.split('_').next().map(str::to_owned);
            self.charset = self.charset.take().or(charset);
        }
        self.collation = Some(name);
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Constraint {
    pub(crate) name: Option<String>,
    pub(crate) rule: Restriction,
    /// As written, to write it again.
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Restriction {
    PrimaryKey(Vec<String>),
    Unique(Vec<String>),
    ForeignKey {
        columns: Vec<String>,
        table: Name,
        referred: Vec<String>,
        on_delete: Follows,
        on_update: Follows,
    },
    Check,
    Exclude,
    /// A plain key of MySQL, written inside CREATE or ALTER TABLE.
    Index(Vec<String>),
    /// `… USING INDEX name`.
    UsingIndex(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follows {
    /// Refused while children refer to the row.
    Refuse,
    Cascade,
    SetNull,
    SetDefault,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// Neither data nor anything that the model holds changes (storage options, statistics, owner …).
    Inert,
    Unknown(String),
    AddColumn {
        column: Column,
        if_not_exists: bool,
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
    },
    SetType {
        column: String,
        ty: String,
        using: Option<Value>,
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
    DropIndex(String),
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
    ConvertCharset(String),
    /// The character set of columns that are defined from here on.
    DefaultCharset(String),
    /// MariaDB's `ADD SYSTEM VERSIONING`.
    AddHistory,
    /// `DROP SYSTEM VERSIONING`, `DELETE HISTORY`.
    DropHistory,
    RowSecurity(bool),
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

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Index {
    pub(crate) name: Option<Name>,
    pub(crate) table: Name,
    /// Plain columns only; an expression is left out.
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trigger {
    pub(crate) name: Name,
    /// None for an event trigger.
    pub(crate) table: Option<Name>,
    pub(crate) on: Vec<Event>,
    pub(crate) timing: Timing,
    /// Whether it fires for each row, and not once for the statement.
    pub(crate) each_row: bool,
    pub(crate) fires: Fires,
    /// It fires only where this holds.
    pub(crate) when: Option<String>,
    pub(crate) body: Body,
    pub(crate) or_replace: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) text: String,
}

/// Whether a trigger fires at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fires {
    Never,
    /// Unless the session says that it only replicates.
    Normally,
    Always,
}

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    Before,
    After,
    /// The statement itself does not happen.
    Instead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Insert,
    Update,
    Delete,
    Truncate,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Routine {
    pub(crate) name: Name,
    pub(crate) or_replace: bool,
    pub(crate) body: Body,
    pub(crate) text: String,
}

/// What runs when a trigger fires or a routine is called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    Steps(Vec<Step>),
    /// A trigger of PostgreSQL runs a function.
    Routine(Name),
    /// It cannot be followed, and why.
    Unknown(String),
}

impl Body {
    /// Whether something in it is not followed.
    pub(crate) fn is_unknown(&self) -> bool {
        match self {
            Body::Steps(steps) => steps.iter().any(Step::is_unknown),
            Body::Routine(_) => false,
            Body::Unknown(_) => true,
        }
    }
}

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

/// A condition on rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter {
    /// In one spelling, so that the same condition has the same text: unqualified, folded, single blanks.
    pub(crate) text: String,
    /// The columns that it reads, qualifier and name.
    pub(crate) reads: Vec<(Option<String>, String)>,
    /// Where it is nothing but `column = constant` or `column IN (constants)` joined by AND or, over the same column,
    /// OR: each alternative set of keys.
    pub(crate) keys: Option<Vec<Vec<(String, String)>>>,
    /// Which rows it picks, where that can be told without looking at them.
    pub(crate) picks: Picks,
    /// The parts of it, joined by AND, that hold for a column's value and all greater ones (`x > 5`), or all lesser ones.
    pub(crate) bounds: Vec<Bound>,
    /// Which rows it picks of those that other conditions of the kind pick.
    pub(crate) choice: Choice,
    /// Where it is nothing but `column IN (SELECT other FROM table)`, or says the same in other words.
    pub(crate) member: Option<Member>,
    /// What it does besides: a sub-query over these tables.
    pub(crate) tables: Vec<Name>,
    /// Functions in it that may do anything.
    pub(crate) calls: Vec<Name>,
    /// It meets other rows each time it is asked: `random()`.
    pub(crate) volatile: bool,
    /// It meets other rows in each statement, as the clock moves on.
    pub(crate) timed: bool,
}

/// `column > constant` (`up`) or `column < constant`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) column: String,
    pub(crate) up: bool,
}

impl Filter {
    /// Whether its rows are still told apart from the others once the `column` has been shifted: those that it met it still
    /// meets, and no other row got there.
    pub(crate) fn survives_shift(&self, column: impl Fn(&str) -> bool, up: bool) -> bool {
        let reads = self.reads.iter().filter(|(_, read)| column(read));
        let bounds = self.bounds.iter();
        let along = bounds.filter(|bound| column(&bound.column) && bound.up == up);
        reads.count() == along.count()
    }

    /// Whether it meets the same rows wherever its text stands.
    pub(crate) fn is_repeatable(&self) -> bool {
        !self.volatile && !self.timed
    }

    /// Whether it compares with a row that the body at hand knows by name.
    pub(crate) fn asks_row(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.row)
    }

    /// A condition that other tables decide on.
    pub(crate) fn of_others() -> Filter {
        Filter {
            text: String::new(),
            reads: Vec::new(),
            keys: None,
            picks: Picks::Some,
            bounds: Vec::new(),
            choice: Choice {
                atom: String::new(),
                column: None,
                holds: [false; 3],
            },
            member: None,
            tables: Vec::new(),
            calls: Vec::new(),
            volatile: true,
            timed: false,
        }
    }
}

/// `column IN (SELECT other FROM table)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// Each column, and the other one.
    pub(crate) pairs: Vec<(String, String)>,
    pub(crate) of: Name,
    /// It is no table but a row that the body at hand knows by that name.
    pub(crate) row: bool,
    /// Whether the condition says nothing else, which would pick fewer.
    pub(crate) exact: bool,
}

/// A condition as a choice among the three truth values of a simpler one: `x <> 1` holds where `x = 1` is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// In one spelling.
    pub(crate) atom: String,
    /// The column that is NULL wherever the atom is, if it is known.
    pub(crate) column: Option<String>,
    /// Whether the condition holds where the atom is true, false, NULL.
    pub(crate) holds: [bool; 3],
}

impl Filter {
    /// Whether no row that it picks is without a value in the column.
    pub(crate) fn leaves_no_null(&self, column: &str) -> bool {
        let is_there = |part: &str| {
            let part = part.trim_matches(['(', ')']);
            let name = part.strip_suffix(" is not null");
            name.is_some_and(|name| name.eq_ignore_ascii_case(column))
        };
        let turned = ["or ", "not (", "case "];
        !turned.iter().any(|word| self.text.contains(word))
            && self.text.split(" and ").any(is_there)
    }
}

/// Which rows a condition picks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picks {
    /// Each one: `1 = 1`, `TRUE`.
    All,
    /// Not one, whatever they hold: `FALSE`, `x = NULL`.
    None,
    Some,
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
    /// `DISTINCT`: equal rows become one.
    pub(crate) distinct: bool,
    /// `GROUP BY`, `HAVING`, an aggregate, a sample: rows are folded together or left out.
    pub(crate) folded: bool,
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

/// A table, sub-query or function in FROM.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    pub(crate) what: From,
    pub(crate) alias: Option<String>,
    /// How it is joined to what stands before it.
    pub(crate) join: Join,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum From {
    Table(Name),
    /// Without what inherits from it.
    Only(Name),
    Query(Box<Query>),
    Function(Name),
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

/// What `CASE` yields where no condition holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rest {
    Null,
    /// The value itself.
    Same,
    Constant(String),
}

/// A value, as far as it can carry data on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Column(Option<String>, String),
    /// The same in every run, in one spelling.
    Constant(String),
    Null,
    Default,
    /// One-to-one in the inner value, where that is of a kind: `NOT x`, `x * 2`.
    OneToOne(Box<Value>, Kind),
    /// A constant is added or taken away: greater than it was, or less.
    Shifted {
        value: Box<Value>,
        up: bool,
    },
    /// `CASE column WHEN constant THEN constant … ELSE rest END`.
    Mapped {
        value: Box<Value>,
        pairs: Vec<(String, String)>,
        rest: Rest,
    },
    /// Several values side by side, each of which can be told again: `ARRAY[a, b]`, `jsonb_build_object('a', a)`.
    Together(Vec<Value>),
    Cast(Box<Value>, String),
    /// `excluded.x`, `VALUES(x)`: the row that was to be inserted.
    Excluded(String),
    /// Anything else: what it reads and the functions it calls that may do anything.
    Computed {
        reads: Vec<(Option<String>, String)>,
        calls: Vec<Name>,
        /// Whether none of those is skipped, as in a branch of `CASE`.
        surely: bool,
    },
}

/// What a value must be for an operation to be one-to-one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    /// A whole number: `x * 2`, `to_timestamp(x)`.
    Whole,
    /// A number that can be multiplied without rounding: `x * 100`.
    Scaled(i64),
    /// A whole number, which is divided by a power of ten that has so many zeros: `x / 100.0`.
    Divided(u32),
    /// Something that `to_jsonb` keeps as it is: of JSON that is text it would sort the keys.
    Jsonb,
    /// Something that is told from NULL where it is a part of JSON: the null of JSON is not.
    PartOfJson,
    /// A number without rounding: `x + 1`.
    Number,
    /// One that can be negative: `-x`.
    Signed,
    /// Something that `||` puts behind another and not into it: `'a' || x`.
    Joined,
    /// A truth value or NULL: `NOT x`.
    Flag,
}

impl Value {
    /// What it is made of.
    pub(crate) fn parts(&self) -> &[Value] {
        match self {
            Value::OneToOne(inner, _)
            | Value::Shifted { value: inner, .. }
            | Value::Mapped { value: inner, .. }
            | Value::Cast(inner, _) => std::slice::from_ref(inner),
            Value::Together(parts) => parts,
            _ => &[],
        }
    }

    /// One of which nothing is known.
    pub(crate) fn computed() -> Value {
        Value::Computed {
            reads: Vec::new(),
            calls: Vec::new(),
            surely: true,
        }
    }

    /// The value with the columns that `is_new` knows as those of the row that was to be inserted.
    pub(crate) fn excluding(mut self, is_new: &impl Fn(Option<&str>, &str) -> bool) -> Value {
        self.each_column(&mut |value| {
            if let Value::Column(of, name) = value
                && is_new(of.as_deref(), name)
            {
                *value = Value::Excluded(std::mem::take(name));
            }
        });
        self
    }

    /// Every column that the value carries on.
    pub(crate) fn each_column(&mut self, change: &mut impl FnMut(&mut Value)) {
        match self {
            Value::Column(..) => change(self),
            Value::OneToOne(inner, _)
            | Value::Shifted { value: inner, .. }
            | Value::Mapped { value: inner, .. }
            | Value::Cast(inner, _) => inner.each_column(change),
            Value::Together(parts) => {
                for part in parts {
                    part.each_column(change);
                }
            }
            _ => {}
        }
    }
}
