//! Is a crate asked for its items: does the one that `forward` writes compile, and what is said of them? A crate of its own, with
//! the real macro.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod package;

use std::fs;

use package::{onward, package, succeeds};

/// One migration with its SQL inline, and one with its SQL in files.
const LIB: &str = r#"//! A shop's migrations.

onward::catalog!();

/// Who buys.
#[derive(onward::Migration)]
#[migration(
    version = 20260101_01,
    up = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
    down = "DROP TABLE users",
    destructive,
)]
struct CreateUsers;

/// How to reach them.
#[derive(onward::Migration)]
#[migration(
    version = 20260101_02,
    up_file = "sql/2026010102_add_phone.up.sql",
    down_file = "sql/2026010102_add_phone.down.sql",
    destructive,
)]
struct AddPhone;
"#;

const FILES: [(&str, &str); 4] = [
    ("src/lib.rs", LIB),
    ("onward.toml", "dialects = [\"sqlite\"]\n"),
    (
        "sql/2026010102_add_phone.up.sql",
        "ALTER TABLE users ADD COLUMN phone TEXT;\n",
    ),
    (
        "sql/2026010102_add_phone.down.sql",
        "ALTER TABLE users DROP COLUMN phone;\n",
    ),
];

#[test]
fn a_released_migration_that_is_gone_fails_the_check() {
    let shop = shop("kept");
    succeeds(&onward(shop.path(), &["lock"]));
    succeeds(&onward(shop.path(), &["check"]));
    succeeds(&onward(shop.path(), &["release"]));
    let second = LIB.find("/// How to reach them.").unwrap();
    fs::write(shop.path().join("src/lib.rs"), &LIB[..second]).unwrap();

    let output = onward(shop.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    let gone = "released migration 2026010102 (add_phone) is gone, and databases that ran it would not know it: bring it back";
    assert!(said.contains(gone), "{said}");
    refused(&onward(shop.path(), &["lock"]), gone);

    fs::write(
        shop.path().join("src/lib.rs"),
        LIB.replace("20260101_02,", "20260101_03,"),
    )
    .unwrap();
    let moved = "released migration 2026010102 (add_phone) was given another version, 2026010103";
    refused(&onward(shop.path(), &["lock"]), moved);
}

/// What is wrong, in words of Onward's alone.
fn refused(output: &std::process::Output, why: &str) {
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains(&format!("error: the lock file was not written\n{why}")),
        "{said}"
    );
    for noise in ["test failed", "panicked", "backtrace"] {
        assert!(!said.contains(noise), "{said}");
    }
}

#[test]
fn a_draft_that_is_older_than_what_was_released_is_told() {
    let shop = shop("late");
    succeeds(&onward(shop.path(), &["lock"]));
    let released = succeeds(&onward(shop.path(), &["release"]));
    assert!(!released.contains("warning"), "{released}");
    let older = "#[derive(onward::Migration)]\n#[migration(version = 20251231_01, up = \"CREATE TABLE mails (id INTEGER)\", \
                 down = \"DROP TABLE mails\", destructive)]\nstruct CreateMails;\n";
    fs::write(shop.path().join("src/lib.rs"), format!("{LIB}\n{older}")).unwrap();

    let told = "warning: 2025123101 create_mails is older than 2026010102 add_phone, which is released: production refuses it";
    let locked = succeeds(&onward(shop.path(), &["lock"]));
    assert!(locked.contains(told), "{locked}");
    let checked = onward(shop.path(), &["check"]);
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(said.contains(told), "{said}");
    assert!(checked.status.success(), "{said}");
}

#[test]
fn a_new_file_in_a_folder_is_read_without_a_failed_test() {
    let lib = "onward::catalog!();\nonward::directory!(\"sql\");\n";
    let files = [
        ("src/lib.rs", lib),
        ("onward.toml", "dialects = [\"sqlite\"]\n"),
        ("sql/1_users.up.sql", "CREATE TABLE users (id INTEGER);\n"),
        (
            "sql/1_users.down.sql",
            "-- onward: destructive\nDROP TABLE users;\n",
        ),
    ];
    let shop = package::package("unread", "", &files);
    succeeds(&onward(shop.path(), &["lock"]));
    let second = "CREATE INDEX users_by_id ON users (id);\n";
    fs::write(shop.path().join("sql/2_index.up.sql"), second).unwrap();
    fs::write(
        shop.path().join("sql/2_index.down.sql"),
        "DROP INDEX users_by_id;\n",
    )
    .unwrap();
    let output = onward(shop.path(), &["lock"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("test failed"), "{said}");
    assert!(succeeds(&output).contains(": 2 drafts, 0 released; written."));
}

#[test]
fn the_item_compiles_and_stands_in_the_lock_file() {
    let shop = shop("shop");
    let read = |name: &str| fs::read_to_string(shop.path().join(name)).unwrap();
    succeeds(&onward(shop.path(), &["lock"]));

    let said = succeeds(&onward(shop.path(), &["forward", "2026010102"]));
    assert!(said.contains("behind the items of "), "{said}");
    let lib = read("src/lib.rs");
    let (before, item) = lib.split_at(LIB.len());
    assert_eq!(before, LIB);
    let version = versions(&read("migrations.lock"))[2].clone();
    let (day, number) = version.split_at(8);
    assert_eq!(
        item,
        format!(
            r#"
/// Undoes 2026010102 add_phone.
#[derive(onward::Migration)]
#[migration(
    version = {day}_{number},
    up_file = "sql/{version}_undo_add_phone.up.sql",
    lossy = "the up drops users.phone",
    down_file = "sql/{version}_undo_add_phone.down.sql",
)]
struct UndoAddPhone;
"#
        )
    );
    let sql = |side: &str| read(&format!("sql/{version}_undo_add_phone.{side}.sql"));
    assert_eq!(sql("up"), "ALTER TABLE users DROP COLUMN phone;\n");
    assert_eq!(sql("down"), "ALTER TABLE users ADD COLUMN phone TEXT;\n");

    succeeds(&onward(shop.path(), &["forward", "2026010101"]));
    let inline = read("src/lib.rs").split_off(lib.len());
    assert!(inline.contains("up = \"DROP TABLE users\""), "{inline}");
    assert!(inline.contains("struct UndoCreateUsers;"), "{inline}");
    let lock = read("migrations.lock");
    assert!(
        lock.contains("undo_add_phone") && lock.contains("undo_create_users"),
        "{lock}"
    );
}

