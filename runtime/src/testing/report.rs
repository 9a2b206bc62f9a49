//! What did the round trip show, and what must be mended?

use std::collections::BTreeMap;
use std::fmt;

use onward_analysis::{Dialect, Place};

use super::claim::Claim;
use super::failed::Failed;
use super::fill::Filler;
use super::rows::Gone;
use super::shape::Difference;
use crate::text::{counted, indented};
use crate::{Direction, Name};

/// How many lines of one kind are shown.
const SHOWN: usize = 8;

/// What a round trip went through. Print it: it says what was *not* tested, too.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The database that it went through.
    pub dialect: Dialect,
    /// How many migrations were taken up.
    pub migrations: usize,
    /// How many of them were taken down and up again; the others have no way back.
    pub reverted: usize,
    /// How many rows were generated, in how many tables.
    pub rows: usize,
    /// The tables that held rows on the way.
    pub tables: usize,
    /// The tables that let no generated row in, with what the database said.
    pub skipped: BTreeMap<String, String>,
    /// What is no fault, and worth knowing.
    pub notes: Vec<Note>,
}

/// Something that is worth knowing of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The migration.
    pub migration: Name,
    /// Which way it went.
    pub direction: Direction,
    /// What was seen.
    pub remark: Remark,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// It runs on empty tables, and not on the generated rows: the database's words.
    RowsInTheWay(String),
    /// The down runs on rows that stood before the up, and not on those that only the up lets in: the database's words.
    NewRowsInTheWay(String),
    /// The columns of these tables stand in another order than before: who writes rows without naming columns meets it.
    Reordered(Vec<String>),
    /// These columns would be given numbers that rows have already.
    Renumbered(Vec<String>),
    /// What the verdict says is lost was all there afterwards.
    Spared(Vec<String>),
    /// A fault that was let pass: the fault, and the reason that was given.
    LetPass {
        /// The fault.
        fault: String,
        /// Why.
        why: String,
    },
    /// Let pass for this reason, and there was nothing to let pass.
    NothingToLetPass(String),
}

/// What must be mended: the migrations that did not come through as their marks say.
#[derive(Debug)]
#[non_exhaustive]
pub struct Faults {
    /// The faults, in the order of the migrations.
    pub faults: Vec<Fault>,
    /// What the rest of the trip showed.
    pub report: Report,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The migration.
    pub migration: Name,
    /// The file that the direction stands in; where it is inline, where the migration is declared.
    pub place: Place,
    /// Which way it went.
    pub direction: Direction,
    pub(super) flaw: Flaw,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It fails on empty tables.
    Fails(Failed),
    /// More is gone than was foretold.
    TakesMore {
        gone: Vec<Gone>,
        claim: Claim,
        named: Vec<String>,
    },
    /// The down leaves another schema than the up found.
    NotRestored(Difference),
    /// Both directions are lossless, and values are not what they were.
    ComesBackDifferent(Vec<Gone>),
    /// It cannot be applied after its own down.
    FailsAgain(Failed),
    /// Applied after its own down, it makes another schema.
    OtherTheSecondTime(Difference),
}

