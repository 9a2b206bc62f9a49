//! Is a verdict contradicted by two start states that end as one?
//!
//! What cannot be told apart afterwards was lost. Each generated pair is run from many states that differ in one value or one
//! row: NULL, duplicates, other cases of a letter, blanks, extremes, and what the script itself speaks of. Where two of them end
//! with the same rows, something was lost, and the verdict must say so. This sees what the tokens of the differential test
//! cannot: values that are merged without one of them vanishing.
//!
//! `ONWARD_ORACLE=1..1000` runs those seeds; a fault is told with its seed.

mod state;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::database::Database;
use crate::generate::{self, Case};
use fastrand::Rng;
use onward_analysis::check::{Code, Style};
use onward_analysis::{Analysis, Dialect, Marks, Schema, Side, Subject, Verdict, check};
use state::{Dump, State};

#[tokio::test]
async fn no_two_states_end_as_one_on_sqlite() {
    oracle(Database::sqlite().await, 60, 40).await;
}

#[tokio::test]
async fn no_two_states_end_as_one_on_postgres() {
    if let Some(database) = Database::postgres().await {
        oracle(database, 10, 12).await;
    }
}

#[tokio::test]
async fn no_two_states_end_as_one_on_mysql() {
    if let Some(database) = Database::mysql().await {
        oracle(database, 6, 8).await;
    }
}

/// Runs `pairs` of them, each direction from that many states.
async fn oracle(mut database: Database, pairs: u64, states: usize) {
    let (dialect, seeds) = (database.dialect(), seeds(pairs));
    println!("seeds {seeds:?} on {dialect}");
    let (mut directions, mut runs) = (0, 0);
    let mut unsound = Vec::new();
    for seed in seeds {
        let case = generate::case(dialect, seed);
        let (up, down) = judged(dialect, &case);
        for (side, analysis) in [(Side::Up, up), (Side::Down, down)] {
            if analysis.verdict == Verdict::Unknown {
                continue;
            }
            let mut rng = Rng::with_seed(seed);
            let ends = ends(&mut database, &case, side, &analysis, &mut rng, states).await;
            directions += usize::from(ends.len() > 1);
            runs += ends.len();
            if let Some((a, b)) = collision(&ends) {
                unsound.push(format!(
                    "seed {seed}, the {side:?} is {:?}\n-- before\n{}-- up\n{}-- down\n{}-- from\n{a}-- and from\n{b}",
                    analysis.verdict,
                    case.before, case.up, case.down
                ));
            }
        }
    }
    database.empty().await;
    println!("{directions} directions were run from {runs} states");
    assert!(directions > 0, "no pair ran, or nothing was tested");
    assert!(
        unsound.is_empty(),
        "{} lost more than their verdict says\n{}",
        unsound.len(),
        unsound.join("\n\n")
    );
}

fn seeds(count: u64) -> Range<u64> {
    let given = std::env::var("ONWARD_ORACLE").unwrap_or_default();
    let given = given
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    given.unwrap_or(1..count + 1)
}

fn judged(dialect: Dialect, case: &Case) -> (Analysis, Analysis) {
    let none = Marks::default();
    let mut schemas = [Schema::empty()];
    let subject = |up, down| Subject {
        up: Code::Sql(up),
        down,
        marks: &none,
        style: Style::Attribute,
    };
    let _ = check(&subject(&case.before, None), &[dialect], &mut schemas);
    let down = Some(Code::Sql(case.down.as_str()));
    let mut checked = check(&subject(&case.up, down), &[dialect], &mut schemas);
    (checked.up.remove(0), checked.down.remove(0))
}

/// From which states the direction ran, in what the verdict does not give up, and how each ended.
async fn ends(
    database: &mut Database,
    case: &Case,
    side: Side,
    analysis: &Analysis,
    rng: &mut Rng,
    states: usize,
) -> Vec<(Dump, Dump)> {
    let (ground, script) = match side {
        Side::Up => (vec![&case.before], &case.up),
        Side::Down => (vec![&case.before, &case.up], &case.down),
    };
    let mut found = Vec::new();
    if !stand_on(database, &ground).await {
        return found;
    }
    let base = State::random(database, case, rng).await;
    let kept = |table: &str, column: Option<&str>| {
        !analysis.losses.iter().any(|loss| {
            let whole = loss.object.column.is_none();
            loss.object.table == table && (whole || loss.object.column.as_deref() == column)
        })
    };
    let mut variants = base.variants(case, kept);
    rng.shuffle(&mut variants);
    variants.truncate(states);
    variants.push(base);
    for variant in variants {
        if !stand_on(database, &ground).await {
            return found;
        }
        variant.write(database).await;
        let start = state::dump(database, kept).await;
        // What the server refuses has lost nothing.
        if database.run(script).await.is_ok() {
            found.push((start, state::dump(database, |_, _| true).await));
        }
    }
    found
}

async fn stand_on(database: &mut Database, ground: &[&String]) -> bool {
    database.empty().await;
    for sql in ground {
        if database.run(sql).await.is_err() {
            return false;
        }
    }
    true
}

/// Two states that end as one.
fn collision(ends: &[(Dump, Dump)]) -> Option<(&Dump, &Dump)> {
    let mut from: BTreeMap<&Dump, &Dump> = BTreeMap::new();
    for (start, end) in ends {
        let other = *from.entry(end).or_insert(start);
        if other != start {
            return Some((other, start));
        }
    }
    None
}
