//! What does the compiler say where the mistake is one of several files?
//!
//! Each folder of `ui/projects` is a crate: sources, SQL, `onward.toml`, `migrations.lock`, and in `expected.txt` what a
//! person reads. After a change: `TRYBUILD=overwrite cargo test -p onward-tests --test ui_projects`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn projects() {
    let projects = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/projects");
    let workspace = tempfile::tempdir().unwrap();
    let names = copied(&projects, workspace.path());
    let said = check(workspace.path(), &names);
    let mut wrong = String::new();
    for name in &names {
        let expected = projects.join(name).join("expected.txt");
        let said = &said[name];
        if std::env::var("TRYBUILD").is_ok_and(|value| value == "overwrite") {
            fs::write(&expected, said).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        if *said != expected {
            writeln!(
                wrong,
                "== {name}: expected\n{expected}\n== but it says\n{said}"
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The rest of that message names places in the library's own sources.
#[test]
fn a_url_for_a_pool() {
    let from = tempfile::tempdir().unwrap();
    let source = "pub async fn start(migrator: onward::Migrator) {\n    let _ = migrator.run(\"sqlite://shop.db\").await;\n}\n";
    fs::create_dir_all(from.path().join("url/src")).unwrap();
    fs::write(from.path().join("url/src/lib.rs"), source).unwrap();
    let workspace = tempfile::tempdir().unwrap();
    let names = copied(from.path(), workspace.path());
    let said = &check(workspace.path(), &names)["url"];
    for part in [
        "error[E0277]: `&str` is no database that Onward was built for",
        "wanted is `&SqlitePool`, `&PgPool`, `&MySqlPool`, or a `&mut` connection of one of them",
        "each is there with its feature: `onward = { …, default-features = false, features = [\"postgres\"] }`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// Copies each project into one workspace, so that all are checked by one run of cargo.
fn copied(projects: &Path, workspace: &Path) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let onward = root.join("runtime").canonicalize().unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(projects).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        copy(&entry.path(), &workspace.join(&name));
        // The same features as this crate's own build, so that nothing is compiled twice.
        let manifest = format!(
            "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nonward = {{ path = {onward:?}, \
             features = [\"cli\", \"sqlite\", \"postgres\", \"mysql\"] }}\n"
        );
        fs::write(workspace.join(&name).join("Cargo.toml"), manifest).unwrap();
        names.push(name);
    }
    names.sort();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = {names:?}\n\n[profile.dev]\ndebug = \"line-tables-only\"\n"
    );
    fs::write(workspace.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), workspace.join("Cargo.lock")).unwrap();
    names
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What the compiler says of each project.
fn check(workspace: &Path, names: &[String]) -> BTreeMap<String, String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "check",
            "--offline",
            "--keep-going",
            "--message-format=json",
        ])
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    let mut said: BTreeMap<String, String> = names
        .iter()
        .map(|name| (name.clone(), String::new()))
        .collect();
    let mut finished = false;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        finished |= line["reason"] == "build-finished";
        let (Some(message), Some(project)) = (line["message"]["rendered"].as_str(), project(&line))
        else {
            continue;
        };
        if let Some(said) = said.get_mut(&project)
            && !message.contains("could not compile")
            && !message.starts_with("error: aborting")
            && !message.starts_with("For more information")
        {
            said.push_str(&message.replace(&*workspace.to_string_lossy(), "$WORKSPACE"));
        }
    }
    assert!(
        finished,
        "cargo did not get as far as the projects:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// The project that a message is about.
fn project(line: &Value) -> Option<String> {
    let manifest = PathBuf::from(line["manifest_path"].as_str()?);
    let name = manifest.parent()?.file_name()?;
    Some(name.to_string_lossy().into_owned())
}

/// The folder that this test was built in, where all the dependencies are built already.
fn target() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    executable.ancestors().nth(3).unwrap().to_owned()
}
