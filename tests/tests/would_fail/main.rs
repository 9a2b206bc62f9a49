//! Does a down fail on rows written since exactly where `would_fail` says so?
//!
//! Ups that let more rows in, and downs that want fewer, are put together at random. Each pair is run on a real database, once
//! for each kind of row that somebody may have written in between. Where the down fails on some of them, the rule must have said
//! so; where it said so, some of them must make it fail. `ONWARD_WOULD_FAIL=1..1000` runs those seeds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[expect(
    dead_code,
    reason = "what stands in the tables is asked for by the differential test alone"
)]
#[path = "../differential/database.rs"]
mod database;
mod world;

use std::ops::Range;

use database::Database;
use fastrand::Rng;
use onward_analysis::check::{Code, Style};
use onward_analysis::{Dialect, Marks, Reason, Schema, Subject, check};
use world::Piece;

#[tokio::test]
async fn on_sqlite() {
    differential(Database::sqlite().await, 300).await;
}

#[tokio::test]
async fn on_postgres() {
    if let Some(database) = Database::postgres().await {
        differential(database, 40).await;
    }
}

#[tokio::test]
async fn on_mysql() {
    if let Some(database) = Database::mysql().await {
        differential(database, 40).await;
    }
}

/// How a pair came through.
struct Ran {
    /// What the database said to the down, and of which row; none where it never failed.
    failed: Option<String>,
    /// What the rule says.
    said: Vec<String>,
}

async fn differential(mut database: Database, count: u64) {
    let (dialect, seeds) = (database.dialect(), seeds(count));
    println!("seeds {seeds:?} on {dialect}");
    let (mut fail, mut pass) = (0, 0);
    let mut wrong = Vec::new();
    for seed in seeds {
        let (up, down) = pair(dialect, seed);
        let ran = run(&mut database, &up, &down).await;
        let verdict = match (&ran.failed, ran.said.as_slice()) {
            (Some(error), []) => format!("the rule says nothing, and it fails: {error}"),
            (None, [said, ..]) => format!("no row makes it fail, and the rule says: {said}"),
            (Some(_), _) => {
                fail += 1;
                continue;
            }
            (None, []) => {
                pass += 1;
                continue;
            }
        };
        wrong.push(format!(
            "seed {seed}\n-- up\n{up}\n-- down\n{down}\n{verdict}"
        ));
    }
    database.empty().await;
    println!("{fail} downs fail on rows and {pass} never do, as was said");
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
    // A world in which nothing, or everything, fails would prove nothing.
    assert!(
        fail * 5 > pass && pass * 5 > fail,
        "{fail} fail, {pass} pass"
    );
}

fn seeds(count: u64) -> Range<u64> {
    let given = std::env::var("ONWARD_WOULD_FAIL").unwrap_or_default();
    let given = given
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    given.unwrap_or(1..count + 1)
}

/// One or two pieces on different tables, the down in the other order than the up.
fn pair(dialect: Dialect, seed: u64) -> (String, String) {
    let mut rng = Rng::with_seed(seed);
    let all = world::pieces(dialect);
    let count = rng.usize(1..=2);
    let mut chosen: Vec<&Piece> = rng.choose_multiple(all.iter(), count);
    chosen.dedup_by_key(|piece| piece.table);
    let up = chosen.iter().map(|piece| piece.up);
    let down = chosen.iter().rev().map(|piece| piece.down);
    (script(up), script(down))
}

fn script<'s>(statements: impl Iterator<Item = &'s str>) -> String {
    let written = statements.filter(|sql| !sql.is_empty());
    written.map(|sql| format!("{sql};\n")).collect()
}

async fn run(database: &mut Database, up: &str, down: &str) -> Ran {
    let dialect = database.dialect();
    let before = world::before(dialect);
    let mut failed = None;
    // On no row at all it must run: what never runs has a rule of its own.
    for row in std::iter::once(&"").chain(world::ROWS) {
        database.empty().await;
        for sql in [before, up].into_iter().filter(|sql| !sql.is_empty()) {
            database
                .run(sql)
                .await
                .unwrap_or_else(|e| panic!("{sql}\n{e}"));
        }
        // What is not let in is in nobody's way.
        if !row.is_empty() && database.run(row).await.is_err() {
            continue;
        }
        if !down.is_empty()
            && let Err(error) = database.run(down).await
        {
            assert!(
                !row.is_empty(),
                "it fails on empty tables\n{up}\n{down}\n{error}"
            );
            failed = Some(format!("{row}\n{error}"));
            break;
        }
    }
    Ran {
        failed,
        said: said(dialect, before, up, down),
    }
}

/// What `would_fail` says.
fn said(dialect: Dialect, before: &str, up: &str, down: &str) -> Vec<String> {
    let admitted = Marks {
        destructive: Some(Reason(Some("it is a test".to_owned()))),
        ..Marks::default()
    };
    let mut schemas = [Schema::empty()];
    let subject = |up, down| Subject {
        up: Code::Sql(up),
        down,
        marks: &admitted,
        style: Style::Attribute,
    };
    let _ = check(&subject(before, None), &[dialect], &mut schemas);
    let checked = check(
        &subject(up, Some(Code::Sql(down))),
        &[dialect],
        &mut schemas,
    );
    let mut findings = checked.findings;
    findings.retain(|finding| finding.rule == "would_fail");
    findings
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}
