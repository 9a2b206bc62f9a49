//! After a kill -9 of a way back that the gate let through in production, at whatever step, is nothing lost, nothing half said, and
//! does the next run go on or refuse?

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use onward::{Dialect, Environment, Goal, Migrator};
use onward_tests::{Database, on, on_every_database, production, program, with_pool};

const PROGRAM: &str = env!("CARGO_BIN_EXE_guarded");
const KILL: i32 = 9;

// This process is on the list of those that run, and uses nothing of the shop's.
onward::declare::uses!("audit.entries.id");

on_every_database!(
    killed_at_each_phase,
    killed_at_each_step,
    killed_at_any_moment
);
// SQLite's one writer keeps no reader waiting, so that nobody is let go first there.
on!(killed_while_it_gives_way: on_postgres, on_mysql);
on!(killed_while_an_alter_runs: on_mysql);

/// What comes in after the death is nobody's to take: the next run refuses as long as it is there, and says why.
async fn killed_at_each_phase(database: Database) {
    let expected = alone(&database).await;
    for phase in phases(database.dialect()) {
        let database = in_use(&database).await;
        let (died, when) = dies(&database, phase);
        assert!(died, "it never came to `{phase}`: {when}");
        let_go(&database, 0).await;
        is_sound(&database, &when).await;
        let number = "UPDATE users SET phone_number = '1815' WHERE id = 1";
        if written(&database, number).await {
            let refused = said(&runs(&database));
            let sees = "`users.phone_number` holds a value in 1 row.";
            assert!(refused.contains(sees), "{when}\n{refused}");
            assert!(
                refused.contains("The safe way out is forward:"),
                "{refused}"
            );
            let kept = "SELECT phone_number FROM users WHERE id = 1";
            assert_eq!(database.column(kept).await, ["1815"], "{when}");
            is_sound(&database, &when).await;
            let gone = "UPDATE users SET phone_number = NULL";
            database.execute(gone).await;
        }
        goes_on(&database, &expected, &when).await;
    }
}

/// Wherever it is interrupted, the next run goes on. One run of the test tries a part of the steps, another run another.
async fn killed_at_each_step(database: Database) {
    const APART: usize = 5;
    let expected = alone(&database).await;
    let first = random().usize(1..=APART);
    for nth in (first..).step_by(APART) {
        let database = in_use(&database).await;
        let (died, when) = dies(&database, &nth.to_string());
        let_go(&database, 0).await;
        is_sound(&database, &when).await;
        goes_on(&database, &expected, &when).await;
        if !died {
            assert!(nth > 80, "it died at {nth} events only");
            break;
        }
    }
}

/// In the middle of a statement, of an answer, of a commit.
async fn killed_at_any_moment(database: Database) {
    let expected = alone(&database).await;
    let mut random = random();
    let mut amid = 0;
    for _ in 0..12 {
        let database = in_use(&database).await;
        let mut process = back(&database).spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        // The first line comes where the first migration begins; how long it takes until then differs from machine to machine.
        stderr.read_line(&mut said).unwrap();
        // Not to wait for anything: the moment is what is random.
        std::thread::sleep(Duration::from_millis(120).mul_f64(random.f64()));
        process.kill().unwrap();
        process.wait().unwrap();
        amid += usize::from(said.contains("1 of 3"));
        let_go(&database, 0).await;
        is_sound(&database, "after a death at some moment").await;
        goes_on(&database, &expected, "after a death at some moment").await;
    }
    assert!(amid > 6, "only {amid} of 12 had begun a migration");
}

/// A report reads the table, and the way back lets it go first; it is killed while it does.
async fn killed_while_it_gives_way(database: Database) {
    let expected = alone(&database).await;
    for death in [0, 300, 900, 2500] {
        let database = in_use(&database).await;
        let reader = database.another_connection().await;
        // It is the report's own pool, and on the list.
        let report = shop().application("shop-report");
        with_pool!(reader, pool => report.run(pool).await.unwrap());
        with_pool!(reader, pool => onward::introduce(&mut *pool.acquire().await.unwrap()).await.unwrap());
        let reads = match database.dialect() {
            Dialect::MySql => "START TRANSACTION; SELECT * FROM calls, users FOR UPDATE",
            _ => "BEGIN; SELECT * FROM calls, users",
        };
        reader.execute(reads).await;
        let mut process = back(&database).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let waits = lines.any(|line| line.unwrap().contains("letting them go first"));
        assert!(waits, "it did not wait for the reader");
        std::thread::sleep(Duration::from_millis(death));
        process.kill().unwrap();
        process.wait().unwrap();
        reader.execute("ROLLBACK").await;
        let_go(&database, 1).await;
        is_sound(&database, "after a death in the queue").await;
        goes_on(&database, &expected, "after a death in the queue").await;
    }
}

