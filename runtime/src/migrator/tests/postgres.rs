//! What does PostgreSQL need that SQLite does not?

use onward_analysis::Dialect;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::{migration, migrator, three, with_code};
use crate::registration::{Code, Function};
use crate::{Error, Event, LockError};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A pool on a fresh database.
pub(crate) async fn fresh() -> PgPool {
    let server =
        std::env::var("ONWARD_TEST_POSTGRES").expect("ONWARD_TEST_POSTGRES names a server");
    let name = super::fresh_name();
    let pool = PgPool::connect(&server).await.unwrap();
    static SWEPT: AtomicBool = AtomicBool::new(false);
    let all = sqlx::query_scalar("SELECT datname::text FROM pg_database");
    let all = all.fetch_all(&pool).await.unwrap();
    for left in super::left_behind(&SWEPT, all) {
        let drop = sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {left}"));
        // Another process may be at it.
        _ = sqlx::raw_sql(drop).execute(&pool).await;
    }
    let sql = format!("CREATE DATABASE {name}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&pool)
        .await
        .unwrap();
    let options: sqlx::postgres::PgConnectOptions = server.parse().unwrap();
    PgPoolOptions::new()
        .connect_with(options.database(&name))
        .await
        .unwrap()
}

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn applies_and_reverts() {
    let pool = fresh().await;
    let migrator = migrator(&three(Dialect::Postgres));
    assert_eq!(migrator.run(&pool).await.unwrap().ran.len(), 3);
    assert!(migrator.run(&pool).await.unwrap().ran.is_empty());
    migrator.verify(&pool).await.unwrap();
    let report = migrator
        .revert(&pool, crate::Revert::Steps(2))
        .await
        .unwrap();
    assert_eq!(report.ran.len(), 2);
    assert_eq!(
        number(&pool, "SELECT count(*) FROM _onward_journal").await,
        6
    );
    let mut connection = pool.acquire().await.unwrap();
    assert_eq!(migrator.run(&mut *connection).await.unwrap().ran.len(), 2);
}

#[tokio::test]
async fn a_failure_points_into_the_script() {
    let pool = fresh().await;
    let records = [
        migration(
            Dialect::Postgres,
            1,
            "CREATE TABLE ä (id int);\nSELECT 'ö',\n  nothing FROM ä;",
            None,
        ),
        migration(
            Dialect::Postgres,
            2,
            "CREATE TABLE b (id int UNIQUE);\nINSERT INTO b VALUES (1), (1);",
            None,
        ),
    ];
    let error = migrator(&records).run(&pool).await.unwrap_err().to_string();
    assert!(
        error.contains("column \"nothing\" does not exist"),
        "{error}"
    );
    assert!(error.contains("line 3 of the up"), "{error}");
    assert!(error.contains("3 |   nothing FROM ä;\n  |   ^"), "{error}");
    let error = migrator(&records[1..])
        .run(&pool)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("2 | INSERT INTO b VALUES (1), (1);\n  | ^"),
        "{error}"
    );
    assert_eq!(
        number(&pool, "SELECT count(*) FROM _onward_history").await,
        0
    );
}

#[tokio::test]
async fn what_a_script_sets_does_not_reach_the_next() {
    let pool = fresh().await;
    let role = super::fresh_name();
    let records = [
        migration(
            Dialect::Postgres,
            1,
            &format!(
                "CREATE SCHEMA x; SET search_path = x; CREATE ROLE {role}; SET ROLE {role}; \
                 SET statement_timeout = '77s'; SET work_mem = '77MB';"
            ),
            None,
        ),
        migration(
            Dialect::Postgres,
            2,
            // By their values, for a time-out that would strike is met by a slow machine as well.
            "SELECT 1 / (current_setting('app.tenant') = 'seven')::int, 1 / (current_setting('statement_timeout') <> '77s')::int, \
             1 / (current_setting('work_mem') <> '77MB')::int; CREATE TABLE t (id int)",
            None,
        ),
        migration(
            Dialect::Postgres,
            3,
            "BEGIN; SAVEPOINT s; CREATE TABLE u (id int); ROLLBACK TO s; COMMIT;",
            None,
        ),
    ];
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql(
        "SET statement_timeout = 12345; SET application_name = 'shop'; SET app.tenant = 'seven'",
    )
    .execute(&mut *connection)
    .await
    .unwrap();
    let result = migrator(&records).run(&mut *connection).await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP ROLE {role}")))
        .execute(&mut *connection)
        .await
        .unwrap();
    result.unwrap();
    let set: (String, String, String) = sqlx::query_as(
        "SELECT current_setting('statement_timeout'), current_setting('application_name'), current_setting('search_path')",
    )
    .fetch_one(&mut *connection)
    .await
    .unwrap();
    assert_eq!(
        set,
        ("12345ms".into(), "shop".into(), "\"$user\", public".into())
    );
    let memory: String = sqlx::query_scalar("SHOW work_mem")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_ne!(memory, "77MB");
    let tables =
        "SELECT count(*) FROM pg_tables WHERE tablename IN ('t', 'u') AND schemaname = 'public'";
    assert_eq!(number(&pool, tables).await, 1);
}

