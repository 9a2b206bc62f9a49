//! Which down would undo this up?
//!
//! Each act is answered on the schema that stood before it, and the answers are put in the opposite order. What was made
//! by the up itself goes with its table or column, so acts on that need no answer. An act that has none leaves the whole
//! up without an inverse, and says why.

mod block;
mod columns;
mod constraints;
mod copies;
mod course;
mod definition;
mod enums;
mod objects;
mod order;
mod outside;
mod place;
mod reason;
mod rebuild;
mod reserved;
mod rows;
mod tables;
mod text;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use crate::act::{Act, Control, Decoration, Name, Step};
use crate::judge::run::Run;
use crate::schema::{Schema, Shared, Table};
use crate::{Dialect, Span};
use course::Course;
use order::{Late, ordered};
use outside::{only_queries, reads_only};
pub(crate) use reserved::is_reserved;

/// A statement that nothing undoes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Where it stands in the up.
    pub span: Span,
    /// Why, as a clause: "the rows that it deletes are gone".
    pub reason: String,
}

/// An up, as the inverse is worked out from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Up<'a> {
    /// Its text.
    pub(crate) sql: &'a str,
    /// Its statements: where each stands.
    pub(crate) statements: &'a [crate::Statement],
    /// What they do.
    pub(crate) steps: &'a [Vec<Step>],
    /// The statements that lose rows or values, as the up must admit: what they took does not come back, and the way back
    /// rebuilds the shape.
    pub(crate) admitted: &'a HashSet<u32>,
}

/// The SQL that undoes `up`, which runs on `before`, none where there is nothing to undo; or what cannot be undone.
pub(crate) fn inverse(
    dialect: Dialect,
    before: &Schema,
    up: Up<'_>,
) -> Result<Option<String>, Vec<Stuck>> {
    let nothing = Shared::default();
    let mut run = Run::new(dialect, before.clone(), &nothing).of(up.steps.len());
    let course = Course::of(up.steps);
    let mut undone = Undone {
        before: Some(before),
        course: Some(&course),
        ..Undone::default()
    };
    let mut stuck: Vec<Stuck> = Vec::new();
    let mut at = 0;
    for (number, steps) in (0..).zip(up.steps) {
        let statement = up.statements.get(at_most(number));
        let text = statement.map_or("", |statement| statement.span.of(up.sql));
        for (place, step) in steps.iter().enumerate() {
            let invert = Invert {
                dialect,
                before,
                run: &run,
                sql: up.sql,
                text,
                course: &course,
                at,
                beside: steps.len() - place - 1,
                admitted: up.admitted.contains(&number),
            };
            match invert.act(&step.act) {
                Some(mut answer) => {
                    answer.extend(invert.goes_along(&step.act));
                    undone.push(answer);
                }
                None if undone.begins_with(&step.act, text) => {}
                None => stuck.push(Stuck {
                    span: statement.map_or(step.span, |statement| statement.span),
                    reason: invert.reason(&step.act),
                }),
            }
            run.steps(std::slice::from_ref(step));
            at += 1;
        }
        if run.is_exhausted() {
            return Err(statement.map(too_large).into_iter().collect());
        }
    }
    if stuck.is_empty() {
        Ok(undone.script())
    } else {
        Err(stuck)
    }
}

fn too_large(statement: &crate::Statement) -> Stuck {
    Stuck {
        span: statement.span,
        reason: "what undoes so large a script cannot be worked out from here on; parts of it, as migrations of \
                 their own, can"
            .to_owned(),
    }
}

