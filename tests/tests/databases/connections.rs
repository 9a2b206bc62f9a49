//! Is the application's connection, and everybody else's, left as it was?

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use onward::{Dialect, Goal};
use onward_tests::{Database, Pool, on, on_every_database, with_pool};
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::task::JoinSet;

use super::{DEVELOPMENT, run, shop, up_to, versions};

on_every_database!(
    migrates_over_a_plain_connection,
    leaves_nothing_behind_when_it_is_dropped_midway,
    needs_no_lock_where_there_is_nothing_to_do,
    tells_how_it_stands_to_whom_may_only_read,
    says_what_to_do_where_there_is_no_such_database,
    says_what_to_do_where_it_may_only_read,
);
on!(gives_up_waiting_for_another: on_postgres, on_mysql);
on!(names_the_server_that_is_not_there: on_postgres, on_mysql);
on!(says_that_its_pool_is_in_use: on_postgres, on_mysql);

async fn says_what_to_do_where_there_is_no_such_database(database: Database) {
    let (lead, options) = database
        .url
        .split_once('?')
        .unwrap_or((&database.url, "mode=rwc"));
    let (lead, _) = lead.rsplit_once('/').unwrap();
    let (url, expected) = match database.dialect() {
        Dialect::Sqlite => (
            format!("{lead}/nowhere/shop.db?{options}"),
            "The file of the database cannot be opened: unable to open database file.\nThe folder must be there, and \
             this process be allowed to write in it. A file that is not there yet is made where the URL says so: \
             `sqlite://shop.db?mode=rwc`.",
        ),
        Dialect::Postgres => (
            format!("{lead}/nowhere?{options}"),
            "The server has no such database: database \"nowhere\" does not exist.\nCreate it (`createdb NAME`, or \
             `CREATE DATABASE` on the server), or correct the URL.",
        ),
        Dialect::MySql => (
            format!("{lead}/nowhere?{options}"),
            "The server has no such database: Unknown database 'nowhere'.\nCreate it (`CREATE DATABASE` on the \
             server), or correct the URL.",
        ),
    };
    assert_eq!(of_status(&url).await, expected);
    let stranger = match database.dialect() {
        Dialect::Sqlite => return,
        Dialect::Postgres => database.url.replace("//postgres@", "//nobody_at_all@"),
        Dialect::MySql => database.url.replace("//root@", "//nobody_at_all:wrong@"),
    };
    let said = of_status(&stranger).await;
    assert!(
        said.starts_with("The server does not let this user in: "),
        "{said}"
    );
    assert!(said.contains("nobody_at_all"), "{said}");
    assert!(said.contains("Correct the user"), "{said}");
}

/// A pool does not say what it waited for in vain.
async fn names_the_server_that_is_not_there(database: Database) {
    let scheme = match database.dialect() {
        Dialect::MySql => "mysql",
        Dialect::Postgres | Dialect::Sqlite => "postgres",
    };
    // Nobody listens on the first port.
    let url = format!("{scheme}://ada:secret@127.0.0.1:1/shop");
    let said = of_impatient(&url).await.status(DEVELOPMENT).await;
    let place = format!(
        "The database cannot be reached: error communicating with database: {scheme}://127.0.0.1:1/shop: "
    );
    assert!(said.starts_with(&place), "{said}");
    assert!(
        said.contains(
            "Is the server running, and are its address and port in the URL the right ones?"
        ),
        "{said}"
    );
    assert!(!said.contains("secret"), "{said}");
}

/// The server is there, and somebody else holds the only connection.
async fn says_that_its_pool_is_in_use(database: Database) {
    let pool = of_impatient(&database.url).await;
    let said = match &pool.0 {
        Pool::Postgres(own) => {
            let _held = own.acquire().await.unwrap();
            pool.status(DEVELOPMENT).await
        }
        Pool::MySql(own) => {
            let _held = own.acquire().await.unwrap();
            pool.status(DEVELOPMENT).await
        }
        Pool::Sqlite(_) => return,
    };
    assert!(
        said.starts_with("The pool gave no connection in time"),
        "{said}"
    );
    assert!(said.contains("`max_connections`"), "{said}");
}

/// A pool of one connection that is not waited for.
struct Impatient(Pool);

