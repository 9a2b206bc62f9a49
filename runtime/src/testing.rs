//! Do the migrations do what their marks say? A test that runs them, in one line.
//!
//! ```no_run
//! # #[cfg(feature = "sqlite")] {
//! # mod my_app { onward::catalog!(); }
//! #[tokio::test]
//! # async fn not_called() {}
//! async fn migrations_go_there_and_back() -> onward::Result<()> {
//!     println!("{}", onward::testing::round_trip(my_app::MIGRATIONS).await?);
//!     Ok(())
//! }
//! # }
//! ```
//!
//! Each migration in its order is taken up, every table is filled with generated rows, and then it is taken down and up
//! again:
//!
//! - What is gone after a direction must be what its verdict names: nothing where it is lossless or `assert_lossless`, the
//!   listed objects and no others where it is lossy.
//! - The down must leave the schema that the up found. Columns in another order and, on PostgreSQL, numbers that would be given out a
//!   second time are only notes, and so is what a migration allows (`allow(leaves_behind = "why")`,
//!   `allow(not_restored = "why")`).
//! - Where neither direction loses anything, the rows must be what they were.
//! - The second up must work, and make what the first one made.
//!
//! A verdict is worked out from text; this runs it. It also runs what no verdict can be given of: migrations written in
//! Rust.
//!
//! # The database
//!
//! The test makes one of its own and removes it in the end, also where a migration panics; the one that a URL names is
//! only asked to make it. Which server, in this order: [`RoundTrip::on`], the variable `DATABASE_URL` where it names a
//! database that the migrations were checked for, and SQLite in memory where they were checked for that. On PostgreSQL the
//! role needs `CREATEDB`, on MySQL all rights on databases whose names begin with `onward_round_trip_`. What a
//! process that was killed left behind is removed by the next round trip on that server.
//!
//! # The rows
//!
//! Values fit their types, enums, domains, foreign keys and partitions, and the conditions of CHECKs as far as these can be
//! met by the constants in them. They fill their types, so that a narrower one shows. Identities, serials and generated
//! columns are left to the database. A table that lets no generated row in is named in the [`Report`], with the database's
//! words. So is a migration that runs on empty tables only: add a required column to a table with rows, and no row can be
//! kept.
//!
//! What a migration lets in for the first time is written too, where it drops a NOT NULL, a key, a foreign key or a CHECK: a row
//! without the value, or like another one. A down that fails on just these rows is named in the report; then it runs without
//! them.
//!
//! # Features
//!
//! It stands behind the feature `testing`, which brings no dependency:
//!
//! ```toml
//! [dev-dependencies]
//! onward = { version = "0.1", features = ["testing"] }
//! ```

mod catch;
mod claim;
mod course;
mod database;
mod engine;
mod failed;
mod fill;
mod leftovers;
mod numbers;
mod report;
mod rows;
mod schema;
mod shape;
mod spare;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::future::IntoFuture;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use onward_analysis::{Dialect, Record, Version};

pub use report::{Fault, Faults, Note, Remark, Report};

use crate::catalog::Compiled;
use crate::registration::{Code, Function};
use crate::{Catalog, Error, Name, Result};
use course::Course;
use database::{Server, refusal};
use leftovers::Watch;

/// Takes every migration of a crate up, down and up again on a throw-away database; see the [module](self).
pub fn round_trip(catalog: Catalog) -> RoundTrip {
    RoundTrip {
        catalogs: vec![catalog],
        url: None,
        on_connect: String::new(),
        let_pass: Vec::new(),
    }
}

/// A round trip that can be told more, and is begun by `.await`.
///
/// # Errors
/// [`Error::RoundTrip`] where a migration does not come through as its marks say; and where the catalogs are not complete
/// or the server cannot be reached.
#[derive(Debug, Clone)]
#[must_use = "it begins with `.await`"]
pub struct RoundTrip {
    catalogs: Vec<Catalog>,
    url: Option<String>,
    on_connect: String,
    let_pass: Vec<(Version, String)>,
}

impl RoundTrip {
    /// And those of another crate, in one order with the first.
    pub fn and(mut self, catalog: Catalog) -> RoundTrip {
        self.catalogs.push(catalog);
        self
    }

    /// On the server of this URL: `postgres://localhost/postgres`. Its database is left alone.
    pub fn on(mut self, url: &str) -> RoundTrip {
        self.url = Some(url.to_owned());
        self
    }

    /// SQL for each new connection, such as the application's pool runs: `SET foreign_key_checks = 0`.
    pub fn on_connect(mut self, sql: &str) -> RoundTrip {
        sql.clone_into(&mut self.on_connect);
        self
    }

    /// Lets the faults of a migration pass, with a reason: they become notes. For what was released and cannot be changed.
    pub fn let_pass(mut self, version: i64, why: &str) -> RoundTrip {
        self.let_pass.push((Version::new(version), why.to_owned()));
        self
    }
}

impl IntoFuture for RoundTrip {
    type Output = Result<Report>;
    type IntoFuture = BoxFuture<'static, Result<Report>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let compiled = Compiled::collect(&self.catalogs)?;
            go(&self, compiled.records()?, &compiled.code()).await
        })
    }
}

