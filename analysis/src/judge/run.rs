//! What happens to schema and data when a direction runs?

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::fired::triggers::Row;
use super::flow::begun::Begun;
use super::flow::{Names, Relation};
use super::freed::Freed;
use super::ledger::Ledger;
use super::ledger::doubts::Doubts;
use super::ledger::hits::Cause;
use super::ledger::losses::Other;
use super::nothing;
use super::refuse::Torn;
use super::refuse::notes::{Dropped, Note};
use super::rows::seeds::Seeds;
use super::session::settings::Settings;
use super::session::transaction::Saved;
use super::values::lookup::LookedUp;
use super::work::Work;
use super::worlds::World;
use crate::act::{Conflict, Engine, Name, Trigger};
use crate::schema::{Id, Key, Schema, Shared, Table, Type};
use crate::{Access, Dialect, Object, Span, Unknown};

/// One direction while it runs.
#[derive(Debug, Clone)]
pub(crate) struct Run<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) schema: Schema,
    pub(super) work: Work,
    /// The tables that the direction found.
    pub(super) tables: Shared<Key, Arc<Table>>,
    /// The types that the direction found.
    pub(super) types: Shared<Key, Arc<Type>>,
    pub(crate) ledger: Ledger,
    pub(crate) others: Vec<Other>,
    pub(crate) unknowns: Vec<Unknown>,
    /// Those of them that are about copies.
    pub(super) doubts: Doubts,
    pub(crate) touches: BTreeMap<Object, Access>,
    /// The views that stood at the start and that something was done to; whether they were renamed.
    pub(crate) views: BTreeMap<Object, bool>,
    /// The routines that stood at the start and that are dropped or renamed.
    pub(crate) routines: BTreeMap<Object, super::fired::routines::Gone>,
    /// The routines that it made.
    pub(crate) own_routines: BTreeSet<Key>,
    /// The sequences, types and extensions that stood before and are dropped or, where that is set, have another name.
    pub(crate) other_names: BTreeMap<Object, bool>,
    /// Those that it made itself.
    pub(crate) own_names: BTreeSet<Key>,
    /// What it asks of the values of columns, and of the rows of tables, that it found.
    pub(crate) asked: Vec<super::refuse::bounds::Asked>,
    /// The views that it made.
    pub(crate) own_views: BTreeSet<Key>,
    /// What the up of this pair made, while its down runs.
    pub(crate) born: &'a Shared<Id, ()>,
    /// What stood before that up, and what the up did.
    pub(crate) earlier: Option<(&'a Schema, &'a Ledger)>,
    /// Where it looked up what it did away with.
    pub(crate) looked_up: Vec<LookedUp>,
    /// What the up made for data from before it, all of which this down brings back where nothing was written in between.
    pub(crate) brought_back: Shared<Id, ()>,
    /// The tables that the other direction of the pair drops or renames.
    pub(super) freed: Freed,
    /// Whether it is played only to tell how old is what a down loses.
    pub(super) tells_ages: bool,
    /// The columns that the up made and that hold a value in every row, as the query did that made them.
    pub(crate) given: Shared<Id, ()>,
    /// The rows that the up of this pair inserted, while its down runs; those inserted so far otherwise.
    pub(crate) seeds: Seeds,
    /// Deletions of what the up planted, and whether it may have been edited since.
    pub(crate) seed_deletes: Vec<(Object, Cause, bool)>,
    pub(crate) notes: Vec<Note>,
    pub(crate) drops: Vec<Dropped>,
    /// Tables that rows were deleted from.
    pub(super) cleared: Shared<Id, ()>,
    /// Columns that hold what a constraint let in which this transaction dropped.
    pub(super) unchecked: Vec<Id>,
    /// Columns that an UPDATE set which leaves rows without a value.
    pub(super) absent: Shared<Id, ()>,
    /// What the statement at hand drops and others may depend on.
    pub(super) torn: Vec<(Torn, Span)>,
    /// Whether a key went that a foreign key needs: what comes behind it does not run, or no key is looked after.
    pub(super) unserved: bool,
    /// Whether no migration has built anything yet: what this one does without if need be was made by somebody else.
    pub(crate) first: bool,
    /// Tables that the first migration drops if they are there, and has not made anew.
    pub(crate) strangers: BTreeMap<Key, Other>,
    /// Tables and columns that rows or values were written to.
    pub(crate) filled: Shared<Id, ()>,
    /// Columns that new rows were given values for.
    pub(crate) poured: Shared<Id, ()>,
    /// How many statements have put rows into a table.
    pub(crate) fillings: HashMap<Id, u32>,
    /// The tables that were filled by a query over several tables, or several times over one.
    pub(crate) mixed: Shared<Id, ()>,
    pub(crate) foreign_keys: bool,
    /// Whether foreign keys may be out of force although they are followed.
    pub(super) doubts_keys: bool,
    /// Whether nothing need tell apart by unique keys what is written.
    pub(super) unchecked_keys: bool,
    /// Whether a 0 that is put into a numbered column of MySQL stays one.
    pub(super) keeps_zeros: bool,
    /// Whether triggers of SQLite fire for rows that are replaced.
    pub(super) recursive: bool,
    /// Whether triggers of SQLite stay with the names that they were written with.
    pub(super) legacy: bool,
    /// What the columns were of tables of PostgreSQL that a statement has begun to give other types.
    pub(super) retyped: Vec<(Id, Relation)>,
    /// What is set in the session.
    pub(crate) settings: Settings,
    /// What holds once the transaction has ended, where something was set for that alone.
    pub(super) afterwards: Option<Settings>,
    /// Whether what runs may be somebody else's, who may not see all rows of tables that are not.
    pub(super) lent: bool,
    /// Whether that is so for a routine that is being run with its owner's rights.
    pub(super) runs_as_other: bool,
    /// When the view was made that is read: what its tables got later is not in it.
    pub(super) seen_until: Option<Id>,
    /// What is set where a view is asked that was made under another path.
    pub(super) asks: Option<Settings>,
    /// Whether routines at hand were looked up when something was made.
    pub(super) binds: bool,
    /// Whether names mean what lasts: in a trigger of SQLite that lasts itself they never mean a temporary table.
    pub(super) lasting: bool,
    /// A name that was looked up, and what else it may mean.
    pub(super) doubted: RefCell<Option<(Name, Key)>>,
    /// That of tables which name none.
    pub(crate) engine: Engine,
    pub(crate) statement: u32,
    pub(crate) span: Span,
    /// How much is asked: where that is only what is lost, nobody reads which statements would fail.
    pub(super) extent: super::Asked,
    /// Whether anything was done at all, beyond reading.
    pub(crate) active: bool,
    pub(super) depth: u32,
    /// How many bodies have been followed.
    pub(super) bodies: u32,
    pub(crate) firing: Vec<String>,
    /// The triggers that may run only when the transaction ends.
    pub(super) deferred: Vec<Arc<Trigger>>,
    /// What the statement that fires triggers says of rows in the way: in SQLite it holds for theirs, too.
    pub(super) handed: Conflict,
    /// What names of `WITH` stand for, and of the rows that the body at hand knows.
    pub(super) named: Names,
    /// The tables that parts of the statement at hand write.
    pub(super) begun: Vec<Begun>,
    /// How many times rows were picked in a way that nobody can repeat.
    pub(super) pickings: u32,
    /// What each variable holds that has been given a value: the constant, or which of all that were given.
    pub(super) assigned: HashMap<String, String>,
    /// The names that are those of variables and parameters in the body of MySQL at hand.
    pub(super) locals: Vec<String>,
    /// How many values have been given.
    pub(super) assignments: u32,
    /// How many of them were constants.
    pub(super) constants: u32,
    /// The rows that the statement at hand deletes or overwrites, as they were.
    pub(super) going: Option<Arc<Relation>>,
    /// The row that is about to be written, while the triggers before it run.
    pub(crate) row: Option<Row>,
    /// The names that those conditions read, as far as they are known, and that of the statement that fires a trigger.
    pub(super) behind: Vec<String>,
    /// How many conditions the statement at hand stands behind.
    pub(super) perhaps: u32,
    /// Whether the statement leaves alone what inherits from its table.
    pub(super) only: bool,
    /// Whether MySQL computes all that an UPDATE sets from the row as it was, as it reads that from another place.
    pub(super) at_once: bool,
    /// An UPDATE may leave out rows that its condition meets.
    pub(super) partly: bool,
    /// How the conditions turn out.
    pub(super) world: World,
    /// How many points have been saved.
    pub(super) saves: u32,
    /// How many transactions have ended.
    pub(super) transactions: u32,
    /// The points to which the script may go back.
    pub(super) saved: Vec<Saved<'a>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(dialect: Dialect, schema: Schema, born: &'a Shared<Id, ()>) -> Run<'a> {
        Run {
            dialect,
            settings: Settings::of(&schema),
            tables: schema.tables.clone(),
            types: schema.types.clone(),
            schema,
            ledger: Ledger::default(),
            others: Vec::new(),
            unknowns: Vec::new(),
            doubts: Doubts::default(),
            touches: BTreeMap::new(),
            views: BTreeMap::new(),
            routines: BTreeMap::new(),
            own_routines: BTreeSet::new(),
            other_names: BTreeMap::new(),
            own_names: BTreeSet::new(),
            asked: Vec::new(),
            own_views: BTreeSet::new(),
            born,
            earlier: None,
            looked_up: Vec::new(),
            brought_back: Shared::default(),
            freed: Freed::default(),
            tells_ages: false,
            given: Shared::default(),
            seeds: Seeds::default(),
            seed_deletes: Vec::new(),
            notes: Vec::new(),
            drops: Vec::new(),
            cleared: Shared::default(),
            unchecked: Vec::new(),
            absent: Shared::default(),
            torn: Vec::new(),
            unserved: false,
            first: false,
            strangers: BTreeMap::new(),
            filled: Shared::default(),
            poured: Shared::default(),
            fillings: HashMap::new(),
            mixed: Shared::default(),
            afterwards: None,
            lent: false,
            runs_as_other: false,
            asks: None,
            binds: false,
            lasting: false,
            seen_until: None,
            doubted: RefCell::default(),
            foreign_keys: dialect != Dialect::Sqlite,
            doubts_keys: false,
            unchecked_keys: false,
            keeps_zeros: false,
            recursive: false,
            legacy: false,
            retyped: Vec::new(),
            engine: Engine::Transactional,
            statement: 0,
            span: Span::default(),
            extent: super::Asked::Pair,
            active: false,
            depth: 0,
            bodies: 0,
            firing: Vec::new(),
            deferred: Vec::new(),
            behind: Vec::new(),
            handed: Conflict::Fail,
            named: Vec::new(),
            begun: Vec::new(),
            pickings: 0,
            assigned: HashMap::new(),
            locals: Vec::new(),
            assignments: 0,
            constants: 0,
            going: None,
            row: None,
            perhaps: 0,
            only: false,
            at_once: false,
            partly: false,
            world: World::default(),
            work: Work::of(0, 0),
            saves: 0,
            transactions: 0,
            saved: Vec::new(),
        }
    }

    /// The same direction, where conditions turn out so, with so much work at the most.
    pub(crate) fn within(mut self, world: World, work: usize) -> Run<'a> {
        self.world = world;
        self.work.limit(work);
        self
    }

    /// What follows this direction at once, on `schema`, in a session of its own: it goes on with the data, and finds what this
    /// direction found.
    pub(super) fn next_session(&self, schema: Schema) -> Run<'a> {
        Run {
            tables: self.tables.clone(),
            types: self.types.clone(),
            ledger: self.ledger.clone(),
            filled: self.filled.clone(),
            poured: self.poured.clone(),
            fillings: self.fillings.clone(),
            mixed: self.mixed.clone(),
            first: self.first,
            // It is later, and what asks for the time meets other rows.
            pickings: self.pickings,
            assignments: self.assignments,
            transactions: self.transactions + 1,
            ..Run::new(self.dialect, schema, nothing())
        }
    }

    /// The same direction, of which is only asked how old is what it loses.
    pub(super) fn for_ages(self) -> Run<'a> {
        Run {
            tells_ages: true,
            ..self
        }
    }

    /// Whether each type is still what the direction found.
    pub(crate) fn types_stand(&self) -> bool {
        self.types.is_same(&self.schema.types)
    }

    /// The same direction, which has so many statements.
    pub(crate) fn of(mut self, statements: usize) -> Run<'a> {
        self.work = Work::of(statements, self.schema.taken);
        self
    }
}
