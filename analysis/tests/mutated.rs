//! Does the analysis stand scripts that are nearly right? Mutates what the labelled cases and the fuzzer's corpus hold.
//!
//! Without a nightly compiler it finds what cargo-fuzz would begin with. `ONWARD_SECONDS` says for how long it goes on,
//! `ONWARD_SEED` where it begins (printed), `ONWARD_SQL` names a folder with more scripts, and `ONWARD_STACK` the kilobytes of
//! its thread's stack. What overflows that ends the process, so each input is written to a file before it is run.
#![cfg(feature = "parse")]

#[path = "../fuzz/run.rs"]
mod run;

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use fastrand::Rng;
use onward_analysis::check::{Code, Style};
use onward_analysis::forward::{Past, forward};
use onward_analysis::sequence::{Member, Sequence, Text};
use onward_analysis::{Dialect, Marks, Version};

/// Longer scripts find nothing that short ones do not, and keep others from their turn.
const LONGEST: usize = 4_000;

#[test]
fn mutated_scripts_are_stood() {
    let setting =
        |name, default| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let seconds = setting("ONWARD_SECONDS", 3);
    let seed = setting("ONWARD_SEED", 1);
    let stack = setting("ONWARD_STACK", 8192) as usize;
    let thread = std::thread::Builder::new().stack_size(stack << 10);
    let input = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mutated-{seed}.txt"));
    // Past the capture of the test harness, which a process that is ended never prints.
    let told = format!("if this ends the process, the input is {}", input.display());
    writeln!(std::io::stderr(), "ONWARD_SEED={seed}: {told}").expect("it can be told");
    let kept = input.clone();
    let work = move || mutate(seed, Duration::from_secs(seconds), &kept);
    let (runs, found) = thread.spawn(work).unwrap().join().unwrap();
    std::fs::remove_file(input).expect("an input was run");
    println!("ONWARD_SEED={seed}: {runs} inputs, {found} failed");
    assert_eq!(found, 0, "the inputs stand above");
}

/// How many inputs were run, each kept in the file `input` meanwhile, and how many of them were not stood.
fn mutate(seed: u64, time: Duration, input: &Path) -> (usize, usize) {
    let scripts = scripts();
    assert!(scripts.len() > 1_000, "the cases are there");
    let mut rng = Rng::with_seed(seed);
    let (mut runs, mut found) = (0, 0);
    let start = Instant::now();
    while start.elapsed() < time {
        let parts = [2, 2, 2, 6][rng.usize(..4)];
        let parts: Vec<String> = (0..parts).map(|_| mutated(&scripts, &mut rng)).collect();
        runs += 1;
        std::fs::write(input, parts.join("\n---\n")).expect("it can be kept");
        let before = Instant::now();
        let stood = catch_unwind(AssertUnwindSafe(|| match parts.as_slice() {
            [up, down] => run::run(format!("{up}\n---\n{down}").as_bytes()),
            _ => folder(&parts),
        }));
        let slow = before.elapsed() > SLOW;
        if stood.is_err() || slow {
            found += 1;
            let why = if slow { "took too long" } else { "failed" };
            println!("ONWARD_SEED={seed}, input {runs} {why}: {parts:#?}");
        }
    }
    (runs, found)
}

/// Far beyond what a script of this length takes on a slow and busy machine, without optimisation.
const SLOW: Duration = Duration::from_secs(60);

/// The scripts as the migrations of a folder: each judged on what the others built, inverted, and reversed today.
fn folder(parts: &[String]) {
    let number = |at: usize| Version::new(i64::try_from(at).unwrap_or_default() + 1);
    let pairs: Vec<(&String, &String)> = parts.chunks_exact(2).map(|of| (&of[0], &of[1])).collect();
    for dialect in Dialect::ALL {
        let member = |(at, (up, down)): (usize, &(&String, &String))| Member {
            version: number(at),
            name: String::new(),
            up: Text::Sql((*up).clone()),
            down: (at % 2 == 0).then(|| Text::Sql((*down).clone())),
            marks: Marks::default(),
            style: Style::Header,
            dialects: vec![dialect],
            only: Vec::new(),
            conditions: std::collections::BTreeSet::new(),
            file: String::new(),
        };
        let members: Vec<Member> = pairs.iter().enumerate().map(member).collect();
        for mut all in [
            Sequence::open(members.clone()),
            Sequence::closed(members.clone()),
        ] {
            for own in &members {
                let checked = all.check(own).expect("it is a member");
                assert_eq!(checked.up.len(), 1);
            }
        }
        let past = |(at, (up, down)): (usize, &(&'_ String, &'_ String))| {
            (at, up.to_string(), down.to_string())
        };
        let texts: Vec<(usize, String, String)> = pairs.iter().enumerate().map(past).collect();
        let history: Vec<Past<'_>> = texts
            .iter()
            .map(|(at, up, down)| Past {
                version: number(*at),
                name: "n",
                up: Code::Sql(up),
                down: (at % 2 == 0).then_some(Code::Sql(down)),
                only: &[],
                style: Style::Header,
            })
            .collect();
        for past in &history {
            let _ = forward(&history, past.version, &[dialect]);
        }
    }
}

