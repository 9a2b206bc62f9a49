//! What is one step of a plan?

use std::ops::Range;
use std::sync::Arc;

use onward_analysis::{
    Access, Analysis, Changed, Dialect, Down, Loss, Object, Record, Script, Verdict, Version,
};

use super::declared::{declared, named};
use super::renamed::Names;
use super::{Direction, Name};

/// One migration in one direction.
#[derive(Debug, Clone)]
pub struct Step {
    direction: Direction,
    record: Arc<Record>,
    dialect: Dialect,
    /// What its author says of an up that is not understood.
    declared: Option<Analysis>,
    /// What its earlier statements gave other names, where only its later ones are meant.
    pub(super) names: Names,
    /// The migration that does forward what this step takes back, and is pending.
    pub(super) undone_by: Option<Name>,
}

impl Step {
    pub(super) fn new(direction: Direction, record: Arc<Record>, dialect: Dialect) -> Step {
        let declared = match direction {
            Direction::Up => declared(&record, dialect),
            Direction::Down => None,
        };
        Step {
            direction,
            record,
            dialect,
            declared,
            names: Names::default(),
            undone_by: None,
        }
    }

    /// Which way it goes.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Whose SQL would run.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The migration.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The migration's version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.record.version
    }

    /// The migration's version and name.
    #[must_use]
    pub fn name(&self) -> Name {
        Name::of(&self.record)
    }

    /// What runs. A planned down always has one.
    #[must_use]
    pub fn script(&self) -> Option<&Script> {
        match (self.direction, &self.record.down) {
            (Direction::Up, _) => Some(&self.record.up),
            (Direction::Down, Down::Script(script)) => Some(script),
            (Direction::Down, Down::Irreversible { .. }) => None,
        }
    }

    /// The SQL that runs; none where it is Rust.
    #[must_use]
    pub fn sql(&self) -> Option<&str> {
        self.script()?.sql.as_deref()
    }

    /// What the connected database would make of it, with what its author declares; none where it is Rust of which nothing is declared.
    #[must_use]
    pub fn analysis(&self) -> Option<&Analysis> {
        match &self.declared {
            Some(declared) => Some(declared),
            None => self.script()?.analysis(self.dialect),
        }
    }

    /// The verdict; unknown for Rust.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.analysis()
            .map_or(Verdict::Unknown, |analysis| analysis.verdict)
    }

    /// What it loses, object by object.
    #[must_use]
    pub fn losses(&self) -> &[Loss] {
        self.analysis().map_or(&[], |analysis| &analysis.losses)
    }

    /// What it leaves other than it was, for whoever names it or writes to it.
    #[must_use]
    pub fn changes(&self) -> &[Changed] {
        self.analysis().map_or(&[], |analysis| &analysis.changes)
    }

    /// All that code can miss afterwards: of tables, columns and views, routines, sequences, types and extensions.
    pub(crate) fn felt(&self) -> impl Iterator<Item = &Changed> {
        let named = self.analysis().map_or(&[][..], |analysis| &analysis.named);
        self.referred_to().chain(named)
    }

    /// All that consumers can miss afterwards, and that they are searched for: a type or sequence is often called like a column.
    pub(crate) fn referred_to(&self) -> impl Iterator<Item = &Changed> {
        let routines = self
            .analysis()
            .map_or(&[][..], |analysis| &analysis.routines);
        self.changes().iter().chain(routines)
    }

    /// The columns that it adds to tables that are there before it.
    pub(crate) fn adds(&self) -> &[Object] {
        self.analysis().map_or(&[], |analysis| &analysis.adds)
    }

    /// Whether it reads or writes each row of a table that is there before it, and keeps others from it for as long.
    pub(crate) fn reads_each_row(&self) -> bool {
        let touches = self
            .analysis()
            .map_or(&[][..], |analysis| &analysis.touches);
        touches
            .iter()
            .any(|touch| matches!(touch.access, Access::Build | Access::Rewrite))
    }

    /// The migration that does forward what this step takes back, where this program contains it and it is pending.
    pub(crate) fn undone_by(&self) -> Option<&Name> {
        self.undone_by.as_ref()
    }

    /// Whether it goes forward and takes nothing that anybody knows of.
    pub(crate) fn only_builds(&self) -> bool {
        self.direction == Direction::Up && self.losses().is_empty() && self.is_understood()
    }

    /// Whether all of it is. What is lost for certain can hide what nobody knows: the verdict on both is that it is lossy.
    pub(crate) fn is_understood(&self) -> bool {
        self.analysis().is_some_and(|analysis| {
            analysis.verdict != Verdict::Unknown && analysis.unknowns.is_empty()
        })
    }

    /// The author's word that what is not understood of an up loses nothing. It is the last one: nobody could ever bring evidence.
    pub(crate) fn asserted(&self) -> Option<&str> {
        let unknown = self.direction == Direction::Up && !self.is_understood();
        let marks = &self.record.marks;
        let word = marks.assert_lossless.as_deref();
        // Where a loss is understood, that is what `lossy` admits.
        let rest = marks.lossy.is_none() || self.verdict() == Verdict::Lossy;
        word.filter(|_| unknown && rest)
    }

    /// What its author names of an up that is not understood: all that it takes and all that it changes.
    pub(crate) fn declared(&self) -> Vec<&Object> {
        match &self.declared {
            Some(_) => named(&self.record.marks),
            None => Vec::new(),
        }
    }

    /// On whose word it rests that nothing else is taken; none where nobody says what is.
    pub(crate) fn declared_to_take(&self) -> Option<String> {
        let takes: Vec<&Object> = self.record.marks.takes.iter().collect();
        (self.declared.is_some() && !takes.is_empty()).then(|| self.word("takes data of", &takes))
    }

    /// The same of what it drops, renames or retypes.
    pub(crate) fn declared_to_change(&self) -> Option<String> {
        let named = self.declared();
        (!named.is_empty()).then(|| self.word("changes", &named))
    }

    fn word(&self, does: &str, objects: &[&Object]) -> String {
        let names: Vec<String> = objects.iter().map(|object| format!("`{object}`")).collect();
        format!(
            "{} is not understood. Its author names {}, which was asked about; that it {does} nothing else rests on that alone, and \
             nothing verifies it.",
            self.name(),
            names.join(", ")
        )
    }

    /// The same step as if those of its statements were all that takes anything, and the ones before had run; none where they take
    /// nothing.
    pub(crate) fn only(&self, statements: Range<usize>) -> Option<Step> {
        let step = self.narrowed(&statements, false);
        let analysis = step.analysis()?;
        let takes = !analysis.losses.is_empty() || !analysis.unknowns.is_empty();
        takes.then_some(step)
    }

    /// What is left of it where so many of its statements have begun, the last of which may not have run.
    pub(crate) fn rest(&self, begun: usize) -> Step {
        match begun {
            0 => self.clone(),
            begun => self.narrowed(&(begun..usize::MAX), true),
        }
    }

    fn narrowed(&self, statements: &Range<usize>, in_doubt: bool) -> Step {
        let is_of = |statement: u32| statements.contains(&(statement as usize));
        let mut record = Record::clone(&self.record);
        let script = match (self.direction, &mut record.down) {
            (Direction::Up, _) => Some(&mut record.up),
            (Direction::Down, Down::Script(script)) => Some(script),
            (Direction::Down, Down::Irreversible { .. }) => None,
        };
        let mut declared = self.declared.clone();
        let names = self.analysis().map_or_else(Names::default, |analysis| {
            Names::after(analysis, statements.start, in_doubt)
        });
        let analyses = script.into_iter().flat_map(|script| &mut script.analyses);
        for analysis in analyses.chain(&mut declared) {
            analysis.losses.retain(|loss| is_of(loss.statement));
            analysis.unknowns.retain(|part| is_of(part.statement));
            // What it would fail on was asked of the whole script, before earlier statements changed what is asked about.
            analysis.bounds.retain(|bound| bound.cuts);
            names.give(analysis);
        }
        Step {
            record: Arc::new(record),
            declared,
            names,
            ..self.clone()
        }
    }

    /// The statement of the script that `loss` is about.
    #[must_use]
    pub fn statement(&self, loss: &Loss) -> &str {
        let span = self
            .analysis()
            .and_then(|analysis| analysis.statements.get(loss.statement as usize))
            .map_or(loss.span, |statement| statement.span);
        self.sql().map_or("", |sql| span.of(sql))
    }
}
