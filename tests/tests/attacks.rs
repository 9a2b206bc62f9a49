//! Does a change that somebody makes between the plan and the step get a way back through that production would refuse?
//!
//! Each gate here was open. When the step begins, another connection does something. That is seen, and nothing runs; or it takes
//! nothing from anybody.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use onward::{
    Backup, Dialect, Environment, Error, Event, Goal, Migrator, Question, Revert, RunReport,
    Version, Waiver,
};
use onward_tests::production::{in_use, undisturbed};
use onward_tests::service::Service;
use onward_tests::{Database, Pool, on, on_every_database, with_pool};
use tokio::sync::Notify;

const NOTES: &str = env!("CARGO_BIN_EXE_notes");

// This process is on the list of those that run, and uses nothing of the shop's.
onward::declare::uses!("audit.entries.id");

on_every_database!(
    each_is_refused_or_sound,
    a_backup_that_is_struck_from_the_record_is_none_any_more,
    whoever_touches_onwards_own_tables_is_noticed,
    what_stands_in_the_head_is_never_read_as_sql,
    a_program_that_starts_meanwhile_keeps_what_it_uses,
);
// SQLite's one writer keeps no reader waiting.
on!(who_comes_while_the_step_waits_for_a_table_is_asked_about: on_postgres, on_mysql);
// SQLite's connection stays at the file that it has opened.
on!(another_database_under_the_same_name_is_asked_anew: on_postgres, on_mysql);

const ROW: &str = "INSERT INTO notes (call_id, note) VALUES (7, 'called')";
const SWAPPED: &str = "ALTER TABLE notes RENAME TO kept; CREATE TABLE notes (call_id BIGINT NOT NULL, note VARCHAR(200))";
const MILDER: &str = "UPDATE _onward_head SET tier = 'development'";

/// What somebody does, and what the refusal then says; nothing where it takes nothing from anybody that the way back runs.
fn attacks(dialect: Dialect) -> Vec<(String, Option<&'static str>)> {
    let holds = Some("`notes` holds 1 row.");
    let key =
        "CREATE TABLE more_calls (call_id BIGINT, FOREIGN KEY (call_id) REFERENCES calls (id))";
    let common = vec![
        (ROW.to_owned(), holds),
        (
            "CREATE VIEW seen AS SELECT note FROM notes".to_owned(),
            Some("is referred to by the view `seen`"),
        ),
        (key.to_owned(), Some("is referred to by the foreign key")),
        (
            trigger(dialect).to_owned(),
            Some("`notes` is referred to by"),
        ),
        (
            arrival(dialect),
            Some("1 live instance of shop-web build 77"),
        ),
        (format!("{MILDER}; {ROW}"), holds),
        (format!("{SWAPPED}; {ROW}"), holds),
        (MILDER.to_owned(), None),
        // The other table, under its new name, keeps its row.
        (
            format!("{SWAPPED}; INSERT INTO kept VALUES (7, 'called')"),
            None,
        ),
    ];
    let own = own(dialect).iter();
    let own = own.map(|(sql, says)| ((*sql).to_owned(), Some(*says)));
    common.into_iter().chain(own).collect()
}