/// The SQL of the cases, of the fuzzer's corpus, and of the folder that is named.
fn scripts() -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut scripts = Vec::new();
    for folder in ["tests/corpus", "fuzz/corpus/judge"] {
        read(&here.join(folder), &mut scripts);
    }
    if let Some(folder) = std::env::var_os("ONWARD_SQL") {
        read(Path::new(&folder), &mut scripts);
    }
    scripts
}

fn read(folder: &Path, scripts: &mut Vec<String>) {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, scripts);
            continue;
        }
        let text =
            String::from_utf8_lossy(&std::fs::read(&path).expect("it can be read")).into_owned();
        if path.extension().is_some_and(|extension| extension == "txt") {
            scripts.extend(cases(&text));
        } else if path.extension().is_none_or(|extension| extension == "sql") {
            scripts.push(text);
        }
    }
}

/// The scripts of the labelled cases in a file of them.
fn cases(text: &str) -> Vec<String> {
    let mut scripts: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let begun = ["before:", "up:", "down:"]
            .iter()
            .find_map(|key| line.strip_prefix(key));
        if let Some(rest) = begun {
            scripts.push(rest.to_owned());
            inside = true;
        } else if line.starts_with(' ') && inside {
            if let Some(script) = scripts.last_mut() {
                let _ = write!(script, "\n{line}");
            }
        } else {
            inside = false;
        }
    }
    scripts
}

/// What a mutation puts in: where a script may be cut short, and what opens or ends something.
const WORDS: [&str; 48] = [
    ";", "(", ")", "()", ",", "'", "\"", "`", "$$", "--", "/*", "*/", "/*!", ".", "::", ":=", "=",
    "*", "[", "]", "E'", "NULL", "BEGIN", "END", "END;", "IF", "THEN", "ELSE", "END IF;", "LOOP",
    "CASE", "WHEN", "FOR", "SELECT", "FROM", "WHERE", "AS", "INTO", "ON", "CASCADE", "TABLE",
    "COLUMN", "NOT", "EXISTS", "DEFAULT", "EXECUTE", "DO", "\u{e9}",
];

/// A script with some of its parts left out, doubled, swapped, or put in from elsewhere.
fn mutated(scripts: &[String], rng: &mut Rng) -> String {
    let any = |rng: &mut Rng| words(&scripts[rng.usize(..scripts.len())], rng);
    let mut own = any(rng);
    for _ in 0..rng.usize(..6) {
        if own.is_empty() {
            break;
        }
        let (at, other) = (rng.usize(..own.len()), rng.usize(..own.len()));
        let end = (at + 1 + rng.usize(..8)).min(own.len());
        match rng.usize(..8) {
            0 => drop(own.drain(at..end)),
            1 => own.swap(at, other),
            2 => own.truncate(at),
            3 => own.insert(at, WORDS[rng.usize(..WORDS.len())].to_owned()),
            4 => {
                let again = own[at..end].to_vec();
                own.splice(other..other, again);
            }
            5 => {
                let mut part = any(rng);
                let from = rng.usize(..=part.len());
                let part: Vec<String> = part.drain(from..).take(12).collect();
                own.splice(at..end, part);
            }
            6 => own[at] = WORDS[rng.usize(..WORDS.len())].to_owned(),
            _ => own.extend(any(rng)),
        }
    }
    own.concat()
}

/// A script in words and what stands between them; a part of it, where it is long.
fn words(script: &str, rng: &mut Rng) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut was_word = false;
    for c in script.chars() {
        let is_word = c.is_alphanumeric() || c == '_';
        match words.last_mut() {
            Some(last) if is_word && was_word => last.push(c),
            _ => words.push(c.to_string()),
        }
        was_word = is_word;
    }
    if script.len() > LONGEST {
        let from = rng.usize(..words.len());
        words.drain(..from);
        words.truncate(LONGEST / 8);
    }
    words
}
