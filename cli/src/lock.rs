//! `lock` and `release`: how is the lock file written? By the test that `catalog!()` puts into the package.
//!
//! The macros know a crate's migrations only while it is compiled, so the crate itself writes the file.

use std::process::{Command, Output, Stdio};

use onward_analysis::Lock;

use crate::args::LockArgs;
use crate::{Answer, Failure};

/// The test that `catalog!()` emits.
const TEST: &str = "migrations_lock_is_current";

/// What the lock file is to become.
#[derive(Clone, Copy)]
pub(crate) enum Writing {
    /// Entries follow the drafts.
    Drafts,
    /// And from now on every entry is released.
    Release,
    /// It stays; the migrations are printed as JSON.
    List,
}

pub(crate) fn run(args: &LockArgs, writing: Writing) -> Result<Answer, Failure> {
    let text = told(&args.package, &args.cargo, writing)?;
    Ok(Answer { text, clean: true })
}

/// What the test of the package says when it is asked.
pub(crate) fn told(
    packages: &[String],
    further: &[String],
    writing: Writing,
) -> Result<String, Failure> {
    if !further
        .iter()
        .any(|word| word.starts_with("--manifest-path"))
        && !in_a_package()
    {
        let instead = match writing {
            Writing::List => "; where the migrations are a folder, name it after the version",
            Writing::Drafts | Writing::Release => "",
        };
        return Err(Failure(format!(
            "there is no Cargo.toml in this folder or above it: run this in the package that has `onward::catalog!();`{instead}"
        )));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "--tests"]);
    for package in packages {
        command.args(["--package", package]);
    }
    command
        .args(further)
        .args([TEST, "--", "--show-output"])
        .env("ONWARD_LOCK", writing.word())
        .env(Lock::READ, "")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let mut output = output_of(&mut command)?;
    if String::from_utf8_lossy(&output.stdout).contains(Lock::STALE) {
        // The test has seen to it that cargo builds the package again.
        eprintln!(
            "note: that test only found the package older than its files; it is built once more"
        );
        output = output_of(&mut command)?;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let said = said_by_the_test(&text);
    let is_refused = said.lines().any(|line| line == Lock::REFUSED);
    if !output.status.success() || is_refused {
        let lines = said.lines().filter(|line| *line != Lock::REFUSED);
        let why: Vec<&str> = lines.collect();
        return Err(Failure(match why.as_slice() {
            [] => "cargo could not build the package's test: see above".to_owned(),
            why => format!("{}\n{}", writing.undone(), why.join("\n")),
        }));
    }
    if tests_run(&text) == 0 {
        let place = match packages {
            [] => "this package".to_owned(),
            packages => packages.join(" and "),
        };
        return Err(Failure(format!(
            "there is no catalog in {place}: write `onward::catalog!();` once in its lib.rs or main.rs, \
             or name the package that has it with `-p PACKAGE`"
        )));
    }
    Ok(said)
}

fn output_of(command: &mut Command) -> Result<Output, Failure> {
    command
        .output()
        .map_err(|e| Failure(format!("cargo cannot be started: {e}")))
}

/// Whether cargo finds a package here.
fn in_a_package() -> bool {
    std::env::current_dir().is_ok_and(|here| {
        let mut folders = here.ancestors();
        folders.any(|folder| folder.join("Cargo.toml").is_file())
    })
}

impl Writing {
    fn word(self) -> &'static str {
        match self {
            Writing::Drafts => "write",
            Writing::Release => "release",
            Writing::List => "list",
        }
    }

    /// What has not come about where the test fails.
    fn undone(self) -> &'static str {
        match self {
            Writing::Drafts | Writing::Release => "the lock file was not written",
            Writing::List => "the crate did not list its migrations",
        }
    }
}

/// How many tests the harnesses ran.
fn tests_run(output: &str) -> usize {
    output
        .lines()
        .filter_map(|line| line.strip_prefix("running ")?.split_once(' '))
        .filter_map(|(count, _)| count.parse::<usize>().ok())
        .sum()
}

/// What the test printed, without the harness's own lines.
fn said_by_the_test(output: &str) -> String {
    let mut said = String::new();
    let mut inside = false;
    for line in output.lines() {
        if line.starts_with("---- ") && line.ends_with(" stdout ----") {
            inside = true;
        } else if line == "successes:" || line == "failures:" {
            inside = false;
        } else if inside && !line.is_empty() {
            said.push_str(line);
            said.push('\n');
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_test_said_is_passed_on() {
        let output = "\nrunning 1 test\ntest migrations_lock_is_current ... ok\n\nsuccesses:\n\n\
                      ---- migrations_lock_is_current stdout ----\nwrote migrations.lock: 2 migrations\n\n\n\
                      successes:\n    migrations_lock_is_current\n\ntest result: ok. 1 passed; 0 failed\n\n\
                      \nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed\n";
        assert_eq!(tests_run(output), 1);
        assert_eq!(
            said_by_the_test(output),
            "wrote migrations.lock: 2 migrations\n"
        );
    }
}
