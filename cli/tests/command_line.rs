//! Does the command line keep its promises: what it prints, how it exits, what it leaves alone?
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn onward(words: &[&str]) -> Output {
    command(words).output().unwrap()
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-onward"));
    command
        .args(words)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
        .stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// A folder with these files in it.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// A copy of the folder that the snapshots are made of.
fn shop() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shop")) {
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let read = |path: PathBuf| (path.clone(), std::fs::read(path).unwrap());
    files(folder).into_iter().map(read).collect()
}

/// Holds `actual` against a file that a person has read; `BLESS=1` writes it.
fn snapshot(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        actual, expected,
        "{name} differs; read it, then run with BLESS=1"
    );
}

#[test]
fn every_format_says_the_same() {
    for (format, file) in [
        ("human", "check.txt"),
        ("json", "check.json"),
        ("sarif", "check.sarif"),
        ("github", "check.github.txt"),
    ] {
        let output = onward(&["check", "shop", "--dialect", "postgres", "--format", format]);
        assert_eq!(code(&output), 1, "{}", text(&output.stderr));
        let printed = match format {
            // On one line for machines, on many for the person who reads the snapshot.
            "json" => {
                let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
                serde_json::to_string_pretty(&value).unwrap() + "\n"
            }
            _ => text(&output.stdout),
        };
        snapshot(file, &printed);
    }
}

#[test]
fn what_is_said_of_pairs_is_read_by_a_person() {
    let output = onward(&["check", "pairs", "--dialect", "postgres"]);
    assert_eq!(code(&output), 1);
    snapshot("pairs.txt", &text(&output.stdout));
}