/// The same of records that no catalog holds. Exempt from semantic versioning.
#[doc(hidden)]
pub async fn round_trip_of(records: Vec<Record>, url: &str, on_connect: &str) -> Result<Report> {
    let wish = RoundTrip {
        catalogs: Vec::new(),
        url: Some(url.to_owned()),
        on_connect: on_connect.to_owned(),
        let_pass: Vec::new(),
    };
    let records = records.into_iter().map(Arc::new).collect();
    go(&wish, records, &HashMap::new()).await
}

async fn go(
    wish: &RoundTrip,
    records: Vec<Arc<Record>>,
    code: &HashMap<Version, &'static Code>,
) -> Result<Report> {
    let known = dialects(&records, code);
    let url = url(wish.url.clone(), std::env::var("DATABASE_URL").ok(), &known)?;
    let server = Server::parse(&url)?;
    let dialect = database::dialect(&url).unwrap_or(Dialect::Sqlite);
    let records: Vec<Arc<Record>> = records.iter().map(|record| everywhere(record)).collect();
    let watch = Watch::begin(&server).await?;
    let mut course = Course::new(&server, &wish.on_connect, code, &records, dialect);
    let ended = catch::panics(course.run()).await;
    // Whatever happened, the database goes.
    let removed = course.end().await;
    watch.end().await;
    match ended {
        Err(panic) => std::panic::resume_unwind(panic),
        Ok(ended) => ended?,
    }
    removed?;
    judged(course, wish, &records)
}

/// The report, or the faults that are not let pass.
fn judged(course: Course<'_>, wish: &RoundTrip, records: &[Arc<Record>]) -> Result<Report> {
    let mut report = course.report;
    let find = |version| records.iter().find(|record| record.version == version);
    for (version, why) in &wish.let_pass {
        let Some(record) = find(*version) else {
            return Err(refusal(format!(
                "There is no migration {version} to let pass.\nTake the line out of the test."
            )));
        };
        if !course
            .faults
            .iter()
            .any(|fault| fault.migration.version == *version)
        {
            report.notes.push(Note {
                migration: Name::of(record),
                direction: crate::Direction::Down,
                remark: Remark::NothingToLetPass(why.clone()),
            });
        }
    }
    let mut faults = Vec::new();
    for fault in course.faults {
        let version = fault.migration.version;
        let said = wish.let_pass.iter().find(|(passes, _)| *passes == version);
        let allowed = || {
            let allow = &find(version)?.marks.allow;
            fault.rules().iter().find_map(|rule| allow.get(*rule))
        };
        match said.map(|(_, why)| why).or_else(allowed) {
            Some(why) => report.notes.push(Note {
                migration: fault.migration.clone(),
                direction: fault.direction,
                remark: Remark::LetPass {
                    fault: fault.to_string(),
                    why: why.clone(),
                },
            }),
            None => faults.push(fault),
        }
    }
    if faults.is_empty() {
        return Ok(report);
    }
    Err(Error::RoundTrip(Box::new(Faults { faults, report })))
}

/// The databases that the migrations were checked for, or are functions over.
fn dialects(records: &[Arc<Record>], code: &HashMap<Version, &'static Code>) -> BTreeSet<Dialect> {
    let checked = records.iter().flat_map(|record| &record.up.analyses);
    let functions = code.values().filter_map(|code| code.up);
    let over = functions.map(|function| match function {
        #[cfg(feature = "sqlite")]
        Function::Sqlite(_) => Dialect::Sqlite,
        #[cfg(feature = "postgres")]
        Function::Postgres(_) => Dialect::Postgres,
        #[cfg(feature = "mysql")]
        Function::MySql(_) => Dialect::MySql,
    });
    checked
        .map(|analysis| analysis.dialect)
        .chain(over)
        .collect()
}

/// Whose server to ask for a database.
fn url(
    given: Option<String>,
    variable: Option<String>,
    known: &BTreeSet<Dialect>,
) -> Result<String> {
    if let Some(url) = given {
        return Ok(url);
    }
    let fits =
        |url: &String| database::dialect(url).is_some_and(|dialect| known.contains(&dialect));
    if let Some(url) = variable.filter(fits) {
        return Ok(url);
    }
    if known.is_empty() || known.contains(&Dialect::Sqlite) {
        return Ok("sqlite::memory:".to_owned());
    }
    let names: Vec<&str> = known.iter().map(|dialect| dialect.name()).collect();
    Err(refusal(format!(
        "The round trip needs a server: these migrations were checked for {}.\n\
         Set DATABASE_URL to the URL of one, or give it: `round_trip(MIGRATIONS).on(\"…\")`. The test makes a database of its \
         own there, and removes it.",
        names.join(" and ")
    )))
}

/// The migration as it runs in whatever environment, and back.
fn everywhere(record: &Record) -> Arc<Record> {
    Arc::new(Record {
        only: Vec::new(),
        down_in: Vec::new(),
        conditions: Default::default(),
        ..record.clone()
    })
}
