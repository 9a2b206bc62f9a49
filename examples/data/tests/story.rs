//! Do the Rust migrations do their work?

use std::process::Command;

#[test]
fn names_are_merged_and_slugs_filled() {
    let output = Command::new(env!("CARGO_BIN_EXE_data")).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}\n{complaint}");
    for part in [
        "up 3 merge_names",
        "Ada Lovelace is found at /ada-lovelace",
        "Plato is found at /plato",
        "down 4 fill_slugs",
    ] {
        assert!(told.contains(part), "`{part}` is missing in:\n{told}");
    }
}
