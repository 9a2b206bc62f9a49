//! What do tests share that run the command on a package of their own, compiled with the real macro?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A package with these files, and with the versions of dependencies that this workspace has. Its name must be its own, since all
/// share one folder for what is built.
pub(crate) fn package(name: &str, dependencies: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let runtime = root.join("runtime").canonicalize().unwrap();
    // The same features and settings as the other tests, so that little is compiled twice.
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\nname = \"shop\"\n\n[dependencies]\n\
         onward = {{ path = {runtime:?}, features = [\"cli\", \"sqlite\", \"postgres\", \"mysql\"] }}\n{dependencies}\n\
         [workspace]\n\n[profile.dev]\ndebug = \"line-tables-only\"\n"
    );
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let own = [("Cargo.toml", manifest.as_str()), ("Cargo.lock", &lock)];
    for (name, text) in files.iter().chain(&own) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// `cargo onward` with `words` in `folder`.
pub(crate) fn onward(folder: &Path, words: &[&str]) -> Output {
    let offline = match words {
        ["lock" | "forward" | "check" | "down-for", ..] => &["--", "--offline"][..],
        _ => &[],
    };
    Command::new(env!("CARGO_BIN_EXE_cargo-onward"))
        .args(words)
        .args(offline)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap()
}

/// What it printed, where it ended well.
pub(crate) fn succeeds(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    said
}

/// The folder that this test was built in, where the dependencies are built already.
pub(crate) fn target() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    executable.ancestors().nth(3).unwrap().to_owned()
}
