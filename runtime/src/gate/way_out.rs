//! What can be done instead of what was refused?

use std::fmt::{Formatter, Result};

use onward_analysis::{Dialect, How};

use super::{Decision, Outcome};
use crate::text::{capital, indented, moment};
use crate::{Direction, Question, State};

impl Decision {
    /// How a person consents, who alone can.
    pub(super) fn how_to_consent(&self, f: &mut Formatter<'_>) -> Result {
        let database = &self.site.database;
        writeln!(
            f,
            "Only a person can consent: run the same command on a terminal and type the database's name, `{database}`, when it \
             asks.\n\
             A program that asked a person passes `Consent::new(by, &seen.site, &seen.plan.hash, losing).seeing(&seen.answers)`."
        )
    }

    /// The way out, and how to go it.
    pub(super) fn way_out(&self, f: &mut Formatter<'_>) -> Result {
        match self.plan.direction {
            Direction::Up => self.later(f)?,
            Direction::Down => self.forward(f)?,
        }
        writeln!(
            f,
            "Decided {}, plan {}.",
            moment(self.decided),
            self.plan.hash
        )?;
        match &self.unrecorded {
            Some(why) => writeln!(
                f,
                "This refusal could not be written into the journal: {why}"
            ),
            None => Ok(()),
        }
    }

