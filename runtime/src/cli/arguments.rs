//! What can be typed, and what does it mean?

use clap::{Args, Subcommand, ValueEnum};
use onward_analysis::Version;

use super::backup::Safeguard;
use crate::{Begun, Goal, Question, Revert};

/// The commands. Each says on which database and in which environment it does what it does.
#[derive(Debug, Clone, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Show which migrations are applied and which are pending
    #[command(alias = "info")]
    Status {
        /// Exit with 1 where something is pending or was edited after it was applied: a check for CI
        #[arg(long, visible_alias = "exit-code")]
        check: bool,
        /// What every command understands
        #[command(flatten)]
        common: Common,
    },
    /// Show what `up` would run, what it would lose and whether the gate opens, changing nothing
    Plan {
        /// How far
        #[command(flatten)]
        forward: Forward,
        /// What every command understands
        #[command(flatten)]
        common: Common,
    },
    /// Apply what is pending; what takes data in production, where the gate opens
    #[command(aliases = ["run", "migrate"])]
    Up {
        /// How far
        #[command(flatten)]
        forward: Forward,
        /// Who answers for it
        #[command(flatten)]
        answering: Answering,
        /// Show what would run, what it would lose and what the gate says, changing nothing; exits with 1 where it is refused
        #[arg(long)]
        dry_run: bool,
        /// What every command understands
        #[command(flatten)]
        common: Common,
    },
    /// Revert the newest migration, or as many as `--steps` says, where the gate opens
    #[command(visible_alias = "revert")]
    Down {
        /// How far
        #[command(flatten)]
        back: Back,
        /// Who answers for it
        #[command(flatten)]
        answering: Answering,
        /// Show what would run, what it would lose and what the gate says, changing nothing; exits with 1 where it is refused
        #[arg(long)]
        dry_run: bool,
        /// What every command understands
        #[command(flatten)]
        common: Common,
    },
    /// Revert the newest migration, or as many as `--steps` says, where the gate opens, and apply it again
    Redo {
        /// How far
        #[command(flatten)]
        back: Back,
        /// Who answers for it
        #[command(flatten)]
        answering: Answering,
        /// What every command understands
        #[command(flatten)]
        common: Common,
    },
    /// Print the migration that undoes an earlier one as the next, marked by what was judged when that one was compiled
    Forward {
        /// The version of the migration to undo
        version: Version,
        /// What every command understands
        #[command(flatten)]
        common: Common,
    },
    /// Write down, prove or make a backup, for question 5
    Backup {
        /// What
        #[command(subcommand)]
        what: Safeguard,
        /// What every command understands
        #[command(flatten)]
        common: Common,
    },
    /// Show who did what to this database, on which evidence, or check that nobody changed the record of it
    Journal {
        /// Which of both
        #[command(subcommand)]
        what: Record,
        /// What every command understands
        #[command(flatten)]
        common: Common,
    },
    /// Revert every migration and apply all of them again; in development only
    Reset {
        /// What every command understands
        #[command(flatten)]
        common: Common,
    },
}

/// What to do with the journal.
#[derive(Debug, Clone, Copy, Subcommand)]
#[non_exhaustive]
pub enum Record {
    /// Show the entries, the oldest first
    Show {
        /// Only as many as that, from the end
        #[arg(long, value_name = "N")]
        last: Option<usize>,
    },
    /// Find an entry that was altered, removed or put in; exits with 1 where there is one
    Verify,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct Common {
    /// How the answer is written
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        global = true
    )]
    pub format: Format,
    /// Show the whole of each query that was asked of the database
    #[arg(long, global = true)]
    pub verbose: bool,
    /// Where this runs [default: $ONWARD_ENV, else production]
    #[arg(long, value_name = "NAME", global = true)]
    pub environment: Option<String>,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
#[allow(clippy::exhaustive_enums, reason = "a caller chooses one of them")]
pub enum Format {
    /// For a person
    #[default]
    Human,
    /// For a program: one JSON document on standard output
    Json,
}

