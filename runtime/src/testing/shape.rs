//! What does the schema look like, so that two moments can be compared?
//!
//! A line for everything that a migration can make, sorted: the order of columns is no difference, nor is the way in which
//! something was written down.

mod mysql;
mod postgres;
mod sqlite;

use std::collections::BTreeSet;

use onward_analysis::Dialect;

use crate::Result;
use crate::session::Session;

/// Everything in the schema but rows, a line each: `index users_email: …`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shape(pub(super) BTreeSet<String>);

/// What two moments do not have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Difference {
    /// There before, and no more.
    pub(super) missing: Vec<String>,
    /// There now, and not before.
    pub(super) added: Vec<String>,
}

impl Shape {
    /// Reads it; what is Onward's own is left out.
    pub(super) async fn read(session: &mut dyn Session) -> Result<Shape> {
        let mut lines = match session.dialect() {
            Dialect::Sqlite => sqlite::lines(session).await?,
            Dialect::Postgres => postgres::lines(session).await?,
            Dialect::MySql => mysql::lines(session).await?,
        };
        lines.retain(|line| !line.contains("_onward_"));
        Ok(Shape(lines.into_iter().collect()))
    }

    /// What is different now.
    pub(super) fn since(&self, before: &Shape) -> Difference {
        let only = |these: &Shape, those: &Shape| these.0.difference(&those.0).cloned().collect();
        Difference {
            missing: only(before, self),
            added: only(self, before),
        }
    }
}

impl Difference {
    /// The rest of it, where `known` is no news.
    pub(super) fn without(mut self, known: &Difference) -> Difference {
        self.missing.retain(|line| !known.missing.contains(line));
        self.added.retain(|line| !known.added.contains(line));
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.added.is_empty()
    }
}

/// The first column of each row.
async fn column(session: &mut dyn Session, sql: &str) -> Result<Vec<String>> {
    let rows = session.query(sql, &[]).await?;
    Ok(rows
        .iter()
        .filter_map(|row| row.text(0).map(str::to_owned))
        .collect())
}