fn at_most(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The definitions that speak of others by name, each with its own name where others speak of it. Indexes and routines are
/// among them only where the up renames what they may speak of: else each comes back where it went.
fn texts<'a>(before: &'a Schema, course: &Course<'_>) -> HashMap<&'a str, Option<&'a str>> {
    let mut all: HashMap<&str, Option<&str>> = HashMap::new();
    if course.renames {
        let indexes = before.indexes.values().map(|index| &index.text);
        all.extend(indexes.map(|text| (text.as_str(), None)));
    }
    // A function may take rows of a view, which comes back late; any other one comes back before the columns that call it.
    let views = before.views.values();
    let views: HashSet<String> = views.map(|view| view.name.name.to_lowercase()).collect();
    // The body of one that is written in SQL is read when it is made.
    let tables: HashSet<String> = course.dropped_tables().collect();
    let speaks_of_late = |text: &str| {
        let text = text.to_lowercase();
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let is_read = text.contains("language sql");
        let is_late = |word| views.contains(word) || (is_read && tables.contains(word));
        !(views.is_empty() && tables.is_empty()) && words.any(is_late)
    };
    let routines = before.routines.values();
    let routines = routines.filter(|one| course.renames || speaks_of_late(&one.text));
    all.extend(routines.map(|one| (one.text.as_str(), Some(one.name.name.as_str()))));
    let triggers = before.triggers.values().map(|trigger| &trigger.text);
    all.extend(triggers.map(|text| (text.as_str(), None)));
    for view in before.views.values() {
        all.insert(&view.text, Some(&view.name.name));
        all.extend(view.indexes.iter().map(|(_, text)| (text.as_str(), None)));
        all.extend(view.decorations.values().map(|text| (text.as_str(), None)));
    }
    for table in before.tables.values() {
        let decorations = table.decorations.iter();
        // A comment names its column as it was called.
        let late = decorations.filter(|((kind, _), _)| match kind {
            Decoration::Policy => true,
            Decoration::Comment => course.renames,
            _ => false,
        });
        all.extend(late.map(|(_, text)| (text.as_str(), None)));
    }
    all
}

/// The answers so far.
#[derive(Debug, Default)]
struct Undone<'a> {
    /// Where names are looked up, said before anything else.
    head: Option<String>,
    answers: Vec<Vec<String>>,
    before: Option<&'a Schema>,
    course: Option<&'a Course<'a>>,
    /// The definitions of triggers, views and the like that stood before the up, once it is asked for them.
    old: OnceCell<HashMap<&'a str, Option<&'a str>>>,
    /// Those that are made again: when all else is as it was, so that they find what they name under that name, and
    /// their own names are free.
    late: Vec<Vec<Late>>,
    /// What stands in `late`.
    known: HashSet<String>,
    /// Whether any answer was more than nothing.
    said: bool,
}

impl Undone<'_> {
    fn push(&mut self, answer: Vec<String>) {
        let known = self.before.zip(self.course);
        let old = || known.map(|(before, course)| texts(before, course));
        let is_old = |sql: &String| {
            let old = || old().unwrap_or_default();
            !sql.starts_with("DROP ") && self.old.get_or_init(old).contains_key(sql.as_str())
        };
        let (late, now): (Vec<String>, Vec<String>) = answer.into_iter().partition(is_old);
        self.said |= !now.is_empty() || !late.is_empty();
        self.answers.push(now);
        // Once is enough, however often it came and went.
        let late = late
            .into_iter()
            .filter(|sql| self.known.insert(sql.clone()));
        let name = |sql: &str| self.old.get().and_then(|old| *old.get(sql)?);
        let late = late.map(|sql| Late {
            name: name(&sql).map(str::to_owned),
            sql,
        });
        let late = late.collect();
        self.late.push(late);
    }

    /// Whether the act says where names are looked up, for all of the script: then the way back begins with the same.
    fn begins_with(&mut self, act: &Act, text: &str) -> bool {
        let first = !self.said;
        match act {
            Act::SearchPath(_) if self.head.as_deref() == Some(text) => true,
            Act::SearchPath(_) if first && self.head.is_none() && !text.is_empty() => {
                self.head = Some(text.to_owned());
                true
            }
            _ => false,
        }
    }

    fn script(self) -> Option<String> {
        let back = self.answers.into_iter().rev().flatten();
        let late = self.late.into_iter().rev().flatten().collect();
        let mut sql = at_once(back.chain(ordered(late)));
        if sql.is_empty() {
            return None;
        }
        if let Some(head) = self.head {
            sql.insert(0, head);
        }
        Some(match sql.as_slice() {
            [one] => one.clone(),
            several => several.join(";\n") + ";",
        })
    }
}

