//! Does Onward copy an SQLite database before a migration that may lose something, and is the copy still there when it counts?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use onward::{
    Answer, Backup, BackupError, BeforeMigration, Consent, Environment, Error, Event, Goal,
    Migrator, Result, Revert, RunReport, State, Tier, Version,
};
use onward_tests::{Database, Pool, with_pool};

const NONE: [PathBuf; 0] = [];
const PROGRAM: &str = env!("CARGO_BIN_EXE_contract");

#[tokio::test]
async fn a_copy_from_right_before_answers_question_5() {
    let database = users().await;
    let folder = folder(&database, "backups");
    up(&database, &contract(), 2).await.unwrap();
    let [copy] = copies(&folder).try_into().unwrap();
    assert!(
        copy.to_string_lossy().contains("test-before-2-"),
        "{copy:?}"
    );

    let (state, said) = question_5(&database).await;
    assert_eq!(state, State::Clear, "{said}");
    assert!(said.contains("Onward, run by"), "{said}");
    let journal = with_pool!(database.pool, pool => contract().journal(pool).await).unwrap();
    assert_eq!(journal.flaws, []);

    let hidden = copy.with_extension("hidden");
    std::fs::rename(&copy, &hidden).unwrap();
    let (state, said) = question_5(&database).await;
    assert_eq!(state, State::Blocked, "{said}");
    assert!(said.contains(" is not there any more: "), "{said}");

    std::fs::write(&copy, "no database").unwrap();
    let (state, said) = question_5(&database).await;
    assert_eq!(state, State::Blocked, "{said}");
    assert!(said.contains(" cannot be opened ("), "{said}");

    std::fs::rename(&hidden, &copy).unwrap();
    assert_eq!(question_5(&database).await.0, State::Clear);
    let there = Pool::connect(&format!("sqlite://{}", copy.display())).await;
    there.execute("DELETE FROM users").await;
    let (state, said) = question_5(&database).await;
    assert_eq!(state, State::Blocked, "{said}");
    assert!(
        said.contains(" has other rows than when it was made"),
        "{said}"
    );
}

#[tokio::test]
async fn an_up_that_takes_data_is_asked_for_no_other_backup() {
    let database = users().await;
    let folder = folder(&database, "backups");
    up(&database, &contract(), 3).await.unwrap();
    database
        .execute("UPDATE users SET phone_number = '1815'")
        .await;
    let seen = with_pool!(database.pool, pool => contract().judge_up(pool, Goal::Latest).await);
    let seen = seen.unwrap();
    let (state, said) = fifth(&seen.answers);
    assert_eq!(state, State::Clear, "{said}");
    assert!(said.contains("right before 4 drop_phone_number"), "{said}");
    // Its down loses nothing; the way forward does.
    let consent = Consent::new("ada", &seen.site, &seen.plan.hash, &*seen.losing);
    let consented = contract().consent(consent.seeing(&seen.answers));
    up(&database, &consented, 4).await.unwrap();
    let made = copies(&folder);
    assert_eq!(made.len(), 3, "{made:?}");
    let copy = Pool::connect(&format!("sqlite://{}", made[2].display())).await;
    copy.execute("UPDATE users SET phone_number = '1906' WHERE phone_number = '1815'")
        .await;
}

#[tokio::test]
async fn a_database_without_a_table_and_another_environment_are_not_copied() {
    let database = Database::on_sqlite().await;
    let folder = folder(&database, "backups");
    up(&database, &contract(), 3).await.unwrap();
    assert_eq!(copies(&folder), NONE);

    let database = Database::on_sqlite().await;
    let folder = self::folder(&database, "backups");
    let production = Migrator::new(contract::MIGRATIONS).environment(Environment::production());
    for version in 1..=3 {
        up(&database, &production, version).await.unwrap();
    }
    assert_eq!(copies(&folder), NONE);
}

