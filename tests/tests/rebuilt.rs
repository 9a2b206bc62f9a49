//! Is a migration judged anew when the text of an earlier one changes? Real builds, one after the other.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LONGER: &str = r#"
#[derive(onward::Migration)]
#[migration(
    version = 3,
    up = "ALTER TABLE users ALTER COLUMN name TYPE varchar(40); CREATE INDEX by_name ON users (name)",
    down = "DROP INDEX by_name",
    dialect(postgres)
)]
struct LongerNames;
"#;

#[test]
fn an_edit_of_an_earlier_migration_changes_the_verdict_of_a_later_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: String| fs::write(folder.path().join(file), text).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let onward = root.join("runtime").canonicalize().unwrap();
    write(
        "Cargo.toml",
        format!(
            "[package]\nname = \"rebuilt\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[profile.dev]\ndebug = \
             \"line-tables-only\"\n\n[dependencies]\nonward = {{ path = {onward:?}, features = [\"cli\", \"sqlite\", \"postgres\", \
             \"mysql\"] }}\n"
        ),
    );
    fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    let create = |length| format!("CREATE TABLE users (name varchar({length}))");
    let item = |name: &str, version, up: &str| {
        format!(
            "#[derive(onward::Migration)]\n#[migration(version = {version}, {up}, irreversible = \"kept\", dialect(postgres))]\n\
             struct {name};\n"
        )
    };
    write("src/later.rs", LONGER.to_owned());
    write("up.sql", create(20));
    let inline = item("Users", 1, &format!("up = {:?}", create(20)));
    write(
        "src/main.rs",
        format!("mod later;\n{inline}\nfn main() {{}}\n"),
    );
    assert_eq!(said(folder.path()), "");

    // A literal in another module.
    let longer = item("Users", 1, &format!("up = {:?}", create(80)));
    write(
        "src/main.rs",
        format!("mod later;\n{longer}\nfn main() {{}}\n"),
    );
    let refused = said(folder.path());
    assert!(
        refused.contains("the up gives `users.name` a type that cannot hold all of its values"),
        "{refused}"
    );

    // A file of SQL.
    let named = item("Users", 1, "up_file = \"up.sql\"");
    write(
        "src/main.rs",
        format!("mod later;\n{named}\nfn main() {{}}\n"),
    );
    assert_eq!(said(folder.path()), "");
    write("up.sql", create(80));
    let refused = said(folder.path());
    assert!(
        refused.contains("the up gives `users.name` a type that cannot hold all of its values"),
        "{refused}"
    );

    // A migration in between.
    let between = item(
        "Longest",
        2,
        "up = \"ALTER TABLE users ALTER COLUMN name TYPE text\"",
    );
    write("up.sql", create(20));
    assert_eq!(said(folder.path()), "");
    write(
        "src/main.rs",
        format!("mod later;\n{named}{between}\nfn main() {{}}\n"),
    );
    let refused = said(folder.path());
    assert!(
        refused.contains("the up gives `users.name` a type that cannot hold all of its values"),
        "{refused}"
    );
}

/// The errors of a build.
fn said(folder: &Path) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.success(), !said.contains("error"), "{said}");
    said.lines()
        .filter(|line| line.starts_with("error: the up"))
        .collect()
}

/// The folder that this test was built in, where all the dependencies are built already.
fn target() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    executable.ancestors().nth(3).unwrap().to_owned()
}
