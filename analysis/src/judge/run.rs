//! What happens to schema and data when a direction runs?

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::flow::{Names, Relation};
use super::ledger::{Cause, Ledger};
use super::lookup::LookedUp;
use super::losses::Other;
use super::refuse::Torn;
use super::seeds::Seeds;
use super::transaction::Saved;
use super::triggers::Row;
use super::work::{STEP, Work};
use super::worlds::{Around, World};
use crate::act::{
    Act, Assigned, Conflict, Constraint, Engine, FLOAT_DIGITS_LATER, Name, Runs, Step, Timing,
};
use crate::schema::{Id, Key, Schema, Shared, Table, Type};
use crate::{Access, Age, Dialect, LossKind, Object, Span, Touch, Unknown};

/// How deep routines that call routines are followed.
const DEPTH: u32 = 12;

/// Why routines are followed no further.
pub(super) const CALLS: &str = "routines call each other too deeply";

/// How many bodies of routines and views are followed in all. Routines that call each other twice double the work with
/// each level, so that a short script would never end.
const BODIES: u32 = 20_000;

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
    pub(crate) touches: BTreeMap<Object, Access>,
    /// The views that stood at the start and that something was done to; whether they were renamed.
    pub(crate) views: BTreeMap<Object, bool>,
    /// What it asks of the values of columns, and of the rows of tables, that it found.
    pub(crate) asked: Vec<super::bounds::Asked>,
    /// The views that it made.
    pub(crate) own_views: BTreeSet<Key>,
    /// What the up of this pair made, while its down runs.
    pub(crate) born: &'a Shared<Id, ()>,
    /// Where it looked up what it did away with.
    pub(crate) looked_up: Vec<LookedUp>,
    /// What the up made for data from before it, all of which this down brings back where nothing was written in between.
    pub(crate) brought_back: Shared<Id, ()>,
    /// All that it made, whatever came into it.
    pub(crate) made: Shared<Id, ()>,
    /// The columns among it that hold a value in every row, as the query did that made them.
    pub(crate) given: Shared<Id, ()>,
    /// The rows that the up of this pair inserted, while its down runs; those inserted so far otherwise.
    pub(crate) seeds: Seeds,
    /// Deletions of what the up planted, and whether it may have been edited since.
    pub(crate) seed_deletes: Vec<(Object, Cause, bool)>,
    pub(crate) notes: Vec<Note>,
    pub(crate) drops: Vec<Dropped>,
    /// Tables that rows were deleted from.
    pub(super) cleared: Shared<Id, ()>,
    /// What the statement at hand drops and others may depend on.
    pub(super) torn: Vec<(Torn, Span)>,
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
    /// Whether triggers of SQLite fire for rows that are replaced.
    pub(super) recursive: bool,
    /// Whether triggers of SQLite stay with the names that they were written with.
    pub(super) legacy: bool,
    /// Whether the session only replicates, so that most triggers are silent.
    pub(super) replicates: bool,
    /// That of tables which name none.
    pub(crate) engine: Engine,
    pub(crate) path: Vec<String>,
    pub(crate) statement: u32,
    pub(crate) span: Span,
    /// Whether anything was done at all, beyond reading.
    pub(crate) active: bool,
    depth: u32,
    /// How many bodies have been followed.
    pub(super) bodies: u32,
    pub(crate) firing: Vec<String>,
    /// What the statement that fires triggers says of rows in the way: in SQLite it holds for theirs, too.
    pub(super) handed: Conflict,
    /// What names of `WITH` stand for, and of the rows that the body at hand knows.
    pub(super) named: Names,
    /// How many times rows were picked in a way that nobody can repeat.
    pub(super) pickings: u32,
    /// What each variable holds that has been given a value: the constant, or which of all that were given.
    pub(super) assigned: HashMap<String, String>,
    /// How many values have been given.
    pub(super) assignments: u32,
    /// How many of them were constants.
    pub(super) constants: u32,
    /// The rows that the statement at hand deletes or overwrites, as they were.
    pub(super) going: Option<Relation>,
    /// The row that is about to be written, while the triggers before it run.
    pub(crate) row: Option<Row>,
    /// How many conditions the statement at hand stands behind.
    pub(super) perhaps: u32,
    /// Whether the statement leaves alone what inherits from its table.
    pub(super) only: bool,
    /// Whether MySQL computes all that an UPDATE sets from the row as it was, as it reads that from another place.
    pub(super) at_once: bool,
    /// How the conditions turn out.
    pub(super) world: World,
    /// How many points have been saved.
    pub(super) saves: u32,
    /// How many transactions have ended.
    pub(super) transactions: u32,
    /// The points to which the script may go back.
    pub(super) saved: Vec<Saved<'a>>,
}