#[tokio::test]
async fn where_it_cannot_be_copied_nothing_runs() {
    let database = users().await;
    let refused = async |migrator: &Migrator| {
        let said = up(&database, migrator, 2).await.unwrap_err();
        assert!(
            matches!(&said, Error::Backup(BackupError::Folder(..))),
            "{said}"
        );
        assert_eq!(phone_numbers(&database).await, 0);
        said.to_string()
    };
    // It is not there.
    let said = refused(&contract()).await;
    assert!(
        said.contains("backups: No such file or directory"),
        "{said}"
    );
    assert!(
        said.contains("Make the folder that `backup_folder` names"),
        "{said}"
    );
    // It is none.
    std::fs::write(home(&database).join("file"), "").unwrap();
    let said = refused(&contract().backup_folder("file")).await;
    assert!(said.contains("it is no folder"), "{said}");
    // Nobody may write there, not even root.
    let said = refused(&contract().backup_folder("/proc")).await;
    assert!(said.contains("/proc/test.lock"), "{said}");
}

/// SQLite's file is larger than any file that this process may write, as where a disk has no room for a second one.
#[cfg(unix)]
#[tokio::test]
async fn where_there_is_no_room_nothing_runs_and_nothing_is_left() {
    let database = users().await;
    let folder = folder(&database, "backups");
    database
        .execute("UPDATE users SET name = hex(randomblob(300000)) WHERE id = 1")
        .await;
    let mut shell = Command::new("sh");
    let limited = "trap '' XFSZ; ulimit -f 256; exec \"$0\" \"$@\"";
    shell.args(["-c", limited, PROGRAM]);
    let output = started(shell, &database).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains("The database cannot be copied before the migration, so that does not run"),
        "{said}"
    );
    assert_eq!(copies(&folder), NONE);
    assert_eq!(phone_numbers(&database).await, 0);
}

#[tokio::test]
async fn a_copy_before_what_fails_is_removed() {
    let database = users().await;
    let folder = folder(&database, "backups");
    // The column is there already, so the migration fails.
    database
        .execute("ALTER TABLE users ADD COLUMN phone_number VARCHAR(20)")
        .await;
    for _ in 0..2 {
        let said = up(&database, &contract(), 2).await.unwrap_err();
        assert!(matches!(said, Error::Migration(_)), "{said}");
    }
    assert_eq!(copies(&folder), NONE);
}

#[tokio::test]
async fn processes_that_start_at_once_make_one() {
    let database = users().await;
    let folder = folder(&database, "backups");
    let started: Vec<_> = (0..4)
        .map(|_| started(Command::new(PROGRAM), &database))
        .collect();
    for process in started {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(copies(&folder).len(), 1, "{:?}", copies(&folder));
    assert_eq!(question_5(&database).await.0, State::Clear);
}

#[tokio::test]
async fn on_a_server_the_folder_is_refused() {
    for database in [Database::on_postgres().await, Database::on_mysql().await] {
        let said = with_pool!(database.pool, pool => contract().run(pool).await).unwrap_err();
        assert!(
            matches!(said, Error::Backup(BackupError::FolderElsewhere(_))),
            "{said}"
        );
    }
}

#[tokio::test]
async fn what_was_kept_long_enough_goes_and_what_is_relied_on_stays() {
    const DAY: Duration = Duration::from_secs(86_400);
    let database = users().await;
    let folder = folder(&database, "backups");
    let stands = |name: &str| {
        let file = folder.join(name);
        std::fs::write(&file, "").unwrap();
        file
    };
    let [old, young, theirs, twins, asked, unknown] = [
        "test-before-1-a.db",
        "test-before-1-b.db",
        "test-before-1-c.db",
        "test-before-1-d.db",
        "test-before-the-old-move.db",
        "test-before-1-e.db",
    ]
    .map(stands);
    let files = database.column("SELECT file FROM pragma_database_list WHERE name = 'main'");
    let files: Vec<String> = files.await;
    let own = std::fs::canonicalize(&files[0]).unwrap();
    // A copy of this database has the same journal, and other copies of its own.
    let another = own.with_file_name("another.db");
    for (what, days, file, of) in [
        ("copy by VACUUM INTO", 40, &old, Some(&own)),
        ("copy by VACUUM INTO", 20, &young, Some(&own)),
        ("copy by VACUUM INTO", 40, &twins, Some(&another)),
        ("copy by VACUUM INTO", 40, &asked, None),
        ("the dump", 40, &theirs, None),
    ] {
        let taken = SystemTime::now() - DAY * days;
        let before = |of: &PathBuf| BeforeMigration {
            version: Version::new(1),
            database: of.to_string_lossy().into_owned(),
        };
        let backup = Backup {
            before: of.map(before),
            ..Backup::new(what, taken, &file.to_string_lossy())
        };
        with_pool!(database.pool, pool => contract().record_backup(pool, &backup).await).unwrap();
    }
    let removed = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&removed);
    let migrator = contract().on_progress(move |event| {
        if let Event::CopyRemoved { location } = event {
            told.lock().unwrap().push(location.clone());
        }
    });
    up(&database, &migrator, 2).await.unwrap();
    assert_eq!(*removed.lock().unwrap(), [old.to_string_lossy()]);
    assert!(!old.exists());
    assert_eq!(copies(&folder).len(), 6);
    for kept in [&young, &theirs, &twins, &asked, &unknown] {
        assert!(kept.exists(), "{}", kept.display());
    }
    assert_eq!(question_5(&database).await.0, State::Clear);
    let journal = with_pool!(database.pool, pool => contract().journal(pool).await).unwrap();
    assert_eq!(journal.flaws, []);
    let entries = journal.entries.iter();
    let mut removed = entries.filter(|entry| entry.action == "backup_removed");
    let said = removed.next().unwrap().to_string();
    assert!(said.contains(&*old.to_string_lossy()), "{said}");
    assert!(removed.next().is_none());
}