#[tokio::test]
async fn an_index_that_failed_concurrently_is_built_anew() {
    let pool = fresh().await;
    let sql = "CREATE TABLE t (id int);\nINSERT INTO t VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (id);\nINSERT INTO t VALUES (2);";
    let records = [migration(Dialect::Postgres, 1, sql, None)];
    let error = migrator(&records).run(&pool).await.unwrap_err().to_string();
    assert!(error.contains("Its first 2 statements are done"), "{error}");
    assert!(error.contains("3 | CREATE UNIQUE INDEX"), "{error}");
    let status = migrator(&records).status(&pool).await.unwrap();
    assert!(status.to_string().contains("interrupted"), "{status}");
    sqlx::raw_sql("DELETE FROM t").execute(&pool).await.unwrap();
    migrator(&records).run(&pool).await.unwrap();
    let valid = "SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid";
    assert_eq!(number(&pool, valid).await, 1);
    assert_eq!(
        number(
            &pool,
            "SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"
        )
        .await,
        1
    );
    assert_eq!(number(&pool, "SELECT count(*) FROM t").await, 1);
    assert_eq!(
        number(&pool, "SELECT count(*) FROM _onward_progress").await,
        0
    );
}

#[tokio::test]
async fn many_at_once_apply_each_once() {
    let pool = fresh().await;
    let records: Vec<_> = (1..=10)
        .map(|n| {
            migration(
                Dialect::Postgres,
                n,
                &format!("CREATE TABLE t{n} (id int)"),
                None,
            )
        })
        .collect();
    let runs: Vec<_> = (0..8)
        .map(|_| {
            let (options, migrator) = (pool.connect_options(), migrator(&records));
            tokio::spawn(async move {
                let pool = PgPool::connect_with((*options).clone()).await.unwrap();
                migrator.run(&pool).await.unwrap().ran.len()
            })
        })
        .collect();
    let mut ran = 0;
    for run in runs {
        ran += run.await.unwrap();
    }
    assert_eq!(ran, 10);
}