async fn of_impatient(url: &str) -> Impatient {
    let soon = Duration::from_millis(500);
    Impatient(match url.split_once(':') {
        Some(("postgres", _)) => {
            let options = sqlx::postgres::PgPoolOptions::new().max_connections(1);
            Pool::Postgres(options.acquire_timeout(soon).connect_lazy(url).unwrap())
        }
        _ => {
            let options = sqlx::mysql::MySqlPoolOptions::new().max_connections(1);
            Pool::MySql(options.acquire_timeout(soon).connect_lazy(url).unwrap())
        }
    })
}

impl Impatient {
    /// What is said where the status cannot be told.
    async fn status(&self, environment: &str) -> String {
        let status = with_pool!(self.0, pool => shop(environment).status(pool).await);
        status.unwrap_err().to_string()
    }
}

/// What is said where the status cannot be told.
async fn of_status(url: &str) -> String {
    let pool = Pool::connect_lazy(url).unwrap();
    let status = with_pool!(pool, pool => shop(DEVELOPMENT).status(pool).await);
    status.unwrap_err().to_string()
}

async fn migrates_over_a_plain_connection(database: Database) {
    let migrator = shop(DEVELOPMENT);
    let url = &database.url;
    let report = match database.dialect() {
        Dialect::Sqlite => {
            let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
            migrator.run(&mut connection).await
        }
        Dialect::Postgres => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            migrator.run(&mut connection).await
        }
        Dialect::MySql => {
            let mut connection = sqlx::MySqlConnection::connect(url).await.unwrap();
            migrator.run(&mut connection).await
        }
    };
    assert_eq!(versions(&report.unwrap()), [10, 20, 30, 40, 50]);
}

/// A replica, a file or a role that may not be written.
async fn says_what_to_do_where_it_may_only_read(database: Database) {
    let migrator = shop(DEVELOPMENT);
    let url = &database.url;
    let ran = match database.dialect() {
        Dialect::Sqlite => {
            let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
            let only = sqlx::raw_sql("PRAGMA query_only = ON");
            only.execute(&mut connection).await.unwrap();
            migrator.run(&mut connection).await
        }
        Dialect::Postgres => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            let only = sqlx::raw_sql("SET default_transaction_read_only = on");
            only.execute(&mut connection).await.unwrap();
            migrator.run(&mut connection).await
        }
        Dialect::MySql => {
            let mut connection = sqlx::MySqlConnection::connect(url).await.unwrap();
            let only = sqlx::raw_sql("SET SESSION TRANSACTION READ ONLY");
            only.execute(&mut connection).await.unwrap();
            migrator.run(&mut connection).await
        }
    };
    let said = ran.unwrap_err().to_string();
    assert!(
        said.starts_with("The database can only be read: "),
        "{said}"
    );
    assert!(!said.contains("error returned from database"), "{said}");
    assert!(said.contains("a server must be the primary"), "{said}");
}

/// The future is dropped after its first poll, after its second, and so on until it ends by itself.
async fn leaves_nothing_behind_when_it_is_dropped_midway(database: Database) {
    let expected = {
        let database = database.another().await;
        run(&database, &shop(DEVELOPMENT)).await.unwrap();
        database.picture().await
    };
    const AT_ONCE: u32 = 8;
    for first in (1..).step_by(AT_ONCE as usize) {
        let mut drops = JoinSet::new();
        for polls in first..first + AT_ONCE {
            let database = database.another().await;
            let expected = expected.clone();
            drops.spawn(async move { dropped(&database, polls, &expected).await });
        }
        // How many polls a run takes depends on how fast the server answers; that the first one waits does not.
        let ended = drops.join_all().await;
        if ended.contains(&Dropped::AtItsEnd) {
            assert!(
                first > 1 || ended.contains(&Dropped::Midway),
                "it never waited"
            );
            return;
        }
    }
}

#[derive(PartialEq, Eq)]
enum Dropped {
    Midway,
    AtItsEnd,
}

