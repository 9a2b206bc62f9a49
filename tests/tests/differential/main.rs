//! Does what the verdict says vanish, and nothing else? Generated pairs, run on the real databases.
//!
//! Every value that a case stores is a token that stands nowhere else, so whatever vanishes can be named: a token that
//! was in `t.c` before a direction ran and is in no table after it must be covered by a loss of `t` or `t.c`. A verdict
//! of lossy where nothing vanished is counted apart, as an alarm.
//!
//! Rows of the values that a type treats most oddly stand among them. Where a token vanished unforetold, another is put in its
//! place and all runs again: only where both end as one was it lost.
//!
//! `ONWARD_PAIRS` sets how many pairs are run on each database, `ONWARD_SEED` where the generator begins; both are
//! printed, so that any failure can be seen again.

mod contents;
mod database;
mod generate;
mod oracle;
mod values;
mod writer;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use contents::{Content, Dump, Table};
use database::Database;
use generate::Case;
use onward_analysis::check::{Code, Style};
use onward_analysis::{Analysis, Dialect, Marks, Schema, Subject, Verdict, check};
use writer::Writer;

/// Where each token stands: its table and column.
type Tokens = BTreeMap<String, (Table, String)>;

/// A token that stands nowhere any more, and where it was.
struct Vanished {
    token: String,
    table: String,
    column: String,
}

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

    let mut writer = Writer::new(number);
    let mut ran = vec![case.before.clone()];
    if !replay(database, &ran).await {
        tally.refused += 1;
        return;
    }
    let mut tables = contents::tables(database).await;
    ran.push(writer.fill(database, &tables, case).await);
    tally.pairs += 1;
    for (side, sql, analysis) in [
        ("up", &case.up, checked.up.first()),
        ("down", &case.down, checked.down.first()),
    ] {
        let before = contents::dump(database, &tables).await;
        if database.run(sql).await.is_err() {
            tally.refused += 1;
            return;
        }
        database.end_session(sql).await;
        tables = contents::tables(database).await;
        let after = contents::dump(database, &tables).await;
        let (Some(analysis), Some(before), Some(after)) = (analysis, before, after) else {
            return;
        };
        tally.directions += 1;
        let place = format!(
            "seed {number} {side}\nbefore: {}\nup: {}\ndown: {}\n",
            case.before, case.up, case.down
        );
        let told = !case.by_hand;
        let vanished = weigh(
            &tokens(&before),
            &tokens(&after),
            analysis,
            &place,
            told,
            tally,
        );
        ran.push(sql.clone());
        let looked_closer = !vanished.is_empty();
        for one in vanished {
            if end_as_one(database, &ran, &one, &before, &after).await {
                let (table, column) = (one.table, one.column);
                tally.unsound.push(format!(
                    "{place}vanished: {table}.{column}; foretold: {}",
                    list(analysis)
                ));
                break;
            }
        }
        if looked_closer && !replay(database, &ran).await {
            return;
        }
        ran.push(writer.fill(database, &tables, case).await);
    }
}

/// Runs everything from an empty database; `false` where the last is refused.
async fn replay(database: &mut Database, ran: &[String]) -> bool {
    database.empty().await;
    for (number, sql) in ran.iter().enumerate() {
        // Every second one writes rows, of which the schema may refuse some.
        if number % 2 == 1 {
            contents::write(database, sql).await;
        } else if database.run(sql).await.is_err() {
            return false;
        } else {
            database.end_session(sql).await;
        }
    }
    true
}

/// Whether a vanished token is lost: with another in its place, and so from another state, the last script ends as it did.
async fn end_as_one(
    database: &mut Database,
    ran: &[String],
    vanished: &Vanished,
    from: &Dump,
    to: &Dump,
) -> bool {
    let mut other = ran.to_vec();
    for rows in other.iter_mut().skip(1).step_by(2) {
        *rows = rows.replace(&vanished.token, &vanished.token.replacen('1', "9", 1));
    }
    let Some(script) = other.pop() else {
        return false;
    };
    if !replay(database, &other).await {
        return false;
    }
    let Some(start) = dump(database).await else {
        return false;
    };
    let there = |dump: &Dump| {
        dump.of(|table, column| table.name == vanished.table && column.name == vanished.column)
    };
    there(&start) != there(from)
        && database.run(&script).await.is_ok()
        && dump(database)
            .await
            .is_some_and(|end| end.to_string() == to.to_string())
}

async fn dump(database: &mut Database) -> Option<Dump> {
    let tables = contents::tables(database).await;
    contents::dump(database, &tables).await
}

/// Counts the direction, and says which tokens vanished though no loss speaks of them, and from where.
fn weigh(
    before: &Tokens,
    after: &Tokens,
    analysis: &Analysis,
    place: &str,
    told: bool,
    tally: &mut Tally,
) -> Vec<Vanished> {
    let gone: Vec<(&String, &(Table, String))> = before
        .iter()
        .filter(|(token, _)| !after.contains_key(*token))
        .collect();
    match analysis.verdict {
        Verdict::Unknown => {
            tally.unknown += 1;
            return Vec::new();
        }
        Verdict::Lossy => tally.lossy += 1,
        Verdict::Lossless => {}
    }
    // A loss counts as empty where its table held something before and not one of its values went. A case that was written
    // by hand may fold values without one of them going, of which the oracle can tell.
    let idle: Vec<_> = analysis
        .losses
        .iter()
        .filter(|_| analysis.verdict == Verdict::Lossy)
        .filter(|&loss| {
            let alone = Analysis {
                losses: vec![loss.clone()],
                ..analysis.clone()
            };
            let of = |(table, column): &(Table, String)| table.is_given_up(&alone, Some(column));
            before.values().any(of) && !gone.iter().any(|(_, at)| of(at))
        })
        .collect();
    if told && !idle.is_empty() {
        tally
            .alarms
            .push(format!("{place}nothing vanished of: {idle:?}"));
    }
    // What is not understood may take anything besides.
    if !analysis.unknowns.is_empty() {
        return Vec::new();
    }
    gone.into_iter()
        .filter(|(_, (table, column))| !table.is_given_up(analysis, Some(column)))
        .map(|(token, (table, column))| Vanished {
            token: token.clone(),
            table: table.name.clone(),
            column: column.clone(),
        })
        .collect()
}

fn list(analysis: &Analysis) -> String {
    analysis.losses.iter().fold(String::new(), |mut all, loss| {
        write!(all, "{} ({}) ", loss.object, loss.kind.name()).expect("a string takes everything");
        all
    })
}

fn tokens(dump: &Dump) -> Tokens {
    let mut all = Tokens::new();
    for Content { table, rows } in &dump.0 {
        for (column, cell) in rows.iter().flat_map(|row| table.columns.iter().zip(row)) {
            // SQLite shows a text between quotes.
            let token = cell.as_deref().map(|text| text.trim_matches('\''));
            if let Some(token) = token.filter(|text| writer::is_token(text) && !column.worked_out) {
                all.insert(token.to_owned(), (table.clone(), column.name.clone()));
            }
        }
    }
    all
}
