//! Do the rules on the schema say of each pair what the catalogs say?
//!
//! Ups and downs are put together at random over tables that have everything: keys, checks, triggers, policies, privileges,
//! comments, numbers and an order of columns. Each pair is run on a real database with rows in it. What the catalogs show
//! otherwise after the down than before the up must be what `takes_more`, `leaves_behind` and `not_restored` say: no more and no
//! less. `ONWARD_RESTORED=1..1000` runs those seeds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod catalog;
#[expect(
    dead_code,
    reason = "what stands in the tables is asked for by the differential test alone"
)]
#[path = "../differential/database.rs"]
mod database;
mod world;

use std::collections::BTreeSet;
use std::ops::Range;

use database::Database;
use onward_analysis::check::{Code, Style};
use onward_analysis::{Dialect, Marks, Schema, Subject, Verdict, check};

#[tokio::test]
async fn on_sqlite() {
    differential(Database::sqlite().await, 300).await;
}

#[tokio::test]
async fn on_postgres() {
    if let Some(database) = Database::postgres().await {
        differential(database, 80).await;
    }
}

#[tokio::test]
async fn on_mysql() {
    if let Some(database) = Database::mysql().await {
        differential(database, 25).await;
    }
}

async fn differential(mut database: Database, count: u64) {
    let (dialect, seeds) = (database.dialect(), seeds(count));
    println!("seeds {seeds:?} on {dialect}");
    let before = world::before(dialect);
    let (mut same, mut other, mut refused) = (0, 0, 0);
    let mut wrong = Vec::new();
    for seed in seeds {
        let (up, down) = world::pair(dialect, seed);
        let Some(said) = said(dialect, before, &up, &down) else {
            continue;
        };
        database.empty().await;
        database
            .run(before)
            .await
            .unwrap_or_else(|e| panic!("{before}\n{e}"));
        let was = catalog::read(&mut database).await;
        if database.run(&up).await.is_err() || database.run(&down).await.is_err() {
            refused += 1;
            continue;
        }
        let now = catalog::read(&mut database).await;
        let (differs, follows) = catalog::differences(&was, &now);
        match differs.is_empty() {
            true => same += 1,
            false => other += 1,
        }
        let missed: Vec<_> = differs.difference(&said).collect();
        let mut untrue: Vec<_> = said.difference(&differs).collect();
        untrue.retain(|what| !follows.contains(*what));
        if !(missed.is_empty() && untrue.is_empty()) {
            wrong.push(format!(
                "seed {seed}\n-- up\n{up}\n-- down\n{down}\nunsaid: {missed:?}\nsaid, and not so: {untrue:?}"
            ));
        }
    }
    database.empty().await;
    println!("{same} downs lead back and {other} do not, as was said; {refused} were refused");
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
    assert!(
        same * 10 > other && other * 10 > same,
        "{same} lead back, {other} do not"
    );
}

fn seeds(count: u64) -> Range<u64> {
    let given = std::env::var("ONWARD_RESTORED").unwrap_or_default();
    let given = given
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    given.unwrap_or(1..count + 1)
}

/// What the rules say of, in the words of the catalog; none where a direction is not understood or cannot run.
fn said(dialect: Dialect, before: &str, up: &str, down: &str) -> Option<BTreeSet<String>> {
    let none = Marks::default();
    let mut schemas = [Schema::empty()];
    let subject = |up, down| Subject {
        up: Code::Sql(up),
        down,
        marks: &none,
        style: Style::Attribute,
    };
    let _ = check(&subject(before, None), &[dialect], &mut schemas);
    let checked = check(
        &subject(up, Some(Code::Sql(down))),
        &[dialect],
        &mut schemas,
    );
    let analyses = || checked.up.iter().chain(&checked.down);
    if analyses().any(|one| one.verdict == Verdict::Unknown) {
        return None;
    }
    let rules = ["takes_more", "leaves_behind", "not_restored"];
    let found = checked
        .findings
        .iter()
        .filter(|one| rules.contains(&one.rule));
    Some(found.flat_map(|one| catalog::meant(&one.message)).collect())
}
