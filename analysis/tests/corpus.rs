//! Does the verdict say what a database would do? The labelled corpus in `tests/corpus`.
//!
//! A case is
//!
//! ```text
//! ## a sentence that names it [sqlite postgres mysql]
//! before: SQL of earlier migrations; without it, nothing is known of the database
//! up: SQL
//! down: SQL
//! => up VERDICT [object AGE, …]
//! => down VERDICT [object AGE, …]
//! ```
//!
//! SQL goes on in the lines that follow, where they are indented. A verdict that is not given is not looked at.
#![cfg(feature = "parse")]

use std::fmt::Write as _;

use onward_analysis::check::{Code, Style};
use onward_analysis::{Age, Analysis, Dialect, Marks, Schema, Subject, Verdict, check};

#[derive(Default)]
struct Case {
    name: String,
    line: usize,
    dialects: Vec<Dialect>,
    before: Option<String>,
    up: String,
    down: Option<String>,
    expect_up: Option<String>,
    expect_down: Option<String>,
}

#[test]
fn every_case_is_judged_as_labelled() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let (mut total, mut wrong) = (0, String::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for case in read(&text) {
            for &dialect in &case.dialects {
                total += 1;
                for problem in judge(&case, dialect) {
                    let file = file.file_name().unwrap().to_string_lossy();
                    writeln!(
                        wrong,
                        "{file}:{} {} [{dialect}]\n    {problem}",
                        case.line, case.name
                    )
                    .unwrap();
                }
            }
        }
    }
    assert!(total > 0, "no case was read");
    assert!(wrong.is_empty(), "of {total} cases:\n{wrong}");
}

fn judge(case: &Case, dialect: Dialect) -> Vec<String> {
    let marks = Marks::default();
    let mut schemas = [match &case.before {
        Some(_) => Schema::empty(),
        None => Schema::unknown(),
    }];
    let run = |up: &str, down: Option<&str>, schemas: &mut [Schema]| {
        let subject = Subject {
            up: Code::Sql(up),
            down: down.map(Code::Sql),
            marks: &marks,
            style: Style::Attribute,
        };
        check(&subject, &[dialect], schemas)
    };
    if let Some(before) = &case.before {
        run(before, None, &mut schemas);
    }
    let checked = run(&case.up, case.down.as_deref(), &mut schemas);
    let sides = [
        ("up", &case.expect_up, checked.up.first()),
        ("down", &case.expect_down, checked.down.first()),
    ];
    let mut problems = Vec::new();
    for (side, expected, analysis) in sides {
        let Some(expected) = expected else { continue };
        let found = analysis.map_or_else(|| "nothing".to_owned(), describe);
        if *expected != found {
            problems.push(format!("{side}: expected {expected}; found {found}"));
        }
    }
    problems
}

fn describe(analysis: &Analysis) -> String {
    let verdict = match analysis.verdict {
        Verdict::Lossless => "lossless",
        Verdict::Lossy => "lossy",
        Verdict::Unknown => "unknown",
    };
    let mut losses: Vec<String> = analysis
        .losses
        .iter()
        .filter(|_| analysis.verdict != Verdict::Lossless)
        .map(|loss| {
            let age = match loss.age {
                Age::SinceUp => "since_up",
                Age::Older => "older",
            };
            format!("{} {age}", loss.object)
        })
        .collect();
    losses.sort();
    losses.dedup();
    format!("{verdict} {}", losses.join(", ")).trim().to_owned()
}

fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut field = "";
    for (index, line) in text.lines().enumerate() {
        if let Some(title) = line.strip_prefix("## ") {
            let (name, dialects) = title.rsplit_once(" [").expect("a case names its dialects");
            cases.push(Case {
                name: name.to_owned(),
                line: index + 1,
                dialects: dialects
                    .trim_end_matches(']')
                    .split(' ')
                    .map(|name| Dialect::named(name).expect("a dialect"))
                    .collect(),
                ..Case::default()
            });
            field = "";
            continue;
        }
        let Some(case) = cases.last_mut() else {
            continue;
        };
        let (key, rest) = match line.split_once(' ') {
            Some(("=>", rest)) => {
                let (side, expected) = rest.split_once(' ').expect("=> side verdict");
                let mut parts = expected.splitn(2, ' ');
                let verdict = parts.next().unwrap_or_default();
                let mut losses: Vec<&str> = parts
                    .next()
                    .unwrap_or_default()
                    .split(", ")
                    .filter(|l| !l.is_empty())
                    .collect();
                losses.sort_unstable();
                let expected = Some(format!("{verdict} {}", losses.join(", ")).trim().to_owned());
                match side {
                    "up" => case.expect_up = expected,
                    "down" => case.expect_down = expected,
                    other => panic!("line {}: `{other}` is no side", index + 1),
                }
                continue;
            }
            Some((key @ ("before:" | "up:" | "down:"), rest)) => (key, rest),
            _ if matches!(line, "before:" | "up:" | "down:") => (line, ""),
            _ if line.starts_with(' ') => (field, line.strip_prefix("  ").unwrap_or(line)),
            _ if line.is_empty() => continue,
            _ => panic!("line {}: not understood: {line}", index + 1),
        };
        let sql = match key {
            "before:" => case.before.get_or_insert_default(),
            "up:" => &mut case.up,
            "down:" => case.down.get_or_insert_default(),
            _ => panic!("line {}: SQL before a key", index + 1),
        };
        sql.push_str(rest);
        sql.push('\n');
        field = match key {
            "before:" => "before:",
            "up:" => "up:",
            _ => "down:",
        };
    }
    cases
}