/// A table or column that was dropped by name.
#[derive(Debug, Clone)]
pub(crate) struct Dropped {
    pub(crate) id: Id,
    pub(crate) table: Name,
    pub(crate) column: Option<String>,
    pub(crate) span: Span,
}

/// Something that the pair's findings are made of.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) what: Noted,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Noted {
    /// The server refuses this on rows that misfit.
    Refuses { object: Object, why: String },
    /// What it drops or changes cannot be there.
    Missing { object: Object },
    /// What it makes is there already.
    Exists { object: Object },
    /// The server refuses it whatever the rows are: why, as a clause, and whether settings of the session do not matter.
    Fails { why: String, certain: bool },
    /// A constraint on a table that had rows before; whether they hold it is told by what the table was like then.
    Constrains { table: Key, constraint: Constraint },
}

impl<'a> Run<'a> {
    pub(crate) fn new(dialect: Dialect, schema: Schema, born: &'a Shared<Id, ()>) -> Run<'a> {
        Run {
            dialect,
            tables: schema.tables.clone(),
            types: schema.types.clone(),
            schema,
            ledger: Ledger::default(),
            others: Vec::new(),
            unknowns: Vec::new(),
            touches: BTreeMap::new(),
            views: BTreeMap::new(),
            asked: Vec::new(),
            own_views: BTreeSet::new(),
            born,
            looked_up: Vec::new(),
            brought_back: Shared::default(),
            made: Shared::default(),
            given: Shared::default(),
            seeds: Seeds::default(),
            seed_deletes: Vec::new(),
            notes: Vec::new(),
            drops: Vec::new(),
            cleared: Shared::default(),
            torn: Vec::new(),
            first: false,
            strangers: BTreeMap::new(),
            filled: Shared::default(),
            poured: Shared::default(),
            fillings: HashMap::new(),
            mixed: Shared::default(),
            replicates: false,
            foreign_keys: dialect != Dialect::Sqlite,
            doubts_keys: false,
            recursive: false,
            legacy: false,
            engine: Engine::Transactional,
            path: Vec::new(),
            statement: 0,
            span: Span::default(),
            active: false,
            depth: 0,
            bodies: 0,
            firing: Vec::new(),
            handed: Conflict::Fail,
            named: Vec::new(),
            pickings: 0,
            assigned: HashMap::new(),
            assignments: 0,
            constants: 0,
            going: None,
            row: None,
            perhaps: 0,
            only: false,
            at_once: false,
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

    /// Whether each type is still what the direction found.
    pub(crate) fn types_stand(&self) -> bool {
        self.types.is_same(&self.schema.types)
    }

    /// The same direction, which has so many statements.
    pub(crate) fn of(mut self, statements: usize) -> Run<'a> {
        self.work = Work::of(statements, self.schema.taken);
        self
    }

    pub(crate) fn statement(&mut self, index: u32, steps: &[Step]) {
        self.statement = index;
        self.steps(steps);
        self.refuse_orphans();
    }

    pub(crate) fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.spend(STEP);
            if self.is_exhausted() {
                return;
            }
            self.span = step.span;
            let before = self.ledger.weight();
            self.fire_events(&step.act, Timing::Before);
            self.span = step.span;
            self.act(&step.act);
            self.fire_events(&step.act, Timing::After);
            #[cfg(test)]
            self.hold_kin();
            self.spend(self.ledger.weight().saturating_sub(before) + self.ledger.parts.len() / 8);
        }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Inert
            | Act::Assign(_)
            | Act::Select(_)
            | Act::Emptied(_)
            | Act::Block { .. }
            | Act::Transaction(_)
            | Act::ForeignKeys(_)
            | Act::DoubtKeys { .. }
            | Act::RecursiveTriggers(_)
            | Act::LegacyRenames(_)
            | Act::Replicates(_)
            | Act::ResetSession
            | Act::DefaultEngine(_)
            | Act::SearchPath(_)
            | Act::LaterPath(_) => {}
            _ => self.active = true,
        }
        if self.dialect == Dialect::Sqlite && self.firing.is_empty() {
            self.handed = match act {
                Act::Insert(insert) => insert.conflict.clone(),
                Act::Update(update) => update.conflict.clone(),
                _ => Conflict::Fail,
            };
        }
        match act {
            Act::Inert | Act::Outside => {}
            Act::Assign(variables) => self.assign(variables),
            Act::Unknown(reason) => self.unknown(reason.clone()),
            Act::Block { runs, steps } => match runs {
                Runs::Once => self.nested(steps),
                Runs::Perhaps => self.maybe(|run| run.nested(steps)),
                Runs::OneOf => self.one_of(steps),
                // The second round meets what the first one did; a third one nothing new.
                Runs::Repeatedly => self.maybe(|run| {
                    run.nested(steps);
                    let said = run.notes.len();
                    run.nested(steps);
                    run.notes.truncate(said);
                }),
            },
            Act::CreateTable(new) => self.create_table(new),
            Act::DropTable {
                name,
                temporary: true,
                ..
            } => self.drop_temporary(name),
            Act::DropTable {
                name,
                if_exists,
                cascade,
                ..
            } => self.drop_table(name, *if_exists, *cascade),
            Act::DropForeignTable(name) => self.drop_foreign(name),
            Act::AlterTable {
                table,
                if_exists,
                change,
            } => self.alter_table(table, *if_exists, change),
            Act::RenameTables(pairs) => self.rename_tables(pairs),
            Act::Insert(insert) => {
                self.insert(insert);
            }
            Act::Update(update) => self.update(update),
            Act::Delete(delete) => {
                self.delete(delete);
            }
            Act::Emptied(table) => self.emptied(table),
            Act::Truncate { table, cascade } => self.truncate(table, *cascade),
            Act::Select(query) => {
                let writes = !query.with.is_empty() || query.into.is_some();
                self.active |= writes;
                self.select(query);
            }
            Act::With(query, step) => self.with(query, step),
            Act::UnderPath(path, steps) => {
                let outer = std::mem::replace(&mut self.path, path.clone());
                self.nested(steps);
                self.path = outer;
            }
            Act::Only(act) => {
                let outer = std::mem::replace(&mut self.only, true);
                self.act(act);
                self.only = outer;
            }
            Act::CallRoutine(name) => self.call(name),
            Act::CallProcedure { name, text } => self.call_procedure(name, text),
            Act::Evaluate(names) => self.evaluate(names, false),
            Act::SetNew(column) => self.set_new(column.as_deref()),
            Act::SkipRow { old, surely, on } => self.skip_row(*old, *surely, *on),
            Act::Transaction(control) => self.transaction(control),
            // Within a transaction of SQLite the switch does nothing. (<https://sqlite.org/pragma.html#pragma_foreign_keys>)
            Act::ForeignKeys(_) if self.dialect == Dialect::Sqlite && !self.saved.is_empty() => {}
            Act::ForeignKeys(on) => (self.foreign_keys, self.doubts_keys) = (*on, false),
            Act::DoubtKeys { later: true } => self.schema.unproven = true,
            Act::DoubtKeys { later: false } => (self.foreign_keys, self.doubts_keys) = (true, true),
            Act::RecursiveTriggers(on) => self.recursive = *on,
            Act::LegacyRenames(on) => self.legacy = *on,
            // Where that is not certain, the worse is taken: that everything fires.
            Act::Replicates(true) if self.perhaps > 0 => {}
            Act::Replicates(on) => (self.replicates, self.foreign_keys) = (*on, !*on),
            Act::ResetSession => {
                (self.replicates, self.foreign_keys) = (false, true);
                self.path.clear();
            }
            Act::EventTrigger { name, what } => self.event_trigger(name, what),
            Act::DefaultEngine(engine) => self.engine = *engine,
            Act::LaterPath(path) => self.schema.later_path.clone_from(path),
            Act::SearchPath(path) => {
                self.path.clone_from(path);
            }
            other => self.object(other),
        }
    }

    /// One level deeper, in a routine or view; false where that is too deep to be followed.
    pub(crate) fn enter(&mut self) -> bool {
        let enters = self.depth < DEPTH && self.bodies < BODIES;
        self.depth += u32::from(enters);
        self.bodies += u32::from(enters);
        enters
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// What stands beneath is followed one level deeper; where that is too deep, nobody knows what it does, and why.
    pub(super) fn deeper<T>(
        &mut self,
        too_deep: &str,
        follow: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        if !self.enter() {
            self.unknown(too_deep.to_owned());
            return None;
        }
        let followed = follow(self);
        self.leave();
        Some(followed)
    }

    /// Steps of a body: placed at the statement that runs them.
    pub(super) fn nested(&mut self, steps: &[Step]) {
        self.deeper(CALLS, |run| run.steps(steps));
    }

    /// Blocks of which one runs.
    fn one_of(&mut self, blocks: &[Step]) {
        let choice = self.world.choice();
        for block in blocks {
            self.span = block.span;
            if let Act::Block { steps, .. } = &block.act {
                self.maybe_as(Some(choice), |run| run.nested(steps));
            }
        }
    }

    /// What happens only if a condition holds, where it does so in the world at hand.
    pub(super) fn maybe(&mut self, run: impl FnOnce(&mut Self)) {
        self.maybe_as(None, run);
    }

    /// The same, where it is one of the branches of a choice.
    fn maybe_as(&mut self, choice: Option<usize>, run: impl FnOnce(&mut Self)) {
        let (runs, at) = self.world.meet(choice);
        if !runs {
            return;
        }
        let before = Around::of(self);
        self.perhaps += 1;
        run(self);
        self.perhaps -= 1;
        self.has_run(at, &before);
    }

    /// Variables get other values.
    pub(super) fn assign(&mut self, variables: &[Assigned]) {
        for variable in variables {
            self.assignments += 1;
            self.constants += u32::from(variable.constant.is_some());
            let held = match &variable.constant {
                Some(constant) => format!("={constant}"),
                None => self.assignments.to_string(),
            };
            if variable.name == FLOAT_DIGITS_LATER {
                // One role or database may have it exact, and another one not.
                self.schema.rounds |= variable.constant.is_none();
            }
            self.assigned.insert(variable.name.clone(), held);
        }
    }

    pub(crate) fn unknown(&mut self, reason: String) {
        self.active = true;
        self.unknowns.push(Unknown {
            reason,
            statement: self.statement,
            span: self.span,
            type_before: None,
        });
    }

    /// A column gets the type `ty`, and nobody told which one it had.
    pub(crate) fn unknown_type(&mut self, column: Object, ty: &str) {
        self.unknown(format!(
            "which type `{column}` had before it becomes {ty} is not told"
        ));
        if let Some(unknown) = self.unknowns.last_mut() {
            unknown.type_before = Some(column);
        }
    }

    pub(crate) fn cause(&self, kind: LossKind) -> Cause {
        Cause {
            kind,
            statement: self.statement,
            span: self.span,
        }
    }

    pub(crate) fn other(&mut self, name: &str, kind: LossKind, age: Age) {
        let object = Object {
            schema: None,
            table: name.to_owned(),
            column: None,
        };
        let cause = self.cause(kind);
        self.others.push(Other { object, age, cause });
    }

    pub(crate) fn note(&mut self, what: Noted) {
        let depends_on_rows = matches!(what, Noted::Refuses { .. } | Noted::Constrains { .. });
        // What runs only under a condition may not run, and the condition is often whether it would fail.
        if self.perhaps > 0 && !depends_on_rows {
            return;
        }
        self.notes.push(Note {
            what,
            span: self.span,
        });
    }

    pub(crate) fn touch(&mut self, key: &Key, access: Access) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let asked = access;
        let access = if self.ledger.created.contains(&table.id) {
            Access::Create
        } else {
            access
        };
        let unproven = !self.proves_keys() && matches!(asked, Access::Write | Access::Rewrite);
        let object = match self.ledger.names.get(&table.id) {
            Some(object) => object.clone(),
            None => self.object_at(key, &table.name),
        };
        let entry = self.touches.entry(object).or_insert(access);
        *entry = (*entry).max(access);
        if unproven {
            self.leave_unproven(key);
        }
    }

    pub(crate) fn touched(&self) -> Vec<Touch> {
        self.touches
            .iter()
            .map(|(object, access)| Touch {
                object: object.clone(),
                access: *access,
            })
            .collect()
    }
}