/// What that database alone knows.
fn own(dialect: Dialect) -> &'static [(&'static str, &'static str)] {
    match dialect {
        Dialect::Sqlite => &[
            (
                "CREATE VIEW seen AS SELECT nickname FROM users",
                "is referred to by the view `seen`",
            ),
            (
                "DROP TABLE notes; CREATE TABLE notes AS SELECT 7 AS call_id, 'called' AS note",
                "`notes` holds 1 row.",
            ),
        ],
        Dialect::MySql => &[
            (
                "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM notes",
                "`notes` is referred to by the event `nightly`",
            ),
            (
                "CREATE PROCEDURE looks() SELECT * FROM notes",
                "`notes` is referred to by the procedure `looks`",
            ),
            (DEFAULT, NICKNAME),
        ],
        Dialect::Postgres => &[
            (
                "CREATE MATERIALIZED VIEW seen AS SELECT note FROM notes",
                "is referred to by the materialized view `seen`",
            ),
            (
                "CREATE PUBLICATION sent FOR TABLE notes",
                "`notes` is referred to by the publication `sent`",
            ),
            (
                "CREATE FUNCTION reads() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM notes'",
                "`notes` is referred to by the function `reads()`",
            ),
            (
                "CREATE POLICY mine ON users USING (EXISTS (SELECT 1 FROM notes))",
                "`notes` is referred to by the policy `mine on users`",
            ),
            (
                "CREATE TABLE more_notes () INHERITS (notes); INSERT INTO more_notes VALUES (7, 'called')",
                "`notes` holds 1 row.",
            ),
            // The role's own schema is looked in first.
            (
                "CREATE SCHEMA postgres; CREATE TABLE postgres.notes AS SELECT 7::bigint AS call_id, 'called' AS note",
                "`notes` holds 1 row.",
            ),
            (DEFAULT, NICKNAME),
        ],
    }
}

/// A default that the up did not give is somebody's.
const DEFAULT: &str = "ALTER TABLE users ALTER COLUMN nickname SET DEFAULT 'Countess'; INSERT INTO users (id, name) VALUES (1, 'Ada')";
const NICKNAME: &str = "`users.nickname` holds a value in 1 row.";

/// A trigger of another table that writes into one that goes.
fn trigger(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "CREATE TRIGGER logs AFTER INSERT ON users BEGIN INSERT INTO notes VALUES (NEW.id, ''); END"
        }
        Dialect::MySql => {
            "CREATE TRIGGER logs AFTER INSERT ON users FOR EACH ROW INSERT INTO notes VALUES (NEW.id, '')"
        }
        Dialect::Postgres => {
            "CREATE FUNCTION logs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO notes VALUES (NEW.id, ''); RETURN NEW; END $$; \
             CREATE TRIGGER logs AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION logs()"
        }
    }
}

/// A live process that arrives on the list and uses a table that goes.
fn arrival(dialect: Dialect) -> String {
    let now = match dialect {
        Dialect::Sqlite => "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
        Dialect::Postgres => "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
        Dialect::MySql => "(timestampdiff(MICROSECOND, '1970-01-01', utc_timestamp(3)) DIV 1000)",
    };
    format!(
        "INSERT INTO _onward_instances (id, format, application, kind, build, host, pid, login, origin, client, connections, program, \
         started, seen, lasts) VALUES ('x', 1, 'shop-web', 'web', '77', 'web-1', 1, '', '', '', 0, \
         '{{\"catalogs\":{{}},\"code\":[{{\"package\":\"shop\",\"uses\":{{\"tables\":[{{\"table\":\"notes\",\"at\":\"src/notes.rs:12\"}}]}}}}]}}', \
         {now}, {now}, 60000)"
    )
}

async fn each_is_refused_or_sound(database: Database) {
    for (sql, refusal) in attacks(database.dialect()) {
        let database = in_use(&database, &shop()).await;
        let attacked = beside(&database, sql.clone());
        let ran = taken_back(&database, &attacked).await;
        match (ran, refusal) {
            (Ok(_), None) => {}
            (Err(Error::Refused(decision)), Some(says)) => {
                let said = decision.to_string();
                assert!(said.contains(says), "{sql}: {said}");
                assert!(decision.before.is_some(), "{sql}: {said}");
            }
            (ran, _) => panic!("{sql}: {ran:?}"),
        }
        for (table, is) in [
            ("notes", sql.contains(ROW)),
            ("kept", sql.contains("INTO kept")),
        ] {
            if is {
                let rows = database.column(&format!("SELECT note FROM {table}")).await;
                assert_eq!(rows, ["called"], "{sql}");
            }
        }
        let journal = with_pool!(database.pool, pool => shop().journal(pool).await).unwrap();
        let labelled = sql.contains(MILDER);
        assert_eq!(
            journal.flaws.is_empty(),
            !labelled,
            "{sql}: {:?}",
            journal.flaws
        );
        with_pool!(database.pool, pool => pool.close().await);
    }
}

