//! Does a change that somebody makes between the plan and the step get a way back through that production would refuse?
//!
//! Each gate here was open. When the step begins, another connection does something. That is seen, and nothing runs; or it takes
//! nothing from anybody.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onward::{Dialect, Environment, Error, Event, Migrator, Revert, Version};
use onward_tests::production::in_use;
use onward_tests::{Database, Pool, on_every_database, with_pool};

// This process is on the list of those that run, and uses nothing of the shop's.
onward::declare::uses!("audit.entries.id");

on_every_database!(
    each_is_refused_or_sound,
    a_backup_that_is_struck_from_the_record_is_none_any_more
);

const ROW: &str = "INSERT INTO notes (call_id, note) VALUES (7, 'called')";
const SWAPPED: &str = "ALTER TABLE notes RENAME TO kept; CREATE TABLE notes (call_id BIGINT NOT NULL, note VARCHAR(200))";
const MILDER: &str = "UPDATE _onward_head SET tier = 'development'";

/// What somebody does, and what the refusal then says; nothing where it takes nothing from anybody that the way back runs.
fn attacks(dialect: Dialect) -> Vec<(String, Option<&'static str>)> {
    let holds = Some("`notes` holds 1 row.");
    let key =
        "CREATE TABLE more_calls (call_id BIGINT, FOREIGN KEY (call_id) REFERENCES calls (id))";
    vec![
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
    ]
}

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
        let to = Revert::To(Version::new(3));
        let ran = with_pool!(database.pool, pool => attacked.revert(pool, to).await);
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
        let to = Revert::To(Version::new(3));
        let ran = with_pool!(database.pool, pool => attacked.revert(pool, to).await);
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

/// The shop's migrator, beside which `sql` is done when the first step begins.
fn beside(database: &Database, sql: String) -> Migrator {
    let url = database.url.clone();
    shop().on_progress(move |event| {
        if !matches!(event, Event::Started { .. }) {
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
    Migrator::new(guarded::MIGRATIONS).environment(Environment::production())
}
