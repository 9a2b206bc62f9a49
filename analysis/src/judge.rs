//! What does each direction of a migration lose?

mod access;
mod alter;
mod alter_constraints;
mod bounds;
mod brought_back;
mod by_case;
mod calls;
mod carry;
mod census;
mod changes;
mod charset;
mod conflicts;
mod constraints;
mod create;
mod delete;
mod dependants;
mod drop;
mod emptied;
mod events;
mod extensions;
mod fetched;
mod flow;
mod followed;
mod fulltext;
mod gather;
pub(crate) mod given;
mod history;
mod hits;
mod in_place;
mod indexes;
mod keys;
mod kin;
mod kinds;
pub(crate) mod ledger;
mod looking;
mod lookup;
pub(crate) mod losses;
mod mixed;
mod moves;
mod names;
mod objects;
mod objects_again;
mod one_to_one;
mod orphans;
mod overwrite;
mod own_keys;
pub(crate) mod pair;
mod partitions;
mod partners;
mod portion;
mod referring;
mod refuse;
mod rename_table;
pub(crate) mod renamed;
mod renaming;
mod restored;
mod retype;
mod rows;
pub(crate) mod run;
mod schemas;
mod seeds;
mod self_join;
mod servers;
mod source;
mod stops;
mod stored;
mod tags;
pub(crate) mod temporary;
mod together;
mod transaction;
mod triggers;
mod unseen;
mod update;
mod views;
mod wording;
mod work;
mod worlds;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::act::Step;
use crate::schema::{Id, Schema, Shared, Table};
use crate::split::{Piece, split};
use crate::{Age, Analysis, Dialect, Loss, LossKind, Span, Stuck, Verdict, effect, family, invert};
use run::Run;
use seeds::Seeds;

/// What both directions of a migration do.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The up.
    pub up: Option<Analysis>,
    /// The down.
    pub down: Option<Analysis>,
    /// The schema that stands after the up.
    pub after: Schema,
    /// Whether the up changes anything.
    pub up_does_something: bool,
    /// Whether the down changes anything.
    pub down_does_something: bool,
    /// What the rules on pairs look at, where that was asked.
    pub(crate) facts: Vec<pair::Fact>,
}

/// Judges a migration on the schema that stands before it.
#[must_use]
pub fn judge(dialect: Dialect, before: &Schema, up: Option<&str>, down: Option<&str>) -> Judged {
    Scripts::read(dialect, up, down).judge(before, Asked::Verdicts)
}

/// How much is asked about a migration.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// What each direction loses.
    Verdicts,
    /// What the directions say about each other besides.
    Pair,
}

/// The scripts of a migration, read once for all that is asked about them.
pub(crate) struct Scripts {
    dialect: Dialect,
    up: Option<Script>,
    down: Option<Script>,
    /// The same scripts as MariaDB reads them, where MySQL reads them otherwise.
    by_mariadb: Option<Box<Scripts>>,
}

impl Scripts {
    pub(crate) fn read(dialect: Dialect, up: Option<&str>, down: Option<&str>) -> Scripts {
        if dialect == Dialect::MySql
            && let Some(scripts) = servers::scripts(up, down)
        {
            return scripts;
        }
        Scripts {
            dialect,
            up: up.map(|sql| Script::read(dialect, sql)),
            down: down.map(|sql| Script::read(dialect, sql)),
            by_mariadb: None,
        }
    }

    /// Whether there is a down with no statement in it.
    pub(crate) fn have_empty_down(&self) -> bool {
        self.down
            .as_ref()
            .is_some_and(|down| down.statements.is_empty())
    }

    /// Judges both directions on the schema that stands before them.
    pub(crate) fn judge(&self, before: &Schema, asked: Asked) -> Judged {
        let (up, down) = (self.up.as_ref(), self.down.as_ref());
        let judged = judge_scripts(self.dialect, before, up, down, asked);
        self.as_both_servers(judged, before)
    }

