//! How is each migration taken up, down and up again, and what is seen on the way?

mod beside;

use std::collections::HashMap;
use std::sync::Arc;

use onward_analysis::{Dialect, Down, Place, Record, Version};

use super::claim::{Claim, spared, unforetold};
use super::database::Server;
use super::engine::Engine;
use super::failed::Failed;
use super::fill::Filler;
use super::fill::freed::Freed;
use super::numbers;
use super::report::{Fault, Flaw, Note, Remark, Report};
use super::rows::{Contents, Gone};
use super::schema::{self, Table};
use super::shape::{Difference, Shape};
use super::spare::{self, Spare};
use crate::plan::Name;
use crate::registration::Code;
use crate::{Direction, Error, Result, Step};

/// The way through all migrations.
pub(super) struct Course<'c> {
    server: &'c Server,
    on_connect: &'c str,
    code: &'c HashMap<Version, &'static Code>,
    records: &'c [Arc<Record>],
    engine: Option<Engine<'c>>,
    spare: Spare,
    filler: Filler,
    pub(super) report: Report,
    pub(super) faults: Vec<Fault>,
}

/// The database at one moment.
#[derive(Debug, Clone, Default)]
struct Moment {
    shape: Shape,
    tables: Vec<Table>,
    contents: Contents,
}

/// The schema before the first up and after it.
struct Shapes {
    before: Shape,
    after: Shape,
}

/// The migration that is under way.
struct Trial<'t> {
    at: usize,
    record: &'t Arc<Record>,
    before: Moment,
    /// What its first up left.
    after: Moment,
    up: Step,
}