#[tokio::test]
async fn a_waiter_knows_the_holder_and_gives_up_in_time() {
    let pool = fresh().await;
    let slow = migrator(&[migration(Dialect::Postgres, 1, "SELECT pg_sleep(1)", None)]);
    let holding = {
        let (slow, pool) = (slow.clone(), pool.clone());
        tokio::spawn(async move { slow.run(&pool).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let error = slow
        .clone()
        .lock_timeout(Duration::from_millis(200))
        .on_progress(move |event| ears.lock().unwrap().push(event.clone()))
        .run(&pool)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Lock(LockError::Held { .. })),
        "{error}"
    );
    let heard = heard.lock().unwrap().clone();
    assert!(
        matches!(&heard[..], [Event::Waiting { holder }, ..] if holder.contains("server process")),
        "{heard:?}"
    );
    holding.await.unwrap().unwrap();
    // Cancelled, a run leaves no lock.
    let long = migrator(&[
        migration(Dialect::Postgres, 1, "SELECT pg_sleep(1)", None),
        migration(Dialect::Postgres, 2, "SELECT pg_sleep(0.5)", None),
    ]);
    assert!(
        tokio::time::timeout(Duration::from_millis(200), long.run(&pool))
            .await
            .is_err()
    );
    long.lock_timeout(Duration::from_secs(5))
        .run(&pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn rust_runs_in_the_transaction() {
    fn fill(db: &mut sqlx::PgConnection) -> futures_core::future::BoxFuture<'_, crate::Result<()>> {
        Box::pin(async move {
            use sqlx::Connection as _;
            let mut inner = db.begin().await?;
            sqlx::query("INSERT INTO b VALUES ($1)")
                .bind(7)
                .execute(&mut *inner)
                .await?;
            inner.commit().await?;
            Ok(())
        })
    }
    let pool = fresh().await;
    let mut records = three(Dialect::Postgres)[..2].to_vec();
    let mut rust = migration(Dialect::Postgres, 3, "", None);
    rust.up.sql = None;
    records.push(rust);
    let code = || Code {
        version: 3,
        up: Some(Function::Postgres(fill)),
        down: None,
    };
    with_code(&records, vec![code()]).run(&pool).await.unwrap();
    assert_eq!(number(&pool, "SELECT count(*) FROM b").await, 3);
}

#[tokio::test]
async fn a_lost_connection_is_said_and_the_next_run_knows() {
    let pool = fresh().await;
    let migrator = migrator(&[migration(
        Dialect::Postgres,
        1,
        "SELECT pg_sleep(3); CREATE TABLE t (id int)",
        None,
    )]);
    let running = {
        let (migrator, pool) = (migrator.clone(), pool.clone());
        tokio::spawn(async move { migrator.run(&pool).await })
    };
    tokio::time::sleep(Duration::from_millis(400)).await;
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";
    assert_eq!(number(&pool, kill).await, 1);
    let error = running.await.unwrap().unwrap_err().to_string();
    assert!(
        error.starts_with("The up of migration 1 m1 failed: terminating connection"),
        "{error}"
    );
    assert_eq!(migrator.run(&pool).await.unwrap().ran.len(), 1);
}

#[tokio::test]
async fn a_user_who_owns_nothing_may_look() {
    let pool = fresh().await;
    let migrator = migrator(&three(Dialect::Postgres));
    migrator.run(&pool).await.unwrap();
    let role = super::fresh_name();
    let grant = format!(
        "CREATE ROLE {role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; SET ROLE {role}"
    );
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(grant))
        .execute(&mut *connection)
        .await
        .unwrap();
    let status = migrator.status(&mut *connection).await;
    let verified = migrator.verify(&mut *connection).await;
    let clean = format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(clean))
        .execute(&mut *connection)
        .await
        .unwrap();
    assert!(status.unwrap().is_current());
    verified.unwrap();
}

/// What row security hides of Onward's tables would count as never applied.
#[tokio::test]
async fn rows_of_onwards_own_that_a_policy_hides_are_not_taken_for_none() {
    let pool = fresh().await;
    let migrator = migrator(&three(Dialect::Postgres));
    migrator.run(&pool).await.unwrap();
    let role = super::fresh_name();
    let grant = format!(
        "CREATE ROLE {role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; SET ROLE {role}"
    );
    let mut connection = pool.acquire().await.unwrap();
    let execute = async |connection: &mut sqlx::PgConnection, sql: &str| {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(connection).await.unwrap();
    };
    execute(&mut connection, &grant).await;
    let mut said = Vec::new();
    for table in ["head", "history", "journal", "instances", "progress"] {
        let hide = format!(
            "RESET ROLE; ALTER TABLE _onward_{table} ENABLE ROW LEVEL SECURITY; SET ROLE {role}"
        );
        execute(&mut connection, &hide).await;
        said.push(
            migrator
                .status(&mut *connection)
                .await
                .map_err(|error| error.to_string()),
        );
        // Whoever owns them sees them whole.
        execute(&mut connection, "RESET ROLE").await;
        assert!(
            migrator
                .status(&mut *connection)
                .await
                .unwrap()
                .is_current()
        );
        let show = format!("ALTER TABLE _onward_{table} DISABLE ROW LEVEL SECURITY");
        execute(&mut connection, &show).await;
    }
    let clean = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    execute(&mut connection, &clean).await;
    for (said, table) in
        said.into_iter()
            .zip(["head", "history", "journal", "instances", "progress"])
    {
        let said = said.unwrap_err();
        let way_out = format!("ALTER TABLE \"public\"._onward_{table} NO FORCE ROW LEVEL SECURITY");
        assert!(said.contains(&way_out), "{said}");
    }
}