    /// The same of the pair, and the down that undoes the up, whose text is `sql`, as [`inverse`] tells it.
    pub(crate) fn judge_and_invert(
        &self,
        before: &Schema,
        sql: &str,
    ) -> (Judged, Result<WorkedOut, Vec<Stuck>>) {
        let Some(up) = &self.up else {
            return (self.judge(before, Asked::Pair), Err(Vec::new()));
        };
        let played = Played::of(self.dialect, before, up);
        let inverse = inverse_of(sql, up, &played);
        let judged = match &self.down {
            Some(down) => judge_pair(before, up, down, Some(played), Asked::Pair),
            None => played.judged(None, Asked::Pair),
        };
        (self.as_both_servers(judged, before), inverse)
    }

    /// With what MariaDB does besides, where it reads the scripts otherwise.
    fn as_both_servers(&self, judged: Judged, before: &Schema) -> Judged {
        match &self.by_mariadb {
            Some(other) => servers::merge(judged, other.judge(before, Asked::Verdicts)),
            None => judged,
        }
    }
}

fn judge_scripts(
    dialect: Dialect,
    before: &Schema,
    up: Option<&Script>,
    down: Option<&Script>,
    asked: Asked,
) -> Judged {
    match (up, down) {
        (Some(up), Some(down)) => judge_pair(before, up, down, None, asked),
        (Some(up), None) => Played::of(dialect, before, up).judged(None, asked),
        (None, down) => {
            // Rust code may have done anything, to what is known too.
            let after = Schema::unknown();
            let judged = down.map(|down| down.run(Run::new(dialect, after.clone(), nothing())));
            Judged {
                up: None,
                down_does_something: judged.as_ref().is_some_and(|(_, done)| done.active),
                down: judged.map(|(analysis, _)| analysis),
                after,
                up_does_something: true,
                facts: Vec::new(),
            }
        }
    }
}

/// Judges `down` after `up`, which may have been `played` on `before` already.
fn judge_pair(
    before: &Schema,
    up: &Script,
    down: &Script,
    played: Option<Played>,
    asked: Asked,
) -> Judged {
    let played = played.unwrap_or_else(|| Played::of(up.dialect, before, up));
    let played = match guess(&played, down) {
        Some(guessed) => Played::of(up.dialect, &guessed, up),
        None => played,
    };
    let undone = played.undo(down, asked);
    played.judged(Some(undone), asked)
}

/// What no up has made.
fn nothing() -> &'static Shared<Id, ()> {
    static NOTHING: LazyLock<Shared<Id, ()>> = LazyLock::new(Shared::default);
    &NOTHING
}

/// An up that has run.
struct Played {
    before: Schema,
    analysis: Analysis,
    done: Run<'static>,
    /// The schema that stands after it.
    after: Schema,
    /// What it made that holds nothing from before.
    born: Shared<Id, ()>,
    /// How much its ways back took of the work that all scripts may take together.
    taken: Cell<usize>,
}

impl Played {
    fn of(dialect: Dialect, before: &Schema, up: &Script) -> Played {
        let mut run = Run::new(dialect, before.clone(), nothing());
        run.first = before.is_blank();
        let (analysis, done) = up.run(run);
        let mut after = done.schema.clone();
        after.settle();
        after.taken += done.work.beyond();
        Played {
            taken: Cell::new(0),
            before: before.clone(),
            born: born(&done),
            analysis,
            done,
            after,
        }
    }

    /// Runs the way back.
    fn undo(&self, down: &Script, asked: Asked) -> (Analysis, Vec<pair::Fact>, bool) {
        let mut run = Run::new(down.dialect, self.after.clone(), &self.born);
        run.first = self.before.is_blank();
        run.made = self.done.ledger.created.clone();
        run.given = self.done.ledger.given.clone();
        run.looked_up = self.done.looks_up();
        run.brought_back = self.brought_back(down);
        run.seeds = Seeds {
            planted: Vec::new(),
            inherited: self.done.seeds.planted.clone(),
        };
        let (analysis, undone) = down.run(run);
        let facts = match asked {
            Asked::Verdicts => Vec::new(),
            Asked::Pair => pair::facts(&self.before, &self.done, &undone),
        };
        self.take(undone.work.beyond());
        (analysis, facts, undone.active)
    }