/// The server writes a table of some hundred thousand rows anew, and does the rest of it without the process that asked for it. The next
/// run goes on behind that statement, whether it finds it running, done or undone.
async fn killed_while_an_alter_runs(database: Database) {
    let many = "INSERT INTO users (id, name) SELECT seq, repeat(char(97 + seq % 26), 60) FROM seq_3_to_300000";
    let drops = "SELECT CAST(id AS CHAR) FROM information_schema.processlist WHERE db = database() AND state <> '' \
                 AND info LIKE 'ALTER TABLE%DROP COLUMN nickname%' AND id <> connection_id()";
    let expected = "SELECT CAST(count(*) AS CHAR) FROM users";
    for ends_it in [false, true] {
        let database = in_use(&database).await;
        // Such a table is written anew where a column goes.
        let compressed = "ALTER TABLE users ROW_FORMAT = COMPRESSED";
        database.execute(compressed).await;
        database.execute(many).await;
        let mut process = back(&database).spawn().unwrap();
        let begun = Instant::now();
        let mut at_it = Vec::new();
        while at_it.is_empty() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "the statement was never seen"
            );
            at_it = database.column(drops).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        if ends_it {
            // Undone by somebody who does not want to wait for it; it may be done by now.
            let kill = format!("KILL {}", at_it[0]);
            _ = with_pool!(database.pool, pool => sqlx::raw_sql(sqlx::AssertSqlSafe(kill)).execute(pool).await.is_ok());
        }
        let ended = runs(&database);
        assert!(ended.status.success(), "{}", said(&ended));
        assert_eq!(database.column(expected).await, ["300000"]);
        let left = "SELECT column_name FROM information_schema.columns WHERE table_schema = database() AND table_name = 'users' \
                    ORDER BY column_name";
        assert_eq!(database.column(left).await, ["id", "name"]);
        assert_eq!(database.applied().await, ["1"]);
        let journal = with_pool!(database.pool, pool => shop().journal(pool).await);
        assert_eq!(journal.unwrap().flaws, []);
        let reverted = "SELECT action FROM _onward_journal WHERE action = 'reverted'";
        assert_eq!(database.column(reverted).await.len(), 3);
        assert!(
            database
                .column("SELECT direction FROM _onward_progress")
                .await
                .is_empty()
        );
        with_pool!(database.pool, pool => pool.close().await);
    }
}

/// What each phase ends with, in the words that sqlx and Onward log: the evidence is gathered, the lock is had, the gate opened; it is
/// asked again under a lock on the tables, the statements run, the journal is written, and it is committed.
fn phases(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Sqlite => &[
            "pragma_page_count",
            "PRAGMA foreign_keys = OFF",
            "migration begins",
            "INSERT INTO _onward_journal",
            "pragma_foreign_key_check",
            "migration is done",
        ],
        Dialect::Postgres => &[
            "pg_total_relation_size",
            "pg_try_advisory_lock",
            "migration begins",
            "LOCK TABLE",
            "INSERT INTO",
            "COMMIT",
            "migration is done",
            "pg_advisory_unlock",
        ],
        Dialect::MySql => &[
            "data_length",
            "get_lock",
            "migration begins",
            "INSERT INTO `",
            "LOCK TABLES",
            "UPDATE `",
            "DROP TABLE notes",
            "ALTER TABLE users DROP COLUMN nickname",
            "UNLOCK TABLES",
            "DELETE FROM",
            "COMMIT",
            "migration is done",
            "release_lock",
        ],
    }
}

