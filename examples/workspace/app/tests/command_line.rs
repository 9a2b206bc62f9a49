//! Does the application find the migrations of the other crate, and does its command line run them?

use std::process::Command;

#[test]
fn the_migrations_of_the_library_are_applied_and_reverted() {
    let folder = tempfile::tempdir().unwrap();
    let answer = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_workspace-app"))
            .args(arguments)
            .env("BOOKS", folder.path().join("books.db"))
            .env("ONWARD_ENV", "development")
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {told}\n{complaint}"
        );
        told
    };
    assert!(answer(&["plan"]).contains("up of 1 create_books: lossless"));
    assert!(answer(&["up"]).contains("2 migrations applied"));
    assert!(answer(&["up"]).contains("Nothing to do"));
    assert!(answer(&["down"]).contains("down 2 index_titles"));
    let status = answer(&["status", "--format", "json"]).replace(' ', "");
    assert!(status.contains(r#""state":"pending""#), "{status}");
}