    fn take(&self, work: usize) {
        self.taken.set(self.taken.get() + work);
    }

    fn judged(mut self, undone: Option<(Analysis, Vec<pair::Fact>, bool)>, asked: Asked) -> Judged {
        let (down, of_down, active) = match undone {
            Some((analysis, facts, active)) => (Some(analysis), facts, active),
            None => (None, Vec::new(), false),
        };
        self.after.taken += self.taken.get();
        let of_up = match asked {
            Asked::Verdicts => None,
            Asked::Pair => stops::of_up(&self.before, &self.done),
        };
        let facts = of_up.into_iter().chain(of_down).collect();
        Judged {
            up: Some(self.analysis),
            down,
            after: self.after,
            up_does_something: self.done.active,
            down_does_something: active,
            facts,
        }
    }
}

/// The down that undoes an up, and whether it loses data; or what keeps it from being worked out: nothing, where there
/// is nothing to undo. A down that would take data older than the up, which the up itself kept, is none; one that gives a
/// column its narrower type back takes only what came since, and is one.
pub type Inverse = Result<(String, bool), Vec<Stuck>>;

/// A down that was worked out.
pub(crate) struct WorkedOut {
    pub(crate) sql: String,
    pub(crate) is_lossy: bool,
    /// The columns older than the up that get a narrower type back.
    pub(crate) narrows: Vec<String>,
    /// What the two directions say about each other.
    pub(crate) facts: Vec<pair::Fact>,
}

/// The down that undoes `up`, worked out on the schema before it.
///
/// # Errors
/// The statements that nothing undoes, as [`Inverse`] says.
pub fn inverse(dialect: Dialect, before: &Schema, up: &str) -> Inverse {
    let script = Script::read(dialect, up);
    let worked_out = inverse_of(up, &script, &Played::of(dialect, before, &script))?;
    Ok((worked_out.sql, worked_out.is_lossy))
}

/// The same for a script that was read and run already.
fn inverse_of(sql: &str, up: &Script, played: &Played) -> Result<WorkedOut, Vec<Stuck>> {
    let of_rows = |loss: &&Loss| {
        use LossKind::{Delete, Replace, Truncate, Update};
        matches!(loss.kind, Delete | Update | Truncate | Replace)
    };
    let admitted = played.analysis.losses.iter().filter(of_rows);
    let up_as_it_is = invert::Up {
        sql,
        statements: &up.statements,
        steps: &up.steps,
        admitted: &admitted.map(|loss| loss.statement).collect(),
    };
    let before = &played.before;
    if work::is_gone(before.taken) {
        let reason =
            "what undoes it is not worked out: the migrations before it are too large together"
                .to_owned();
        let whole = up.whole();
        return Err(whole
            .map(|span| Stuck { span, reason })
            .into_iter()
            .collect());
    }
    // It is run once more for it.
    played.take(played.done.work.beyond());
    let worked_out = invert::inverse(up.dialect, before, up_as_it_is)?;
    let sql = worked_out.ok_or_else(Vec::new)?;
    let down = Script::read(up.dialect, &sql);
    let (down, facts) = match before.is_complete() {
        true => {
            let (down, facts, _) = played.undo(&down, Asked::Pair);
            (down, facts)
        }
        false => {
            let judged = judge_pair(before, up, &down, None, Asked::Pair);
            played.take(judged.after.taken.saturating_sub(before.taken));
            (judged.down.ok_or_else(Vec::new)?, judged.facts)
        }
    };
    let fails = facts.iter().find_map(|fact| match fact {
        pair::Fact::CannotRun { why, certain, .. } => certain.then_some(why),
        _ => None,
    });
    // What stood in the column before the up fits the type of then: only what came since may not.
    let older = down.losses.iter().filter(|loss| loss.age == Age::Older);
    let (narrowed, older): (Vec<&Loss>, Vec<&Loss>) =
        older.partition(|loss| loss.kind == LossKind::NarrowType);
    let shown = |losses: Vec<&Loss>| -> Vec<String> {
        let objects = losses.iter().map(|loss| format!("`{}`", loss.object));
        objects.collect()
    };
    let older = shown(older);
    if down.verdict == Verdict::Unknown || !older.is_empty() || fails.is_some() {
        let reason = match (older.as_slice(), fails) {
            ([], Some(why)) => format!("its inverse would fail: {why}"),
            ([], None) => "what its inverse does cannot be told".to_owned(),
            (older, _) => format!(
                "its inverse would take {}, which is older than it",
                older.join(", ")
            ),
        };
        return Err(up
            .whole()
            .map(|span| Stuck { span, reason })
            .into_iter()
            .collect());
    }
    Ok(WorkedOut {
        sql,
        is_lossy: down.verdict == Verdict::Lossy,
        narrows: shown(narrowed),
        facts,
    })
}

