//! How fast is the verdict, against the parser alone over the same SQL in the same run?
//!
//! `ONWARD_FOLDERS="mysql:path postgres:path …" cargo bench -p onward-analysis --features parse`
//!
//! Without it the labelled corpus's SQL is no measure, so a folder of generated migrations is judged.

use std::time::{Duration, Instant};

use onward_analysis::check::{Code, Style};
use onward_analysis::split::split;
use onward_analysis::{Dialect, Marks, Schema, Subject, check, folder};
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

struct Pair {
    up: String,
    down: Option<String>,
}

fn main() {
    let folders = std::env::var("ONWARD_FOLDERS").unwrap_or_default();
    let mut total = (0usize, Duration::ZERO, Duration::ZERO);
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
        add(&mut total, measure(path, dialect, &pairs));
    }
    if total.0 == 0 {
        add(
            &mut total,
            measure("generated", Dialect::Postgres, &generated()),
        );
    }
    report("all", total);
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

type Measured = (usize, Duration, Duration);

fn add(total: &mut Measured, one: Measured) {
    *total = (total.0 + one.0, total.1 + one.1, total.2 + one.2);
}

/// Bytes, time of the parser alone, time of parser and verdict; the best of five each.
fn measure(name: &str, dialect: Dialect, pairs: &[Pair]) -> Measured {
    let texts: Vec<&str> = pairs
        .iter()
        .flat_map(|pair| std::iter::once(pair.up.as_str()).chain(pair.down.as_deref()))
        .collect();
    let statements: Vec<String> = texts
        .iter()
        .flat_map(|sql| {
            split(sql, dialect)
                .into_iter()
                .map(|piece| piece.plain(sql))
        })
        .collect();
    let bytes = texts.iter().map(|text| text.len()).sum();
    let parser = best(|| {
        for statement in &statements {
            let parsed = match dialect {
                Dialect::Sqlite => Parser::parse_sql(&SQLiteDialect {}, statement),
                Dialect::Postgres => Parser::parse_sql(&PostgreSqlDialect {}, statement),
                Dialect::MySql => Parser::parse_sql(&MySqlDialect {}, statement),
            };
            std::hint::black_box(parsed.is_ok());
        }
    });
    let verdict = best(|| {
        let marks = Marks::default();
        let mut schemas = [Schema::empty()];
        for pair in pairs {
            let subject = Subject {
                up: Code::Sql(&pair.up),
                down: pair.down.as_deref().map(Code::Sql),
                marks: &marks,
                style: Style::Header,
            };
            std::hint::black_box(check(&subject, &[dialect], &mut schemas));
        }
    });
    report(name, (bytes, parser, verdict));
    (bytes, parser, verdict)
}

fn best(mut run: impl FnMut()) -> Duration {
    let once = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..5).map(once).min().unwrap_or_default()
}

fn report(name: &str, (bytes, parser, verdict): Measured) {
    let megabytes = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    println!(
        "{name}: {bytes} bytes, parser {:.1} MB/s, verdict {:.1} MB/s, ratio {:.2}",
        megabytes(parser),
        megabytes(verdict),
        parser.as_secs_f64() / verdict.as_secs_f64(),
    );
}