/// Drops a run after so many polls, and looks at what it left.
async fn dropped(database: &Database, polls: u32, expected: &str) -> Dropped {
    let ended = polled(run(database, &shop(DEVELOPMENT)), polls).await;
    if let Some(report) = &ended {
        assert!(report.is_ok(), "{report:?}");
    }
    // The same pool, and one that another process might have.
    run(database, &shop(DEVELOPMENT)).await.unwrap();
    let other = Pool::connect(&database.url).await;
    let again = with_pool!(other, pool => shop(DEVELOPMENT).run(pool).await).unwrap();
    assert!(again.ran.is_empty());
    assert_eq!(
        database.picture().await,
        expected,
        "dropped after {polls} polls"
    );
    assert_eq!(database.applied().await, ["10", "20", "30", "40", "50"]);
    if database.dialect() == Dialect::Postgres {
        let open = "SELECT state FROM pg_stat_activity \
                    WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        assert_eq!(database.column(open).await, Vec::<String>::new());
    }
    if ended.is_some() {
        Dropped::AtItsEnd
    } else {
        Dropped::Midway
    }
}

/// Somebody holds whatever there is to hold; a start with nothing to do must not notice.
async fn needs_no_lock_where_there_is_nothing_to_do(database: Database) {
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    let held = Pool::connect(&database.url).await;
    let hold = match database.dialect() {
        Dialect::Sqlite => "BEGIN IMMEDIATE",
        Dialect::Postgres => {
            "BEGIN; LOCK TABLE _onward_head, _onward_history, _onward_journal IN EXCLUSIVE MODE"
        }
        Dialect::MySql => "START TRANSACTION; SELECT * FROM _onward_head FOR UPDATE",
    };
    with_pool!(held, pool => {
        let mut connection = pool.acquire().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(hold)).execute(&mut *connection).await.unwrap();
        let report = run(&database, &shop(DEVELOPMENT)).await.unwrap();
        assert!(&report.ran.is_empty());
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await.unwrap();
    });
}

async fn tells_how_it_stands_to_whom_may_only_read(database: Database) {
    let migrator = shop(DEVELOPMENT);
    let reader = database.reader().await;
    let status = with_pool!(reader, pool => migrator.status(pool).await).unwrap();
    assert_eq!(status.pending().count(), 5, "before the first run");

    up_to(&database, &migrator, 40).await.unwrap();
    let reader = database.reader().await;
    let status = with_pool!(reader, pool => migrator.status(pool).await).unwrap();
    assert_eq!(status.pending().count(), 1);
    let plan = with_pool!(reader, pool => migrator.plan(pool, Goal::Latest).await).unwrap();
    assert_eq!(plan.steps().len(), 1);
    let before = database.picture().await;
    let tried = with_pool!(reader, pool => migrator.run(pool).await);
    assert!(tried.is_err(), "a reader cannot migrate");
    assert_eq!(database.picture().await, before);

    run(&database, &migrator).await.unwrap();
    let report = with_pool!(reader, pool => migrator.run(pool).await).unwrap();
    assert!(
        report.ran.is_empty(),
        "nothing to do needs no right to write"
    );
}

/// The lock is held while a run is left standing in its middle, at some poll or other. How far each poll comes hangs on the server, so
/// the polls are gone through again where none of them stood there.
async fn gives_up_waiting_for_another(database: Database) {
    let mut refusals = Vec::new();
    for _ in 0..10 {
        refusals = refused_beside_each_poll(&database).await;
        if !refusals.is_empty() {
            break;
        }
    }
    assert!(
        refusals
            .iter()
            .any(|said| said.starts_with("Another process is migrating this database")),
        "{refusals:?}"
    );
}

/// What a second run is told while the first stands still after one poll, two polls, and so on until it ends.
async fn refused_beside_each_poll(database: &Database) -> Vec<String> {
    let impatient = || shop(DEVELOPMENT).lock_timeout(Duration::ZERO);
    let mut refusals = Vec::new();
    for polls in 1.. {
        let database = database.another().await;
        let migrator = shop(DEVELOPMENT);
        let mut standing = pin!(run(&database, &migrator));
        let ended = polled(standing.as_mut(), polls).await.is_some();
        if ended {
            break;
        }
        if let Err(refusal) = run(&database, &impatient()).await {
            refusals.push(refusal.to_string());
        }
    }
    refusals
}

/// Polls a future at most that often, and gives what it came to, if it did.
async fn polled<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left <= 1 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