impl<'c> Course<'c> {
    pub(super) fn new(
        server: &'c Server,
        on_connect: &'c str,
        code: &'c HashMap<Version, &'static Code>,
        records: &'c [Arc<Record>],
        dialect: Dialect,
    ) -> Course<'c> {
        Course {
            server,
            on_connect,
            code,
            records,
            engine: None,
            spare: Spare::default(),
            filler: Filler::default(),
            report: Report::of(dialect),
            faults: Vec::new(),
        }
    }

    /// Goes it. What was found stands in the report and the faults.
    pub(super) async fn run(&mut self) -> Result<()> {
        self.engine = Some(Engine::start(self.server, self.on_connect, self.code).await?);
        for at in 0..self.records.len() {
            let Some(trial) = self.first_up(at).await? else {
                break;
            };
            self.report.migrations += 1;
            if let Down::Script(_) = &trial.record.down {
                self.report.reverted += 1;
                self.and_back(&trial).await?;
            }
            let moment = self.look().await?;
            self.fill(&moment, false).await?;
        }
        self.report.filled(&self.filler);
        Ok(())
    }

    /// Removes the databases.
    pub(super) async fn end(&mut self) -> Result<()> {
        let ended = self.give_up().await;
        self.spare.end().await?;
        ended
    }

    async fn give_up(&mut self) -> Result<()> {
        match self.engine.take() {
            Some(engine) => engine.end().await,
            None => Ok(()),
        }
    }

    /// Up, on the rows that stand there; where they are in its way, on none.
    async fn first_up(&mut self, at: usize) -> Result<Option<Trial<'c>>> {
        let record = &self.records[at];
        let mut before = self.look().await?;
        let mut ran = self.step(record, Direction::Up).await?;
        if let Err(error) = &ran
            && before.contents.count() > 0
        {
            self.anew(at).await?;
            before = self.look().await?;
            let again = self.step(record, Direction::Up).await?;
            if again.is_ok() {
                self.in_the_way(record, Direction::Up, error);
            }
            ran = again;
        }
        let up = match ran {
            Ok(up) => up,
            Err(error) => {
                self.fault(record, Direction::Up, Flaw::Fails(Failed::of(&error)));
                return Ok(None);
            }
        };
        let after = self.look().await?;
        self.compare(&up, &before.contents, &after.contents);
        Ok(Some(Trial {
            at,
            record,
            before,
            after,
            up,
        }))
    }

    /// Down, and up again.
    async fn and_back(&mut self, trial: &Trial<'c>) -> Result<()> {
        let record = trial.record;
        let (mut full, freed) = self.fill(&trial.after, true).await?;
        let mut shapes = Shapes {
            before: trial.before.shape.clone(),
            after: trial.after.shape.clone(),
        };
        let mut grown = self.grown(&shapes.after).await?;
        let behind = numbers::behind(self.engine()?.session.as_mut(), &trial.after.tables).await?;
        let mut ran = self.step(record, Direction::Down).await?;
        let on_rows = ran.is_ok();
        if freed > 0
            && let Err(error) = &ran
        {
            shapes = self.anew_with(trial.at).await?;
            let mut moment = self.look().await?;
            for table in &mut moment.tables {
                let mut before = trial.before.tables.iter();
                if let Some(before) = before.find(|before| before.name == table.name) {
                    *table = Freed::none(before, table);
                }
            }
            (full, _) = self.fill(&moment, false).await?;
            grown = self.grown(&shapes.after).await?;
            let again = self.step(record, Direction::Down).await?;
            if again.is_ok() {
                let words = Failed::of(error).words;
                self.note(record, Direction::Down, Remark::NewRowsInTheWay(words));
            }
            ran = again;
        }
        if let Err(error) = &ran {
            shapes = self.anew_with(trial.at).await?;
            grown = Difference::default();
            full = self.look().await?.contents;
            let again = self.step(record, Direction::Down).await?;
            if again.is_ok() {
                self.in_the_way(record, Direction::Down, error);
            }
            ran = again;
        }
        let down = match ran {
            Ok(down) => down,
            Err(error) => {
                self.fault(record, Direction::Down, Flaw::Fails(Failed::of(&error)));
                return self.anew(trial.at + 1).await;
            }
        };
        let undone = self.look().await?;
        self.compare(&down, &full, &undone.contents);
        self.look_beside(trial, &undone, &behind).await?;
        let difference = undone.shape.since(&shapes.before).without(&grown);
        let restored = difference.is_empty();
        let lossless = Claim::of(&trial.up).is_lossless() && Claim::of(&down).is_lossless();
        if restored && lossless && on_rows {
            let mut differs = trial.before.contents.changed(&undone.contents);
            // What a trigger made of older rows when new ones were put beside them is not the down's doing.
            let stirred = trial.after.contents.changed(&full);
            differs.retain(|gone| !stirred.iter().any(|other| other.is_of(gone)));
            if !differs.is_empty() {
                self.fault(record, Direction::Down, Flaw::ComesBackDifferent(differs));
            }
        }
        if !restored {
            self.fault(record, Direction::Down, Flaw::NotRestored(difference));
        }
        self.up_again(trial, restored, &shapes.after, &grown).await
    }

    /// What a trigger made of the generated rows, such as a partition for each of them: no migration takes that back.
    async fn grown(&mut self, empty: &Shape) -> Result<Difference> {
        let filled = Shape::read(self.engine()?.session.as_mut()).await?;
        Ok(filled.since(empty))
    }

    async fn up_again(
        &mut self,
        trial: &Trial<'c>,
        restored: bool,
        first: &Shape,
        grown: &Difference,
    ) -> Result<()> {
        let record = trial.record;
        if let Err(error) = self.step(record, Direction::Up).await? {
            // Where the schema is not restored, that is why, and it is said already.
            if restored {
                self.up_again_on_none(trial, &error).await?;
            }
            return self.anew(trial.at + 1).await;
        }
        let again = Shape::read(self.engine()?.session.as_mut()).await?;
        let difference = again.since(first).without(grown);
        if difference.is_empty() {
            return Ok(());
        }
        if restored {
            self.fault(record, Direction::Up, Flaw::OtherTheSecondTime(difference));
        }
        self.anew(trial.at + 1).await
    }

    /// The same without generated rows: they may be what is in its way, and then that is no news.
    async fn up_again_on_none(&mut self, trial: &Trial<'c>, error: &Error) -> Result<()> {
        let record = trial.record;
        self.anew(trial.at + 1).await?;
        let again = match self.step(record, Direction::Down).await? {
            Ok(_) => self.step(record, Direction::Up).await?.err(),
            Err(error) => Some(error),
        };
        match again {
            None => self.in_the_way(record, Direction::Up, error),
            Some(error) => {
                self.fault(record, Direction::Up, Flaw::FailsAgain(Failed::of(&error)));
            }
        }
        Ok(())
    }

    /// Runs a migration one way; the inner error is the migration's own.
    async fn step(&mut self, record: &Arc<Record>, direction: Direction) -> Result<Result<Step>> {
        match self.engine()?.run(record, direction).await {
            Err(error @ Error::Migration(_)) => Ok(Err(error)),
            Err(error) => Err(error),
            Ok(step) => Ok(Ok(step)),
        }
    }

    /// Another database, with the first `count` migrations and no rows but their own.
    async fn anew(&mut self, count: usize) -> Result<()> {
        self.give_up().await?;
        let records = &self.records[..count];
        self.engine = Some(match self.server.copies() {
            true => {
                let spare = &mut self.spare;
                spare
                    .copy(self.server, self.on_connect, self.code, records)
                    .await?
            }
            false => {
                let mut engine = Engine::start(self.server, self.on_connect, self.code).await?;
                spare::up(&mut engine, records).await?;
                engine
            }
        });
        Ok(())
    }

    /// Another database, with the migrations before the one at `at` and then that, and no rows but their own. What triggers made of
    /// generated rows is in neither shape.
    async fn anew_with(&mut self, at: usize) -> Result<Shapes> {
        self.anew(at).await?;
        let record = &self.records[at];
        let engine = self.engine()?;
        let before = Shape::read(engine.session.as_mut()).await?;
        engine.run(record, Direction::Up).await?;
        let after = Shape::read(engine.session.as_mut()).await?;
        Ok(Shapes { before, after })
    }

    async fn look(&mut self) -> Result<Moment> {
        let session = self.engine()?.session.as_mut();
        let tables = schema::tables(session).await?;
        Ok(Moment {
            shape: Shape::read(session).await?,
            contents: Contents::read(session, &tables).await?,
            tables,
        })
    }

    /// Fills the tables, and reads them. Where `freed`, rows are among them that only the last up lets in: so many.
    async fn fill(&mut self, moment: &Moment, freed: bool) -> Result<(Contents, usize)> {
        let Some(engine) = &mut self.engine else {
            return Ok((Contents::default(), 0));
        };
        let session = engine.session.as_mut();
        let (tables, contents) = (&moment.tables, &moment.contents);
        let freed = self.filler.fill(session, tables, contents, freed).await?;
        Ok((Contents::read(session, tables).await?, freed))
    }

    /// Holds what is gone against what was said.
    fn compare(&mut self, step: &Step, before: &Contents, after: &Contents) {
        let dialect = self.report.dialect;
        let gone = before.gone(after);
        let spared = spared(step, dialect, before, &gone);
        if !spared.is_empty() {
            self.note(step.record(), step.direction(), Remark::Spared(spared));
        }
        let unforetold: Vec<Gone> = unforetold(step, dialect, before, gone);
        if !unforetold.is_empty() {
            let flaw = Flaw::TakesMore {
                gone: unforetold,
                claim: Claim::of(step),
                named: step.losses().iter().map(|l| l.object.to_string()).collect(),
            };
            self.fault(step.record(), step.direction(), flaw);
        }
    }

    fn in_the_way(&mut self, record: &Record, direction: Direction, error: &Error) {
        self.note(
            record,
            direction,
            Remark::RowsInTheWay(Failed::of(error).words),
        );
    }

    fn note(&mut self, record: &Record, direction: Direction, remark: Remark) {
        let note = Note {
            migration: Name::of(record),
            direction,
            remark,
        };
        if !self.report.notes.contains(&note) {
            self.report.notes.push(note);
        }
    }

    fn fault(&mut self, record: &Record, direction: Direction, flaw: Flaw) {
        self.faults.push(Fault {
            migration: Name::of(record),
            place: place(record, direction),
            direction,
            flaw,
        });
    }

    fn engine(&mut self) -> Result<&mut Engine<'c>> {
        self.engine
            .as_mut()
            .ok_or_else(|| super::database::refusal("The test's database is gone.".to_owned()))
    }
}

/// Where a direction is written: its file, or where the migration is declared.
fn place(record: &Record, direction: Direction) -> Place {
    let script = match (direction, &record.down) {
        (Direction::Up, _) => Some(&record.up),
        (Direction::Down, Down::Script(down)) => Some(down),
        (Direction::Down, _) => None,
    };
    match script.and_then(|script| script.file.clone()) {
        Some(file) => Place { file, line: 0 },
        None => record.place.clone(),
    }
}
