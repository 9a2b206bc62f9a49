//! What does the compiler say to each mistake, and does it keep quiet where there is none?
//!
//! One small case for each mistake, named for it, beside what a person reads. After a change:
//! `TRYBUILD=overwrite cargo test -p onward-tests --test ui`, then read the difference.

use std::process::Command;

/// The compiler whose messages the snapshots hold: others word and underline differently.
const PINNED: &str = "rustc 1.95.";

#[test]
fn ui() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = String::from_utf8(version.unwrap().stdout).unwrap();
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    if version.starts_with(PINNED) {
        cases.compile_fail("tests/ui/fail/*.rs");
    } else {
        eprintln!("the messages are not compared: they are {PINNED}x's, and this is {version}");
    }
}