/// How far forward.
#[derive(Debug, Clone, Copy, Default, Args)]
#[group(multiple = false)]
#[non_exhaustive]
pub struct Forward {
    /// Apply up to this version and no further
    #[arg(long, alias = "target-version", value_name = "VERSION")]
    pub to: Option<Version>,
    /// Apply as many migrations as that
    #[arg(short = 'n', long, alias = "number", value_name = "N")]
    pub steps: Option<usize>,
    /// Nothing: it says which flag was meant
    #[arg(hide = true, value_name = "VERSION", value_parser = no_goal_forward)]
    bare: Option<Version>,
}

/// How far back.
#[derive(Debug, Clone, Copy, Default, Args)]
#[non_exhaustive]
pub struct Back {
    /// Go back to this version, which stays; 0 is the empty database
    #[arg(long, alias = "target-version", value_name = "VERSION", group = "goal")]
    pub to: Option<Version>,
    /// Go back by as many migrations as that [default: 1]
    #[arg(short = 'n', long, alias = "number", value_name = "N", group = "goal")]
    pub steps: Option<usize>,
    /// Go back by one, as where nothing is said
    #[arg(long, group = "goal")]
    pub last: bool,
    /// Revert this version; refused where newer ones stand on it
    #[arg(long, value_name = "VERSION", group = "goal")]
    pub only: Option<Version>,
    /// Nothing: it says which flag was meant
    #[arg(hide = true, value_name = "VERSION", value_parser = no_goal_back)]
    bare: Option<Version>,
}

fn no_goal_forward(word: &str) -> Result<Version, String> {
    Err(format!("write `--to {word}` to apply up to that version"))
}

/// A person may mean either, and they differ by a migration.
fn no_goal_back(word: &str) -> Result<Version, String> {
    Err(format!(
        "write `--only {word}` to revert that one, or `--to {word}` to go back to it, which stays"
    ))
}

