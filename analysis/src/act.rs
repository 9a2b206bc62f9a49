//! What does a statement do to the schema, and to the data in it?
//!
//! The parser on one side and the judgement on the other meet here. An act says what was written, and nothing about
//! what stood there before: names are folded the way the dialect folds them, and nothing is looked up.

mod besides;
mod change;
mod condition;
mod events;
mod formula;
mod frame;
mod made;
mod order;
mod query;
mod routine;
mod rows;
mod table;
mod value;

pub(crate) use change::{Change, Charset, Place, Turn};
pub(crate) use condition::{Asked, Bound, Children, Choice, Clock, Filter, Member, Picks};
pub(crate) use events::Events;
pub(crate) use formula::{Datum, Formula, Sign, Terms, plain_text};
pub(crate) use frame::{Frame, Read, Seen};
pub(crate) use made::Made;
pub(crate) use order::in_order;
pub(crate) use query::{Branch, From, Join, Of, OfView, Output, Query, Source, With, at_hand};
pub(crate) use routine::{Body, Event, Fires, OfEvent, Routine, SEVERAL, Timing, Trigger, takes};
pub(crate) use rows::{Conflict, Delete, Fetch, Insert, Rows, Update};
pub(crate) use table::{
    Column, Constraint, Copied, Engine, Follows, Index, Like, NewTable, Restriction, Storage,
};
pub(crate) use value::{Kind, NULL, Rest, Undo, Value};

