//! Does the analysis stand what fuzzing found, and the worst of each kind? Replays the fuzzer's corpus without it.
#![cfg(feature = "parse")]

#[path = "../fuzz/run.rs"]
mod run;

use run::run;

/// As the compiler and a program's main thread have it; a test's own thread has a quarter.
const STACK: usize = 8 << 20;

fn with_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    let done = thread.expect("a thread can be made").join();
    done.expect("every input is stood");
}

#[test]
fn the_corpus_is_stood() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/judge");
    let mut inputs = Vec::new();
    for entry in std::fs::read_dir(corpus).unwrap() {
        inputs.push(std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(inputs.len() > 10, "the corpus is there");
    with_stack(move || inputs.iter().for_each(|input| run(input)));
}

/// Each of these, many times over, nests deep or makes something look far ahead.
#[test]
fn repetition_neither_overflows_nor_hangs() {
    let scripts = [
        ("SELECT ", "("),
        ("SELECT a", " AND a"),
        ("SELECT a", "::int"),
        ("SELECT a", "[1]"),
        ("SELECT ", "NOT "),
        ("SELECT 1", " UNION ALL SELECT 1"),
        ("SELECT ", "CASE WHEN "),
        ("CREATE PROCEDURE p() ", "BEGIN "),
        ("CREATE PROCEDURE p() BEGIN ", "IF a THEN "),
        ("DO $$ BEGIN ", "IF a THEN "),
        ("DO $$ BEGIN IF f(1)", " AND a"),
        ("ALTER TABLE t ", "FROB a,"),
        ("ALTER TABLE t ", "DROP a,"),
        ("INSERT INTO t VALUES (1)", ", (1)"),
        ("", "$a$b"),
        ("", "{{"),
        ("", "/*"),
        ("", "'"),
        ("", "SELECT 1;"),
        ("COPY t FROM stdin;\n", "1\n"),
        ("", "DELIMITER //\n"),
        ("SET @a = 'SELECT 1';", "SET @a = CONCAT(@a, @a);"),
        ("SET @a = 'x';", "SELECT IF(1, @a, 'y') INTO @a;"),
        ("", "-- onward: lossy = \"x\"\n"),
    ];
    with_stack(move || {
        for (head, part) in scripts {
            for times in [20, 290, 3000] {
                run(format!("{head}{}", part.repeat(times)).as_bytes());
            }
        }
    });
}

/// A few routines, each of which calls the next one many times.
#[test]
fn routines_that_call_each_other_do_not_hang() {
    let chain = |define: &dyn Fn(usize, String) -> String, call: &dyn Fn(usize) -> String| {
        let routines = (0..11).map(|n| define(n, call(n + 1).repeat(9)));
        let script: String = routines.collect();
        script + &define(11, String::new()) + &call(0)
    };
    let postgres = chain(
        &|n, calls| {
            format!(
                "CREATE FUNCTION f{n}() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {calls} END $$;\n"
            )
        },
        &|n| format!("SELECT f{n}();"),
    );
    let mysql = chain(
        &|n, calls| format!("CREATE PROCEDURE f{n}() BEGIN {calls} END;\n"),
        &|n| format!("CALL f{n}();"),
    );
    with_stack(move || {
        run(postgres.as_bytes());
        run(mysql.as_bytes());
    });
}