/// A script, read.
struct Script {
    dialect: Dialect,
    pieces: Vec<Piece>,
    statements: Vec<crate::Statement>,
    steps: Vec<Vec<Step>>,
    sql: String,
}

impl Script {
    fn read(dialect: Dialect, sql: &str) -> Script {
        let pieces = split(sql, dialect);
        let statements = effect::statements(sql, &pieces, dialect);
        let steps = family::steps(dialect, sql, &pieces);
        Script {
            dialect,
            pieces,
            statements,
            steps,
            sql: sql.to_owned(),
        }
    }

    /// From its first statement to its last.
    fn whole(&self) -> Option<Span> {
        Some(Span {
            start: self.statements.first()?.span.start,
            end: self.statements.last()?.span.end,
        })
    }

    fn run<'r>(&self, start: Run<'r>) -> (Analysis, Run<'r>) {
        let start = start.of(self.steps.len());
        let mut run = self.play(start.clone());
        let too_much = run.is_exhausted();
        // What was done so far is accounted for all the same.
        run.work.renew();
        for (object, cause) in losses::unnamed(&run) {
            run.unknowns.push(crate::Unknown {
                reason: format!(
                    "which columns {object} has besides those that are copied is not known"
                ),
                statement: cause.statement,
                span: cause.span,
                type_before: None,
            });
        }
        run.others
            .extend(std::mem::take(&mut run.strangers).into_values());
        let mut losses = losses::losses(&run);
        let objects = losses.iter().map(|loss| loss.object.clone());
        let mut known: HashSet<crate::Object> = objects.collect();
        let elsewhere = worlds::others(&run, &known, |world, most| {
            self.play(start.clone().within(world, most))
        });
        run.work.count(elsewhere.spent);
        for loss in elsewhere.losses {
            if known.insert(loss.object.clone()) {
                losses.push(loss);
            }
        }
        if too_much || elsewhere.is_too_much || run.is_exhausted() {
            run.unknown("it sets off more than can be followed".to_owned());
        }
        let lossy = !losses.is_empty() || run.seed_deletes.iter().any(|(_, _, edited)| *edited);
        for (object, cause, edited) in &run.seed_deletes {
            // Where something else is lost, only what loses is named.
            if (*edited || !lossy) && known.insert(object.clone()) {
                losses.push(Loss {
                    object: object.clone(),
                    kind: LossKind::SeedDelete,
                    age: Age::SinceUp,
                    statement: cause.statement,
                    span: cause.span,
                });
            }
        }
        losses.sort_by_key(|loss| (loss.statement, loss.span.start));
        let verdict = match (lossy, run.unknowns.is_empty()) {
            (true, _) => Verdict::Lossy,
            (false, true) => Verdict::Lossless,
            (false, false) => Verdict::Unknown,
        };
        if !run.unknowns.is_empty() {
            run.schema.forget();
        }
        let analysis = Analysis {
            dialect: self.dialect,
            verdict,
            losses,
            unknowns: run.unknowns.clone(),
            statements: self.statements.clone(),
            touches: run.touched(),
            changes: changes::changes(&run),
            fills: changes::fills(&run),
            bounds: bounds::bounds(&run),
        };
        (analysis, run)
    }

    /// Runs every statement, in the world that is set.
    fn play<'r>(&self, mut run: Run<'r>) -> Run<'r> {
        for (index, steps) in self.steps.iter().enumerate() {
            let (statement, piece) = (self.statements.get(index), self.pieces.get(index));
            let commits = statement
                .is_some_and(|statement| statement.effect == crate::Effect::ImplicitCommit);
            if commits {
                run.commit();
            }
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            if let Some(piece) = piece {
                run.run_unseen(index, &self.sql, piece, steps);
            }
            run.statement(index, steps);
        }
        run.forget_lookups();
        run
    }
}