/// Nor is one whose entry was altered.
async fn a_backup_that_is_struck_from_the_record_is_none_any_more(database: Database) {
    let (strike, alter) = (
        "DELETE FROM _onward_journal WHERE action = 'backup'",
        "UPDATE _onward_journal SET evidence = REPLACE(evidence, 'ada', 'bob') WHERE action = 'backup'",
    );
    for (sql, says) in [
        (strike, "When 4 note_calls was applied is not known"),
        (alter, "1 backup of the journal cannot be believed"),
    ] {
        let database = in_use(&database, &shop()).await;
        let attacked = beside(&database, sql.to_owned());
        let ran = taken_back(&database, &attacked).await;
        let Err(Error::Refused(decision)) = ran else {
            panic!("{sql}: {ran:?}");
        };
        let said = decision.to_string();
        assert!(said.contains(says), "{sql}: {said}");
        assert!(decision.before.is_some(), "{sql}: {said}");
        let rows = database.column("SELECT note FROM notes").await;
        assert_eq!(rows, [""; 0], "{sql}");
        let journal = with_pool!(database.pool, pool => shop().journal(pool).await).unwrap();
        assert!(!journal.flaws.is_empty(), "{sql}");
        with_pool!(database.pool, pool => pool.close().await);
    }
}

/// What stands in Onward's own tables decides what runs. Whatever becomes of them meanwhile, no table goes.
async fn whoever_touches_onwards_own_tables_is_noticed(database: Database) {
    let moved = "What this was planned on has changed since: ";
    for (sql, says) in [
        (
            "DELETE FROM _onward_head",
            "The row of `_onward_head` in database ",
        ),
        (
            "DELETE FROM _onward_history",
            "so there is nothing of it to take back",
        ),
        (
            "DELETE FROM _onward_history WHERE version = 4",
            "Other processes kept changing the database",
        ),
        (
            "DELETE FROM _onward_journal",
            "is not known: the journal has no whole entry",
        ),
        ("DROP TABLE _onward_head", moved),
        ("DROP TABLE _onward_history", moved),
        ("DROP TABLE _onward_journal", moved),
        (
            "DROP TABLE _onward_instances",
            "No process has registered on this database yet",
        ),
    ] {
        let database = in_use(&database, &shop()).await;
        let attacked = beside(&database, sql.to_owned());
        let ran = taken_back(&database, &attacked).await;
        let said = ran.expect_err(sql).to_string();
        assert!(said.contains(says), "{sql}: {said}");
        assert!(database.column("SELECT note FROM notes").await.is_empty());
        assert!(
            database
                .column("SELECT nickname FROM users")
                .await
                .is_empty()
        );
        with_pool!(database.pool, pool => pool.close().await);
    }
}

/// The journal's end is written down with each entry, as it stands in the head: a text like any other.
async fn what_stands_in_the_head_is_never_read_as_sql(database: Database) {
    let development = Migrator::new(guarded::MIGRATIONS).environment(Environment::development());
    let first = Goal::To(Version::new(1));
    with_pool!(database.pool, pool => development.up(pool, first).await).unwrap();
    database
        .execute("INSERT INTO users (id, name) VALUES (1, 'Ada')")
        .await;
    let planted =
        "UPDATE _onward_head SET hash = 'x'', ''y''); DELETE FROM users; -- ', seq = 1000";
    database.execute(planted).await;
    _ = with_pool!(database.pool, pool => development.run(pool).await);
    let users = "SELECT name FROM users";
    assert_eq!(database.column(users).await, ["Ada"]);
}

