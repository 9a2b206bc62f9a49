//! Is question 5 answered by backups that were really made and really restored?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use onward::{
    Answer, Backup, BackupError, BackupVerifier, Dialect, Dump, DumpError, Environment, Error,
    Goal, JournalFlaw, Migrator, Result, Revert, State, Version,
};
use onward_tests::{Database, on_every_database, with_pool};

const HOUR: Duration = Duration::from_secs(3600);

on_every_database!(
    no_backup_on_record_is_unknown,
    a_recorded_backup_from_before_is_clear,
    a_backup_from_after_or_that_nobody_restored_is_none,
    a_date_that_somebody_changed_makes_no_backup_older,
    an_applications_own_system_is_asked,
    a_record_that_says_too_little_is_refused,
);

async fn no_backup_on_record_is_unknown(database: Database) {
    applied(&database).await;
    let (state, said) = question_5(&database, &contract()).await;
    assert_eq!(state, State::Unknown, "{said}");
    assert!(said.contains("No backup is on record."), "{said}");
}

async fn a_recorded_backup_from_before_is_clear(database: Database) {
    applied(&database).await;
    let hour_ago = SystemTime::now() - HOUR;
    let backup = Backup::new("nightly dump", hour_ago, "postgres://ada:secret@db/backups")
        .verified("ada", "into shop_restore, 2 tables");
    record(&database, &backup).await.unwrap();
    let (state, said) = question_5(&database, &contract()).await;
    assert_eq!(state, State::Clear, "{said}");
    assert!(
        said.contains("ada verified it: into shop_restore"),
        "{said}"
    );

    let journal = with_pool!(database.pool, pool => contract().journal(pool).await).unwrap();
    assert_eq!(journal.flaws, []);
    let shown = journal.to_string();
    assert!(shown.contains("nightly dump of "), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

async fn a_backup_from_after_or_that_nobody_restored_is_none(database: Database) {
    applied(&database).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let after =
        Backup::new("a dump", SystemTime::now(), "/srv/dump").verified("ada", "restored it");
    record(&database, &after).await.unwrap();
    let (state, said) = question_5(&database, &contract()).await;
    assert_eq!(state, State::Blocked, "{said}");
    assert!(
        said.contains("was taken after 2 add_phone_number was applied"),
        "{said}"
    );

    let unproven = Backup::new("a dump", SystemTime::now() - HOUR, "/srv/dump");
    record(&database, &unproven).await.unwrap();
    let (state, said) = question_5(&database, &contract()).await;
    assert_eq!(state, State::Blocked, "{said}");
    assert!(said.contains("was never restored"), "{said}");
}

async fn a_date_that_somebody_changed_makes_no_backup_older(database: Database) {
    applied(&database).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let after =
        Backup::new("a dump", SystemTime::now(), "/srv/dump").verified("ada", "restored it");
    record(&database, &after).await.unwrap();
    let moved = "UPDATE _onward_history SET at = '2999-01-01T00:00:00.000Z' WHERE version = 2";
    database.pool.execute(moved).await;
    let (state, said) = question_5(&database, &contract()).await;
    assert_eq!(state, State::Blocked, "{said}");
    let flaws = async || {
        let journal = with_pool!(database.pool, pool => contract().journal(pool).await).unwrap();
        journal.flaws
    };
    let version = Version::new(2);
    assert_eq!(flaws().await, [JournalFlaw::Rewritten { version }]);

    database.pool.execute("UPDATE _onward_journal SET at = '2999-01-01T00:00:00.000Z' WHERE version = 2 AND action = 'applied'").await;
    let (state, said) = question_5(&database, &contract()).await;
    assert_eq!(state, State::Unknown, "{said}");
    assert!(
        said.contains("the journal has no whole entry of it"),
        "{said}"
    );
}

/// A provider's list of snapshots, or the lack of it.
struct Snapshots(Option<Vec<Backup>>);

type Known = Result<Vec<Backup>, Box<dyn std::error::Error + Send + Sync>>;

impl BackupVerifier for Snapshots {
    fn backups(&self) -> std::pin::Pin<Box<dyn Future<Output = Known> + Send + '_>> {
        Box::pin(async {
            let down = || "https://ada:secret@provider is down".into();
            self.0.clone().ok_or_else(down)
        })
    }
}

async fn an_applications_own_system_is_asked(database: Database) {
    applied(&database).await;
    let snapshot = Backup::new("snapshot 7", SystemTime::now() - HOUR, "the provider")
        .verified("the provider", "restored at 04:00 and counted");
    let migrator = contract().backups(Snapshots(Some(vec![snapshot])));
    let (state, said) = question_5(&database, &migrator).await;
    assert_eq!(state, State::Clear, "{said}");

    let migrator = contract().backups(Snapshots(None));
    let (state, said) = question_5(&database, &migrator).await;
    assert_eq!(state, State::Unknown, "{said}");
    assert!(said.contains("https://provider is down"), "{said}");
}

async fn a_record_that_says_too_little_is_refused(database: Database) {
    let backup = Backup::new("a dump", SystemTime::now(), "/srv/dump").verified("ada", "restored");
    let said = record(&database, &backup).await.unwrap_err();
    assert!(
        matches!(said, Error::Backup(BackupError::NoJournal { .. })),
        "{said}"
    );
    applied(&database).await;
    for flawed in [
        Backup::new("", SystemTime::now(), "/srv/dump"),
        Backup::new("a dump", SystemTime::now() + HOUR, "/srv/dump"),
        backup.verified("", ""),
    ] {
        let said = record(&database, &flawed).await.unwrap_err();
        assert!(matches!(said, Error::Backup(_)), "{said}");
    }
    assert_eq!(question_5(&database, &contract()).await.0, State::Unknown);
}

#[tokio::test]
async fn sqlite_is_copied_and_the_copy_proven() {
    let database = Database::on_sqlite().await;
    applied(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it's a copy.db");
    let backup =
        with_pool!(database.pool, pool => contract().make_backup(pool, &file, "ada").await);
    let backup = backup.unwrap();
    assert_eq!(backup.tables["users"], 2);
    assert!(backup.verified.is_some());

    let url = format!("sqlite://{}", file.display());
    let copy = onward_tests::Pool::connect(&url).await;
    copy.execute("UPDATE users SET phone_number = NULL WHERE id = 3")
        .await;

    let again = with_pool!(database.pool, pool => contract().make_backup(pool, &file, "ada").await);
    let said = again.unwrap_err().to_string();
    assert!(said.contains("a backup overwrites nothing"), "{said}");

    // It is from after the migrations, so it answers for what is still to come.
    let decision = with_pool!(database.pool, pool => contract().judge_up(pool, Goal::Latest).await);
    let answers = decision.unwrap().answers;
    assert_eq!(fifth(&answers).state, State::Clear, "{answers:?}");
}

#[tokio::test]
async fn a_dump_of_postgres_comes_back_to_life() {
    let database = Database::on_postgres().await;
    applied(&database).await;
    let folder = tempfile::tempdir().unwrap();
    for format in ["plain", "custom", "tar"] {
        let file = folder.path().join(format);
        let mut tool = Command::new("pg_dump");
        tool.arg(format!("--format={format}"))
            .arg("--file")
            .arg(&file);
        dumped(tool.arg("--dbname").arg(&database.url));
        let tables = on_server(&database, Dump::postgres(&file))
            .restore()
            .unwrap();
        assert_eq!(tables["users"], 2, "{format}: {tables:?}");
    }
    let schema = folder.path().join("schema.sql");
    let mut tool = Command::new("pg_dump");
    tool.arg("--schema-only").arg("--file").arg(&schema);
    dumped(tool.arg("--dbname").arg(&database.url));
    let said = on_server(&database, Dump::postgres(&schema)).restore();
    assert_eq!(said.unwrap_err(), DumpError::Rowless(schema));
    nothing_is_left(&database, &folder.path().join("plain"), Dump::postgres).await;

    let other = Database::on_postgres().await;
    applied(&other).await;
    let theirs = folder.path().join("theirs");
    let mut tool = Command::new("pg_dump");
    tool.arg("--file").arg(&theirs);
    dumped(tool.arg("--dbname").arg(&other.url));
    its_origin_is_held(
        &database,
        Dump::postgres(folder.path().join("tar")),
        Dump::postgres(theirs),
    )
    .await;
}

#[tokio::test]
async fn a_dump_of_mysql_comes_back_to_life() {
    let database = Database::on_mysql().await;
    applied(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.sql");
    let mut tool = Command::new("mariadb-dump");
    tool.args(arguments(&database))
        .arg("--result-file")
        .arg(&file);
    dumped(tool.arg(&database.name));
    let tables = on_server(&database, Dump::mysql(&file)).restore().unwrap();
    assert_eq!(tables["users"], 2, "{tables:?}");

    let schema = folder.path().join("schema.sql");
    let mut tool = Command::new("mariadb-dump");
    tool.args(arguments(&database))
        .arg("--no-data")
        .arg("--result-file")
        .arg(&schema);
    dumped(tool.arg(&database.name));
    let said = on_server(&database, Dump::mysql(&schema)).restore();
    assert_eq!(said.unwrap_err(), DumpError::Rowless(schema));
    nothing_is_left(&database, &file, Dump::mysql).await;

    let other = Database::on_mysql().await;
    applied(&other).await;
    let theirs = folder.path().join("theirs.sql");
    let mut tool = Command::new("mariadb-dump");
    tool.args(arguments(&other))
        .arg("--result-file")
        .arg(&theirs);
    dumped(tool.arg(&other.name));
    its_origin_is_held(&database, Dump::mysql(file), Dump::mysql(theirs)).await;
}

/// A dump of another database proves nothing of this one, and one from after the migration is none from before it.
async fn its_origin_is_held(database: &Database, own: Dump, theirs: Dump) {
    let verified = async |dump: Dump, taken: SystemTime| {
        let dump = on_server(database, dump);
        with_pool!(database.pool, pool => contract().verify_backup(pool, &dump, taken, "ada").await)
    };
    let now = SystemTime::now();
    let refused = verified(theirs, now).await.unwrap_err();
    assert!(
        matches!(refused, Error::Backup(BackupError::Foreign(_))),
        "{refused}"
    );
    let refused = verified(own.clone(), now - HOUR).await.unwrap_err();
    assert!(
        matches!(refused, Error::Backup(BackupError::Misdated { .. })),
        "{refused}"
    );
    let backup = verified(own.clone(), now).await.unwrap();
    let restore = backup.verified.unwrap().restore;
    assert!(
        restore.contains("its journal is this database's"),
        "{restore}"
    );
    // That was written into the journal since.
    let refused = verified(own, SystemTime::now() + Duration::from_secs(1))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, Error::Backup(BackupError::Misdated { .. })),
        "{refused}"
    );
}

/// A dump that was cut off is no backup, and the scratch database of the try is gone.
async fn nothing_is_left(database: &Database, dump: &Path, of: fn(std::path::PathBuf) -> Dump) {
    let whole = std::fs::read_to_string(dump).unwrap();
    let cut = dump.with_extension("cut");
    let half = whole.find("CREATE TABLE").unwrap() + 20;
    std::fs::write(&cut, &whole[..half]).unwrap();
    let said = on_server(database, of(cut)).restore().unwrap_err();
    assert!(matches!(said, DumpError::Failed(..)), "{said}");
    let list = match database.dialect() {
        Dialect::Postgres => "SELECT datname::text FROM pg_database",
        _ => "SELECT schema_name FROM information_schema.schemata",
    };
    let own = format!("onward_scratch_{}_", std::process::id());
    let databases = database.column(list).await;
    assert!(
        !databases.iter().any(|name| name.starts_with(&own)),
        "{databases:?}"
    );
}

fn dumped(tool: &mut Command) {
    let output = tool.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn on_server(database: &Database, dump: Dump) -> Dump {
    arguments(database)
        .into_iter()
        .fold(dump, Dump::client_argument)
}

/// How the tools reach the server of the tests.
fn arguments(database: &Database) -> Vec<String> {
    let (address, query) = database.url.split_once('?').unwrap_or((&database.url, ""));
    let (_, address) = address.split_once("://").unwrap();
    let (user, host) = address.split_once('@').unwrap();
    let user = user.split(':').next().unwrap();
    let host = host.split('/').next().unwrap();
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    let mut arguments = vec![match database.dialect() {
        Dialect::Postgres => format!("--username={user}"),
        _ => format!("--user={user}"),
    }];
    let parameter = |name: &str| query.split('&').find_map(|part| part.strip_prefix(name));
    match (parameter("host="), parameter("socket=")) {
        (_, Some(socket)) => arguments.push(format!("--socket={socket}")),
        (Some(folder), _) => arguments.push(format!("--host={}", folder.replace("%2F", "/"))),
        (None, None) => arguments.push(format!("--host={host}")),
    }
    if !port.is_empty() {
        arguments.push(format!("--port={port}"));
    }
    arguments
}

fn contract() -> Migrator {
    Migrator::new(contract::MIGRATIONS).environment(Environment::production())
}

/// The first two migrations, and two users.
async fn applied(database: &Database) {
    let goal = Goal::To(Version::new(2));
    with_pool!(database.pool, pool => contract().up(pool, goal).await).unwrap();
    database
        .execute("INSERT INTO users (id, name, phone_number) VALUES (1, 'Ada', '1815'), (3, 'Grace', '1906')")
        .await;
}

async fn record(database: &Database, backup: &Backup) -> Result<()> {
    with_pool!(database.pool, pool => contract().record_backup(pool, backup).await)
}

/// What question 5 is answered when the last migration is to be reverted.
async fn question_5(database: &Database, migrator: &Migrator) -> (State, String) {
    let decision = with_pool!(database.pool, pool => migrator.judge(pool, Revert::Last).await);
    let answers = decision.unwrap().answers;
    let answer = fifth(&answers);
    (answer.state, answer.evidence[0].sentence.clone())
}

fn fifth(answers: &[Answer]) -> &Answer {
    let mut answers = answers.iter();
    answers
        .find(|answer| answer.question.number() == 5)
        .unwrap()
}