impl Report {
    pub(super) fn of(dialect: Dialect) -> Report {
        Report {
            dialect,
            migrations: 0,
            reverted: 0,
            rows: 0,
            tables: 0,
            skipped: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn filled(&mut self, filler: &Filler) {
        self.rows = filler.rows;
        self.tables = filler.tables();
        self.skipped.clone_from(&filler.refused);
    }
}

impl Fault {
    /// The rules that would find it in the text: who allows them allows it.
    pub(super) fn rules(&self) -> &'static [&'static str] {
        match self.flaw {
            Flaw::NotRestored(_) => &["leaves_behind", "not_restored", "takes_more"],
            Flaw::Fails(_) => &["cannot_run"],
            Flaw::FailsAgain(_) | Flaw::OtherTheSecondTime(_) => &["leaves_behind"],
            Flaw::TakesMore { .. } | Flaw::ComesBackDifferent(_) => &[],
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} went up on {}, {} of them down and up again, with {} in {}.",
            counted(self.migrations, "migration", "migrations"),
            product(self.dialect),
            self.reverted,
            counted(self.rows, "generated row", "generated rows"),
            counted(self.tables, "table", "tables"),
        )?;
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for (table, words) in &self.skipped {
            writeln!(
                f,
                "not filled: {table}, which lets no generated row in: {words}"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Note {
            migration,
            direction,
            remark,
        } = self;
        match remark {
            Remark::RowsInTheWay(words) => write!(
                f,
                "the {direction} of {migration} runs on empty tables only; on the generated rows: {words}"
            ),
            Remark::NewRowsInTheWay(words) => write!(
                f,
                "the {direction} of {migration} fails on rows that the up lets in for the first time: {words}"
            ),
            Remark::Reordered(tables) => write!(
                f,
                "after the {direction} of {migration} the columns of {} stand in another order",
                tables.join(", ")
            ),
            Remark::Renumbered(columns) => write!(
                f,
                "after the {direction} of {migration} {} would be given numbers that rows have already",
                columns.join(", ")
            ),
            Remark::Spared(objects) => write!(
                f,
                "the {direction} of {migration} is said to lose {}, and it was all there afterwards",
                objects.join(", ")
            ),
            Remark::LetPass { fault, why } => write!(f, "let pass ({why}): {fault}"),
            Remark::NothingToLetPass(why) => {
                write!(
                    f,
                    "{migration} is let pass ({why}), and there is nothing to let pass"
                )
            }
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} on {}: the migrations do not go up, down and up again as their marks say.",
            counted(self.faults.len(), "fault", "faults"),
            product(self.report.dialect)
        )?;
        for (at, fault) in self.faults.iter().enumerate() {
            writeln!(f, "\n{}. {fault}", at + 1)?;
        }
        write!(f, "\n{}", self.report)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault {
            migration,
            place,
            direction,
            flaw,
        } = self;
        let this = format!("The {direction} of {migration}");
        let declared = match place.line {
            0 => place.file.clone(),
            line => format!("{}:{line}", place.file),
        };
        let arrow = |f: &mut fmt::Formatter<'_>| match declared.as_str() {
            "" => Ok(()),
            place => writeln!(f, "   --> {place}"),
        };
        match flaw {
            Flaw::Fails(failed) => {
                writeln!(f, "{this} fails on empty tables: {}", failed.words)?;
                write!(f, "{failed}")?;
                write!(f, "   It can never run. Correct it.")
            }
            Flaw::TakesMore { gone, claim, named } => {
                writeln!(f, "{this} takes what nobody foretold.")?;
                arrow(f)?;
                for gone in gone {
                    writeln!(f, "   gone: {gone}")?;
                }
                write!(f, "{}", indented(&foretold(*claim, named), "   "))
            }
            Flaw::NotRestored(difference) => {
                writeln!(f, "{this} does not restore the schema that its up found.")?;
                arrow(f)?;
                write!(
                    f,
                    "{}",
                    Lines(
                        difference,
                        "lost by the round trip",
                        "left behind by the down"
                    )
                )?;
                write!(f, "   Complete the down.")
            }
            Flaw::ComesBackDifferent(gone) => {
                writeln!(f, "{this} brings rows back that are not what they were.")?;
                arrow(f)?;
                for gone in gone {
                    writeln!(f, "   changed: {gone}")?;
                }
                write!(
                    f,
                    "   Neither direction loses anything, but the one is not the inverse of the other. Correct the down."
                )
            }
            Flaw::FailsAgain(failed) => {
                writeln!(
                    f,
                    "{this} fails after its own down, on empty tables: {}",
                    failed.words
                )?;
                write!(f, "{failed}")?;
                write!(f, "   The down leaves something in its way. Complete it.")
            }
            Flaw::OtherTheSecondTime(difference) => {
                writeln!(
                    f,
                    "{this} makes another schema after its own down than the first time."
                )?;
                arrow(f)?;
                write!(
                    f,
                    "{}",
                    Lines(
                        difference,
                        "made the first time only",
                        "made the second time only"
                    )
                )?;
                write!(
                    f,
                    "   What it makes depends on what the down leaves. Correct one of them."
                )
            }
        }
    }
}

/// What was said, and what to do now.
fn foretold(claim: Claim, named: &[String]) -> String {
    match claim {
        Claim::Verified => {
            "Its verdict is lossless, so this is a mistake of Onward's: please report it with the SQL.\n\
             Until then write it so that nothing is lost, or let it pass by its version and a reason."
                .to_owned()
        }
        Claim::Asserted => {
            "It is marked `assert_lossless`, and that is not so. Mark the loss (`destructive`, `lossy`), or keep the data."
                .to_owned()
        }
        Claim::Named | Claim::Admitted => format!(
            "Its verdict names {} and nothing else.\n\
             Where a trigger or a routine takes the rest, drop it first; else this is a mistake of Onward's: please report it.",
            named.join(", ")
        ),
    }
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Gone {
            table, count, of, ..
        } = self;
        match &self.column {
            Some(column) => write!(
                f,
                "{table}.{column}, {count} of {}",
                counted(*of, "value", "values")
            ),
            None => write!(f, "{table}, {count} of {}", counted(*of, "row", "rows")),
        }
    }
}

/// The two sides of a difference, each under its heading, and not too many.
struct Lines<'d>(&'d Difference, &'static str, &'static str);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (lines, heading) in [(&self.0.missing, self.1), (&self.0.added, self.2)] {
            if lines.is_empty() {
                continue;
            }
            writeln!(f, "   {heading}:")?;
            for line in lines.iter().take(SHOWN) {
                writeln!(f, "{}", indented(line, "     "))?;
            }
            if lines.len() > SHOWN {
                writeln!(f, "     and {} more", lines.len() - SHOWN)?;
            }
        }
        Ok(())
    }
}

/// What a database is called.
fn product(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "SQLite",
        Dialect::Postgres => "PostgreSQL",
        Dialect::MySql => "MySQL or MariaDB",
    }
}