    /// An up that was refused is run later, when what stands in its way is gone.
    fn later(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "\nThe safe way out is to run it later:")?;
        writeln!(
            f,
            "  The release that ran until now still fits this schema: leave it running, or roll the application back to it."
        )?;
        if let Some(version) = self.applicable {
            writeln!(
                f,
                "  What comes before it needs nothing: `up --to {version}` applies that."
            )?;
        }
        let objects = self.objects();
        let open: &[Question] = match &self.outcome {
            Outcome::Blocked(questions) => questions,
            Outcome::Free | Outcome::Consented | Outcome::Cleared | Outcome::NeedsConsent(_) => {
                &[Question::UserData]
            }
        };
        for question in open {
            let number = question.number();
            match question {
                Question::UserData => {
                    writeln!(
                        f,
                        "  {number}. Copy what must be kept from {objects} to where it stays. What is lost then needs consent."
                    )?;
                    if matches!(self.outcome, Outcome::Blocked(_)) {
                        writeln!(
                            f,
                            "     Once nothing else is in the way, `up` asks for it at a terminal."
                        )?;
                    }
                }
                Question::RunningCode if self.only_adds() => {
                    writeln!(
                        f,
                        "  {number}. Deploy a release that names its columns, in each INSERT and instead of each `*`, and lacks this migration. Add it\n     \
                         with a later release, when no older instance runs."
                    )?;
                    self.or_find_out(f)?;
                }
                Question::RunningCode => {
                    writeln!(
                        f,
                        "  {number}. Deploy a release that neither reads nor writes {objects} and lacks this migration. Add it with a \
                         later\n     release, when no older instance runs."
                    )?;
                    self.or_find_out(f)?;
                    self.in_stages(f, "this migration")?;
                }
                Question::Consumers if self.only_adds() && self.is_blocked(*question) => writeln!(
                    f,
                    "  {number}. With a migration before this one, write what copies rows anew so that it names its columns. Or have this migration\n     \
                     add the column to where they are copied, too."
                )?,
                Question::Consumers => {
                    writeln!(f, "  {number}. {}", self.about_consumers(&objects, "up"))?;
                }
                Question::Reversible => {}
                Question::Backup => writeln!(f, "  {number}. {}", self.take_a_backup())?,
                Question::Downtime => {
                    writeln!(
                        f,
                        "  {number}. Run it when it is quiet, or split it into steps that hold no long lock.{}",
                        self.short_locks()
                    )?;
                }
            }
        }
        let steps = self.plan.steps.iter();
        for step in steps.filter(|step| !step.unknowns.is_empty()) {
            writeln!(
                f,
                "  {} {} is not understood. If that loses nothing, its author says so: `assert_lossless = \"why\"`. If it does, its author\n  \
                 names all that it takes and all else that it drops, renames or retypes: `takes(\"table.column\")`, `changes(\"table.column\")`.\n  \
                 Then that is asked about. None of these marks is an edit of it. Or its SQL is written so that it can be followed.",
                step.version, step.name
            )?;
        }
        writeln!(f)
    }

    fn is_blocked(&self, question: Question) -> bool {
        let mut answers = self.answers.iter();
        answers.any(|answer| answer.question == question && answer.state == State::Blocked)
    }

    /// What to do about what refers to `objects`, or about that nobody can tell, before `command` is tried again.
    fn about_consumers(&self, objects: &str, command: &str) -> String {
        if self.is_blocked(Question::Consumers) {
            return format!("Change or remove what refers to {objects} first.");
        }
        format!(
            "Find out who refers to {objects}. What was in the way of that stands above: a privilege that this role lacks, a\n     \
             name that two tables have, a statement that is not understood. See to it, and ask again: `{command} --dry-run`\n     \
             changes nothing."
        )
    }

    /// Whether nothing is taken or changed, and a column added.
    fn only_adds(&self) -> bool {
        let mut steps = self.plan.steps.iter();
        steps.all(|step| {
            step.losses.is_empty() && step.changes.is_empty() && step.unknowns.is_empty()
        })
    }

    /// How a backup comes onto the record that somebody restored.
    pub(super) fn take_a_backup(&self) -> String {
        let dump = |tool| {
            format!(
                "Dump the database with {tool}, and have the dump restored and written down: `backup verify FILE --taken TIME`."
            )
        };
        let how = match self.plan.dialect {
            Dialect::Sqlite => {
                "Have the database copied, and the copy proved and written down: `backup make FILE`.".to_owned()
            }
            Dialect::Postgres => dump("pg_dump"),
            Dialect::MySql => dump("mariadb-dump"),
        };
        format!(
            "{how}\n     What another system keeps a person restores and writes down: `backup record`."
        )
    }

    /// What holds no long lock on this database.
    pub(super) fn short_locks(&self) -> &'static str {
        match self.plan.dialect {
            Dialect::Postgres => {
                " On PostgreSQL an index is built CONCURRENTLY\n     \
                 (with `transaction = false`), and a CHECK or foreign key added NOT VALID and validated by a later migration."
            }
            Dialect::MySql | Dialect::Sqlite => "",
        }
    }

    /// Where nobody could tell who runs, a release alone does not help.
    fn or_find_out(&self, f: &mut Formatter<'_>) -> Result {
        if self.is_blocked(Question::RunningCode) {
            return Ok(());
        }
        writeln!(
            f,
            "     What keeps anybody from telling stands above, under question 2: see to that, and ask again. `up --dry-run` changes nothing."
        )
    }

    /// What code names under one name or type before and under another after has no moment at which both releases fit.
    fn in_stages(&self, f: &mut Formatter<'_>, instead: &str) -> Result {
        let moved = self.moved();
        if moved.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "     No release fits {} before and after. So let it grow and shrink, instead of {instead}: add the new one beside the\n     \
             old, write both, copy what is there, read the new one, and drop the old one last, each with a release of its own.",
            moved.join(", ")
        )
    }

    /// What is under another name or of another type afterwards.
    fn moved(&self) -> Vec<&str> {
        // Of what is not understood only its author's names are known, not what became of them.
        let steps = self.plan.steps.iter();
        let steps = steps.filter(|step| step.unknowns.is_empty());
        let changes = steps.flat_map(|step| &step.changes);
        let mut moved: Vec<&str> = changes
            .filter(|change| matches!(change.how, How::Rename | How::Retype))
            .map(|change| change.object.as_str())
            .collect();
        moved.dedup();
        moved
    }

    /// What helps while something is broken, without the schema being touched. Code that is older than a rename does not come back by it.
    pub(super) fn first_aid(&self) -> String {
        let moved = self.moved();
        if moved.is_empty() {
            return "roll back the application and leave the schema as it is. What a migration added is\n\
                    seldom in the way of older code."
                .to_owned();
        }
        format!(
            "leave the schema as it is. A release from before this migration does not know {}\n\
             as it is now, and fails: roll the application back to one that does, or forward to one that is mended.",
            moved.join(", ")
        )
    }

    /// A down that was refused is written as the next up.
    fn forward(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "\nThe safe way out is forward:")?;
        if !matches!(self.outcome, Outcome::Blocked(_)) {
            let aid = format!(
                "Something is broken right now? {}",
                capital(&self.first_aid())
            );
            writeln!(f, "{}", indented(&aid, "  "))?;
        }
        let objects = self.objects();
        writeln!(
            f,
            "  1. Deploy code that neither reads nor writes {objects}. Wait until no older instance runs."
        )?;
        self.in_stages(f, "one migration")?;
        let gone = self.plan.steps.iter().any(|step| !step.losses.is_empty());
        let mut number = 2;
        if gone {
            writeln!(
                f,
                "  {number}. Copy what must be kept from {objects} to where it stays."
            )?;
            number += 1;
        }
        let stands = |open: &[Question]| open.contains(&Question::Consumers);
        if matches!(&self.outcome, Outcome::Blocked(open) if stands(open)) {
            let advice = self.about_consumers(&objects, "down");
            writeln!(f, "  {number}. {advice}")?;
            number += 1;
        }
        let waits = |open: &[Question]| open.contains(&Question::Downtime);
        if matches!(&self.outcome, Outcome::Blocked(open) if waits(open)) {
            writeln!(
                f,
                "  {number}. Wait until it is quiet, or split it into steps that hold no long lock.{}",
                self.short_locks()
            )?;
            number += 1;
        }
        if let Some(pending) = self.pending() {
            writeln!(
                f,
                "  {number}. Then let {pending} run, which is pending here and takes the same: `up`.\n"
            )?;
            number += 1;
        }
        let commands = self.commands();
        let undo = match self.moved().is_empty() {
            true => "Then remove",
            false => "Or, while no instance runs, undo",
        };
        let (what, written) = match commands.as_slice() {
            [] => return Ok(()),
            [one] => ("a new migration", format!("`{one}` writes it")),
            several => (
                "new migrations, in this order",
                format!("`{}` write them, each", several.join("`, then `")),
            ),
        };
        writeln!(
            f,
            "  {number}. {undo} it by {what}, through review and deployment like any other. In the project,\n     \
             {written} with its marks and its entry in the lock file.\n"
        )?;
        if f.alternate() {
            for migration in &self.forward {
                writeln!(f, "{}\n", indented(migration, "     "))?;
            }
        }
        Ok(())
    }

    /// The commands that write what undoes this plan, ready to run.
    pub(super) fn commands(&self) -> Vec<String> {
        let steps = self.plan.steps.iter();
        steps
            .filter(|step| step.undone_by.is_none())
            .map(|step| format!("cargo onward forward {}", step.version))
            .collect()
    }

    /// The migrations that are pending and undo parts of this plan; none where there is none.
    pub(super) fn pending(&self) -> Option<String> {
        let steps = self.plan.steps.iter();
        let mut names: Vec<String> = steps
            .filter_map(|step| Some(step.undone_by.as_ref()?.to_string()))
            .collect();
        names.dedup();
        (!names.is_empty()).then(|| names.join(", then "))
    }

    /// What is lost, or else what changes, to be named in a sentence.
    fn objects(&self) -> String {
        let steps = || self.plan.steps.iter();
        let mut objects: Vec<&str> = Vec::new();
        for loss in steps().flat_map(|step| &step.losses) {
            if !objects.contains(&loss.object.as_str()) {
                objects.push(&loss.object);
            }
        }
        if objects.is_empty() {
            objects = steps()
                .flat_map(|step| &step.changes)
                .map(|change| change.object.as_str())
                .collect();
            objects.dedup();
        }
        match objects.as_slice() {
            [] => "what it removes".to_owned(),
            objects => objects.join(", "),
        }
    }
}
