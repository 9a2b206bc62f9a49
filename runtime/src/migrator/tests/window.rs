//! Is anything taken on MySQL, which commits at each DDL statement, that was written since it was looked at?

use std::sync::{Arc, Mutex};
use std::time::Duration;

use onward_analysis::{Dialect, Record};
use sqlx::MySqlPool;
use tokio::task::JoinHandle;

use super::migrator;
use super::mysql::fresh;
use crate::fixture::judged;
use crate::{Consent, Decision, Environment, Error, Event, Migrator, Revert};

pub(super) fn record(up: &str, down: &str) -> Record {
    let mut record = judged(1, Dialect::MySql, up, down);
    record.catalog = "app".to_owned();
    record
}

/// A migrator in staging, with the consent of somebody who saw what there is now; applied.
pub(super) async fn consented(pool: &MySqlPool, record: &Record) -> Migrator {
    let migrator = migrator(std::slice::from_ref(record)).environment(Environment::staging());
    migrator.run(pool).await.unwrap();
    again(pool, migrator).await
}

async fn again(pool: &MySqlPool, migrator: Migrator) -> Migrator {
    let plan = migrator.plan_back(pool, Revert::Last).await.unwrap();
    let seen = migrator.judge(pool, Revert::Last).await.unwrap();
    let consent =
        Consent::new("Ada", &seen.site, &plan.hash(), plan.losing()).seeing(&seen.answers);
    migrator.consent(consent)
}

/// Writes in a transaction that is open when the step begins, and that ends so long after.
async fn writes(
    pool: &MySqlPool,
    migrator: Migrator,
    insert: &'static str,
    after: Duration,
) -> (Migrator, JoinHandle<()>) {
    let mut other = pool.begin().await.unwrap();
    sqlx::raw_sql(insert).execute(&mut *other).await.unwrap();
    during(migrator, async move {
        tokio::time::sleep(after).await;
        other.commit().await.unwrap();
    })
}

/// Does `work` from the moment on when the step begins.
fn during(
    migrator: Migrator,
    work: impl Future<Output = ()> + Send + 'static,
) -> (Migrator, JoinHandle<()>) {
    let (begun, begins) = tokio::sync::oneshot::channel();
    let begun = Arc::new(Mutex::new(Some(begun)));
    let migrator = migrator.on_progress(move |event| {
        if matches!(event, Event::Started { .. })
            && let Some(begun) = begun.lock().unwrap().take()
        {
            begun.send(()).unwrap();
        }
    });
    let work = tokio::spawn(async move {
        begins.await.unwrap();
        work.await;
    });
    (migrator, work)
}

async fn refused(pool: &MySqlPool, migrator: &Migrator) -> Box<Decision> {
    match migrator.revert(pool, Revert::Last).await.unwrap_err() {
        Error::Refused(decision) => decision,
        other => panic!("{other}"),
    }
}

pub(super) async fn number(pool: &MySqlPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_between_two_statements_is_seen_and_what_is_done_is_said() {
    let pool = fresh().await;
    let up = "CREATE TABLE a (id int); CREATE TABLE b (id int)";
    let record = record(up, "DROP TABLE a; SELECT SLEEP(1); DROP TABLE b");
    let migrator = consented(&pool, &record).await;
    let other = pool.clone();
    let (migrator, written) = during(migrator, async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        sqlx::raw_sql("INSERT INTO b VALUES (7)")
            .execute(&other)
            .await
            .unwrap();
    });
    let decision = refused(&pool, &migrator).await;
    written.await.unwrap();
    let text = decision.to_string();
    assert!(text.contains("`b` holds 1 row."), "{text}");
    assert!(text.contains("before statement 3 of 1 "), "{text}");
    assert_eq!(decision.done, 2);
    assert_eq!(number(&pool, "SELECT count(*) FROM b").await, 1);
    // Whoever sees the row and agrees goes on where it stands.
    let migrator = again(&pool, migrator).await;
    assert_eq!(
        migrator
            .revert(&pool, Revert::Last)
            .await
            .unwrap()
            .ran
            .len(),
        1
    );
    let left = "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name IN ('a', 'b')";
    assert_eq!(number(&pool, left).await, 0);
}