/// What a way back that nobody interrupts leaves.
async fn alone(database: &Database) -> String {
    let database = in_use(database).await;
    let ended = runs(&database);
    assert!(ended.status.success(), "{}", said(&ended));
    assert_eq!(database.applied().await, ["1"]);
    let picture = database.picture().await;
    with_pool!(database.pool, pool => pool.close().await);
    picture
}

/// A shop in production, and somebody in it who left no number.
async fn in_use(like: &Database) -> Database {
    let database = production::in_use(like, &shop()).await;
    database
        .execute("INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Alan')")
        .await;
    database
}

/// Waits until the server has noticed the death: a statement that the dead one was at goes on until it has something to say to it, and the
/// gate rightly takes a connection that is nobody's for a stranger's. Besides the test's own pool it has `others`.
async fn let_go(database: &Database, others: u32) {
    let connected = match database.dialect() {
        Dialect::Sqlite => return,
        Dialect::Postgres => {
            "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        }
        Dialect::MySql => {
            "SELECT CAST(count(*) AS CHAR) FROM information_schema.processlist WHERE db = database()"
        }
    };
    let begun = Instant::now();
    loop {
        let count: u32 = database.column(connected).await[0].parse().unwrap();
        let own = with_pool!(database.pool, pool => pool.size());
        if count <= own + others {
            return;
        }
        let waited = begun.elapsed();
        assert!(waited < Duration::from_secs(60), "{count} are connected");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Whether what stands there is true, whatever is still to be done: history and journal say the same, nobody's rows are gone, and
/// nothing in the journal is broken off.
async fn is_sound(database: &Database, when: &str) {
    let journal = with_pool!(database.pool, pool => shop().journal(pool).await);
    assert_eq!(journal.unwrap().flaws, [], "{when}");
    database.applied().await;
    let users = "SELECT name FROM users ORDER BY id";
    assert_eq!(database.column(users).await, ["Ada", "Alan"], "{when}");
}

/// The next run comes to where an uninterrupted one does, and leaves no lock and no statement that passes for begun.
async fn goes_on(database: &Database, expected: &str, when: &str) {
    let ended = runs(database);
    let said = said(&ended);
    assert!(ended.status.success(), "{when}\nthen: {said}");
    assert_eq!(database.picture().await, expected, "{when}\nthen: {said}");
    assert_eq!(database.applied().await, ["1"], "{when}");
    is_sound(database, when).await;
    let begun = database.column("SELECT direction FROM _onward_progress");
    assert_eq!(begun.await, [""; 0], "{when}");
    let reverted = "SELECT action FROM _onward_journal WHERE action = 'reverted'";
    assert_eq!(database.column(reverted).await.len(), 3, "{when}");
    // Whoever comes next waits for nobody.
    let again = with_pool!(database.pool, pool => {
        shop().lock_timeout(Duration::from_secs(5)).up(pool, Goal::Latest).await
    });
    assert_eq!(again.unwrap().ran.len(), 3, "{when}");
    with_pool!(database.pool, pool => pool.close().await);
}

/// Whether the database took it: the column may be gone.
async fn written(database: &Database, sql: &'static str) -> bool {
    with_pool!(database.pool, pool => sqlx::raw_sql(sql).execute(pool).await.is_ok())
}

fn shop() -> Migrator {
    Migrator::new(guarded::MIGRATIONS).environment(Environment::production())
}

fn back(database: &Database) -> Command {
    let mut command = program::command(PROGRAM, database, "guarded");
    command.env(Environment::VARIABLE, "production");
    command
}

/// Whether it died at that moment, and what is to be said of it; otherwise it must have succeeded.
fn dies(database: &Database, moment: &str) -> (bool, String) {
    let ended = back(database).arg(moment).output().unwrap();
    let said = said(&ended);
    let died = ended.status.signal() == Some(KILL);
    assert!(died || ended.status.success(), "{moment}: {said}");
    (died, format!("after a death at {moment}: {said}"))
}

/// What `ONWARD_SEED` says, to see the same again.
fn random() -> fastrand::Rng {
    let seed = std::env::var("ONWARD_SEED")
        .map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("ONWARD_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn runs(database: &Database) -> Output {
    back(database).output().unwrap()
}

fn said(ended: &Output) -> String {
    String::from_utf8_lossy(&ended.stderr).into_owned()
}