/// The tables and columns that the up made and that hold nothing which was there before and is nowhere else.
fn born(run: &Run<'_>) -> Shared<Id, ()> {
    let ledger = &run.ledger;
    let mut born = ledger.created.clone();
    let tables = || run.schema.tables.values().filter(|_| run.schema.unsettled);
    let by_id: HashMap<Id, &Table> = tables().map(|table| (table.id, &**table)).collect();
    for partition in tables().filter(|table| table.attached) {
        if ledger.created.contains(&partition.id) {
            continue;
        }
        for parent in partition.parents.iter().filter_map(|id| by_id.get(id)) {
            born.remove(&parent.id);
            for column in &parent.columns {
                born.remove(&column.id);
            }
        }
    }
    if !ledger.has_copies() && ledger.spread.is_empty() && ledger.parts.is_empty() {
        return born;
    }
    let census = census::Census::of(run);
    for (part, whole, rows) in &ledger.spread {
        let only_here = |rows: &ledger::Rows| !census.has_rows(*rows, Some(*whole));
        if rows.iter().any(only_here) {
            born.remove(part);
            let mut tables = run.schema.tables.values();
            let part = tables.find(|table| table.id == *part);
            for column in part.iter().flat_map(|part| &part.columns) {
                born.remove(&column.id);
            }
        }
    }
    // What it made stands in tables that it did not find so.
    let tables = run.tables.apart(&run.schema.tables);
    for table in tables.filter_map(|(_, _, table)| table) {
        let mut older = ledger.created.contains(&table.id)
            && ledger
                .rows(table.id)
                .iter()
                .any(|rows| !census.has_rows(*rows, Some(table.id)));
        for column in table
            .columns
            .iter()
            .filter(|column| ledger.created.contains(&column.id))
        {
            let only_here = |apart: Id| {
                ledger
                    .values(column.id)
                    .iter()
                    .any(|value| !census.has_value(*value, None, Some(apart)))
            };
            if only_here(column.id) {
                born.remove(&column.id);
            }
            older |= only_here(table.id);
        }
        // Some rows of a table, the others of which may be all that is left there.
        let parts = ledger.parts.iter().filter(|part| part.at == table.id);
        let elsewhere = |part: &&ledger::Part| {
            let mut all = run.each(1, run.schema.tables.values());
            all.any(|other| other.id != table.id && ledger.holds_rows(other, part.of))
        };
        for part in parts.filter(|part| !elsewhere(part)) {
            older = true;
            let is_of = |column: &&crate::schema::Column| {
                let values = ledger.values(column.id);
                values.iter().any(|value| value.home() == part.of.table)
            };
            for column in table.columns.iter().filter(is_of) {
                born.remove(&column.id);
            }
        }
        if older {
            born.remove(&table.id);
        }
    }
    born
}

/// What the pair itself says about tables that nothing is known of: a down mostly restores what the up found. None
/// where it says nothing, or the up met no such table.
fn guess(played: &Played, down: &Script) -> Option<Schema> {
    let (before, after_up) = (&played.before, &played.done);
    let made = &after_up.ledger.created;
    let met = before.strangers(down.dialect, &after_up.ledger.names);
    if met.is_empty() {
        return None;
    }
    let mut between = after_up.schema.clone();
    between.settle();
    // What the up says of a column is how it leaves it, not how it found it.
    between.unsay(before, made);
    let (_, after_down) = down.run(Run::new(down.dialect, between, nothing()));
    before.guess(&after_down.schema, made, &met)
}