/// The statement that was next has not begun: whoever puts the row back goes on with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_label_that_goes_between_two_statements_stops_the_next() {
    let pool = fresh().await;
    let up = "CREATE TABLE a (id int); CREATE TABLE b (id int)";
    let record = record(up, "DROP TABLE a; SELECT SLEEP(1); DROP TABLE b");
    let migrator = consented(&pool, &record).await;
    let other = pool.clone();
    let (hindered, gone) = during(migrator.clone(), async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let delete = "CREATE TABLE saved AS SELECT * FROM _onward_head; DELETE FROM _onward_head";
        sqlx::raw_sql(delete).execute(&other).await.unwrap();
    });
    let stopped = hindered.revert(&pool, Revert::Last).await.unwrap_err();
    gone.await.unwrap();
    let headless = matches!(
        &stopped,
        Error::History(crate::history::HistoryError::Headless { .. })
    );
    assert!(headless, "{stopped}");
    let left = "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name IN ('a', 'b')";
    assert_eq!(number(&pool, left).await, 1);
    let back = "INSERT INTO _onward_head SELECT * FROM saved";
    sqlx::raw_sql(back).execute(&pool).await.unwrap();
    let report = migrator.revert(&pool, Revert::Last).await.unwrap();
    assert_eq!(report.ran.len(), 1);
    assert_eq!(number(&pool, left).await, 0);
}

