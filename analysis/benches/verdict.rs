//! How fast is the verdict, against the parser alone over the same SQL in the same run?
//!
//! `ONWARD_FOLDERS="mysql:path postgres:path …" cargo bench -p onward-analysis --features parse`
//!
//! *Verdict* is what each direction loses, read and judged in the folder's order; *check* is all that `cargo onward check`
//! says: the pair, the missing half, the findings. Without folders, generated migrations are judged, for the labelled corpus's
//! SQL is no measure.

use std::time::{Duration, Instant};

use onward_analysis::check::{Code, Style};
use onward_analysis::judge::judge;
use onward_analysis::split::split;
use onward_analysis::{Dialect, Marks, Schema, Subject, check, folder};
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

/// A migration takes as long as in the best of so many rounds, so that whoever else uses the machine is left out.
const ROUNDS: usize = 15;

struct Pair {
    up: String,
    down: Option<String>,
}

fn main() {
    let folders = std::env::var("ONWARD_FOLDERS").unwrap_or_default();
    let mut total = Measured::default();
    for entry in folders.split_whitespace() {
        let Some((dialect, path)) = entry.split_once(':') else {
            continue;
        };
        let Some(dialect) = Dialect::named(dialect) else {
            continue;
        };
        let Ok(folder) = folder::read(std::path::Path::new(path)) else {
            eprintln!("{path} is left out: it cannot be read as a folder of migrations");
            continue;
        };
        let pairs: Vec<Pair> = folder
            .migrations
            .into_iter()
            .map(|file| Pair {
                up: file.up.text,
                down: file.down.map(|down| down.text),
            })
            .collect();
        let measured = measure(dialect, &pairs);
        measured.report(path);
        total.add(&measured);
    }
    if total.bytes == 0 {
        total = measure(Dialect::Postgres, &generated());
    }
    total.report("all");
}

fn generated() -> Vec<Pair> {
    let pair = |n: usize| Pair {
        up: format!(
            "CREATE TABLE t{n} (id bigint PRIMARY KEY, name text NOT NULL, made timestamptz DEFAULT now());\n\
             CREATE INDEX t{n}_name ON t{n} (name);\nALTER TABLE t{n} ADD COLUMN phone varchar(20);\n\
             UPDATE t{n} SET phone = name WHERE phone IS NULL;\n"
        ),
        down: Some(format!("DROP TABLE t{n};\n")),
    };
    (0..1000).map(pair).collect()
}

/// How long each takes over the same bytes.
#[derive(Default)]
struct Measured {
    bytes: usize,
    parser: Duration,
    verdict: Duration,
    check: Duration,
}

impl Measured {
    fn add(&mut self, one: &Measured) {
        self.bytes += one.bytes;
        self.parser += one.parser;
        self.verdict += one.verdict;
        self.check += one.check;
    }

    fn report(&self, name: &str) {
        println!(
            "{name}: {} bytes, parser alone {:.1} MB/s",
            self.bytes,
            self.bytes as f64 / 1e6 / self.parser.as_secs_f64()
        );
        for (what, time) in [("verdict", self.verdict), ("check", self.check)] {
            println!(
                "  {what} {:.1} MB/s, {:.2} of the parser alone",
                self.bytes as f64 / 1e6 / time.as_secs_f64(),
                self.parser.as_secs_f64() / time.as_secs_f64(),
            );
        }
    }
}

/// The three in turn.
fn measure(dialect: Dialect, pairs: &[Pair]) -> Measured {
    let statements: Vec<Vec<String>> = pairs.iter().map(|pair| statements(dialect, pair)).collect();
    let none = || vec![Duration::MAX; pairs.len()];
    let (mut parser, mut verdict, mut check) = (none(), none(), none());
    for _ in 0..ROUNDS {
        for (statements, best) in statements.iter().zip(&mut parser) {
            least(best, || parse(dialect, statements));
        }
        let mut schema = Schema::empty();
        for (pair, best) in pairs.iter().zip(&mut verdict) {
            least(best, || judged(dialect, pair, &mut schema));
        }
        let mut schema = [Schema::empty()];
        for (pair, best) in pairs.iter().zip(&mut check) {
            least(best, || checked(dialect, pair, &mut schema));
        }
    }
    let down = |pair: &Pair| pair.down.as_ref().map_or(0, String::len);
    Measured {
        bytes: pairs.iter().map(|pair| pair.up.len() + down(pair)).sum(),
        parser: parser.iter().sum(),
        verdict: verdict.iter().sum(),
        check: check.iter().sum(),
    }
}

fn statements(dialect: Dialect, pair: &Pair) -> Vec<String> {
    let texts = std::iter::once(pair.up.as_str()).chain(pair.down.as_deref());
    let of_text = |sql| {
        let pieces = split(sql, dialect).into_iter();
        pieces.map(move |piece| piece.plain(sql))
    };
    texts.flat_map(of_text).collect()
}

fn parse(dialect: Dialect, statements: &[String]) {
    for statement in statements {
        let parsed = match dialect {
            Dialect::Sqlite => Parser::parse_sql(&SQLiteDialect {}, statement),
            Dialect::Postgres => Parser::parse_sql(&PostgreSqlDialect {}, statement),
            Dialect::MySql => Parser::parse_sql(&MySqlDialect {}, statement),
        };
        std::hint::black_box(parsed.is_ok());
    }
}

fn judged(dialect: Dialect, pair: &Pair, schema: &mut Schema) {
    let judged = judge(dialect, schema, Some(&pair.up), pair.down.as_deref());
    std::hint::black_box((&judged.up, &judged.down));
    *schema = judged.after;
}

fn checked(dialect: Dialect, pair: &Pair, schema: &mut [Schema; 1]) {
    let subject = Subject {
        up: Code::Sql(&pair.up),
        down: pair.down.as_deref().map(Code::Sql),
        marks: &Marks::default(),
        style: Style::Header,
    };
    std::hint::black_box(check(&subject, &[dialect], schema));
}

/// Runs it, and keeps its time if it is less than `best`.
fn least(best: &mut Duration, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    *best = (*best).min(start.elapsed());
}