/// A primary key of MySQL is another one in one statement: where rows are numbered or referred to, the table is never without.
fn at_once(statements: impl Iterator<Item = String>) -> Vec<String> {
    let mut sql: Vec<String> = Vec::new();
    for statement in statements {
        let last = sql.last_mut();
        let added = last.as_ref().and_then(|last| {
            let table = last.strip_suffix(" DROP PRIMARY KEY")?;
            let added = statement.strip_prefix(table)?;
            added.starts_with(" ADD PRIMARY KEY").then_some(added)
        });
        match (last, added) {
            (Some(last), Some(added)) => *last = format!("{last},{added}"),
            _ => sql.push(statement),
        }
    }
    sql
}

/// What is known where an act runs.
pub(super) struct Invert<'a> {
    pub(super) dialect: Dialect,
    /// The schema that the up meets.
    before: &'a Schema,
    /// The schema that the act meets, and what this up has made so far.
    pub(super) run: &'a Run<'a>,
    /// The whole up.
    sql: &'a str,
    /// The statement.
    pub(super) text: &'a str,
    /// Everything that the up does.
    course: &'a Course<'a>,
    /// Where the act stands there that is undone.
    at: usize,
    /// How many acts of the same statement follow.
    beside: usize,
    /// Whether it is admitted that the statement at hand loses rows or values.
    pub(super) admitted: bool,
}

/// The statements that undo an act; none where nothing does, empty where nothing needs to.
pub(super) type Answer = Option<Vec<String>>;