/// The lock is had before the look and kept until the statement is done: who writes meanwhile finds the table gone, and is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_writes_unseen_while_it_is_looked_at() {
    let pool = fresh().await;
    let up = "CREATE TABLE notes (id int)";
    let migrator = consented(&pool, &record(up, "DROP TABLE notes")).await;
    let other = pool.clone();
    let standing = Arc::new(Mutex::new(0));
    let count = Arc::clone(&standing);
    let (migrator, writer) = during(migrator, async move {
        loop {
            let insert = sqlx::raw_sql("INSERT INTO notes VALUES (7)");
            if insert.execute(&other).await.is_err() {
                return;
            }
            *count.lock().unwrap() += 1;
            let delete = sqlx::raw_sql("DELETE FROM notes");
            if delete.execute(&other).await.is_ok() {
                *count.lock().unwrap() -= 1;
            }
        }
    });
    // Whether the writer's row stands there at that moment or not: either it is seen, or none is gone with the table.
    match migrator.revert(&pool, Revert::Last).await {
        Ok(_) => {
            writer.await.unwrap();
            assert_eq!(*standing.lock().unwrap(), 0);
        }
        Err(Error::Refused(_)) => writer.abort(),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_is_looked_at_under_the_lock_that_it_is_dropped_under() {
    let pool = fresh().await;
    sqlx::raw_sql("CREATE TABLE users (id int)")
        .execute(&pool)
        .await
        .unwrap();
    for default in ["", " DEFAULT 'none'"] {
        let up = format!("ALTER TABLE users ADD COLUMN phone varchar(20){default}");
        let record = record(&up, "ALTER TABLE users DROP COLUMN phone");
        let migrator = consented(&pool, &record).await;
        let insert = "INSERT INTO users (id, phone) VALUES (1, '030')";
        let (hindered, written) =
            writes(&pool, migrator.clone(), insert, Duration::from_millis(500)).await;
        let text = refused(&pool, &hindered).await.to_string();
        written.await.unwrap();
        assert!(
            text.contains("`users.phone` holds a value in 1 row."),
            "{text}"
        );
        assert_eq!(number(&pool, "SELECT count(phone) FROM users").await, 1);
        let agreed = again(&pool, migrator).await;
        agreed.revert(&pool, Revert::Last).await.unwrap();
        sqlx::raw_sql("DELETE FROM users")
            .execute(&pool)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_are_deleted_are_looked_at_in_the_same_transaction() {
    let pool = fresh().await;
    let up = "CREATE TABLE notes (id int)";
    for down in ["DELETE FROM notes", "DELETE FROM notes; DROP TABLE notes"] {
        let migrator = consented(&pool, &record(up, down)).await;
        let insert = "INSERT INTO notes VALUES (7)";
        let (hindered, written) =
            writes(&pool, migrator.clone(), insert, Duration::from_millis(500)).await;
        let text = refused(&pool, &hindered).await.to_string();
        written.await.unwrap();
        assert!(text.contains("`notes` holds 1 row"), "{text}");
        assert_eq!(number(&pool, "SELECT count(*) FROM notes").await, 1);
        let agreed = again(&pool, migrator).await;
        agreed.revert(&pool, Revert::Last).await.unwrap();
        sqlx::raw_sql("DROP TABLE IF EXISTS notes")
            .execute(&pool)
            .await
            .unwrap();
    }
}

/// Several tables of one statement are locked together, with seeds that the migration knows for its own.
#[tokio::test]
async fn several_tables_go_under_one_lock() {
    let pool = fresh().await;
    let up = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); INSERT INTO a VALUES (1)";
    let migrator = consented(&pool, &record(up, "DROP TABLE IF EXISTS a, b")).await;
    migrator.revert(&pool, Revert::Last).await.unwrap();
}

/// Where the role may not lock, the look comes right before the statement, and the statement waits for nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_privilege_the_statement_waits_for_nobody() {
    let pool = fresh().await;
    let name: String = sqlx::query_scalar("SELECT CAST(database() AS CHAR)")
        .fetch_one(&pool)
        .await
        .unwrap();
    let grant = format!(
        "CREATE USER {name}@localhost IDENTIFIED BY 'few'; \
         GRANT CREATE, DROP, ALTER, INDEX, SELECT, INSERT, UPDATE, DELETE ON {name}.* TO {name}@localhost"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(grant))
        .execute(&pool)
        .await
        .unwrap();
    let options = (*pool.connect_options()).clone();
    let few = MySqlPool::connect_with(options.username(&name).password("few"))
        .await
        .unwrap();
    let migrator = consented(
        &few,
        &record("CREATE TABLE notes (id int)", "DROP TABLE notes"),
    )
    .await
    .table_timeout(Duration::from_secs(1));
    let insert = "INSERT INTO notes VALUES (7)";
    let (hindered, written) =
        writes(&pool, migrator.clone(), insert, Duration::from_millis(500)).await;
    let text = refused(&few, &hindered).await.to_string();
    written.await.unwrap();
    assert!(text.contains("`notes` holds 1 row."), "{text}");
    let agreed = again(&few, migrator).await;
    agreed.revert(&few, Revert::Last).await.unwrap();
}

/// What an interrupted step has taken is not asked about again: that it is gone says nothing, and where another database of the
/// server has a table of that name, nobody could answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_gone_already_keeps_nobody_from_going_on() {
    let (pool, another) = (fresh().await, fresh().await);
    sqlx::raw_sql("CREATE TABLE a (id int)")
        .execute(&another)
        .await
        .unwrap();
    let up = "CREATE TABLE a (id int); CREATE TABLE b (id int)";
    let record = record(up, "DROP TABLE a; SELECT SLEEP(2); DROP TABLE b");
    let migrator = consented(&pool, &record).await;
    let dies = tokio::spawn({
        let (migrator, pool) = (migrator.clone(), pool.clone());
        async move { migrator.revert(&pool, Revert::Last).await }
    });
    let left = "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = 'a'";
    while number(&pool, left).await > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    dies.abort();
    let _ = dies.await;
    let report = migrator.revert(&pool, Revert::Last).await.unwrap();
    assert_eq!(report.ran.len(), 1);
}

/// Another database of the server may have a table of that name: a script that stays where it is does not mean it.
#[tokio::test]
async fn what_an_earlier_statement_renamed_is_not_looked_for_elsewhere() {
    let elsewhere = fresh().await;
    let pool = fresh().await;
    for pool in [&elsewhere, &pool] {
        sqlx::raw_sql("CREATE TABLE users (id int)")
            .execute(pool)
            .await
            .unwrap();
    }
    let up = "ALTER TABLE users ADD COLUMN phone varchar(20)";
    let down = "RENAME TABLE users TO people; ALTER TABLE people DROP COLUMN phone";
    let migrator = consented(&pool, &record(up, down)).await;
    let report = migrator.revert(&pool, Revert::Last).await.unwrap();
    assert_eq!(report.ran.len(), 1);
}