/// Who answers for what may be lost.
#[derive(Debug, Clone, Default, Args)]
#[non_exhaustive]
pub struct Answering {
    /// Take question N (4, 5 or 6) upon yourself: `--waive 5="the dump of Friday was restored and read"`
    #[arg(long, value_name = "N=\"why\"", value_parser = waiver)]
    pub waive: Vec<(Question, String)>,
    /// How to go on after a statement of which nobody knows whether it is done: look first
    #[arg(long, value_enum)]
    pub begun: Option<Begun>,
    /// Who waives or consents [default: the user of this system]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}

impl Command {
    /// What every command understands.
    #[must_use]
    pub fn common(&self) -> &Common {
        match self {
            Command::Status { common, .. }
            | Command::Plan { common, .. }
            | Command::Up { common, .. }
            | Command::Down { common, .. }
            | Command::Redo { common, .. }
            | Command::Journal { common, .. }
            | Command::Backup { common, .. }
            | Command::Forward { common, .. }
            | Command::Reset { common } => common,
        }
    }
}

impl Forward {
    /// The goal: everything where nothing is said.
    #[must_use]
    pub fn goal(&self) -> Goal {
        match (self.to, self.steps) {
            (Some(version), _) => Goal::To(version),
            (None, Some(count)) => Goal::Steps(count),
            (None, None) => Goal::Latest,
        }
    }
}

impl Back {
    /// The goal: the newest migration where nothing is said.
    #[must_use]
    pub fn goal(&self) -> Revert {
        match (self.to, self.steps, self.only) {
            (Some(version), ..) => Revert::To(version),
            (None, Some(count), _) => Revert::Steps(count),
            (None, None, Some(version)) => Revert::Only(version),
            (None, None, None) => Revert::Last,
        }
    }
}

impl Answering {
    /// Who answers: the name given, else the user of this system; empty where neither is known.
    #[must_use]
    pub fn name(&self) -> String {
        name(self.by.clone())
    }
}

/// The name given, else the user of this system; empty where neither is known.
pub(super) fn name(given: Option<String>) -> String {
    let user = || {
        std::env::var("USER")
            .or_else(|_| std::env::var("USERNAME"))
            .ok()
    };
    // In a container or a cron job nothing may be set.
    let given = given.or_else(user);
    given
        .or_else(|| whoami::username().ok())
        .unwrap_or_default()
}

/// `5="why"`.
fn waiver(text: &str) -> Result<(Question, String), String> {
    let (number, reason) = text
        .split_once('=')
        .ok_or("write the question's number and the reason: 5=\"why\"")?;
    let question = number.trim().parse().ok().and_then(Question::numbered);
    let question = question.ok_or("there are the questions 1 to 6; 4, 5 and 6 can be waived")?;
    let reason = reason.trim().trim_matches('"');
    // What can be waived at all, and that a reason stands there, is the waiver's own rule.
    crate::Waiver::new(question, reason, "somebody").map_err(|error| error.to_string())?;
    Ok((question, reason.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Shop {
        #[command(subcommand)]
        command: Command,
    }

    fn parse(line: &str) -> Result<Command, String> {
        let words = std::iter::once("shop").chain(line.split(' '));
        let shop = Shop::try_parse_from(words).map_err(|error| error.to_string())?;
        Ok(shop.command)
    }

    #[test]
    fn the_parser_is_sound() {
        Shop::command().debug_assert();
    }

    #[test]
    fn what_every_command_understands_stands_behind_its_last_word_too() {
        for line in [
            "journal show --format json",
            "journal --format json show",
            "backup make shop.db --format json",
        ] {
            match parse(line).unwrap() {
                Command::Journal { common, .. } | Command::Backup { common, .. } => {
                    assert_eq!(common.format, Format::Json, "{line}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn goals() {
        let version = Version::new(2026112201);
        for (line, expected) in [
            ("up", Goal::Latest),
            ("run -n 2", Goal::Steps(2)),
            ("up --to 20261122_01", Goal::To(version)),
            ("up --steps 2", Goal::Steps(2)),
        ] {
            match parse(line).unwrap() {
                Command::Up { forward, .. } => assert_eq!(forward.goal(), expected, "{line}"),
                other => panic!("{other:?}"),
            }
        }
        for (line, expected) in [
            ("down", Revert::Last),
            ("down --last", Revert::Last),
            ("revert --target-version 2026112201", Revert::To(version)),
            ("down --number 2", Revert::Steps(2)),
            ("down --to 2026112201", Revert::To(version)),
            ("down --steps 2", Revert::Steps(2)),
            ("down --only 2026112201", Revert::Only(version)),
        ] {
            match parse(line).unwrap() {
                Command::Down { back, .. } => assert_eq!(back.goal(), expected, "{line}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn waivers() {
        match parse("down --waive 5=restored --waive 6=\"at_night\"").unwrap() {
            Command::Down { answering, .. } => assert_eq!(
                answering.waive,
                [
                    (Question::Backup, "restored".to_owned()),
                    (Question::Downtime, "at_night".to_owned())
                ]
            ),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_refused_when_it_is_typed() {
        for (line, says) in [
            ("down --waive 1=because", "Question 1 can never be waived"),
            ("down --waive 5=", "needs a reason"),
            ("down --waive 9=because", "the questions 1 to 6"),
            ("down --waive because", "5=\"why\""),
            ("down --to 1 --steps 2", "cannot be used with"),
            ("down --last --steps 2", "cannot be used with"),
            ("up --to 1 --steps 2", "cannot be used with"),
            ("up --to one", "is not a version"),
            ("up 20261122_01", "write `--to 20261122_01` to apply up to"),
            ("plan 20261122_01", "write `--to 20261122_01`"),
            (
                "down 20261122_01",
                "write `--only 20261122_01` to revert that one, or `--to",
            ),
            ("redo 20261122_01", "write `--only 20261122_01`"),
            ("down --yes", "unexpected argument"),
            ("up --force", "unexpected argument"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(says), "{line}: {error}");
        }
    }
}