/// Not a row that says so, but a process: on the list when it has started, and asked about from then on.
async fn a_program_that_starts_meanwhile_keeps_what_it_uses(database: Database) {
    let database = in_use(&database, &shop()).await;
    let service = Arc::new(Mutex::new(None));
    let (url, place) = (database.url.clone(), Arc::clone(&service));
    let attacked = shop().on_progress(move |event| {
        let mut place = place.lock().unwrap();
        if matches!(event, Event::Started { .. }) && place.is_none() {
            let started = Service::start_at(NOTES, &url, "77", "introduced");
            *place = Some(started);
            // It is put on the list in the background.
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    let ran = taken_back(&database, &attacked).await;
    let Err(Error::Refused(decision)) = ran else {
        panic!("{ran:?}");
    };
    let said = decision.to_string();
    let uses = "1 live instance of shop-notes build 77";
    assert!(said.contains(uses), "{said}");
    assert!(said.contains("uses `notes` (src/bin/notes.rs:3)"), "{said}");
    assert!(decision.before.is_some(), "{said}");
    drop(service.lock().unwrap().take().unwrap().stop());
}

/// A report reads the table when the step begins. Before it is through somebody comes whose arrival no lock on the table keeps back.
async fn who_comes_while_the_step_waits_for_a_table_is_asked_about(database: Database) {
    let dialect = database.dialect();
    for (sql, says) in [
        (arrival(dialect), "1 live instance of shop-web build 77"),
        (trigger(dialect).to_owned(), "`notes` is referred to by"),
    ] {
        let database = in_use(&database, &shop()).await;
        let report = database.another_connection().await;
        with_pool!(report, pool => onward::introduce(&mut *pool.acquire().await.unwrap()).await.unwrap());
        let reads = match dialect {
            Dialect::MySql => "START TRANSACTION; SELECT * FROM notes FOR UPDATE",
            _ => "BEGIN; SELECT * FROM notes",
        };
        report.execute(reads).await;
        let begins = Arc::new(Notify::new());
        let begun = Arc::clone(&begins);
        let attacked = shop().on_progress(move |event| {
            if matches!(event, Event::Started { .. }) {
                begun.notify_one();
            }
        });
        let comes = async {
            begins.notified().await;
            tokio::time::sleep(Duration::from_millis(700)).await;
            database.execute(&sql).await;
            report.execute("ROLLBACK").await;
        };
        let (ran, ()) = tokio::join!(taken_back(&database, &attacked), comes);
        let Err(Error::Refused(decision)) = ran else {
            panic!("{sql}: {ran:?}");
        };
        let said = decision.to_string();
        assert!(said.contains(says), "{sql}: {said}");
        assert!(decision.before.is_some(), "{sql}: {said}");
        assert!(database.column("SELECT note FROM notes").await.is_empty());
        with_pool!(report, pool => pool.close().await);
        with_pool!(database.pool, pool => pool.close().await);
    }
}

/// Somebody puts another shop where this one was, under the very name by which the program found it: as a restored dump does.
async fn another_database_under_the_same_name_is_asked_anew(like: Database) {
    // Whether it has a row, a backup, and how many entries its journal has more.
    for (row, more) in [(true, 0), (false, 1), (false, -1), (false, 0)] {
        let database = in_use(&like, &shop()).await;
        let other = other(&database).await;
        for (pool, longer) in [(&database.pool, more < 0), (&other.pool, more > 0)] {
            if longer {
                with_pool!(*pool, pool => shop().record_backup(pool, &backup()).await.unwrap());
            }
        }
        if row {
            other.pool.execute(ROW).await;
        }
        with_pool!(other.pool, pool => pool.close().await);
        let attacked = beside(&database, other.takes_its_place.clone());
        let ran = taken_back(&database, &attacked).await;
        let said = ran.expect_err("another shop's table").to_string();
        let moved = "What this was planned on has changed since: entry ";
        assert!(said.contains(moved), "{said}");
        assert!(
            said.contains("or put another database where this one was"),
            "{said}"
        );
        let expected = if row { vec!["called"] } else { vec![] };
        let notes = database.column("SELECT note FROM notes").await;
        assert_eq!(notes, expected);
        let journal = with_pool!(database.pool, pool => shop().journal(pool).await).unwrap();
        assert_eq!(journal.flaws, []);
        with_pool!(database.pool, pool => pool.close().await);
    }
}

/// Another shop of the server.
struct Other {
    pool: Pool,
    /// The SQL after which it is found under the name of the first.
    takes_its_place: String,
    /// Where it was.
    _database: Option<Database>,
}

async fn other(than: &Database) -> Other {
    const TABLES: [&str; 8] = [
        "_onward_head",
        "_onward_history",
        "_onward_instances",
        "_onward_journal",
        "_onward_progress",
        "users",
        "calls",
        "notes",
    ];
    if than.dialect() == Dialect::Postgres {
        than.execute("CREATE SCHEMA spare").await;
        let url = format!("{}&options=-c%20search_path%3Dspare", than.url);
        let pool = Pool::introduced(&url).await;
        with_pool!(pool, pool => {
            shop().run(pool).await.unwrap();
            shop().record_backup(pool, &backup()).await.unwrap();
        });
        let swap = "ALTER SCHEMA public RENAME TO gone; ALTER SCHEMA spare RENAME TO public";
        return Other {
            pool,
            takes_its_place: swap.to_owned(),
            _database: None,
        };
    }
    let mut other = in_use(than, &shop()).await;
    let (from, to) = (&other.name, &than.name);
    let moved = TABLES.map(|table| format!("{from}.{table} TO {to}.{table}"));
    let swap = format!(
        "DROP DATABASE {to}; CREATE DATABASE {to}; RENAME TABLE {}; CREATE VIEW {to}.names AS SELECT name FROM {to}.users",
        moved.join(", ")
    );
    let pool = Pool::introduced(&other.url).await;
    with_pool!(other.pool, pool => pool.close().await);
    other.pool = Pool::introduced(&other.url).await;
    Other {
        pool,
        takes_its_place: swap,
        _database: Some(other),
    }
}

fn backup() -> Backup {
    let taken = SystemTime::now() - Duration::from_secs(60);
    Backup::new("a dump", taken, "/srv/old").verified("ada", "restored it")
}

/// Takes back what came after 3.
async fn taken_back(database: &Database, shop: &Migrator) -> onward::Result<RunReport> {
    let to = Revert::To(Version::new(3));
    undisturbed(async || with_pool!(database.pool, pool => shop.revert(pool, to).await)).await
}

/// The shop's migrator, beside which `sql` is done when the first step begins.
fn beside(database: &Database, sql: String) -> Migrator {
    let url = database.url.clone();
    let begun = AtomicBool::new(false);
    shop().on_progress(move |event| {
        if !matches!(event, Event::Started { .. }) || begun.swap(true, Ordering::Relaxed) {
            return;
        }
        let (url, sql) = (url.clone(), sql.clone());
        let work = async move {
            let other = Pool::introduced(&url).await;
            with_pool!(other, pool => {
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(pool).await.unwrap();
                pool.close().await;
            });
        };
        // From a thread of its own: the listener is called in the middle of the run.
        let runs = move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            { runtime }.enable_all().build().unwrap().block_on(work);
        };
        std::thread::spawn(runs).join().unwrap();
    })
}

fn shop() -> Migrator {
    // MySQL tells of the transactions of the whole server, where other tests have some.
    let others = Waiver::new(Question::Downtime, "it is a small table", "ada");
    Migrator::new(guarded::MIGRATIONS)
        .environment(Environment::production())
        .waive(others.unwrap())
}
