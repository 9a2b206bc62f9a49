//! Does the application find the migrations of the other crate, and does its command line do what it promises?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Stdio};

/// Exit code, standard output, standard error.
type Answer = (i32, String, String);

fn books(folder: &Path, environment: &str, line: &str) -> Answer {
    let output = Command::new(env!("CARGO_BIN_EXE_workspace-app"))
        .args(line.split(' '))
        .env("BOOKS", folder.join("books.db"))
        .env("ONWARD_ENV", environment)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

/// What a command says that succeeds.
#[track_caller]
fn told(folder: &Path, environment: &str, line: &str) -> String {
    let (code, told, complaint) = books(folder, environment, line);
    assert_eq!(code, 0, "{line}: {told}\n{complaint}");
    told
}

#[test]
fn the_migrations_of_the_library_are_applied_and_reverted() {
    let folder = tempfile::tempdir().unwrap();
    let answer = |line: &str| told(folder.path(), "development", line);
    assert!(answer("plan").contains("up of 1 create_books: lossless"));
    assert!(answer("up --dry-run").contains("up of 1 create_books: lossless"));
    assert!(answer("up").contains("2 migrations applied"));
    assert!(answer("up").contains("Nothing to do"));
    assert!(answer("redo").contains("1 migration reverted, 1 applied"));
    assert!(answer("down --dry-run").contains("May run: development asks for nothing."));
    assert!(answer("down").contains("down 2 index_titles"));
    assert!(answer("up").contains("1 migration applied"));
    assert!(answer("reset").contains("2 migrations reverted, 2 applied"));
    assert!(answer("down --to 0").contains("2 migrations reverted"));
    assert!(answer("redo").contains("Nothing to do"));
    assert!(answer("reset").contains("2 migrations applied"));
}

#[test]
fn exit_codes_are_for_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let code = |environment: &str, line: &str| books(folder.path(), environment, line).0;
    assert_eq!(code("production", "status"), 0);
    assert_eq!(code("production", "status --check"), 1);
    assert_eq!(code("production", "status --exit-code"), 1);
    assert_eq!(code("production", "up"), 0);
    assert_eq!(code("production", "status --check"), 0);
    assert_eq!(code("production", "up --to 9"), 1);
    assert_eq!(code("production", "down --dry-run"), 0, "an index may go");
    assert_eq!(code("production", "redo"), 0, "and come again");
    assert_eq!(code("production", "down --to 0"), 1, "a table may not");
    assert_eq!(code("production", "down --to 0 --dry-run"), 1);
    assert_eq!(code("production", "reset"), 1);
    assert_eq!(
        code("development", "down"),
        1,
        "the database is production's"
    );
    for nonsense in [
        "",
        "sideways",
        "up --to x",
        "down --yes",
        "down --waive 1=because",
    ] {
        assert_eq!(code("production", nonsense), 2, "{nonsense}");
    }
    assert_eq!(code("production", "--help"), 0);
    assert_eq!(
        code("production", "status --check"),
        0,
        "nothing of that changed anything"
    );
}

#[test]
fn a_refusal_hands_over_the_files_of_the_way_forward() {
    let folder = tempfile::tempdir().unwrap();
    told(folder.path(), "staging", "up");
    let (code, told, complaint) = books(folder.path(), "staging", "down --to 0 --verbose");
    assert_eq!((code, told.as_str()), (1, ""));
    for part in [
        "Refused: 2 migrations down on database `books.db` (staging). Nothing was changed.",
        "`books` holds no rows.",
        "type the database's name, `books.db`",
        "-- sql/3_undo_index_titles.up.sql\n     -- Undoes 2 index_titles.",
        "-- sql/4_undo_create_books.up.sql\n     -- Undoes 1 create_books.",
    ] {
        assert!(
            complaint.contains(part),
            "`{part}` is missing in:\n{complaint}"
        );
    }
}

#[test]
fn json_is_one_document_on_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    for (line, kind) in [
        ("status", "status"),
        ("plan", "plan"),
        ("up", "run"),
        ("down --to 0", "decision"),
        ("down --to 0 --dry-run", "decision"),
        ("up --to 9", "error"),
    ] {
        let line = format!("{line} --format json");
        let (_, told, complaint) = books(folder.path(), "production", &line);
        let document: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(document["format"], 1, "{line}");
        assert!(document[kind].is_object(), "{line}: {told}");
        assert_eq!(complaint, "", "{line}");
    }
}