impl Invert<'_> {
    fn act(&self, act: &Act) -> Answer {
        if self.is_nothing(act) {
            return Some(Vec::new());
        }
        match act {
            Act::Inert
            | Act::Fails(_)
            | Act::Assign(_)
            | Act::ForeignKeys(_)
            | Act::UncheckedKeys(_)
            | Act::KeepsZeros(_)
            | Act::DoubtKeys { .. }
            | Act::RoundsOtherwise
            | Act::RecursiveTriggers(_)
            | Act::LegacyRenames(_)
            | Act::ActsAs { .. }
            | Act::ResetSession
            | Act::DefaultEngine(_)
            | Act::RefreshView(_) => Some(Vec::new()),
            Act::Transaction(Control::Begin | Control::Commit { .. }) => Some(Vec::new()),
            Act::Transaction(Control::Savepoint(_) | Control::Release(_)) => {
                (!self.course.goes_back).then(Vec::new)
            }
            Act::Evaluate(names) => names
                .iter()
                .all(|name| self.only_reads(name))
                .then(Vec::new),
            Act::With(query, step) if only_queries(query) => self.act(&step.act),
            Act::Outside
            | Act::Lend { .. }
            | Act::LendAll
            | Act::ChangeAttribute(_)
            | Act::RenameRoutine { .. }
            | Act::AlterRoutine { .. }
            | Act::RenameTrigger { .. }
            | Act::MoveExtension { .. }
            | Act::EventTrigger { .. }
            | Act::CreateOperator { .. } => self.outside(),
            Act::Block { steps, .. } => self.block(steps),
            Act::CreateTable(new) => self.create_table(new),
            Act::DropTable { name, cascade, .. } => self.drop_table(name, *cascade),
            Act::AlterTable { table, change, .. } => self.alter(table, change),
            Act::RenameTables(pairs) => {
                let pairs = pairs
                    .iter()
                    .rev()
                    .map(|(from, to)| format!("{} TO {}", self.name(to), self.name(from)));
                Some(vec![format!(
                    "RENAME TABLE {}",
                    pairs.collect::<Vec<_>>().join(", ")
                )])
            }
            Act::Insert(insert) => self.insert(insert),
            Act::Delete(_) | Act::Truncate { .. } | Act::Update(_) if self.admitted => {
                Some(Vec::new())
            }
            Act::Update(update) => self.update(update),
            Act::Delete(delete) => self.own(&delete.table),
            Act::Truncate { table, .. } => self.own(table),
            Act::Select(query) if reads_only(query) => Some(Vec::new()),
            Act::AddLabel { name, .. } => self.add_label(name),
            Act::Decorate {
                kind,
                on,
                what,
                text,
            } => self.decorate(*kind, on, what, text.is_some()),
            other => self.object(other),
        }
    }

    /// Whether the act says `IF EXISTS`, and there is nothing.
    fn is_nothing(&self, act: &Act) -> bool {
        let schema = &self.run.schema;
        if !schema.is_complete() {
            return false;
        }
        let key = |name: &Name| self.run.key(name);
        match act {
            Act::DropTable {
                name,
                if_exists: true,
                ..
            } => self.table(name).is_none(),
            Act::DropView {
                name,
                if_exists: true,
                ..
            } => !schema.views.contains_key(&key(name)),
            Act::DropType {
                name,
                if_exists: true,
                ..
            } => !schema.types.contains_key(&key(name)),
            Act::DropRoutine {
                name,
                if_exists: true,
                ..
            } => !schema.routines.contains_key(&key(name)),
            Act::DropSequence {
                name,
                if_exists: true,
                ..
            } => !schema.sequences.contains_key(&key(name)),
            Act::DropTrigger {
                name,
                if_exists: true,
                ..
            } => {
                let called = name.name.to_lowercase();
                let mut triggers = self.run.each(1, schema.triggers.keys());
                !triggers.any(|(_, own)| *own == called)
            }
            Act::AlterTable {
                table,
                if_exists: true,
                ..
            } => self.table(table).is_none(),
            _ => false,
        }
    }

    /// Nothing needs to be undone on what the up itself has made.
    pub(super) fn own(&self, table: &Name) -> Answer {
        self.is_own(table).then(Vec::new)
    }

    pub(super) fn is_own(&self, table: &Name) -> bool {
        self.table(table)
            .is_some_and(|table| self.is_made(table) || table.temporary)
    }

    /// Whether the up itself has made the table.
    pub(super) fn is_made(&self, table: &Table) -> bool {
        self.run.ledger.created.contains_key(&table.id)
    }

    /// What the up has done before the act at hand.
    pub(super) fn behind(&self) -> impl Iterator<Item = &Step> {
        let steps = self.course.steps.iter().take(self.at);
        self.run.each(1, steps.copied())
    }

    /// What it does after that.
    pub(super) fn ahead(&self) -> impl Iterator<Item = &Step> {
        let steps = self.course.steps.iter().skip(self.at + 1);
        self.run.each(1, steps.copied())
    }

    /// All tables, where none can be told by its name.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        let tables = self.run.schema.tables.values();
        self.run.each(1, tables.map(|table| &**table))
    }

    pub(super) fn table(&self, name: &Name) -> Option<&Table> {
        self.run.schema.table(&self.run.key(name))
    }

    pub(super) fn name(&self, name: &Name) -> String {
        match &name.schema {
            Some(schema) => format!("{}.{}", self.ident(schema), self.ident(&name.name)),
            None => self.ident(&name.name),
        }
    }

    /// An identifier, quoted only where it must be.
    pub(super) fn ident(&self, name: &str) -> String {
        let plain = |c: char| c == '_' || c.is_ascii_digit() || c.is_ascii_lowercase();
        let folds = match self.dialect {
            Dialect::Postgres => name.chars().all(plain),
            Dialect::MySql | Dialect::Sqlite => {
                name.chars().all(|c| plain(c) || c.is_ascii_uppercase())
            }
        };
        let starts = name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
        if folds && starts && !is_reserved(name) {
            name.to_owned()
        } else {
            self.dialect.quote(name)
        }
    }
}
