//! Is a verdict contradicted by two start states that end as one?
//!
//! What cannot be told apart afterwards was lost. Each generated pair is run from many states that differ in one value or one
//! row: NULL, duplicates, other cases of a letter, blanks, extremes, and what the script itself speaks of. Where two of them end
//! with the same rows, something was lost, and the verdict must say so. This sees what the tokens of the differential test
//! cannot: values that are merged without one of them vanishing. Where a direction is called lossy and no two states ended as
//! one, that is told as an alarm; it may only be that the states were too few.
//!
//! `ONWARD_ORACLE=1..1000` runs those seeds, `ONWARD_ORACLE=7,19` these, `ONWARD_STATES=100` each direction from so many states.

mod ground;
mod state;

use std::collections::BTreeMap;

use crate::contents::{self, Column, Dump, Table};
use crate::database::Database;
use crate::generate::{self, Case};
use fastrand::Rng;
use ground::Ground;
use onward_analysis::check::{Code, Style};
use onward_analysis::{Analysis, Dialect, Marks, Schema, Side, Subject, Verdict, check};
use state::State;

#[tokio::test]
async fn no_two_states_end_as_one_on_sqlite() {
    oracle(Database::sqlite().await, 200, 30).await;
}

#[tokio::test]
async fn no_two_states_end_as_one_on_postgres() {
    if let Some(database) = Database::postgres().await {
        oracle(database, 200, 30).await;
    }
}

#[tokio::test]
async fn no_two_states_end_as_one_on_mysql() {
    if let Some(database) = Database::mysql().await {
        oracle(database, 150, 8).await;
    }
}

#[derive(Default)]
struct Tally {
    directions: usize,
    runs: usize,
    lossless: usize,
    alarms: usize,
    unsound: Vec<String>,
}

/// Runs `pairs` of them, each direction from that many states.
async fn oracle(mut database: Database, pairs: u64, states: usize) {
    let (dialect, seeds) = (database.dialect(), seeds(pairs));
    let states =
        std::env::var("ONWARD_STATES").map_or(states, |text| text.parse().expect("a number"));
    println!(
        "{} seeds from {:?} on {dialect}, {states} states each",
        seeds.len(),
        seeds.first()
    );
    let mut tally = Tally::default();
    for seed in seeds {
        let case = generate::case(dialect, seed);
        let (up, down) = judged(dialect, &case);
        for (side, analysis) in [(Side::Up, up), (Side::Down, down)] {
            if analysis.verdict == Verdict::Unknown {
                continue;
            }
            let mut rng = Rng::with_seed(seed);
            let ends = ends(&mut database, &case, side, &analysis, &mut rng, states).await;
            if ends.len() > 1 {
                let place = format!(
                    "seed {seed}, the {side:?} is {:?}\n-- before\n{}-- up\n{}-- down\n{}",
                    analysis.verdict, case.before, case.up, case.down
                );
                weigh(&ends, &analysis, &place, &mut tally);
            }
        }
    }
    database.close().await;
    println!(
        "{dialect}: {} directions were run from {} states, {} lossless, {} alarms, {} unsound",
        tally.directions,
        tally.runs,
        tally.lossless,
        tally.alarms,
        tally.unsound.len()
    );
    assert!(tally.directions > 0, "no pair ran, or nothing was tested");
    assert!(
        tally.unsound.is_empty(),
        "{} lost more than their verdict says\n{}",
        tally.unsound.len(),
        tally.unsound.join("\n\n")
    );
}

fn weigh(ends: &[(Dump, Dump)], analysis: &Analysis, place: &str, tally: &mut Tally) {
    tally.directions += 1;
    tally.runs += ends.len();
    let kept = |table: &Table, column: &Column| {
        !column.worked_out && !table.is_given_up(analysis, Some(&column.name))
    };
    if let Some([a, b]) = collision(ends, kept) {
        let told = format!("{place}-- from\n{a}-- and from\n{b}");
        println!("unsound: {told}");
        tally.unsound.push(told);
    }
    if analysis.verdict == Verdict::Lossless {
        tally.lossless += 1;
    } else if collision(ends, |_, column| !column.worked_out).is_none() {
        println!("alarm: {place}");
        tally.alarms += 1;
    }
}

fn seeds(count: u64) -> Vec<u64> {
    let given = std::env::var("ONWARD_ORACLE").unwrap_or_default();
    let number = |text: &str| text.parse().expect("a seed");
    match given.split_once("..") {
        Some((from, to)) => (number(from)..number(to)).collect(),
        None if given.is_empty() => (1..=count).collect(),
        None => given.split(',').map(number).collect(),
    }
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

/// From which states the direction ran, and how each ended.
async fn ends(
    database: &mut Database,
    case: &Case,
    side: Side,
    analysis: &Analysis,
    rng: &mut Rng,
    states: usize,
) -> Vec<(Dump, Dump)> {
    let (scripts, script) = match side {
        Side::Up => (vec![case.before.as_str()], &case.up),
        Side::Down => (vec![case.before.as_str(), case.up.as_str()], &case.down),
    };
    let mut found = Vec::new();
    let mut ground = Ground::new(database, scripts, script);
    // What runs on no rows at all need not run on some; what does not is not worth the states.
    if !ground.stand(database).await
        || database.run(script).await.is_err()
        || !ground.stand(database).await
    {
        ground.leave(database).await;
        return found;
    }
    let tables = contents::tables(database).await;
    let base = State::random(database, &tables, case, rng);
    let mut variants = Vec::new();
    for given_up in [false, true] {
        let mut some = base.variants(database, &tables, case, |table, column| {
            table.is_given_up(analysis, column.map(|column| column.name.as_str())) == given_up
        });
        rng.shuffle(&mut some);
        // What the verdict keeps is looked at first; what it gives up only tells alarms.
        some.truncate(if given_up { states / 3 } else { states });
        variants.extend(some);
    }
    variants.push(base);
    for variant in variants {
        if !ground.stand(database).await {
            break;
        }
        variant.write(database, &tables).await;
        let Some(start) = contents::dump(database, &tables).await else {
            break;
        };
        // What the server refuses has lost nothing.
        if ground.run(database, script).await {
            // A temporary table hides another of its name only for as long as it stands.
            database.end_session(script).await;
            let after = contents::tables(database).await;
            let end = contents::dump(database, &after).await;
            found.extend(end.map(|end| (start, end)));
        }
    }
    ground.leave(database).await;
    found
}

/// Two states that differ in the columns that are `kept`, and end as one.
///
/// Some that do have lost nothing. A row that was there, or was inserted where it was not, is no less there. And whole rows of
/// two tables may be poured into one.
fn collision(ends: &[(Dump, Dump)], kept: impl Fn(&Table, &Column) -> bool) -> Option<[&Dump; 2]> {
    let mut from: BTreeMap<String, (&Dump, String)> = BTreeMap::new();
    for (start, end) in ends {
        let shown = start.of(&kept);
        let (other, as_shown) = from
            .entry(end.to_string())
            .or_insert_with(|| (start, shown.clone()));
        if *as_shown != shown
            && other.rows(&kept) != start.rows(&kept)
            && ![*other, start].iter().all(|one| one.stands_in(end, &kept))
        {
            return Some([other, start]);
        }
    }
    None
}
