//! Does the README show what is really said?

use std::process::Command;

const README: &str = include_str!("../../../README.md");
const COMPILE_ERROR: &str =
    include_str!("../../../tests/tests/ui/fail/unmarked_destructive_down.stderr");

#[test]
fn the_refusal_is_the_quickstarts() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    // It is shortened: every line of it is there, in this order.
    let mut lines = told.lines();
    for shown in block("Refused:") {
        assert!(lines.any(|line| line == shown), "not said: {shown}");
    }
}

#[test]
fn the_compile_error_is_the_compilers() {
    let said: Vec<&str> = COMPILE_ERROR.lines().map(sentence).collect();
    for shown in block("error: the down drops") {
        // The place differs: the file and the line of the snippet.
        if !shown.contains("-->") {
            assert!(said.contains(&sentence(shown)), "not said: {shown}");
        }
    }
}

/// The lines of the README's block that begins with `start`.
fn block(start: &str) -> impl Iterator<Item = &'static str> {
    let begins = README.find(start).expect("the README has no such block");
    README[begins..]
        .lines()
        .take_while(|line| !line.starts_with("```"))
}

/// A line without its margin, which grows with the line's number.
fn sentence(line: &str) -> &str {
    let line = line.trim_start_matches([' ', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    line.strip_prefix('|').unwrap_or(line).trim()
}