#[tokio::test]
async fn a_panic_leaves_no_lock_and_nothing_done() {
    fn panics(
        db: &mut sqlx::PgConnection,
    ) -> futures_core::future::BoxFuture<'_, crate::Result<()>> {
        Box::pin(async move {
            sqlx::raw_sql("INSERT INTO b VALUES (9)")
                .execute(&mut *db)
                .await?;
            panic!("as a bug would")
        })
    }
    let pool = fresh().await;
    let mut records = three(Dialect::Postgres)[..2].to_vec();
    let mut rust = migration(Dialect::Postgres, 3, "", None);
    rust.up.sql = None;
    records.push(rust);
    let code = Code {
        version: 3,
        up: Some(Function::Postgres(panics)),
        down: None,
    };
    let migrator = with_code(&records, vec![code]);
    let spawned = {
        let (migrator, pool) = (migrator.clone(), pool.clone());
        tokio::spawn(async move { migrator.run(&pool).await })
    };
    assert!(spawned.await.unwrap_err().is_panic());
    // Whoever comes next waits for nobody.
    let status = migrator.status(&pool).await.unwrap();
    assert_eq!(status.pending().count(), 1);
    let next = super::migrator(&three(Dialect::Postgres)[..2]).lock_timeout(Duration::from_secs(5));
    next.revert(&pool, crate::Revert::Last).await.unwrap();
    assert_eq!(number(&pool, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").await, 0);
}

/// The function is not called on a consent that has ended while the step was waited for, in a transaction or not.
#[tokio::test]
async fn the_gate_is_asked_again_before_a_migration_in_rust() {
    fn fill(db: &mut sqlx::PgConnection) -> futures_core::future::BoxFuture<'_, crate::Result<()>> {
        Box::pin(async move {
            sqlx::raw_sql("INSERT INTO b VALUES (9)")
                .execute(db)
                .await?;
            Ok(())
        })
    }
    for transaction in [None, Some(false)] {
        let pool = fresh().await;
        let mut records = three(Dialect::Postgres)[..2].to_vec();
        let mut rust = migration(Dialect::Postgres, 3, "", Some(""));
        rust.up.sql = None;
        rust.up.analyses.clear();
        rust.down = onward_analysis::Down::Script(rust.up.clone());
        rust.transaction = transaction;
        records.push(rust);
        let code = Code {
            version: 3,
            up: Some(Function::Postgres(fill)),
            down: Some(Function::Postgres(fill)),
        };
        let migrator = with_code(&records, vec![code]).environment(crate::Environment::staging());
        migrator.run(&pool).await.unwrap();
        let seen = migrator.judge(&pool, crate::Revert::Last).await.unwrap();
        let consent = crate::Consent::new("ada", &seen.site, &seen.plan.hash, seen.losing);
        let late = migrator
            .clone()
            .consent(consent.clone().valid_for(Duration::from_secs(2)))
            .on_progress(|event| {
                if matches!(event, Event::Started { .. }) {
                    std::thread::sleep(Duration::from_millis(2100));
                }
            });
        let error = late.revert(&pool, crate::Revert::Last).await.unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{error}");
        let text = error.to_string();
        assert!(text.contains("asked again right before 3 m3"), "{error}");
        assert!(text.contains("the consent has expired"), "{error}");
        assert_eq!(number(&pool, "SELECT count(*) FROM b").await, 3);
        let agreed = migrator.consent(consent);
        agreed.revert(&pool, crate::Revert::Last).await.unwrap();
        assert_eq!(number(&pool, "SELECT count(*) FROM b").await, 4);
    }
}

/// On a connection that lives on, where the settings of the run cannot be made.
#[tokio::test]
async fn a_run_that_cannot_begin_gives_the_lock_back() {
    let pool = fresh().await;
    let role = super::fresh_name();
    let less = format!(
        "CREATE ROLE {role}; SET log_min_duration_statement = 5000; SET SESSION AUTHORIZATION {role}"
    );
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(less))
        .execute(&mut *connection)
        .await
        .unwrap();
    let migrator = migrator(&three(Dialect::Postgres));
    let error = migrator.run(&mut *connection).await.unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(number(&pool, locks).await, 0);
    let clean = format!("RESET SESSION AUTHORIZATION; DROP ROLE {role}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(clean))
        .execute(&mut *connection)
        .await
        .unwrap();
}
