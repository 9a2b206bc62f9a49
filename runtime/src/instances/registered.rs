//! Which processes are on the list?

use std::path::Path;

use onward_analysis::Dialect;

use super::own::{Program, process};
use super::{FORMAT, Told};
use crate::clock::now;
use crate::history::{Author, Tables};
use crate::session::Row;

/// A process that fell silent without a goodbye is given up after so many times as long as it may be silent: it may only have been
/// stopped, or cut off, and go on where it was.
pub(crate) const GIVEN_UP: i64 = 10;

/// A row that nobody renewed for so long after it was given up is deleted by the next process that registers, in milliseconds.
pub(super) const FORGOTTEN: i64 = 24 * 60 * 60 * 1000;

/// A process that said that it is there, and has not left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) application: String,
    pub(crate) kind: String,
    pub(crate) build: String,
    pub(crate) host: String,
    pub(crate) pid: i64,
    /// As whom the server knows its connections: user, address, `application_name`.
    pub(crate) login: [String; 3],
    /// How its connections were told when it last said so.
    pub(crate) connections: Connections,
    /// How long ago it said so, in milliseconds of the server's clock. A clock that was set back since tells a time that is to come:
    /// then nobody knows how long ago it was.
    pub(crate) ago: i64,
    /// After how long without a word it counts as silent, in milliseconds.
    pub(crate) lasts: i64,
    /// What it runs; none where its row is of a format that this Onward does not read.
    pub(crate) program: Option<Program>,
}

/// How a process's connections are told from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connections {
    /// Each bears a mark.
    Marked,
    /// Nothing but their number tells: so many are open.
    Open(i64),
    /// They were introduced, and the one that the process spoke by bears no mark.
    Unmarked,
}

impl Connections {
    /// Of a pool with `open` connections, one of which is told so.
    pub(crate) fn said(told: Told, open: u32) -> Connections {
        match told {
            Told::ByMark => Connections::Marked,
            Told::ByNumber => Connections::Open(i64::from(open)),
            Told::Neither => Connections::Unmarked,
        }
    }

    /// As the list holds it.
    pub(crate) fn number(self) -> i64 {
        match self {
            Connections::Marked => 0,
            Connections::Open(open) => open,
            Connections::Unmarked => -1,
        }
    }

    fn of(number: i64) -> Connections {
        match number {
            ..0 => Connections::Unmarked,
            0 => Connections::Marked,
            open => Connections::Open(open),
        }
    }

    /// How many of them only their number tells.
    pub(crate) fn by_number(self) -> i64 {
        self.number().max(0)
    }
}

/// The query that asks for those that are not given up; on SQLite also for those that would be, by a clock that may have been set forward.
pub(crate) fn read(tables: &Tables) -> String {
    let now = now(tables.dialect());
    let kept = match tables.dialect() {
        Dialect::Sqlite => FORGOTTEN,
        Dialect::Postgres | Dialect::MySql => 0,
    };
    format!(
        "SELECT id, format, application, kind, build, host, pid, login, origin, client, connections, {now} - seen, program, lasts\n\
         FROM {} WHERE seen + lasts * {GIVEN_UP} + {kept} >= {now}\n\
         ORDER BY application, build, id",
        tables.instances()
    )
}

/// The processes in the rows of that query which are not given up. On SQLite one that a clock gives up is there all the same where this
/// machine runs it.
pub(crate) fn listed(dialect: Dialect, rows: &[Row]) -> Vec<Registered> {
    let all = rows.iter().map(Registered::of);
    all.filter(|one| dialect != Dialect::Sqlite || !one.is_given_up() || one.runs_here())
        .collect()
}

impl Registered {
    /// Reads one row of that query.
    pub(crate) fn of(row: &Row) -> Registered {
        let text = |column| row.text(column).unwrap_or_default().to_owned();
        let number = |column| row.int(column).unwrap_or_default();
        let program = (number(1) == FORMAT)
            .then(|| serde_json::from_str(row.text(12).unwrap_or_default()).ok())
            .flatten();
        Registered {
            id: text(0),
            application: text(2),
            kind: text(3),
            build: text(4),
            host: text(5),
            pid: number(6),
            login: [text(7), text(8), text(9)],
            connections: Connections::of(number(10)),
            ago: number(11),
            lasts: number(13),
            program,
        }
    }

    /// Whether it has missed its beats, so that nobody can tell whether it runs.
    pub(crate) fn is_silent(&self) -> bool {
        self.ago.saturating_abs() > self.lasts
    }

    fn is_given_up(&self) -> bool {
        self.ago > self.is_given_up_after()
    }

    /// Whether a process of its number runs on its machine, and that is this one. Only Linux tells.
    fn runs_here(&self) -> bool {
        let own = i64::from(std::process::id());
        let is_there = || Path::new("/proc").join(self.pid.to_string()).exists();
        self.host == Author::host()
            && (self.id.starts_with(process()) || self.pid != own && is_there())
    }

    /// Whether it has missed no beat, of which there are four before it is silent.
    pub(crate) fn has_just_spoken(&self) -> bool {
        self.ago.saturating_abs().saturating_mul(3) <= self.lasts
    }

    /// After how long without a word it is given up, in milliseconds.
    pub(crate) fn is_given_up_after(&self) -> i64 {
        self.lasts.saturating_mul(GIVEN_UP)
    }
}