/// A process that applies the first two migrations.
fn started(mut command: Command, database: &Database) -> Child {
    command
        .args(["up", "--to", "2"])
        .env("ONWARD_TEST_DATABASE", &database.url)
        .env(Environment::VARIABLE, "copied")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// How many columns there are that the second migration makes.
async fn phone_numbers(database: &Database) -> usize {
    let columns = database.column("SELECT name FROM pragma_table_info('users')");
    let columns = columns.await;
    columns
        .iter()
        .filter(|name| *name == "phone_number")
        .count()
}

/// The environment whose policy names the folder `backups`.
fn contract() -> Migrator {
    Migrator::new(contract::MIGRATIONS).environment(Environment::new("copied", Tier::Production))
}

async fn up(database: &Database, migrator: &Migrator, to: i64) -> Result<RunReport> {
    let goal = Goal::To(Version::new(to));
    with_pool!(database.pool, pool => migrator.up(pool, goal).await)
}

/// The first migration, and two users.
async fn users() -> Database {
    let database = Database::on_sqlite().await;
    up(&database, &contract(), 1).await.unwrap();
    database
        .execute("INSERT INTO users (id, name) VALUES (1, 'Ada'), (3, 'Grace')")
        .await;
    database
}

/// Where the database's file stands.
fn home(database: &Database) -> PathBuf {
    let path = database.url.trim_start_matches("sqlite://");
    let file = PathBuf::from(path.split('?').next().unwrap());
    file.parent().unwrap().to_owned()
}

/// A folder of that name beside the database.
fn folder(database: &Database, name: &str) -> PathBuf {
    let folder = home(database).join(name);
    std::fs::create_dir(&folder).unwrap();
    folder
}

/// The copies in it, the oldest first.
fn copies(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|name| name == "db"));
    files.sort();
    files
}

/// What question 5 is answered when the second migration is to be reverted.
async fn question_5(database: &Database) -> (State, String) {
    let decision = with_pool!(database.pool, pool => contract().judge(pool, Revert::Last).await);
    fifth(&decision.unwrap().answers)
}

fn fifth(answers: &[Answer]) -> (State, String) {
    let mut answers = answers.iter();
    let answer = answers
        .find(|answer| answer.question.number() == 5)
        .unwrap();
    let said = answer.evidence.iter().map(|one| one.sentence.clone());
    (answer.state, said.collect::<Vec<_>>().join("\n"))
}
