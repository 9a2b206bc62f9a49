//! Does the quickstart tell its story?

use std::process::Command;

#[test]
fn the_down_runs_in_development_and_is_refused_in_production() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}\n{complaint}");
    for part in [
        "5 migrations applied on database `laptop.db` (development).",
        "Nothing to do on database `laptop.db`.",
        "1 migration reverted on database `laptop.db` (development).",
        "Refused: the down of 2026112205 add_phone_number on database `shop.db` (production).",
        "`users.phone_number` holds a value in 1 row.",
        "The safe way out is forward",
        "6. The phone number is still there: +44 20 7946 0018",
    ] {
        assert!(told.contains(part), "`{part}` is missing in:\n{told}");
    }
}