/// What the compiler keeps to itself, since it knows no warnings.
const LEAVES: &str = r#"
#[derive(onward::Migration)]
#[migration(
    version = 20260101_03,
    up = "ALTER TABLE users ADD COLUMN fax TEXT;
          CREATE TABLE calls (id INTEGER PRIMARY KEY)",
    down = "
          ALTER TABLE users
          DROP COLUMN fax",
    destructive,
)]
struct AddFax;
"#;

#[test]
fn warnings_on_items_are_told_with_their_place() {
    let shop = shop("shop-with-fax");
    let lib = format!("{LIB}{LEAVES}");
    fs::write(shop.path().join("src/lib.rs"), &lib).unwrap();
    succeeds(&onward(shop.path(), &["lock"]));

    let said = succeeds(&onward(shop.path(), &["check"]));
    let at = |text: &str| lib.lines().position(|line| line.contains(text)).unwrap() + 1;
    let item = format!(" --> src/lib.rs:{}\n", at("struct AddFax;"));
    assert!(said.contains(&item), "{said}");
    assert_eq!(said.matches("warning[").count(), 1, "{said}");
    assert!(
        said.contains("`calls` behind") && said.contains("\n3 migrations, "),
        "{said}"
    );

    let elsewhere = tempfile::tempdir().unwrap();
    let folder = shop.path().to_str().unwrap();
    let named = succeeds(&onward(elsewhere.path(), &["check", folder]));
    let place = shop.path().join("src/lib.rs");
    assert_eq!(
        named,
        said.replace("src/lib.rs", place.to_str().unwrap()),
        "the crate in a folder that is named"
    );

    let json = succeeds(&onward(shop.path(), &["check", "--format", "json"]));
    let loss = format!(
        r#""file":"src/lib.rs","line":{},"column":11,"statement":"ALTER TABLE users\n          DROP COLUMN fax""#,
        at("          DROP COLUMN fax") - 1
    );
    assert!(json.contains(&loss), "{json}");

    let down = succeeds(&onward(shop.path(), &["down-for", "2026010103"]));
    assert_eq!(
        down,
        "down = r\"DROP TABLE calls;\nALTER TABLE users DROP COLUMN fax;\",\ndestructive,\n"
    );
}

/// Of a table that only some builds have the compiler relies on nothing.
const PERHAPS: &str = r#"
#[cfg(unix)]
#[derive(onward::Migration)]
#[migration(
    version = 20260101_03,
    up = "CREATE TABLE calls (id INTEGER PRIMARY KEY)",
    down = "DROP TABLE calls",
    destructive,
)]
struct CreateCalls;

#[derive(onward::Migration)]
#[migration(
    version = 20260101_04,
    up = "ALTER TABLE calls ADD COLUMN note TEXT",
    down = "ALTER TABLE calls DROP COLUMN note; ALTER TABLE calls DROP COLUMN fax",
    destructive = "nobody has one",
)]
struct AddNote;
"#;

#[test]
fn what_a_cfg_may_leave_out_is_relied_on_no_more_than_by_the_compiler() {
    let shop = shop("shop-of-unix");
    fs::write(shop.path().join("src/lib.rs"), format!("{LIB}{PERHAPS}")).unwrap();
    succeeds(&onward(shop.path(), &["lock"]));
    let said = succeeds(&onward(shop.path(), &["check"]));
    assert!(!said.contains("cannot_run"), "{said}");
}

#[test]
fn where_there_is_no_package_it_is_said() {
    let nowhere = tempfile::tempdir().unwrap();
    for words in [&["forward", "1"][..], &["lock"], &["release"], &["check"]] {
        let output = onward(nowhere.path(), words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.starts_with("error: there is no Cargo.toml in this folder or above it: "),
            "{said}"
        );
    }
}

/// The crate, as a package called `name`.
fn shop(name: &str) -> tempfile::TempDir {
    package(name, "", &FILES)
}

/// The versions in a lock file.
fn versions(lock: &str) -> Vec<String> {
    let words = lock.lines().filter_map(|line| line.split(' ').next());
    let is_version = |word: &&str| word.len() == 10 && word.bytes().all(|b| b.is_ascii_digit());
    words.filter(is_version).map(str::to_owned).collect()
}