#[test]
fn the_fields_of_the_json_stand_in_the_documented_order() {
    let output = onward(&["check", "shop", "--dialect", "postgres", "--format", "json"]);
    let json = text(&output.stdout);
    let second = &json[json.find(r#"{"version":"2""#).unwrap()..];
    let expected = r#"{"version":"2","name":"add_phone","up":{"verdict":"lossless","losses":[]},"down":{"verdict":"lossy","losses":[{"object":"users.phone_number","kind":"drop_column","age":"since_up","file":"2_add_phone.down.sql","line":1,"column":1,"statement":"ALTER TABLE users DROP COLUMN phone_number"}]},"findings":[{"rule":"unmarked_destructive_down","severity":"error","file":"2_add_phone.down.sql","line":1,"column":1,"message""#;
    assert!(second.starts_with(expected), "{second}");
    assert!(json.starts_with(r#"{"format":1,"dialect":"postgres","migrations":[{"#));
    assert!(json.contains(r#""down":null"#));
}

/// What the schema of SARIF 2.1.0 asks of the parts that are written here, and GitHub's code scanning besides.
#[test]
fn the_sarif_has_the_form_that_its_readers_ask_for() {
    let dir = folder(&[
        (
            "1_a é%.up.sql",
            b"\xef\xbb\xbfDROP TABLE a;\r\nDROP TABLE b",
        ),
        ("1_a é%.down.sql", b""),
    ]);
    let path = dir.path().to_str().unwrap();
    let output = onward(&["check", path, "--dialect", "sqlite", "--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert!(driver["name"].is_string() && driver["informationUri"].is_string());
    let levels = ["error", "warning", "note"].map(serde_json::Value::from);
    for rule in driver["rules"].as_array().unwrap() {
        assert!(rule["shortDescription"]["text"].is_string());
        assert!(levels.contains(&rule["defaultConfiguration"]["level"]));
    }
    let results = run["results"].as_array().unwrap();
    assert!(results.len() >= 2, "{results:?}");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(driver["rules"][index]["id"], result["ruleId"]);
        assert!(levels.contains(&result["level"]));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.contains("/1_a%20%C3%A9%25."), "{uri}");
        let at = |key: &str| place["region"][key].as_u64().unwrap();
        assert!(at("startLine") >= 1 && at("startColumn") >= 1);
        assert!((at("endLine"), at("endColumn")) >= (at("startLine"), at("startColumn")));
    }
}

#[test]
fn a_down_without_an_up_is_told() {
    let dir = folder(&[
        ("1_a.up.sql", b"CREATE TABLE a (id int);"),
        ("1_a.down.sql", b"-- onward: destructive\nDROP TABLE a;"),
        ("2_b.down.sql", b"DROP TABLE a;"),
    ]);
    let path = dir.path().to_str().unwrap();
    let output = onward(&["check", path, "--dialect", "sqlite"]);
    assert_eq!((code(&output), text(&output.stderr)), (0, String::new()));
    assert_eq!(
        text(&output.stdout),
        format!(
            "warning[orphan_down]: this down has no up, so nothing ever runs it\n --> {path}/2_b.down.sql\n  \
             = help: give it the version of its up, or remove it\n  \
             = help: if it is to stay as it is, say why with `-- onward: allow(orphan_down = \"why\")` at the head of the down's \
             file\n\n1 migration, 2 statements (sqlite): lossy 0 ups and 1 down; unknown 0 ups and 0 downs; 0 errors, 1 warning, 0 \
             notes.\n"
        )
    );
    std::fs::write(
        dir.path().join("onward.toml"),
        "[rules]\norphan_down = \"deny\"\n",
    )
    .unwrap();
    assert_eq!(code(&onward(&["check", path, "--dialect", "sqlite"])), 1);
    // Nothing else is there to be marked, or to come after.
    assert_eq!(code(&onward(&["mark", path, "--dialect", "sqlite"])), 0);
}

#[test]
fn what_cannot_be_read_is_told() {
    let folders = [
        (folder(&[]), "there is no migration in this folder"),
        (
            folder(&[("1_a.up.sql", b"\xff\xfeS\0")]),
            "1_a.up.sql: the file is UTF-16: save it as UTF-8",
        ),
        (
            folder(&[("1_a.up.sql", b"a\n\xff")]),
            "1_a.up.sql: line 2 is not UTF-8: save the file as UTF-8",
        ),
    ];
    for (dir, expected) in folders {
        let output = onward(&["check", dir.path().to_str().unwrap(), "--dialect", "sqlite"]);
        assert_eq!((code(&output), text(&output.stdout)), (2, String::new()));
        assert!(
            text(&output.stderr).contains(expected),
            "{}",
            text(&output.stderr)
        );
    }
    let pair = onward(&["check", "--up", "shop", "--dialect", "sqlite"]);
    assert_eq!(
        text(&pair.stderr),
        "error: shop: the file cannot be read: Is a directory (os error 21)\n"
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let dir = folder(&[("1_a.up.sql", b"CREATE TABLE a (id int);")]);
    let path = dir.path().join("1_a.down.sql");
    let _pipe = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let output = onward(&["check", dir.path().to_str().unwrap(), "--dialect", "sqlite"]);
    let expected = format!(
        "error: {}: it is no regular file: move it elsewhere\n",
        path.display()
    );
    assert_eq!((code(&output), text(&output.stderr)), (2, expected));
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let mut check = command(&["check", "shop", "--dialect", "postgres"]);
    let output = check.stdout(full.unwrap()).output().unwrap();
    let expected = "error: the answer cannot be written: No space left on device (os error 28)\n";
    assert_eq!(
        (code(&output), text(&output.stderr)),
        (2, expected.to_owned())
    );
}

#[test]
fn long_lines_and_carriage_returns_are_placed_and_cropped() {
    let long = format!(
        "SELECT '{}';\r\nDROP TABLE a; {}\r\n",
        "é".repeat(16_000),
        "-".repeat(16_000)
    );
    let dir = folder(&[("1_a.up.sql", long.as_bytes())]);
    let path = dir.path().join("1_a.up.sql");
    let path = path.to_str().unwrap();
    let human = onward(&["check", "--up", path, "--dialect", "postgres"]);
    let said = text(&human.stdout).replace(path, "1_a.up.sql");
    assert!(
        said.contains(" --> 1_a.up.sql:2:12\n  |\n2 | DROP TABLE a; ---"),
        "{said}"
    );
    assert!(
        said.lines().all(|line| line.chars().count() < 200),
        "{said}"
    );
    assert!(!said.contains('\r'), "{said}");
}

#[test]
fn cargo_s_own_way_of_calling_is_understood() {
    let direct = onward(&["check", "shop", "--dialect", "postgres"]);
    let by_cargo = onward(&["onward", "check", "shop", "--dialect", "postgres"]);
    assert_eq!(direct, by_cargo);
}

#[test]
fn the_exit_code_tells_findings_from_failure() {
    let clean = folder(&[
        ("1_a.up.sql", b"CREATE TABLE a (id int);"),
        ("1_a.down.sql", b"-- onward: destructive\nDROP TABLE a;"),
    ]);
    let clean = clean.path().to_str().unwrap();
    let missing = folder(&[]);
    let missing = missing.path().to_str().unwrap();
    for (words, expected) in [
        (vec!["check", clean, "--dialect", "sqlite"], 0),
        (vec!["check", "shop", "--dialect", "postgres"], 1),
        (vec!["check", clean, "--dialect", "oracle"], 2),
        (vec!["check", clean, "--format", "xml"], 2),
        (vec!["check", clean, "--up", "a.sql"], 2),
        (vec!["check", missing, "--dialect", "sqlite"], 2),
        (vec!["check", "/nowhere/at/all", "--dialect", "sqlite"], 2),
        (
            vec!["check", "--up", "/nowhere.sql", "--dialect", "sqlite"],
            2,
        ),
        (vec!["check", clean], 2),
        (vec!["explain", "no_such_rule"], 2),
        (vec!["explain", "empty_down"], 0),
    ] {
        let output = onward(&words);
        assert_eq!(code(&output), expected, "{words:?}");
        if expected == 2 {
            assert_eq!(text(&output.stdout), "", "{words:?}");
            assert!(text(&output.stderr).starts_with("error: "), "{words:?}");
        }
    }
}

#[test]
fn a_migration_is_judged_on_what_surely_ran_before_it() {
    let longer = b"ALTER TABLE t ALTER a TYPE varchar(40); CREATE INDEX i ON t (a);";
    let verdict = |between: (&str, &[u8])| {
        let folder = folder(&[
            ("1_t.up.sql", b"CREATE TABLE t (a varchar(20));"),
            between,
            ("3_longer.up.sql", longer),
            ("3_longer.down.sql", b"DROP INDEX i;"),
        ]);
        let path = folder.path().to_str().unwrap();
        let output = onward(&["check", path, "--dialect", "postgres", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        json["migrations"][2]["up"]["verdict"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    // Nothing ever runs a down without an up.
    assert_eq!(verdict(("2_gone.down.sql", b"DROP TABLE t;")), "lossless");
    assert_eq!(
        verdict((
            "2_seed.up.sql",
            b"-- onward: only(staging)\nINSERT INTO t VALUES ('a');"
        )),
        "lossless"
    );
    assert_eq!(
        verdict((
            "2_wider.up.sql",
            b"-- onward: only(staging)\nALTER TABLE t ALTER a TYPE text;"
        )),
        "unknown"
    );
}

#[test]
fn one_pair_is_judged_by_its_two_files() {
    let json = |words: &[&str]| -> serde_json::Value {
        let mut all = vec!["check", "--dialect", "postgres", "--format", "json"];
        all.extend(words);
        serde_json::from_slice(&onward(&all).stdout).unwrap()
    };
    let (up, down) = ("shop/2_add_phone.up.sql", "shop/2_add_phone.down.sql");

    let both = &json(&["--up", up, "--down", down])["migrations"][0];
    assert_eq!(both["version"], "2");
    let loss = &both["down"]["losses"][0];
    assert_eq!(loss["object"], "users.phone_number");
    assert_eq!(loss["age"], "since_up");
    assert_eq!(loss["file"], down);

    let no_down = &json(&["--up", up])["migrations"][0];
    assert!(no_down["down"].is_null());
    assert_eq!(no_down["findings"][0]["rule"], "missing_down");

    let no_up = &json(&["--down", down])["migrations"][0];
    assert!(no_up["up"].is_null());
    assert_eq!(no_up["down"]["losses"][0]["age"], "older");
}

#[test]
fn junk_is_judged_or_refused_and_never_breaks_the_json() {
    for junk in [
        &b"\0\0\0"[..],
        b"'",
        b"/*",
        b"$$",
        b"CREATE TABLE \xc3\xa9 (\"\\u0000\" int); \x1b[31m",
        b"((((((((((((((((((((((((((((((((((((((((((((((((((((((",
        b"\xef\xbb\xbfSELECT 1",
        b"{{ .prefix }}",
    ] {
        let dir = folder(&[("1_a.up.sql", junk), ("1_a.down.sql", junk)]);
        for dialect in ["postgres", "mysql", "sqlite"] {
            let words = [
                "check",
                dir.path().to_str().unwrap(),
                "--format",
                "json",
                "--dialect",
            ];
            let output = onward(&[&words[..], &[dialect]].concat());
            assert!(code(&output) < 2, "{junk:?}: {}", text(&output.stderr));
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(json["migrations"][0]["version"], "1");
        }
    }
}

#[test]
fn a_file_that_is_no_utf_8_is_named() {
    let dir = folder(&[("1_a.up.sql", b"SELECT 1;\n\xff\xfe")]);
    let path = dir.path().join("1_a.up.sql");
    let path = path.to_str().unwrap();
    for words in [
        ["check", dir.path().to_str().unwrap()].as_slice(),
        &["check", "--up", path],
    ] {
        let output = onward(&[words, &["--dialect", "sqlite", "--format", "json"]].concat());
        assert_eq!(code(&output), 2);
        assert_eq!(text(&output.stdout), "");
        let said = text(&output.stderr);
        assert!(
            said.contains("1_a.up.sql") && said.contains("UTF-8"),
            "{said}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let mut child = command(&["check", "shop", "--dialect", "postgres"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), text(&output.stderr)), (1, String::new()));
}

#[test]
fn the_dialect_is_read_from_onward_toml() {
    let dir = shop();
    let check = || onward(&["check", dir.path().to_str().unwrap()]);
    assert_eq!(code(&check()), 2);
    std::fs::write(dir.path().join("onward.toml"), "dialects = [\"postgres\"]").unwrap();
    assert_eq!(code(&check()), 1);
    std::fs::write(
        dir.path().join("onward.toml"),
        "dialects = [\"postgres\", \"mysql\"]",
    )
    .unwrap();
    let said = text(&check().stderr);
    assert_eq!(
        said,
        "error: onward.toml names postgres and mysql: say which one is meant with `--dialect postgres`\n"
    );
}

#[test]
fn marked_once_everything_is_admitted_and_twice_changes_nothing() {
    let dir = shop();
    // A mark that is misspelt is not for `mark` to correct.
    std::fs::write(
        dir.path().join("5_clean_up.down.sql"),
        "CALL plugin_restore();",
    )
    .unwrap();
    let path = dir.path().to_str().unwrap();
    let before = contents(dir.path());

    let dry = onward(&["mark", path, "--dialect", "postgres", "--dry-run"]);
    assert_eq!(contents(dir.path()), before);
    let wet = onward(&["mark", path, "--dialect", "postgres"]);
    assert_eq!(code(&wet), 0, "{}", text(&wet.stdout));
    assert_eq!(
        text(&dry.stdout).replace("would be written", "written"),
        text(&wet.stdout)
    );
    snapshot("mark.txt", &text(&wet.stdout));

    let once = contents(dir.path());
    for ((path, old), (_, new)) in before.iter().zip(&once) {
        assert!(
            text(new).ends_with(&text(old)) || text(old).starts_with("-- "),
            "{path:?}"
        );
    }
    let check = onward(&["check", path, "--dialect", "postgres"]);
    assert_eq!(code(&check), 0, "{}", text(&check.stdout));

    let again = onward(&["mark", path, "--dialect", "postgres"]);
    assert_eq!(text(&again.stdout), "6 migrations, no mark is missing.\n");
    assert_eq!(contents(dir.path()), once);
}

#[test]
fn a_down_that_cannot_run_is_allowed_by_its_mark_until_it_is_mended() {
    let dir = folder(&[
        ("1_a.up.sql", b"CREATE TABLE a (id int);"),
        ("1_a.down.sql", b"DROP TABLE b;"),
    ]);
    let path = dir.path().to_str().unwrap();
    let check = || onward(&["check", path, "--dialect", "postgres"]);
    let said = text(&check().stdout);
    assert!(
        said.contains("error[cannot_run]: the down fails: `b` is not there when it runs\n"),
        "{said}"
    );
    assert_eq!(code(&onward(&["mark", path, "--dialect", "postgres"])), 0);
    let down = dir.path().join("1_a.down.sql");
    let marked = std::fs::read_to_string(&down).unwrap();
    assert_eq!(
        marked,
        "-- onward: destructive = \"the down drops the table b\"\n\
         -- onward: allow(cannot_run = \"the down fails: b is not there when it runs\")\nDROP TABLE b;"
    );
    assert_eq!(code(&check()), 0);
    let again = onward(&["mark", path, "--dialect", "postgres"]);
    assert_eq!(text(&again.stdout), "1 migration, no mark is missing.\n");

    std::fs::write(&down, marked.replace("DROP TABLE b", "DROP TABLE a")).unwrap();
    let said = text(&check().stdout);
    assert!(
        said.contains("error[unused_allow]: `allow(cannot_run = …)` allows nothing"),
        "{said}"
    );
}

/// A typing mistake is not admitted, it is mended.
#[test]
fn an_up_that_cannot_run_is_not_marked() {
    let dir = folder(&[
        ("1_a.up.sql", b"CREATE TABLE users (id int);"),
        ("1_a.down.sql", b"DROP TABLE users;"),
        ("2_b.up.sql", b"ALTER TABLE usres ADD COLUMN phone text;"),
        ("2_b.down.sql", b"ALTER TABLE usres DROP COLUMN phone;"),
    ]);
    let path = dir.path().to_str().unwrap();
    let marked = onward(&["mark", path, "--dialect", "postgres"]);
    assert_eq!(code(&marked), 1);
    snapshot(
        "mark_of_a_mistake.txt",
        &text(&marked.stdout).replace(path, "DIR"),
    );
    let up = std::fs::read_to_string(dir.path().join("2_b.up.sql")).unwrap();
    assert_eq!(up, "ALTER TABLE usres ADD COLUMN phone text;");
}

#[test]
fn marking_keeps_every_other_byte() {
    let dir = folder(&[
        ("1_a.up.sql", b"CREATE TABLE a (\r\n  id int\r\n);"),
        ("1_a.down.sql", b"\xef\xbb\xbf-- goes\r\nDROP TABLE a"),
    ]);
    let path = dir.path().to_str().unwrap();
    assert_eq!(code(&onward(&["mark", path, "--dialect", "mysql"])), 0);
    let read = |name| std::fs::read(dir.path().join(name)).unwrap();
    assert_eq!(read("1_a.up.sql"), b"CREATE TABLE a (\r\n  id int\r\n);");
    assert_eq!(
        text(&read("1_a.down.sql")),
        "\u{feff}-- onward: destructive\r\n-- goes\r\nDROP TABLE a"
    );
    assert_eq!(files(dir.path()).len(), 2);
}

#[test]
fn a_package_without_a_catalog_is_told_so() {
    let dir = folder(&[(
        "Cargo.toml",
        b"[package]\nname = \"plain\"\nedition = \"2024\"\n[workspace]\n",
    )]);
    std::fs::create_dir(dir.path().join("src")).unwrap();
    std::fs::write(dir.path().join("src/lib.rs"), "").unwrap();
    let output = command(&["lock"])
        .current_dir(dir.path())
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    let said = text(&output.stderr);
    assert!(
        said.contains("error: there is no catalog in this package: write `onward::catalog!();`"),
        "{said}"
    );
}

#[test]
fn a_new_migration_follows_the_folder_s_style() {
    let dir = shop();
    let path = dir.path().to_str().unwrap();
    let output = onward(&["add", "Add fax", path]);
    assert_eq!(
        text(&output.stdout),
        format!("{path}/7_add_fax.up.sql\n{path}/7_add_fax.down.sql\n")
    );
    assert!(dir.path().join("7_add_fax.down.sql").exists());
}

#[test]
fn a_missing_down_is_worked_out() {
    let output = onward(&["down-for", "6", "shop", "--dialect", "postgres"]);
    assert_eq!(text(&output.stdout), "DROP INDEX users_by_phone;\n");
    let output = onward(&["down-for", "2", "shop", "--dialect", "postgres"]);
    assert_eq!(
        text(&output.stdout),
        "-- onward: destructive\nALTER TABLE users DROP COLUMN phone_number;\n"
    );
    let output = onward(&["down-for", "5", "shop", "--dialect", "postgres"]);
    assert_eq!(
        text(&output.stderr),
        "error: no down of 5 can be worked out from its up\n\
         \x20 CALL plugin_cleanup()\n\
         \x20   what `plugin_cleanup` does is not known\n\
         Write it by hand, or mark the up `-- onward: irreversible = \"why\"`\n"
    );
    let output = onward(&["down-for", "9", "shop", "--dialect", "postgres"]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("it goes from 1 to 6"));
}

#[test]
fn what_a_worked_out_down_does_not_undo_is_said() {
    let dir = folder(&[
        (
            "1_users.up.sql",
            b"CREATE TABLE users (fax text, name text);",
        ),
        ("2_no_fax.up.sql", b"ALTER TABLE users DROP COLUMN fax;"),
    ]);
    let path = dir.path().to_str().unwrap();
    let output = onward(&["down-for", "2", path, "--dialect", "postgres"]);
    let order = "the columns of users come back in another order";
    assert_eq!(
        text(&output.stdout),
        format!("-- Not undone: {order}.\nALTER TABLE users ADD COLUMN fax TEXT;\n")
    );
    let told = text(&onward(&["check", path, "--dialect", "postgres"]).stdout);
    let order = "the columns of `users` come back in another order";
    assert!(
        told.contains(&format!(
            "this undoes it but for this: {order}, in a down file:"
        )),
        "{told}"
    );
}

#[test]
fn a_type_that_nothing_tells_is_told_apart_from_what_is_not_understood() {
    let dir = folder(&[
        (
            "1_keys.up.sql",
            b"ALTER TABLE accounts MODIFY external_key varchar(255);",
        ),
        (
            "1_keys.down.sql",
            b"-- onward: destructive = \"it was checked\"\nFROBNICATE accounts;",
        ),
    ]);
    let path = dir.path().to_str().unwrap();
    let told = text(&onward(&["check", path, "--dialect", "mysql"]).stdout);
    let told: Vec<&str> = told
        .lines()
        .filter(|line| {
            ["error", "  = help: or tell", "1 migration"]
                .iter()
                .any(|head| line.starts_with(head))
        })
        .collect();
    assert_eq!(
        told,
        [
            "error[unknown_up]: nobody can tell what the up loses: which type `accounts.external_key` had before it becomes \
             VARCHAR(255) is not told",
            "  = help: or tell the type: in the CREATE TABLE of `accounts` in a migration before this one, or in the other \
             direction where it gives `accounts.external_key` the old type back",
            "1 migration, 2 statements (mysql): lossy 0 ups and 0 downs; unknown 1 up and 1 down (1 of them for a type that \
             nothing tells); 1 error, 0 warnings, 1 note.",
        ]
    );
    let json = text(&onward(&["check", path, "--dialect", "mysql", "--format", "json"]).stdout);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let unknown = |side: &str| json["migrations"][0][side]["unknowns"][0].clone();
    assert_eq!(unknown("up")["kind"], "type_before");
    assert_eq!(unknown("up")["object"], "accounts.external_key");
    assert_eq!(unknown("down")["kind"], "not_understood");
    assert_eq!(unknown("down")["object"], serde_json::Value::Null);
}

#[test]
fn what_is_beside_the_migrations_is_told_and_no_finding() {
    let up = b"CREATE TABLE users (id int PRIMARY KEY, phone_number text); CREATE TABLE app.users (id int); CREATE TABLE apps (id int);";
    let config = b"dialects = [\"postgres\"]\nconsumers = [\"export reads users.phone_numbr, usres\", \"crm uses users.id, users, orders.x, app.users.id, app.users\"]";
    let dir = folder(&[
        ("1_users.up.sql", up),
        (
            "1_users.down.sql",
            b"-- onward: destructive\nDROP TABLE users; DROP TABLE app.users; DROP TABLE apps;",
        ),
        ("onward.toml", config),
        ("seed.sql", b"INSERT INTO users VALUES (1);"),
        ("README.md", b"read me"),
    ]);
    let path = dir.path().to_str().unwrap();
    let output = onward(&["check", path, "--format", "json"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let said = text(&output.stderr).replace(path, "shop");
    let lines: Vec<&str> = said.lines().collect();
    let there = "and that is not there after the last migration: did you mean";
    assert_eq!(
        lines,
        [
            "warning: nothing runs shop/seed.sql: a migration is a file with a version in front of its name, such as \
             20261122_01_add_phone.sql",
            &format!(
                "warning: onward.toml: the consumer `export` reads `users.phone_numbr`, {there} `phone_number`?"
            ),
            &format!("warning: onward.toml: the consumer `export` reads `usres`, {there} `users`?"),
        ]
    );
    let json: serde_json::Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    assert_eq!(json["migrations"][0]["findings"], serde_json::json!([]));
}

#[test]
fn a_direction_without_a_version_is_no_stray_file() {
    let dir = folder(&[("1_a.up.sql", b"SELECT 1;"), ("note.up.sql", b"SELECT 1;")]);
    let path = dir.path().to_str().unwrap();
    let output = onward(&["check", path, "--dialect", "postgres"]);
    assert_eq!(code(&output), 2);
    let said = text(&output.stderr);
    assert!(
        said.contains("note.up.sql: its name does not begin with a version"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_no_onward_toml_is_told() {
    let dir = shop();
    std::os::unix::fs::symlink("nowhere.toml", dir.path().join("onward.toml")).unwrap();
    let output = onward(&[
        "check",
        dir.path().to_str().unwrap(),
        "--dialect",
        "postgres",
    ]);
    assert_eq!(code(&output), 2);
    let said = text(&output.stderr);
    assert!(
        said.contains("onward.toml is a link that leads to no file"),
        "{said}"
    );
}

#[test]
fn a_rule_is_explained_and_all_are_listed() {
    snapshot("explain.txt", &text(&onward(&["explain"]).stdout));
    let one = onward(&["explain", "leaves_behind"]);
    snapshot("explain_leaves_behind.txt", &text(&one.stdout));
    let none = onward(&["explain", "leave_behind"]);
    assert_eq!(code(&none), 2);
    assert_eq!(
        text(&none.stderr),
        "error: there is no rule `leave_behind`: did you mean `leaves_behind`?\n"
    );
    let loss = onward(&["explain", "drop_column"]);
    assert_eq!(code(&loss), 2);
    assert!(
        text(&loss.stderr).starts_with("error: `drop_column` is no rule, but the kind of a loss"),
        "{}",
        text(&loss.stderr)
    );
}

/// Nobody is asked whose SQL is in what is not there.
#[test]
fn what_is_not_there_is_told_before_its_dialect_is_asked() {
    for args in [
        ["check", "nowhere"].as_slice(),
        &["check", "--up", "nowhere"],
        &["down-for", "1", "nowhere"],
    ] {
        let output = onward(args);
        assert_eq!(code(&output), 2);
        let said = text(&output.stderr);
        assert!(
            said.starts_with("error: nowhere cannot be read: "),
            "{said}"
        );
    }
}

#[test]
fn rules_are_as_strict_as_onward_toml_says() {
    let dir = folder(&[
        (
            "1_a.up.sql",
            b"CREATE TABLE a (id int); CREATE TABLE b (id int);",
        ),
        ("1_a.down.sql", b"-- onward: destructive\nDROP TABLE a;"),
    ]);
    let check = |rules: &str| {
        let config = format!("dialects = [\"sqlite\"]\n{rules}");
        std::fs::write(dir.path().join("onward.toml"), config).unwrap();
        onward(&["check", dir.path().to_str().unwrap()])
    };
    for (rules, exit, expected) in [
        ("", 0, "warning[leaves_behind]"),
        (
            "[rules]\nleaves_behind = \"deny\"",
            1,
            "error[leaves_behind]",
        ),
        (
            "[rules]\nleaves_behind = \"note\"",
            0,
            "note[leaves_behind]",
        ),
        ("[rules]\nleaves_behind = \"allow\"", 0, "1 migration, "),
    ] {
        let output = check(rules);
        let said = text(&output.stdout);
        assert_eq!(code(&output), exit, "{said}");
        assert!(said.starts_with(expected), "{said}");
    }
    let explained = command(&["explain", "leaves_behind"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(text(&explained.stdout).contains("`allow` by onward.toml, `warn` by default"));

    let wrong = check("[rules]\nunmarked_destructive_down = \"warn\"");
    assert_eq!(code(&wrong), 2);
    let said = text(&wrong.stderr);
    assert!(
        said.contains("`unmarked_destructive_down` guards data or a mark: it is always `deny`"),
        "{said}"
    );
}

#[test]
fn a_migration_may_allow_what_is_right_as_it_is() {
    let up = b"CREATE TABLE a (id int); CREATE TABLE b (id int);";
    let check = |down: &[u8]| {
        let dir = folder(&[("1_a.up.sql", up), ("1_a.down.sql", down)]);
        let output = onward(&["check", dir.path().to_str().unwrap(), "--dialect", "sqlite"]);
        let said = text(&output.stdout).replace(dir.path().to_str().unwrap(), "$DIR");
        (code(&output), said)
    };
    let (exit, said) = check(
        b"-- onward: destructive, allow(leaves_behind = \"b is read elsewhere\")\nDROP TABLE a;",
    );
    assert_eq!(exit, 0, "{said}");
    assert!(said.starts_with("1 migration, "), "{said}");
    let (exit, said) = check(
        b"-- onward: destructive\n-- onward: allow(takes_more = \"no\")\nDROP TABLE a; DROP TABLE b;",
    );
    assert_eq!(exit, 1);
    snapshot("unused_allow.txt", &said);
}

#[test]
fn the_same_name_twice_is_two_migrations() {
    let folder = folder(&[("0001_users.up.sql", b""), ("0001_users.down.sql", b"")]);
    let path = folder.path().to_str().unwrap();
    for next in ["0002", "0003"] {
        let output = onward(&["new", "phone", path]);
        assert_eq!(
            text(&output.stdout),
            format!("{path}/{next}_phone.up.sql\n{path}/{next}_phone.down.sql\n")
        );
    }
}

#[test]
fn forward_says_why_a_down_is_not_what_undoes() {
    let folder = folder(&[
        ("1_users.up.sql", b"CREATE TABLE users (id bigint);\n"),
        ("1_users.down.sql", b"DROP TABLE people;\n"),
    ]);
    let path = folder.path().to_str().unwrap();
    let output = onward(&["forward", "1", path, "--dialect", "postgres"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let said = std::fs::read_to_string(folder.path().join("2_undo_users.up.sql")).unwrap();
    assert_eq!(
        said,
        "-- Undoes 1 users.\n\
         -- Note: its own down is not used: the down fails: people is not there when it runs.\n\
         -- onward: lossy = \"the up drops the table users\"\n\
         DROP TABLE users;\n"
    );
}

#[test]
fn forward_writes_what_undoes_a_migration_and_check_agrees() {
    let folder = folder(&[
        (
            "1_users.up.sql",
            b"CREATE TABLE users (id bigint PRIMARY KEY, fax text);\n",
        ),
        (
            "1_users.down.sql",
            b"-- onward: destructive\nDROP TABLE users;\n",
        ),
        (
            "2_no_fax.up.sql",
            b"-- onward: lossy = \"nobody sends a fax\"\nALTER TABLE users DROP COLUMN fax;\n",
        ),
        (
            "2_no_fax.down.sql",
            b"ALTER TABLE users ADD COLUMN fax text;\n",
        ),
    ]);
    let path = folder.path().to_str().unwrap();
    let before = contents(folder.path());
    let dry = onward(&["forward", "2", path, "--dialect", "postgres", "--dry-run"]);
    assert_eq!(code(&dry), 0, "{}", text(&dry.stderr));
    assert_eq!(contents(folder.path()), before);

    let output = onward(&["forward", "2", path, "--dialect", "postgres"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(
        read("3_undo_no_fax.up.sql"),
        "-- Undoes 2 no_fax.\n\
         -- Not reversed: what 2 took of users.fax (drop_column) does not come back.\n\
         -- Not reversed: the down makes the column users.fax anew and empty: what was there does not come back.\n\
         ALTER TABLE users ADD COLUMN fax text;\n"
    );
    assert_eq!(
        read("3_undo_no_fax.down.sql"),
        "-- onward: destructive\nALTER TABLE users DROP COLUMN fax;\n"
    );
    let check = onward(&["check", path, "--dialect", "postgres"]);
    assert_eq!(code(&check), 0, "{}", text(&check.stdout));

    let gone = onward(&["forward", "9", path, "--dialect", "postgres"]);
    assert_eq!(code(&gone), 2);
    assert!(text(&gone.stderr).contains("there is no migration 9: they go from 1 to 3"));
}

#[test]
fn forward_leaves_a_folder_that_passes_whatever_its_layout() {
    let (make, drop): (&[u8], &[u8]) = (
        b"CREATE TABLE u (id int PRIMARY KEY);\n",
        b"-- onward: destructive\nDROP TABLE u;\n",
    );
    let alone = b"-- onward: irreversible = \"why\"\nCREATE TABLE u (id int PRIMARY KEY);\n";
    for (given, written) in [
        (
            vec![("V1__a.sql", make), ("U1__a.sql", drop)],
            vec!["U2__undo_a.sql", "V2__undo_a.sql"],
        ),
        (vec![("V1__a.sql", &alone[..])], vec!["V2__undo_a.sql"]),
        (vec![("1_a.sql", &alone[..])], vec!["2_undo_a.sql"]),
    ] {
        let folder = folder(&given);
        let dir = folder.path().to_str().unwrap();
        let output = onward(&["forward", "1", dir, "--dialect", "postgres"]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        let mut names: Vec<String> = files(folder.path())
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .filter(|name| name.contains("undo"))
            .collect();
        names.sort();
        assert_eq!(names, written);
        let output = onward(&["check", dir, "--dialect", "postgres"]);
        assert_eq!(code(&output), 0, "{}", text(&output.stdout));
    }
}
