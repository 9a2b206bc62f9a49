//! What does each direction of a migration lose?

mod changes;
mod fired;
mod flow;
mod freed;
pub(crate) mod ledger;
mod names;
pub(crate) mod objects;
pub(crate) mod pair;
mod perhaps;
mod played;
pub(crate) mod refuse;
pub(crate) mod renaming;
mod rows;
pub(crate) mod run;
mod script;
mod session;
mod somewhere;
mod steps;
pub(crate) mod tables;
mod values;
mod work;
mod worlds;

use std::sync::LazyLock;

use crate::schema::{Id, Schema, Shared};
use crate::{Analysis, Dialect, Object, Span, Stuck};
pub(crate) use pair::undoing::WorkedOut;
use pair::undoing::inverse_of;
pub use pair::undoing::{Inverse, inverse};
use played::Played;
use played::guess;
use run::Run;
use script::Script;

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
    /// What the up asks for and nothing before it made, where that was asked.
    pub(crate) unmet: Vec<(Object, Span)>,
}

/// Judges a migration on the schema that stands before it.
#[must_use]
pub fn judge(dialect: Dialect, before: &Schema, up: Option<&str>, down: Option<&str>) -> Judged {
    Scripts::read(dialect, up, down).judge(before, Asked::Verdicts)
}

/// How much is asked about a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
            && let Some(scripts) = session::servers::scripts(up, down)
        {
            return scripts;
        }
        let read = |sql| Script::read(dialect, sql);
        Scripts::of(dialect, up.map(read), down.map(read))
    }

    fn of(dialect: Dialect, up: Option<Script>, down: Option<Script>) -> Scripts {
        let up = up.map(|up| up.beside(down.as_ref()));
        let down = down.map(|down| down.beside(up.as_ref()));
        Scripts {
            dialect,
            up,
            down,
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
        let played = Played::of(self.dialect, before, up, Asked::Pair);
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
            Some(other) => session::servers::merge(judged, other.judge(before, Asked::Verdicts)),
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
        (Some(up), None) => Played::of(dialect, before, up, asked).judged(None, asked),
        (None, down) => {
            // Rust code may have done anything, to what is known too.
            let after = Schema::unknown();
            let start = || Run::new(dialect, after.clone(), nothing());
            let judged = down.map(|down| down.run(start));
            Judged {
                up: None,
                down_does_something: judged.as_ref().is_some_and(|(_, done)| done.active),
                down: judged.map(|(analysis, _)| analysis),
                after,
                up_does_something: true,
                facts: Vec::new(),
                unmet: Vec::new(),
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
    let played = played.unwrap_or_else(|| Played::of(up.dialect, before, up, asked));
    let played = match guess(&played, down) {
        Some(guessed) => Played::of(up.dialect, &guessed, up, asked),
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
