//! Does the down that is worked out from an up restore, on a real database, what the up found?
//!
//! Ups are put together at random from the statements that people write, each on the same small schema. Those that the
//! database takes go through the round trip with the down that was worked out from them: up, rows, down, up again.
//! `ONWARD_INVERSE=1..1000` runs those seeds; a fault is told with its seed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use std::ops::Range;

use fastrand::Rng;
use onward::{Dialect, Error};
use onward_analysis::check::{Code, Style};
use onward_analysis::{
    Analysis, Down, Marks, Place, Record, Schema, Script, Subject, Version, check, sql_hash,
};

#[tokio::test]
async fn on_sqlite() {
    differential(Dialect::Sqlite, "sqlite::memory:", 300).await;
}

#[tokio::test]
async fn on_postgres() {
    if let Ok(url) = std::env::var("ONWARD_TEST_POSTGRES") {
        differential(Dialect::Postgres, &url, 40).await;
    }
}

#[tokio::test]
async fn on_mysql() {
    if let Ok(url) = std::env::var("ONWARD_TEST_MYSQL") {
        differential(Dialect::MySql, &url, 12).await;
    }
}

async fn differential(dialect: Dialect, url: &str, count: u64) {
    let seeds = seeds(count);
    println!("seeds {seeds:?} on {dialect}");
    let (mut undone, mut stuck, mut refused) = (0, 0, 0);
    let mut faults = Vec::new();
    for seed in seeds.clone() {
        let up = up(dialect, seed);
        let Some(records) = records(dialect, &up) else {
            stuck += 1;
            continue;
        };
        let down = match &records[1].down {
            Down::Script(script) => script.sql.clone().unwrap_or_default(),
            Down::Irreversible { .. } => String::new(),
        };
        match onward::testing::round_trip_of(records, url, "").await {
            Ok(_) => undone += 1,
            // What the database does not take needs no way back.
            Err(Error::RoundTrip(found))
                if found.to_string().contains("The up of 2 up fails on") =>
            {
                refused += 1;
            }
            Err(error) => faults.push(format!(
                "seed {seed}\n-- up\n{up}\n-- down\n{down}\n{error}"
            )),
        }
    }
    println!("{undone} undone, {stuck} without a way back, {refused} refused by the database");
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    // A generator that is refused, or an inverse that gives up, would pass any test.
    let all = seeds.end - seeds.start;
    assert!(undone * 3 > all, "only {undone} of {all} were undone");
}

fn seeds(count: u64) -> Range<u64> {
    let given = std::env::var("ONWARD_INVERSE").unwrap_or_default();
    let given = given
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    given.unwrap_or(1..count + 1)
}

/// One to three statements.
fn up(dialect: Dialect, seed: u64) -> String {
    let mut rng = Rng::with_seed(seed);
    let all = world::ups(dialect);
    let count = rng.usize(1..=3);
    let chosen = rng.choose_multiple(all.iter(), count);
    chosen
        .into_iter()
        .fold(String::new(), |up, sql| format!("{up}{sql};\n"))
}

/// The schema, and the up with the way back that is worked out; none where there is none.
fn records(dialect: Dialect, up: &str) -> Option<Vec<Record>> {
    let mut schemas = [Schema::empty()];
    let before = world::before(dialect);
    let none = Marks::default();
    let subject = |up, down| Subject {
        up: Code::Sql(up),
        down,
        marks: &none,
        style: Style::Attribute,
    };
    let first = check(&subject(before, None), &[dialect], &mut schemas);
    let alone = check(&subject(up, None), &[dialect], &mut schemas.clone());
    let down = alone.inverse?;
    let checked = check(
        &subject(up, Some(Code::Sql(&down))),
        &[dialect],
        &mut schemas,
    );
    let irreversible = Down::Irreversible {
        reason: "it is the ground".to_owned(),
    };
    Some(vec![
        record(
            1,
            "before",
            script(before, first.up),
            irreversible,
            Marks::default(),
        ),
        record(
            2,
            "up",
            script(up, checked.up),
            Down::Script(script(&down, checked.down)),
            checked.marks,
        ),
    ])
}

fn record(version: i64, name: &str, up: Script, down: Down, marks: Marks) -> Record {
    Record {
        version: Version::new(version),
        name: name.to_owned(),
        doc: String::new(),
        catalog: "generated".to_owned(),
        place: Place::default(),
        up,
        down,
        marks,
        only: Vec::new(),
        down_in: Vec::new(),
        conditions: Default::default(),
        transaction: None,
    }
}

fn script(sql: &str, analyses: Vec<Analysis>) -> Script {
    Script {
        sql: Some(sql.to_owned()),
        file: None,
        hash: sql_hash(sql),
        analyses,
    }
}