use crate::Span;

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
            Act::Only(act) => matches!(**act, Act::Unknown(_)),
            _ => false,
        }
    }

    /// What it does to a table, as one of the actions of an `ALTER TABLE`.
    fn action(&self) -> Option<&Change> {
        let act = match &self.act {
            Act::Only(act) => act,
            act => act,
        };
        match act {
            Act::AlterTable { change, .. } => Some(change),
            _ => None,
        }
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

/// Stands where a name is not known.
pub(crate) const HOLE: &str = "onward_any_name";

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// Understood, and neither data nor anything that the model holds changes.
    Inert,
    /// Something changes that holds no data and that the model does not hold (a role, an owner, a privilege taken back).
    Outside,
    /// It loses nothing, and of what it changes some names are not told: [`HOLE`] stands there.
    Somewhere(Box<Act>),
    /// These variables get other values, so that a condition which reads one is another from here on.
    Assign(Vec<Assigned>),
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
    /// PostgreSQL's table of another server: what stands behind it stays where it is.
    DropForeignTable(Name),
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
        query: OfView,
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
    /// `ALTER TYPE … ADD ATTRIBUTE`, and the like: it is made of something else than it was written with.
    ChangeAttribute(Name),

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
    /// `DROP SERVER` of tables elsewhere.
    DropServer {
        name: String,
        cascade: bool,
    },
    /// `IMPORT FOREIGN SCHEMA … INTO schema`: tables of another server are seen there from here on.
    ImportForeign(String),
    /// Whatever depends on it goes too where `cascade` is said.
    DropExtension {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    CreateExtension {
        name: String,
        if_not_exists: bool,
        schema: Option<String>,
    },
    /// `ALTER EXTENSION … ADD`: what is added goes with the extension.
    GrowExtension(String),
    /// `ALTER EXTENSION … SET SCHEMA`.
    MoveExtension {
        name: String,
        schema: String,
    },

    /// Of PostgreSQL: where its sign stands, the function runs.
    CreateOperator {
        sign: String,
        function: Name,
    },
    /// Of PostgreSQL: it fires for changes of the schema.
    EventTrigger {
        name: String,
        what: Box<OfEvent>,
    },
    CreateTrigger(Trigger),
    /// `ALTER TRIGGER … RENAME TO`.
    RenameTrigger {
        name: String,
        table: Name,
        to: String,
    },
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
    /// A cast of PostgreSQL that runs a function.
    CreateCast {
        from: String,
        to: String,
        function: Name,
    },
    DropRoutine {
        name: Name,
        if_exists: bool,
        cascade: bool,
    },
    /// A routine of PostgreSQL is called otherwise, or stands in another schema.
    RenameRoutine {
        name: Name,
        to: Name,
    },
    /// `ALTER FUNCTION … SET`: what is said of a routine besides.
    AlterRoutine {
        name: Name,
        clauses: String,
    },
    /// `ALTER VIEW … OWNER TO`, of a view or routine: it may see less of a table than who migrates.
    Lend {
        name: Name,
        routine: bool,
    },
    /// `REASSIGN OWNED`: everything may be somebody else's from here on.
    LendAll,
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
    /// A loop has ended that goes on while there are rows in the table, or the script has not failed as it does if there are any, or any
    /// with a value in the column: there is none.
    Emptied(Name, Option<String>),
    /// Rows are updated a few at a time, each found `by` that column, until there is none left to update.
    UpdateInTurn {
        by: String,
        update: Box<Update>,
    },
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
    /// What follows in the block runs only where a condition holds that reads these names.
    Asks(Vec<String>),
    /// An event of MySQL's scheduler is made or altered.
    Job {
        name: Name,
        what: OfJob,
    },
    /// A trigger sets a column of the row that is written: `NEW.x := …`; none where it may put another row in its place.
    SetNew(Option<String>),
    /// `RETURN NULL` (`RETURN OLD`, where `old`) of a trigger's function: before the row is written, it keeps it from that.
    /// Another expression may be NULL, and NEW is where a row is deleted.
    SkipRow {
        old: bool,
        /// Whether what is returned is known.
        surely: bool,
        /// For which events it is come to, as far as the conditions before it tell.
        on: Events,
    },

    /// A transaction begins, ends or goes back.
    Transaction(Control),
    /// The session's foreign keys are in force from here on, or not.
    ForeignKeys(bool),
    /// MySQL need not look whether the rows that the session writes are told apart by unique keys, from here on or no longer.
    UncheckedKeys(bool),
    /// A 0 that is put into a numbered column of MySQL stays one, from here on or no longer.
    KeepsZeros(bool),
    /// From here on nobody knows whether all foreign keys of MySQL are looked after: in the session at hand, or in those that
    /// begin later; or, of SQLite, whether all rows pass the checks.
    DoubtKeys {
        later: bool,
    },
    /// Triggers of SQLite fire for rows that are replaced, from here on or no longer.
    RecursiveTriggers(bool),
    /// Triggers of SQLite stay with the names that they were written with, from here on or no longer.
    LegacyRenames(bool),
    /// The session only replicates from here on, or no longer: neither triggers nor foreign keys do anything.
    Replicates(bool),
    /// The server refuses it wherever it runs, or it says itself that it fails: why, as a clause.
    Fails(String),
    /// `SET ROLE`, `SET SESSION AUTHORIZATION`: the session is somebody else from here on, or itself again.
    ActsAs {
        other: bool,
    },
    /// `RESET ALL`, `DISCARD ALL`: the session's settings are what they were when it began.
    ResetSession,
    /// Tables that name no engine get this one from here on.
    DefaultEngine(Engine),
    /// `SET search_path`, `USE db`: where unqualified names are looked up from here on.
    SearchPath(Vec<String>),
    /// `ALTER ROLE … SET search_path`: sessions that begin later may look there.
    LaterPath(Vec<String>),
    /// `ALTER ROLE … SET session_replication_role`: sessions that begin later may only replicate.
    LaterReplicates,
    /// MySQL: a quotient may have fewer digits from here on, or in sessions that begin later.
    RoundsOtherwise,
    /// `SET LOCAL …`: what is set holds until the transaction ends.
    Local(Box<Act>),
    /// A comment, privileges or a policy are set beside a table, or taken away; they go with it.
    Decorate {
        kind: Decoration,
        on: Name,
        /// The column of a comment, the name of a policy, each privilege and whose it is.
        what: Vec<String>,
        /// The statement that sets them; none where they are taken away.
        text: Option<String>,
    },
}

impl Act {
    /// The same until the transaction ends, where it sets something.
    pub(crate) fn locally(self) -> Act {
        match self {
            Act::SearchPath(_) | Act::Replicates(_) | Act::ActsAs { .. } => {
                Act::Local(Box::new(self))
            }
            other => other,
        }
    }
}

/// What all settings together are called that say how values are compared: no variable has this name.
pub(crate) const SETTINGS: &str = "\0settings";

/// The settings of PostgreSQL by which values may come out alike where they become texts: numbers, and moments, which another style
/// than ISO gives with a zone whose name may stand for two offsets.
/// (<https://www.postgresql.org/docs/15/runtime-config-client.html#GUC-EXTRA-FLOAT-DIGITS>,
/// <https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-DATETIME-OUTPUT>)
pub(crate) const WRITES: [&str; 2] = [FLOAT_DIGITS, DATE_STYLE];

/// How many digits a number has where it becomes a text.
pub(crate) const FLOAT_DIGITS: &str = "extra_float_digits";

/// How a moment is written.
pub(crate) const DATE_STYLE: &str = "datestyle";

/// What stands before the name of a setting of sessions that begin from here on.
pub(crate) const LATER: &str = "\0later ";

/// A variable that gets another value: the constant, where it is one, in one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assigned {
    pub(crate) name: String,
    pub(crate) constant: Option<String>,
    pub(crate) scope: Scope,
}

impl Assigned {
    /// A variable that gets a value which nobody knows.
    pub(crate) fn anew(name: String) -> Assigned {
        let (constant, scope) = (None, Scope::Same);
        Assigned {
            name,
            constant,
            scope,
        }
    }

    /// The same where the name begins or ceases to be that of a variable.
    pub(crate) fn at(self, scope: Scope) -> Assigned {
        Assigned { scope, ..self }
    }
}

/// Whether a name is a variable's from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// As before.
    Same,
    Begins,
    /// It means again what it meant outside of the body.
    Ends,
}

/// What becomes of an event of MySQL's scheduler.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum OfJob {
    /// It is made, and is due `once` or again and again.
    Made {
        once: bool,
        does: Vec<Step>,
    },
    /// It does something else from here on.
    Does(Vec<Step>),
    Enabled,
    /// It gets the one time at which it is due.
    Due,
    Called(Name),
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
    /// If that which it makes is not there already.
    IfFree,
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
