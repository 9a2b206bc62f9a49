//! Does what the verdict says vanish, and nothing else? Generated pairs, run on the real databases.
//!
//! Every value that a case stores is a token that stands nowhere else, so whatever vanishes can be named: a token that
//! was in `t.c` before a direction ran and is in no table after it must be covered by a loss of `t` or `t.c`. A verdict
//! of lossy where nothing vanished is counted apart, as an alarm.
//!
//! `ONWARD_PAIRS` sets how many pairs are run on each database, `ONWARD_SEED` where the generator begins; both are
//! printed, so that any failure can be seen again.

mod database;
mod generate;
mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use database::Database;
use generate::{Case, Key, Writer};
use onward_analysis::check::{Code, Style};
use onward_analysis::{Analysis, Dialect, Marks, Schema, Subject, Verdict, check};

/// Where each token stands: its table and column.
type Tokens = BTreeMap<String, (String, String)>;

#[derive(Default)]
struct Tally {
    pairs: usize,
    refused: usize,
    directions: usize,
    lossy: usize,
    unknown: usize,
    alarms: Vec<String>,
    unsound: Vec<String>,
}

#[tokio::test]
async fn what_vanishes_on_sqlite_was_foretold() {
    run(Dialect::Sqlite, Database::sqlite().await).await;
}

#[tokio::test]
async fn what_vanishes_on_postgres_was_foretold() {
    if let Some(database) = Database::postgres().await {
        run(Dialect::Postgres, database).await;
    }
}

#[tokio::test]
async fn what_vanishes_on_mysql_was_foretold() {
    if let Some(database) = Database::mysql().await {
        run(Dialect::MySql, database).await;
    }
}

async fn run(dialect: Dialect, mut database: Database) {
    let setting = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
    };
    let pairs = setting("ONWARD_PAIRS", 120);
    let seed = setting("ONWARD_SEED", 1);
    let mut tally = Tally::default();
    for number in seed..seed + pairs {
        let case = generate::case(dialect, number);
        one(dialect, &mut database, &case, number, &mut tally).await;
    }
    println!(
        "{dialect}: seeds {seed}..{}: {} pairs run, {} refused by the database, {} directions, {} lossy, {} unknown, {} alarms, {} unsound",
        seed + pairs,
        tally.pairs,
        tally.refused,
        tally.directions,
        tally.lossy,
        tally.unknown,
        tally.alarms.len(),
        tally.unsound.len(),
    );
    for alarm in &tally.alarms {
        println!("alarm: {alarm}");
    }
    assert!(
        tally.directions > tally.refused,
        "most cases must run, or nothing was tested"
    );
    assert!(
        tally.unsound.is_empty(),
        "{} directions lost more than their verdict says:\n{}",
        tally.unsound.len(),
        tally
            .unsound
            .iter()
            .take(10)
            .fold(String::new(), |all, one| all + one + "\n")
    );
    let allowed = tally.directions / 50;
    assert!(
        tally.alarms.len() <= allowed,
        "{} alarms over nothing in {} directions, of which {allowed} are borne:\n{}",
        tally.alarms.len(),
        tally.directions,
        tally
            .alarms
            .iter()
            .take(10)
            .fold(String::new(), |all, one| all + one + "\n")
    );
}

async fn one(
    dialect: Dialect,
    database: &mut Database,
    case: &Case,
    number: u64,
    tally: &mut Tally,
) {
    let marks = Marks::default();
    let subject = |up, down| Subject {
        up: Code::Sql(up),
        down,
        marks: &marks,
        style: Style::Attribute,
    };
    let mut schemas = [Schema::empty()];
    let _ = check(&subject(&case.before, None), &[dialect], &mut schemas);
    let checked = check(
        &subject(&case.up, Some(Code::Sql(&case.down))),
        &[dialect],
        &mut schemas,
    );

    database.empty().await;
    let mut writer = Writer::new();
    database
        .run(&case.before)
        .await
        .unwrap_or_else(|e| panic!("seed {number}: {e}\n{}", case.before));
    fill(database, &mut writer).await;
    tally.pairs += 1;
    for (side, sql, analysis) in [
        ("up", &case.up, checked.up.first()),
        ("down", &case.down, checked.down.first()),
    ] {
        let before = tokens(database).await;
        if database.run(sql).await.is_err() {
            tally.refused += 1;
            return;
        }
        let after = tokens(database).await;
        let Some(analysis) = analysis else {
            panic!("seed {number}: {side} was not judged")
        };
        tally.directions += 1;
        let place = format!(
            "seed {number} {side}\nbefore: {}\nup: {}\ndown: {}\n",
            case.before, case.up, case.down
        );
        weigh(&before, &after, analysis, &place, tally);
        fill(database, &mut writer).await;
    }
}

fn weigh(before: &Tokens, after: &Tokens, analysis: &Analysis, place: &str, tally: &mut Tally) {
    let gone: BTreeSet<&(String, String)> = before
        .iter()
        .filter(|(token, _)| !after.contains_key(*token))
        .map(|(_, at)| at)
        .collect();
    match analysis.verdict {
        Verdict::Unknown => {
            tally.unknown += 1;
            return;
        }
        Verdict::Lossy => tally.lossy += 1,
        Verdict::Lossless => {}
    }
    let named = |table: &str, column: &str| {
        analysis.losses.iter().any(|loss| {
            loss.object.table == table
                && loss
                    .object
                    .column
                    .as_deref()
                    .is_none_or(|name| name == column)
        })
    };
    let unforetold: Vec<_> = gone.iter().filter(|(t, c)| !named(t, c)).collect();
    if !unforetold.is_empty() {
        tally.unsound.push(format!(
            "{place}vanished: {unforetold:?}; foretold: {}",
            list(analysis)
        ));
    }
    // A loss counts as empty where its table held something before and not one of its values went.
    let idle: Vec<_> = analysis
        .losses
        .iter()
        .filter(|_| analysis.verdict == Verdict::Lossy)
        .filter(|loss| {
            let of = |(table, column): &(String, String)| {
                *table == loss.object.table
                    && loss
                        .object
                        .column
                        .as_ref()
                        .is_none_or(|name| name == column)
            };
            before.values().any(of) && !gone.iter().any(|at| of(at))
        })
        .collect();
    if !idle.is_empty() {
        tally
            .alarms
            .push(format!("{place}nothing vanished of: {idle:?}"));
    }
}

fn list(analysis: &Analysis) -> String {
    analysis.losses.iter().fold(String::new(), |mut all, loss| {
        write!(all, "{} ({}) ", loss.object, loss.kind.name()).expect("a string takes everything");
        all
    })
}

/// Writes rows of fresh tokens into every table.
async fn fill(database: &mut Database, writer: &mut Writer) {
    for (table, columns) in database.tables().await {
        for key in [
            Key::Positive,
            Key::Negative,
            Key::Missing,
            Key::Positive,
            Key::Zero,
            Key::Zero,
            Key::One,
            Key::One,
        ] {
            // A constraint may refuse a row; the others still count.
            let row = writer.row(database.dialect(), &table, &columns, key);
            let _ = database.run(&row).await;
        }
    }
}

async fn tokens(database: &mut Database) -> Tokens {
    let mut all = Tokens::new();
    for (table, columns) in database.tables().await {
        for row in database.cells(&table, &columns).await {
            for ((column, _), cell) in columns.iter().zip(row) {
                if let Some(value) = cell.filter(|value| generate::is_token(value)) {
                    all.insert(value, (table.clone(), column.clone()));
                }
            }
        }
    }
    all
}