/// Under its new name it is locked and looked at like any other, and a value that nobody saw stops it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_under_the_new_name_is_seen() {
    let up = "ALTER TABLE users ADD COLUMN phone varchar(20)";
    let down = "RENAME TABLE users TO people; SELECT SLEEP(1); ALTER TABLE people CHANGE phone tel varchar(20);
                ALTER TABLE people DROP COLUMN tel";
    for written in [false, true] {
        let pool = fresh().await;
        sqlx::raw_sql("CREATE TABLE users (id int PRIMARY KEY)")
            .execute(&pool)
            .await
            .unwrap();
        let record = record(up, down);
        let migrator = consented(&pool, &record).await;
        let first = "INSERT INTO users VALUES (1, '030')";
        sqlx::raw_sql(first).execute(&pool).await.unwrap();
        let migrator = again(&pool, migrator).await;
        let other = pool.clone();
        let (migrator, writing) = during(migrator, async move {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let insert = match written {
                true => "INSERT INTO people VALUES (2, '040')",
                false => "INSERT INTO people VALUES (2, NULL)",
            };
            sqlx::raw_sql(insert).execute(&other).await.unwrap();
        });
        if !written {
            // What was seen is what goes, whatever it is called by now.
            let report = migrator.revert(&pool, Revert::Last).await.unwrap();
            assert_eq!(report.ran.len(), 1);
            writing.await.unwrap();
            continue;
        }
        let decision = refused(&pool, &migrator).await;
        writing.await.unwrap();
        let text = decision.to_string();
        assert!(
            text.contains("`people.tel` holds a value in 2 rows."),
            "{text}"
        );
        assert!(
            text.contains("then: `users.phone`: 1 row, digest"),
            "{text}"
        );
        assert_eq!(decision.done, 3);
        assert_eq!(number(&pool, "SELECT count(tel) FROM people").await, 2);
        // Whoever agrees to both goes on.
        let migrator = again(&pool, migrator).await;
        migrator.revert(&pool, Revert::Last).await.unwrap();
        let left = "SELECT count(*) FROM information_schema.columns WHERE table_schema = database() AND table_name = 'people'";
        assert_eq!(number(&pool, left).await, 1);
    }
}

/// What goes is looked at under the lock that the script itself holds, and the lock ends with the run.
#[tokio::test]
async fn a_lock_of_the_scripts_own_is_looked_under_and_given_back() {
    let pool = fresh().await;
    sqlx::raw_sql("CREATE TABLE users (id int); CREATE TABLE notes (id int)")
        .execute(&pool)
        .await
        .unwrap();
    let up = "ALTER TABLE users ADD COLUMN phone varchar(20) DEFAULT 'none'";
    for rest in ["UNLOCK TABLES", "SELECT * FROM nowhere"] {
        let down = format!("LOCK TABLES users WRITE; ALTER TABLE users DROP COLUMN phone; {rest}");
        let migrator = consented(&pool, &record(up, &down)).await;
        let mut own = pool.acquire().await.unwrap();
        let ran = migrator.revert(&mut *own, Revert::Last).await;
        assert_eq!(ran.is_ok(), rest == "UNLOCK TABLES", "{ran:?}");
        sqlx::raw_sql("INSERT INTO notes VALUES (1)")
            .execute(&mut *own)
            .await
            .unwrap();
    }
}

/// A transaction of ours gives up the script's own lock: what comes after is locked anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_the_script_has_lost_is_not_relied_on() {
    let pool = fresh().await;
    sqlx::raw_sql("CREATE TABLE users (id int)")
        .execute(&pool)
        .await
        .unwrap();
    let up = "ALTER TABLE users ADD COLUMN phone varchar(20)";
    let down = "LOCK TABLES users WRITE; SELECT SLEEP(1); ALTER TABLE users DROP COLUMN phone; UNLOCK TABLES";
    let migrator = consented(&pool, &record(up, down)).await;
    let other = pool.clone();
    let (migrator, written) = during(migrator, async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut other = other.begin().await.unwrap();
        let insert = "INSERT INTO users (id, phone) VALUES (1, '030')";
        sqlx::raw_sql(insert).execute(&mut *other).await.unwrap();
        // The statement has begun to wait by then.
        tokio::time::sleep(Duration::from_secs(2)).await;
        other.commit().await.unwrap();
    });
    let text = refused(&pool, &migrator).await.to_string();
    written.await.unwrap();
    let held = "`users.phone` holds a value in 1 row.";
    assert!(text.contains(held), "{text}");
    assert_eq!(number(&pool, "SELECT count(phone) FROM users").await, 1);
}
